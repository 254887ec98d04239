"""Signing in: passwords, limits, the second factor and who owes it, sessions, new passwords, addresses."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import get_resolver, reverse
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from backend.accounts.demo import DEMO_PASSWORD, demo_accounts_ensure
from backend.accounts.demo_names import DEMO_INSTITUTION
from backend.accounts.devices import named
from backend.accounts.middleware import BEFORE_ALL_ELSE, SEEN, SEEN_EVERY_SECONDS
from backend.accounts.models import Organisation, User
from backend.accounts.roles import Kind
from backend.accounts.second_factor import obligatory_for
from backend.config.sign_in import SECOND_FACTOR_KINDS
from tests import world
from tests.accounts.codes import code_of

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
SET_UP = "/account/second-factor/set-up/"


@pytest.fixture(autouse=True)
def no_limits_of_earlier_tests() -> None:
    cache.clear()


@pytest.fixture
def asked(settings: Any) -> None:
    """The second factor is asked for, as outside of the tests."""
    settings.SECOND_FACTOR_KINDS = SECOND_FACTOR_KINDS


def english() -> Client:
    return Client(headers={"accept-language": "en"})


def member(kind: str, name: str = "zhou", **values: Any) -> User:
    organisation = Organisation.objects.create(kind=kind, name=kind)
    return world.person(organisation, name=name, password=PASSWORD, **values)


def sign_in(client: Client, login: str = "zhou", password: str = PASSWORD) -> Any:
    return client.post("/sign-in/", {"login": login, "password": password})


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


COMMITS = pytest.mark.django_db(transaction=True)
"""What follows from a factor that was set up waits until it is stored."""


def set_up(client: Client) -> tuple[str, list[str]]:
    """Sets the factor up in this session. Returns its secret and the recovery codes."""
    page = client.get(SET_UP)
    secret = page.context["form"].secret
    answer = client.post(SET_UP, {"code": code_of(secret)})
    assert (answer.status_code, answer["Location"]) == (302, "/account/second-factor/codes/"), text_of(answer)
    cache.clear()  # a code that was used is remembered there
    return secret, client.get("/account/second-factor/codes/").context["unused_codes"]


# Passwords


@pytest.mark.parametrize("login", ["zhou", "Zhou@Example.com"])
def test_a_user_name_or_an_address_and_the_password(login: str) -> None:
    user = member("company")
    User.objects.filter(pk=user.pk).update(email="zhou@example.com")
    EmailAddress.objects.create(user=user, email="zhou@example.com", verified=True, primary=True)
    answer = sign_in(english(), login)
    assert (answer.status_code, answer["Location"]) == (302, "/my/")


def test_five_wrong_passwords_lock_a_name_out_by_page_and_by_api() -> None:
    member("company")
    client = english()
    for _ in range(5):
        assert "The user name or the password is wrong." in text_of(sign_in(client, password="wrong"))
    assert "Too many wrong tries" in text_of(sign_in(client))
    answer = APIClient().post("/api/v1/token", {"username": "zhou", "password": PASSWORD})
    assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (429, "throttled", "300")
    world.person(None, name="other", password=PASSWORD)
    assert sign_in(client, "other").status_code == 302, "nobody else is locked out"


def test_an_account_that_is_closed_says_so() -> None:
    user = member("company")
    User.objects.filter(pk=user.pk).update(is_active=False)
    client = english()
    answer = sign_in(client)
    assert answer["Location"] == "/sign-in/closed/"
    assert "This account is closed" in text_of(client.get(answer["Location"]))
    assert "_auth_user_id" not in client.session


def test_whoever_is_signed_in_is_told_so() -> None:
    client = english()
    client.force_login(member("company"))
    assert "You are signed in" in text_of(client.get("/sign-in/"))
    assert sign_in(client, "somebody")["Location"] == "/my/"
    assert client.get("/sign-up/")["Location"] == "/my/"


def test_a_company_signs_up_and_is_in(django_capture_on_commit_callbacks: Any) -> None:
    client = english()
    given = {
        "company": "新材料公司",
        "full_name": "周敏",
        "email": "zhou@example.com",
        "username": "zhou",
        "password": PASSWORD,
    }
    faulty = client.post("/sign-up/", given | {"password": "short"})
    assert (faulty.status_code, 'value="新材料公司"' in faulty.content.decode()) == (422, True)
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post("/sign-up/", given)
    assert (answer.status_code, answer["Location"]) == (302, "/my/")
    assert client.get("/my/")["Location"] == "/company/"
    (letter,) = mail.outbox
    (link,) = re.findall(r"https?://testserver(/account/email/\S+)", str(letter.body))
    assert "Is zhou@example.com yours?" in text_of(client.get(link))
    client.post(link)
    assert EmailAddress.objects.get().verified


def test_a_new_password_by_mail_ends_sessions_and_tokens(django_capture_on_commit_callbacks: Any) -> None:
    user = member("company")
    User.objects.filter(pk=user.pk).update(email="zhou@example.com")
    EmailAddress.objects.create(user=user, email="zhou@example.com", verified=True, primary=True)
    elsewhere = english()
    sign_in(elsewhere)
    Token.objects.create(user=user)
    client = english()
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post("/password/", {"email": "zhou@example.com"})["Location"] == "/password/sent/"
        client.post("/password/", {"email": "nobody@example.com"})
    assert [letter.to for letter in mail.outbox] == [["zhou@example.com"], ["nobody@example.com"]]
    (link,) = re.findall(r"https?://testserver(/password/new/\S+)", str(mail.outbox[0].body))
    form = client.get(client.get(link)["Location"])
    assert form.status_code == 200
    done = client.post(form.request["PATH_INFO"], {"password1": "another long one"})
    assert done["Location"] == "/password/done/"
    assert elsewhere.get("/account/").status_code == 302
    assert Token.objects.count() == 0
    assert "used already" in text_of(client.get(link))
    assert sign_in(english(), password="another long one").status_code == 302


def test_a_password_is_changed_with_the_present_one() -> None:
    user = member("company")
    here, elsewhere = english(), english()
    sign_in(here)
    sign_in(elsewhere)
    Token.objects.create(user=user)
    address = "/account/password/"
    assert "present password is wrong" in text_of(here.post(address, {"oldpassword": "x", "password1": "another long"}))
    weak = text_of(here.post(address, {"oldpassword": PASSWORD, "password1": "password12"}))
    assert "too common" in weak
    assert here.post(address, {"oldpassword": PASSWORD, "password1": "another long one"}).status_code == 302
    assert (here.get("/account/").status_code, elsewhere.get("/account/").status_code) == (200, 302)
    assert Token.objects.count() == 0


def test_an_address_is_changed_once_it_is_confirmed(django_capture_on_commit_callbacks: Any) -> None:
    user = member("company")
    client = english()
    sign_in(client)
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/account/email/", {"email": "new@example.com", "action_add": ""})
    user.refresh_from_db()
    assert user.email == ""
    assert "new@example.com waits to be confirmed" in text_of(client.get("/account/email/"))
    (link,) = re.findall(r"https?://testserver(/account/email/\S+)", str(mail.outbox[0].body))
    client.post(link)
    user.refresh_from_db()
    assert user.email == "new@example.com"


# The second factor


@pytest.mark.parametrize("kind", Kind.values)
def test_who_must_show_a_second_factor(asked: None, kind: str) -> None:
    member(kind)
    client = english()
    sign_in(client)
    answer = client.get("/account/")
    assert (answer.status_code == 302) == (kind != "company")
    if kind != "company":
        assert answer["Location"] == SET_UP


def addresses() -> list[tuple[str, str]]:
    """Name and path of every page that takes no argument, and the API's."""

    def walked(patterns: Any, before: str, namespace: str) -> Any:
        for pattern in patterns:
            if hasattr(pattern, "url_patterns"):
                inner = f"{pattern.namespace}:" if pattern.namespace else namespace
                yield from walked(pattern.url_patterns, before + str(pattern.pattern), inner)
            elif pattern.name and not pattern.pattern.regex.groupindex and not pattern.pattern.converters:
                yield pattern.name, reverse(namespace + pattern.name)

    return sorted(set(walked(get_resolver().url_patterns, "", "")))


