"""The pack's parameter `lifecycles`: how long a state may last, and what counts as the same thing twice. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal, InvalidOperation
from typing import Any

LONGEST = 3650
"""Days. A longer one is a slip of the pen."""


class LifeCycleSettingsError(ValueError):
    """The parameter cannot be used; `path` names the entry."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path
        self.message = message


@dataclass(frozen=True, slots=True)
class LifeCycleSettings:
    """Days are calendar days unless their name says otherwise.

    `need_open_days`: a need expires so many days after it was opened or renewed; `need_notice_days`: its company is
    told so many days before. `need_verify_working_days`: a submitted need is looked at within so many.
    `product_confirm_days`: a product that nobody confirmed for longer is taken off the shelf; `product_notice_days`:
    its institution is told so many days before. `duplicate_amount_share`: two amounts are near where they differ by at
    most this share of the greater.
    """

    need_open_days: int
    need_notice_days: int
    need_verify_working_days: int
    product_confirm_days: int
    product_notice_days: int
    duplicate_amount_share: Decimal

    @classmethod
    def parse(cls, content: Mapping[str, Any]) -> LifeCycleSettings:
        """Raises LifeCycleSettingsError."""
        names = [field.name for field in fields(cls)]
        for name in content:
            if name not in names:
                raise LifeCycleSettingsError(name, f"there is no such entry; known are: {', '.join(names)}")
        days = {name: _days(content, name) for name in names if name != "duplicate_amount_share"}
        for notice, whole in (
            ("need_notice_days", "need_open_days"),
            ("product_notice_days", "product_confirm_days"),
        ):
            if days[notice] >= days[whole]:
                raise LifeCycleSettingsError(notice, f"must be fewer than {whole}")
        return cls(**days, duplicate_amount_share=_share(content, "duplicate_amount_share"))


def _days(content: Mapping[str, Any], name: str) -> int:
    days = content.get(name)
    if not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= LONGEST:
        raise LifeCycleSettingsError(name, f"a whole number of days from 1 to {LONGEST} is wanted")
    return days


def _share(content: Mapping[str, Any], name: str) -> Decimal:
    try:
        share = Decimal(content[name]) if isinstance(content.get(name), str) else None
    except InvalidOperation:
        share = None
    if share is None or not share.is_finite() or not 0 <= share < 1:
        raise LifeCycleSettingsError(name, "a share from 0 to below 1 is wanted, as text")
    return share
