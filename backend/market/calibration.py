"""What a made-up market looks like: shares, sizes and gaps, read from the pack's `market` parameter."""

from __future__ import annotations

import random
from bisect import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate
from typing import Any


@dataclass(frozen=True, slots=True)
class Shares:
    """Codes drawn by weight."""

    codes: tuple[str, ...]
    cumulative: tuple[float, ...]

    @classmethod
    def of(cls, weights: Mapping[str, float]) -> Shares:
        return cls(tuple(weights), tuple(accumulate(weights.values())))

    def draw(self, rng: random.Random) -> str:
        return self.codes[bisect(self.cumulative, rng.random() * self.cumulative[-1], 0, len(self.codes) - 1)]


@dataclass(frozen=True, slots=True)
class Trade:
    """One industry section: its divisions, the words of its company names, and how its companies tend to be.

    `scale` is the natural logarithm of the median annual revenue in yuan of a ten-person company; `software`: software
    copyrights for each patent of a technology company.
    """

    divisions: Shares
    words: tuple[str, ...]
    purposes: Shares
    themes: Mapping[str, float]
    tech: float
    export: float
    scale: float
    software: float = 1


@dataclass(frozen=True, slots=True)
class Tech:
    """What sets technology companies apart: their themes, the purpose of research (empty: none), and the collateral
    that they alone offer."""

    themes: frozenset[str]
    purpose: str
    collateral: frozenset[str]


@dataclass(frozen=True, slots=True)
class Calibration:
    """All of the `market` parameter. Probabilities are in [0, 1]; money is in yuan. `pledge_of`: a right that can be
    pledged → the attribute that counts how many the company has. `seeks`: the channels of `history`. `loan_anchor`:
    needs are drawn around this share of the mean loan, because larger ones find a bank more often."""

    regions: Shares
    zones: Mapping[str, Shares]
    sections: Shares
    trades: Mapping[str, Trade]
    name_prefixes: tuple[str, ...]
    name_first: tuple[str, ...]
    name_second: tuple[str, ...]
    name_tails: Shares
    tech_tails: Shares
    median_age_years: float
    median_staff: float
    tax_grades: Shares
    public_credit_grades: Shares
    never_borrowed: float
    unknown: Mapping[str, float]
    collateral: Mapping[str, float]
    pledge_of: Mapping[str, str]
    terms: Shares
    terms_by_purpose: Mapping[str, Shares]
    mean_loan: Decimal
    title: Mapping[str, str]
    other_title: str
    tech: Tech
    descriptions: tuple[str, ...]
    funded_share: float
    first_loan_share: float
    affinity: float
    seeks: Shares
    loan_anchor: float
    registration_area: str

    @classmethod
    def from_content(cls, content: Mapping[str, Any]) -> Calibration:
        trades = {
            section: Trade(
                Shares.of(row["divisions"]),
                tuple(row["words"]),
                Shares.of(row["purposes"]),
                row.get("themes", {}),
                row["tech"],
                row["export"],
                row["scale"],
                row.get("software", 1),
            )
            for section, row in content["sections"].items()
        }
        names = content["names"]
        return cls(
            regions=Shares.of(content["regions"]),
            zones={region: Shares.of(weights) for region, weights in content["zones"].items()},
            sections=Shares.of({section: row["weight"] for section, row in content["sections"].items()}),
            trades=trades,
            name_prefixes=tuple(names["prefixes"]),
            name_first=tuple(names["first"]),
            name_second=tuple(names["second"]),
            name_tails=Shares.of(names["tails"]),
            tech_tails=Shares.of(names["tech_tails"]),
            median_age_years=content["median_age_years"],
            median_staff=content["median_staff"],
            tax_grades=Shares.of(content["tax_grades"]),
            public_credit_grades=Shares.of(content["public_credit_grades"]),
            never_borrowed=content["never_borrowed"],
            unknown=content["unknown"],
            collateral=content["collateral"],
            pledge_of=content.get("pledge_of", {}),
            terms=Shares.of(content["terms"]),
            terms_by_purpose={purpose: Shares.of(row) for purpose, row in content["terms_by_purpose"].items()},
            mean_loan=Decimal(content["mean_loan"]),
            title=content["titles"],
            other_title=content["other_title"],
            tech=Tech(
                frozenset(content["tech"]["themes"]),
                content["tech"]["purpose"],
                frozenset(content["tech"]["collateral"]),
            ),
            descriptions=tuple(content["descriptions"]),
            funded_share=content["history"]["funded_share"],
            first_loan_share=content["history"]["first_loan_share"],
            affinity=content["history"]["affinity"],
            seeks=Shares.of(content["history"]["seeks"]),
            loan_anchor=content["history"]["loan_anchor"],
            registration_area=content["registration_area"],
        )

    def describe(self, parts: Sequence[str], seed: int) -> str:
        return self.descriptions[seed % len(self.descriptions)].format(*parts)