def test_nothing_else_is_open_before_the_factor_is_set_up(asked: None) -> None:
    member("institution")
    client = english()
    sign_in(client)
    seen: dict[str, set[str]] = {"page": set(), "api": set()}
    for name, path in addresses():
        answer = client.get(path)
        if path.startswith("/api/"):
            seen["api"].add(name)
            assert (answer.status_code, answer.json()["code"]) == (403, "second_factor_required"), path
        elif name in BEFORE_ALL_ELSE:
            assert answer.get("Location", "") != SET_UP or path == SET_UP, path
        else:
            seen["page"].add(name)
            assert (answer.status_code, answer.get("Location")) == (302, SET_UP), path
    assert (len(seen["page"]) > 25, len(seen["api"]) > 10) == (True, True)
    assert client.post("/sign-out/").status_code == 302


@COMMITS
def test_setting_it_up_opens_the_site_and_closes_what_a_password_had_opened(asked: None) -> None:
    user = member("institution")
    here, elsewhere = english(), english()
    sign_in(here)
    sign_in(elsewhere)
    Token.objects.create(user=user)
    page = here.get(SET_UP)
    assert "data:image/svg+xml" in page.content.decode()
    wrong = here.post(SET_UP, {"code": "000000"})
    assert "This code is wrong" in text_of(wrong)
    _secret, codes = set_up(here)
    assert len(codes) == 10
    assert here.get("/account/").status_code == 200
    assert elsewhere.get("/account/")["Location"] == "/sign-in/?next=/account/"
    assert Token.objects.count() == 0
    again = text_of(here.get("/account/second-factor/codes/"))
    assert codes[0] not in again, "they are shown once"
    kept = str(Authenticator.objects.values_list("data", flat=True))
    assert _secret not in kept, "the secret is stored encrypted"


