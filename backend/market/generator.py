"""A seeded, made-up market: companies, their needs, and who financed whom before.

The same seed, day and calibration give the same market on every machine. Company number n depends on the seed and n
alone, so that any slice of a market of a million can be made by itself.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from backend.common import credit_code
from backend.eligibility.attributes import Value
from backend.market.calibration import Calibration, Trade

_STAGE_YEARS = ((2.0, "seed"), (5.0, "startup"), (10.0, "growth"))
_LAST_STAGE = "mature"


@dataclass(frozen=True, slots=True)
class NeedDraft:
    """One need. `facts` are its attributes other than amount, term and purpose; `opened_days_ago` counts back from
    the market's day."""

    title: str
    description: str
    amount: Decimal
    term_months: int
    purpose: str
    facts: dict[str, Value]
    opened_days_ago: int

    def all_facts(self) -> dict[str, Value]:
        return {**self.facts, "amount": self.amount, "term": Decimal(self.term_months), "purpose": self.purpose}


@dataclass(frozen=True, slots=True)
class CompanyDraft:
    """One company with its needs. Attributes that nobody knows are absent from `facts`."""

    number: int
    name: str
    credit_code: str
    founded_on: date
    facts: dict[str, Value]
    needs: tuple[NeedDraft, ...]


def companies(
    calibration: Calibration, *, seed: int, count: int, today: date, start: int = 0, needs_each: int | None = None
) -> Iterator[CompanyDraft]:
    """Companies number `start` … `start + count - 1`. `needs_each` fixes the number of needs, else 0 to 3."""
    for number in range(start, start + count):
        yield company(calibration, seed=seed, number=number, today=today, needs_each=needs_each)


def company(
    calibration: Calibration, *, seed: int, number: int, today: date, needs_each: int | None = None
) -> CompanyDraft:
    rng = random.Random(f"{seed}:{number}")
    section = calibration.sections.draw(rng)
    trade = calibration.trades[section]
    age = min(rng.lognormvariate(math.log(calibration.median_age_years), 0.8), 40.0)
    founded_on = today - timedelta(days=int(age * 365.25))
    is_tech = rng.random() < trade.tech
    facts = _standing(calibration, trade, rng, section, age, is_tech)
    facts.update(_figures(calibration, trade, rng, age, is_tech))
    if not facts["has_ever_borrowed"]:
        facts.update(existing_credit=Decimal(0), overdue_records=Decimal(0))
    needs = rng.choices((0, 1, 2, 3), weights=(35, 50, 12, 3))[0] if needs_each is None else needs_each
    drafts = tuple(_need(calibration, trade, rng, facts, is_tech) for _ in range(needs))
    for key, share in calibration.unknown.items():
        if key in facts and rng.random() < share:
            del facts[key]
    return CompanyDraft(
        number=number,
        name=_name(calibration, trade, rng, is_tech),
        credit_code=credit_code.make(f"91{calibration.registration_area}{_organisation(seed, number)}"),
        founded_on=founded_on,
        facts=facts,
        needs=drafts,
    )


def _organisation(seed: int, number: int) -> str:
    """An organisation code of GB 11714 with its check character, one for each (seed mod 31, number below 31⁵)."""
    digits = [credit_code.ALPHABET[seed % 31]]
    for _ in range(5):
        number, rest = divmod(number, 31)
        digits.append(credit_code.ALPHABET[rest])
    body = f"MA{''.join(digits)}"
    return body + credit_code.organisation_check(body)


def _name(calibration: Calibration, trade: Trade, rng: random.Random, is_tech: bool) -> str:
    prefix = rng.choice(calibration.name_prefixes)
    brand = rng.choice(calibration.name_first) + rng.choice(calibration.name_second)
    tail = (calibration.tech_tails if is_tech else calibration.name_tails).draw(rng)
    return f"{prefix}{brand}{rng.choice(trade.words)}{tail}"


def _standing(
    calibration: Calibration, trade: Trade, rng: random.Random, section: str, age: float, is_tech: bool
) -> dict[str, Value]:
    region = calibration.regions.draw(rng)
    division = trade.divisions.draw(rng)
    stage = next((code for limit, code in _STAGE_YEARS if age < limit), _LAST_STAGE)
    themes = {theme for theme, share in trade.themes.items() if rng.random() < share}
    if is_tech:
        themes |= calibration.tech.themes
    maturity = min(age / 8, 1.0)
    facts: dict[str, Value] = {
        "region": region,
        "zone": calibration.zones[region].draw(rng) if region in calibration.zones else "none",
        "industry": division,
        "stage": stage,
        "themes": frozenset(themes),
        "tax_grade": calibration.tax_grades.draw(rng),
        "public_credit_grade": calibration.public_credit_grades.draw(rng),
        "has_ever_borrowed": rng.random() > calibration.never_borrowed * (1.35 - 0.6 * maturity),
        "overdue_records": Decimal(rng.choices((0, 1, 2, 4), weights=(88, 7, 3, 2))[0]),
        "core_supplier": rng.random() < 0.18,
    }
    patents = rng.lognormvariate(0.6, 1.0) if is_tech else 0.0
    facts.update(
        {
            "invention_patents": Decimal(int(patents * maturity)),
            "utility_patents": Decimal(int(patents * 3 * maturity + (rng.random() < 0.1))),
            "software_copyrights": Decimal(int(patents * trade.software)),
            "trade_marks": Decimal(int(rng.lognormvariate(0.2, 0.8) * (rng.random() < 0.5))),
            "tech_sme": is_tech and rng.random() < 0.6,
            "high_tech": is_tech and age >= 1 and rng.random() < 0.35 + 0.3 * maturity,
            "specialised_sme": is_tech and age >= 3 and rng.random() < 0.22,
            "gazelle": is_tech and age >= 3 and rng.random() < 0.05,
            "listing_reserve": age >= 5 and rng.random() < 0.02,
        }
    )
    facts["little_giant"] = bool(facts["specialised_sme"]) and age >= 5 and rng.random() < 0.15
    facts["innovation_score"] = Decimal(round(min(100.0, 18 + 25 * is_tech + 9 * patents * rng.random()), 1)).quantize(
        Decimal("0.1")
    )
    return facts


