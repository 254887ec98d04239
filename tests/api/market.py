"""A small market on the default pack, and one caller for each of the seven roles."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.core.management import call_command
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from backend.accounts.models import Invitation, Organisation, User
from backend.accounts.roles import Role
from backend.accounts.services import InvitationInput, invite, platform_account
from backend.companies.models import Company
from backend.needs.models import Need
from backend.packs.management.commands.load_pack import default_folder
from backend.packs.services import pack_load
from backend.products.models import Institution, Product
from backend.verification.models import Verification
from tests import world
from tests.verification.building import submitted

PASSWORD = "correct horse battery staple"
ROLES = ("anonymous", "company_a", "company_b", "bank_a", "bank_b", "bureau", "platform")
"""Company A (`owner-a`, PASSWORD) and bank A own what the addresses name; company B and bank B are their rivals."""


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
    bureau = Organisation.objects.create(kind="bureau", name="Bureau")
    people = {
        "anonymous": None,
        "company_a": owner,
        "company_b": world.person(rival.organisation),
        "bank_a": world.person(institution.organisation),
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
    )
