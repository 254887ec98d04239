"""Facts of companies and needs: checked on the way in, merged and completed by computed ones on the way out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, TypeGuard

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from backend.common.errors import InvalidInput
from backend.common.size_class import SizeTable
from backend.companies.models import Company
from backend.eligibility.attributes import ATTRIBUTES, Attribute, Facts, Source, Subject, Value
from backend.eligibility.facts import (
    FactError,
    facts_from_json,
    normalise,
    value_from_json,
    value_to_json,
    years_in_business,
)
from backend.eligibility.vocabulary import Vocabulary

if TYPE_CHECKING:
    from backend.needs.models import Need

FOLLOWS_FROM: Mapping[str, tuple[str, ...]] = {
    "size_class": ("industry", "employees", "annual_revenue", "total_assets"),
    "years_in_business": ("founded_on",),
}
"""Computed attribute → what it is computed from: attributes, and the column `founded_on`."""

DERIVED = frozenset(FOLLOWS_FROM)
"""Never stored: they follow from other facts and the day."""

COLUMNS = frozenset({"amount", "term", "purpose"})
"""Attributes of a need that are columns of their own."""


_PARTS = ("value", "source", "as_of")


@dataclass(frozen=True, slots=True)
class Clerk:
    """Who files a fact. `attests`: may name a source other than the company itself (platform, imports)."""

    today: date
    attests: bool = False


def stored_facts(
    given: Mapping[str, object],
    *,
    subject: Subject,
    vocabulary: Vocabulary,
    clerk: Clerk,
    previous: Mapping[str, object] | None = None,
) -> dict[str, dict[str, object]]:
    """`given` in the form in which facts are stored: key → {"value", "source", "as_of"}.

    Each entry is the value's JSON form, or an object with `value` and optionally `source` and `as_of`; null is unknown
    and left out. A value that equals the stored one keeps its source and date, so a company that sends back what it
    read does not turn attested data into its own word.

    What stands in `previous` and is not in `given` is gone, unless it is attested: where the clerk does not attest,
    such a fact stays, and another value for it is refused (`attested_fact`). Raises InvalidInput with `facts.<key>` as
    the field.
    """
    before = previous or {}
    fixed = {} if clerk.attests else {key: fact for key, fact in before.items() if attested(fact)}
    stored: dict[str, dict[str, object]] = {}
    for key, entry in given.items():
        attribute = _attribute(key, subject)
        parts = _parts(key, entry) if isinstance(entry, Mapping) else {"value": entry}
        if parts["value"] is None:
            if key in fixed:
                raise _refused(key, fixed[key], vocabulary)
            continue
        _check_filed(key)
        try:
            value = value_to_json(attribute, value_from_json(attribute, parts["value"], vocabulary))
        except FactError as error:
            language = get_language() or "zh-hans"
            raise InvalidInput(error.message.in_language(language), code=error.code, field=f"facts.{key}") from error
        kept = before.get(key)
        if isinstance(kept, dict) and kept.get("value") == value and not (clerk.attests and "source" in parts):
            stored[key] = kept
        elif key in fixed:
            raise _refused(key, fixed[key], vocabulary)
        else:
            stored[key] = {"value": value, **_origin(key, parts, clerk)}
    return stored | {key: fact for key, fact in fixed.items() if key not in stored}


def merged(previous: Mapping[str, object], given: Mapping[str, object]) -> dict[str, object]:
    """`previous` with what is `given` in its place: what is left out stays, null erases."""
    return {**previous, **given}


def attested(fact: object) -> TypeGuard[dict[str, object]]:
    """Whether a stored fact is somebody else's word, so that the company itself cannot change it."""
    return isinstance(fact, dict) and fact.get("source") in (Source.AUTHORISED, Source.COMPUTED)


def _refused(key: str, fact: Mapping[str, object], vocabulary: Vocabulary) -> InvalidInput:
    """Who holds a datum is the vocabulary `sources`, whose codes are attributes."""
    language = get_language() or "zh-hans"
    told = {
        "name": ATTRIBUTES[key].label.in_language(language),
        "holder": vocabulary.label("sources", key).in_language(language),
        "day": fact.get("as_of") or "",
    }
    if key in vocabulary.terms("sources"):
        message = _(
            "“%(name)s” was attested on %(day)s, by: %(holder)s. It cannot be changed here. If it is wrong, have it "
            "corrected there; the platform then takes over the corrected value."
        )
    else:
        message = _(
            "“%(name)s” was attested on %(day)s. It cannot be changed here. If it is wrong, have it corrected where it "
            "is registered; the platform then takes over the corrected value."
        )
    return InvalidInput(message % told, code="attested_fact", field=f"facts.{key}")


