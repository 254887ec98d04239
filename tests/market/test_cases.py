"""Cases of the demo in every state, with a history behind each."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from backend.accounts.demo import demo_accounts_ensure
from backend.accounts.demo_names import DEMO_COMPANY, DEMO_RISK
from backend.accounts.models import User
from backend.accounts.services import platform_account
from backend.applications.cycle import ENDS, LIVE, Status
from backend.applications.models import Application
from backend.indexing import engines
from backend.indexing.rebuild import rebuild
from backend.lifecycle.queries import broken_at, events_of
from backend.market.cases import BANK, OWN, cases_make
from backend.matching.services import products_for
from backend.needs.models import Need
from backend.records.models import PastCase
from tests.market.test_lives import NOW, TODAY, market

__all__ = ["market"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(market: None, settings: Any, tmp_path: Path, search_prefix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.SEARCH_FOLDER, settings.SEARCH_PREFIX = tmp_path / "index", search_prefix
    settings.SEARCH_ENGINES = ["embedded"]
    monkeypatch.setattr(timezone, "localdate", lambda *_args: TODAY)
    engines.breaker.forget()
    for kind in ("need", "product"):
        rebuild(engines.primary(), kind, today=TODAY)
    need = max(
        Need.objects.filter(status="open").select_related("company__organisation")[:20],
        key=lambda one: products_for(one, viewer=platform_account(), today=TODAY).counts["eligible"],
    )
    best = products_for(need, viewer=platform_account(), today=TODAY).eligible[0].product
    demo_accounts_ensure(company=need.company.organisation, institution=best.institution.organisation)


def test_the_demo_has_cases_with_their_histories_once(demo: None) -> None:
    before = PastCase.objects.count()
    made = cases_make(now=NOW)
    cases = list(Application.objects.all())
    assert made == len(cases)
    assert set(Counter(case.status for case in cases)) <= {plot.state for plot in (*BANK, *OWN)}
    assert cases_make(now=NOW) == 0
    assert [case for case in cases if broken_at(case) is not None] == []
    for case in cases:
        events = list(events_of(case))
        times = [event.at for event in events]
        assert times == sorted(times), events
        assert (events[0].event, events[-1].after) == ("send", case.status)
        assert times[-1] < NOW
        assert (case.status in ENDS) == (case.ended_at is not None)
    own = User.objects.get(username=DEMO_COMPANY).organisation
    states = Counter(case.status for case in Application.objects.filter(need__company__organisation=own))
    assert states["offered"] == 2, "two offers to compare"
    paid = Application.objects.filter(status__in=[Status.DISBURSED, Status.REPAYING, Status.CLOSED])
    assert [case.pk for case in paid if case.past_case is None or not case.past_case.funded] == []
    refused = Application.objects.filter(status=Status.REFUSED)
    assert PastCase.objects.count() == before + paid.count() + refused.count()
    assert [case.pk for case in refused if not case.tasks.exists()] == []
    assert User.objects.get(username=DEMO_RISK).role == "risk_approver"


def test_every_state_is_planned() -> None:
    assert {plot.state for plot in BANK} == {*LIVE, *ENDS}


def test_without_a_demo_there_are_no_cases(market: None) -> None:
    assert cases_make(now=NOW) == 0
    assert not Application.objects.exists()
