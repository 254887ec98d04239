"""Every write of verifications: preparing and handing in, and what an officer decides."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from backend.accounts.audience import organisation_of
from backend.accounts.models import Organisation, User
from backend.accounts.roles import Action, demand
from backend.common.credit_code import CreditCodeError, parse
from backend.common.errors import Conflict, InvalidInput, NotAllowed
from backend.common.texts import one_line
from backend.companies.models import Company
from backend.companies.services import company_verified
from backend.lifecycle.services import advance, record, wrong_state
from backend.packs.queries import working_calendar
from backend.verification.content import ENDINGS, content_type_of
from backend.verification.models import Paper, PaperKind, Verification
from backend.verification.queries import UNDER_WAY, missing_papers, paper_visible_to, terms, verification_visible_to

LONGEST_NAME, LONGEST_REASON = 120, 1000
OPEN = (Verification.Status.DRAFT, Verification.Status.RETURNED)
"""States in which papers come and go."""


@transaction.atomic
def verification_begin(*, actor: User, now: datetime | None = None) -> Verification:
    """The organisation's request that is under way; a new one where there is none. Raises NotAllowed, and Conflict
    (`company_missing`) before a company is filed, (`already_verified`) where nothing is to be verified."""
    organisation = _owner(actor)
    # The lock orders two windows of one organisation: both find the same request.
    Organisation.objects.select_for_update().get(pk=organisation.pk)
    found = Verification.objects.filter(organisation=organisation, status__in=UNDER_WAY).first()
    if found is not None:
        return found
    company = Company.objects.filter(organisation=organisation).first()
    if organisation.kind == Organisation.Kind.COMPANY and company is None:
        raise Conflict(_("File your company first."), code="company_missing")
    if verified_now(organisation):
        raise Conflict(_("You are verified already."), code="already_verified")
    verification = Verification.objects.create(
        organisation=organisation,
        name=company.name if company else organisation.name,
        credit_code=company.credit_code if company else "",
    )
    at = now or timezone.now()
    record(verification, "begin", before="", after=Verification.Status.DRAFT, actor=actor, at=at)
    return verification


@transaction.atomic
def paper_add(*, actor: User, verification_id: int, kind: str, name: str, content: bytes) -> Paper:
    """Add a file. The same file twice is one paper. Raises NotFound, NotAllowed, Conflict (`wrong_state`,
    `too_many_papers`), InvalidInput (`unknown_paper`, `paper_too_large`, `paper_unreadable`)."""
    verification = _own(actor, verification_id)
    asked = terms(timezone.localdate())
    if kind not in PaperKind.values:
        raise InvalidInput(_("There is no such kind of paper."), code="unknown_paper", field="kind")
    if len(content) > asked.largest_bytes:
        most = asked.largest_bytes // (1024 * 1024)
        raise InvalidInput(
            _("A file has at most %(most)s MB: scan it at a lower resolution.") % {"most": most},
            code="paper_too_large",
            field="file",
        )
    content_type = content_type_of(content)
    if content_type is None:
        raise InvalidInput(
            _("This is no PDF, JPEG or PNG, or it is cut off: save it anew and choose it again."),
            code="paper_unreadable",
            field="file",
        )
    _changing(verification)
    digest = hashlib.sha256(content).hexdigest()
    there = Paper.objects.filter(verification=verification)
    same = there.filter(sha256=digest).first()
    if same is not None:
        return same
    if there.count() >= asked.most_papers:
        raise Conflict(
            _("A request holds at most %(most)s papers: take one away first.") % {"most": asked.most_papers},
            code="too_many_papers",
        )
    # Written before the row: a row never names a file that is not there. One that no row names does no harm.
    where = f"verification/{verification.pk}/{secrets.token_hex(8)}.{ENDINGS[content_type]}"
    paper = Paper(
        verification=verification,
        kind=kind,
        name=_file_name(name),
        content_type=content_type,
        size=len(content),
        sha256=digest,
        added_by=actor,
    )
    paper.file.save(where, ContentFile(content), save=False)
    try:
        with transaction.atomic():
            paper.save(force_insert=True)
    except IntegrityError:  # the same file from another window
        return there.get(sha256=digest)
    return paper


@transaction.atomic
def paper_remove(*, actor: User, paper_id: int) -> Verification:
    """Take a paper away, while the request is not with the bureau. Raises NotFound, NotAllowed, Conflict."""
    paper = paper_visible_to(actor, paper_id)
    verification = _own(actor, paper.verification_id)
    _changing(verification)
    paper.delete()
    transaction.on_commit(lambda: paper.file.storage.delete(paper.file.name))
    return verification


@transaction.atomic
def verification_submit(
    *, actor: User, verification_id: int, expected_version: int, credit_code: str = "", now: datetime | None = None
) -> Verification:
    """Hand the request in. A company's code is the one that it filed; an institution states its own.

    Raises NotFound, NotAllowed, InvalidInput (`credit_code_…`, `paper_missing`), Conflict (`wrong_state`,
    `version_conflict`), PackMissing.
    """
    verification, at = _own(actor, verification_id), now or timezone.now()
    today = timezone.localdate(at)
    if verification.status not in OPEN:
        raise wrong_state(verification)
    lacking = missing_papers(verification, today)
    if lacking:
        names = ", ".join(str(PaperKind(kind).label) for kind in lacking)
        message = _("Still missing: %(papers)s.") % {"papers": names}
        raise InvalidInput(message, code="paper_missing", field="papers")
    company = Company.objects.filter(organisation=verification.organisation).first()
    return advance(
        verification,
        "submit",
        actor=actor,
        now=at,
        expected_version=expected_version,
        values={
            "name": company.name if company else verification.organisation.name,
            "credit_code": company.credit_code if company else _credit_code(credit_code),
            "submitted_at": at,
            "due_on": working_calendar(today).add(today, terms(today).working_days),
            "reason": "",
        },
        data={"papers": list(verification.papers.order_by("pk").values_list("sha256", flat=True))},
    )


@transaction.atomic
def verification_withdraw(*, actor: User, verification_id: int, expected_version: int) -> Verification:
    """Take a request back to change it. Raises NotFound, NotAllowed, Conflict."""
    verification = _own(actor, verification_id)
    return advance(verification, "withdraw", actor=actor, expected_version=expected_version)


@transaction.atomic
def verification_approve(
    *, actor: User, verification_id: int, expected_version: int, now: datetime | None = None
) -> Verification:
    """The organisation is who it says. A company that changed its name or code meanwhile is not: Conflict
    (`changed_meanwhile`). Raises NotFound, NotAllowed, Conflict."""
    verification, at = _to_decide(actor, verification_id), now or timezone.now()
    company = Company.objects.select_for_update().filter(organisation=verification.organisation).first()
    if company is not None and (company.name, company.credit_code) != (verification.name, verification.credit_code):
        message = _("The company has changed its name or code since: return the request.")
        raise Conflict(message, code="changed_meanwhile")
    done = advance(
        verification,
        "approve",
        actor=actor,
        now=at,
        expected_version=expected_version,
        values={"decided_at": at, "decided_by": actor},
    )
    company_verified(verification.organisation, at=at)
    return done


@transaction.atomic
def verification_return(
    *, actor: User, verification_id: int, expected_version: int, reason: str, now: datetime | None = None
) -> Verification:
    """Ask for something better, in words that the organisation reads. Raises NotFound, NotAllowed, InvalidInput,
    Conflict."""
    return _refuse(actor, verification_id, expected_version, "return", reason, now)


@transaction.atomic
def verification_revoke(
    *, actor: User, verification_id: int, expected_version: int, reason: str, now: datetime | None = None
) -> Verification:
    """What was verified turned out wrong. Raises NotFound, NotAllowed, InvalidInput, Conflict."""
    done = _refuse(actor, verification_id, expected_version, "revoke", reason, now)
    company_verified(done.organisation, at=None)
    return done


def verified_now(organisation: Organisation) -> bool:
    """A company by its own mark, which a new name takes away; an institution by its last request."""
    if organisation.kind == Organisation.Kind.COMPANY:
        return Company.objects.filter(organisation=organisation, verified_at__isnull=False).exists()
    return Verification.objects.filter(organisation=organisation, status=Verification.Status.APPROVED).exists()


def _refuse(
    actor: User, verification_id: int, expected_version: int, event: str, reason: str, now: datetime | None
) -> Verification:
    verification, at = _to_decide(actor, verification_id), now or timezone.now()
    why = one_line(reason, "reason", longest=LONGEST_REASON)
    return advance(
        verification,
        event,
        actor=actor,
        now=at,
        expected_version=expected_version,
        values={"decided_at": at, "decided_by": actor, "reason": why},
        note=why,
    )


def _owner(actor: User) -> Organisation:
    """The organisation that the actor hands in for. Raises NotAllowed."""
    organisation = organisation_of(actor)
    if organisation is None or organisation.kind not in (Organisation.Kind.COMPANY, Organisation.Kind.INSTITUTION):
        raise NotAllowed(_("Companies and institutions are verified, nobody else."))
    company = organisation.kind == Organisation.Kind.COMPANY
    demand(actor, Action.COMPANY_EDIT if company else Action.MEMBERS_MANAGE)
    return organisation


def _own(actor: User, verification_id: int) -> Verification:
    """Raises NotFound, and NotAllowed where the actor sees the request but it is another organisation's."""
    verification = verification_visible_to(actor, verification_id)
    if verification.organisation_id != actor.organisation_id:
        raise NotAllowed(_("Only the organisation itself may do this."))
    _owner(actor)
    return verification


def _to_decide(actor: User, verification_id: int) -> Verification:
    verification = verification_visible_to(actor, verification_id)
    demand(actor, Action.VERIFY)
    return verification


def _changing(verification: Verification) -> None:
    """The row is locked, so that no paper comes or goes once it is handed in. Raises Conflict."""
    locked = Verification.objects.select_for_update().get(pk=verification.pk)
    if locked.status not in OPEN:
        raise wrong_state(locked)


def _credit_code(text: str) -> str:
    try:
        return parse(text).value
    except CreditCodeError as error:
        language = get_language() or "zh-hans"
        raise InvalidInput(
            error.message.in_language(language), code=f"credit_code_{error.code}", field="credit_code"
        ) from error


def _file_name(name: str) -> str:
    """Without folders and unseen characters, shortened; a name that is nothing then is `file`."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(char for char in last if char.isprintable()).strip()[-LONGEST_NAME:] or "file"
