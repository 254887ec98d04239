"""Reads of applications and of all that hangs on them, scoped by who asks: one function a model."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Count, Model, Q, QuerySet

from backend.accounts.audience import Viewer, organisation_of
from backend.accounts.models import Organisation
from backend.accounts.roles import Action, may
from backend.applications.cycle import LIVE, Party, Status
from backend.applications.models import (
    Application,
    Attachment,
    Consent,
    CreditLine,
    Drawdown,
    Look,
    Message,
    Offer,
    Refusal,
    RepairTask,
    Repayment,
    Reversal,
)
from backend.common.errors import NotFound
from backend.companies.queries import in_district

M = TypeVar("M", bound=Model)

_CASE = ("need__company", "product__institution", "product_version", "institution__organisation", "handler", "offer")


def applications_visible_to(viewer: Viewer) -> QuerySet[Application]:
    """A company sees its own cases; of an institution, whoever may read cases sees those sent to it; the bureau (that
    of a district: of the companies there) and the platform see every case, but not what the two sides write to each
    other."""
    return Application.objects.filter(_of_cases(viewer, "")).select_related(*_CASE)


def application_visible_to(viewer: Viewer, application_id: int) -> Application:
    """Raises NotFound, also where the case exists but is not the viewer's to see."""
    return _one(applications_visible_to(viewer), application_id)


def consents_visible_to(viewer: Viewer) -> QuerySet[Consent]:
    """Who sees one of its cases, sees the consent: the institutions that it names, and not what it does not hand to
    them."""
    organisation = organisation_of(viewer)
    consents = Consent.objects.select_related("need__company")
    if organisation is not None and organisation.kind == Organisation.Kind.COMPANY:
        return consents.filter(need__company__organisation=organisation)
    return consents.filter(pk__in=Application.objects.filter(_of_cases(viewer, "")).values("consent"))


def offers_visible_to(viewer: Viewer) -> QuerySet[Offer]:
    return Offer.objects.filter(_of_cases(viewer, "application__"))


def refusals_visible_to(viewer: Viewer) -> QuerySet[Refusal]:
    return Refusal.objects.filter(_of_cases(viewer, "application__")).prefetch_related("reasons")


def tasks_visible_to(viewer: Viewer) -> QuerySet[RepairTask]:
    return RepairTask.objects.filter(_of_cases(viewer, "application__")).select_related("application__need")


def task_visible_to(viewer: Viewer, task_id: int) -> RepairTask:
    """Raises NotFound."""
    return _one(tasks_visible_to(viewer), task_id)


def lines_visible_to(viewer: Viewer) -> QuerySet[CreditLine]:
    return CreditLine.objects.filter(_of_cases(viewer, "application__"))


def drawdowns_visible_to(viewer: Viewer) -> QuerySet[Drawdown]:
    return Drawdown.objects.filter(_of_cases(viewer, "line__application__"))


def repayments_visible_to(viewer: Viewer) -> QuerySet[Repayment]:
    return Repayment.objects.filter(_of_cases(viewer, "line__application__"))


def reversals_visible_to(viewer: Viewer) -> QuerySet[Reversal]:
    return Reversal.objects.filter(_of_cases(viewer, "line__application__"))


def looks_visible_to(viewer: Viewer) -> QuerySet[Look]:
    """Who read what a company handed over: the company's to know, and the platform's."""
    organisation = organisation_of(viewer)
    looks = Look.objects.filter(_of_cases(viewer, "application__")).select_related("person")
    if organisation is None or organisation.kind not in (Organisation.Kind.COMPANY, Organisation.Kind.PLATFORM):
        return looks.none()
    return looks


def messages_visible_to(viewer: Viewer) -> QuerySet[Message]:
    """The two sides' alone; notes within the institution are its own."""
    organisation = organisation_of(viewer)
    messages = Message.objects.filter(_of_cases(viewer, "application__")).select_related("author", "organisation")
    if organisation is None or not _takes_part(organisation):
        return messages.none()
    return messages if organisation.kind == Organisation.Kind.INSTITUTION else messages.filter(internal=False)


def attachments_visible_to(viewer: Viewer) -> QuerySet[Attachment]:
    """As the messages that they go with. Without their content, which is large."""
    return Attachment.objects.filter(message__in=messages_visible_to(viewer)).defer("content")


def attachment_visible_to(viewer: Viewer, attachment_id: int) -> Attachment:
    """Raises NotFound."""
    return _one(attachments_visible_to(viewer), attachment_id)


def attachment_content(attachment: Attachment) -> bytes:
    return bytes(Attachment.objects.values_list("content", flat=True).get(pk=attachment.pk))


def party_of(viewer: Viewer, application: Application) -> Party | None:
    """On which side of the case the viewer stands; None for those who only watch."""
    organisation = organisation_of(viewer)
    if organisation is None:
        return None
    if organisation.pk == application.need.company.organisation_id:
        return Party.COMPANY
    return Party.INSTITUTION if organisation.pk == application.institution.organisation_id else None


def standing_offers(viewer: Viewer, need_id: int) -> QuerySet[Application]:
    """The cases of a need whose offer stands, or was chosen, with the offer: to be compared, the cheapest first."""
    cases = applications_visible_to(viewer).filter(need_id=need_id, offer__isnull=False, status__in=LIVE)
    return cases.exclude(status=Status.CLOSED).order_by("offer__annual_cost", "pk")


def standing_offers_by_need(viewer: Viewer) -> dict[int, int]:
    """Need → how many of its offers can be chosen."""
    cases = applications_visible_to(viewer).filter(status=Status.OFFERED).order_by()
    return dict(cases.values_list("need").annotate(offers_standing=Count("pk")))


def _takes_part(organisation: Organisation) -> bool:
    return organisation.kind in (Organisation.Kind.COMPANY, Organisation.Kind.INSTITUTION)


def _of_cases(viewer: Viewer, path: str) -> Q:
    """The condition under which the case at `path` is the viewer's to see."""
    organisation = organisation_of(viewer)
    nothing = Q(pk__in=())
    if organisation is None:
        return nothing
    match organisation.kind:
        case Organisation.Kind.COMPANY:
            return Q(**{f"{path}need__company__organisation": organisation})
        case Organisation.Kind.INSTITUTION if may(viewer, Action.CASE_READ):
            return Q(**{f"{path}institution__organisation": organisation})
        case Organisation.Kind.BUREAU if may(viewer, Action.MARKET_READ):
            return in_district(organisation, f"{path}need__company__")
        case Organisation.Kind.PLATFORM if may(viewer, Action.MARKET_READ):
            return Q()
        case _:
            return nothing


def _one(rows: QuerySet[M], pk: int) -> M:
    found = rows.filter(pk=pk).first()
    if found is None:
        raise NotFound("")
    return found
