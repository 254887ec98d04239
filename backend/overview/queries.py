"""The bureau's overview of the market: what is asked for, what of it the products cover, and what stands in the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import numpy as np
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backend.accounts.audience import Viewer, organisation_of
from backend.accounts.models import Organisation
from backend.accounts.roles import Action, demand
from backend.common.errors import InvalidInput, NotAllowed
from backend.common.money import from_fen
from backend.companies.models import Company
from backend.eligibility.attributes import ATTRIBUTES, Kind
from backend.eligibility.columns import MET, UNKNOWN, UNMET, Coded, Mask, Rows, States
from backend.eligibility.phrases import finding
from backend.matching.coverage import Coverage, coverage
from backend.matching.filters import Selection
from backend.matching.market import HAS, NEVER, Market, exact_sum, open_market
from backend.needs.cycle import SHOWN
from backend.needs.queries import needs_visible_to
from backend.overview.definitions import definitions
from backend.overview.filters import AMOUNTS, chosen, facets, selection_of, within
from backend.overview.results import (
    Binding,
    KindSegment,
    Obstacle,
    Overview,
    Segment,
    UncoveredNeed,
    UncoveredPage,
)
from backend.packs.queries import current_pack, held, vocabulary
from backend.products.queries import products_on_the_shelf

LARGEST_PAGE = 100
_AT_A_TIME = 500
SEVERAL = "several"
"""In place of an attribute's key: needs that no single change helps."""

Params = Mapping[str, Sequence[str]]


@held()
def overview(viewer: Viewer, *, today: date, language: str = "zh-hans", params: Params | None = None) -> Overview:
    """The overview of the needs that the filters leave; products and institutions are counted without filters.

    `params`: see `filters.OVERVIEW_FILTERS`. Raises NotAllowed, InvalidInput (`unknown_choice`), PackMissing.
    """
    _may_see(viewer)
    market = open_market(today)
    selection = selection_of(_asked(viewer, params), market.vocabulary)
    found = coverage(market)
    rows, states = chosen(market, selection), found.state()
    bindings, several = _bindings(found, rows, language)
    published = products_on_the_shelf()
    return Overview(
        today=today,
        currency=current_pack().currency,
        selection=selection,
        filters=facets(market, selection, language, np.ones(market.size, np.bool_)),
        asked=market.summary(rows),
        registered=None if selection else Company.objects.count(),
        products=published.count(),
        institutions=published.order_by().values("institution").distinct().count(),
        covered=market.summary(rows & (states == MET)),
        pending=market.summary(rows & (states == UNKNOWN)),
        uncovered=market.summary(rows & (states == UNMET)),
        bindings=bindings,
        several=market.summary(several),
        by_region=tuple(_by_code(market, rows, states, market.region, "regions", language)),
        by_industry=tuple(_by_code(market, rows, states, market.section, "industries", language)),
        by_amount=tuple(_by_amount(market, rows, states, language)),
        by_kind=tuple(_by_kind(found, rows, language)),
        definitions=definitions(language),
    )


