"""Who may open and do what: every page by GET and by POST, and every operation of the API, as everybody of `people.py`.

The addresses come from the resolver: one without a row in `matrix.toml`, and a row without an address, fail. A page is
posted to with nothing, or what `FORMS` says, so that what is asserted is who is let through: 403 and 404 are for those
who are not; whoever is gets to hear that the input cannot be used (400, 409, 422), or the page after it (302).
Operations of the API are good calls, those of `tests/api/test_role_matrix.py`. Each call is undone.

A row maps a status to who gets it: viewers, groups of the table `groups`, or `others` for the rest.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from pytest_django.plugin import DjangoDbBlocker
from rest_framework.authtoken.models import Token

from backend.indexing import engines
from backend.matching import market as columns
from backend.matching import records_cache
from tests.api import test_role_matrix as api
from tests.roles.people import ADDRESSES, FORMS, VIEWERS, City, city

TABLE = Path(__file__).with_name("matrix.toml")
Row = dict[str, int]


def pages() -> list[str]:
    """The names of all pages, each address once, under the name that comes first."""
    seen: dict[str, str] = {}
    for route, name in _walked(get_resolver().url_patterns, ""):
        seen.setdefault(route, name)
    return list(seen.values())


def _walked(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[tuple[str, str]]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            if pattern.namespace != "api":
                yield from _walked(pattern.url_patterns, route)
        else:
            yield route, str(pattern.name)


def asked() -> list[str]:
    """Every row that the table must have."""
    by_page = [f"{method} {name}" for name in pages() for method in ("GET", "POST")]
    return by_page + [f"API {method} {name}" for method, name in api.operations()]


def table() -> dict[str, Row]:
    content = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    groups = content.pop("groups")
    return {name: _read(name, row, groups) for name, row in content.items()}


def _read(name: str, row: dict[str, list[str]], groups: dict[str, list[str]]) -> Row:
    found: Row = {}
    rest = 0
    for status, whom in row.items():
        for one in whom:
            if one == "others":
                rest = int(status)
                continue
            for viewer in groups.get(one, [one]):
                assert viewer in VIEWERS, f"{name}: nobody is called {viewer}"
                assert viewer not in found, f"{name}: {viewer} stands twice"
                found[viewer] = int(status)
    if rest:
        found |= dict.fromkeys(set(VIEWERS) - found.keys(), rest)
    return found


@pytest.fixture(scope="module")
def town(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[City]:
    with (
        django_db_blocker.unblock(),
        override_settings(SEARCH_FOLDER=tmp_path_factory.mktemp("index"), SEARCH_PREFIX="roles"),
        transaction.atomic(),
    ):
        engines.breaker.forget()
        yield city()
        transaction.set_rollback(True)
    records_cache.forget()
    columns.forget()


def answers(town: City, name: str) -> Row:
    """Viewer → the status that they get."""
    kind, _space, rest = name.partition(" ")
    call = _operation if kind == "API" else _page
    found = {}
    for viewer, person in town.people.items():
        cache.clear()  # the limits of signing in have a test of their own
        with transaction.atomic():
            client = Client(headers={"accept-language": "en"})
            found[viewer] = call(town, client, person, *(rest.split() if kind == "API" else (kind, rest)))
            transaction.set_rollback(True)
    return found


def _page(town: City, client: Client, person: Any, method: str, name: str) -> int:
    arguments = ADDRESSES[name](town) if name in ADDRESSES else {}
    if person is not None:
        client.force_login(person)
    path = reverse(name, kwargs=arguments)
    answer = client.post(path, FORMS[name](town) if name in FORMS else {}) if method == "POST" else client.get(path)
    return int(answer.status_code)


def _operation(town: City, client: Client, person: Any, method: str, name: str) -> int:
    operation = f"{method} {name}"
    address, body = api.call_of(town.market, operation)
    named = api.version(town.market, operation)
    headers = {} if named is None else {"If-Match": f'"{named}"'}
    if person is not None:
        headers["Authorization"] = f"Token {Token.objects.get_or_create(user=person)[0].key}"
    sent = json.dumps(body) if body is not None else ""
    path = reverse(f"api:{name}", kwargs=address or None)
    return int(client.generic(method, path, sent, "application/json", headers=headers).status_code)


def written(name: str, row: Row) -> str:
    """The row as it stands in the table: the commonest status as `others`, groups where a whole one gets the same."""
    groups = tomllib.loads(TABLE.read_text(encoding="utf-8"))["groups"]
    by_status: dict[int, list[str]] = {}
    for viewer in VIEWERS:
        by_status.setdefault(row[viewer], []).append(viewer)
    commonest = max(by_status, key=lambda status: len(by_status[status]))
    lines = [f'["{name}"]']
    for status, whom in sorted(by_status.items()):
        if status == commonest:
            shown = ["others"]
        else:
            shown, left = [], list(whom)
            for group, members in sorted(groups.items(), key=lambda item: -len(item[1])):
                if set(members) <= set(left):
                    shown.append(group)
                    left = [viewer for viewer in left if viewer not in members]
            shown += left
        lines.append(f"{status} = [{', '.join(json.dumps(one) for one in shown)}]")
    return "\n".join(lines)


def test_every_address_has_its_row_and_every_row_its_address() -> None:
    assert sorted(table()) == sorted(asked())


def test_an_address_without_a_row_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check above can fail: one more page is two more rows, one more operation one."""
    known = len(asked())
    more = [*get_resolver().url_patterns, URLPattern(get_resolver().url_patterns[-1].pattern, lambda _r: None, {}, "x")]
    walked = [(str(number), str(one)) for number, one in enumerate(more)]
    monkeypatch.setattr("tests.roles.test_matrix._walked", lambda *_a: walked)
    assert len(asked()) == 2 * len(more) + len(list(api.operations()))
    monkeypatch.undo()
    assert len(asked()) == known


@pytest.mark.django_db
def test_everybody_gets_what_the_table_says(town: City) -> None:
    wanted, wrong = table(), []
    assert tuple(town.people) == VIEWERS
    for name in asked():
        found = answers(town, name)
        if found != wanted.get(name):
            wrong.append(written(name, found))
    assert wrong == [], "what was got instead, as rows of the table:\n\n" + "\n\n".join(wrong)
