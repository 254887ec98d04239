"""Requests of made-up companies, one in each state that an officer meets: for the demo alone."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from backend.accounts.models import Organisation, User
from backend.accounts.roles import ROLES, Kind
from backend.companies.models import Company
from backend.companies.services import company_verified
from backend.packs.queries import PackMissing, working_calendar
from backend.verification.models import PaperKind, Verification
from backend.verification.queries import terms
from backend.verification.services import (
    paper_add,
    verification_approve,
    verification_begin,
    verification_return,
    verification_submit,
)

WAITING = 4
"""Besides the one that is verified and the one that is returned; the first of them is overdue."""
OWNERS = ("马骏", "孔令仪", "于海波", "丁晓梅", "曲志强", "韩雪")


@transaction.atomic
def demo_requests_ensure(*, company: Organisation, officer: User, now: datetime | None = None) -> int:
    """Made once: `company` is verified by `officer`, another's request is returned, some wait. Returns how many there
    are now; none outside of the demo, and where the pack says nothing of verification or working days."""
    at = now or timezone.now()
    if not settings.DEMO:
        return 0
    if not Verification.objects.exists():
        try:
            terms(timezone.localdate(at))
            working_calendar(timezone.localdate(at))
        except PackMissing:
            return 0
        _make(company, officer, at)
    return Verification.objects.count()


def _make(company: Organisation, officer: User, at: datetime) -> None:
    verified = _submitted(company, at - timedelta(days=40))
    verification_approve(
        actor=officer, verification_id=verified.pk, expected_version=verified.version, now=at - timedelta(days=39)
    )
    others = Company.objects.exclude(organisation=company).select_related("organisation").order_by("pk")
    for number, one in enumerate(others[: WAITING + 1]):
        waits = _submitted(one.organisation, at - timedelta(days=9 if number == 0 else 0, hours=number))
        if number == WAITING:
            verification_return(
                actor=officer,
                verification_id=waits.pk,
                expected_version=waits.version,
                reason="营业执照照片模糊，统一社会信用代码看不清，请重新拍摄上传。",
                now=at,
            )


def _submitted(organisation: Organisation, at: datetime) -> Verification:
    """The demo's companies are the platform's own, and verified: these are shown as if they had filed themselves."""
    company_verified(organisation, at=None)
    owner = _owner(organisation)
    draft = verification_begin(actor=owner, now=at - timedelta(minutes=20))
    for kind in terms(timezone.localdate(at)).needed[Kind.COMPANY]:
        content = page_of(f"{PaperKind(kind).name} {organisation.pk} DEMO")
        paper_add(
            actor=owner,
            verification_id=draft.pk,
            kind=kind,
            name={"licence": "营业执照.pdf", "letter": "授权书.pdf"}.get(kind, "材料.pdf"),
            content=content,
        )
    return verification_submit(actor=owner, verification_id=draft.pk, expected_version=draft.version, now=at)


def _owner(organisation: Organisation) -> User:
    """Its first person; one without a password where it has none yet."""
    found = User.objects.filter(organisation=organisation, is_active=True).order_by("pk").first()
    if found is not None:
        return found
    made = User(
        username=f"owner-{organisation.pk}",
        full_name=OWNERS[organisation.pk % len(OWNERS)],
        organisation=organisation,
        role=ROLES[Kind.COMPANY][0],
    )
    made.set_unusable_password()
    made.save()
    return made


def page_of(text: str) -> bytes:
    """A PDF of one page with a line of ASCII text."""
    drawn = f"BT /F1 18 Tf 72 760 Td ({text}) Tj ET"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        "/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        f"<< /Length {len(drawn)} >>\nstream\n{drawn}\nendstream",
    ]
    body, places = "%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(body))
        body += f"{number} 0 obj\n{content}\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    end = f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF\n"
    return f"{body}xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}{end}".encode("ascii")
