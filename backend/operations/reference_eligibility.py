"""docs/reference/attributes.md and rules.md: the registry, and rules that are parsed while the page is printed."""

from __future__ import annotations

import json
from collections.abc import Iterator

from backend.api.problem_codes import PROBLEMS
from backend.eligibility.attributes import ATTRIBUTES, UNITS, Attribute, Kind, Label, Source, Subject
from backend.eligibility.facts import canonical
from backend.eligibility.nodes import MAX_CONDITIONS, MAX_DEPTH, OPS, Op
from backend.eligibility.phrases import requirement
from backend.eligibility.rule import Condition, RuleError, parse
from backend.eligibility.vocabulary import Term, Vocabulary
from backend.operations.reference_tables import code, table

Json = dict[str, object]

# Codes of the examples: a few that any pack has, and two industries of GB/T 4754.
EXAMPLE_CODES = Vocabulary(
    {
        "industries": [
            Term("C", Label("制造业", "Manufacturing"), None),
            Term("39", Label("计算机、通信设备制造", "Computers and telecoms equipment"), "C"),
        ],
        "stages": [
            Term("seed", Label("种子期", "Seed"), None),
            Term("startup", Label("初创期", "Start-up"), None),
            Term("growth", Label("成长期", "Growth"), None),
        ],
        "themes": [Term("green", Label("绿色低碳", "Green"), None), Term("tech", Label("科技", "Technology"), None)],
        "collateral": [
            Term("real_estate", Label("房产", "Real estate"), None),
            Term("receivables", Label("应收账款", "Receivables"), None),
        ],
    }
)

_SOURCES = {
    Source.DECLARED: "the company",
    Source.AUTHORISED: "a register or bank, authorised",
    Source.COMPUTED: "computed",
}

_CONDITIONS: tuple[tuple[Kind, Op, str, Json], ...] = (
    (
        Kind.NUMBER,
        Op.AT_LEAST,
        "the number is this or more",
        {"attribute": "annual_revenue", "op": "at_least", "value": "500", "unit": "wan_yuan"},
    ),
    (
        Kind.NUMBER,
        Op.AT_MOST,
        "the number is this or less",
        {"attribute": "debt_ratio", "op": "at_most", "value": "70"},
    ),
    (
        Kind.NUMBER,
        Op.BETWEEN,
        "both ends are included",
        {"attribute": "years_in_business", "op": "between", "value": ["0.5", 10]},
    ),
    (Kind.CODE, Op.IS, "the code is this one", {"attribute": "stage", "op": "is", "value": "growth"}),
    (
        Kind.CODE,
        Op.ONE_OF,
        "the code is one of these",
        {"attribute": "stage", "op": "one_of", "value": ["seed", "startup"]},
    ),
    (
        Kind.TREE,
        Op.WITHIN,
        "the code is one of these or below one of them; one code or a list",
        {"attribute": "industry", "op": "within", "value": "C"},
    ),
    (
        Kind.TREE,
        Op.IS,
        "the code is exactly this one, not one below it",
        {"attribute": "industry", "op": "is", "value": "39"},
    ),
    (
        Kind.TREE,
        Op.ONE_OF,
        "the code is exactly one of these",
        {"attribute": "industry", "op": "one_of", "value": ["C", "39"]},
    ),
    (
        Kind.CODES,
        Op.ANY_OF,
        "at least one of these is among the codes",
        {"attribute": "themes", "op": "any_of", "value": ["green", "tech"]},
    ),
    (
        Kind.CODES,
        Op.ALL_OF,
        "each of these is among the codes",
        {"attribute": "collateral", "op": "all_of", "value": ["receivables"]},
    ),
    (Kind.FLAG, Op.IS, "yes is `true`, no is `false`", {"attribute": "high_tech", "op": "is", "value": True}),
)

GROUPS: tuple[tuple[str, Json], ...] = (
    ("every node is met", {"all": [{"attribute": "high_tech", "op": "is", "value": True}, _CONDITIONS[1][3]]}),
    ("at least one node is met", {"any": [{"attribute": "high_tech", "op": "is", "value": True}, _CONDITIONS[8][3]]}),
    ("the node is not met", {"not": {"attribute": "stage", "op": "is", "value": "seed"}}),
    ("everybody is admitted", {}),
)


def _is(value: object = "seed", **more: object) -> Json:
    return {"attribute": "stage", "op": "is", "value": value, **more}


def _revenue(op: str, value: object, **more: object) -> Json:
    return {"attribute": "annual_revenue", "op": op, "value": value, **more}


def _nested(levels: int) -> Json:
    node: Json = {"all": [_is()]}
    for _ in range(levels - 1):
        node = {"all": [node]}
    return node


