"""Facts of one (company, need): checking, the JSON form in which they are stored, and years in business."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache

from backend.eligibility.attributes import ATTRIBUTES, Attribute, Kind, Label, Subject, Value
from backend.eligibility.vocabulary import EMPTY, Vocabulary, is_code

TICKS_LIMIT = 10**17
"""No number has more ticks than this: 10^15 yuan in fen. Index fields hold 64 bits."""

NUMBER_TEXT = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,12})?")
EXACT = Context(prec=60)
"""Wide enough for every number that `read_number` accepts times every unit's factor."""


class FactError(ValueError):
    """A fact that cannot be. `path` is the attribute's key, `code` is stable, `message` is for people."""

    def __init__(self, path: str, code: str, message: Label) -> None:
        super().__init__(f"{path}: {message.en}")
        self.path = path
        self.code = code
        self.message = message


def canonical(number: Decimal) -> str:
    """The one way to write a number in JSON: no exponent, no trailing zeros, no negative zero."""
    text = f"{number:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def read_number(data: object) -> Decimal | None:
    """The number in a JSON string or whole number, exactly; None for anything else (floats are not exact)."""
    if isinstance(data, int) and not isinstance(data, bool):
        return Decimal(data) if data.bit_length() <= 80 else None
    if isinstance(data, str) and NUMBER_TEXT.fullmatch(data):
        return Decimal(data)
    return None


def normalise(attribute: Attribute, value: object, vocabulary: Vocabulary = EMPTY) -> Value:
    """`value` as it is compared and indexed. Numbers are rounded half-even to the attribute's scale.

    Raises FactError: `wrong_type`, `out_of_range`, `unknown_code`.
    """
    match attribute.kind:
        case Kind.NUMBER if isinstance(value, Decimal) and value.is_finite():
            return _number(attribute, value)
        case Kind.NUMBER if isinstance(value, int) and not isinstance(value, bool):
            return _number(attribute, Decimal(value))
        case Kind.FLAG if isinstance(value, bool):
            return value
        case Kind.CODE | Kind.TREE if isinstance(value, str):
            return _code(attribute, value, vocabulary)
        case Kind.CODES if isinstance(value, (frozenset, set, list, tuple)):
            return frozenset(_code(attribute, code, vocabulary) for code in value)
    raise _wrong_type(attribute)


def _number(attribute: Attribute, value: Decimal) -> Decimal:
    too_big = abs(value) > TICKS_LIMIT
    number = value if too_big else value.quantize(Decimal(1).scaleb(-attribute.scale), ROUND_HALF_EVEN, EXACT)
    fault = range_fault(attribute, number)
    if fault:
        raise FactError(attribute.key, "out_of_range", fault)
    return number


def range_fault(attribute: Attribute, number: Decimal) -> Label | None:
    """What is wrong where `number` lies outside of what the attribute can be; None where it lies inside."""
    low, high = attribute.minimum, attribute.maximum
    if low is not None and number < low:
        zh, en = f"{attribute.label.zh}不能小于{canonical(low)}", f"{attribute.label.en} is at least {canonical(low)}"
        return Label(zh, en)
    if high is not None and number > high:
        zh, en = f"{attribute.label.zh}不能大于{canonical(high)}", f"{attribute.label.en} is at most {canonical(high)}"
        return Label(zh, en)
    if abs(number).scaleb(attribute.scale, EXACT) > TICKS_LIMIT:
        return Label(f"{attribute.label.zh}的数值过大", f"the number for {attribute.label.en} is too large")
    return None


def _code(attribute: Attribute, code: object, vocabulary: Vocabulary) -> str:
    if not isinstance(code, str):
        raise _wrong_type(attribute)
    if not is_code(code) or not vocabulary.accepts(attribute.scheme or "", code):
        raise FactError(
            attribute.key,
            "unknown_code",
            Label(f"{attribute.label.zh}没有代码“{code[:80]}”", f"{attribute.label.en} has no code {code[:80]!r}"),
        )
    return code


