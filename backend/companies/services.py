"""Every write of companies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from backend.accounts.audience import acts_for_platform, organisation_of
from backend.accounts.models import Organisation, User
from backend.accounts.roles import Action, demand
from backend.common.credit_code import CreditCode, CreditCodeError
from backend.common.credit_code import parse as parse_credit_code
from backend.common.errors import Conflict, InvalidInput, NotAllowed
from backend.common.texts import one_line
from backend.companies.facts import Clerk, stored_facts
from backend.companies.models import Company
from backend.companies.queries import company_visible_to
from backend.eligibility.attributes import Subject
from backend.indexing.services import mark_changed
from backend.packs.queries import vocabulary


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyInput:
    """What may be said of a company. `facts` are described at `backend.companies.facts.stored_facts`.

    For a partial update: `replace(CompanyInput.of(company), name=…)`.
    """

    name: str
    credit_code: str
    founded_on: date | None = None
    facts: Mapping[str, object] = field(default_factory=dict)
    credit_code_proof: str = ""

    @classmethod
    def of(cls, company: Company) -> CompanyInput:
        return cls(
            name=company.name,
            credit_code=company.credit_code,
            founded_on=company.founded_on,
            facts=company.facts,
            credit_code_proof=company.credit_code_proof,
        )


@transaction.atomic
def company_create(
    *, actor: User, data: CompanyInput, organisation: Organisation | None = None, today: date | None = None
) -> Company:
    """File a company for the actor's organisation; the platform may name another one, or none to have it made.

    `today` is the day on which the facts are filed. What the platform files is verified. Raises InvalidInput,
    NotAllowed, Conflict.
    """
    clerk = _clerk(actor, today)
    checked = _checked(data, clerk)
    owner = _owner(actor, organisation, data.name)
    try:
        with transaction.atomic():
            return Company.objects.create(
                organisation=owner, verified_at=timezone.now() if clerk.attests else None, **checked
            )
    except IntegrityError as error:
        raise _exists(checked["credit_code"]) from error


@transaction.atomic
def company_update(
    *, actor: User, company_id: int, data: CompanyInput, expected_version: int, today: date | None = None
) -> Company:
    """Replace what is said of a company, and have its needs copied anew.

    Raises NotFound, NotAllowed, InvalidInput, and Conflict where the company is no longer at `expected_version`.
    """
    company = company_visible_to(actor, company_id)
    clerk = _clerk(actor, today)
    if not clerk.attests and company.organisation_id != actor.organisation_id:
        raise NotAllowed(_("Only the company itself may change this."))
    demand(actor, Action.COMPANY_EDIT)
    checked = _checked(data, clerk, company)
    if not clerk.attests and (checked["name"], checked["credit_code"]) != (company.name, company.credit_code):
        checked["verified_at"] = None
    try:
        with transaction.atomic():
            changed = Company.objects.filter(pk=company.pk, version=expected_version).update(
                **checked, version=F("version") + 1, updated_at=timezone.now()
            )
    except IntegrityError as error:
        raise _exists(checked["credit_code"]) from error
    if not changed:
        raise Conflict(_("Somebody changed this company meanwhile. Read it again and repeat your change."))
    # After the update: its row lock makes a need that is being filed now wait, or has let it commit before.
    mark_changed("need", company.needs.values_list("pk", flat=True))
    company.refresh_from_db()
    return company


def company_verified(organisation: Organisation, *, at: datetime | None) -> None:
    """An officer has seen who the organisation's company is, or takes that back; nothing where it has none. Within the
    caller's transaction."""
    Company.objects.filter(organisation=organisation).update(
        verified_at=at, version=F("version") + 1, updated_at=timezone.now()
    )


def standing_changed(organisation: Organisation) -> None:
    """The organisation was suspended or takes part again: what is known of the market, and the copies of the company's
    needs, follow. Within the caller's transaction."""
    companies = Company.objects.filter(organisation=organisation)
    companies.update(version=F("version") + 1, updated_at=timezone.now())
    for company in companies:
        mark_changed("need", company.needs.values_list("pk", flat=True))


def _clerk(actor: User, today: date | None) -> Clerk:
    return Clerk(today=today or timezone.localdate(), attests=acts_for_platform(actor))


def _owner(actor: User, organisation: Organisation | None, name: str) -> Organisation:
    own = organisation_of(actor)
    if acts_for_platform(actor):
        return organisation or Organisation.objects.create(kind=Organisation.Kind.COMPANY, name=name)
    if own is None or own.kind != Organisation.Kind.COMPANY or (organisation is not None and organisation != own):
        raise NotAllowed(_("Only a company's own people may file it."))
    demand(actor, Action.COMPANY_EDIT)
    if Company.objects.filter(organisation=own).exists():
        raise Conflict(_("Your organisation has filed its company already."), code="company_exists")
    return own


def _checked(data: CompanyInput, clerk: Clerk, previous: Company | None = None) -> dict[str, object]:
    """The columns for `data`. Raises InvalidInput with the path of the first fault."""
    name = one_line(data.name, "name")
    if data.founded_on is not None and data.founded_on > clerk.today:
        raise InvalidInput(_("This date lies in the future."), code="future_date", field="founded_on")
    code = _credit_code(data)
    return {
        "name": name,
        "credit_code": code.value,
        "credit_code_checked": code.check_is_right,
        "credit_code_proof": data.credit_code_proof.strip(),
        "founded_on": data.founded_on,
        "facts": stored_facts(
            data.facts,
            subject=Subject.COMPANY,
            vocabulary=vocabulary(),
            clerk=clerk,
            previous=previous.facts if previous else None,
        ),
    }


def _credit_code(data: CompanyInput) -> CreditCode:
    try:
        code = parse_credit_code(data.credit_code)
    except CreditCodeError as error:
        language = get_language() or "zh-hans"
        raise InvalidInput(
            error.message.in_language(language), code=f"credit_code_{error.code}", field="credit_code"
        ) from error
    proof = data.credit_code_proof.strip()
    if len(proof) > 500:
        raise InvalidInput(_("The proof has at most 500 characters."), code="wrong_length", field="credit_code_proof")
    if not code.check_is_right and not proof:
        raise InvalidInput(
            _("The last character does not fit the others. Correct the code, or say what proves that it is right."),
            code="credit_code_check",
            field="credit_code",
        )
    return code


def _exists(credit_code: object) -> Conflict:
    """Which of the two unique columns was taken."""
    if not Company.objects.filter(credit_code=credit_code).exists():
        return Conflict(_("Your organisation has filed its company already."), code="company_exists")
    message = _("A company with the credit code %(code)s is filed already.") % {"code": credit_code}
    return Conflict(message, code="credit_code_taken", field="credit_code")