def test_signing_in_takes_the_code_afterwards(asked: None) -> None:
    member("institution")
    first = english()
    sign_in(first)
    secret, codes = set_up(first)
    client = english()
    assert sign_in(client)["Location"] == "/sign-in/code/"
    assert client.get("/account/")["Location"] == "/sign-in/?next=/account/", "half way in is not in"
    assert "This code is wrong" in text_of(client.post("/sign-in/code/", {"code": "123456"}))
    used = code_of(secret)
    assert client.post("/sign-in/code/", {"code": used})["Location"] == "/my/"
    assert client.get("/account/").status_code == 200
    other = english()
    sign_in(other)
    assert other.post("/sign-in/code/", {"code": used}).status_code == 200, "a code works once"
    assert other.post("/sign-in/code/", {"code": codes[0]})["Location"] == "/my/"
    third = english()
    sign_in(third)
    assert third.post("/sign-in/code/", {"code": codes[0]}).status_code == 200, "and so does a recovery code"


def test_wrong_codes_lock_out(asked: None) -> None:
    member("institution")
    first = english()
    sign_in(first)
    secret, _codes = set_up(first)
    client = english()
    sign_in(client)
    for _ in range(5):
        client.post("/sign-in/code/", {"code": "000000"})
    assert "Too many wrong tries" in text_of(client.post("/sign-in/code/", {"code": code_of(secret)}))


@COMMITS
def test_who_must_have_it_cannot_switch_it_off_and_who_may_can(asked: None) -> None:
    address = "/account/second-factor/switch-off/"
    for kind, name, left in (("institution", "must", 1), ("company", "may", 0)):
        user = member(kind, name)
        client = english()
        sign_in(client, name)
        set_up(client)
        assert (address not in client.get("/account/second-factor/").content.decode()) == bool(left)
        shown = text_of(client.get(address))
        assert ("it cannot be switched off" in shown) == bool(left)
        client.post(address)
        assert Authenticator.objects.filter(user=user, type="totp").count() == left
        assert client.get("/account/").status_code == 200


