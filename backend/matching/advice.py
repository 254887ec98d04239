"""What would help a need most: the single steps that bring products into reach, over all published products.

A step sets one fact and leaves all others as they are. A product counts for a step if it is not eligible now and is
after it, exactly as `verdict.judge` says. A step is worked out from the one part of a rule that stands in the way
(`Compiled.alone`): where several do, no single step is enough.

The other questions of a company's pages are asked here as well: `profile.py` and `services.py` answer them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from backend.accounts.audience import Viewer
from backend.common.size_class import FIGURES
from backend.companies.facts import stated_by, with_size_class
from backend.eligibility.attributes import ATTRIBUTES, Attribute, Facts, Kind, Value
from backend.eligibility.domains import Codes, Numbers, Point, nearest_point, numbers, point_of, value_of
from backend.eligibility.nodes import AllOf, Condition, NotOf, Op, Rule, conditions
from backend.eligibility.shortfall import Change, shortfall
from backend.eligibility.single import Domains, admitting
from backend.eligibility.verdict import State
from backend.matching.candidate import Asking
from backend.matching.context import Context, context
from backend.matching.explanations import gaps, to_state
from backend.matching.offers import Judge
from backend.matching.profile import opened_by_data, verdict_on
from backend.matching.results import Gap, Missing
from backend.matching.services import compare, match_counts, on_offer_today, published_to, ranked_by_state
from backend.needs.models import Need
from backend.packs.queries import held
from backend.products.models import Product

__all__ = ["Advice", "AdviceKind", "Threshold", "compare", "match_counts", "opened_by_data", "verdict_on", "what_helps"]

STEPS = 3
"""Thresholds of a number that are looked at in each direction, the nearest first."""

_PLACES = {key: place for place, key in enumerate(ATTRIBUTES)}


class AdviceKind(StrEnum):
    STATE = "state"  # give a datum that is not known
    CHANGE = "change"  # change a value
    WAIT = "wait"  # wait until a day


@dataclass(frozen=True, slots=True)
class Threshold:
    """A number to reach, in the attribute's unit, and how many products are eligible there that are not now."""

    value: Decimal
    products: int


@dataclass(frozen=True, slots=True)
class Advice:
    """One step. `missing` says which datum to state and how to get it, `gap` what to change from what to what; one of
    the two is there. `values`: any one of them will do, the first in the vocabulary's order first; empty for STATE.

    `products`: those that this step alone makes eligible, or for STATE may make eligible; best first. `cost`: the
    lowest annual all-in cost among them, in per cent, at the need's amount and term as they are after the step; None
    where none can be stated. `amount_max`: the greatest amount among them; 0: one of them has no limit.

    `steps`: of a number, the nearest thresholds in this direction, nearest first. `in_hands`: the company's own doing
    is enough. `stated_by`: what gives a computed attribute: the parts of it that are unknown.
    """

    kind: AdviceKind
    attribute: str
    label: str
    products: tuple[Product, ...]
    cost: Decimal | None
    amount_max: Decimal
    in_hands: bool
    values: tuple[Value, ...] = ()
    missing: Missing | None = None
    gap: Gap | None = None
    steps: tuple[Threshold, ...] = ()
    stated_by: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """How to get the datum, or what to change."""
        return self.gap.text if self.gap else self.missing.how if self.missing else ""

    @property
    def earliest(self) -> date | None:
        """The day on which waiting alone is enough."""
        return self.gap.earliest if self.gap else None

    @property
    def product_ids(self) -> tuple[int, ...]:
        return tuple(product.pk for product in self.products)


@held()
def what_helps(
    need: Need, *, viewer: Viewer, today: date, language: str = "zh-hans", limit: int = 5
) -> tuple[Advice, ...]:
    """The steps that help most: those in the company's own hands first, then those that open most products, then data
    to state before changes, then by the order of attributes.

    Only what the company or time can change is advised: not another district or trade. Of a number, in each
    direction, the one of the three nearest thresholds at which most products open for each threshold passed; the
    nearest of equals. A code that opens no product but those of a better one is left out.

    Three queries and one for each 5000 products that changed since they were last judged. Raises PackMissing, and
    FactError where the need's stored data is broken.
    """
    asked = context(viewer, today, language)
    asking = asked.asking(need, asked.facts(need))
    offered = on_offer_today(asked, asked.bench.judges(published_to(viewer)))
    judges = {id: judge for id, (judge, _product) in offered.items()}
    steps = sorted(_Steps(asked, asking.facts, judges).all(), key=_order)
    return tuple(_advice(asked, asking, offered, step) for step in steps[:limit])


