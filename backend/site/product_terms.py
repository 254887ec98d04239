"""What is particular to a product's kind, its fees and its subsidies, as labelled lines.

`terms` may hold any key. Those that the products of the field share are listed here in the order in which they are
read; a key that is not, or a value that cannot be read, is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from backend.products.models import Product
from backend.products.windows import Window, WindowError
from backend.site.templatetags import values

Terms = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Line:
    """`scheme` and `code`: what `{% explain %}` may find an explanation of."""

    label: str
    text: str
    scheme: str
    code: str


@dataclass(frozen=True, slots=True)
class _Voice:
    language: str
    currency: str


Reader = Callable[[Terms, _Voice], str]


@dataclass(frozen=True, slots=True)
class _Reading:
    """What is read of a product's terms, under its first key."""

    key: str
    read: Reader


def lines_of(product: Product, language: str, currency: str) -> tuple[Line, ...]:
    voice = _Voice(language, currency)
    found = []
    for label, family, reading in _LINES:
        text = reading.read(product.terms, voice) if product.kind.startswith(family) else ""
        if text:
            found.append(Line(str(label), text, "product_term", reading.key))
    return (*found, *_subsidies(product.terms, voice))


def fees_of(product: Product, currency: str) -> tuple[tuple[Line, str], ...]:
    """Each fee with how it is reckoned, and to whom it is paid."""
    found = []
    for fee in product.fees:
        share, money = _number(fee.get("rate")), _number(fee.get("amount"))
        yearly = fee.get("when") == "yearly"
        match fee.get("basis"):
            case "fixed" if money is not None:
                text = values.money(money, currency)
            case "amount" if share is not None:
                text = gettext("%(share)s of the amount") % {"share": values.shares(share, share)}
            case "amount_per_year" if share is not None:
                text = gettext("%(share)s of the amount for each year") % {"share": values.shares(share, share)}
            case _:
                continue
        when = gettext("paid at the start of each year") if yearly else gettext("paid once at the start")
        said = gettext("%(fee)s, %(when)s") % {"fee": text, "when": when}
        line = Line(values.label(fee["kind"], "fee_kinds"), said, "fee_kinds", fee["kind"])
        found.append((line, values.label(fee["payee"], "payees")))
    return tuple(found)


def _number(data: object) -> Decimal | None:
    if isinstance(data, bool) or not isinstance(data, int | str):
        return None
    try:
        number = Decimal(data)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _text(key: str) -> _Reading:
    def read(terms: Terms, voice: _Voice) -> str:
        data = terms.get(key)
        if isinstance(data, Mapping):
            data = data.get("zh" if voice.language.startswith("zh") else "en")
        return data if isinstance(data, str) else ""

    return _Reading(key, read)


def _money(low: str, high: str = "") -> _Reading:
    def read(terms: Terms, voice: _Voice) -> str:
        least, most = _number(terms.get(low)), _number(terms.get(high or low))
        if least is None or most is None:
            return ""
        return values.money_span(least, most, voice.currency) if high else values.money(least, voice.currency)

    return _Reading(low, read)


def _share(low: str, high: str = "") -> _Reading:
    def read(terms: Terms, _voice: _Voice) -> str:
        least, most = _number(terms.get(low)), _number(terms.get(high or low))
        return "" if least is None or most is None else values.shares(least, most)

    return _Reading(low, read)


def _recourse(terms: Terms, _voice: _Voice) -> str:
    match terms.get("recourse"):
        case True:
            return gettext("With recourse to the company")
        case False:
            return gettext("Without recourse to the company")
    return ""


def _times(key: str) -> _Reading:
    def read(terms: Terms, _voice: _Voice) -> str:
        number = _number(terms.get(key))
        return "" if number is None else gettext("%(number)s times") % {"number": values.plain(number)}

    return _Reading(key, read)


def _days(terms: Terms, _voice: _Voice) -> str:
    number = _number(terms.get("days_max"))
    if number is None:
        return ""
    return ngettext("%(number)s day", "%(number)s days", int(number)) % {"number": int(number)}


def _tiers(terms: Terms, _voice: _Voice) -> str:
    number = _number(terms.get("tiers"))
    return "" if number is None else gettext("down to tier %(number)s") % {"number": int(number)}


def _repayment(terms: Terms, _voice: _Voice) -> str:
    code = terms.get("repayment")
    return values.label(code, "repayment") if isinstance(code, str) else ""


def _ratio(terms: Terms, _voice: _Voice) -> str:
    """Two legs of a linked financing: 40:60."""
    ratio = terms.get("ratio")
    return ratio if isinstance(ratio, str) and ":" in ratio else ""


_PARTIES = {
    "guarantor": _("guarantor"),
    "reguarantor": _("re-guarantor"),
    "bank": _("bank"),
    "government": _("government"),
    "insurer": _("insurer"),
}


