"""The filters of leads and products, each declared once: its parameter, its query, its facet and its labels.

Services, API, OpenAPI and forms all read these declarations. Several values of one filter mean any of them; several
filters mean all of them. A facet's counts leave out its own filter and no other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from backend.eligibility.attributes import ATTRIBUTES, Label
from backend.eligibility.nearest import nearest
from backend.eligibility.query import EMPTY_SET
from backend.eligibility.vocabulary import Vocabulary
from backend.matching.coarse import days
from search import query
from search.query import Bucket, Facet, Query, Range, Terms

Selection = Mapping[str, tuple[str, ...]]
"""Filter name → the chosen values, distinct and in the given order. A filter without a choice is absent."""

MOST_VALUES = 50
MOST_NAMED = 20
"""A refusal names all values up to so many."""


class FilterError(ValueError):
    """A value that a filter does not have. `name` is the filter's, `value` what was given. `known` are the values that
    it has where they are few, else `suggestion` is the one most like `value`, if any is."""

    def __init__(self, name: str, value: str, known: Sequence[str] = (), suggestion: str | None = None) -> None:
        super().__init__(f"{name}: there is no choice {value!r}")
        self.name = name
        self.value = value
        self.known = tuple(known)
        self.suggestion = suggestion


@dataclass(frozen=True, slots=True)
class Choice:
    """A value with a name of its own: `code` of a KEYWORD field, or the interval [low, high) of an INTEGER field.
    Of an age, low and high are days before today."""

    key: str
    label: Label
    code: str = ""
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True)
class FacetValue:
    key: str
    label: str
    count: int
    selected: bool


@dataclass(frozen=True, slots=True)
class FacetResult:
    """One facet, ready to show: values in the order of choices or of the vocabulary, else the most common first."""

    name: str
    label: str
    values: tuple[FacetValue, ...]


@dataclass(frozen=True, slots=True)
class FilterDefinition:
    """`field` is counted; `asked` (else `field`) is what a chosen value is looked up in. Values are those of `choices`
    or, without them, codes of the vocabulary `scheme`; a filter with neither takes any code."""

    name: str
    label: Label
    field: str
    scheme: str | None = None
    asked: str | None = None
    choices: tuple[Choice, ...] = ()
    is_age: bool = False

    @property
    def in_intervals(self) -> bool:
        return bool(self.choices) and not self.choices[0].code

    def values(self, vocabulary: Vocabulary) -> tuple[str, ...] | None:
        """What may be asked for; None where that is open."""
        if self.choices:
            return tuple(choice.key for choice in self.choices)
        if self.scheme and vocabulary.knows(self.scheme):
            return tuple(vocabulary.terms(self.scheme))
        return None

    def parse(self, raw: Sequence[str], vocabulary: Vocabulary) -> tuple[str, ...]:
        """The values of a repeated or comma-separated parameter. Raises FilterError."""
        kept, refused = self.sorted_out(raw, vocabulary)
        if refused:
            raise self._unknown(refused[0], self.values(vocabulary) or (), vocabulary)
        return kept

    def sorted_out(self, raw: Sequence[str], vocabulary: Vocabulary) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The values of a repeated or comma-separated parameter that can be asked for, and those that cannot."""
        given = tuple(dict.fromkeys(part.strip() for text in raw for part in text.split(",") if part.strip()))
        permitted = self.values(vocabulary)
        known = None if permitted is None else frozenset(permitted)
        refused = tuple(
            value
            for number, value in enumerate(given)
            if number >= MOST_VALUES or len(value) > 64 or (known is not None and value not in known)
        )
        return tuple(value for value in given if value not in refused), refused

    def _unknown(self, value: str, permitted: Sequence[str], vocabulary: Vocabulary) -> FilterError:
        if len(permitted) <= MOST_NAMED:
            return FilterError(self.name, value, permitted)
        labels = {code: term.label for code, term in vocabulary.terms(self.scheme or "").items()}
        return FilterError(self.name, value, suggestion=nearest(value, labels))

    def query(self, values: Sequence[str], today: date) -> Query | None:
        """Documents with any of `values`; None where nothing was chosen."""
        if not values:
            return None
        if not self.choices:
            return Terms(self.asked or self.field, tuple(values))
        chosen = [choice for choice in self.choices if choice.key in values]
        if not self.in_intervals:
            return Terms(self.asked or self.field, tuple(choice.code for choice in chosen))
        intervals = [self._interval(choice, today) for choice in chosen]
        ranges = tuple(Range(self.field, low, None if high is None else high - 1) for low, high in intervals)
        return ranges[0] if len(ranges) == 1 else query.Any(ranges)

    def facet(self, values: Sequence[str], today: date) -> Facet:
        selected = self.query(values, today)
        if not self.in_intervals:
            return Facet(self.name, self.field, selected=selected)
        buckets = tuple(Bucket(choice.key, *self._interval(choice, today)) for choice in self.choices)
        return Facet(self.name, self.field, buckets, selected=selected)

    def _interval(self, choice: Choice, today: date) -> tuple[int | None, int | None]:
        if not self.is_age:
            return choice.low, choice.high
        latest = days(today)
        return (
            None if choice.high is None else latest - choice.high + 1,
            None if choice.low is None else latest - choice.low + 1,
        )

    def result(
        self, counts: Mapping[str, int], values: Sequence[str], language: str, vocabulary: Vocabulary
    ) -> FacetResult:
        """The facet to show. Chosen values stay visible when their count is 0; others without a document do not."""
        found: list[FacetValue] = []
        if self.choices:
            for choice in self.choices:
                count = counts.get(choice.key if self.in_intervals else choice.code, 0)
                found.append(FacetValue(choice.key, choice.label.in_language(language), count, choice.key in values))
        else:
            order = {code: place for place, code in enumerate(vocabulary.terms(self.scheme or ""))}

            def place(code: str) -> tuple[int, int, str]:
                return order.get(code, len(order)), -counts.get(code, 0), code

            for code in sorted({*counts, *values} - {EMPTY_SET}, key=place):
                label = vocabulary.label(self.scheme or "", code).in_language(language)
                found.append(FacetValue(code, label, counts.get(code, 0), code in values))
        shown = tuple(value for value in found if value.count or value.selected)
        return FacetResult(self.name, self.label.in_language(language), shown)


