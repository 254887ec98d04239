"""Requirements and findings in a banker's words, Chinese and English. Numbers are shown exactly, never rounded."""

from __future__ import annotations

from decimal import Decimal

from backend.eligibility.attributes import UNITS, Attribute, Kind, Label, Source, Subject, Value
from backend.eligibility.facts import canonical
from backend.eligibility.nodes import AllOf, AnyOf, Condition, NotOf, Op, Rule
from backend.eligibility.vocabulary import Vocabulary

_SHOWN_CODES = 5

# Units whose English phrase counts things: "at least 20 employees", not "employees of at least 20".
_COUNTED = frozenset(("item", "person", "case", "day", "year"))

# FLAG: the requirement yes and no in Chinese; in English with what was found, yes and no.
_FLAGS: dict[str, tuple[str, str, str, str, str, str]] = {
    "has_ever_borrowed": ("有过贷款", "从未贷款", "has borrowed before", "has never borrowed", "it has", "it has not"),
    "guarantor_available": (
        "可提供保证人", "不能提供保证人", "a guarantor", "no guarantor", "one is available", "none is available",
    ),
    "accepts_equity": (
        "接受股权融资", "不接受股权融资", "accepts equity", "does not accept equity", "it does", "it does not",
    ),
}  # fmt: skip


def requirement(condition: Condition, met: bool, language: str, vocabulary: Vocabulary) -> str:
    """What the condition asks for or, where it is not to be `met`, forbids."""
    zh = language.startswith("zh")
    match condition.attribute.kind:
        case Kind.NUMBER:
            return _number_zh(condition, met, vocabulary) if zh else _number_en(condition, met, vocabulary)
        case Kind.FLAG:
            return _flag(condition.attribute, (condition.value is True) is met, zh)
        case Kind.CODE | Kind.TREE:
            return _code(condition, met, zh, vocabulary)
        case Kind.CODES:
            return _set(condition, met, zh, vocabulary)


def rule_text(rule: Rule, language: str, vocabulary: Vocabulary, met: bool = True) -> str:
    """What a whole rule or a part of it asks for, every `not` said in its conditions:
    `成立满2年，或是高新技术企业`."""
    match rule:
        case Condition():
            return requirement(rule, met, language, vocabulary)
        case NotOf(node):
            return rule_text(node, language, vocabulary, not met)
        case AllOf(nodes) | AnyOf(nodes):
            zh = language.startswith("zh")
            if not nodes:
                return "没有条件" if zh else "no condition"
            every = isinstance(rule, AllOf) is met
            parts = [rule_text(node, language, vocabulary, met) for node in nodes]
            if len(parts) > 1:
                left, right = ("（", "）") if zh else ("(", ")")
                parts = [
                    f"{left}{part}{right}" if _is_joined(node) else part
                    for part, node in zip(parts, nodes, strict=True)
                ]
            joint = ("，且" if every else "，或") if zh else (", and " if every else ", or ")
            return joint.join(parts)


def _is_joined(rule: Rule) -> bool:
    """Does its text join several conditions?"""
    if isinstance(rule, NotOf):
        return _is_joined(rule.node)
    return not isinstance(rule, Condition) and (len(rule.nodes) > 1 or any(map(_is_joined, rule.nodes)))


def finding(attribute: Attribute, found: Value | None, language: str, vocabulary: Vocabulary) -> str:
    """What was found, or why nothing is known."""
    zh = language.startswith("zh")
    of_need = attribute.subject is Subject.NEED
    if found is None:
        return _missing(attribute.source).in_language(language)
    if isinstance(found, bool):
        words = _flag_words(attribute)
        if zh:
            return f"{'本次' if of_need else '目前'}{words[0 if found else 1]}"
        return words[4 if found else 5]
    shown = value_text(attribute, found, language, vocabulary)
    if found == frozenset():
        return ("本次未提供" if of_need else "目前没有") if zh else "it has none"
    if zh:
        verb = "有" if attribute.kind is Kind.CODES else "为"
        return f"{'本次' if of_need else '现'}{verb}{shown}"
    verb = "is" if attribute.kind in (Kind.CODE, Kind.TREE) else "has"
    if isinstance(found, Decimal) and attribute.unit in _COUNTED:
        shown = _grouped(found)
    return f"it {verb} {shown}"


