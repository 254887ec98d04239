"""Hit rates and ranks by hand."""

from __future__ import annotations

from backend.backtest.metrics import quality, rank_of


def test_hits_and_the_mean_reciprocal_rank() -> None:
    found = quality([1, 2, 5, 10, 11, None, 1, 4])
    assert found.hits == {1: 2 / 8, 3: 3 / 8, 5: 5 / 8, 10: 6 / 8}
    assert found.mrr == (1 + 1 / 2 + 1 / 5 + 1 / 10 + 1 / 11 + 0 + 1 + 1 / 4) / 8
    assert found.as_json() == {
        "hit_at_1": 0.25,
        "hit_at_3": 0.375,
        "hit_at_5": 0.625,
        "hit_at_10": 0.75,
        "mrr": 0.3926,
    }


def test_nothing_found() -> None:
    assert quality([None, None]).as_json() == dict.fromkeys(
        ("hit_at_1", "hit_at_3", "hit_at_5", "hit_at_10", "mrr"), 0.0
    )


def test_ties_go_by_name() -> None:
    scores = {"C": 1.0, "A": 1.0, "B": 2.0, "D": 0.5}
    assert [rank_of(name, scores) for name in "BACD"] == [1, 2, 3, 4]


def test_who_has_no_score_has_no_rank() -> None:
    assert rank_of("Z", {"A": 0.0}) is None
