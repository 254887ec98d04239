"""Rules from and to JSON.

    group     = {"all": [node, …]} | {"any": [node, …]} | {"not": node}
    condition = {"attribute": "annual_revenue", "op": "at_least", "value": "500", "unit": "wan_yuan"}

`{}` admits everybody. `parse` gives the normal form: numbers in the attribute's base unit, code lists as sets, and
refuses whatever nobody could meet. `to_json` writes the normal form back.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from backend.eligibility.attributes import ATTRIBUTES, UNITS, Attribute, Kind, Label, Unit
from backend.eligibility.facts import EXACT, canonical, range_fault, read_number
from backend.eligibility.nearest import nearest
from backend.eligibility.nodes import (
    MAX_CONDITIONS,
    MAX_DEPTH,
    OPS,
    AllOf,
    AnyOf,
    Asked,
    Condition,
    NotOf,
    Op,
    Rule,
    child_path,
    conditions,
)
from backend.eligibility.rule_schema import json_schema
from backend.eligibility.satisfiable import Contradiction, find_contradiction
from backend.eligibility.vocabulary import Vocabulary, is_code

__all__ = [
    "MAX_CONDITIONS",
    "MAX_DEPTH",
    "AllOf",
    "AnyOf",
    "Condition",
    "NotOf",
    "Op",
    "Rule",
    "RuleError",
    "conditions",
    "json_schema",
    "parse",
    "read",
    "to_json",
]

_GROUPS = ("all", "any", "not")
_MISSPELT = 0.75
_CONDITION_KEYS = ("attribute", "op", "value", "unit")


class RuleError(ValueError):
    """Why a rule is refused. `path` leads to the fault (`all[2].value`, empty for the rule itself), `code` is stable,
    `message` is for people, `suggestion` is the nearest right name or value where there is one."""

    def __init__(self, path: str, code: str, message: Label, suggestion: str | None = None) -> None:
        super().__init__(f"{path or 'rule'}: {message.en}" + (f" (did you mean {suggestion}?)" if suggestion else ""))
        self.path = path
        self.code = code
        self.message = message
        self.suggestion = suggestion


def parse(data: object, vocabulary: Vocabulary) -> Rule:
    """The rule in `data`, any JSON value, in normal form. Raises RuleError and nothing else."""
    rule = read(data, vocabulary)
    contradiction = find_contradiction(rule, vocabulary)
    if contradiction is not None:
        raise _refused(contradiction)
    return rule


def read(data: object, vocabulary: Vocabulary) -> Rule:
    """`parse` without asking whether anybody can meet the rule. For stored rules, which `parse` saw before."""
    if isinstance(data, Mapping) and not data:
        return AllOf(())
    return _Reader(vocabulary).node(data, "", 1)


def to_json(rule: Rule) -> dict[str, object]:
    """The normal form as JSON: base units, canonical decimals, sorted code lists."""
    match rule:
        case AllOf(()):
            return {}
        case AllOf(nodes):
            return {"all": [to_json(node) for node in nodes]}
        case AnyOf(nodes):
            return {"any": [to_json(node) for node in nodes]}
        case NotOf(node):
            return {"not": to_json(node)}
        case Condition(attribute, op, value):
            written: dict[str, object] = {"attribute": attribute.key, "op": op.value, "value": _value_to_json(value)}
            if attribute.unit:
                written["unit"] = attribute.unit
            return written


def _value_to_json(value: Asked) -> object:
    match value:
        case bool() | str():
            return value
        case Decimal():
            return canonical(value)
        case frozenset():
            return sorted(value)
        case tuple():
            return [canonical(bound) for bound in value]


class _Reader:
    """One reading of one rule; counts its conditions."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.count = 0

    def node(self, data: object, path: str, depth: int) -> Rule:
        if not isinstance(data, Mapping):
            raise RuleError(path, "not_a_node", Label("此处应为条件或条件组", "a condition or a group is wanted here"))
        groups = [name for name in _GROUPS if name in data]
        if not groups:
            return self.condition(data, path)
        name = groups[0]
        _no_other_keys(data, (name,), path)
        inner = data[name]
        single = name == "not" and isinstance(inner, Mapping) and not any(group in inner for group in _GROUPS)
        if depth > MAX_DEPTH and not single:
            raise RuleError(
                path,
                "too_deep",
                Label(f"条件组最多嵌套{MAX_DEPTH}层", f"groups nest at most {MAX_DEPTH} deep"),
            )
        if name == "not":
            return NotOf(self.node(inner, child_path(path, name), depth + 1))
        if not isinstance(inner, list):
            raise RuleError(child_path(path, name), "not_a_list", Label("此处应为列表", "a list is wanted here"))
        if not inner:
            raise RuleError(child_path(path, name), "empty_group", Label("条件组不能为空", "a group cannot be empty"))
        nodes = tuple(self.node(part, child_path(path, name, index), depth + 1) for index, part in enumerate(inner))
        return AllOf(nodes) if name == "all" else AnyOf(nodes)

    def condition(self, data: Mapping[object, object], path: str) -> Condition:
        self.count += 1
        if self.count > MAX_CONDITIONS:
            raise RuleError(
                path,
                "too_many_conditions",
                Label(f"一条规则最多{MAX_CONDITIONS}个条件", f"a rule has at most {MAX_CONDITIONS} conditions"),
            )
        _no_other_keys(data, _CONDITION_KEYS, path)
        for key in _CONDITION_KEYS[:3]:
            if key not in data:
                raise RuleError(path, "missing_key", Label(f"缺少“{key}”", f"{key!r} is missing"), key)
        attribute = _attribute(data["attribute"], child_path(path, "attribute"))
        op = _op(attribute, data["op"], child_path(path, "op"))
        unit = _unit(attribute, data.get("unit"), child_path(path, "unit"))
        return Condition(attribute, op, self.value(attribute, op, data["value"], unit, child_path(path, "value")))

    def value(self, attribute: Attribute, op: Op, data: object, unit: Unit | None, path: str) -> Asked:
        if attribute.kind is Kind.FLAG:
            if not isinstance(data, bool):
                raise RuleError(path, "wrong_type", Label("应为 true 或 false", "true or false is wanted"))
            return data
        if unit is not None:
            if op is not Op.BETWEEN:
                return _number(attribute, data, unit, path)
            if not isinstance(data, list) or len(data) != 2:
                raise RuleError(path, "wrong_type", Label("应为 [下限, 上限]", "[low, high] is wanted"))
            low, high = (_number(attribute, part, unit, f"{path}[{index}]") for index, part in enumerate(data))
            if low > high:
                raise RuleError(
                    path,
                    "empty_interval",
                    Label("下限大于上限，区间为空", "the low end is above the high end: nothing lies between"),
                )
            return low, high
        if op is Op.IS:
            return self.code(attribute, data, path)
        if op is Op.WITHIN and isinstance(data, str):
            return frozenset((self.code(attribute, data, path),))
        if not isinstance(data, list):
            raise RuleError(path, "wrong_type", Label("应为代码列表", "a list of codes is wanted"))
        if not data:
            raise RuleError(path, "empty_list", Label("代码列表不能为空", "the list of codes cannot be empty"))
        return frozenset(self.code(attribute, code, f"{path}[{index}]") for index, code in enumerate(data))

    def code(self, attribute: Attribute, data: object, path: str) -> str:
        if not isinstance(data, str):
            raise RuleError(path, "wrong_type", Label("应为代码（字符串）", "a code is wanted, as a string"))
        scheme = attribute.scheme or ""
        if not is_code(data) or not self.vocabulary.accepts(scheme, data):
            raise RuleError(
                path,
                "unknown_code",
                Label(
                    f"{attribute.label.zh}没有代码“{data[:80]}”",
                    f"{attribute.label.en} has no code {data[:80]!r}",
                ),
                nearest(data, {code: term.label for code, term in self.vocabulary.terms(scheme).items()}),
            )
        return data


