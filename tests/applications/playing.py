"""The two sides of a case, and ways to play it into any state, through the services that the site uses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from backend.accounts.models import Organisation, User
from backend.accounts.roles import Role
from backend.applications import services
from backend.applications.models import Application, CreditLine, Drawdown, Offer, Repayment
from backend.companies.models import Company
from backend.needs.models import Need
from backend.packs.checks import CheckedPack, check_pack
from backend.packs.faults import Faults
from backend.packs.models import Pack, Parameter, Term
from backend.products.models import Institution, Product
from tests import world

PLACE = ZoneInfo("Asia/Shanghai")
PACK = Path(__file__).resolve().parents[2] / "fixtures" / "jinan"
NOW = datetime(2025, 6, 30, 4, 0, tzinfo=UTC)
"""A Monday, noon at the place."""
TODAY = date(2025, 6, 30)


@cache
def _checked() -> CheckedPack:
    found = check_pack(PACK, Faults())
    assert found is not None
    return found


def load_words() -> None:
    """The pack's vocabularies and parameters, without its products."""
    pack = _checked()
    Pack.objects.create(
        key=pack.heading.key,
        name_zh=pack.heading.name.zh,
        name_en=pack.heading.name.en,
        currency=pack.heading.currency,
        time_zone=pack.heading.time_zone,
        home_region=pack.heading.home_region,
        words=list(pack.words),
        digest=pack.digest,
    )
    Term.objects.bulk_create(
        Term(
            scheme=row.scheme,
            code=row.code,
            parent=row.parent,
            label_zh=row.label.zh,
            label_en=row.label.en,
            note_zh=row.note.zh,
            note_en=row.note.en,
            position=row.position,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
        )
        for row in pack.terms
    )
    for entry in pack.parameters:
        Parameter.objects.create(
            name=entry.name, version=entry.version, effective_from=entry.effective_from, content=entry.content
        )


def colleague(organisation: Organisation, role: Role) -> User:
    made = world.person(organisation)
    made.role = role
    made.save()
    return made


