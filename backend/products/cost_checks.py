"""What may be filed of a product's terms and fees: all that enters its cost, checked with the path of the first fault.

The other keys of `terms` describe the product: those of its kind are kept as they are, any other is refused.
docs/reference/pack.md names the fields.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext_lazy as _

from backend.common.errors import InvalidInput, Text
from backend.eligibility.nearest import nearest
from backend.eligibility.vocabulary import Vocabulary
from backend.matching.cost import FEE_BASES, FEE_TIMES, LONGEST_MONTHS, REPAYMENTS
from backend.products.term_keys import term_keys
from backend.products.windows import Window, WindowError

FEE_KEYS = ("kind", "payee", "basis", "when", "rate", "amount")
SUBSIDY_KEYS = ("kind", "rate", "months", "cap")
_GREATEST_SHARE, _SHARE_PLACES = Decimal(100), 4
_GREATEST_MONEY, _MONEY_PLACES = Decimal(10) ** 15, 2


def check_terms(terms: Mapping[str, object], kind: str, vocabulary: Vocabulary) -> None:
    """The terms of a product of `kind`. Raises InvalidInput."""
    known = term_keys(kind)
    for key in terms:
        if key not in known:
            raise InvalidInput(_unknown(str(key), known, terms), code="extra_key", field=f"terms.{str(key)[:80]}")
    if terms.get("repayment") is not None:
        _code(terms, "repayment", "repayment", vocabulary, "terms", known=REPAYMENTS)
    for name in ("deposit", "loan_rate_cap"):
        if terms.get(name) is not None:
            _share(terms, name, "terms")
    if terms.get("residual") is not None:
        _money(terms, "residual", "terms")
    try:
        Window.of(terms)
    except WindowError as error:
        raise InvalidInput(
            _("A day like 2026-03-01 is wanted, or 03-01 for every year; the window closes after it opens."),
            code="wrong_date",
            field=f"terms.window.{error.part}",
        ) from error
    if terms.get("budget_left") is not None:
        _money(terms, "budget_left", "terms")
    for subsidy, path in _objects(terms.get("subsidies") or [], SUBSIDY_KEYS, "terms.subsidies"):
        _code(subsidy, "kind", "subsidy_kinds", vocabulary, path)
        _share(subsidy, "rate", path)
        months = _given(subsidy, "months", path)
        if isinstance(months, bool) or not isinstance(months, int):
            raise InvalidInput(_("A whole number of months is wanted."), code="wrong_type", field=f"{path}.months")
        if not 0 <= months <= LONGEST_MONTHS:
            raise InvalidInput(_("A term has at most 600 months."), code="out_of_range", field=f"{path}.months")
        if subsidy.get("cap") is not None:
            _money(subsidy, "cap", path)


def check_fees(fees: Sequence[Mapping[str, object]], vocabulary: Vocabulary) -> None:
    """Raises InvalidInput."""
    for fee, path in _objects(fees, FEE_KEYS, "fees"):
        _code(fee, "kind", "fee_kinds", vocabulary, path)
        _code(fee, "payee", "payees", vocabulary, path)
        basis = _choice(fee, "basis", FEE_BASES, path)
        _choice(fee, "when", FEE_TIMES, path)
        if basis == "fixed":
            _money(fee, "amount", path)
        else:
            _share(fee, "rate", path)
        unwanted = "rate" if basis == "fixed" else "amount"
        if fee.get(unwanted) is not None:
            raise InvalidInput(
                _("A fee on this basis has no %(name)s: leave it out.") % {"name": unwanted},
                code="extra_key",
                field=f"{path}.{unwanted}",
            )


def _unknown(key: str, known: Sequence[str], given: Collection[str]) -> Text:
    close = nearest(key, {name: None for name in known if name not in given})
    if close is not None:
        return _("There is no such key here. Did you mean %(suggestion)s?") % {"suggestion": close}
    return _("There is no such key here; known are: %(known)s.") % {"known": ", ".join(known)}


def _objects(found: object, keys: Sequence[str], path: str) -> list[tuple[Mapping[str, object], str]]:
    """The objects of a list with their paths."""
    if not isinstance(found, list | tuple):
        raise InvalidInput(_("A list of objects is wanted."), code="wrong_type", field=path)
    objects = [(one, f"{path}[{number}]") for number, one in enumerate(found)]
    for one, here in objects:
        if not isinstance(one, Mapping):
            raise InvalidInput(_("An object is wanted."), code="wrong_type", field=here)
        for key in one:
            if key not in keys:
                message = _("There is no such key here; known are: %(known)s.") % {"known": ", ".join(keys)}
                raise InvalidInput(message, code="extra_key", field=f"{here}.{str(key)[:80]}")
    return objects


def _given(data: Mapping[str, object], name: str, path: str) -> object:
    value = data.get(name)
    if value is None:
        raise InvalidInput(_("This must be given."), code="required", field=f"{path}.{name}")
    return value


def _code(
    data: Mapping[str, object],
    name: str,
    scheme: str,
    vocabulary: Vocabulary,
    path: str,
    known: Collection[str] | None = None,
) -> None:
    value = _given(data, name, path)
    if (
        not isinstance(value, str)
        or not vocabulary.accepts(scheme, value)
        or (known is not None and value not in known)
    ):
        message = _("There is no code %(code)s in this vocabulary.") % {"code": str(value)[:80]}
        raise InvalidInput(message, code="unknown_code", field=f"{path}.{name}")


def _choice(data: Mapping[str, object], name: str, known: Sequence[str], path: str) -> str:
    value = _given(data, name, path)
    if not isinstance(value, str) or value not in known:
        message = _("Known here are: %(known)s.") % {"known": ", ".join(known)}
        raise InvalidInput(message, code="unknown_code", field=f"{path}.{name}")
    return value


def _share(data: Mapping[str, object], name: str, path: str) -> None:
    if not _number_fits(_given(data, name, path), _GREATEST_SHARE, _SHARE_PLACES):
        raise InvalidInput(
            _("A decimal string from 0 to 100 with at most four decimals is wanted, in per cent."),
            code="out_of_range",
            field=f"{path}.{name}",
        )


def _money(data: Mapping[str, object], name: str, path: str) -> None:
    if not _number_fits(_given(data, name, path), _GREATEST_MONEY, _MONEY_PLACES):
        raise InvalidInput(
            _("An amount is not below zero and has at most two decimals."), code="out_of_range", field=f"{path}.{name}"
        )


def _number_fits(value: object, greatest: Decimal, places: int) -> bool:
    """A whole number or a decimal string, exact and within its range."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return False
    try:
        number = Decimal(value)
    except InvalidOperation:
        return False
    return number.is_finite() and 0 <= number <= greatest and number == round(number, places)
