"""How long an answer takes: of the bare engine, of the matcher's service, of the API, and of the page, in turn."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, NoReturn

from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.test.client import Client, RequestFactory

from backend.accounts import second_factor
from backend.accounts.models import User
from backend.bench.cases import LeadCase, MatchCase
from backend.bench.failure import BenchFailed
from backend.bench.timing import in_turn, quantiles, ratios
from backend.matching.services import leads_for, products_for
from search.bare import Bare
from search.port import Page, SearchEngine
from search.query import Request
from search.schema import Schema

Asked = tuple[Schema, Request]
OK = 200
WARM_UP = 30


class _Stop(Exception):
    """Ends a call whose first request has been read."""


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to ask in four ways. `first`: what the service asks of the engine first."""

    service: Callable[[], object]
    api: Callable[[], object]
    page: Callable[[], object]
    first: Asked


def lead_questions(cases: Sequence[LeadCase], engine: SearchEngine, today: date) -> list[Question]:
    def service(case: LeadCase) -> Callable[[], object]:
        return lambda: leads_for(case.product, viewer=case.viewer, today=today, params=case.params, q=case.words)

    return [_question(service(case), case, engine) for case in cases]


def match_questions(cases: Sequence[MatchCase], engine: SearchEngine, today: date) -> list[Question]:
    def service(case: MatchCase) -> Callable[[], object]:
        return lambda: products_for(case.need, viewer=case.viewer, today=today)

    return [_question(service(case), case, engine) for case in cases]


def measured(questions: Sequence[Question], engine: SearchEngine, bare: Bare) -> dict[str, Any]:
    """Quantiles in milliseconds of each way, and the ratios. The last questions warm everything up first.

    `requests_per_call`: how many requests a service call sends to the engine; the bare engine sends the first alone.
    `cpu_ms`: what a service call costs this process, without waiting.
    """
    for question in questions[-WARM_UP:]:
        question.service()
        question.api()
        question.page()
        bare.compiled(*question.first)()
    seconds = in_turn(
        {
            "engine": [bare.compiled(*question.first) for question in questions],
            "service": [question.service for question in questions],
            "api": [question.api for question in questions],
            "page": [question.page for question in questions],
        }
    )
    began = time.process_time()
    with overheard(engine) as heard:
        for question in questions:
            question.service()
    cpu = time.process_time() - began
    found = {name: quantiles(each) for name, each in seconds.items()}
    return {
        "questions": len(questions),
        "engine_ms": found["engine"],
        "service_ms": found["service"],
        "api_ms": found["api"],
        "page_ms": found["page"],
        "service_to_engine": ratios(found["service"], found["engine"]),
        "api_to_service": ratios(found["api"], found["service"]),
        "page_to_service": ratios(found["page"], found["service"]),
        "requests_per_call": round(len(heard) / len(questions), 3),
        "cpu_ms": round(cpu * 1000 / len(questions), 3),
    }


@contextmanager
def overheard(engine: SearchEngine) -> Iterator[list[Asked]]:
    """The searches that anybody sends to `engine` meanwhile."""
    heard: list[Asked] = []
    search = engine.search

    def listening(schema: Schema, request: Request) -> Page:
        heard.append((schema, request))
        return search(schema, request)

    engine.search = listening  # type: ignore[method-assign]  # hides the class's method until it is deleted
    try:
        yield heard
    finally:
        del engine.search


def first_request(engine: SearchEngine, call: Callable[[], object]) -> Asked:
    """What `call` asks of the engine first. The call ends there."""
    heard: list[Asked] = []

    def refusing(schema: Schema, request: Request) -> NoReturn:
        heard.append((schema, request))
        raise _Stop

    engine.search = refusing  # type: ignore[method-assign]  # as above
    try:
        call()
    except _Stop:
        return heard[0]
    finally:
        del engine.search
    raise BenchFailed("a call answered without asking the engine")


def _question(service: Callable[[], object], case: LeadCase | MatchCase, engine: SearchEngine) -> Question:
    api = _call(case.address, {"authorization": f"Token {case.token}", "accept": "application/json"})
    return Question(service, api, _call(case.page, _signed_in(case.viewer)), first_request(engine, service))


def _signed_in(viewer: User) -> dict[str, str]:
    """The headers of a browser in which that person has signed in."""
    browser = Client()
    browser.force_login(viewer)
    session = browser.session
    session[second_factor.SHOWN] = str(viewer.pk)  # as who signed in with a code
    session.save()
    cookies = "; ".join(f"{name}={cookie.value}" for name, cookie in browser.cookies.items())
    return {"cookie": cookies, "accept": "text/html"}


class _Status:
    """Keeps the status line that a WSGI application begins its answer with."""

    def __init__(self) -> None:
        self.line = ""

    def __call__(self, line: str, headers: list[tuple[str, str]], error: object = None, /) -> Callable[[bytes], object]:
        self.line = line
        return lambda _body: None


def _call(address: str, headers: Mapping[str, str]) -> Callable[[], object]:
    """The whole stack, as a server calls it: WSGI in, bytes out. The call closes the database connection at its end
    where the settings say so; opening the next one belongs to it."""
    factory = RequestFactory(SERVER_NAME="localhost")
    environ = factory.get(address, headers=dict(headers))
    application = get_wsgi_application()

    def call() -> bytes:
        status = _Status()
        answer = application(dict(environ.environ), status)
        body = b"".join(answer)
        answer.close()
        connection.ensure_connection()
        if not status.line.startswith(f"{OK} "):
            raise BenchFailed(f"GET {address} answered {status.line}: {body[:300]!r}")
        return body

    return call