def _attribute(key: str, subject: Subject) -> Attribute:
    attribute = ATTRIBUTES.get(key)
    if attribute is None or attribute.subject is not subject:
        raise InvalidInput(_("There is no such fact here."), code="unknown_attribute", field=f"facts.{key}")
    return attribute


def _parts(key: str, entry: Mapping[str, object]) -> Mapping[str, object]:
    """An entry with its source or its date: nothing else may stand there, so that no misspelt key loses a datum."""
    for name in entry:
        if name not in _PARTS:
            message = _("There is no such key here; known are: %(known)s.") % {"known": ", ".join(_PARTS)}
            raise InvalidInput(message, code="extra_key", field=f"facts.{key}.{name}")
    if "value" not in entry:
        raise InvalidInput(_("This must be given."), code="required", field=f"facts.{key}.value")
    return entry


def _check_filed(key: str) -> None:
    if key in DERIVED:
        raise InvalidInput(
            _("This is computed from other data and cannot be filed."), code="computed_attribute", field=f"facts.{key}"
        )
    if key in COLUMNS:
        raise InvalidInput(
            _("This belongs to the need itself, not to its facts."), code="misplaced_attribute", field=f"facts.{key}"
        )


def _origin(key: str, parts: Mapping[str, object], clerk: Clerk) -> dict[str, object]:
    """Source and date of a fact that is new or changed."""
    field = f"facts.{key}"
    source = parts.get("source", Source.DECLARED.value)
    if source not in tuple(Source):
        raise InvalidInput(_("The source is declared, authorised or computed."), code="unknown_source", field=field)
    if not clerk.attests:
        # A company's word stays its word, whatever it calls it.
        source = Source.DECLARED.value
    as_of = parts.get("as_of") or clerk.today.isoformat()
    try:
        day = date.fromisoformat(str(as_of))
    except ValueError as error:
        raise InvalidInput(_("A date is written like 2025-03-31."), code="wrong_date", field=field) from error
    if day > clerk.today:
        raise InvalidInput(_("This date lies in the future."), code="future_date", field=field)
    return {"source": str(source), "as_of": day.isoformat()}


def facts_of(
    company: Company,
    need: Need | None,
    *,
    today: date,
    vocabulary: Vocabulary,
    size_table: SizeTable | None,
) -> Facts:
    """All that is known on `today` of the company and, where given, of its need. What is unknown is absent.

    Raises FactError where stored data is broken.
    """
    facts = with_size_class(facts_from_json(company.facts, need.facts if need else {}), vocabulary, size_table)
    if company.founded_on is not None:
        facts["years_in_business"] = years_in_business(company.founded_on, today)
    if need is not None:
        if need.amount is not None:
            facts["amount"] = normalise(ATTRIBUTES["amount"], need.amount)
        if need.term_months is not None:
            facts["term"] = Decimal(need.term_months)
        if need.purpose:
            facts["purpose"] = need.purpose
    return facts


def stated_by(key: str, facts: Facts) -> tuple[str, ...]:
    """What is still to be filled in so that the computed attribute is known; empty for one that is stated itself."""
    return tuple(part for part in FOLLOWS_FROM.get(key, ()) if part not in facts)


def with_size_class(facts: Facts, vocabulary: Vocabulary, size_table: SizeTable | None) -> dict[str, Value]:
    """`facts` with the size class that follows from them, and no other."""
    found = {key: value for key, value in facts.items() if key != "size_class"}
    size = _size_class(found, vocabulary, size_table)
    return found if size is None else {**found, "size_class": size}


def _size_class(facts: Facts, vocabulary: Vocabulary, size_table: SizeTable | None) -> str | None:
    industry = facts.get("industry")
    if size_table is None or not isinstance(industry, str):
        return None
    figures = {key: value for key, value in facts.items() if isinstance(value, Decimal)}
    return size_table.classify(vocabulary.path("industries", industry), figures)
