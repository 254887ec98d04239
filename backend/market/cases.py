"""Cases of a made-up market in every state, each with the history that leads there, played through the services that
the site uses. What was paid out and refused enters each institution's record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

from django.db import transaction

from backend.accounts.demo_names import DEMO_COMPANY, DEMO_INSTITUTION, DEMO_RISK
from backend.accounts.models import Organisation, User
from backend.accounts.roles import ROLES, Kind, Role
from backend.applications import services
from backend.applications.models import Application, Offer
from backend.applications.pack import clock, consent_text
from backend.common.errors import DomainError
from backend.matching.leads import leads_for
from backend.matching.services import products_for
from backend.needs.cycle import SHOWN
from backend.needs.models import Need
from backend.needs.queries import needs_visible_to
from backend.products.models import Product
from backend.products.queries import products_owned_by

PAPER = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    b"trailer<</Root 1 0 R>>\n"
)
_FEN, _STEP = Decimal("0.01"), Decimal("0.05")

USUAL = ("accept", "begin", "ask", "answer", "offer", "choose", "sign", "pay", "repay", "repay_all", "close")
OFFSETS = dict(zip(USUAL, (0, 1, 3, 6, 9, 11, 14, 17, 47, 77, 80), strict=True))
"""Days after the sending on which the usual steps are taken."""

TO_STATE = {
    "submitted": "",
    "accepted": "accept",
    "due_diligence": "begin",
    "more_asked": "ask",
    "offered": "offer",
    "chosen": "choose",
    "contract_signed": "sign",
    "disbursed": "pay",
    "repaying": "repay",
    "closed": "close",
    "refused": "answer",
    "expired": "ask",
    "declined": "offer",
    "withdrawn": "begin",
}
"""State → the last usual step before it."""


@dataclass(frozen=True, slots=True)
class Plot:
    """A case's life: sent `ago` days before now, taken to `state`. `codes` and a `sentence` close it; `revised`: with a
    second, cheaper offer."""

    state: str
    ago: int
    codes: tuple[str, ...] = ()
    sentence: str = ""
    revised: bool = False


BANK: tuple[Plot, ...] = (
    Plot("submitted", 0),
    Plot("submitted", 1),
    Plot("submitted", 6),
    Plot("accepted", 1),
    Plot("accepted", 2),
    Plot("accepted", 9),
    Plot("due_diligence", 3),
    Plot("due_diligence", 4),
    Plot("due_diligence", 29),
    Plot("due_diligence", 40),
    Plot("more_asked", 5),
    Plot("more_asked", 12),
    Plot("offered", 12),
    Plot("offered", 16, revised=True),
    Plot("chosen", 14),
    Plot("contract_signed", 18),
    Plot("disbursed", 24),
    Plot("disbursed", 40),
    Plot("repaying", 60),
    Plot("closed", 95),
    Plot("refused", 20, ("5",), "房产评估值低于申请金额，且没有其他担保措施。增加政府性担保后可重新申请。"),
    Plot("refused", 34, ("4", "8"), "近十二个月经营流水不足以覆盖还款，且现有负债偏高。降低金额或延长期限后可再议。"),
    Plot("expired", 45, ("12",), "补充材料通知后未收到近两年纳税申报表，本次先结案，材料齐备后随时再来。"),
    Plot("withdrawn", 10),
    Plot("declined", 13),
)
"""What the demo bank's account manager finds in the morning."""

OWN: tuple[Plot, ...] = (
    Plot("offered", 12),
    Plot("offered", 13),
    Plot("more_asked", 6),
    Plot("due_diligence", 5),
    Plot("refused", 14, ("4",), "按现有经营流水测算，还款覆盖率不足。建议把期限延长到二十四个月，或先归集三个月流水。"),
)
"""The demo company's: offers to compare, papers to hand in, a refusal to mend."""


@transaction.atomic
def cases_make(*, now: datetime) -> int:
    """Cases of the demo company and of the demo bank. Nothing where there are cases already, or nobody of the demo.
    Returns how many there are. Raises what the matcher and the services raise."""
    company, bank = (User.objects.filter(username=name).first() for name in (DEMO_COMPANY, DEMO_INSTITUTION))
    if Application.objects.exists() or company is None or bank is None or bank.organisation is None:
        return 0
    approver = User.objects.get(username=DEMO_RISK)
    staff = {bank.organisation.pk: (bank, approver)}
    made = 0
    for plot, (need, product) in zip(OWN, _own(company, bank, now), strict=False):
        made += _played(plot, need, product, company, staff, now)
    for plot, (need, product) in _cast(_leads(bank, company, now), now):
        made += _played(plot, need, product, _owner(need), staff, now)
    return made


def _played(
    plot: Plot, need: Need, product: Product, owner: User, staff: dict[int, tuple[User, User]], now: datetime
) -> int:
    """1 where the life could be lived, 0 where the market's own rules speak against it."""
    organisation = product.institution.organisation
    if organisation.pk not in staff:
        staff[organisation.pk] = _staff(organisation)
    try:
        with transaction.atomic():
            Life(plot, need, product, owner, *staff[organisation.pk], now=now).play()
    except DomainError:
        return 0
    return 1