def test_a_session_that_has_not_shown_it_is_asked_to(asked: None) -> None:
    user = member("institution")
    first = english()
    sign_in(first)
    secret, _codes = set_up(first)
    client = english()
    client.force_login(user)  # as a session from before would be
    assert client.get("/account/?a=1")["Location"] == "/account/confirm/code/?next=%2Faccount%2F%3Fa%3D1"
    assert client.post("/members/")["Location"] == "/account/confirm/code/?next=%2Fmy%2F"
    answer = client.post("/account/confirm/code/", {"code": code_of(secret), "next": "/account/"})
    assert (answer["Location"], client.get("/account/").status_code) == ("/account/", 200)


@COMMITS
def test_the_mark_of_one_person_is_not_another_s(asked: None) -> None:
    member("institution")
    client = english()
    sign_in(client)
    set_up(client)
    other = member("institution", "other")
    mark = client.session["second_factor"]
    client.force_login(other)
    renewed = client.session
    renewed["second_factor"] = mark
    renewed.save()
    assert client.get("/account/")["Location"] == SET_UP


def test_the_demo_s_accounts_are_exempt_in_the_demo_alone(asked: None, settings: Any) -> None:
    demo_accounts_ensure(institution=world.person_of("institution").organisation)
    user = User.objects.get(username=DEMO_INSTITUTION)
    client = english()
    client.post("/demo/sign-in/", {"username": DEMO_INSTITUTION})
    assert "asked for no second factor" in text_of(client.get("/account/"))
    assert "need no second factor" in text_of(english().get("/sign-in/"))
    token = APIClient().post("/api/v1/token", {"username": DEMO_INSTITUTION, "password": DEMO_PASSWORD})
    assert token.status_code == 200
    assert not obligatory_for(user)
    settings.DEMO = False
    assert obligatory_for(user)
    assert client.get("/account/")["Location"] == SET_UP


def test_a_token_is_given_for_a_factor_that_was_shown(asked: None) -> None:
    member("bureau")
    sent = {"username": "zhou", "password": PASSWORD}

    def ask(**more: str) -> tuple[int, str]:
        answer = APIClient().post("/api/v1/token", sent | more)
        return answer.status_code, answer.json().get("code", "token")

    assert ask() == (403, "second_factor_missing")
    client = english()
    sign_in(client)
    secret, codes = set_up(client)
    assert ask() == (401, "second_factor_required")
    assert ask(code="000000") == (401, "authentication_failed")
    assert ask(code=code_of(secret)) == (200, "token")
    assert ask(code=code_of(secret)) == (401, "authentication_failed"), "a code works once"
    assert ask(code=codes[0]) == (200, "token")
    key = Token.objects.get().key
    assert APIClient(HTTP_AUTHORIZATION=f"Token {key}").get("/api/v1/me").json()["username"] == "zhou"
    assert APIClient().post("/api/v1/token", sent | {"password": "wrong", "code": codes[1]}).status_code == 401


@COMMITS
def test_a_session_is_asked_for_its_factor_by_the_api_too(asked: None) -> None:
    member("bureau")
    client = english()
    sign_in(client)
    answer = client.get("/api/v1/me")
    assert (answer.status_code, answer.json()["code"], answer["Content-Type"]) == (
        403, "second_factor_required", "application/problem+json",
    )  # fmt: skip
    set_up(client)
    assert client.get("/api/v1/me").status_code == 200


# Sessions


