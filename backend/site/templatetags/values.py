"""How each kind of value is shown, in the reader's language: each is formatted here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from django import template
from django.utils import timezone
from django.utils.dates import MONTHS
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from backend.common.money import amount_text
from backend.matching.cost import CostRange
from backend.packs.queries import vocabulary
from backend.products.models import Product

register = template.Library()

_HUNDREDTH = Decimal("0.01")
_UNITS_ZH = (Decimal(100_000_000), Decimal(10_000))
_UNITS_EN = (Decimal(1_000_000_000), Decimal(1_000_000))


def _language() -> str:
    return get_language() or "zh-hans"


@register.filter
def money(amount: Decimal, currency: str) -> str:
    """Exact: 3786万元, CNY 37.86 million."""
    return _written(amount, currency)


@register.filter
def money_about(amount: Decimal, currency: str) -> str:
    """For sums, to three figures and more: 47.86亿元, CNY 4.79 billion."""
    units = _UNITS_ZH if _language().startswith("zh") else _UNITS_EN
    step = next((unit / 100 for unit in units if abs(amount) >= unit), Decimal(1))
    rounded = (amount / step).quantize(Decimal(1), ROUND_HALF_EVEN) * step
    return _written(rounded, currency)


def _written(amount: Decimal, currency: str) -> str:
    """As rules and reasons write it: counted in 万 or 亿 without separators."""
    text = amount_text(amount, _language(), currency)
    return text.replace(",", "") if "万" in text or "亿" in text else text


@register.filter
def cents(amount: Decimal) -> str:
    """In a table whose head names the currency: 126,270.00."""
    return f"{amount:,.2f}"


@register.filter
def currency_name(currency: str) -> str:
    """元, CNY."""
    return amount_text(Decimal(0), _language(), currency).replace("0", "").strip()


@register.filter
def amounts(product: Product, currency: str) -> str:
    """What a product lends: 10万–300万元, CNY 100,000 to 3 million, up to 300万元, no limit."""
    return money_span(product.amount_min, product.amount_max, currency)


def money_span(low: Decimal, high: Decimal, currency: str) -> str:
    """From the least to the greatest; a greatest of 0: no limit."""
    if not high:
        return _("from %(amount)s") % {"amount": money(low, currency)} if low else _("no limit")
    if not low:
        return _("up to %(amount)s") % {"amount": money(high, currency)}
    if low == high:
        return money(low, currency)
    least, most = money(low, currency), money(high, currency)
    if _language().startswith("zh"):
        return f"{least.removesuffix('元')}–{most}"
    return _("%(low)s to %(high)s") % {"low": least, "high": most.removeprefix(currency).strip()}


@register.filter
def terms(product: Product) -> str:
    """For how long: 12–36 months."""
    low, high = product.term_min, product.term_max
    if not high:
        return months(low, _("from %(months)s")) if low else _("no limit")
    if not low:
        return months(high, _("up to %(months)s"))
    return months(low) if low == high else _("%(low)s–%(high)s months") % {"low": low, "high": high}


@register.filter
def months(number: int | None, pattern: str = "%(months)s") -> str:
    if number is None:
        return "–"
    return pattern % {"months": ngettext("%(number)s month", "%(number)s months", number) % {"number": number}}


@register.filter
def rates(product: Product) -> str:
    """The nominal annual rate: 3.45–4.50%."""
    if product.rate_min is None or product.rate_max is None:
        return "–"
    return _span(product.rate_min, product.rate_max)


@register.filter
def rate(percent: Decimal) -> str:
    """One rate: 4.08%."""
    return _span(percent, percent)


@register.filter
def cost(found: CostRange) -> str:
    return _span(found.low, found.high)


def _span(lowest: Decimal, highest: Decimal) -> str:
    """3.45–4.50%, per cent with two decimals, half to even."""
    low, high = (number.quantize(_HUNDREDTH, ROUND_HALF_EVEN) for number in (lowest, highest))
    return f"{low}%" if low == high else f"{low}–{high}%"


def shares(low: Decimal, high: Decimal) -> str:
    """Per cent, exact, without trailing zeros: 12.5%, 5–15%."""
    return f"{plain(low)}%" if low == high else f"{plain(low)}–{plain(high)}%"


@register.filter
def share(percent: Decimal | None) -> str:
    """A part of a whole, already in per cent: 63.4%. None, where there is no whole: –."""
    return "–" if percent is None else f"{percent}%"


@register.filter
def yes_no(known: bool | None) -> str:
    """Yes, no, or not known."""
    if known is None:
        return _("Not known")
    return _("Yes") if known else _("No")


@register.filter
def count(number: int) -> str:
    """How many: 1,671."""
    return f"{number:,}"


@register.filter
def points(score: float) -> str:
    """A score in [0, 1] out of 100: 77.5."""
    return f"{score * 100:.1f}"


@register.filter
def hundredths(number: float) -> str:
    """A value, a weight or points with two decimals: 0.85, 12.40."""
    return f"{number:.2f}"


@register.filter
def grammatical(number: Decimal | int) -> int:
    """The number that grammar goes by: 1 for exactly one, else 2. A half is plural: `2.5 working days`."""
    return 1 if number == 1 else 2


@register.filter
def plain(number: Decimal) -> str:
    """A decimal without trailing zeros: 5, 2.5."""
    return f"{number.normalize():f}"


def month_day(text: str) -> str:
    """A day of every year, given like 04-01: 4月1日, 1 April."""
    month, day = map(int, text.split("-"))
    return f"{month}月{day}日" if _language().startswith("zh") else f"{day} {MONTHS[month]}"


@register.filter
def clock(moment: datetime) -> str:
    """The local time of day, with the day where it is not today: 14:02, 2026-11-20 14:02."""
    local = timezone.localtime(moment)
    return f"{local:%H:%M}" if local.date() == timezone.localdate() else f"{local:%Y-%m-%d %H:%M}"


@register.filter
def until(day: date) -> str:
    """How long it is to a day that something is due on: today, tomorrow, in 12 days, 3 days overdue."""
    days = (day - timezone.localdate()).days
    if days < 0:
        return ngettext("%(number)s day overdue", "%(number)s days overdue", -days) % {"number": -days}
    if days < 2:
        return _("tomorrow") if days else _("today")
    return ngettext("in %(number)s day", "in %(number)s days", days) % {"number": days}


@register.filter
def file_size(size: int) -> str:
    """Of a file: 9 KB, 1.4 MB; never less than 1 KB."""
    if size < 1024**2:
        return f"{max(1, round(size / 1024))} KB"
    return f"{size / 1024**2:.1f} MB"


@register.filter
def name(thing: Any) -> str:
    """The name of a product, institution or pack."""
    return str(thing.name_zh if _language().startswith("zh") else thing.name_en)


@register.filter
def summary(product: Product) -> str:
    return product.summary_zh if _language().startswith("zh") else product.summary_en


@register.filter
def label(code: str, scheme: str) -> str:
    """The name of a vocabulary's code."""
    return vocabulary().label(scheme, code).in_language(_language())


@register.filter
def labels(codes: Iterable[str], scheme: str) -> str:
    """In the vocabulary's order."""
    order = vocabulary().positions(scheme)
    codes = sorted(codes, key=lambda code: (order.get(code, len(order)), code))
    comma = "、" if _language().startswith("zh") else ", "
    return comma.join(label(code, scheme) for code in codes)