def value_text(attribute: Attribute, value: Value, language: str, vocabulary: Vocabulary) -> str:
    """A fact with its unit, or the label of its code: `500万元`, `12.5%`, `Licheng, Lixia`."""
    zh = language.startswith("zh")
    match value:
        case bool():
            return ("是" if value else "否") if zh else ("yes" if value else "no")
        case Decimal():
            return _amount(attribute, value, zh, vocabulary)
        case str():
            return vocabulary.label(attribute.scheme or "", value).in_language(language)
        case frozenset():
            if not value:
                return "无" if zh else "none"
            return _listed(attribute, value, zh, vocabulary, "、" if zh else ", ")


def _missing(source: Source) -> Label:
    match source:
        case Source.DECLARED:
            return Label("尚未填写", "not stated yet")
        case Source.AUTHORISED:
            return Label("尚未取得，可授权查询或自行填报", "not known yet; authorise a query or state it")
        case Source.COMPUTED:
            return Label("资料不足，暂不能计算", "cannot be computed yet; figures are missing")


def _number_zh(condition: Condition, met: bool, vocabulary: Vocabulary) -> str:
    attribute = condition.attribute
    low, high = (None if bound is None else _amount(attribute, bound, True, vocabulary) for bound in condition.bounds)
    if attribute.key == "overdue_records" and condition.op is Op.AT_MOST and condition.value == 0:
        return "近两年无逾期" if met else "近两年有逾期"
    if attribute.key == "years_in_business":
        if condition.op is Op.BETWEEN:
            return f"成立{low}至{high}" if met else f"成立不足{low}或超过{high}"
        if low is not None:
            return f"成立满{low}" if met else f"成立不满{low}"
        return f"成立不超过{high}" if met else f"成立超过{high}"
    name = attribute.label.zh
    less = "少" if attribute.unit in _COUNTED else "低"
    if condition.op is Op.BETWEEN:
        return f"{name}{'' if met else '不'}在{low}至{high}之间"
    if low is not None:
        return f"{name}不{less}于{low}" if met else f"{name}{less}于{low}"
    return f"{name}不超过{high}" if met else f"{name}超过{high}"


def _number_en(condition: Condition, met: bool, vocabulary: Vocabulary) -> str:
    attribute = condition.attribute
    bounds = condition.bounds
    counted = attribute.unit in _COUNTED
    low, high = (
        None if bound is None else _grouped(bound) if counted else _amount(attribute, bound, False, vocabulary)
        for bound in bounds
    )
    name = lower_first(attribute.label.en)
    if counted:
        last = bounds[0] if bounds[1] is None else bounds[1]
        things = singular(name) if last == 1 else name
        if condition.op is Op.BETWEEN:
            return f"{low} to {high} {things}" if met else f"{name}: not from {low} to {high}"
        if low is not None:
            less = "less" if attribute.unit in ("day", "year") else "fewer"
            return f"at least {low} {things}" if met else f"{less} than {low} {things}"
        if bounds[1] == 0:
            return f"no {name}" if met else f"some {name}"
        return f"at most {high} {things}" if met else f"more than {high} {things}"
    if condition.op is Op.BETWEEN:
        return f"{name} from {low} to {high}" if met else f"{name} not from {low} to {high}"
    if low is not None:
        return f"{name} of at least {low}" if met else f"{name} below {low}"
    return f"{name} of at most {high}" if met else f"{name} above {high}"


def _flag_words(attribute: Attribute) -> tuple[str, str, str, str, str, str]:
    words = _FLAGS.get(attribute.key)
    if words is not None:
        return words
    zh, en = attribute.label.zh, lower_first(attribute.label.en)
    return f"是{zh}", f"不是{zh}", en, f"not: {en}", "it is", "it is not"


def _flag(attribute: Attribute, asked: bool, zh: bool) -> str:
    words = _flag_words(attribute)
    return words[(0 if asked else 1) if zh else (2 if asked else 3)]


