"""Reads of verifications, scoped by who asks."""

from __future__ import annotations

from datetime import date

from django.db.models import Q, QuerySet

from backend.accounts.audience import Viewer, organisation_of
from backend.accounts.models import Organisation
from backend.accounts.roles import Action, may
from backend.common.errors import NotFound
from backend.companies.queries import in_district
from backend.packs.queries import parameter
from backend.verification.models import Paper, Verification
from backend.verification.terms import VerificationTerms, verification_terms

UNDER_WAY = (Verification.Status.DRAFT, Verification.Status.SUBMITTED, Verification.Status.RETURNED)


def terms(on: date) -> VerificationTerms:
    """What the pack asks on that day. Raises PackMissing."""
    return verification_terms(parameter("verification", on))


def verifications_visible_to(viewer: Viewer) -> QuerySet[Verification]:
    """An organisation sees its own. Who verifies sees what was ever handed in, an officer of a district that of the
    companies there. Nobody else sees any."""
    organisation = organisation_of(viewer)
    found = Verification.objects.select_related("organisation", "decided_by")
    if organisation is None:
        return found.none()
    own = Q(organisation=organisation)
    if not may(viewer, Action.VERIFY):
        return found.filter(own)
    handed_in = Q(submitted_at__isnull=False) & ~Q(status=Verification.Status.DRAFT)
    if organisation.region:
        handed_in &= Q(organisation__kind=Organisation.Kind.COMPANY) & in_district(
            organisation, "organisation__company__"
        )
    return found.filter(own | handed_in)


def verification_visible_to(viewer: Viewer, verification_id: int) -> Verification:
    """Raises NotFound, also where it exists but is not the viewer's to see."""
    found = verifications_visible_to(viewer).filter(pk=verification_id).first()
    if found is None:
        raise NotFound("")
    return found


def queue(viewer: Viewer) -> QuerySet[Verification]:
    """What waits for an officer, the earliest due first."""
    return verifications_visible_to(viewer).filter(status=Verification.Status.SUBMITTED).order_by("due_on", "pk")


def latest_of(organisation: Organisation) -> Verification | None:
    """The organisation's newest request."""
    return Verification.objects.filter(organisation=organisation).order_by("-pk").first()


def papers_of(verification: Verification) -> list[Paper]:
    return list(verification.papers.order_by("pk"))


def paper_visible_to(viewer: Viewer, paper_id: int) -> Paper:
    """A paper of a verification that the viewer may see. Raises NotFound."""
    paper = Paper.objects.filter(pk=paper_id, verification__in=verifications_visible_to(viewer)).first()
    if paper is None:
        raise NotFound("")
    return paper


def paper_content(paper: Paper) -> bytes:
    """The file. Raises NotFound where it is not in the store any more."""
    try:
        with paper.file.open("rb") as file:
            content = file.read()
    except FileNotFoundError as error:
        raise NotFound("") from error
    return bytes(content)


def missing_papers(verification: Verification, on: date) -> list[str]:
    """The kinds of papers that the request still lacks. Raises PackMissing."""
    there = set(verification.papers.values_list("kind", flat=True))
    return [kind for kind in terms(on).needed.get(verification.organisation.kind, ()) if kind not in there]