def _no_other_keys(data: Mapping[object, object], allowed: tuple[str, ...], path: str) -> None:
    for key in data:
        if key not in allowed:
            shown = str(key)[:80]
            raise RuleError(
                path,
                "extra_key",
                Label(f"此处不应有“{shown}”", f"{shown!r} does not belong here"),
                nearest(shown, {name: None for name in allowed if name not in data}),
            )


def _attribute(data: object, path: str) -> Attribute:
    if not isinstance(data, str):
        raise RuleError(path, "wrong_type", Label("应为数据项名称", "the name of an attribute is wanted"))
    attribute = ATTRIBUTES.get(data)
    if attribute is None:
        raise RuleError(
            path,
            "unknown_attribute",
            Label(f"没有名为“{data[:80]}”的数据项", f"there is no attribute {data[:80]!r}"),
            nearest(data, {key: known.label for key, known in ATTRIBUTES.items()}),
        )
    return attribute


def _op(attribute: Attribute, data: object, path: str) -> Op:
    fitting = OPS[attribute.kind]
    if isinstance(data, str) and data in tuple(fitting):
        return Op(data)
    names = ", ".join(fitting)
    raise RuleError(
        path,
        "wrong_op" if isinstance(data, str) and data in tuple(Op) else "unknown_op",
        Label(f"“{attribute.label.zh}”可用的比较：{names}", f"{attribute.label.en} can be compared by: {names}"),
        fitting[0].value if len(fitting) == 1 else nearest(str(data), {op.value: None for op in fitting}),
    )