FAULTS: tuple[tuple[str, object], ...] = (
    ("not_a_node", {"all": ["high_tech"]}),
    ("not_a_list", {"all": _is()}),
    ("empty_group", {"any": []}),
    ("empty_list", {"attribute": "stage", "op": "one_of", "value": []}),
    ("missing_key", {"attribute": "stage", "value": "seed"}),
    ("extra_key", _is(unti="year")),
    ("unknown_attribute", _revenue("at_least", 1) | {"attribute": "anual_revenue"}),
    ("unknown_op", _is() | {"op": "equals"}),
    ("wrong_op", _is() | {"op": "at_least"}),
    ("wrong_unit", _revenue("at_least", 1, unit="month")),
    ("wrong_type", _revenue("at_least", 0.5)),
    ("unknown_code", _is("sead")),
    ("out_of_range", _revenue("at_least", "-1")),
    ("too_precise", _revenue("at_least", "0.001")),
    ("empty_interval", _revenue("between", ["2", "1"])),
    ("never_met", {"all": [_is("seed"), _is("growth")]}),
    ("too_deep", _nested(MAX_DEPTH + 1)),
    ("too_many_conditions", {"any": [_is()] * (MAX_CONDITIONS + 1)}),
)
"""For each code of a RuleError a rule that has the fault, but for `too_complex`: the rules that have it are long."""

LONG = frozenset({"too_many_conditions"})


def attributes_of_company() -> str:
    return _attributes(Subject.COMPANY)


def attributes_of_need() -> str:
    return _attributes(Subject.NEED)


def _attributes(subject: Subject) -> str:
    rows = (
        [
            code(attribute.key),
            attribute.label.zh,
            attribute.label.en,
            attribute.kind.value,
            _measure(attribute),
            _SOURCES[attribute.source],
            "yes" if attribute.improvable else "with time" if attribute.grows_with_time else "no",
        ]
        for attribute in ATTRIBUTES.values()
        if attribute.subject is subject
    )
    return table(("key", "中文", "English", "kind", "values", "source", "can be improved"), rows)


def _measure(attribute: Attribute) -> str:
    """Unit, decimals and bounds of a number; the vocabulary of a code."""
    if attribute.scheme:
        return f"codes of {code(attribute.scheme)}"
    if attribute.unit is None:
        return "yes, no"
    parts = [code(attribute.unit)]
    if attribute.scale:
        parts.append(f"{attribute.scale} decimal{'s' if attribute.scale > 1 else ''}")
    if attribute.minimum is not None and attribute.maximum is not None:
        parts.append(f"{canonical(attribute.minimum)} to {canonical(attribute.maximum)}")
    elif attribute.minimum is not None:
        parts.append(f"from {canonical(attribute.minimum)}")
    return ", ".join(parts)


def units() -> str:
    rows = (
        [code(unit.key), unit.label.zh, unit.label.en, unit.dimension, canonical(unit.factor)]
        for unit in UNITS.values()
    )
    return table(("unit", "中文", "English", "dimension", "in the base unit"), rows)


def conditions() -> str:
    """Kind × op with an example, and how the example is said."""
    if [(kind, op) for kind, op, _, _ in _CONDITIONS] != [(kind, op) for kind in OPS for op in OPS[kind]]:
        raise ValueError("a condition lacks its example")
    rows = (
        [kind.value, code(op), meaning, _json(example), f"{_said(example, 'zh')}\n{_said(example, 'en')}"]
        for kind, op, meaning, example in _CONDITIONS
    )
    return table(("kind", "op", "met where", "example", "said as"), rows)


def _said(example: Json, language: str) -> str:
    condition = parse(example, EXAMPLE_CODES)
    if not isinstance(condition, Condition):
        raise TypeError("an example of a condition is a group")
    return requirement(condition, True, language, EXAMPLE_CODES)


def groups() -> str:
    rows = []
    for meaning, example in GROUPS:
        parse(example, EXAMPLE_CODES)
        rows.append([code(next(iter(example), "{}")), meaning, _json(example)])
    return table(("group", "met where", "example"), rows)


def limits() -> str:
    return table(("limit", "at most"), [["groups within groups", str(MAX_DEPTH)], ["conditions", str(MAX_CONDITIONS)]])


def faults() -> str:
    """Each fault with a rule that has it, and what `parse` says of that rule."""
    meanings = {problem.code: problem.meaning.removeprefix("Rule: ") for problem in PROBLEMS}
    rows = []
    for name, example, error in examined():
        if error.code != name:
            raise ValueError(f"the example of {name} is refused as {error.code}")
        rows.append(
            [
                code(name),
                _json(example) if name not in LONG else f"`any` of {MAX_CONDITIONS + 1} conditions",
                code(error.path) if error.path else "the rule itself",
                error.message.en,
                code(error.suggestion) if error.suggestion else "",
            ]
        )
    rows.append([code("too_complex"), "", "the rule itself", meanings["too_complex"].rstrip(".").lower(), ""])
    return table(("code", "a rule that has it", "path", "message", "suggestion"), rows)


def examined() -> Iterator[tuple[str, object, RuleError]]:
    """Code, example, and the error that it raises. Raises ValueError where it raises none."""
    for name, example in FAULTS:
        try:
            parse(example, EXAMPLE_CODES)
        except RuleError as error:
            yield name, example, error
        else:
            raise ValueError(f"the example of {name} is accepted")


def _json(value: object) -> str:
    return code(json.dumps(value, ensure_ascii=False))