@dataclass
class Life:
    """Plays one case, from its sending on."""

    plot: Plot
    need: Need
    product: Product
    owner: User
    worker: User
    approver: User
    now: datetime
    case: Application = field(init=False)

    def play(self) -> None:
        moment = self.at(0)
        data = services.SendInput(
            need_id=self.need.pk,
            product_ids=[self.product.pk],
            agreed=True,
            text_version=consent_text(clock(moment).day(moment)).version,
        )
        (self.case,) = services.applications_send(actor=self.owner, data=data, now=moment)
        last = TO_STATE[self.plot.state]
        steps = USUAL[: USUAL.index(last) + 1] if last else ()
        for name in steps:
            if name in ("ask", "answer") and self.plot.state == "due_diligence":
                continue
            getattr(self, name)(self.at(OFFSETS[name], USUAL.index(name)))
        self.end(self.at(OFFSETS[last] + 1 if last else 1, len(USUAL)))

    def at(self, days: int, place: int = -1) -> datetime:
        """A moment of office hours so many days after the sending, on a working day, and never after now. `place` in
        the order of the steps: those of one day come one after the other; -1 for the sending."""
        times = clock(self.now)
        day = times.calendar.add(times.day(self.now) - timedelta(days=self.plot.ago - days), 0)
        sending = place < 0
        hour = time(9, self.need.pk % 50) if sending else time(10 + self.need.pk % 6, 7 * self.need.pk % 45 + place)
        return min(datetime.combine(day, hour, times.zone), self.now - timedelta(minutes=30 - place))

    def end(self, moment: datetime) -> None:
        act = {"actor": self.owner, "application_id": self.case.pk, "now": moment}
        if self.plot.codes:
            data = services.RefusalInput(codes=self.plot.codes, sentence=self.plot.sentence)
            services.application_refuse(actor=self.approver, application_id=self.case.pk, data=data, now=moment)
        elif self.plot.state == "withdrawn":
            services.application_withdraw(**act, note="资金已由股东借款解决，暂不需要。")  # type: ignore[arg-type]
        elif self.plot.state == "declined":
            services.application_decline(**act, note="感谢贵行，本次选择了期限更长的方案。")  # type: ignore[arg-type]
        elif self.plot.revised:
            self.offer(moment, cheaper=Decimal("0.15"))

    def accept(self, moment: datetime) -> None:
        services.case_looked(actor=self.worker, application_id=self.case.pk, now=moment)
        services.application_accept(actor=self.worker, application_id=self.case.pk, now=moment)

    def begin(self, moment: datetime) -> None:
        note = "已电话联系企业财务负责人，约定实地走访时间。"
        services.diligence_begin(actor=self.worker, application_id=self.case.pk, note=note, now=moment)

    def ask(self, moment: datetime) -> None:
        services.application_ask_more(
            actor=self.worker,
            application_id=self.case.pk,
            documents=["tax_returns", "bank_statements"],
            note="请补充近两年纳税申报表和近十二个月银行流水，用于测算还款能力。",
            now=moment,
        )

    def answer(self, moment: datetime) -> None:
        papers = (services.Paper(name="近两年纳税申报表.pdf", content=PAPER, kind="tax_returns"),)
        data = services.MessageInput(text="材料已备齐，请查收；银行流水随后由基本户开户行直接提供。", papers=papers)
        services.application_answer(actor=self.owner, application_id=self.case.pk, data=data, now=moment)

    def offer(self, moment: datetime, *, cheaper: Decimal = Decimal(0)) -> Offer:
        services.case_looked(actor=self.approver, application_id=self.case.pk, now=moment)
        low, high = self.product.rate_min, self.product.rate_max
        rate = None
        if low is not None and high is not None:
            rate = (low + (high - low) * Decimal("0.4") - cheaper).quantize(_STEP, ROUND_HALF_EVEN)
            rate = min(max(rate, low), high)
        amount = min(self.need.amount or self.product.amount_max, self.product.amount_max or Decimal(10) ** 12)
        data = services.OfferInput(
            amount=amount.quantize(_FEN),
            term_months=self.need.term_months or 12,
            rate=rate,
            terms={key: self.product.terms[key] for key in ("repayment",) if self.product.terms.get(key)},
            fees=self.product.fees,
            collateral=self.product.collateral[:1],
            conditions="放款前办妥担保手续，并在本行开立结算账户。" if self.product.collateral else "",
            valid_until=_after(moment, 45),
        )
        return services.offer_make(actor=self.approver, application_id=self.case.pk, data=data, now=moment)

    def choose(self, moment: datetime) -> None:
        case = self.fresh()
        data = services.ChoiceInput(offer_ids=[case.offer_id or 0])
        services.offers_choose(actor=self.owner, need_id=self.need.pk, data=data, now=moment)

    def sign(self, moment: datetime) -> None:
        data = services.ContractInput(
            contract=f"HT{moment:%Y%m}-{self.case.pk:04d}", amount=self.amount, signed_on=clock(moment).day(moment)
        )
        services.contract_sign(actor=self.worker, application_id=self.case.pk, data=data, now=moment)

    def pay(self, moment: datetime) -> None:
        day = clock(moment).day(moment)
        fact = self.need.company.facts.get("has_ever_borrowed")
        borrowed = bool(fact["value"]) if isinstance(fact, dict) else None
        first = services.FirstLoan()
        if borrowed is not None:
            inquired = day - timedelta(days=9)
            number = f"ZX{inquired:%Y%m%d}-{self.case.pk}"
            first = services.FirstLoan(borrowed=borrowed, inquired_on=inquired, inquiry=number)
        data = services.PayoutInput(reference=f"FK{self.case.pk:05d}-1", amount=self.amount, paid_on=day, first=first)
        services.payout_record(actor=self.worker, application_id=self.case.pk, data=data, now=moment)

    def repay(self, moment: datetime, *, share: Decimal = Decimal("0.4")) -> None:
        rate = self.fresh().offer.rate or Decimal(4)  # type: ignore[union-attr]
        principal = (self.amount * share).quantize(_FEN)
        data = services.RepaymentInput(
            reference=f"HK{self.case.pk:05d}-{int(share * 10)}",
            principal=principal,
            interest=(self.amount * rate / 1200).quantize(_FEN, ROUND_HALF_EVEN),
            paid_on=clock(moment).day(moment),
        )
        services.repayment_record(actor=self.worker, application_id=self.case.pk, data=data, now=moment)

    def repay_all(self, moment: datetime) -> None:
        line = self.fresh().line
        data = services.RepaymentInput(
            reference=f"HK{self.case.pk:05d}-9",
            principal=line.drawn - line.repaid,
            interest=Decimal("3850.00"),
            paid_on=clock(moment).day(moment),
        )
        services.repayment_record(actor=self.worker, application_id=self.case.pk, data=data, now=moment)

    def close(self, moment: datetime) -> None:
        services.application_close(actor=self.worker, application_id=self.case.pk, now=moment)

    def fresh(self) -> Application:
        return Application.objects.select_related("offer", "line").get(pk=self.case.pk)

    @property
    def amount(self) -> Decimal:
        offer = self.fresh().offer
        return offer.amount if offer is not None else Decimal(0)