def _unit(attribute: Attribute, data: object, path: str) -> Unit | None:
    """The unit that the numbers of a condition are in; None for an attribute without one."""
    if attribute.unit is None:
        if data is None:
            return None
        raise RuleError(
            path,
            "wrong_unit",
            Label(f"“{attribute.label.zh}”没有单位", f"{attribute.label.en} has no unit"),
        )
    base = UNITS[attribute.unit]
    if data is None:
        return base
    fitting = {key: unit.label for key, unit in UNITS.items() if unit.dimension == base.dimension}
    if isinstance(data, str) and data in fitting:
        return UNITS[data]
    names = ", ".join(fitting)
    raise RuleError(
        path,
        "wrong_unit",
        Label(f"“{attribute.label.zh}”可用的单位：{names}", f"{attribute.label.en} can be given in: {names}"),
        _likely_unit(data, base) if isinstance(data, str) else base.key,
    )


def _likely_unit(typed: str, base: Unit) -> str:
    """The unit most like what was typed. A multiple that there is not (`million_yuan`) is the usual unit, not the base
    unit in its name; only a near misspelling is another multiple."""
    fitting = [unit for unit in UNITS.values() if unit.dimension == base.dimension]
    multiple = any(name in typed.casefold() for name in (base.key, base.label.zh))
    likely = {unit.key: unit.label for unit in fitting if unit is not base or not multiple}
    usual = next((unit.key for unit in fitting if unit.usual), base.key)
    return (nearest(typed, likely, alike=_MISSPELT) if multiple else nearest(typed, likely)) or usual


def _number(attribute: Attribute, data: object, unit: Unit, path: str) -> Decimal:
    """`data`, in `unit`, as a number in the attribute's base unit with its scale."""
    number = read_number(data)
    if number is None:
        raise RuleError(
            path,
            "wrong_type",
            Label(
                '应为整数或字符串形式的十进制数，如 "12.5"（不接受浮点数）',
                'a whole number or a decimal in a string is wanted, like "12.5"; floats are refused',
            ),
        )
    number = EXACT.multiply(number, unit.factor)
    fault = range_fault(attribute, number)
    if fault is not None:
        raise RuleError(path, "out_of_range", fault)
    rounded = attribute.from_ticks(attribute.ticks(number))
    if rounded != number:
        raise RuleError(
            path,
            "too_precise",
            Label(
                f"“{attribute.label.zh}”最多{attribute.scale}位小数",
                f"{attribute.label.en} has at most {attribute.scale} decimals",
            ),
            canonical(rounded / unit.factor),
        )
    return rounded


def _refused(contradiction: Contradiction) -> RuleError:
    if contradiction.too_complex:
        return RuleError(
            contradiction.path,
            "too_complex",
            Label(
                "规则过于复杂，无法确认有企业能够满足，请简化",
                "the rule is too complex to tell whether anybody can meet it: simplify it",
            ),
        )
    attribute = contradiction.attribute
    if attribute is not None and attribute.kind is Kind.NUMBER:
        return RuleError(
            contradiction.path,
            "empty_interval",
            Label(
                f"对“{attribute.label.zh}”的要求相互矛盾，区间为空",
                f"what is asked of {attribute.label.en} leaves an empty interval",
            ),
        )
    zh, en = ("", "") if attribute is None else (f"（{attribute.label.zh}）", f" ({attribute.label.en})")
    return RuleError(
        contradiction.path,
        "never_met",
        Label(f"与前面的条件矛盾或永远无法满足{zh}", f"contradicts what precedes it, or nobody can ever meet it{en}"),
    )