@dataclass(frozen=True, slots=True)
class _Step:
    """`change` is None where a datum is to be stated."""

    attribute: Attribute
    values: tuple[Value, ...]
    opened: frozenset[int]
    change: Change | None = None
    steps: tuple[Threshold, ...] = ()

    @property
    def in_hands(self) -> bool:
        return self.change is None or self.change.improvable


def _order(step: _Step) -> tuple[object, ...]:
    change = step.change
    place = (_PLACES[step.attribute.key], str(sorted(map(_text, step.values))))
    return (not step.in_hands, -len(step.opened), change is not None, *place)


def _text(value: Value) -> str:
    return ",".join(sorted(value)) if isinstance(value, frozenset) else str(value)


class _Steps:
    """The single steps of one need."""

    def __init__(self, asked: Context, facts: Facts, judges: Mapping[int, Judge]) -> None:
        self._asked = asked
        self._facts = facts
        self._waiting = {id: judge for id, judge in judges.items() if judge.compiled.read(facts)[0] is not State.MET}
        self._rules: dict[int, Rule] = {}
        self._admitted: dict[str, dict[int, Domains]] = {}
        for id, judge in self._waiting.items():
            rule = judge.compiled.alone(facts)
            if rule is None:
                continue
            self._rules[id] = rule
            for key in {condition.attribute.key for _path, condition in conditions(rule)}:
                domains = admitting(rule, ATTRIBUTES[key], facts, asked.vocabulary)
                if domains:
                    self._admitted.setdefault(key, {})[id] = domains

    def all(self) -> Iterator[_Step]:
        for key, admitted in self._admitted.items():
            attribute = ATTRIBUTES[key]
            found = self._facts.get(key)
            if found is None:
                yield _Step(attribute, (), frozenset(admitted))
            elif isinstance(found, Decimal):
                yield from self._numbers(attribute, found)
            elif attribute.improvable:
                yield from self._codes(attribute, found)

    def _numbers(self, attribute: Attribute, found: Decimal) -> Iterator[_Step]:
        was = attribute.ticks(found)
        nearest = {_nearest(attribute, domains, was) for domains in self._admitted[attribute.key].values()}
        directions = [(Op.AT_LEAST, sorted(ticks for ticks in nearest if ticks > was))]
        if attribute.improvable:
            directions.append((Op.AT_MOST, sorted((ticks for ticks in nearest if ticks < was), reverse=True)))
        elif not attribute.grows_with_time:
            return
        for op, thresholds in directions:
            tried = [(attribute.from_ticks(ticks), ticks) for ticks in thresholds[:STEPS]]
            opened = [(value, self._opened(attribute, value, ticks)) for value, ticks in tried]
            passed = [(Fraction(len(ids), place), -place) for place, (_value, ids) in enumerate(opened, start=1)]
            if not passed or not max(passed)[0]:
                continue
            value, ids = opened[-max(passed)[1] - 1]
            change = self._change(Condition(attribute, op, value), attribute, found)
            if change.improvable or change.earliest is not None:
                yield _Step(
                    attribute, (value,), ids, change, tuple(Threshold(value, len(ids)) for value, ids in opened)
                )

    def _codes(self, attribute: Attribute, found: Value) -> Iterator[_Step]:
        was = point_of(attribute, found)
        admitted = self._admitted[attribute.key]
        points = {point for id, domains in admitted.items() for point in self._points(attribute, id, domains, was)}
        opened = {point: self._opened(attribute, value_of(attribute, point), point) for point in points}
        places = self._asked.vocabulary.positions(attribute.scheme or "")
        best = sorted(
            (point for point in points if opened[point]),
            key=lambda point: (
                -Fraction(len(opened[point]), _effort(was, point)),
                [places.get(code, len(places)) for code in _codes_of(point)],
                _codes_of(point),
            ),
        )
        chosen: list[list[Point]] = []
        for point in best:
            same = next((some for some in chosen if opened[some[0]] == opened[point]), None)
            if same is not None and _interchangeable(was, point) and _interchangeable(was, same[0]):
                same.append(point)
            elif not any(opened[point] <= opened[some[0]] for some in chosen):
                chosen.append([point])
        for some in chosen:
            values = tuple(value_of(attribute, point) for point in some)
            change = self._change(_wanted(attribute, was, some), attribute, found)
            yield _Step(attribute, values, opened[some[0]], change)

    def _points(self, attribute: Attribute, id: int, domains: Domains, was: Point) -> Iterable[Point]:
        """The values to try for one product: the codes that its rule names, or else all; of sets the nearest."""
        if attribute.kind is Kind.CODES:
            near = (nearest_point(domain, attribute, was) for domain in domains)
            return [min(near, key=lambda point: (_effort(was, point), _codes_of(point)))]
        if attribute.kind is Kind.FLAG:
            return [point for point in ("true", "false") if point != was]
        named = {
            code
            for _path, condition in conditions(self._rules[id])
            if condition.attribute.key == attribute.key
            for code in condition.codes
        }
        fitting = [code for code in named if any(code in domain for domain in domains)]
        if fitting:
            return fitting
        return {code for domain in domains if isinstance(domain, Codes) and not domain.others for code in domain.codes}

    def _opened(self, attribute: Attribute, value: Value, point: Point) -> frozenset[int]:
        after = facts_after(self._asked, self._facts, attribute, value)
        if after.get("size_class") == self._facts.get("size_class"):
            admitted = self._admitted[attribute.key]
            return frozenset(id for id, domains in admitted.items() if any(point in domain for domain in domains))
        # The size class follows: two facts changed, so that every rule is read anew.
        return frozenset(id for id, judge in self._waiting.items() if judge.compiled.read(after)[0] is State.MET)

    def _change(self, rule: Rule, attribute: Attribute, found: Value) -> Change:
        short = shortfall(rule, {attribute.key: found}, self._asked.vocabulary, self._asked.today)
        if short is None:
            raise ValueError(f"{attribute.key} cannot become what {rule} asks")
        return short.changes[0]


