"""The world of the matrix: one person for each role of each kind of organisation, rivals, a branch, a district, and
people of suspended organisations, on the market of the API's tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from backend.accounts.models import Organisation, User
from backend.accounts.roles import ROLES, Kind, Role
from backend.leads.models import SavedSearch
from backend.reports.models import Report
from backend.verification.models import Paper, Verification
from tests import world
from tests.api.market import PASSWORD, Market, small_market

PREFIX = {"company": "", "institution": "bank ", "bureau": "", "advisers": "", "platform": ""}


@dataclass(frozen=True)
class City:
    """`people`: viewer → person, None for the anonymous. `owner` and the bank's people own what the addresses name."""

    market: Market
    people: dict[str, User | None]
    report: Report
    verification: Verification
    paper: Paper
    saved: SavedSearch


def name_of(kind: Kind, role: Role) -> str:
    """`auditor` and `manager` are in several kinds: they carry its name."""
    shared = sum(role in roles for roles in ROLES.values()) > 1
    return f"{kind.value} {role.value}" if shared else role.value


VIEWERS = (
    "anonymous",
    *(name_of(kind, role) for kind in Kind for role in ROLES[kind]),
    "rival owner",
    "rival bank",
    "branch account manager",
    "district officer",
    "suspended owner",
    "suspended bank",
    "stray",
)
"""District officer: of a district in which nobody is. Stray: of no organisation."""


def city() -> City:
    market = small_market()
    bank, company = market.institution.organisation, market.company.organisation
    homes = {
        Kind.COMPANY: company,
        Kind.INSTITUTION: bank,
        Kind.BUREAU: _of(market, "bureau"),
        Kind.ADVISERS: Organisation.objects.create(kind="advisers", name="Advisers"),
        Kind.PLATFORM: _of(market, "platform"),
    }
    people: dict[str, User | None] = {"anonymous": None}
    for kind, roles in ROLES.items():
        for role in roles:
            people[name_of(kind, role)] = world.person(homes[kind], role=role)
    people["rival owner"] = market.people["company_b"]
    people["rival bank"] = market.people["bank_b"]
    branch = Organisation.objects.create(kind="institution", name="Branch", parent=bank)
    people["branch account manager"] = world.person(branch, role=Role.ACCOUNT_MANAGER)
    district = Organisation.objects.create(kind="bureau", name="District", parent=homes[Kind.BUREAU], region="370104")
    people["district officer"] = world.person(district, role=Role.BUREAU_OFFICER)
    stopped = {"suspended_at": world.NOW, "suspended_because": "licence"}
    for name, kind in (("suspended owner", Kind.COMPANY), ("suspended bank", Kind.INSTITUTION)):
        gone = Organisation.objects.create(kind=kind, name=name, **stopped)
        people[name] = world.person(gone)
    people["stray"] = world.person(None)
    for one in people.values():
        if one is not None:
            one.set_password(PASSWORD)
            one.save()
    owner, manager = people["owner"], people["account_manager"]
    assert owner is not None
    assert manager is not None
    verification = market.verification
    saved = SavedSearch.objects.create(user=manager, product=market.product, name="seed", query="stage=seed")
    return City(market, people, _report(market, owner), verification, verification.papers.earliest("pk"), saved)


def _report(market: Market, owner: User) -> Report:
    return Report.objects.create(
        need=market.need, requested_by=owner, language="en", day=world.TODAY, need_version=market.need.version,
        snapshot={}, snapshot_sha256="0" * 64, template_version=1, status="failed", fault="x", finished_at=world.NOW,
    )  # fmt: skip


def _of(market: Market, caller: str) -> Organisation:
    person = market.people[caller]
    assert person is not None
    assert person.organisation is not None
    return person.organisation


Address = Callable[[City], dict[str, object]]
ADDRESSES: dict[str, Address] = {
    **dict.fromkeys(
        (
            *("need", "need-compare", "need-count", "need-close", "need-reopen", "need-report", "need-state"),
            "need-renew",
        ),
        lambda city: {"id": city.market.need.pk},
    ),
    **dict.fromkeys(("need-keep", "need-discard"), lambda city: {"id": city.market.draft.pk}),
    **dict.fromkeys(
        ("need-withdraw", "need-verify", "need-return"),
        lambda city: {"id": city.market.waiting.pk},
    ),
    "need-edit": lambda city: {"id": city.market.draft.pk, "step": "purpose"},
    "company-profile-step": lambda city: {"step": "where"},
    **dict.fromkeys(
        (
            *("product", "product-edit", "product-state", "product-preview", "product-rule"),
            *("lead-list", "lead-suggestions", "saved-filters"),
        ),
        lambda city: {"id": city.market.product.pk},
    ),
    **dict.fromkeys(("lead", "lead-seen"), lambda city: {"id": city.market.product.pk, "need_id": city.market.need.pk}),
    **dict.fromkeys(("report", "report-retry", "report-file"), lambda city: {"id": city.report.pk}),
    "bureau-table": lambda city: {"table": "uncovered"},
    "verification-decision": lambda city: {"id": city.verification.pk},
    **dict.fromkeys(("verification-paper", "verification-paper-remove"), lambda city: {"id": city.paper.pk}),
    "invitation": lambda city: {"token": city.market.token_of_invitation},
    "member": lambda city: {"id": city.market.colleague.pk},
    "member-invitation": lambda city: {"id": city.market.invitation.pk},
    **dict.fromkeys(
        ("branch-members", "branch-new", "organisation"),
        lambda city: {"id": city.market.institution.organisation_id},
    ),
    **dict.fromkeys(("case", "case-talk"), lambda city: {"id": city.market.cases.by_name["application-messages"].pk}),
    "case-offer": lambda city: {"id": city.market.cases.by_name["application-offer"].pk},
    "case-step": lambda city: {"id": city.market.cases.by_name["application-accept"].pk, "name": "accept"},
    "repair-task-done": lambda city: {"id": city.market.cases.task},
    "case-paper": lambda city: {"id": city.market.cases.attachment},
    "need-apply": lambda city: {"id": city.market.need.pk},
    "need-offers": lambda city: {"id": city.market.cases.by_name["need-offers"].need_id},
    "account_confirm_email": lambda city: {"key": "nonsense"},
    "account_reset_password_from_key": lambda city: {"uidb36": "1", "key": "abc-def"},
}
"""Arguments of the pages' addresses; a page that is not here takes none."""

FORMS: dict[str, Callable[[City], dict[str, object]]] = {
    **dict.fromkeys(("need-count-new", "need-count", "need-keep"), lambda _city: {"step": "purpose"}),
    "product-state": lambda city: {"do": "confirm", "version": city.market.product.version},
    "verification-decision": lambda city: {"do": "approve", "version": city.verification.version},
    "case-step": lambda city: {"version": city.market.cases.by_name["application-accept"].version},
}
"""What is posted to pages that find nothing to do in an empty form, and would answer everybody alike."""
