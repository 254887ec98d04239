"""Random lives of a need."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule, run_state_machine_as_test

from backend.accounts.models import User
from backend.companies.models import Company
from backend.needs import services, verification
from backend.needs.clock import needs_check, needs_expire
from backend.needs.models import Need
from backend.needs.services import NeedInput
from backend.needs.versions import content_of, need_version
from tests import world
from tests.lifecycle.machine import STEPS, Life, Press
from tests.matching.cases import PACK
from tests.matching.loading import load_pack

OWNER = {"withdraw", "change", "close", "renew", "publish"}
BUREAU = {"verify", "return"}


class NeedLife(Life):
    row: Need

    def begin(self) -> None:
        company = world.company()
        self.company = company
        self.verified = True
        self.now: datetime = world.NOW
        self.row = world.need(company, opened_at=None)
        kinds = {kind: world.person_of(kind) for kind in ("bureau", "institution", "platform")}
        self.people = {"owner": world.person(company.organisation), "rival": world.person_of("company"), **kinds}

    def buttons(self) -> dict[str, Press]:
        def versioned(service: Any, **given: Any) -> Press:
            return lambda who, version: service(
                actor=who, need_id=self.row.pk, expected_version=version, now=self.now, **given
            )

        def consequence(service: Any) -> Press:
            return lambda who, version: service(actor=who, need_id=self.row.pk, now=self.now)

        return {
            "publish": versioned(services.need_open),
            "withdraw": versioned(services.need_withdraw),
            "close": versioned(services.need_close),
            "renew": versioned(services.need_renew),
            "change": self.change,
            "verify": versioned(verification.need_verify),
            "return": versioned(verification.need_return, reason="请补充说明"),
            "talk": consequence(services.need_begin_talks),
            "resume": consequence(services.need_resume),
            "fund": consequence(services.need_fund),
        }

    def change(self, who: User, version: int) -> Need:
        need = self.seen
        data = replace(NeedInput.of(need), amount=need.amount + Decimal("1.00"))
        return services.need_update(actor=who, need_id=need.pk, data=data, expected_version=version)

    def versioned(self) -> set[str]:
        return OWNER | BUREAU

    def right(self, button: str) -> set[str]:
        if button in OWNER:
            return {"owner", "platform"}
        if button in BUREAU:
            return {"bureau", "platform"} - ({"bureau"} if self.state == "draft" else set())
        if self.path(button, "") == []:
            return set(self.people)
        return {
            "talk": {"owner", "rival", "institution", "platform"},  # whose need it is, the caller knows
            "resume": {"owner", "rival", "institution", "platform"},
            "fund": {"institution", "platform"},
        }[button]

    def path(self, button: str, who: str) -> list[str]:
        match button:
            case "publish" if self.state in ("closed", "expired"):
                return ["renew"]
            case "publish":
                return ["submit", "check", "open"] if self.verified else ["submit"]
            case "verify":
                return ["verify", "open"] if self.verified else ["verify"]
            case "talk" if self.state == "talking":
                return []
            case "resume" if self.state != "talking":
                return []
            case "fund" if self.state == "funded":
                return []
        return [button]

    @initialize(verified=st.booleans())
    def begins(self, verified: bool) -> None:
        self.judge(verified)

    @rule(verified=st.booleans())
    def an_officer_judges_the_company(self, verified: bool) -> None:
        self.judge(verified)

    def judge(self, verified: bool) -> None:
        at = self.now + timedelta(minutes=1) if verified else None
        Company.objects.filter(pk=self.company.pk).update(verified_at=at)
        self.verified = verified

    @rule(days=st.integers(1, 200))
    def time_passes(self, days: int) -> None:
        self.now += timedelta(days=days)
        needs_check(self.now)
        if self.verified and self.state in ("submitted", "verified"):
            self.events += 2 if self.state == "submitted" else 1
            self.state = "open"
        before = self.seen
        over = before.expires_on is not None and before.expires_on < self.now.date()
        assert needs_expire(self.now) == int(self.state == "open" and over)
        if self.state == "open" and over:
            self.state, self.events = "expired", self.events + 1

    @invariant()
    def what_is_seen_is_kept(self) -> None:
        need = self.seen
        if need.shown:
            assert need_version(need).content == content_of(need)
            assert need.opened_at is not None
            assert need.expires_on is not None


@pytest.mark.django_db
@pytest.mark.database
def test_random_lives_of_a_need() -> None:
    load_pack(PACK)
    run_state_machine_as_test(NeedLife, settings=STEPS)