def _code(condition: Condition, met: bool, zh: bool, vocabulary: Vocabulary) -> str:
    attribute = condition.attribute
    one = len(condition.codes) == 1
    if zh:
        shown = _listed(attribute, condition.codes, zh, vocabulary, "、")
        if attribute.key == "region" and condition.op is Op.WITHIN:
            return f"{'位于' if met else '不在'}{shown}" + ("" if one or not met else "之一")
        verb = "属于" if condition.op is Op.WITHIN else "为"
        tail = "" if one else "之一" if met else "中任一项"
        return f"{attribute.label.zh}{verb if met else '不' + verb}{shown}{tail}"
    shown = _listed(attribute, condition.codes, zh, vocabulary, " or ")
    verb = "within" if condition.op is Op.WITHIN else "is"
    if not met:
        verb = "outside" if condition.op is Op.WITHIN else "is not"
    return f"{lower_first(attribute.label.en)} {verb} {shown}"


def _set(condition: Condition, met: bool, zh: bool, vocabulary: Vocabulary) -> str:
    attribute = condition.attribute
    one = len(condition.codes) == 1
    every = condition.op is Op.ALL_OF
    if zh:
        shown = _listed(attribute, condition.codes, zh, vocabulary, "、")
        if one:
            return f"{attribute.label.zh}{'包含' if met else '不含'}{shown}"
        if every:
            return f"{attribute.label.zh}{'' if met else '不'}同时包含{shown}"
        return f"{attribute.label.zh}包含{shown}中至少一项" if met else f"{attribute.label.zh}不含{shown}中任一项"
    name = lower_first(attribute.label.en)
    shown = _listed(attribute, condition.codes, zh, vocabulary, " and " if every else " or ")
    return f"{name} {'including' if met else 'not all of' if every and not one else 'without'} {shown}"


def _listed(attribute: Attribute, codes: frozenset[str], zh: bool, vocabulary: Vocabulary, joint: str) -> str:
    """Labels in the vocabulary's order, the first few of many and the number of the rest."""
    scheme = attribute.scheme or ""
    order = vocabulary.positions(scheme)
    ranked = sorted(codes, key=lambda code: (order.get(code, len(order)), code))
    labels = [vocabulary.label(scheme, code).in_language("zh" if zh else "en") for code in ranked]
    if len(labels) <= _SHOWN_CODES + 1:
        return joint.join(labels)
    rest = len(labels) - _SHOWN_CODES
    shown = labels[:_SHOWN_CODES]
    return "、".join(shown) + f"等{len(labels)}项" if zh else ", ".join(shown) + f"{joint}{rest} more"


def _amount(attribute: Attribute, number: Decimal, zh: bool, vocabulary: Vocabulary) -> str:
    unit = UNITS[attribute.unit or "item"]
    if unit.dimension == "money":
        return _money(number, zh, vocabulary.currency)
    if unit.key == "percent":
        return f"{_grouped(number)}%"
    if zh:
        return f"{_grouped(number)}{unit.label.zh}"
    name = unit.label.en if number != 1 else singular(unit.label.en)
    return f"{_grouped(number)} {name}"


def _money(number: Decimal, zh: bool, currency: Label) -> str:
    """万 from ten thousand, 亿 from a hundred million, million and billion in English: wherever four decimals (three
    in English) say it exactly; otherwise every digit."""
    steps = ((8, "亿", 4), (4, "万", 4)) if zh else ((9, " billion", 3), (6, " million", 3))
    for power, word, decimals in steps:
        scaled = number.scaleb(-power)
        if abs(scaled) >= 1 and scaled == round(scaled, decimals):
            return f"{_grouped(scaled)}{word}{currency.zh if zh else ' ' + currency.en}"
    return f"{_grouped(number)}{currency.zh if zh else ' ' + currency.en}"


def _grouped(number: Decimal) -> str:
    """With a comma every three digits, from ten thousand on: `1200`, `12,000`, `4,999,999.99`."""
    text = canonical(number)
    whole, _, decimals = text.partition(".")
    if len(whole.lstrip("-")) > 4:
        whole = f"{int(whole):,}"
    return f"{whole}.{decimals}" if decimals else whole


def lower_first(label: str) -> str:
    """`Annual revenue` inside a sentence; words like `R&D` keep their capitals."""
    first, space, rest = label.partition(" ")
    return (first.lower() if first[1:].islower() else first) + space + rest


def singular(things: str) -> str:
    """The first plural word made singular: `overdue records in two years`, `people`."""
    words = ["person" if word == "people" else word for word in things.split(" ")]
    for position, word in enumerate(words):
        if word.endswith("s") and not word.endswith("ss"):
            words[position] = word[:-1]
            break
    return " ".join(words)