def _risk_split(terms: Terms, voice: _Voice) -> str:
    split = terms.get("risk_split")
    said = []
    for part in split if isinstance(split, list) else []:
        share = _number(part.get("share")) if isinstance(part, Mapping) else None
        party = _PARTIES.get(part["party"]) if share is not None and isinstance(part.get("party"), str) else None
        if share is not None and party is not None:
            said.append(f"{party} {values.shares(share, share)}" if voice.language == "en" else f"{party}{share}%")
    return gettext(", ").join(said)


def _window(terms: Terms, _voice: _Voice) -> str:
    try:
        window = Window.of(terms)
    except WindowError:
        return ""
    if window is None:
        return ""
    if window.yearly:
        opens, closes = values.month_day(window.opens), values.month_day(window.closes)
        return gettext("every year from %(opens)s to %(closes)s") % {"opens": opens, "closes": closes}
    return gettext("%(opens)s to %(closes)s") % {"opens": window.opens, "closes": window.closes}


def _subsidies(terms: Terms, voice: _Voice) -> list[Line]:
    found = terms.get("subsidies")
    lines = []
    for subsidy in found if isinstance(found, list) else []:
        rate, months = _number(subsidy.get("rate")), _number(subsidy.get("months"))
        if rate is None or months is None:
            continue
        text = gettext("%(share)s a year for %(months)s") % {
            "share": values.shares(rate, rate),
            "months": values.months(int(months)),
        }
        cap = _number(subsidy.get("cap"))
        if cap is not None:
            text = gettext("%(subsidy)s, %(cap)s at most") % {"subsidy": text, "cap": values.money(cap, voice.currency)}
        lines.append(Line(values.label(subsidy["kind"], "subsidy_kinds"), text, "subsidy_kinds", subsidy["kind"]))
    return lines


_LINES: tuple[tuple[Promise, str | tuple[str, ...], _Reading], ...] = (
    (_("How it is repaid"), ("loan", "linked", "factoring", "leasing", "bridge"), _Reading("repayment", _repayment)),
    (_("How it is drawn"), "", _text("drawdown")),
    (_("How the amount is set"), "", _text("sizing")),
    (_("Pricing basis"), "", _text("rate_basis")),
    (_("How the rate moves"), "", _text("rate_step")),
    (_("Share of the pledge's value"), "loan", _share("advance_rate")),
    (_("Share of the receivable paid in advance"), "factoring", _share("advance_rate")),
    (_("Income must cover the debt"), "", _times("coverage_ratio")),
    (_("Who bears losses first"), "", _text("risk_pool")),
    (_("Investment"), "", _money("ticket_min", "ticket_max")),
    (_("Valuation before the investment"), "", _money("valuation_min", "valuation_max")),
    (_("Stake"), "", _share("stake_min", "stake_max")),
    (_("Structure"), "", _text("structure")),
    (_("Seat on the board"), "", _text("board_seat")),
    (_("Way out"), "", _text("exit")),
    (_("Equity part"), "", _text("equity_leg")),
    (_("Loan part"), "", _text("loan_leg")),
    (_("Equity to loan"), "linked", _Reading("ratio", _ratio)),
    (_("Order of payment"), "", _text("sequence")),
    (_("Guarantee fee a year"), "guarantee", _share("fee_min", "fee_max")),
    (_("Guaranteed at most, one company"), "guarantee", _money("cap")),
    (_("Highest rate of the loan"), "guarantee", _share("loan_rate_cap")),
    (_("Counter-guarantee"), "", _text("counter_guarantee")),
    (_("How losses are shared"), "", _Reading("risk_split", _risk_split)),
    (_("Compensation stops at a loss rate of"), "", _share("loss_cap")),
    (_("Premium a year"), "", _share("premium_min", "premium_max")),
    (_("Public money pays of the premium"), "", _share("premium_subsidy")),
    (_("Deductible"), "", _share("deductible")),
    (_("Sum insured"), "", _text("sum_insured")),
    (_("How a claim is paid"), "", _text("payout")),
    (_("What is leased"), "", _text("asset")),
    (_("Down payment"), "", _share("down_payment")),
    (_("Deposit"), "leasing", _share("deposit")),
    (_("Rent"), "", _text("rent")),
    (_("Price to keep it at the end"), "leasing", _money("residual")),
    (_("Recourse"), "factoring", _Reading("recourse", _recourse)),
    (_("Whose debt it may be"), "", _text("debtor")),
    (_("Passed on along the chain"), "", _Reading("tiers", _tiers)),
    (_("Rate a day"), "bridge", _share("daily_rate_min", "daily_rate_max")),
    (_("Longest use"), "bridge", _Reading("days_max", _days)),
    (_("Proof of renewal"), "", _text("renewal_promise")),
    (_("Who may apply"), "", _text("who")),
    (_("Share that is paid"), "public_money", _share("ratio")),
    (_("Paid at most, one company"), "public_money", _money("cap")),
    (_("Applications"), "", _Reading("window", _window)),
    (_("Left of this year's budget"), "", _money("budget_left")),
)
"""Label, the kinds that it is said of ("" for all), and what reads the value."""
