"""Generated calls of every operation, as each kind of caller: no answer that the description does not promise.

Schemathesis makes the calls from the description: the boundary cases of each parameter and field, then random ones,
right and wrong. Half of them are pointed at things that exist, at their present version, so that they reach the
services. Every call is undone. The seed is fixed: the same calls each time.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any

import pytest
import schemathesis
from django.core import signals
from django.core.cache import cache
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.core.transport import Response
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from backend.accounts.api import MeSerializer
from backend.api.problem_codes import CODES, PROBLEMS
from backend.common.errors import Conflict
from tests.api.market import Market, small_market

CALLERS = ("anonymous", "company_a", "bank_a", "bureau", "platform", "approver_a")
OPERATIONS = 92
RANDOM_CALLS = 4
"""For each operation and caller."""

SHARE = 4
"""Each caller makes every fourth of the boundary calls, each beginning at another one."""

CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
STATUSES = {problem.code: problem.statuses for problem in PROBLEMS}
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


@dataclass
class Caller:
    """Sends calls in one person's name and collects what was answered against the description."""

    market: Market
    token: str | None
    faults: dict[str, str]
    sent: int = 0

    def send(self, case: Any, *, aimed: bool) -> None:
        if aimed:
            self._aim(case)
        cache.clear()  # the sign-in limit has a test of its own
        headers = {"Authorization": f"Token {self.token}"} if self.token else {}
        with transaction.atomic():
            answer = case.call(headers=headers)
            transaction.set_rollback(True)
        self.sent += 1
        try:
            case.validate_response(answer, checks=CHECKS)
        except FailureGroup as failures:
            for failure in failures.exceptions:
                self._note(case, answer, f"{type(failure).__name__}: {failure}")
        for fault in problem_faults(answer):
            self._note(case, answer, fault)

    def _aim(self, case: Any) -> None:
        """At a thing that exists, in its present version."""
        if self._aim_at_a_case(case):
            return
        needs = case.path.startswith("/api/v1/needs/")
        things = {
            "verifications": self.market.verification,
            "companies": self.market.company,
            "products": self.market.product,
            "needs": self.market.need,
        }
        target: Any = next((thing for name, thing in things.items() if f"/{name}/" in case.path), None)
        if target is not None and "id" in case.path_parameters:
            if needs and case.path.endswith("/open"):
                target = self.market.draft
            case.path_parameters["id"] = target.pk
            if case.method in ("PATCH", "POST"):
                case.headers["If-Match"] = f'"{target.version}"'
        if isinstance(case.body, dict) and "company" in case.body:
            case.body["company"] = self.market.company.pk

    def _aim_at_a_case(self, case: Any) -> bool:
        """At the case that the operation is meant for, and with what belongs to it."""
        cases, body = self.market.cases, case.body if isinstance(case.body, dict) else {}
        last = case.path.rsplit("/", 1)[1]
        name = "application" if last == "{id}" else f"need-{last}" if "/needs/" in case.path else f"application-{last}"
        if case.path == "/api/v1/applications":
            if "need" in body:
                body["need"], body["products"] = self.market.need.pk, [self.market.product.pk]
            return True
        if case.path.startswith("/api/v1/attachments/"):
            case.path_parameters["id"] = cases.attachment
        elif case.path.startswith("/api/v1/repair-tasks/"):
            case.path_parameters["id"] = cases.task
        elif "/applications/" in case.path or case.path.startswith("/api/v1/needs/{id}/offers"):
            target = cases.by_name[name]
            case.path_parameters["id"] = target.pk if "/applications/" in case.path else target.need_id
            if "If-Match" in case.headers:
                case.headers["If-Match"] = f'"{target.version}"'
            if "offers" in body:
                body["offers"] = [target.offer_id]
        else:
            return False
        return True

    def _note(self, case: Any, answer: Response, fault: str) -> None:
        where = f"{case.method} {case.path} → {answer.status_code}: {fault.splitlines()[0]}"
        self.faults.setdefault(where, case.as_curl_command())


def problem_faults(answer: Response) -> Iterator[str]:
    """What is wrong with an answer from 400 on as a problem: its type, its code, the codes and fields beside it."""
    if answer.status_code < 400:
        return
    kind = (answer.headers.get("content-type") or [""])[0]
    if kind != "application/problem+json":
        yield f"is {kind}"
        return
    body = json.loads(answer.content)
    if answer.status_code not in STATUSES.get(body["code"], ()):
        yield f"code {body['code']} is not of this status"
    if body["status"] != answer.status_code:
        yield f"says {body['status']}"
    for error in body.get("errors", []):
        if error["code"] not in CODES:
            yield f"field code {error['code']} is unknown"
    if answer.status_code == 400 and body["code"] != "parse_error" and not body.get("errors"):
        yield f"{body['code']} names no field"


@pytest.fixture(autouse=True)
def calls_in_the_tests_transaction() -> Iterator[None]:
    """A server would close its connection after each call, and log each refused one."""
    signals.request_started.disconnect(close_old_connections)
    signals.request_finished.disconnect(close_old_connections)
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)
    signals.request_started.connect(close_old_connections)
    signals.request_finished.connect(close_old_connections)


def described() -> Any:
    return schemathesis.openapi.from_wsgi("/api/v1/schema", get_wsgi_application(), config=SchemathesisConfig())


def called(role: str, *, only: str = "") -> Caller:
    """All operations, or the one at the address `only`, called as `role`."""
    market = small_market()
    caller = Caller(market, market.token(role), {})
    schema = described()
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) == OPERATIONS
    for operation in operations:
        if only in ("", operation.path):
            generation = schema.config.generation_for(operation=operation)
            cases = schema.iter_coverage_cases(operation, generation_modes=list(MODES), generation_config=generation)
            for turn, case in enumerate(islice(cases, CALLERS.index(role) % SHARE, None, SHARE)):
                caller.send(case, aimed=turn % 2 == 0)
            _random_calls(caller, operation)
    return caller


@pytest.mark.django_db
@pytest.mark.parametrize("role", CALLERS)
def test_every_answer_is_one_that_the_description_promises(role: str) -> None:
    caller = called(role)
    assert caller.faults == {}
    assert caller.sent > OPERATIONS * RANDOM_CALLS


@pytest.mark.django_db
def test_an_answer_that_is_not_promised_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check above can fail: another status, and an answer that lacks what was promised, are faults."""
    turns: cycle[dict[str, str] | Conflict] = cycle([{"username": "x"}, Conflict("", code="unheard_of")])

    def to_representation(serializer: MeSerializer, user: object) -> dict[str, str]:
        turn = next(turns)
        if isinstance(turn, Conflict):
            raise turn
        return turn

    monkeypatch.setattr(MeSerializer, "to_representation", to_representation)
    faults = " ".join(called("company_a", only="/api/v1/me").faults)
    assert [fault for fault in ("UndefinedStatusCode", "JsonSchemaError", "unheard_of") if fault not in faults] == []


def _random_calls(caller: Caller, operation: Any) -> None:
    cases = st.one_of([operation.as_strategy(generation_mode=mode) for mode in MODES])

    @settings(
        max_examples=RANDOM_CALLS,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases, aimed=st.booleans())
    def call(case: Any, aimed: bool) -> None:
        caller.send(case, aimed=aimed)

    call()
