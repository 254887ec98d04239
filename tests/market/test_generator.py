"""The made-up market: the same for the same seed, made of codes that the pack knows, and calibrated."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings

from backend.common import credit_code
from backend.eligibility.attributes import ATTRIBUTES, Subject
from backend.eligibility.facts import facts_from_json, normalise, value_to_json
from backend.eligibility.vocabulary import Term, Vocabulary
from backend.market.calibration import Calibration, Shares
from backend.market.generator import CompanyDraft, companies
from backend.packs.checks import check_pack
from backend.packs.faults import Faults

TODAY = date(2026, 11, 23)
PACKS = Path(settings.PACKS_DIR)
FOLDER = PACKS / (PACKS / "DEFAULT").read_text().strip()


@pytest.fixture(scope="module")
def calibration() -> Calibration:
    return Calibration.from_content(json.loads((FOLDER / "parameters" / "market.json").read_text())["content"])


@pytest.fixture(scope="module")
def drafts(calibration: Calibration) -> list[CompanyDraft]:
    return list(companies(calibration, seed=1, count=3000, today=TODAY))


def test_the_same_seed_gives_the_same_market(calibration: Calibration, drafts: list[CompanyDraft]) -> None:
    assert list(companies(calibration, seed=1, count=50, today=TODAY)) == drafts[:50]
    assert list(companies(calibration, seed=2, count=50, today=TODAY)) != drafts[:50]


def test_any_slice_can_be_made_by_itself(calibration: Calibration, drafts: list[CompanyDraft]) -> None:
    assert list(companies(calibration, seed=1, count=10, start=2990, today=TODAY)) == drafts[2990:]


def test_credit_codes_are_valid_and_distinct(drafts: list[CompanyDraft]) -> None:
    assert all(credit_code.parse(draft.credit_code).check_is_right for draft in drafts)
    assert len({draft.credit_code for draft in drafts}) == len(drafts)


def test_credit_codes_stay_distinct_in_a_market_of_a_million(calibration: Calibration) -> None:
    numbers = [0, 1, 30, 31, 961, 29_791, 923_521, 999_999, 20_000_000]
    made = {next(companies(calibration, seed=1, count=1, start=number, today=TODAY)).credit_code for number in numbers}
    assert len(made) == len(numbers)


def test_every_value_is_one_that_the_pack_knows(drafts: list[CompanyDraft]) -> None:
    checked = check_pack(FOLDER, Faults())
    assert checked is not None
    terms: dict[str, list[Term]] = {}
    for row in checked.terms:
        terms.setdefault(row.scheme, []).append(Term(row.code, row.label, row.parent or None))
    vocabulary = Vocabulary(terms)
    for draft in drafts[:300]:
        for key, value in draft.facts.items():
            assert ATTRIBUTES[key].subject is Subject.COMPANY
            assert normalise(ATTRIBUTES[key], value, vocabulary) == value
        for need in draft.needs:
            for key, value in need.all_facts().items():
                assert ATTRIBUTES[key].subject is Subject.NEED
                assert normalise(ATTRIBUTES[key], value, vocabulary) == value


def test_facts_survive_their_stored_form(drafts: list[CompanyDraft]) -> None:
    for draft in drafts[:100]:
        stored = {key: {"value": value_to_json(ATTRIBUTES[key], value)} for key, value in draft.facts.items()}
        assert facts_from_json(stored, {}) == draft.facts


def test_what_never_borrowed_owes_nothing(drafts: list[CompanyDraft]) -> None:
    never = [draft.facts for draft in drafts if draft.facts.get("has_ever_borrowed") is False]
    assert {facts.get("existing_credit", Decimal(0)) for facts in never} == {Decimal(0)}


def test_the_market_is_calibrated(calibration: Calibration, drafts: list[CompanyDraft]) -> None:
    """Shares over 3,000 seeded companies; the seed is fixed, so this never flickers."""
    borrowed = Counter(draft.facts.get("has_ever_borrowed") for draft in drafts)
    assert abs(borrowed[None] / len(drafts) - calibration.unknown["has_ever_borrowed"]) < 0.03
    never = borrowed[False] / (borrowed[False] + borrowed[True])
    assert abs(never - calibration.never_borrowed) < 0.05
    amounts = [need.amount for draft in drafts for need in draft.needs]
    assert abs(sum(amounts, Decimal(0)) / len(amounts) / calibration.mean_loan - 1) < Decimal("0.25")


def test_shares_draw_by_weight() -> None:
    class Fixed:
        def __init__(self, value: float) -> None:
            self.value = value

        def random(self) -> float:
            return self.value

    shares = Shares.of({"a": 1, "b": 3})
    drawn = [shares.draw(Fixed(value)) for value in (0.0, 0.2, 0.25, 0.9, 0.999_999)]  # type: ignore[arg-type]
    assert drawn == ["a", "a", "b", "b", "b"]


def test_a_code_is_right_inside_and_outside(calibration: Calibration) -> None:
    codes = [draft.credit_code for draft in companies(calibration, seed=3, count=300, today=TODAY)]
    assert len(set(codes)) == 300
    for code in codes:
        assert credit_code.parse(code).check_is_right
        assert credit_code.organisation_check(code[8:16]) == code[16]


def test_nobody_pledges_a_right_that_he_does_not_have(calibration: Calibration) -> None:
    everything = replace(calibration, unknown={})
    pledged = 0
    for draft in companies(everything, seed=3, count=400, today=TODAY, needs_each=1):
        offered = draft.needs[0].facts["collateral"]
        assert isinstance(offered, frozenset)
        for right, counted in calibration.pledge_of.items():
            if right in offered:
                pledged += 1
                assert draft.facts[counted] != Decimal(0)
    assert pledged > 50
