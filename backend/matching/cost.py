"""The all-in annual cost of an offer (综合融资成本): one method for every kind of product.

Method: the company's cash flows are laid out by month. Month 0 brings the principal less what is paid at the start;
each later month takes interest, principal and fees, less subsidies. The monthly internal rate of return i solves

    Σ flow(t) / (1 + i)^t = 0,  t = 0 … months

and the annual cost is the effective rate (1 + i)^12 − 1, in per cent. A year has twelve equal months and a month's
interest is rate / 12 of the balance. Money is Decimal throughout; a float only starts the search for the root, which
is finished in Decimal. Rates come from unrounded flows; the lines of a cost sheet are rounded to the fen, half to even.

What an offer's terms mean:
- repayment: `bullet` pays interest (simple) and principal at the end; `interest_monthly` interest each month and
  principal at the end; `equal_instalment` a level payment; `equal_principal` level principal; `on_demand` is reckoned
  as fully drawn to the end, like `interest_monthly`: the most it can cost.
- fee: basis `amount` is a share of the principal, `amount_per_year` that share for each year (a part year counts in
  proportion), `fixed` a sum. `start` pays it in month 0, for all years at once; `yearly` at the start of each year.
- subsidy: `rate` per cent a year of the balance over the first `months`, never more than that month's interest, in
  total at most `cap`; it arrives with the payment of the interest that it relieves.
- a lease's `deposit` (per cent of the principal) is paid in month 0 and set off against the last payments; its
  `residual` (money) is paid at the end.
- a guarantee has no rate of its own: its cost is that of the loan it opens, at the highest rate that the guarantor
  admits (`loan_rate_cap`).
"""

from __future__ import annotations

import calendar
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation, localcontext

REPAYMENTS = ("bullet", "interest_monthly", "equal_instalment", "equal_principal", "on_demand")
FEE_BASES = ("amount", "amount_per_year", "fixed")
FEE_TIMES = ("start", "yearly")
MONTHS_A_YEAR = 12
LONGEST_MONTHS = 600
_ZERO, _ONE, _HUNDRED, _YEAR = Decimal(0), Decimal(1), Decimal(100), Decimal(MONTHS_A_YEAR)
_FEN = Decimal("0.01")
_RATE_STEP = Decimal("0.0001")
_PRECISION = 40
_ROOT_STEP = Decimal(10) ** -34