def _wrong_type(attribute: Attribute) -> FactError:
    zh, en = {
        Kind.NUMBER: ("应为数字（字符串形式的十进制数）", "a number is wanted, as a decimal in a string"),
        Kind.FLAG: ("应为是或否", "true or false is wanted"),
        Kind.CODE: ("应为一个代码", "one code is wanted"),
        Kind.TREE: ("应为一个代码", "one code is wanted"),
        Kind.CODES: ("应为一组代码", "a list of codes is wanted"),
    }[attribute.kind]
    return FactError(attribute.key, "wrong_type", Label(f"{attribute.label.zh}：{zh}", f"{attribute.label.en}: {en}"))


def value_to_json(attribute: Attribute, value: Value) -> bool | str | list[str]:
    """Numbers as canonical decimal strings in the base unit, sets as sorted lists, codes and flags as they are."""
    if attribute.kind is Kind.NUMBER and isinstance(value, Decimal):
        return canonical(value)
    if attribute.kind is Kind.CODES and isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, (bool, str)):
        return value
    raise _wrong_type(attribute)


def value_from_json(attribute: Attribute, data: object, vocabulary: Vocabulary = EMPTY) -> Value:
    """The reverse of `value_to_json`. Numbers may be whole JSON numbers; floats are refused. Raises FactError."""
    if isinstance(data, str) and vocabulary is EMPTY and ATTRIBUTES.get(attribute.key) is attribute:
        return _from_text(attribute.key, data)
    return _from_json(attribute, data, vocabulary)


@lru_cache(maxsize=1 << 16)  # a market repeats its codes and round numbers: half of the time of reading stored facts
def _from_text(key: str, text: str) -> Value:
    return _from_json(ATTRIBUTES[key], text, EMPTY)


def _from_json(attribute: Attribute, data: object, vocabulary: Vocabulary) -> Value:
    if attribute.kind is Kind.NUMBER:
        number = read_number(data)
        if number is None:
            raise _wrong_type(attribute)
        return normalise(attribute, number, vocabulary)
    return normalise(attribute, data, vocabulary)


def facts_from_json(
    company_facts: Mapping[str, object], need_facts: Mapping[str, object], vocabulary: Vocabulary = EMPTY
) -> dict[str, Value]:
    """Facts from the stored JSON of a company and of one of its needs.

    Each entry is the value itself or {"value": …, "source": …, "as_of": …}; a null value is unknown and left out.
    Raises FactError, also for a key that is no attribute of that subject (`unknown_attribute`). Stored facts may hold
    codes that have left the vocabulary since: pass a vocabulary only where input is checked.
    """
    facts: dict[str, Value] = {}
    for subject, stored in ((Subject.COMPANY, company_facts), (Subject.NEED, need_facts)):
        for key, entry in stored.items():
            attribute = ATTRIBUTES.get(key)
            if attribute is None or attribute.subject is not subject:
                raise FactError(
                    str(key),
                    "unknown_attribute",
                    Label(f"没有名为“{key}”的数据项", f"there is no {subject} attribute {key!r}"),
                )
            data = entry.get("value") if isinstance(entry, Mapping) else entry
            if data is not None:
                facts[key] = value_from_json(attribute, data, vocabulary)
    return facts


CYCLE_DAYS, CYCLE_TENTHS = 1461, 40
"""A year is 365.25 days, so that 1461 days make 40 tenths of a year: whole numbers all the way."""


def years_in_business(founded: date, today: date) -> Decimal:
    """Completed tenths of a year of 365.25 days; 0 for a company founded after `today`."""
    tenths = max((today - founded).days, 0) * CYCLE_TENTHS // CYCLE_DAYS
    return Decimal(tenths).scaleb(-1)


def earliest_date_of_age(found: Decimal, needed: Decimal, today: date) -> date | None:
    """The first day on which a company that is `found` years old today is surely `needed` years old.

    `found` is a completed tenth, so the company may be up to a tenth older than it says: the date errs to the later
    side, by 36 days at most. None beyond the calendar's end.
    """
    days = _days_of(needed) - _days_of(found)
    try:
        return today + timedelta(days=max(days, 0))
    except OverflowError:
        return None


def _days_of(years: Decimal) -> int:
    """The fewest days that make `years`, a whole number of tenths."""
    return -(-int(years.scaleb(1)) * CYCLE_DAYS // CYCLE_TENTHS)