def _own(company: User, bank: User, now: datetime) -> Iterator[tuple[Need, Product]]:
    """The demo company's first shown need with its best loans, one an institution, the demo bank's first."""
    need = needs_visible_to(company).filter(status__in=SHOWN).order_by("pk").first()
    if need is None:
        return
    found = products_for(need, viewer=company, today=clock(now).day(now), limit=30)
    seen: set[int] = set()
    products = [match.product for match in (*found.eligible, *found.missing) if match.product.rate_min is not None]
    products.sort(key=lambda product: product.institution.organisation_id != bank.organisation_id)
    for product in products:
        if product.institution_id not in seen:
            seen.add(product.institution_id)
            yield need, product


def _leads(bank: User, company: User, now: datetime) -> list[tuple[Need, Product]]:
    """Leads of the bank's loans, each company once, those open for longest first."""
    found: dict[int, tuple[Need, Product]] = {}
    for product in products_owned_by(bank).filter(status=Product.Status.PUBLISHED, rate_min__isnull=False):
        for lead in leads_for(product, viewer=bank, today=clock(now).day(now), size=60).results:
            need = lead.need
            if lead.group == "eligible" and need.amount and need.company.organisation_id != company.organisation_id:
                found.setdefault(need.company_id, (need, product))
    return sorted(found.values(), key=lambda pair: (pair[0].opened_at or now, pair[0].pk))


def _cast(leads: list[tuple[Need, Product]], now: datetime) -> Iterator[tuple[Plot, tuple[Need, Product]]]:
    """Each life for a need that was open when it began, the longest first; what fits none is left out."""
    left = list(leads)
    for plot in sorted(BANK, key=lambda plot: -plot.ago):
        since = now - timedelta(days=plot.ago + 1)
        fitting = next((pair for pair in left if pair[0].opened_at and pair[0].opened_at <= since), None)
        if fitting is not None:
            left.remove(fitting)
            yield plot, fitting


def _owner(need: Need) -> User:
    organisation = need.company.organisation
    return organisation.users.order_by("pk").first() or _made(organisation, "founder", ROLES[Kind.COMPANY][0])


def _staff(organisation: Organisation) -> tuple[User, User]:
    return _made(organisation, "manager", Role.ACCOUNT_MANAGER), _made(organisation, "risk", Role.RISK_APPROVER)


def _made(organisation: Organisation, what: str, role: Role) -> User:
    """Somebody who has no password: nobody signs in so."""
    user = User(username=f"{what}-{organisation.pk}", organisation=organisation, role=role)
    user.set_unusable_password()
    user.save()
    return user


def _after(moment: datetime, days: int) -> date:
    return clock(moment).day(moment) + timedelta(days=days)
