"""The table of problem codes holds what the code raises, no more and no less."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from backend.api.problem_codes import CODES, PROBLEM_CODES

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [
    *(ROOT / "backend" / "api").glob("*.py"),
    *(ROOT / "backend" / "eligibility").glob("*.py"),
    *(ROOT / "backend" / "matching").glob("*.py"),
    *(ROOT / "backend").glob("*/api.py"),
    *(ROOT / "backend" / "applications").rglob("*.py"),
    *(
        ROOT / "backend" / name
        for name in ("common/errors.py", "common/credit_code.py", "common/texts.py", "packs/queries.py")
    ),
    *(ROOT / "backend" / name for name in ("companies/facts.py", "companies/services.py", "lifecycle/services.py")),
    *(ROOT / "backend" / name for name in ("needs/services.py", "needs/checks.py", "needs/verification.py")),
    *(ROOT / "backend" / name for name in ("products/checks.py", "products/cost_checks.py", "products/services.py")),
    *(ROOT / "backend" / name for name in ("products/shelving.py", "products/queries.py")),
    *(ROOT / "backend" / "accounts" / name for name in ("services.py", "members_api.py", "middleware.py")),
    ROOT / "backend" / "verification" / "services.py",
    ROOT / "search" / "port.py",
]
PLACE_OF_CODE = {
    "RuleError": 1,
    "FactError": 1,
    "CostError": 0,
    "CreditCodeError": 0,
    "CursorError": 0,
    "_taken": 0,
    "moved": 4,
}
"""Where the code stands among the arguments of what is raised."""

PREFIX = {"CreditCodeError": "credit_code_"}
NEVER_ANSWERED = {
    "refused": "the base class alone",
    "bad_size": "`limit` is checked first",
    "bad_query": "a fault of the code: 500",
    "search_error": "the base class alone",
    "rebuild_lost": "of commands",
    "bad_terms": "terms and fees are checked key by key when they are filed",
    "bad_amount": "a need's amount is checked first, and a cost that cannot be reckoned is null",
    "bad_term": "as bad_amount",
    "no_rate": "as bad_amount",
    "too_many_products": "comparing is a page's alone",
    "unknown_kind": "organisations are made by sign-up, by page and as branches",
    "wrong_parent": "a branch takes the kind of its parent",
    "institution_taken": "institutions have no operation yet",
}
OF_THE_FRAMEWORK = {
    *("parse_error", "not_authenticated", "authentication_failed", "method_not_allowed", "not_acceptable"),
    *("unsupported_media_type", "throttled", "null", "blank", "empty", "invalid", "invalid_choice", "max_length"),
    *("min_length", "max_value", "min_value", "max_digits", "max_decimal_places", "max_whole_digits"),
    *("max_string_length", "not_a_dict", "datetime", "not_a_mapping"),
}
"""Raised by the framework's parsers, authentication and fields, or by name of a field's message."""


def literals(node: ast.expr) -> Iterator[str]:
    """The texts that an expression may be."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from literals(node.body)
        yield from literals(node.orelse)


def codes_of(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            place = PLACE_OF_CODE.get(name)
            if place is not None and len(node.args) > place:
                yield from (PREFIX.get(name, "") + text for text in literals(node.args[place]))
            raising = name in ("InvalidInput", "Conflict", "NotAllowed", "NotFound", "problem", "problem_response")
            for keyword in node.keywords:
                if keyword.arg == "code" and raising:
                    yield from literals(keyword.value)
        if isinstance(node, ast.ClassDef):
            for line in node.body:
                if isinstance(line, ast.Assign) and getattr(line.targets[0], "id", "") == "code":
                    yield from literals(line.value)


def test_the_table_is_what_the_code_raises() -> None:
    raised = {code for path in SOURCES for code in codes_of(path.read_text(encoding="utf-8"))}
    assert (raised | OF_THE_FRAMEWORK) - set(NEVER_ANSWERED) == set(CODES)


def test_the_exceptions_are_still_raised() -> None:
    raised = {code for path in SOURCES for code in codes_of(path.read_text(encoding="utf-8"))}
    assert set(NEVER_ANSWERED) - raised == set()


def test_a_new_code_is_seen() -> None:
    """The check above can fail: each way of raising is read."""
    source = (
        "class A(DomainError):\n    code = 'one'\n"
        "InvalidInput('', code='two' if x else 'three')\n"
        "errors.Conflict('', code='four')\nRuleError(path, 'five', label)\nCreditCodeError('six', label)\n"
    )
    assert sorted(codes_of(source)) == ["credit_code_six", "five", "four", "one", "three", "two"]


def test_a_problem_of_its_own_has_a_status() -> None:
    assert len(PROBLEM_CODES) < len(CODES)
