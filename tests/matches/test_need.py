"""The page of a need's matches: what the services answer, for those whose need it is."""

from __future__ import annotations

import re

import pytest
from django.core.cache import cache
from django.db import connection
from django.template import Context, Template
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from backend.eligibility.vocabulary import Vocabulary
from backend.matches.helping import steps_of
from backend.matches.places import Way, place_of, way_to_change
from backend.matching.advice import AdviceKind, what_helps
from backend.matching.product_cost import product_cost_parts
from backend.matching.results import Match
from backend.matching.services import products_for
from backend.needs.models import Need
from backend.packs.queries import vocabulary
from backend.products.models import Product
from backend.reports.models import Report
from backend.site.templatetags import values
from tests.demo_market import Case, of
from tests.matches.reading import body_of, products_in, section, words_in, words_of
from tests.world import need as new_need

pytestmark = pytest.mark.django_db

LANGUAGES = {"zh-hans": ("符合条件", "待补资料", "接近符合"), "en": ("Eligible", "Data missing", "Almost")}
GROUPS = ("eligible", "missing", "almost")


def squeezed(text: str) -> str:
    return re.sub(r"\s+", " ", text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_what_the_service_answers(case: Case, language: str) -> None:
    matches = products_for(case.need, viewer=case.owner, today=case.today, language=language, limit=10)
    response = of(case.owner, language).get(case.path)
    zh = language.startswith("zh")
    for name, label in zip(GROUPS, LANGUAGES[language], strict=True):
        found: tuple[Match, ...] = getattr(matches, name)
        part = section(response, name)
        words = words_in(part)
        assert f"{matches.counts[name]} {label}" in words_of(response)
        assert f"{label} {matches.counts[name]}" in words
        assert products_in(part) == [match.product.pk for match in found]
        for match in found:
            assert (match.product.name_zh if zh else match.product.name_en) in words
            assert all(squeezed(reason.text) in words for reason in match.reasons)
            assert all(squeezed(datum.label) in words and squeezed(datum.how) in words for datum in match.missing)
            assert all(squeezed(gap.text) in words for gap in match.gaps)
            if match.cost:
                assert values.cost(match.cost) in words


def test_the_parts_of_a_cost_are_those_of_the_cost_sheet(case: Case) -> None:
    matches = products_for(case.need, viewer=case.owner, today=case.today, language="en", limit=10)
    response = of(case.owner).get(case.path)
    words = words_of(response)
    priced = [card for card in response.context["groups"][0].cards if card.cost_rows]
    assert priced
    for card in priced:
        parts = product_cost_parts(card.match.product, case.need.amount, case.need.term_months)
        assert [(row.low, row.high) for row in card.cost_rows] == [(part.low, part.high) for part in parts]
        assert f"Total {sum(part.low for part in parts):,.2f} {sum(part.high for part in parts):,.2f}" in words
    assert f"{matches.considered} of {matches.total} products in reach were judged exactly" in words


def test_each_card_leads_to_the_product_with_this_need(case: Case) -> None:
    body = body_of(of(case.owner).get(case.path))
    first = products_in(body)[0]
    assert f'href="/products/{first}/?need={case.need.pk}"' in body


def test_what_supplements_other_money_is_marked_and_nothing_else(case: Case) -> None:
    response = of(case.owner).get(case.path + "?more=almost&more=almost&more=almost&more=almost&more=eligible")
    shown = [card.match for group in response.context["groups"] for card in group.cards]
    assert 0 < sum(match.supplement for match in shown) < len(shown)
    assert body_of(response).count("Goes with other money") == sum(match.supplement for match in shown)


def test_what_is_missing_leads_to_the_field_that_asks_for_it(case: Case) -> None:
    matches = products_for(case.need, viewer=case.owner, today=case.today, language="en", limit=10)
    part = section(of(case.owner).get(case.path), "missing")
    keys = [datum.attribute for match in matches.missing for datum in match.missing]
    assert re.findall(r'class="todo-way" href="([^"]+)"', part) == [place_of(key, case.need) for key in keys]
    reader = section(of(case.bureau).get(case.path), "missing")
    assert "todo-way" not in reader


def test_what_would_help_is_what_the_service_advises(case: Case) -> None:
    for language in LANGUAGES:
        advised = what_helps(case.need, viewer=case.owner, today=case.today, language=language)
        assert advised
        body = body_of(of(case.owner, language).get(case.path))
        panel = body.split('<aside class="help"', 1)[1].split("</aside>", 1)[0]
        assert panel.count("<h3>") == len(advised)
        words = words_in(panel)
        for step in steps_of(advised, case.need, language, vocabulary()):
            advice = step.advice
            assert squeezed(advice.text if advice.gap else advice.label) in words
            assert f"<strong>{len(advice.products)}</strong>" in panel
            assert values.name(advice.products[0]) in words or language == "zh-hans"
            if advice.cost is not None:
                assert values.rate(advice.cost) in words
            if advice.earliest:
                assert advice.earliest.isoformat() in words
            led = advice.kind != AdviceKind.WAIT and not (step.way and step.way.attested)
            assert all(f'href="{place.url}"' in panel for place in step.places) == led


@pytest.mark.parametrize("source", ["declared", "authorised"])
def test_what_is_attested_is_changed_at_its_source_and_not_in_the_profile(case: Case, source: str) -> None:
    company = case.need.company
    stated = {"debt_ratio": "40", "public_credit_grade": "A", "software_copyrights": "0", "innovation_score": "50"}
    values_of = {key: fact["value"] for key, fact in company.facts.items()} | stated
    company.facts = {key: {"value": value, "source": source, "as_of": "2026-11-01"} for key, value in values_of.items()}
    company.save()
    known = company.facts.keys()
    advised = what_helps(case.need, viewer=case.owner, today=case.today, language="en", limit=5)
    changes = [one.attribute for one in advised if one.kind is AdviceKind.CHANGE and one.attribute in known]
    almost = products_for(case.need, viewer=case.owner, today=case.today, language="en", limit=10).almost
    gaps = [
        one.attribute for match in almost for one in match.gaps if one.improvable and one.attribute in company.facts
    ]
    response = of(case.owner).get(case.path)
    panel = body_of(response).split('<aside class="help"', 1)[1].split("</aside>", 1)[0]
    for part, keys in ((panel, changes), (section(response, "almost"), gaps)):
        assert keys
        led = [key for key in keys if f'href="{place_of(key, case.need)}"' in part]
        named = [values.label(key, "sources") for key in keys]
        said = [f"Attested: it changes at its source alone. {name}" in words_in(part) for name in named]
        assert led == (keys if source == "declared" else [])
        assert all(said) if source == "authorised" else not any(said)
    assert "Attested: it changes" not in words_of(of(case.bureau).get(case.path))


def test_an_attested_fact_whose_source_nobody_names_changes_there_all_the_same(case: Case) -> None:
    unnamed = Vocabulary({})
    company = case.need.company
    company.facts = {**company.facts, "employees": {"value": "5", "source": "computed", "as_of": "2026-01-01"}}
    assert way_to_change("employees", case.need, "en", unnamed) == Way("", attested=True)
    assert way_to_change("amount", case.need, "en", unnamed) == Way(place_of("amount", case.need))
    with override("en"):
        shown = Template("{% include 'components/attested.html' %}").render(Context({"way": Way("", attested=True)}))
        assert shown.strip() == "Attested: it changes at its source alone."


def test_more_of_a_group_stands_at_an_address(case: Case) -> None:
    everything = products_for(case.need, viewer=case.owner, today=case.today, language="en", limit=300)
    client = of(case.owner)
    first = client.get(case.path)
    assert products_in(section(first, "almost")) == [match.product.pk for match in everything.almost[:10]]
    assert 'href="?more=almost#almost" hx-get="?more=almost"' in body_of(first)
    second = client.get(case.path + "?more=almost")
    assert products_in(section(second, "almost")) == [match.product.pk for match in everything.almost[:20]]
    assert products_in(section(second, "eligible")) == products_in(section(first, "eligible"))
    assert "?more=almost&amp;more=almost" in body_of(second)
    whole = client.get(case.path + "?" + "&".join(["more=almost"] * 29))
    assert products_in(section(whole, "almost")) == [match.product.pk for match in everything.almost]
    assert re.search(r'id="more-almost" hidden></p>', body_of(whole))


def test_htmx_gets_only_what_comes_on_and_renews_the_other_ways(case: Case) -> None:
    everything = products_for(case.need, viewer=case.owner, today=case.today, language="en", limit=300)
    part = of(case.owner).get(case.path + "?more=almost&p=7", headers={"hx-request": "true"})
    body = body_of(part)
    assert "<main" not in body
    assert products_in(body) == [match.product.pk for match in everything.almost[10:20]]
    assert words_in(body).startswith(f"{everything.almost[10].product.name_en}") or ">11</span>" in body
    assert 'id="more-almost">' in body
    assert 'id="more-missing" hx-swap-oob="true"' in body
    assert 'id="more-eligible" hx-swap-oob="true"' in body
    assert '<input type="hidden" name="more" value="almost">' in body
    if len(everything.eligible) > 10:
        assert 'hx-get="?more=almost&amp;more=eligible&amp;p=7"' in body


def test_a_browser_that_goes_back_gets_the_whole_page(case: Case) -> None:
    client, path = of(case.owner), case.path + "?more=almost"
    for headers in ({}, {"hx-request": "true"}):
        assert "HX-Request" in client.get(path, headers=headers)["Vary"]
    restored = client.get(path, headers={"hx-request": "true", "hx-history-restore-request": "true"})
    assert "<main" in body_of(restored)


def test_what_the_address_cannot_mean_is_left_out(case: Case) -> None:
    client = of(case.owner)
    plain = body_of(client.get(case.path))
    odd = client.get(case.path + "?more=charm&more=&p=x&p=-1&p=" + "9" * 30)
    assert odd.status_code == 200
    assert products_in(body_of(odd)) == products_in(plain)
    many = client.get(case.path + "?" + "&".join(["more=almost"] * 200))
    assert many.context["asked"].shown("almost") == 300


def test_what_was_chosen_is_ticked(case: Case) -> None:
    client = of(case.owner)
    chosen = products_in(body_of(client.get(case.path)))[1]
    body = body_of(client.get(case.path + f"?p={chosen}"))
    ticked = re.findall(r'name="p" value="(\d+)" form="compare" checked', body)
    assert ticked == [str(chosen)]


def test_the_company_acts_and_others_read(case: Case) -> None:
    own = body_of(of(case.owner).get(case.path))
    assert f'action="{case.path}report/"' in own
    assert f'href="/needs/{case.need.pk}/edit/purpose/"' in own
    assert case.need.company.name not in own.split("<main", 1)[1].split('<nav class="groups"', 1)[0]
    for reader in (case.bureau, case.platform):
        response = of(reader).get(case.path)
        body = body_of(response).split("<main", 1)[1]
        assert response.status_code == 200
        assert case.need.company.name in body
        assert '<form method="post"' not in body
        assert "/edit/" not in body
        assert "/company/" not in body


def test_nobody_else_reads_it(case: Case) -> None:
    for path in (case.path, case.path + "compare/"):
        assert of(case.stranger).get(path).status_code == 404
        assert of(case.bank).get(path).status_code == 404
        answer = Client().get(path)
        assert (answer.status_code, answer["Location"]) == (302, f"/sign-in/?next={path}")
        assert of(case.owner).post(path).status_code == 405


def test_the_bureau_does_not_see_a_draft(case: Case) -> None:
    draft = new_need(case.need.company, opened_at=None)
    assert of(case.bureau).get(f"/needs/{draft.pk}/").status_code == 404


def test_a_draft_without_anything_says_what_is_missing(case: Case) -> None:
    draft = new_need(case.need.company, opened_at=None, title="", amount=None, term_months=None, purpose="")
    response = of(case.owner).get(f"/needs/{draft.pk}/")
    words, body = words_of(response), body_of(response)
    assert response.status_code == 200
    assert "A need without a title Draft" in words
    assert "A draft: institutions do not see it until you publish it." in words
    assert "the amount the term the purpose" in words
    assert f'href="/needs/{draft.pk}/edit/terms/">the term</a>' in body
    assert "Go on with the draft" in words
    assert f'href="/needs/{draft.pk}/edit/publish/"' not in body
    assert f'action="/needs/{draft.pk}/report/"' not in body
    matches = products_for(draft, viewer=case.owner, today=case.today, language="en", limit=10)
    assert products_in(section(response, "missing")) == [match.product.pk for match in matches.missing]


def test_a_draft_that_says_enough_can_be_published(case: Case) -> None:
    draft = new_need(case.need.company, opened_at=None)
    body = body_of(of(case.owner).get(f"/needs/{draft.pk}/"))
    assert f'href="/needs/{draft.pk}/edit/publish/"' in body
    assert f'action="/needs/{draft.pk}/report/"' in body
    assert "Go on with the draft" not in body


def test_a_closed_need_says_so_and_advises_nothing(case: Case) -> None:
    Need.objects.filter(pk=case.need.pk).update(status="closed")
    response = of(case.owner).get(case.path)
    assert "This need is closed: institutions do not see it." in words_of(response)
    assert '<aside class="help"' not in body_of(response)
    assert '/edit/purpose/">' not in body_of(response).split('<nav class="groups"')[0]
    assert products_in(section(response, "eligible"))


def test_the_button_makes_a_report_and_earlier_ones_are_counted(case: Case) -> None:
    client = of(case.owner)
    assert "earlier report" not in words_of(client.get(case.path))
    answer = client.post(f"{case.path}report/")
    report = Report.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/reports/{report.pk}/")
    assert "1 earlier report" in words_of(client.get(case.path))


@pytest.mark.parametrize("text", ['<script>alert("x")</script>', '"><img src=x onerror=alert(1)>'])
def test_a_title_is_text(case: Case, text: str) -> None:
    Need.objects.filter(pk=case.need.pk).update(title=text)
    first = products_in(body_of(of(case.owner).get(case.path)))[0]
    for path in (case.path, f"{case.path}compare/?p={first}"):
        body = body_of(of(case.owner).get(path))
        assert text not in body
        assert text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;") in body


def test_where_search_is_away_the_page_says_so(case: Case, no_search: None) -> None:
    answer = of(case.owner).get(case.path)
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    first = Product.objects.filter(status="published").order_by("pk")[0]
    assert of(case.owner).get(f"{case.path}compare/?p={first.pk}").status_code == 200


def queries(client: Client, path: str) -> int:
    """Of the second visit: what the process keeps is there."""
    client.get(path)
    cache.clear()
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def test_query_budgets(case: Case) -> None:
    client = of(case.owner)
    ids = "&".join(f"p={id}" for id in products_in(body_of(client.get(case.path)))[:4])
    paths = ("", "?more=almost&more=almost", "compare/", f"compare/?{ids}")
    assert [queries(client, case.path + path) for path in paths] == [13, 13, 7, 8]