def facts_after(asked: Context, facts: Facts, attribute: Attribute, value: Value) -> Facts:
    """`facts` with one of them set, and the size class that follows."""
    after = {**facts, attribute.key: value}
    follows = attribute.key in FIGURES or attribute.key == "industry"
    return with_size_class(after, asked.vocabulary, asked.sizes) if follows else after


def _nearest(attribute: Attribute, domains: Domains, was: int) -> int:
    spans = numbers(span for domain in domains if isinstance(domain, Numbers) for span in domain.spans)
    point = nearest_point(spans, attribute, was)
    if not isinstance(point, int):
        raise TypeError(f"{attribute.key} is no number")
    return point


def _effort(was: Point, becomes: Point) -> int:
    """Codes to add and to drop; one for anything else."""
    return len(was ^ becomes) if isinstance(was, frozenset) and isinstance(becomes, frozenset) else 1


def _interchangeable(was: Point, becomes: Point) -> bool:
    """Can it be offered as one of several that do as well? One code may stand for another, but only what is added to
    a set."""
    if isinstance(was, frozenset) and isinstance(becomes, frozenset):
        return was < becomes and _effort(was, becomes) == 1
    return True


def _codes_of(point: Point) -> list[str]:
    return sorted(point) if isinstance(point, frozenset) else [str(point)]


def _wanted(attribute: Attribute, was: Point, points: list[Point]) -> Rule:
    """What becoming any of `points` asks, as a rule of its own, to be put in words."""
    first = points[0]
    if isinstance(was, frozenset) and isinstance(first, frozenset):
        if len(points) > 1:
            added = frozenset(code for point in points for code in _codes_of(point)) - was
            return Condition(attribute, Op.ANY_OF, added)
        parts: list[Rule] = []
        if first - was:
            parts.append(Condition(attribute, Op.ALL_OF, first - was))
        if was - first:
            parts.append(NotOf(Condition(attribute, Op.ANY_OF, was - first)))
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))
    if attribute.kind is Kind.FLAG:
        return Condition(attribute, Op.IS, first == "true")
    if len(points) == 1:
        return Condition(attribute, Op.IS, str(first))
    return Condition(attribute, Op.ONE_OF, frozenset(map(str, points)))


def _advice(asked: Context, asking: Asking, offered: Mapping[int, tuple[Judge, Product]], step: _Step) -> Advice:
    attribute, change = step.attribute, step.change
    facts = asking.facts if change is None else facts_after(asked, asking.facts, attribute, step.values[0])
    ranked = ranked_by_state(asked, replace(asking, facts=facts), [offered[id][0] for id in sorted(step.opened)])
    best = [one for state in reversed(State) for one in ranked[state]]
    limits = [one.candidate.offer.amount_max for one in best]
    return Advice(
        kind=AdviceKind.STATE if change is None else AdviceKind.CHANGE if change.improvable else AdviceKind.WAIT,
        attribute=attribute.key,
        label=attribute.label.in_language(asked.voice.language),
        products=tuple(offered[one.id][1] for one in best),
        cost=min((one.candidate.cost.low for one in best if one.candidate.cost is not None), default=None),
        amount_max=Decimal(0) if 0 in limits else max(limits),
        in_hands=step.in_hands,
        values=step.values,
        missing=to_state(attribute, asked.voice, asked.bench.note) if change is None else None,
        gap=None if change is None else gaps((change,), asked.voice)[0],
        steps=step.steps,
        stated_by=stated_by(attribute.key, asking.facts) if change is None else (),
    )
