"""The pack's parameter `ranking`: a weight for each feature, and the numbers that shape them. Data, not code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from backend.matching.record import RecordSettings

FEATURE_KEYS = (
    "conditions",
    "amount",
    "term",
    "cost",
    "collateral",
    "purpose",
    "proximity",
    "stage",
    "first_loan",
    "record",
    "speed",
    "freshness",
    "text",
)
WEIGHT_UNIT = 100
"""Weights are kept as whole hundredths: the points of the engine's coarse score."""


class RankingSettingsError(ValueError):
    """The parameter cannot be used; the message names the entry."""


@dataclass(frozen=True, slots=True)
class RankingSettings:
    """`points`: feature → its weight in hundredths; a feature that the pack leaves out weighs nothing.

    `sweet_low`, `sweet_high`: the usual range as shares of a product's greatest amount. `cost_benchmark`: per cent a
    year, stands in for a bearable cost that is not known. `slow_days`: working days to an answer that are worth 0.
    `stale_days`: age in days that is worth 0. `text_enough`: shared words that are worth 1; `common_words` are too
    common to count. `channels`: stage → kind of product (a code or one above it) → how well the channel suits the
    stage, 0 to 1. `supplements`: kinds of product that pay nothing out by themselves; `for_lenders`: kinds that no
    company can apply for.
    """

    points: Mapping[str, int]
    channels: Mapping[str, Mapping[str, float]]
    sweet_low: float
    sweet_high: float
    cost_benchmark: float
    slow_days: int
    stale_days: int
    text_enough: int
    common_words: frozenset[str]
    record: RecordSettings | None
    supplements: frozenset[str] = frozenset()
    for_lenders: frozenset[str] = frozenset()
    version: int = 0

    @property
    def total(self) -> int:
        return sum(self.points.values())

    @classmethod
    def parse(cls, content: Mapping[str, Any], *, version: int = 0) -> RankingSettings:
        """Raises RankingSettingsError."""
        weights = content.get("weights")
        if not isinstance(weights, Mapping):
            raise RankingSettingsError("weights: an object of feature → weight is wanted")
        for key in weights:
            if key not in FEATURE_KEYS:
                raise RankingSettingsError(f"weights.{key}: there is no such feature; known: {', '.join(FEATURE_KEYS)}")
        points = {
            key: int(_number(weights[key], f"weights.{key}") * WEIGHT_UNIT) if key in weights else 0
            for key in FEATURE_KEYS
        }
        if not any(points.values()):
            raise RankingSettingsError("weights: at least one must be above 0")
        sweet = content.get("amount_sweet", ["0.2", "0.8"])
        low, high = (_number(share, "amount_sweet") for share in sweet)
        if not 0 <= low < high <= 1:
            raise RankingSettingsError("amount_sweet: two rising shares in [0, 1] are wanted")
        channels = {
            stage: {kind: _share(value, f"channels.{stage}.{kind}") for kind, value in row.items()}
            for stage, row in content.get("channels", {}).items()
        }
        record = content.get("record")
        return cls(
            points=points,
            channels=channels,
            sweet_low=float(low),
            sweet_high=float(high),
            cost_benchmark=float(_above_zero(content.get("cost_benchmark", "6"), "cost_benchmark")),
            slow_days=int(_above_zero(content.get("slow_days", 30), "slow_days")),
            stale_days=int(_above_zero(content.get("stale_days", 180), "stale_days")),
            text_enough=int(_above_zero(content.get("text_enough", 4), "text_enough")),
            common_words=frozenset(map(str, content.get("common_words", ()))),
            record=None if record is None else RecordSettings.parse(record),
            supplements=_codes(content, "supplements"),
            for_lenders=_codes(content, "for_lenders"),
            version=version,
        )


def _codes(content: Mapping[str, Any], name: str) -> frozenset[str]:
    given = content.get(name, [])
    if not isinstance(given, list) or not all(isinstance(code, str) for code in given):
        raise RankingSettingsError(f"{name}: a list of codes is wanted")
    return frozenset(given)


def _number(value: object, name: str) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise RankingSettingsError(f"{name}: {value!r} is not a number") from None
    if not number.is_finite() or number < 0:
        raise RankingSettingsError(f"{name}: a number from 0 up is wanted, not {value!r}")
    return number


def _above_zero(value: object, name: str) -> Decimal:
    number = _number(value, name)
    if number < 1:
        raise RankingSettingsError(f"{name}: a number from 1 up is wanted, not {value!r}")
    return number


def _share(value: object, name: str) -> float:
    number = _number(value, name)
    if number > 1:
        raise RankingSettingsError(f"{name}: a share in [0, 1] is wanted, not {value!r}")
    return float(number)
