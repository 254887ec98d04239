"""A small market on the default pack, and one caller for each of the seven roles."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.core.management import call_command
from django.utils import timezone
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from backend.accounts.models import Invitation, Organisation, User
from backend.accounts.roles import Role
from backend.accounts.services import InvitationInput, invite, platform_account
from backend.applications.models import Application, RepairTask
from backend.applications.services import MessageInput, Paper, message_post
from backend.companies.models import Company
from backend.needs.models import Need
from backend.packs.management.commands.load_pack import default_folder
from backend.packs.services import pack_load
from backend.products.models import Institution, Product
from backend.verification.models import Verification
from tests import world
from tests.applications.playing import Sides, colleague
from tests.verification.building import submitted

PASSWORD = "correct horse battery staple"
ROLES = ("anonymous", "company_a", "company_b", "bank_a", "bank_b", "bureau", "platform")
"""Company A (`owner-a`, PASSWORD) and bank A own what the addresses name; company B and bank B are their rivals."""


@dataclass(frozen=True)
class Cases:
    """Company A's with bank A: the case that an operation acts on, by the operation's URL name; `attachment` and `task`
    are what two of them left; `approver` decides at bank A."""

    by_name: dict[str, Application]
    attachment: int
    task: int
    approver: User


@dataclass(frozen=True)
class Market:
    """`need` (open), `draft` and `waiting` (submitted) are company A's; `product` (published), `filed` (a draft),
    `reviewed` and `paused` (suspended) are bank A's, as are the colleague and the invitation. `stopped` is a suspended
    organisation. Company A's verification is with the bureau."""

    company: Company
    need: Need
    draft: Need
    waiting: Need
    institution: Institution
    product: Product
    filed: Product
    reviewed: Product
    paused: Product
    people: dict[str, User | None]
    colleague: User
    invitation: Invitation
    token_of_invitation: str
    stopped: Organisation
    verification: Verification
    cases: Cases

    def token(self, role: str) -> str | None:
        user = self.people[role]
        return None if user is None else Token.objects.get_or_create(user=user)[0].key

    def client(self, role: str, language: str = "en") -> APIClient:
        client = APIClient(HTTP_ACCEPT_LANGUAGE=language)
        token = self.token(role)
        client.credentials(HTTP_ACCEPT_LANGUAGE=language, **({"HTTP_AUTHORIZATION": f"Token {token}"} if token else {}))
        return client


def small_market() -> Market:
    """Two companies, two banks, a bureau and the platform, on the default pack with its products, indexed."""
    pack_load(default_folder(), actor=platform_account(), progress=lambda what, done, of: None)
    company, rival = world.company(facts={"tax_grade": "A", "annual_revenue": "30000000"}), world.company()
    institution, other_bank = world.institution(), world.institution()
    need = world.need(company, title="流动资金周转", amount=Decimal("2000000.00"))
    draft = world.need(company, opened_at=None, title="草稿")
    waiting = world.need_in("submitted", company, title="采购原料", purpose="order")
    product = world.product(institution, name_en="Working capital loan")
    filed = world.product(institution, published=False)
    reviewed, paused = world.product_in("review", institution), world.product_in("suspended", institution)
    owner = world.person(company.organisation, name="owner-a")
    owner.set_password(PASSWORD)
    owner.save()
    bank = world.person(institution.organisation)
    bureau = Organisation.objects.create(kind="bureau", name="Bureau")
    people: dict[str, User | None] = {
        "anonymous": None,
        "company_a": owner,
        "company_b": world.person(rival.organisation),
        "bank_a": bank,
        "bank_b": world.person(other_bank.organisation),
        "bureau": world.person(bureau),
        "platform": world.person(platform_account().organisation),
    }
    manager = people["bank_a"]
    assert manager is not None
    colleague = world.person(institution.organisation, role=Role.ACCOUNT_MANAGER)
    invited = invite(
        actor=manager,
        data=InvitationInput(email="zhou@example.com", role=Role.AUDITOR),
        address_of=lambda token: token,
    )
    stopped = Organisation.objects.create(
        kind="advisers", name="Advisers", suspended_at=world.NOW, suspended_because="licence"
    )
    world.unverified(company)
    cases = small_cases(company, owner, institution, product, manager)
    people["approver_a"] = cases.approver
    call_command("search", "rebuild", verbosity=0)
    return Market(
        company=Company.objects.get(pk=company.pk),
        need=need,
        draft=draft,
        waiting=waiting,
        institution=institution,
        product=product,
        filed=filed,
        reviewed=reviewed,
        paused=paused,
        people=people,
        colleague=colleague,
        invitation=invited.invitation,
        token_of_invitation=invited.token,
        stopped=stopped,
        verification=submitted(owner),
        cases=cases,
    )


STATES = {
    "application-accept": "submitted",
    "application-diligence": "accepted",
    "application-ask-more": "due_diligence",
    "application-answer": "more_asked",
    "application-resume": "more_asked",
    "application-offer": "due_diligence",
    "application-refuse": "submitted",
    "application-withdraw": "submitted",
    "application-decline": "submitted",
    "application-contract": "chosen",
    "application-cancel": "contract_signed",
    "application-payouts": "contract_signed",
    "application-repayments": "disbursed",
    "application-reversals": "disbursed",
    "application-close": "repaid",
    "need-offers": "offered",
    "need-choose": "offered",
    "application-messages": "submitted",
    "application-events": "submitted",
    "application": "refused",
}
"""The state in which an operation finds its case."""


def small_cases(company: Company, owner: User, institution: Institution, product: Product, worker: User) -> Cases:
    """One case in each state, each of a need of its own."""
    approver, played = colleague(institution.organisation, Role.RISK_APPROVER), {}
    for number, state in enumerate(sorted(set(STATES.values()))):
        need = world.need(company, title=f"第{number}笔", amount=Decimal("1000000.00"), purpose="order")
        table = Sides(
            company, need, owner, owner, institution, product, worker, approver, now=timezone.now(), tag=str(number)
        )
        case = table.played("repaying" if state == "repaid" else state)
        if state == "repaid":
            table.repay(case, "400000.00", "R2")
        case.refresh_from_db()
        played[state] = case
    paper = Paper(name="a.pdf", content=b"%PDF-1.7")
    message = message_post(
        actor=owner, application_id=played["submitted"].pk, data=MessageInput(text="附件", papers=(paper,))
    )
    by_name = {name: played[state] for name, state in STATES.items()}
    return Cases(by_name, message.attachments.get().pk, RepairTask.objects.get().pk, approver)
