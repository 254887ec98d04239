"""docs/reference/api.md: its tables are printed from the code, its commands give what it says."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from backend.accounts.demo import demo_accounts_ensure
from backend.api.reference import printed
from tests.api.market import small_market

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "api.md"
COMMAND = re.compile(r"^(curl .+)\n# → (\d{3})$", re.MULTILINE)
KEPT = {"/token": ("TOKEN", "token"), "/needs": ("NEED", "id")}
"""What an answer gives to the commands after it: address → variable, field."""


def commands() -> Iterator[tuple[str, int]]:
    for command, status in COMMAND.findall(PAGE.read_text(encoding="utf-8")):
        yield command, int(status)


def filled(command: str, variables: dict[str, str]) -> str:
    """As a shell does: no variable within single quotes."""
    pieces = re.split(r"('[^']*')", command)
    return "".join(
        piece if piece.startswith("'") else re.sub(r"\$([A-Z]+)", lambda found: variables[found[1]], piece)
        for piece in pieces
    )


def run(command: str, variables: dict[str, str]) -> Any:
    """What the command's call is answered with. Knows the options that the page uses, and no other."""
    words = shlex.split(filled(command, variables))[1:]
    method, address, body, headers = "GET", "", "", {}
    options = iter(words)
    for word in options:
        if word == "-X":
            method = next(options)
        elif word == "-H":
            name, _, value = next(options).partition(": ")
            headers[name] = value
        elif word == "-d":
            body = next(options)
        else:
            assert not word.startswith("-"), word
            address = word
    kind = headers.pop("Content-Type", "application/octet-stream")
    return Client().generic(method, address, body, kind, headers=headers)


def test_the_tables_are_printed_from_the_code() -> None:
    """`backend.api.reference.printed()` is the end of the page."""
    assert PAGE.read_text(encoding="utf-8").endswith(printed())


def test_every_command_of_the_page_has_its_status() -> None:
    assert PAGE.read_text(encoding="utf-8").count("\ncurl ") == len(list(commands())) > 20


@pytest.mark.django_db
def test_the_commands_give_what_the_page_says() -> None:
    market = small_market()
    demo_accounts_ensure(company=market.company.organisation, institution=market.institution.organisation)
    variables = {"API": "/api/v1", "COMPANY": str(market.company.pk)}
    found = []
    for command, _status in commands():
        answer = run(command, variables)
        found.append((command, answer.status_code))
        variable, field = KEPT.get(answer.request["PATH_INFO"].removeprefix("/api/v1"), ("", ""))
        if variable and answer.status_code in (200, 201) and answer.request["REQUEST_METHOD"] == "POST":
            variables[variable] = str(answer.json()[field])
    assert found == list(commands())
