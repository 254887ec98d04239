"""A product finds its leads, ranked, paged, faceted, explained; and nobody sees more than is theirs to see."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backend.accounts.models import Organisation, User
from backend.common.errors import InvalidInput, NotAllowed
from backend.eligibility.verdict import State, judge
from backend.indexing import engines
from backend.indexing.rebuild import rebuild
from backend.indexing.services import drain, mark_changed
from backend.matching import leads as leads_module
from backend.matching.context import context
from backend.matching.results import Leads
from backend.matching.services import leads_for, suggest_leads
from backend.needs.models import Need
from backend.products.models import Product
from backend.products.rules import effective_rule
from backend.records.models import PastCase
from tests import world
from tests.demo_market import Market

pytestmark = pytest.mark.django_db


@pytest.fixture
def product(market: Market) -> Product:
    return Product.objects.select_related("institution").get(code="quanyuan-tax-credit")


@pytest.fixture
def banker(product: Product) -> User:
    return world.person(product.institution.organisation, name="banker")


def pages(product: Product, viewer: User, market: Market, **asked: object) -> Iterator[Leads]:
    cursor = ""
    while True:
        page = leads_for(product, viewer=viewer, today=market.today, cursor=cursor, **asked)  # type: ignore[arg-type]
        yield page
        if page.next_cursor is None:
            return
        cursor = page.next_cursor


def ids(page: Leads) -> list[int]:
    return [lead.need.pk for lead in page.results]


def test_leads_are_the_open_needs_that_the_rule_may_admit_best_first(
    market: Market, product: Product, banker: User
) -> None:
    asked = context(banker, market.today, "en")
    rule = effective_rule(product)
    expected = {
        need.pk: judge(rule, asked.facts(need), asked.vocabulary).state
        for need in Need.objects.filter(status="open").select_related("company")
    }
    admitted = {pk: state for pk, state in expected.items() if state is not State.UNMET}
    found = [lead for page in pages(product, banker, market, size=17) for lead in page.results]
    assert len(found) == len(admitted) > 60
    assert {lead.need.pk: lead.group for lead in found} == {
        pk: "eligible" if state is State.MET else "missing" for pk, state in admitted.items()
    }
    order = [(-lead.score, lead.need.pk) for lead in found]
    assert order == sorted(order)
    for lead in found:
        assert lead.reasons
        assert bool(lead.missing) is (lead.group == "missing")


@pytest.mark.parametrize("window", [5, 30, 1000])
def test_windows_of_any_size_meet_every_lead_once(
    market: Market, product: Product, banker: User, window: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = leads_for(product, viewer=banker, today=market.today, size=1)
    monkeypatch.setattr(leads_module, "WINDOW", window)
    found = [pk for page in pages(product, banker, market, size=7) for pk in ids(page)]
    assert len(found) == len(set(found)) == whole.total


@pytest.mark.parametrize("window", [10, 40, 1000])
def test_what_does_not_change_is_met_exactly_once_while_others_come_and_go(
    market: Market, product: Product, banker: User, window: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leads_module, "WINDOW", window)
    before = [pk for page in pages(product, banker, market, size=50) for pk in ids(page)]
    going, coming = set(before[::5]), set(before[1::5])
    _close(coming)
    met: list[int] = []
    for number, page in enumerate(pages(product, banker, market, size=6)):
        met += ids(page)
        if number % 2 == 0 and going:
            _close({going.pop() for _ in range(min(3, len(going)))})
        elif coming:
            _open({coming.pop() for _ in range(min(3, len(coming)))})
    steady = [pk for pk in before if pk in set(before[2::5]) | set(before[3::5]) | set(before[4::5])]
    assert sorted(pk for pk in met if pk in set(steady)) == sorted(steady)


def _close(needs: set[int]) -> None:
    Need.objects.filter(pk__in=needs).update(status="closed")
    _copy(needs)


def _open(needs: set[int]) -> None:
    Need.objects.filter(pk__in=needs).update(status="open")
    _copy(needs)


def _copy(needs: set[int]) -> None:
    mark_changed("need", needs)
    drain(engines.primary())


def test_a_page_is_full_though_the_index_is_behind(market: Market, product: Product, banker: User) -> None:
    first = leads_for(product, viewer=banker, today=market.today, size=10)
    gone = ids(first)[:4]
    Need.objects.filter(pk__in=gone).update(status="closed")  # not copied to the engine
    changed = first.results[5].need
    changed.amount = product.amount_max + 1
    changed.save()
    again = leads_for(product, viewer=banker, today=market.today, size=10)
    assert len(again.results) == 10
    assert not {*gone, changed.pk} & set(ids(again))


def test_only_the_institution_itself_the_bureau_and_the_platform_see_leads(
    market: Market, product: Product, banker: User
) -> None:
    assert banker.organisation is not None
    other = Organisation.objects.filter(kind="institution").exclude(pk=banker.organisation.pk).first()
    company = Organisation.objects.filter(kind="company").first()
    for viewer in (
        AnonymousUser(), None, User.objects.create(username="other", organisation=other),
        User.objects.create(username="owner", organisation=company), User.objects.create(username="nobody"),
        User(username="left", organisation=banker.organisation, is_active=False),
    ):  # fmt: skip
        with pytest.raises(NotAllowed):
            leads_for(product, viewer=viewer, today=market.today)
    totals = {
        leads_for(product, viewer=viewer, today=market.today, size=1).total
        for viewer in (banker, market.bureau, market.platform)
    }
    assert len(totals) == 1


def test_expired_and_closed_needs_are_no_leads_for_anybody(market: Market, product: Product, banker: User) -> None:
    first = ids(leads_for(product, viewer=banker, today=market.today, size=2))
    Need.objects.filter(pk=first[0]).update(status="expired")
    Need.objects.filter(pk=first[1]).update(status="closed")
    _copy(set(first))
    for viewer in (banker, market.bureau, market.platform):
        assert not set(first) & set(ids(leads_for(product, viewer=viewer, today=market.today, size=5)))


def test_facets_leave_out_their_own_filter_only(market: Market, product: Product, banker: User) -> None:
    everything = leads_for(product, viewer=banker, today=market.today, size=1)
    chosen = leads_for(product, viewer=banker, today=market.today, size=100, params={"stage": ["startup"]})
    facets = {facet.name: facet for facet in everything.facets}
    narrowed = {facet.name: facet for facet in chosen.facets}
    assert list(facets) == ["region", "industry", "amount", "stage", "first_time", "theme", "freshness"]
    startups = next(value.count for value in facets["stage"].values if value.key == "startup")
    assert chosen.total == startups > 0
    assert [(v.key, v.count) for v in narrowed["stage"].values] == [(v.key, v.count) for v in facets["stage"].values]
    assert sum(value.count for value in narrowed["region"].values) <= startups
    assert {lead.facts.get("stage") for lead in chosen.results} == {"startup"}
    for name in ("amount", "freshness"):
        assert sum(value.count for value in facets[name].values) == everything.total


def test_facets_under_two_filters_are_those_of_counting_by_hand(market: Market, product: Product, banker: User) -> None:
    asked = context(banker, market.today, "en")
    rule = effective_rule(product)
    admitted = [
        facts
        for need in Need.objects.filter(status="open").select_related("company")
        if judge(rule, facts := asked.facts(need), asked.vocabulary).state is not State.UNMET
    ]
    rebuild(engines.primary(), "need", today=market.today)
    params = {"stage": ["startup", "growth"], "region": ["370102", "370112", "370105"]}
    found = leads_for(product, viewer=banker, today=market.today, size=1, params=params)

    def counted(name: str, key: str) -> dict[str, int]:
        """Values of `key` among those that the filters of the other names let through."""
        others = {filter: values for filter, values in params.items() if filter != name}
        kept = [facts for facts in admitted if all(facts.get(one) in values for one, values in others.items())]
        values = [facts[key] for facts in kept if key in facts]
        some = [part for value in values for part in (value if isinstance(value, frozenset) else (value,))]
        return Counter(str(part) for part in some)

    facets = {facet.name: {value.key: value.count for value in facet.values} for facet in found.facets}
    assert facets["stage"] == counted("stage", "stage")
    assert facets["region"] == counted("region", "region")
    assert facets["theme"] == counted("theme", "themes")
    borrowed = counted("first_time", "has_ever_borrowed")
    assert facets["first_time"] == {"yes": borrowed["False"], "no": borrowed["True"]}
    assert 0 < found.total < len(admitted)


def test_filters_of_every_kind_narrow_together(market: Market, product: Product, banker: User) -> None:
    params = {"first_time": ["yes"], "amount": ["50_to_200"], "region": ["370102", "370112"]}
    found = leads_for(product, viewer=banker, today=market.today, size=100, params=params)
    assert found.total == len(found.results) > 0
    for lead in found.results:
        assert lead.facts["has_ever_borrowed"] is False
        assert lead.need.amount is not None
        assert 500_000 <= lead.need.amount < 2_000_000
        assert lead.facts["region"] in ("370102", "370112")


def test_an_unknown_choice_is_refused_with_the_filters_name(market: Market, product: Product, banker: User) -> None:
    with pytest.raises(InvalidInput) as refused:
        leads_for(product, viewer=banker, today=market.today, params={"region": ["nowhere"]})
    assert (refused.value.code, refused.value.field, refused.value.status) == ("unknown_choice", "region", 400)


@pytest.mark.parametrize(("cursor", "code"), [("x", "bad_cursor"), ("é" * 10, "bad_cursor")])
def test_a_bad_cursor_is_refused(market: Market, product: Product, banker: User, cursor: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        leads_for(product, viewer=banker, today=market.today, cursor=cursor)
    assert (refused.value.code, refused.value.field, refused.value.status) == (code, "cursor", 400)


def test_a_cursor_is_stale_for_another_question_or_another_rule(market: Market, product: Product, banker: User) -> None:
    cursor = leads_for(product, viewer=banker, today=market.today, size=5).next_cursor
    assert cursor
    with pytest.raises(InvalidInput) as refused:
        leads_for(product, viewer=banker, today=market.today, cursor=cursor, params={"stage": ["seed"]})
    assert refused.value.code == "stale_cursor"
    product.version += 1
    product.save()
    with pytest.raises(InvalidInput) as refused:
        leads_for(product, viewer=banker, today=market.today, cursor=cursor)
    assert refused.value.code == "stale_cursor"


def test_later_pages_are_ranked_as_of_the_day_of_the_first(market: Market, product: Product, banker: User) -> None:
    PastCase.objects.create(
        institution=product.institution,
        decided_on=market.today,
        funded=True,
        amount=Decimal(1_000_000),
        region="370102",
    )
    first = leads_for(product, viewer=banker, today=market.today, size=30)
    assert first.next_cursor
    tomorrow = market.today + timedelta(days=1)
    today, later = (
        leads_for(product, viewer=banker, today=day, size=30, cursor=first.next_cursor)
        for day in (market.today, tomorrow)
    )
    assert ids(today) == ids(later)
    assert [lead.score for lead in today.results] == [lead.score for lead in later.results]
    with pytest.raises(InvalidInput) as refused:
        leads_for(product, viewer=banker, today=tomorrow + timedelta(days=1), size=30, cursor=first.next_cursor)
    assert refused.value.code == "stale_cursor"


def test_bands_of_age_hold_the_days_that_they_name(market: Market, product: Product, banker: User) -> None:
    """Opened at seven in the morning, when it is still the day before in UTC."""
    bands = {0: "week", 7: "week", 8: "month", 30: "month", 31: "quarter", 90: "quarter", 91: "older"}
    needs = ids(leads_for(product, viewer=banker, today=market.today, size=len(bands)))
    zone = timezone.get_default_timezone()
    for pk, age in zip(needs, bands, strict=True):
        opened = datetime.combine(market.today - timedelta(days=age), time(7), zone)
        Need.objects.filter(pk=pk).update(opened_at=opened)
    rebuild(engines.primary(), "need", today=market.today)
    asked = context(banker, market.today, "en")
    for pk, (age, band) in zip(needs, bands.items(), strict=True):
        params = {"freshness": [band]}
        assert pk in ids(leads_for(product, viewer=banker, today=market.today, size=100, params=params)), age
        row = Need.objects.select_related("company").get(pk=pk)
        assert asked.asking(row, asked.facts(row)).opened_on == market.today - timedelta(days=age)


@pytest.mark.parametrize("size", [0, 101])
def test_page_sizes_are_bounded(market: Market, product: Product, banker: User, size: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        leads_for(product, viewer=banker, today=market.today, size=size)
    assert refused.value.code == "bad_size"


def test_words_narrow_rank_and_are_marked(market: Market, product: Product, banker: User) -> None:
    everything = leads_for(product, viewer=banker, today=market.today, size=100)
    word = everything.results[0].need.title[:2]
    found = leads_for(product, viewer=banker, today=market.today, q=word, size=100)
    assert 0 < found.total < everything.total
    titled = [any(segment.hit for segment in lead.title_marked) for lead in found.results]
    assert titled[0]
    for lead in found.results:
        assert "".join(segment.text for segment in lead.title_marked) == lead.need.title
    assert leads_for(product, viewer=banker, today=market.today, q="qwxyz").total == 0
    assert leads_for(product, viewer=banker, today=market.today, q="？！").total == everything.total


def test_words_in_english_find_the_same_trade(market: Market, product: Product, banker: User) -> None:
    found = leads_for(product, viewer=banker, today=market.today, q="manufacturing", size=100)
    asked = context(banker, market.today, "en")
    assert found.total > 0
    for lead in found.results:
        industry = lead.facts["industry"]
        assert isinstance(industry, str)
        path = asked.vocabulary.path("industries", industry)
        labels = " ".join(asked.vocabulary.label("industries", code).en.lower() for code in path)
        assert "manufactur" in labels


def test_suggestions_come_from_what_the_viewer_may_see(market: Market, banker: User) -> None:
    assert "历下区" in suggest_leads("历", viewer=banker, today=market.today)
    assert suggest_leads("历", viewer=None, today=market.today) == ()
    assert suggest_leads("  ", viewer=banker, today=market.today) == ()


def test_the_number_of_queries_does_not_grow_with_the_page(market: Market, product: Product, banker: User) -> None:
    leads_for(product, viewer=banker, today=market.today)
    counts = []
    for size in (1, 50):
        with CaptureQueriesContext(connection) as queries:
            leads_for(product, viewer=banker, today=market.today, size=size)
        counts.append(len(queries))
    assert counts == [4, 4]


def test_freshness_says_which_engine_and_how_far_behind(market: Market, product: Product, banker: User) -> None:
    fresh = leads_for(product, viewer=banker, today=market.today).freshness
    assert (fresh.engine, fresh.standby, fresh.pending, fresh.oldest_pending_seconds) == ("embedded", False, 0, None)
    mark_changed("need", [1, 2])
    behind = leads_for(product, viewer=banker, today=market.today).freshness
    assert (behind.pending, behind.oldest_pending_seconds) == (2, 0)