class CostError(ValueError):
    """The terms or the flows allow no cost to be stated. `code` is stable."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Fee:
    """`rate` is per cent of the principal for the bases `amount` and `amount_per_year`; `amount` is money."""

    kind: str
    payee: str
    basis: str
    when: str
    rate: Decimal = _ZERO
    amount: Decimal = _ZERO


@dataclass(frozen=True, slots=True)
class Subsidy:
    """Public money towards the interest: `rate` per cent a year over `months`; `cap` money, None for no cap."""

    kind: str
    rate: Decimal
    months: int
    cap: Decimal | None


@dataclass(frozen=True, slots=True)
class CostTerms:
    """What of an offer decides its cost. Rates are per cent a year; None: the offer states no rate."""

    repayment: str
    rate_min: Decimal | None
    rate_max: Decimal | None
    fees: tuple[Fee, ...] = ()
    subsidies: tuple[Subsidy, ...] = ()
    deposit: Decimal = _ZERO
    residual: Decimal = _ZERO

    @property
    def scale_free(self) -> bool:
        """True where twice the amount costs twice as much: nothing is fixed in money."""
        fixed = self.residual or any(fee.basis == "fixed" for fee in self.fees)
        return not fixed and all(subsidy.cap is None for subsidy in self.subsidies)


@dataclass(frozen=True, slots=True)
class CostRange:
    """All-in annual cost at the lowest and the highest rate, per cent, four decimals."""

    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class Line:
    """One payment of a cost sheet. `amount` is what the company pays, in fen steps; a subsidy is negative."""

    kind: str
    payee: str
    month: int
    due_on: date | None
    amount: Decimal


@dataclass(frozen=True, slots=True)
class CostSheet:
    """Every payment that makes up the cost (principal left out), their sum, and the annual cost in per cent."""

    lines: tuple[Line, ...]
    total: Decimal
    annual_cost: Decimal


@dataclass(frozen=True, slots=True)
class _Payment:
    kind: str
    payee: str
    month: int
    amount: Decimal


def _decimal(value: object, name: str) -> Decimal:
    if isinstance(value, float | bool) or value is None:
        raise CostError("bad_terms", f"{name} must be a decimal string, not {value!r}")
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise CostError("bad_terms", f"{name} is not a number: {value!r}") from None
    if not number.is_finite() or number < 0:
        raise CostError("bad_terms", f"{name} must be a number from 0 up, not {value!r}")
    return number


def _objects(found: object, name: str) -> list[Mapping[str, object]]:
    if not isinstance(found, list | tuple) or not all(isinstance(one, Mapping) for one in found):
        raise CostError("bad_terms", f"{name} must be a list of objects")
    return list(found)


def _fee(data: Mapping[str, object]) -> Fee:
    basis, when = str(data.get("basis", "amount")), str(data.get("when", "start"))
    if basis not in FEE_BASES:
        raise CostError("bad_terms", f"unknown fee basis {basis!r}; known: {', '.join(FEE_BASES)}")
    if when not in FEE_TIMES:
        raise CostError("bad_terms", f"unknown time of a fee {when!r}; known: {', '.join(FEE_TIMES)}")
    kind, payee = str(data.get("kind", "other")), str(data.get("payee", ""))
    if basis == "fixed":
        return Fee(kind, payee, basis, when, amount=_decimal(data.get("amount"), "amount of a fee"))
    return Fee(kind, payee, basis, when, rate=_decimal(data.get("rate"), "rate of a fee"))


def _subsidy(data: Mapping[str, object]) -> Subsidy:
    cap = data.get("cap")
    months = _decimal(data.get("months"), "months of a subsidy")
    return Subsidy(
        str(data.get("kind", "interest_subsidy")),
        _decimal(data.get("rate"), "rate of a subsidy"),
        int(months),
        None if cap is None else _decimal(cap, "cap of a subsidy"),
    )


def cost_terms(
    *,
    rate_min: Decimal | None,
    rate_max: Decimal | None,
    terms: Mapping[str, object],
    fees: Sequence[Mapping[str, object]],
) -> CostTerms:
    """The terms from a product's fields (`terms` and `fees` are its JSON). Raises CostError, code `bad_terms`."""
    repayment = str(terms.get("repayment") or "interest_monthly")
    if repayment not in REPAYMENTS:
        raise CostError("bad_terms", f"unknown repayment {repayment!r}; known: {', '.join(REPAYMENTS)}")
    if rate_min is None and terms.get("loan_rate_cap") is not None:
        rate_min = rate_max = _decimal(terms["loan_rate_cap"], "loan_rate_cap")
    return CostTerms(
        repayment,
        rate_min,
        rate_max,
        tuple(_fee(fee) for fee in _objects(fees, "fees")),
        tuple(_subsidy(subsidy) for subsidy in _objects(terms.get("subsidies") or (), "subsidies")),
        _decimal(terms.get("deposit") or "0", "deposit"),
        _decimal(terms.get("residual") or "0", "residual"),
    )


def _checked(rate: Decimal, amount: Decimal, months: int) -> None:
    if amount <= 0:
        raise CostError("bad_amount", f"the amount must be above 0, not {amount}")
    if not 1 <= months <= LONGEST_MONTHS:
        raise CostError("bad_term", f"the term must be 1 to {LONGEST_MONTHS} months, not {months}")
    if rate < 0:
        raise CostError("bad_terms", f"the rate must not be below 0, not {rate}")


def _loan(repayment: str, rate: Decimal, amount: Decimal, months: int) -> list[tuple[Decimal, Decimal]]:
    """(interest that accrues, principal repaid) of each month 1 … months."""
    monthly = rate / _HUNDRED / _YEAR
    if repayment == "equal_principal":
        step = amount / months
        return [((amount - step * month) * monthly, step) for month in range(months)]
    if repayment == "equal_instalment" and rate > 0:
        growth = (_ONE + monthly) ** months
        level = amount * monthly * growth / (growth - _ONE)
        balance, rows = amount, []
        for _ in range(months):
            interest = balance * monthly
            rows.append((interest, level - interest))
            balance -= level - interest
        return rows
    if repayment == "equal_instalment":
        return [(_ZERO, amount / months)] * months
    interest = amount * monthly
    return [(interest, _ZERO)] * (months - 1) + [(interest, amount)]


