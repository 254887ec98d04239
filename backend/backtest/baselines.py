"""What any ranking has to beat: the most popular lender of the state, naive Bayes, and plain text search. Pure.

Each learns from the loans before the cut-off and scores every lender among them for a later loan, by the same lender
names as the matcher. None reads the later loan's lender.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Protocol

from backend.backtest.loans import Loan

AMOUNT_EDGES = tuple(Decimal(edge) for edge in (10_000, 25_000, 50_001, 100_000, 250_000, 500_000))
TERM_EDGES = (24, 61, 84, 85, 121, 181, 241)
EMPLOYEE_EDGES = (2, 5, 10, 20, 50)
_BM25_K, _BM25_B = 1.2, 0.75


class Baseline(Protocol):
    def scores(self, loan: Loan) -> dict[str, float]:
        """Lender → score, higher is better, for every lender of the earlier loans."""


def baselines(earlier: Sequence[Loan], sector_names: Mapping[str, str]) -> dict[str, Baseline]:
    """`sector_names`: NAICS code of two or three digits → its English name."""
    return {
        "popular_in_state": PopularInState(earlier),
        "naive_bayes": NaiveBayes(earlier),
        "text": TextSearch(earlier, sector_names),
    }


class PopularInState:
    """Loans of the lender in the borrower's state; in the whole country where those are equal or the state unknown."""

    def __init__(self, earlier: Sequence[Loan]) -> None:
        self._country = Counter(loan.lender for loan in earlier)
        self._states: dict[str, Counter[str]] = defaultdict(Counter)
        for loan in earlier:
            if loan.state:
                self._states[loan.state][loan.lender] += 1

    def scores(self, loan: Loan) -> dict[str, float]:
        state = self._states.get(loan.state, Counter())
        most = len(self._country) + sum(self._country.values())
        return {lender: state[lender] + count / most for lender, count in self._country.items()}


def traits(loan: Loan) -> list[tuple[str, str]]:
    """State, industry, size, term and programme, in the bands that the matcher uses too; unknown ones left out."""
    found = [
        ("state", loan.state),
        ("industry", loan.naics[:2]),
        ("amount", str(bisect_right(AMOUNT_EDGES, loan.amount))),
        ("term", "" if loan.term_months is None else str(bisect_right(TERM_EDGES, loan.term_months))),
        ("employees", "" if loan.employees is None else str(bisect_right(EMPLOYEE_EDGES, loan.employees))),
        ("new", "" if loan.new_business is None else str(loan.new_business)),
        ("programme", "" if loan.programme is None else loan.programme.value),
    ]
    return [(name, value) for name, value in found if value]


class NaiveBayes:
    """log P(lender) + Σ log P(trait | lender), with `smoothing` added to each count."""

    def __init__(self, earlier: Sequence[Loan], smoothing: float = 0.5) -> None:
        self._lenders = Counter(loan.lender for loan in earlier)
        self._smoothing = smoothing
        self._counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        self._known: dict[str, Counter[str]] = defaultdict(Counter)
        values: dict[str, set[str]] = defaultdict(set)
        for loan in earlier:
            for name, value in traits(loan):
                self._counts[name, value][loan.lender] += 1
                self._known[name][loan.lender] += 1
                values[name].add(value)
        self._sizes = {name: len(found) for name, found in values.items()}

    def scores(self, loan: Loan) -> dict[str, float]:
        smoothing = self._smoothing
        found = {lender: math.log(count) for lender, count in self._lenders.items()}
        for name, value in traits(loan):
            counts, known = self._counts.get((name, value), Counter()), self._known[name]
            floor = smoothing * (self._sizes.get(name, 0) + 1)
            for lender in found:
                found[lender] += math.log((counts.get(lender, 0) + smoothing) / (known.get(lender, 0) + floor))
        return found


class TextSearch:
    """BM25 (k1 1.2, b 0.75) of the words of a need over one text for each lender: what it lent where, in words."""

    def __init__(self, earlier: Sequence[Loan], sector_names: Mapping[str, str]) -> None:
        self._names = sector_names
        texts: dict[str, Counter[str]] = defaultdict(Counter)
        for loan in earlier:
            texts[loan.lender].update(self._words(loan))
        for lender, text in texts.items():
            text.update(_tokens(lender))
        lengths = {lender: text.total() for lender, text in texts.items()}
        mean = sum(lengths.values()) / len(lengths)
        postings: dict[str, dict[str, float]] = defaultdict(dict)
        for lender, text in texts.items():
            norm = _BM25_K * (1 - _BM25_B + _BM25_B * lengths[lender] / mean)
            for word, count in text.items():
                postings[word][lender] = count * (_BM25_K + 1) / (count + norm)
        self._weights = {
            word: (math.log(1 + (len(texts) - len(found) + 0.5) / (len(found) + 0.5)), found)
            for word, found in postings.items()
        }
        self._lenders = tuple(texts)

    def _words(self, loan: Loan) -> list[str]:
        programme = "" if loan.programme is None else loan.programme.value
        sector = self._names.get(loan.naics[:3]) or self._names.get(loan.naics[:2], "")
        return [*_tokens(f"{loan.city} {programme} {sector} {loan.zip_code}"), f"state:{loan.state}"]

    def scores(self, loan: Loan) -> dict[str, float]:
        found = dict.fromkeys(self._lenders, 0.0)
        for word in sorted(set(self._words(loan))):
            inverse, lenders = self._weights.get(word, (0.0, {}))
            for lender, share in lenders.items():
                found[lender] += inverse * share
        return found


def _tokens(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())