@held()
def uncovered_needs(
    viewer: Viewer,
    *,
    today: date,
    language: str = "zh-hans",
    params: Params | None = None,
    binding: str = "",
    page: int = 1,
    size: int = 20,
) -> UncoveredPage:
    """The uncovered needs under the filters, the largest amount first, with what stands in the way of each.

    `binding`: only those that a change of this attribute alone opens, or SEVERAL. A page beyond the last is empty.
    Raises NotAllowed, InvalidInput (`unknown_choice`, `bad_page`, `bad_size`), PackMissing.
    """
    if page < 1:
        raise InvalidInput(_("Pages are counted from 1."), code="bad_page", field="page")
    if not 1 <= size <= LARGEST_PAGE:
        raise InvalidInput(_("A page holds 1 to 100 needs."), code="bad_size", field="size")
    found, selection, places = _uncovered(viewer, today, params, binding)
    bound = np.zeros(found.market.size, np.bool_)
    bound[found.uncovered[_bound_by(found, binding)]] = True
    bindings, several = _bindings(found, chosen(found.market, selection), language)
    return UncoveredPage(
        results=tuple(_needs(viewer, found, places[(page - 1) * size : page * size], language)),
        total=len(places),
        page=page,
        pages=max(1, -(-len(places) // size)),
        currency=current_pack().currency,
        selection=selection,
        filters=facets(found.market, selection, language, bound),
        bindings=bindings,
        several=int(np.count_nonzero(several)),
    )


@held()
def uncovered_needs_all(
    viewer: Viewer, *, today: date, language: str = "zh-hans", params: Params | None = None, binding: str = ""
) -> tuple[UncoveredNeed, ...]:
    """What `uncovered_needs` would list, all pages at once. Raises as it does."""
    found, _selection, places = _uncovered(viewer, today, params, binding)
    parts = range(0, len(places), _AT_A_TIME)
    return tuple(
        need for start in parts for need in _needs(viewer, found, places[start : start + _AT_A_TIME], language)
    )


def _uncovered(viewer: Viewer, today: date, params: Params | None, binding: str) -> tuple[Coverage, Selection, Rows]:
    """The places, among the uncovered needs, of those under the filters: the largest amount first."""
    _may_see(viewer)
    market = open_market(today)
    selection = selection_of(_asked(viewer, params), market.vocabulary)
    found = coverage(market)
    places = np.flatnonzero(chosen(market, selection)[found.uncovered] & _bound_by(found, binding))
    rows = found.uncovered[places]
    return found, selection, places[np.lexsort((market.need[rows], -market.amount[rows]))]


def _may_see(viewer: Viewer) -> None:
    organisation = organisation_of(viewer)
    if organisation is None or organisation.kind not in (Organisation.Kind.BUREAU, Organisation.Kind.PLATFORM):
        raise NotAllowed(_("The overview is for the finance bureau and the platform."))
    demand(viewer, Action.MARKET_READ)


def _asked(viewer: Viewer, params: Params | None) -> Params:
    """What the viewer asks for; a district's bureau asks for its district or a part of it."""
    organisation = organisation_of(viewer)
    if organisation is None or not organisation.region:
        return params or {}
    within = vocabulary().descendants("regions", organisation.region)
    chosen_there = [code for code in (params or {}).get("region", ()) if code in within]
    return {**(params or {}), "region": chosen_there or [organisation.region]}


def _bindings(found: Coverage, rows: Mask, language: str) -> tuple[tuple[Binding, ...], Mask]:
    """What stands in the way of the uncovered needs among `rows`, and those of them that no single change helps."""
    market, uncovered = found.market, found.uncovered
    here = rows[uncovered]
    bindings = []
    for key, lever in found.levers.items():
        opened = here & (lever.opened > 0)
        if opened.any():
            bindings.append(
                Binding(
                    key=key,
                    label=ATTRIBUTES[key].label.in_language(language),
                    improvable=ATTRIBUTES[key].improvable,
                    eligible=int(np.count_nonzero(here & (lever.eligible > 0))),
                    opened=int(np.count_nonzero(opened)),
                    demand=from_fen(exact_sum(market.amount[uncovered[opened]])),
                )
            )
    bindings.sort(key=lambda one: (-one.eligible, -one.opened))
    several = np.zeros(market.size, np.bool_)
    several[uncovered[here & _bound_by(found, SEVERAL)]] = True
    return tuple(bindings), several


def _bound_by(found: Coverage, binding: str) -> Mask:
    """Of the uncovered needs, those that a change of this attribute alone opens. Raises InvalidInput."""
    if not binding:
        return np.ones(len(found.uncovered), np.bool_)
    if binding == SEVERAL:
        alone = np.ones(len(found.uncovered), np.bool_)
        for lever in found.levers.values():
            alone &= lever.opened == 0
        return alone
    if binding not in ATTRIBUTES:
        raise InvalidInput(
            _("There is no choice “%(value)s” here.") % {"value": binding}, code="unknown_choice", field="binding"
        )
    lever_of = found.levers.get(binding)
    return np.zeros(len(found.uncovered), np.bool_) if lever_of is None else lever_of.opened > 0


def _segment(market: Market, rows: Mask, states: States, code: str, label: str) -> Segment:
    here = states[rows]
    counts = [int(np.count_nonzero(here == state)) for state in (MET, UNKNOWN, UNMET)]
    return Segment(code, label, market.summary(rows), *counts)


def _by_code(
    market: Market, rows: Mask, states: States, column: Coded, scheme: str, language: str
) -> Iterator[Segment]:
    words = market.vocabulary
    order = words.positions(scheme)
    for code in sorted(map(str, column.values), key=lambda code: (order.get(code, len(order)), code)):
        some = rows & (column.ids == column.places[code])
        if some.any():
            yield _segment(market, some, states, code, words.label(scheme, code).in_language(language))
    rest = rows & (column.ids == 0)
    if rest.any():
        yield _segment(market, rest, states, "", "")


def _by_amount(market: Market, rows: Mask, states: States, language: str) -> Iterator[Segment]:
    for band in AMOUNTS:
        some = rows & within(market, band)
        if some.any():
            yield _segment(market, some, states, band.key, band.label.in_language(language))


def _by_kind(found: Coverage, rows: Mask, language: str) -> Iterator[KindSegment]:
    words = found.market.vocabulary
    order = words.positions("product_kinds")
    kinds = [product.kind for product in found.products]
    for kind in sorted(found.by_kind, key=lambda kind: (order.get(kind, len(order)), kind)):
        label = words.label("product_kinds", kind).in_language(language)
        yield KindSegment(kind, label, kinds.count(kind), found.market.summary(rows & found.by_kind[kind]))


def _needs(viewer: Viewer, found: Coverage, places: Rows, language: str) -> Iterator[UncoveredNeed]:
    """Those at `places` of the uncovered, as the viewer may see them now; one that was closed meanwhile is left out."""
    market, words = found.market, found.market.vocabulary
    ids = market.need[found.uncovered[places]].tolist()
    needs = needs_visible_to(viewer).filter(pk__in=ids, status__in=SHOWN).in_bulk()
    for place, id in zip(places.tolist(), ids, strict=True):
        need = needs.get(id)
        if need is None:
            continue
        row = int(found.uncovered[place])
        facts = market.columns.facts(row)
        region, section = facts.get("region"), market.section.value(ATTRIBUTES["industry"], row)
        yield UncoveredNeed(
            need_id=id,
            title=need.title,
            company_id=need.company_id,
            company=need.company.name,
            amount=from_fen(int(market.amount[row])),
            opened_on=timezone.localtime(need.opened_at).date() if need.opened_at else None,
            region="" if region is None else words.label("regions", str(region)).in_language(language),
            industry="" if section is None else words.label("industries", str(section)).in_language(language),
            first_time={NEVER: True, HAS: False}.get(int(market.first_time[row])),
            obstacles=tuple(_obstacles(found, place, row, language)),
        )


def _obstacles(found: Coverage, place: int, row: int, language: str) -> list[Obstacle]:
    facts, words = found.market.columns.facts(row), found.market.vocabulary
    obstacles = []
    for key, lever in found.levers.items():
        if lever.opened[place]:
            attribute = ATTRIBUTES[key]
            label = attribute.label.in_language(language)
            text = finding(attribute, facts.get(key), language, words)
            if not language.startswith("zh"):
                text = f"{label}: {text}"
            elif attribute.kind is not Kind.FLAG:  # 目前不是高新技术企业 names the attribute
                text = f"{label}：{text}"
            obstacles.append(Obstacle(key, label, text, int(lever.eligible[place]), int(lever.opened[place])))
    return sorted(obstacles, key=lambda one: (-one.eligible, -one.opened))
