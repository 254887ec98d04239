"""The open needs of the whole market as columns, kept in the process and renewed when the database has changed.

Whoever may ask for what lies with the callers: sums over all open needs are public, but the number of a row leads to a
need and its company, and is for the bureau and the platform alone.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import structlog
from django.db import connection
from django.db.models import Count, Max, QuerySet, Sum

from backend.common.money import from_fen
from backend.common.size_class import SizeTable
from backend.companies.facts import facts_of
from backend.companies.models import Company
from backend.eligibility.attributes import Facts
from backend.eligibility.columns import Coded, Columns, Mask, Numbers, Rows
from backend.eligibility.facts import CYCLE_DAYS, CYCLE_TENTHS, FactError
from backend.eligibility.vocabulary import Vocabulary
from backend.needs.cycle import SHOWN
from backend.needs.models import Need
from backend.packs.queries import held, size_table, vocabulary

Integers = npt.NDArray[np.int64]
NEVER, HAS, NOT_KNOWN = 1, 0, -1
"""First-time borrower: the company has never borrowed · it has · nobody knows."""

_ABSENT = -2

_VERSION = ("pk", "version", "updated_at", "company__version", "company__updated_at")
_COMPANY, _FOUNDED, _KEYS = 5, 6, 7
_AT_A_TIME = 500
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Summary:
    """Needs, the amount that they ask for in the pack's currency, the companies behind them, and those of these that
    have never borrowed or of which that is not known. The others have."""

    needs: int
    demand: Decimal
    companies: int
    first_time: int
    first_time_unknown: int


@dataclass(frozen=True, slots=True)
class Market:
    """The open needs on one day, ordered by id. Never changed: a newer market is another object.

    `keys` has a row for each: the need's id, version and time, its company's version and time, the company's id and the
    ordinal day of its founding, 0 where unknown. `amount` is in fen, `first_time` NEVER, HAS or NOT_KNOWN, `section`
    the root of the need's industry. `company_place` counts the companies from 0.
    """

    day: date
    vocabulary: Vocabulary
    sizes: SizeTable | None
    columns: Columns
    keys: Integers
    amount: Integers
    first_time: npt.NDArray[np.int8]
    section: Coded
    company_place: npt.NDArray[np.intp]

    @property
    def size(self) -> int:
        return self.columns.size

    @property
    def need(self) -> Integers:
        """The id of each row's need, ascending."""
        return self.keys[:, 0]

    @property
    def company(self) -> Integers:
        return self.keys[:, _COMPANY]

    @property
    def companies(self) -> int:
        """How many companies the needs are of."""
        return int(self.company_place.max()) + 1 if self.size else 0

    @property
    def region(self) -> Coded:
        return self.columns.coded("region")

    @property
    def industry(self) -> Coded:
        return self.columns.coded("industry")

    def summary(self, chosen: Mask) -> Summary:
        """Of the rows chosen. A company counts once, however many needs it has."""
        state = np.full(self.companies, _ABSENT, dtype=np.int8)
        state[self.company_place[chosen]] = self.first_time[chosen]
        return Summary(
            needs=int(np.count_nonzero(chosen)),
            demand=from_fen(exact_sum(self.amount[chosen])),
            companies=int(np.count_nonzero(state != _ABSENT)),
            first_time=int(np.count_nonzero(state == NEVER)),
            first_time_unknown=int(np.count_nonzero(state == NOT_KNOWN)),
        )


def exact_sum(numbers: Integers) -> int:
    """Of numbers not below zero, also where the sum needs more than 64 bits."""
    return (int((numbers >> 32).sum()) << 32) + int((numbers & 0xFFFFFFFF).sum())


_lock = threading.Lock()
_KEPT = 2
"""Days whose market is kept: what was begun yesterday goes on with yesterday's."""
_known: tuple[tuple[tuple[object, ...], Market], ...] = ()


@held()
def open_market(today: date) -> Market:
    """The market of that day, as the database has it now.

    Two small queries ask whether anything changed: each write of a need or a company raises a version, adds or removes
    a row, so that the sums differ; the times tell apart what a restored or rolled back database would repeat. They are
    asked before the rows are read, so that a write in between is found the next time. A need whose stored facts are
    broken is left out, and logged.
    """
    global _known
    words, sizes = vocabulary(), size_table(today)
    stamp = _stamp()
    market = _find(stamp, today, words, sizes)
    if market is None:
        with _lock:
            market = _find(stamp, today, words, sizes)
            if market is None:
                market = _renewed(_base(words, sizes), today, words, sizes)
                others = [one for one in _known if one[1].day != today and one[0][0] == stamp[0]]
                _known = ((stamp, market), *others[: _KEPT - 1])
    return market


def forget() -> None:
    """Read everything anew at the next question: after rows were changed without their versions, and between tests."""
    global _known
    with _lock:
        _known = ()


