"""The overview's figures and tables in words, for pages and downloads alike. Nothing is counted here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from backend.matching.market import Summary
from backend.overview.results import Overview, Segment, UncoveredNeed, share
from backend.site.charts import Chart, Row, Series, Value
from backend.site.facets import address
from backend.site.templatetags import values

BINDINGS_DRAWN = 10
NOT_STATED = "–"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that opens its definition and, where there is a page of them, what it counts. `under`: those that
    belong to it. `term`: the word of the field that it counts by."""

    key: str
    label: str
    text: str
    definition: str
    url: str = ""
    under: tuple[Figure, ...] = ()
    term: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the whole, in per cent of it: where it begins and how wide it is."""

    tone: str
    label: str
    text: str
    start: Decimal
    width: Decimal


@dataclass(frozen=True, slots=True)
class Whole:
    label: str
    text: str
    parts: tuple[Part, ...]


def figures(found: Overview, asked: QueryDict) -> tuple[Figure, ...]:
    def figure(
        key: str, label: str, text: str, url: str = "", under: tuple[Figure, ...] = (), term: str = ""
    ) -> Figure:
        return Figure(key, label, text, found.definitions[key], url, under, term)

    def of_first_time(state: str) -> str:
        return "" if "first_time" in found.selection else address(asked, first_time=state)

    registered = (
        ()
        if found.registered is None
        else (figure("registered", _("On the platform"), values.count(found.registered)),)
    )
    unknown = figure(
        "first_time_unknown", _("Not known"), values.count(found.asked.first_time_unknown), of_first_time("unknown")
    )
    institutions = figure("institutions", _("Institutions"), values.count(found.institutions))
    return (
        figure("needs", _("Open needs"), values.count(found.asked.needs)),
        figure("demand", _("Amount asked"), values.money_about(found.asked.demand, found.currency)),
        figure("companies", _("Companies with needs"), values.count(found.asked.companies), under=registered),
        figure(
            "first_time",
            _("First-time borrowers"),
            values.count(found.asked.first_time),
            of_first_time("yes"),
            under=(unknown,),
            term="never_borrowed",
        ),
        figure(
            "products", _("Published products"), values.count(found.products), reverse("shelf"), under=(institutions,)
        ),
    )


def coverage_bars(found: Overview) -> tuple[Whole, Whole]:
    """All needs, by number and by the amount asked, in their three parts."""
    parts = (
        ("covered", _("Covered"), found.covered),
        ("pending", _("Pending"), found.pending),
        ("uncovered", _("Uncovered"), found.uncovered),
    )

    def whole(label: str, text: str, total: int | Decimal, sizes: list[tuple[str, str, int | Decimal]]) -> Whole:
        drawn, before = [], Decimal(0)
        for tone, name, size in sizes:
            width = (Decimal(100) * size / total).quantize(Decimal("0.01")) if total else Decimal(0)
            drawn.append(Part(tone, name, values.share(share(size, total)), before, width))
            before += width
        return Whole(label, text, tuple(drawn))

    return (
        whole(
            _("By number"),
            values.count(found.asked.needs),
            found.asked.needs,
            [(tone, name, summary.needs) for tone, name, summary in parts],
        ),
        whole(
            _("By amount asked"),
            values.money_about(found.asked.demand, found.currency),
            found.asked.demand,
            [(tone, name, summary.demand) for tone, name, summary in parts],
        ),
    )


def tables(found: Overview, asked: QueryDict) -> Mapping[str, Chart]:
    """By name, in the order of the page. `asked`: the filters that the links carry on."""
    return {
        "coverage": _coverage(found, asked),
        "bindings": _bindings(found, asked),
        "districts": _segments(found, asked, _("By district"), _("District"), "region", found.by_region),
        "industries": _segments(
            found, asked, _("By industry section"), _("Industry section"), "industry", found.by_industry
        ),
        "amounts": _segments(found, asked, _("By amount of the need"), _("Amount asked"), "amount", found.by_amount),
        "kinds": _kinds(found, asked),
    }


def uncovered_table(needs: Iterable[UncoveredNeed], currency: str) -> Chart:
    names = (_("Company"), _("District"), _("Industry section"))
    return Chart(
        title=_("Uncovered needs"),
        head=_("Financing need"),
        series=[
            *(Series(name, drawn=False) for name in names),
            Series(_("Amount asked"), drawn=False, unit=values.currency_name(currency)),
            Series(_("Opened on"), drawn=False),
            Series(_("First-time borrower"), drawn=False),
            Series(_("What stands in the way"), drawn=False),
        ],
        rows=[
            Row(
                need.title,
                (
                    _word(need.company),
                    _word(need.region or NOT_STATED),
                    _word(need.industry or NOT_STATED),
                    _money(need.amount, currency),
                    _word(need.opened_on.isoformat() if need.opened_on else NOT_STATED),
                    _word(values.yes_no(need.first_time)),
                    _word(_("; ").join(one.text for one in need.obstacles) or several_text()),
                ),
            )
            for need in needs
        ],
    )


def uncovered_address(asked: QueryDict, binding: str = "") -> str:
    """The list of the uncovered needs under the filters."""
    return (reverse("bureau-uncovered") + address(asked, binding=binding)).removesuffix("?")


def download_address(table: str, asked: QueryDict) -> str:
    return (reverse("bureau-table", args=[table]) + address(asked)).removesuffix("?")


def several_text() -> str:
    return _("At least two items must change")


def _coverage(found: Overview, asked: QueryDict) -> Chart:
    parts = (
        (_("Covered"), found.covered, ""),
        (_("Pending"), found.pending, ""),
        (_("Uncovered"), found.uncovered, uncovered_address(asked)),
    )
    return Chart(
        title=_("Coverage"),
        head=_("State"),
        series=[
            Series(_("Needs")),
            Series(_("Share by number"), unit="%"),
            Series(_("Amount asked"), unit=values.currency_name(found.currency)),
            Series(_("Share by amount"), unit="%"),
            *_of_companies(),
        ],
        rows=[
            Row(
                label,
                (
                    _count(summary.needs),
                    _share(share(summary.needs, found.asked.needs)),
                    _money(summary.demand, found.currency),
                    _share(share(summary.demand, found.asked.demand)),
                    *_companies(summary),
                ),
                url,
            )
            for label, summary, url in parts
        ],
        download=download_address("coverage", asked),
    )


def _bindings(found: Overview, asked: QueryDict) -> Chart:
    return Chart(
        title=_("What stands in the way of uncovered needs"),
        head=_("Item"),
        series=[
            Series(_("Needs"), drawn=False),
            Series(_("Would then meet a product"), tone="covered"),
            Series(_("Might then meet one"), tone="pending"),
            Series(_("Amount asked"), drawn=False, unit=values.currency_name(found.currency)),
            Series(_("In the company's hands"), drawn=False),
        ],
        rows=[
            Row(
                one.label,
                (
                    _count(one.opened),
                    _count(one.eligible),
                    _count(one.opened - one.eligible),
                    _money(one.demand, found.currency),
                    _word(values.yes_no(one.improvable)),
                ),
                uncovered_address(asked, one.key),
                drawn=place < BINDINGS_DRAWN,
            )
            for place, one in enumerate(found.bindings)
        ],
        stacked=True,
        note=found.definitions["binding_eligible"],
        download=download_address("bindings", asked),
    )


def _segments(
    found: Overview, asked: QueryDict, title: str, head: str, name: str, segments: tuple[Segment, ...]
) -> Chart:
    table = {"region": "districts", "industry": "industries", "amount": "amounts"}[name]
    return Chart(
        title=title,
        head=head,
        series=[
            Series(_("Needs"), drawn=False),
            Series(_("Covered"), tone="covered"),
            Series(_("Pending"), tone="pending"),
            Series(_("Uncovered"), tone="uncovered"),
            Series(_("Covered share"), drawn=False, unit="%"),
            Series(_("Amount asked"), drawn=False, unit=values.currency_name(found.currency)),
            *_of_companies(),
        ],
        rows=[
            Row(
                one.label or _("Not stated"),
                (
                    _count(one.asked.needs),
                    _count(one.covered),
                    _count(one.pending),
                    _count(one.uncovered),
                    _share(one.covered_share),
                    _money(one.asked.demand, found.currency),
                    *_companies(one.asked),
                ),
                address(asked, **{name: one.code}) if one.code and found.selection.get(name) != (one.code,) else "",
            )
            for one in segments
        ],
        stacked=True,
        note=found.definitions["needs"],
        download=download_address(table, asked),
    )


def _kinds(found: Overview, asked: QueryDict) -> Chart:
    return Chart(
        title=_("By kind of product"),
        head=_("Product kind"),
        series=[
            Series(_("Needs covered"), tone="covered"),
            Series(_("Share by number"), drawn=False, unit="%"),
            Series(_("Amount asked"), drawn=False, unit=values.currency_name(found.currency)),
            *_of_companies(),
            Series(_("Products"), drawn=False),
        ],
        rows=[
            Row(
                one.label,
                (
                    _count(one.eligible.needs),
                    _share(share(one.eligible.needs, found.asked.needs)),
                    _money(one.eligible.demand, found.currency),
                    *_companies(one.eligible),
                    _count(one.products),
                ),
                f"{reverse('shelf')}?kind={one.code}",
            )
            for one in found.by_kind
        ],
        note=found.definitions["by_kind"],
        download=download_address("kinds", asked),
    )


def _of_companies() -> tuple[Series, ...]:
    return (
        Series(_("Companies"), drawn=False),
        Series(_("First-time borrowers"), drawn=False),
        Series(_("Not known"), drawn=False),
    )


def _companies(summary: Summary) -> tuple[Value, ...]:
    return _count(summary.companies), _count(summary.first_time), _count(summary.first_time_unknown)


def _count(number: int) -> Value:
    return Value(number, values.count(number))


def _share(percent: Decimal | None) -> Value:
    return Value(percent, values.share(percent))


def _money(amount: Decimal, currency: str) -> Value:
    return Value(amount, values.money_about(amount, currency))


def _word(text: str) -> Value:
    return Value(None, text)