def test_sessions_are_listed_and_ended_one_by_one() -> None:
    user = member("company")
    here = Client(headers={"accept-language": "en", "user-agent": "Mozilla/5.0 (Windows NT 10.0) Chrome/140.0"})
    phone = Client(headers={"accept-language": "en", "user-agent": "Mozilla/5.0 (iPhone) Safari/605"})
    third = english()
    for client in (here, phone, third):
        sign_in(client)
    page = text_of(here.get("/account/sessions/"))
    assert "Chrome · Windows" in page
    assert "Safari · iPhone" in page
    row = UserSession.objects.get(user=user, session_key=phone.session.session_key)
    stranger = english()
    world.person_of("company")
    stranger.force_login(member("company", "stranger"))
    stranger.post("/account/sessions/", {"session": row.pk})
    assert phone.get("/account/").status_code == 200, "somebody else's session is not there"
    assert here.post("/account/sessions/", {"session": row.pk})["Location"] == "/account/sessions/"
    assert phone.get("/account/").status_code == 302
    assert third.get("/account/").status_code == 200
    here.post("/account/sessions/")
    assert (here.get("/account/").status_code, third.get("/account/").status_code) == (200, 302)
    own = UserSession.objects.get(user=user)
    assert here.post("/account/sessions/", {"session": own.pk})["Location"] == "/"
    assert here.get("/account/").status_code == 302
    for odd in ("x", "-1", "9" * 30, "٣"):
        assert stranger.post("/account/sessions/", {"session": odd}).status_code == 302


def test_when_a_session_was_seen_is_written_now_and_then(
    django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = english()
    client.force_login(member("company"))
    client.get("/help/terms/")
    row = UserSession.objects.get()

    def writes() -> int:
        before = row.last_seen_at
        client.get("/help/terms/")
        row.refresh_from_db()
        return int(row.last_seen_at != before)

    assert writes() == 0
    session = client.session
    session[SEEN] -= SEEN_EVERY_SECONDS
    session.save()
    assert (writes(), writes()) == (1, 0)


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("Mozilla/5.0 (Linux; Android 14) Chrome/130 Mobile Safari/537 MicroMessenger/8.0", "WeChat · Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14) Version/17 Safari/605", "Safari · macOS"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko Firefox/140.0", "Firefox · Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140 Safari/537 Edg/140", "Edge · Windows"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", "Unknown device"),
    ],
)
def test_devices_are_called_by_names_that_people_know(header: str, name: str, in_english: None) -> None:
    assert named(header) == name


@pytest.fixture
def in_english(settings: Any) -> None:
    settings.LANGUAGE_CODE = "en"


@pytest.fixture
def suspended() -> Client:
    user = member("institution")
    assert user.organisation is not None
    Organisation.objects.filter(pk=user.organisation.pk).update(
        suspended_at=world.NOW, suspended_because="许可证已过期"
    )
    client = english()
    sign_in(client)
    return client


def test_people_of_a_suspended_organisation_see_their_own_account(suspended: Client) -> None:
    assert suspended.get("/my/")["Location"] == "/account/"
    page = suspended.get("/account/")
    assert "Your organisation has been suspended since 2025-06-30." in text_of(page)
    assert "许可证已过期" in page.content.decode()
    assert [str(entry.label) for entry in page.context["navigation"]] == ["Products", "Terms explained"]
    for path in ("/institution/", "/institution/products/", "/members/", "/verification/"):
        refused = suspended.get(path)
        assert (refused.status_code, "Your organisation is suspended" in text_of(refused)) == (403, True), path
    assert "/account/leave/" not in page.content.decode()
    assert [getattr(suspended, method)("/account/leave/").status_code for method in ("get", "post")] == [404, 404]


Visit = Callable[[Client], Any]


@pytest.mark.parametrize(
    "path",
    [
        "/sign-in/", "/sign-up/", "/password/", "/password/sent/", "/password/done/", "/password/new/1-abc/",
        "/sign-in/closed/", "/account/email/sent/", "/account/email/nonsense/",
    ],
)  # fmt: skip
@pytest.mark.parametrize(("language", "signs"), [("zh-hans", "融桥"), ("en", "Rongqiao")])
def test_the_pages_before_signing_in_are_the_site_s(path: str, language: str, signs: str) -> None:
    answer = Client(headers={"accept-language": language}).get(path)
    body = answer.content.decode()
    assert (answer.status_code, signs in body, 'class="bar-nav"' in body) == (200, True, True)
    assert "script-src 'self'" in answer["Content-Security-Policy"]
