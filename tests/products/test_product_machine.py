"""Random lives of a product."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule, run_state_machine_as_test

from backend.accounts.models import User
from backend.accounts.roles import Role
from backend.products import services, shelving
from backend.products.clock import products_lapse
from backend.products.models import Product
from backend.products.services import ProductInput
from backend.products.versions import content_of, product_version
from tests import world
from tests.lifecycle.machine import STEPS, Life, Press
from tests.matching.cases import PACK
from tests.matching.loading import load_pack

EDITS = {"submit", "withdraw", "change"}
REVIEWS = {"approve", "reject"}


class ProductLife(Life):
    """`editor` may edit, `reviewer` review, `chief` both; `rival` is another institution's."""

    row: Product

    def begin(self) -> None:
        bank = world.institution()
        self.now: datetime = world.NOW
        self.row = world.product(bank, published=False)
        roles = {"editor": Role.PRODUCT_EDITOR, "reviewer": Role.RISK_APPROVER, "chief": Role.INSTITUTION_ADMIN}
        self.people = {name: self.person(bank.organisation, role) for name, role in roles.items()}
        self.people |= {"rival": world.person_of("institution"), "company": world.person_of("company")}
        self.submitter = ""

    def person(self, organisation: Any, role: Role) -> User:
        made = world.person(organisation)
        made.role = role
        made.save()
        return made

    def buttons(self) -> dict[str, Press]:
        def button(service: Any, **given: Any) -> Press:
            return lambda who, version: service(
                actor=who, product_id=self.row.pk, expected_version=version, now=self.now, **given
            )

        return {
            "submit": self.submit,
            "withdraw": button(shelving.product_withdraw),
            "approve": button(shelving.product_approve),
            "reject": button(shelving.product_reject, reason="利率有误"),
            "confirm": button(shelving.product_confirm),
            "suspend": button(shelving.product_suspend),
            "resume": button(shelving.product_resume),
            "retire": button(shelving.product_retire),
            "change": self.change,
        }

    def submit(self, who: User, version: int) -> Product:
        done = shelving.product_submit(actor=who, product_id=self.row.pk, expected_version=version, now=self.now)
        self.submitter = next(name for name, one in self.people.items() if one == who)
        return done

    def change(self, who: User, version: int) -> Product:
        product = self.seen
        data = replace(ProductInput.of(product), amount_max=product.amount_max + Decimal(1))
        return services.product_update(
            actor=who, product_id=product.pk, data=data, expected_version=version, now=self.now
        )

    def right(self, button: str) -> set[str]:
        if button in EDITS:
            return {"editor", "chief"}
        if button in REVIEWS:
            four_eyes = {self.submitter} if button == "approve" and self.state == "review" else set()
            return {"reviewer", "chief"} - four_eyes
        return {"editor", "reviewer", "chief"}

    def path(self, button: str, who: str) -> list[str]:
        return [button]

    @rule(days=st.integers(1, 100))
    def time_passes(self, days: int) -> None:
        self.now += timedelta(days=days)
        confirmed = self.seen.last_confirmed_on
        over = self.state == "published" and (self.now.date() - confirmed).days > 90
        assert products_lapse(self.now) == int(over)
        if over:
            self.state, self.events = "suspended", self.events + 1

    @invariant()
    def what_is_on_offer_is_kept(self) -> None:
        product = self.seen
        if product.status in ("published", "suspended"):
            assert product_version(product).content == content_of(product)
        if product.status == "published":
            assert (self.now.date() - product.last_confirmed_on).days <= 90


@pytest.mark.django_db
@pytest.mark.database
def test_random_lives_of_a_product() -> None:
    load_pack(PACK)
    Product.objects.all()._raw_delete("default")  # the pack's own would lapse beside it
    run_state_machine_as_test(ProductLife, settings=STEPS)
