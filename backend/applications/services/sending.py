"""A company applies: one round to several institutions at once, with one consent."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backend.accounts.models import User
from backend.accounts.roles import Action, may
from backend.applications import pack
from backend.applications.cycle import LIVE, Status
from backend.applications.models import Application, Consent
from backend.applications.services import needs
from backend.common.errors import Conflict, InvalidInput, NotAllowed
from backend.lifecycle.services import record, wrong_state
from backend.matching.services import standing_with
from backend.needs.cycle import SHOWN
from backend.needs.models import Need
from backend.needs.queries import need_visible_to
from backend.packs.queries import held
from backend.packs.queries import vocabulary as words
from backend.products.models import Product
from backend.products.versions import product_version


@dataclass(frozen=True, slots=True, kw_only=True)
class SendInput:
    """`agreed` to the consent of that `text_version`, read in that language (`zh-hans` or `en`)."""

    need_id: int
    product_ids: Sequence[int]
    agreed: bool
    text_version: int
    language: str = "zh-hans"


@held()
@transaction.atomic
def applications_send(*, actor: User, data: SendInput, now: datetime | None = None) -> tuple[Application, ...]:
    """One case for each product, in the order given, under one consent.

    Raises NotFound, NotAllowed, InvalidInput (`consent_needed`, `nothing_chosen`, `not_applicable` for a product that
    is not on offer, `not_eligible` for one whose conditions are not met), Conflict (`consent_changed`, `wrong_state`,
    `already_applied`, `too_many_cases`), PackMissing.
    """
    now = now or timezone.now()
    need = need_visible_to(actor, data.need_id)
    if need.company.organisation_id != actor.organisation_id:
        raise NotAllowed(_("Only the company itself may do this."))
    if not may(actor, Action.APPLY):
        raise NotAllowed(_("Your role does not allow this."))
    ids = list(dict.fromkeys(data.product_ids))
    if not ids:
        raise InvalidInput(_("Choose at least one product."), code="nothing_chosen", field="products")
    clock = pack.clock(now)
    today = clock.day(now)
    text = _agreed(data, today)
    # The lock orders rounds of one need: the limit holds, and nobody closes the need meanwhile.
    Need.objects.select_for_update().get(pk=need.pk)
    need = need_visible_to(actor, need.pk)
    if need.status not in SHOWN:
        raise wrong_state(need)
    _within_limit(need, ids, today)
    products = _applicable(need, ids, actor, today)
    consent = _consent(need, products, data.language, text, actor, now)
    cases = []
    for product in products:
        due_at = clock.due(clock.spans.accept, now)
        online = not clock.spans.online_kinds.isdisjoint(words().path("product_kinds", product.kind))
        case = Application(
            consent=consent,
            need=need,
            product=product,
            institution=product.institution,
            product_version=product_version(product),
            status=Status.SUBMITTED,
            online=online,
            due_at=due_at,
            look_at=due_at,
            decide_by=clock.decide_by(now, online=online),
            sent_at=now,
            updated_at=now,
        )
        try:
            with transaction.atomic():
                case.save(force_insert=True)
        except IntegrityError as error:
            raise _twice(product) from error
        record(case, "send", before="", after=case.status, actor=actor, at=now, data={"consent": consent.pk})
        cases.append(case)
    needs.cases_begun(need.pk, actor=actor, now=now)
    return tuple(cases)


def _agreed(data: SendInput, today: date) -> pack.ConsentText:
    text = pack.consent_text(today)
    if not data.agreed:
        raise InvalidInput(
            _("Institutions may read your data only with your consent: tick it to send."),
            code="consent_needed",
            field="consent",
        )
    if data.text_version != text.version:
        raise Conflict(
            _("The text of the consent has changed. Read it again and send once more."), code="consent_changed"
        )
    return text


def _within_limit(need: Need, ids: Sequence[int], today: date) -> None:
    most = pack.limits(today).live_per_need
    live = Application.objects.filter(need=need, status__in=LIVE)
    if twice := live.filter(product__in=ids).select_related("product").first():
        raise _twice(twice.product)
    if live.count() + len(ids) > most:
        raise Conflict(
            _("At most %(number)s applications of one need may be under way at once: leave some out, or withdraw one.")
            % {"number": most},
            code="too_many_cases",
        )


def _applicable(need: Need, ids: Sequence[int], actor: User, today: date) -> list[Product]:
    standing = standing_with(need, ids, viewer=actor, today=today)
    for place, id in enumerate(ids):
        if id not in standing:
            raise InvalidInput(
                _("This product cannot be applied for now: choose another."),
                code="not_applicable",
                field=f"products[{place}]",
            )
        product, state = standing[id]
        if state == "unmet":
            raise InvalidInput(
                _("“%(product)s” asks for conditions that are not met. Its page says which, and what would change it.")
                % {"product": product.name_zh},
                code="not_eligible",
                field=f"products[{place}]",
            )
    return [standing[id][0] for id in ids]


def _consent(
    need: Need, products: Sequence[Product], language: str, text: pack.ConsentText, actor: User, now: datetime
) -> Consent:
    said = text.text.in_language(language)
    recipients = [
        {
            "institution": product.institution_id,
            "institution_zh": product.institution.name_zh,
            "institution_en": product.institution.name_en,
            "product": product.pk,
            "product_zh": product.name_zh,
            "product_en": product.name_en,
        }
        for product in products
    ]
    shared = shared_by(need)
    return Consent.objects.create(
        need=need,
        given_by=actor,
        given_at=now,
        text_version=text.version,
        language=language,
        text=said,
        recipients=recipients,
        shared=shared,
        digest=digest(said, recipients, shared),
    )


def shared_by(need: Need) -> dict[str, Any]:
    """What is handed over: the company's name, code and profile, and the need."""
    company = need.company
    return {
        "company": {
            "name": company.name,
            "credit_code": company.credit_code,
            "founded_on": company.founded_on.isoformat() if company.founded_on else None,
            "facts": company.facts,
        },
        "need": {
            "title": need.title,
            "description": need.description,
            "amount": f"{need.amount:f}" if need.amount is not None else None,
            "term_months": need.term_months,
            "purpose": need.purpose,
            "facts": need.facts,
            "version": need.version,
        },
    }


def digest(text: str, recipients: object, shared: Mapping[str, Any]) -> str:
    """SHA-256 over what was agreed to, as 64 hexadecimal digits."""
    said = json.dumps([text, recipients, shared], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(said.encode()).hexdigest()


def _twice(product: Product) -> Conflict:
    return Conflict(
        _("You have applied for “%(product)s” with this need already.") % {"product": product.name_zh},
        code="already_applied",
    )
