"""Each feature reads what it says it reads, and decides the order of two candidates that only it tells apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from string import Formatter

import pytest

from backend.matching import reference
from backend.matching.candidate import Candidate, Listing
from backend.matching.cost import CostRange
from backend.matching.features import FEATURES
from backend.matching.ranking import Ranked, explain, rank, reasons, score
from backend.matching.readings import Voice, distance, nearness
from backend.matching.record import NO_RECORD, RecordScore
from backend.matching.settings import FEATURE_KEYS, RankingSettings, RankingSettingsError
from tests.matching.cases import (
    ASKING,
    BASE,
    OFFER,
    TODAY,
    VOCABULARY,
    content,
    settings,
    with_facts,
    with_offer,
)

D = Decimal
SETTINGS = settings()
BY_KEY = {feature.key: feature for feature in FEATURES}
CHEAP, DEAR = CostRange(D("3.0000"), D("3.0000")), CostRange(D("7.0000"), D("7.0000"))
ELSEWHERE = frozenset({"rnd"})


def need_opened(days: int | None) -> Candidate:
    opened_on = None if days is None else TODAY - timedelta(days=days)
    return replace(BASE, listing=Listing.NEEDS, asking=replace(ASKING, opened_on=opened_on))


UNWILLING = replace(with_facts(accepts_equity=False), offer=replace(OFFER, kind_path=("equity.angel", "equity")))

READINGS: list[tuple[str, Candidate, float, object, str]] = [
    ("conditions", BASE, 1.0, 4, "met"),
    ("conditions", replace(BASE, met=3), 0.75, 3, "met"),
    ("conditions", replace(BASE, asked=0, met=0), 1.0, 0, "open"),
    ("amount", BASE, 1.0, 50, "usual"),
    ("amount", with_facts(amount=D(200_000)), 1.0, 20, "usual"),
    ("amount", with_facts(amount=D(100_000)), 0.75, 10, "edge"),
    ("amount", with_facts(amount=D(900_000)), 0.75, 90, "edge"),
    ("amount", with_facts(amount=D(1_000_000)), 0.5, 100, "edge"),
    ("amount", with_facts(amount=D(1_000_001)), 0.0, 100, "outside"),
    ("amount", with_facts(amount=None), 0.5, None, ""),
    ("term", BASE, 1.0, 12, "within"),
    ("term", with_facts(term=D(48)), 0.5, 48, "outside"),
    ("term", with_facts(term=D(3)), 0.5, 3, "outside"),
    ("term", with_facts(term=None), 0.5, None, ""),
    ("cost", replace(BASE, cost=CostRange(D("4"), D("6"))), 0.5, D("5"), "compared"),
    ("cost", replace(BASE, cost=CostRange(D("2"), D("2"))), 1.0, D("2"), "compared"),
    ("cost", replace(BASE, cost=CostRange(D("8"), D("8"))), 0.0, D("8"), "compared"),
    ("cost", replace(with_facts(max_annual_cost=None), cost=CostRange(D("6"), D("6"))), 0.5, D("6"), "stated"),
    ("cost", replace(BASE, cost=None), 0.5, None, ""),
    ("collateral", BASE, 1.0, 1, "offered"),
    ("collateral", with_facts(collateral=frozenset()), 0.0, 0, "missing"),
    ("collateral", with_facts(collateral=None), 0.5, None, ""),
    ("collateral", with_offer(collateral=frozenset()), 1.0, 0, "none_asked"),
    ("purpose", BASE, 1.0, 1, "both"),
    ("purpose", with_offer(themes=frozenset({"green"})), 0.6, 0, "purpose"),
    ("purpose", with_offer(purposes=ELSEWHERE), 0.4, 1, "theme"),
    ("purpose", with_offer(purposes=ELSEWHERE, themes=frozenset({"green"})), 0.0, 0, "neither"),
    ("purpose", with_offer(purposes=frozenset(), themes=frozenset()), 0.5, 0, ""),
    ("purpose", with_facts(purpose=None, themes=None), 0.5, 0, ""),
    ("proximity", with_offer(region_path=("d1", "c", "p")), 1.0, 0, "same"),
    ("proximity", BASE, 0.5, 1, "near"),
    ("proximity", with_offer(region_path=("d2", "c", "p")), 1 / 3, 2, "near"),
    ("proximity", with_offer(region_path=("q",)), 0.0, None, "far"),
    ("proximity", with_offer(region_path=()), 0.5, None, ""),
    ("stage", BASE, 0.6, 60, "fits"),
    ("stage", with_offer(kind_path=("loan.mortgage", "loan")), 0.4, 40, "unusual"),
    ("stage", with_offer(stages=frozenset({"mature"})), 0.0, 0, "unusual"),
    ("stage", with_facts(stage=None), 0.5, None, ""),
    ("stage", UNWILLING, 0.0, None, "no_equity"),
    ("first_loan", BASE, 1.0, 1, "friendly"),
    ("first_loan", with_offer(first_loan_friendly=False), 0.25, 0, ""),
    ("first_loan", with_facts(has_ever_borrowed=True), 0.5, None, ""),
    ("first_loan", with_facts(has_ever_borrowed=None), 0.5, None, ""),
    ("record", BASE, 0.6, 12, "funded"),
    ("record", replace(BASE, record=NO_RECORD), 0.0, 0, ""),
    ("speed", with_offer(answer_days=D(15)), 0.5, D(15), "days"),
    ("speed", with_offer(answer_days=D(45)), 0.0, D(45), "days"),
    ("speed", with_offer(answer_days=None), 0.5, None, ""),
    ("freshness", BASE, 0.95, 9, "offers"),
    ("freshness", with_offer(confirmed_on=None), 0.0, None, ""),
    ("freshness", need_opened(18), 0.9, 18, "needs"),
    ("freshness", need_opened(3650), 0.0, 3650, "needs"),
    ("text", BASE, 0.5, 2, "common"),
    ("text", with_offer(words=frozenset()), 0.0, 0, ""),
]


@pytest.mark.parametrize(("key", "candidate", "value", "number", "outcome"), READINGS)
def test_reading(key: str, candidate: Candidate, value: float, number: object, outcome: str) -> None:
    assert BY_KEY[key].read(candidate, SETTINGS) == (pytest.approx(value, abs=1e-12), number, outcome)


def test_every_phrase_is_said_in_both_languages_by_some_reading() -> None:
    said: dict[str, set[str]] = {}
    for key, candidate, _, _, outcome in READINGS:
        if outcome:
            said.setdefault(key, set()).add(outcome)
            reading = BY_KEY[key].read(candidate, SETTINGS)
            for language in ("zh-hans", "en"):
                text = BY_KEY[key].phrase(candidate, reading, Voice(language, VOCABULARY))
                assert text
                assert "{" not in text
                assert "None" not in text
    assert said == {feature.key: set(feature.phrases) for feature in FEATURES}


def test_both_languages_of_a_phrase_name_the_same_figures() -> None:
    def fields(template: str) -> set[str | None]:
        return {name for _, name, _, _ in Formatter().parse(template) if name}

    for feature in FEATURES:
        for phrase in feature.phrases.values():
            if feature.key != "conditions" and phrase.zh != "机构就在{company}":
                assert fields(phrase.zh) == fields(phrase.en), phrase


GOLDEN: dict[str, tuple[Candidate, Candidate]] = {
    "conditions": (BASE, replace(BASE, met=3)),
    "amount": (BASE, with_offer(amount_max=D(520_000))),
    "term": (with_offer(term_max=12), with_offer(term_max=11)),
    "cost": (replace(BASE, cost=CHEAP), replace(BASE, cost=DEAR)),
    "collateral": (BASE, with_offer(collateral=frozenset({"invention_patent"}))),
    "purpose": (BASE, with_offer(purposes=ELSEWHERE)),
    "proximity": (BASE, with_offer(region_path=("q",))),
    "stage": (with_offer(kind_path=("equity.angel", "equity")), with_offer(kind_path=("loan.mortgage", "loan"))),
    "first_loan": (BASE, with_offer(first_loan_friendly=False)),
    "record": (BASE, replace(BASE, record=RecordScore(0.2, 40, 1))),
    "speed": (BASE, with_offer(answer_days=D(20))),
    "freshness": (BASE, with_offer(confirmed_on=TODAY - timedelta(days=100))),
    "text": (BASE, with_offer(words=frozenset({"房产"}))),
}


@pytest.mark.parametrize("key", FEATURE_KEYS)
def test_the_case_that_a_feature_alone_decides(key: str) -> None:
    """The better one has the higher id, so that only the feature can bring it to the front."""
    better, worse = GOLDEN[key]
    better = replace(better, offer=replace(better.offer, id=9))
    worse = replace(worse, offer=replace(worse.offer, id=8))
    values = [{f.key: f.read(c, SETTINGS)[0] for f in FEATURES} for c in (better, worse)]
    assert [k for k in FEATURE_KEYS if values[0][k] != values[1][k]] == [key]
    assert [ranked.id for ranked in rank([worse, better], SETTINGS)] == [9, 8]
    without = content()
    del without["weights"][key]
    assert [ranked.id for ranked in rank([better, worse], RankingSettings.parse(without))] == [8, 9]


def test_a_seed_company_meets_equity_before_a_mortgage_loan() -> None:
    seed = replace(ASKING, facts={**ASKING.facts, "stage": "seed"})
    equity, mortgage = (
        replace(BASE, asking=seed, offer=replace(OFFER, id=number, kind_path=path))
        for number, path in ((2, ("equity.angel", "equity")), (1, ("loan.mortgage", "loan")))
    )
    assert [ranked.id for ranked in rank([mortgage, equity], SETTINGS)] == [2, 1]
    unwilling = replace(seed, facts={**seed.facts, "accepts_equity": False})
    refused = rank([replace(mortgage, asking=unwilling), replace(equity, asking=unwilling)], SETTINGS)
    assert [ranked.id for ranked in refused] == [1, 2]


def test_the_score_is_the_weighted_mean_and_ties_break_by_id() -> None:
    expected = (
        sum(SETTINGS.points[feature.key] * feature.read(BASE, SETTINGS)[0] for feature in FEATURES) / SETTINGS.total
    )
    assert score(BASE, SETTINGS) == round(expected, 6)
    twins = [replace(BASE, offer=replace(OFFER, id=number)) for number in (5, 3, 4)]
    assert [ranked.id for ranked in rank(twins, SETTINGS)] == [3, 4, 5]
    needs = [replace(BASE, listing=Listing.NEEDS, asking=replace(ASKING, id=number)) for number in (5, 3, 4)]
    assert [ranked.id for ranked in rank(needs, SETTINGS)] == [3, 4, 5]
    assert Ranked(3, 0.5, BASE).order < Ranked(4, 0.5, BASE).order < Ranked(1, 0.4, BASE).order


def test_reasons_carry_the_number_behind_them_in_the_readers_language() -> None:
    candidate = replace(with_facts(collateral=frozenset()), cost=CHEAP)
    english = reasons(candidate, SETTINGS, Voice("en", VOCABULARY), limit=3)
    assert [(r.key, r.text, r.number, r.favourable) for r in english] == [
        ("conditions", "4 of 4 requirements are known and met", 4, True),
        ("cost", "All-in annual cost 3.00%; the need can bear 5.00%", D("3.0000"), True),
        ("purpose", "Serves the purpose “WORKING_CAPITAL” and the theme TECH", 1, True),
        ("collateral", "Asks for one of: REAL_ESTATE; none is offered", 0, False),
    ]
    assert [r.points for r in english] == [14.0, 13.5, 9.0, 0.0]
    chinese = reasons(candidate, SETTINGS, Voice("zh-hans", VOCABULARY), limit=3)
    assert chinese[1].text == "年化综合成本3.00%，可承受5.00%"
    assert chinese[1].label == "综合成本"


@pytest.mark.parametrize(
    ("candidate", "key", "favourable"),
    [
        (with_offer(purposes=ELSEWHERE), "purpose", True),
        (with_offer(purposes=ELSEWHERE, themes=frozenset({"green"})), "purpose", False),
        (with_offer(words=frozenset({"科技"})), "text", True),
        (with_facts(term=D(36)), "term", False),
        (with_facts(amount=D(1_000_001)), "amount", False),
    ],
)
def test_what_agrees_speaks_for_and_what_differs_against_whatever_it_counts(
    candidate: Candidate, key: str, favourable: bool
) -> None:
    (told,) = [reason for reason in explain(candidate, SETTINGS, Voice("en", VOCABULARY)) if reason.key == key]
    assert told.favourable is favourable


def test_the_objection_that_costs_most_comes_first() -> None:
    """The cost weighs more than the conditions, and loses less here."""
    candidate = replace(BASE, met=0, cost=CostRange(D("5.0500"), D("5.0500")))
    against = [reason for reason in explain(candidate, SETTINGS, Voice("en", VOCABULARY)) if not reason.favourable]
    assert SETTINGS.points["cost"] > SETTINGS.points["conditions"]
    assert [reason.key for reason in against[:2]] == ["conditions", "cost"]


def test_every_point_of_a_score_is_explained_or_unsaid() -> None:
    told = explain(BASE, SETTINGS, Voice("en", VOCABULARY))
    assert {reason.key for reason in told} == set(FEATURE_KEYS)
    assert sum(reason.points for reason in told) == pytest.approx(score(BASE, SETTINGS) * 100, abs=0.1)


@pytest.mark.parametrize(
    ("one", "other", "steps"),
    [
        (("d1", "c", "p"), ("d1", "c", "p"), 0),
        (("d1", "c", "p"), ("c", "p"), 1),
        (("c", "p"), ("d1", "c", "p"), 1),
        (("d1", "c", "p"), ("d2", "c", "p"), 2),
        (("q",), ("p",), None),
    ],
)
def test_distance_in_the_tree_of_regions(one: tuple[str, ...], other: tuple[str, ...], steps: int | None) -> None:
    assert distance(one, other) == steps
    assert nearness(steps) == (0.0 if steps is None else 1 / (1 + steps))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weights": {"charm": 1}}, "weights.charm: there is no such feature"),
        ({"weights": {"text": -1}}, "weights.text"),
        ({"weights": {"text": "much"}}, "weights.text"),
        ({"weights": {}}, "at least one"),
        ({"weights": None}, "weights:"),
        ({"amount_sweet": ["0.8", "0.2"]}, "amount_sweet"),
        ({"channels": {"seed": {"loan": 2}}}, "channels.seed.loan"),
        ({"slow_days": 0}, "slow_days"),
    ],
)
def test_settings_that_make_no_sense_are_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(RankingSettingsError, match=message):
        RankingSettings.parse({**content(), **change})


def test_the_reference_page_is_printed_from_the_table() -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "reference" / "ranking.md"
    assert page.read_text(encoding="utf-8") == reference.page(SETTINGS)
