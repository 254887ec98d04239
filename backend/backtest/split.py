"""Earlier and later loans: what the matcher may learn from, and what it is asked about. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from backend.backtest.loans import Loan, LoanFileError

NEWEST = 10
"""Without a cut-off one loan in so many, the newest, is a later loan."""


@dataclass(frozen=True, slots=True)
class Split:
    """Both in the order of their dates. `earlier` were approved before `cutoff`, `later` on that day or after."""

    cutoff: date
    earlier: tuple[Loan, ...]
    later: tuple[Loan, ...]


def split(
    loans: Sequence[Loan], cutoff: date | None = None, *, until: date | None = None, sample: int | None = None
) -> Split:
    """Without `cutoff`: the day of the loan with which the newest tenth begins; all loans of that day are later ones.
    Loans from `until` on are left out. Of the later loans `sample`, evenly spread, are kept.

    Raises LoanFileError where one side would be empty.
    """
    ordered = sorted(loans, key=lambda loan: (loan.approved_on, loan.row))
    known = [loan for loan in ordered if until is None or loan.approved_on < until]
    day = cutoff or (known or ordered)[-max(1, len(known) // NEWEST)].approved_on
    earlier = tuple(loan for loan in known if loan.approved_on < day)
    later = tuple(loan for loan in known if loan.approved_on >= day)
    if not earlier or not later:
        side = "before" if not earlier else "on or after"
        end = f" and before {until}" if until else ""
        raise LoanFileError(
            f"no loan was approved {side} the cut-off {day}{end}; the file runs from {ordered[0].approved_on} to "
            f"{ordered[-1].approved_on}; choose a cut-off between"
        )
    return Split(day, earlier, _spread(later, sample))


def _spread(loans: tuple[Loan, ...], count: int | None) -> tuple[Loan, ...]:
    if count is None or count >= len(loans):
        return loans
    return tuple(loans[number * len(loans) // count] for number in range(count))