def _stamp() -> tuple[object, ...]:
    """Of all needs and companies, since a need that is closed leaves the open ones without a trace. The database's name
    is part of it: tests have several in one process."""
    sums = {"rows": Count("pk"), "versions": Sum("version"), "last": Max("pk"), "latest": Max("updated_at")}
    tables = (Need.objects.order_by().aggregate(**sums), Company.objects.order_by().aggregate(**sums))
    return (connection.settings_dict["NAME"], *(tuple(found.values()) for found in tables))


def _find(stamp: tuple[object, ...], day: date, words: Vocabulary, sizes: SizeTable | None) -> Market | None:
    for known, market in _known:
        if known == stamp and market.day == day and market.vocabulary is words and market.sizes is sizes:
            return market
    return None


def _base(words: Vocabulary, sizes: SizeTable | None) -> Market | None:
    """A market whose unchanged rows can be used again: one of the same pack, since size classes follow from it."""
    return next((one for _stamp, one in _known if one.vocabulary is words and one.sizes is sizes), None)


def _renewed(base: Market | None, day: date, words: Vocabulary, sizes: SizeTable | None) -> Market:
    needs = Need.objects.filter(status__in=SHOWN)
    found = [_version(*row) for row in needs.order_by("pk").values_list(*_VERSION)]
    now = np.array(found, np.int64).reshape(-1, len(_VERSION))
    kept = np.zeros(0, np.intp) if base is None else _unchanged(base.keys, now)
    fresh = np.ones(len(now), np.bool_)
    keys: list[tuple[int, ...]] = []
    if base is not None:
        fresh[np.searchsorted(now[:, 0], base.need[kept])] = False
    columns = Columns.of(_read(_rows(needs, now[fresh, 0].tolist(), len(now)), day, words, sizes, keys))
    both = np.array(keys, np.int64).reshape(-1, _KEYS)
    if base is not None:
        columns, both = base.columns.take(kept).joined(columns), np.concatenate((base.keys[kept], both))
    order = np.argsort(both[:, 0])
    return _market(day, words, sizes, columns.take(order), both[order])


def _version(need: int, version: int, changed: datetime, of_company: int, then: datetime) -> tuple[int, ...]:
    """Which state of a need and its company a row shows; times in microseconds."""
    return need, version, (changed - _EPOCH) // _MICROSECOND, of_company, (then - _EPOCH) // _MICROSECOND


def _unchanged(before: Integers, now: Integers) -> Rows:
    """The places in `before` of the needs that `now` has in the same version. Both ascend by id."""
    if not len(before) or not len(now):
        return np.zeros(0, np.intp)
    places = np.minimum(np.searchsorted(now[:, 0], before[:, 0]), len(now) - 1)
    return np.flatnonzero((now[places] == before[:, : len(_VERSION)]).all(axis=1))


def _rows(needs: QuerySet[Need], ids: list[int], of: int) -> Iterator[Need]:
    """The needs of `ids`, read all at once where they are all `of` them."""
    full = needs.select_related("company").defer("description", "title")
    if len(ids) == of:
        yield from full.iterator(chunk_size=_AT_A_TIME)
        return
    for start in range(0, len(ids), _AT_A_TIME):
        yield from full.filter(pk__in=ids[start : start + _AT_A_TIME])


def _read(
    needs: Iterable[Need], day: date, words: Vocabulary, sizes: SizeTable | None, keys: list[tuple[int, ...]]
) -> Iterator[Facts]:
    """The facts of each need; its row of `Market.keys` is added to `keys`."""
    for need in needs:
        company = need.company
        try:
            facts = facts_of(company, need, today=day, vocabulary=words, size_table=sizes)
        except FactError as fault:
            log.error("need_not_in_market", need=need.pk, version=need.version, reason=str(fault))
            continue
        version = _version(need.pk, need.version, need.updated_at, company.version, company.updated_at)
        keys.append((*version, company.pk, company.founded_on.toordinal() if company.founded_on else 0))
        yield facts


def _market(day: date, words: Vocabulary, sizes: SizeTable | None, columns: Columns, keys: Integers) -> Market:
    founded = keys[:, _FOUNDED]
    # As `years_in_business`, whose ticks are tenths of a year.
    tenths = np.maximum(day.toordinal() - founded, 0) * CYCLE_TENTHS // CYCLE_DAYS
    columns = columns.replaced("years_in_business", Numbers(tenths, founded > 0))
    borrowed = columns.coded("has_ever_borrowed")
    states = [NOT_KNOWN, *(HAS if value else NEVER for value in borrowed.values)]
    return Market(
        day=day,
        vocabulary=words,
        sizes=sizes,
        columns=columns,
        keys=keys,
        amount=columns.numbers("amount").ticks,
        first_time=np.array(states, np.int8)[borrowed.ids],
        section=columns.coded("industry").mapped(lambda code: words.path("industries", str(code))[-1]),
        company_place=np.unique(keys[:, _COMPANY], return_inverse=True)[1],
    )