def _wan(value: float) -> Decimal:
    """`value` yuan to whole 万元."""
    return Decimal(round(value / 10_000)) * 10_000


def _figures(calibration: Calibration, trade: Trade, rng: random.Random, age: float, is_tech: bool) -> dict[str, Value]:
    staff = max(1, int(rng.lognormvariate(math.log(calibration.median_staff), 1.0) * (0.4 + min(age / 6, 1.0))))
    revenue = math.exp(trade.scale) * staff / 10 * rng.lognormvariate(0, 0.7) * min(1.0, 0.15 + age / 3)
    margin = rng.gauss(0.045, 0.06)
    assets = revenue * rng.lognormvariate(-0.1, 0.5)
    borrowed = rng.random() < 0.45
    return {
        "registered_capital": _wan(max(100_000, rng.lognormvariate(math.log(3_000_000), 1.0))),
        "employees": Decimal(staff),
        "annual_revenue": _wan(revenue),
        "revenue_growth": Decimal(round(rng.gauss(9, 18) * 100)) / 100,
        "net_profit": _wan(revenue * margin),
        "total_assets": _wan(assets),
        "debt_ratio": Decimal(round(min(140.0, max(3.0, rng.gauss(52, 18))) * 100)) / 100,
        "tax_paid": _wan(revenue * max(0.004, 0.018 + 0.2 * margin)),
        "export_volume": _wan(revenue * rng.random() * 0.6) if rng.random() < trade.export else Decimal(0),
        "insured_staff": Decimal(int(staff * rng.uniform(0.55, 1.0))),
        "existing_credit": _wan(revenue * rng.uniform(0.02, 0.35)) if borrowed else Decimal(0),
        "rnd_share": Decimal(round((rng.gauss(7, 3) if is_tech else abs(rng.gauss(0.4, 0.6))) * 100)).max(0) / 100,
    }


def _owns(company_facts: dict[str, Value], counted: str | None) -> bool:
    """Nobody pledges a right that he does not have."""
    return counted is None or company_facts.get(counted) not in (None, Decimal(0))


def _need(
    calibration: Calibration, trade: Trade, rng: random.Random, company_facts: dict[str, Value], is_tech: bool
) -> NeedDraft:
    revenue = float(str(company_facts["annual_revenue"]))
    # Loans follow revenue, with the field's mean as the anchor; the median of a log-normal is mean / e^(σ²/2).
    anchor = float(calibration.mean_loan) * calibration.loan_anchor / math.exp(0.9**2 / 2)
    wanted = math.sqrt(anchor * max(revenue * 0.25, 100_000)) * rng.lognormvariate(0, 0.55)
    amount = max(Decimal(50_000), _wan(wanted))
    research = is_tech and rng.random() < 0.3
    purpose = (calibration.tech.purpose if research else "") or trade.purposes.draw(rng)
    able = [
        code
        for code in calibration.collateral
        if (is_tech or code not in calibration.tech.collateral)
        and _owns(company_facts, calibration.pledge_of.get(code))
    ]
    pledges = frozenset(code for code in able if rng.random() < calibration.collateral[code])
    early = company_facts["stage"] in ("seed", "startup")
    accepts_equity = rng.random() < (0.45 if is_tech and early else 0.2 if is_tech else 0.05)
    facts: dict[str, Value] = {
        "max_annual_cost": Decimal(rng.choice((380, 420, 450, 480, 500, 550, 600, 700, 800))) / 100,
        "collateral": pledges,
        "guarantor_available": rng.random() < 0.4,
        "accepts_equity": accepts_equity,
        "urgency": Decimal(rng.choice((7, 15, 30, 30, 45, 60, 90))),
    }
    if accepts_equity:
        facts["max_equity_sold"] = Decimal(rng.choice((5, 8, 10, 15, 20)))
    title = calibration.title.get(purpose, calibration.other_title)
    text = calibration.describe((rng.choice(trade.words), title, f"{amount / 10_000:f}"), rng.randrange(1 << 30))
    for key in ("max_annual_cost", "guarantor_available", "urgency", "accepts_equity"):
        if rng.random() < calibration.unknown.get(key, 0.0):
            facts.pop(key, None)
    return NeedDraft(
        title=title,
        description=text,
        amount=amount,
        term_months=int(calibration.terms_by_purpose.get(purpose, calibration.terms).draw(rng)),
        purpose=purpose,
        facts=facts,
        opened_days_ago=min(int(rng.expovariate(1 / 45)), 720),
    )