def parse(
    definitions: Sequence[FilterDefinition], params: Mapping[str, Sequence[str]], vocabulary: Vocabulary
) -> Selection:
    """The choices among `params`; other parameters are left alone. Raises FilterError."""
    chosen = {}
    for definition in definitions:
        values = definition.parse(params.get(definition.name, ()), vocabulary)
        if values:
            chosen[definition.name] = values
    return chosen


def facets(definitions: Sequence[FilterDefinition], selection: Selection, today: date) -> tuple[Facet, ...]:
    """The facets of a request. They carry the filters as well."""
    return tuple(definition.facet(selection.get(definition.name, ()), today) for definition in definitions)


def results(
    definitions: Sequence[FilterDefinition],
    found: Mapping[str, Mapping[str, int]],
    selection: Selection,
    language: str,
    vocabulary: Vocabulary,
) -> tuple[FacetResult, ...]:
    return tuple(
        definition.result(found.get(definition.name, {}), selection.get(definition.name, ()), language, vocabulary)
        for definition in definitions
    )


def _wan(amount: int) -> int:
    """10,000 units of money in the ticks of an amount."""
    return ATTRIBUTES["amount"].ticks(Decimal(amount * 10_000))


_YES, _NO = Label("是", "Yes"), Label("否", "No")

LEAD_FILTERS: tuple[FilterDefinition, ...] = (
    FilterDefinition("region", Label("区县", "District"), "region", "regions", asked="region_path"),
    FilterDefinition(
        "industry", Label("行业门类", "Industry section"), "industry_section", "industries", asked="industry_path"
    ),
    FilterDefinition(
        "amount",
        Label("金额", "Amount"),
        "amount",
        choices=(
            Choice("under_50", Label("50万以下", "Under 500 thousand"), high=_wan(50)),
            Choice("50_to_200", Label("50万–200万", "500 thousand to 2 million"), low=_wan(50), high=_wan(200)),
            Choice("200_to_500", Label("200万–500万", "2 to 5 million"), low=_wan(200), high=_wan(500)),
            Choice("500_to_1000", Label("500万–1000万", "5 to 10 million"), low=_wan(500), high=_wan(1000)),
            Choice("from_1000", Label("1000万及以上", "10 million and more"), low=_wan(1000)),
        ),
    ),
    FilterDefinition("stage", Label("发展阶段", "Stage"), "stage", "stages"),
    FilterDefinition(
        "first_time",
        Label("首贷", "First-time borrower"),
        "has_ever_borrowed",
        choices=(
            Choice("yes", Label("从未贷款", "Has never borrowed"), code="false"),
            Choice("no", Label("有过贷款", "Has borrowed"), code="true"),
        ),
    ),
    FilterDefinition("theme", Label("领域", "Theme"), "themes", "themes"),
    FilterDefinition(
        "freshness",
        Label("提交时间", "Opened"),
        "opened_on",
        is_age=True,
        choices=(
            Choice("week", Label("7天内", "Within 7 days"), high=8),
            Choice("month", Label("8–30天", "8 to 30 days ago"), low=8, high=31),
            Choice("quarter", Label("31–90天", "31 to 90 days ago"), low=31, high=91),
            Choice("older", Label("90天以前", "More than 90 days ago"), low=91),
        ),
    ),
)

PRODUCT_FILTERS: tuple[FilterDefinition, ...] = (
    FilterDefinition("kind", Label("产品类别", "Kind"), "kind_path", "product_kinds"),
    FilterDefinition(
        "institution_kind", Label("机构类型", "Kind of institution"), "institution_kind", "institution_kinds"
    ),
    FilterDefinition("institution", Label("机构", "Institution"), "institution"),
    FilterDefinition("purpose", Label("资金用途", "Purpose"), "serves_purposes", "purposes"),
    FilterDefinition("theme", Label("领域", "Theme"), "serves_themes", "themes"),
    FilterDefinition("collateral", Label("抵质押物", "Collateral"), "takes_collateral", "collateral"),
    FilterDefinition(
        "unsecured",
        Label("无需抵质押", "No collateral asked"),
        "takes_collateral",
        choices=(Choice("yes", _YES, code=EMPTY_SET),),
    ),
    FilterDefinition(
        "first_loan",
        Label("面向首贷", "Meant for first-time borrowers"),
        "first_loan_friendly",
        choices=(
            Choice("yes", _YES, code="true"),
            Choice("no", _NO, code="false"),
        ),
    ),
)