@dataclass(frozen=True)
class Sides:
    """A company with an open need of one million, and a bank with one product for it. `owner` applies, `member` hands
    in papers; `worker` works cases, `approver` decides them."""

    company: Company
    need: Need
    owner: User
    member: User
    bank: Institution
    product: Product
    worker: User
    approver: User
    now: datetime = NOW
    tag: str = ""
    """Stands before the numbers of bookings, for several tables at one bank."""

    @property
    def today(self) -> date:
        return self.now.astimezone(PLACE).date()

    def send(self, *products: Product, now: datetime | None = None, **values: Any) -> tuple[Application, ...]:
        given: dict[str, Any] = {
            "need_id": self.need.pk,
            "product_ids": [one.pk for one in products or (self.product,)],
            "agreed": True,
            "text_version": 1,
        } | values
        return services.applications_send(actor=self.owner, data=services.SendInput(**given), now=now or self.now)

    def bank_of(self, case: Application) -> tuple[User, User]:
        """(worker, approver) of the case's institution."""
        if case.institution_id == self.bank.pk:
            return self.worker, self.approver
        staff = {user.role: user for user in case.institution.organisation.users.all()}
        return staff[Role.ACCOUNT_MANAGER], staff[Role.RISK_APPROVER]

    def reviewed(self, case: Application, *, now: datetime | None = None) -> Application:
        worker, _approver = self.bank_of(case)
        services.application_accept(actor=worker, application_id=case.pk, now=now or self.now)
        return services.diligence_begin(
            actor=worker, application_id=case.pk, note="电话联系了企业财务负责人", now=now or self.now
        )

    def offer(self, case: Application, *, now: datetime | None = None, **values: Any) -> Offer:
        _worker, approver = self.bank_of(case)
        given = {"valid_until": self.today + timedelta(days=30), **values}
        data = offer_input(**given)
        return services.offer_make(actor=approver, application_id=case.pk, data=data, now=now or self.now)

    def choose(
        self, *offers: Offer | None, now: datetime | None = None, keep_others: bool = False
    ) -> tuple[Application, ...]:
        data = services.ChoiceInput(offer_ids=[offer.pk for offer in offers if offer], keep_others=keep_others)
        return services.offers_choose(actor=self.owner, need_id=self.need.pk, data=data, now=now or self.now)

    def sign(self, case: Application, *, now: datetime | None = None, **values: Any) -> CreditLine:
        given: dict[str, Any] = {
            "contract": f"HT-{case.pk}",
            "amount": Decimal("1000000.00"),
            "signed_on": self.today,
        } | values
        worker, _approver = self.bank_of(case)
        return services.contract_sign(
            actor=worker, application_id=case.pk, data=services.ContractInput(**given), now=now or self.now
        )

    def pay(self, case: Application, amount: str = "600000.00", reference: str = "P1", **values: Any) -> Drawdown:
        now = values.pop("now", self.now)
        given: dict[str, Any] = {
            "reference": self.tag + reference,
            "amount": Decimal(amount),
            "paid_on": self.today,
        } | values
        worker, _approver = self.bank_of(case)
        return services.payout_record(
            actor=worker, application_id=case.pk, data=services.PayoutInput(**given), now=now or self.now
        )

    def repay(self, case: Application, principal: str = "200000.00", reference: str = "R1", **values: Any) -> Repayment:
        now = values.pop("now", self.now)
        given: dict[str, Any] = {
            "reference": reference,
            "principal": Decimal(principal),
            "paid_on": self.today,
        } | values
        worker, _approver = self.bank_of(case)
        return services.repayment_record(
            actor=worker, application_id=case.pk, data=services.RepaymentInput(**given), now=now or self.now
        )

    def refuse(self, case: Application, *codes: str, by: User | None = None, **values: Any) -> Application:
        now = values.pop("now", self.now)
        given: dict[str, Any] = {"codes": codes, "sentence": "抵押物评估值低于申请金额"} | values
        actor, data = by or self.bank_of(case)[1], services.RefusalInput(**given)
        return services.application_refuse(actor=actor, application_id=case.pk, data=data, now=now)

    def played(self, state: str) -> Application:
        """A case in that state, by the usual way there."""
        (case,) = self.send()
        if state in ("withdrawn", "declined"):
            end = services.application_withdraw if state == "withdrawn" else services.application_decline
            return end(actor=self.owner, application_id=case.pk, now=self.now)
        if state == "accepted":
            return services.application_accept(actor=self.worker, application_id=case.pk, now=self.now)
        if state == "submitted":
            return case
        case = self.reviewed(case)
        if state == "refused":
            return self.refuse(case, "5")
        if state == "more_asked":
            return services.application_ask_more(
                actor=self.worker,
                application_id=case.pk,
                documents=["tax_returns"],
                note="请补充纳税申报表",
                now=self.now,
            )
        if state == "expired":
            return self.refuse(case, "12")
        if state == "due_diligence":
            return case
        self._through_money(self.offer(case), state)
        return Application.objects.get(pk=case.pk)

    def _through_money(self, offer: Offer, state: str) -> None:
        if state == "offered":
            return
        (case,) = self.choose(offer)
        if state == "chosen":
            return
        self.sign(case)
        if state == "contract_signed":
            return
        self.pay(case)
        if state == "disbursed":
            return
        self.repay(case)
        if state == "closed":
            self.repay(case, "400000.00", "R2")
            services.application_close(actor=self.worker, application_id=case.pk, now=self.now)


def offer_input(**values: Any) -> services.OfferInput:
    given: dict[str, Any] = {
        "amount": Decimal("1000000.00"),
        "term_months": 12,
        "rate": Decimal("4.2000"),
        "terms": {"repayment": "interest_monthly"},
        "valid_until": TODAY + timedelta(days=30),
    } | values
    return services.OfferInput(**given)


def bank(**values: Any) -> tuple[Institution, Product, User, User]:
    """A bank with a product, an account manager and a risk approver."""
    made = world.institution()
    product = world.product(made, **values)
    worker, approver = (colleague(made.organisation, role) for role in (Role.ACCOUNT_MANAGER, Role.RISK_APPROVER))
    return made, product, worker, approver


def sides(**facts: Any) -> Sides:
    company = world.company(facts=facts)
    need = world.need(company)
    institution, product, worker, approver = bank()
    return Sides(
        company=company,
        need=need,
        owner=colleague(company.organisation, Role.OWNER),
        member=colleague(company.organisation, Role.MEMBER),
        bank=institution,
        product=product,
        worker=worker,
        approver=approver,
    )


def day_of(moment: datetime | None) -> str:
    """The day at the place, "" for none."""
    return "" if moment is None else f"{moment.astimezone(PLACE):%Y-%m-%d}"