def _fee_payments(fee: Fee, amount: Decimal, months: int) -> list[_Payment]:
    years = list(range(0, months, MONTHS_A_YEAR)) if fee.when == "yearly" else [0]
    share = amount * fee.rate / _HUNDRED
    payments = []
    for month in years:
        if fee.basis == "fixed":
            due = fee.amount
        elif fee.basis == "amount":
            due = share
        elif fee.when == "yearly":
            due = share * min(MONTHS_A_YEAR, months - month) / _YEAR
        else:
            due = share * months / _YEAR
        payments.append(_Payment(fee.kind, fee.payee, month, due))
    return payments


def _payments(terms: CostTerms, rate: Decimal, amount: Decimal, months: int) -> tuple[list[_Payment], list[Decimal]]:
    """Everything paid but the principal, and the principal repaid in months 0 … months. The deposit is a payment,
    and its return payments below 0."""
    loan = _loan(terms.repayment, rate, amount, months)
    bullet = terms.repayment == "bullet"
    payments = [payment for fee in terms.fees for payment in _fee_payments(fee, amount, months)]
    left = {index: subsidy.cap for index, subsidy in enumerate(terms.subsidies)}
    interest_due, relief_due = _ZERO, [_ZERO] * len(terms.subsidies)
    balance = amount
    for month, (interest, principal) in enumerate(loan, start=1):
        interest_due += interest
        relievable = interest
        for index, subsidy in enumerate(terms.subsidies):
            if month > subsidy.months or relievable == 0:
                continue
            relief = min(balance * subsidy.rate / _HUNDRED / _YEAR, relievable)
            cap = left[index]
            if cap is not None:
                relief = min(relief, cap)
                left[index] = cap - relief
            relievable -= relief
            relief_due[index] += relief
        balance -= principal
        if bullet and month < months:
            continue
        if interest_due:
            payments.append(_Payment("interest", "lender", month, interest_due))
        for index, subsidy in enumerate(terms.subsidies):
            if relief_due[index]:
                payments.append(_Payment(subsidy.kind, "public", month, -relief_due[index]))
        interest_due, relief_due = _ZERO, [_ZERO] * len(terms.subsidies)
    repaid = [_ZERO, *(principal for _, principal in loan)]
    if terms.residual:
        payments.append(_Payment("residual", "lender", months, terms.residual))
    if terms.deposit:
        payments += _deposit(amount * terms.deposit / _HUNDRED, payments, repaid)
    return payments, repaid


def _deposit(deposit: Decimal, payments: list[_Payment], repaid: list[Decimal]) -> list[_Payment]:
    """The deposit in month 0, and its return as far as the last months' payments reach."""
    due = list(repaid)
    for payment in payments:
        due[payment.month] += payment.amount
    moved, left = [_Payment("deposit", "lender", 0, deposit)], deposit
    for month in range(len(due) - 1, 0, -1):
        part = min(due[month], left)
        if part > 0:
            moved.append(_Payment("deposit", "lender", month, -part))
            left -= part
    return moved


def cash_flows(terms: CostTerms, rate: Decimal, amount: Decimal, months: int) -> tuple[Decimal, ...]:
    """The company's flows of months 0 … months, received above 0, paid below 0; `rate` in per cent a year.

    Raises CostError: `bad_amount`, `bad_term`, `bad_terms`.
    """
    _checked(rate, amount, months)
    with localcontext() as context:
        context.prec = _PRECISION
        payments, principal = _payments(terms, rate, amount, months)
        flows = [-repaid for repaid in principal]
        flows[0] += amount
        for payment in payments:
            flows[payment.month] -= payment.amount
        return tuple(flows)


