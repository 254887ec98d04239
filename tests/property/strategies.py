"""Hypothesis strategies for rules and facts over the real registry and a small made-up vocabulary.

Values are drawn from few and close ones, so that rules and facts meet at their bounds. `rules()` gives rules that
`parse` accepts; `facts()` leaves gaps. Contract tests of the search engines use the same strategies.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import reject
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from backend.eligibility.attributes import ATTRIBUTES, Attribute, Kind, Label, Value
from backend.eligibility.facts import value_to_json
from backend.eligibility.nodes import OPS, Op, Rule
from backend.eligibility.rule import RuleError, parse
from backend.eligibility.vocabulary import Term, Vocabulary

Json = dict[str, object]


def _term(code: str, parent: str | None = None) -> Term:
    return Term(code, Label(f"{code}号", code.upper()), parent)


_SCHEMES = {
        "regions": [
            _term("n"), _term("n1", "n"), _term("n11", "n1"), _term("n12", "n1"), _term("n2", "n"),
            _term("s"), _term("s1", "s"),
        ],
        "industries": [_term("A"), _term("A01", "A"), _term("B"), _term("B06", "B"), _term("B07", "B")],
        "stages": [_term(code) for code in ("seed", "startup", "growth", "mature")],
        "collateral": [_term(code) for code in ("equipment", "receivables", "real_estate", "deposit")],
        "themes": [_term(code) for code in ("green", "culture", "rural")],
}  # fmt: skip
VOCABULARY = Vocabulary(_SCHEMES)
"""Two trees of two and three levels, a flat scheme and two of sets. Other schemes are open."""

_MOVES = {"n12": "n2", "n1": "s", "B06": "A"}
MOVED = Vocabulary(
    {
        name: [replace(term, parent=_MOVES.get(term.code, term.parent)) for term in terms]
        for name, terms in _SCHEMES.items()
    }
)
"""The same codes after a reform: some lie elsewhere in their tree."""

KEYS = (
    "region", "industry", "stage", "themes", "collateral", "annual_revenue", "years_in_business", "net_profit",
    "debt_ratio", "invention_patents", "innovation_score", "high_tech", "has_ever_borrowed", "amount", "zone",
)  # fmt: skip
"""Every kind of attribute: with and without a scheme, an upper end, decimals, negative numbers."""


def _codes(attribute: Attribute) -> list[str]:
    return list(VOCABULARY.terms(attribute.scheme or "")) or ["hi-tech", "harbour"]


def _numbers(attribute: Attribute) -> SearchStrategy[Decimal]:
    """A few whole numbers, their next ticks, and the ends of the range."""
    tick = Decimal(1).scaleb(-attribute.scale)
    around = [Decimal(number) + step * tick for number in (0, 2, 3, 60) for step in (-1, 0, 1)]
    ends = [end for end in (attribute.minimum, attribute.maximum) if end is not None]
    low = Decimal(-100) if attribute.minimum is None else attribute.minimum
    return st.sampled_from([number for number in (*around, *ends, Decimal(100)) if number >= low])


def values(attribute: Attribute) -> SearchStrategy[Value]:
    """One known fact."""
    match attribute.kind:
        case Kind.NUMBER:
            return _numbers(attribute)
        case Kind.FLAG:
            return st.booleans()
        case Kind.CODES:
            return st.frozensets(st.sampled_from(_codes(attribute)))
        case _:
            return st.sampled_from(_codes(attribute))


def facts(keys: tuple[str, ...] = KEYS) -> SearchStrategy[dict[str, Value]]:
    """Normalised facts, any of them missing."""
    return st.fixed_dictionaries({}, optional={key: values(ATTRIBUTES[key]) for key in keys})


@st.composite
def conditions_json(draw: st.DrawFn, keys: tuple[str, ...] = KEYS, ops: tuple[Op, ...] = tuple(Op)) -> Json:
    """One condition as an author may write it: other units, whole numbers, unsorted and doubled codes."""
    attribute = ATTRIBUTES[draw(st.sampled_from(keys))]
    op = draw(st.sampled_from([op for op in OPS[attribute.kind] if op in ops]))
    written: Json = {"attribute": attribute.key, "op": op.value}
    if attribute.kind is Kind.NUMBER:
        numbers = sorted((draw(_numbers(attribute)), draw(_numbers(attribute))))
        if attribute.unit == "yuan" and draw(st.booleans()):
            written["unit"] = "wan_yuan"
            texts: list[object] = [f"{number.scaleb(-4):f}" for number in numbers]
        else:
            whole = draw(st.booleans())
            texts = [
                int(number) if whole and number == int(number) else str(value_to_json(attribute, number))
                for number in numbers
            ]
        written["value"] = texts if op is Op.BETWEEN else texts[0]
    elif attribute.kind is Kind.FLAG:
        written["value"] = draw(st.booleans())
    else:
        code = st.sampled_from(_codes(attribute))
        single = op is Op.IS or (op is Op.WITHIN and draw(st.booleans()))
        written["value"] = draw(code) if single else draw(st.lists(code, min_size=1, max_size=3))
    return written


def rules_json(
    keys: tuple[str, ...] = KEYS, max_depth: int = 3, *, ops: tuple[Op, ...] = tuple(Op), negation: bool = True
) -> SearchStrategy[Json]:
    """Well-formed rules in JSON. Some of them nobody can meet: `parse` refuses those."""
    condition = conditions_json(keys, ops)
    node: SearchStrategy[Json] = condition
    for _ in range(max_depth):
        groups = st.lists(node, min_size=1, max_size=3)
        choices: list[SearchStrategy[Json]] = [
            condition,
            st.builds(lambda nodes: {"all": nodes}, groups),
            st.builds(lambda nodes: {"any": nodes}, groups),
        ]
        if negation:
            choices.append(st.builds(lambda inner: {"not": inner}, node))
        node = st.one_of(choices)
    return st.one_of(st.just({}), node, st.builds(lambda nodes: {"all": nodes}, st.lists(node, min_size=2, max_size=4)))


@st.composite
def _accepted(draw: st.DrawFn, written: SearchStrategy[Json]) -> Rule:
    try:
        return parse(draw(written), VOCABULARY)
    except RuleError:
        reject()


def rules(keys: tuple[str, ...] = KEYS, max_depth: int = 3) -> SearchStrategy[Rule]:
    """Rules in normal form that `parse` accepts."""
    return _accepted(rules_json(keys, max_depth))


MONOTONE_KEYS = ("annual_revenue", "years_in_business", "net_profit", "invention_patents", "collateral", "themes")


def monotone_rules() -> SearchStrategy[Rule]:
    """Rules that only ask for more of `MONOTONE_KEYS`: at least, any of, all of, without `not`."""
    ops = (Op.AT_LEAST, Op.ANY_OF, Op.ALL_OF)
    return _accepted(rules_json(MONOTONE_KEYS, ops=ops, negation=False))
