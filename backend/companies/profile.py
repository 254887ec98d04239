"""A company's profile in steps: which facts belong together, how much is known, where each is from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backend.companies.models import Company
from backend.eligibility.attributes import Source

FOUNDED = "founded_on"
"""The column of a company that counts as a datum: years in business follow from it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One screen of the profile. `keys`: attributes, in the order in which they are asked."""

    name: str
    label: Promise | str
    lead: Promise | str
    keys: tuple[str, ...]


STEPS = (
    Step(
        "where",
        _("Who and where"),
        _("District, trade and stage decide which institutions and policies are open to you."),
        ("region", "zone", "industry", "stage", "themes"),
    ),
    Step(
        "figures",
        _("Business figures"),
        _("From your last yearly accounts. A range is no use here: institutions check the exact figure."),
        (
            "annual_revenue",
            "net_profit",
            "tax_paid",
            "employees",
            "total_assets",
            "debt_ratio",
            "revenue_growth",
            "registered_capital",
            "export_volume",
        ),
    ),
    Step(
        "standing",
        _("Official standing"),
        _("What the tax office and other authorities say of the company."),
        ("tax_grade", "public_credit_grade", "insured_staff", "core_supplier"),
    ),
    Step(
        "innovation",
        _("Innovation"),
        _("Titles and rights that technology loans and subsidies ask for. “No” is an answer too."),
        (
            "high_tech",
            "tech_sme",
            "specialised_sme",
            "little_giant",
            "gazelle",
            "listing_reserve",
            "invention_patents",
            "utility_patents",
            "software_copyrights",
            "trade_marks",
            "rnd_share",
            "innovation_score",
        ),
    ),
    Step(
        "credit",
        _("Loan record"),
        _("Loans that the company has and had. Without an earlier bank loan, first-loan products are open to you."),
        ("has_ever_borrowed", "existing_credit", "overdue_records"),
    ),
)
_BY_NAME = {step.name: step for step in STEPS}
_STEP_OF = {key: step for step in STEPS for key in step.keys} | {FOUNDED: STEPS[0]}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a known fact is from. `attested`: an authority or a bank said so, not the company itself."""

    attested: bool
    as_of: date | None


@dataclass(frozen=True, slots=True)
class Completeness:
    """How many of the data that a company can give are known."""

    known: int
    asked: int

    @property
    def percent(self) -> int:
        return self.known * 100 // self.asked

    @property
    def whole(self) -> bool:
        return self.known == self.asked


def step_named(name: str) -> Step | None:
    return _BY_NAME.get(name)


def step_of(key: str) -> Step | None:
    """The step that asks for an attribute or for the founding date; None for what no step asks."""
    return _STEP_OF.get(key)


def neighbours(step: Step) -> tuple[Step | None, Step | None]:
    """The steps before and after."""
    place = STEPS.index(step)
    return STEPS[place - 1] if place else None, STEPS[place + 1] if place + 1 < len(STEPS) else None


def completeness(company: Company, step: Step | None = None) -> Completeness:
    """Of the whole profile, or of one step."""
    keys = [key for key, place in _STEP_OF.items() if step in (None, place)]
    return Completeness(sum(_known(company, key) for key in keys), len(keys))


def origins(company: Company) -> Mapping[str, Origin]:
    """Key → where the stored fact is from."""
    return {key: _origin(entry) for key, entry in company.facts.items()}


def values(company: Company) -> dict[str, object]:
    """The stored facts in their JSON form."""
    return {key: entry["value"] for key, entry in company.facts.items()}


def _known(company: Company, key: str) -> bool:
    return company.founded_on is not None if key == FOUNDED else key in company.facts


def _origin(entry: Mapping[str, object]) -> Origin:
    as_of = entry.get("as_of")
    return Origin(entry.get("source") != Source.DECLARED.value, date.fromisoformat(str(as_of)) if as_of else None)