def monthly_irr(flows: Sequence[Decimal]) -> Decimal:
    """The monthly rate i with Σ flow(t)/(1+i)^t = 0, as a fraction, above −1.

    The first flow must be received and none of the others, so that there is exactly one root. It is sought in
    y = −ln(1+i), where ln Σ paid(t)·e^(ty) is convex and Newton's method cannot run away, then finished in Decimal.
    Raises CostError, code `no_rate`, for any other flows.
    """
    if len(flows) < 2 or flows[0] <= 0:
        raise CostError("no_rate", "nothing is received at the start, so no annual rate exists")
    paid = [-flow for flow in flows[1:]]
    if any(payment < 0 for payment in paid) or not any(paid):
        raise CostError("no_rate", "after the start the company must only pay, and pay something")
    with localcontext() as context:
        context.prec = _PRECISION
        scaled = [payment / flows[0] for payment in paid]
        x = Decimal(_float_start([float(payment) for payment in scaled]))
        for _ in range(20):
            value, slope = -_ONE, _ZERO
            polynomial = _ZERO
            for payment in reversed(scaled):
                slope = slope * x + polynomial
                polynomial = polynomial * x + payment
            slope = slope * x + polynomial
            value += polynomial * x
            step = value / slope
            x -= step
            if abs(step) <= _ROOT_STEP * x:
                return _ONE / x - _ONE
    raise CostError("no_rate", "the rate was not found")


def _float_start(paid: list[float]) -> float:
    """x = 1/(1+i) to about 15 digits, with Σ paid(t)·x^t = 1."""
    y = 0.0
    for _ in range(60):
        x = math.exp(y)
        total = weighted = 0.0
        power = 1.0
        for month, payment in enumerate(paid, start=1):
            power *= x
            total += payment * power
            weighted += month * payment * power
        if total <= 0.0 or not math.isfinite(weighted):
            raise CostError("no_rate", "the flows differ too much in size for a rate to be found")
        step = math.log(total) * total / weighted
        y -= step
        if abs(step) < 1e-14:
            break
    return math.exp(y)


def effective(monthly: Decimal) -> Decimal:
    """The effective annual rate in per cent, four decimals, of a monthly rate as a fraction."""
    with localcontext() as context:
        context.prec = _PRECISION
        yearly = ((_ONE + monthly) ** MONTHS_A_YEAR - _ONE) * _HUNDRED
        if yearly.adjusted() > 20:
            raise CostError("no_rate", "the cost exceeds any meaningful rate")
        return yearly.quantize(_RATE_STEP, rounding=ROUND_HALF_EVEN)


def annual_cost(terms: CostTerms, rate: Decimal, amount: Decimal, months: int) -> Decimal:
    """All-in annual cost in per cent, four decimals. Raises CostError.

    A loan without fees and subsidies whose interest is paid monthly returns its monthly rate exactly; no root is
    sought for it.
    """
    plain = not (terms.fees or terms.subsidies or terms.deposit or terms.residual)
    if plain and terms.repayment != "bullet":
        _checked(rate, amount, months)
        with localcontext() as context:
            context.prec = _PRECISION
            return effective(rate / _HUNDRED / _YEAR)
    return effective(monthly_irr(cash_flows(terms, rate, amount, months)))


def cost_range(terms: CostTerms, amount: Decimal, months: int) -> CostRange | None:
    """The cost at the lowest and at the highest rate; None where the offer states no rate. Raises CostError."""
    if terms.rate_min is None or terms.rate_max is None:
        return None
    low = annual_cost(terms, terms.rate_min, amount, months)
    high = low if terms.rate_max == terms.rate_min else annual_cost(terms, terms.rate_max, amount, months)
    return CostRange(low, high)


def due_on(start: date, months: int) -> date:
    """The same day of the month `months` later, or that month's last day."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


def cost_sheet(
    terms: CostTerms, rate: Decimal, amount: Decimal, months: int, *, start: date | None = None
) -> CostSheet:
    """What is paid, to whom and when, on an offer at `rate`; dates where `start` is given. Raises CostError."""
    cost = annual_cost(terms, rate, amount, months)
    with localcontext() as context:
        context.prec = _PRECISION
        payments, _ = _payments(terms, rate, amount, months)
        lines = tuple(
            Line(
                payment.kind,
                payment.payee,
                payment.month,
                due_on(start, payment.month) if start else None,
                payment.amount.quantize(_FEN, rounding=ROUND_HALF_EVEN),
            )
            for payment in sorted(payments, key=lambda payment: payment.month)
        )
        return CostSheet(lines, sum((line.amount for line in lines), Decimal("0.00")), cost)
