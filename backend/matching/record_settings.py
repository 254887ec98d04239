"""The settings of the record of past cases: key `record` of the pack's `ranking` parameter. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

TREES = {"region": "regions", "industry": "industries"}
CODES = ("size_class", "stage", "purpose")
NUMBERS = ("amount", "term_months", "employees")


class RecordSettingsError(ValueError):
    """The pack's settings for the record cannot be used; the message names the entry."""


@dataclass(frozen=True, slots=True)
class Level:
    """One segment of a chain: cases alike in `traits`. `strength` is how many cases the wider level counts as."""

    traits: tuple[str, ...]
    strength: float


@dataclass(frozen=True, slots=True)
class Chain:
    weight: float
    levels: tuple[Level, ...]


@dataclass(frozen=True, slots=True)
class Memory:
    """`half_life_days` None: a case never loses weight."""

    share: float
    half_life_days: float | None
    chains: tuple[Chain, ...]


@dataclass(frozen=True, slots=True)
class RecordSettings:
    """`floor` is the share that is worth 0; `prior` how many cases an institution without any counts as having;
    `enough` the least number of cases that are worth quoting; `approval_strength` how many average decisions are
    added to an institution's own; `product_strength` and `product_weight` shape `Record.product_factor`."""

    memories: tuple[Memory, ...]
    bands: Mapping[str, tuple[Decimal, ...]] = field(default_factory=dict)
    floor: float = 1e-5
    prior: float = 0.5
    enough: int = 20
    approval_strength: float = 10.0
    product_strength: float = 5.0
    product_weight: float = 0.0

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> RecordSettings:
        """Settings from the JSON of the `ranking` parameter's key `record`: `memories`, or for a single one its
        `chains` and `half_life_days` directly. Raises RecordSettingsError."""
        try:
            settings = cls(
                memories=tuple(_memory(memory) for memory in data.get("memories", (data,))),
                bands={
                    name: tuple(sorted(Decimal(str(edge)) for edge in edges))
                    for name, edges in data.get("bands", {}).items()
                },
                floor=_positive(data.get("floor", 1e-5), "floor"),
                prior=_positive(data.get("prior", 0.5), "prior"),
                enough=int(data.get("enough", 20)),
                approval_strength=_positive(data.get("approval_strength", 10), "approval_strength"),
                product_strength=_positive(data.get("product_strength", 5), "product_strength"),
                product_weight=float(data.get("product_weight", 0)),
            )
        except (KeyError, TypeError, AttributeError, ArithmeticError) as error:
            raise RecordSettingsError(f"record settings: {error!r}") from error
        settings._check()
        return settings

    def traits(self) -> set[str]:
        """Every trait that some chain names."""
        return {
            trait
            for memory in self.memories
            for chain in memory.chains
            for level in chain.levels
            for trait in level.traits
        }

    def _check(self) -> None:
        if not self.memories or not all(memory.chains for memory in self.memories):
            raise RecordSettingsError("record settings: each memory needs a chain, and there must be a memory")
        if not 0 < self.floor < 1:
            raise RecordSettingsError("record settings: floor must lie between 0 and 1")
        if not 0 <= self.product_weight <= 1:
            raise RecordSettingsError("record settings: product_weight must lie in [0, 1]")
        for name in self.bands:
            if name not in NUMBERS:
                raise RecordSettingsError(f"record settings: bands of {name!r}, which is not one of {NUMBERS}")
        for trait in self.traits():
            trait_reader(trait)


def _memory(data: Mapping[str, Any]) -> Memory:
    half_life = data.get("half_life_days")
    return Memory(
        _positive(data.get("share", 1), "share"),
        None if half_life is None else _positive(half_life, "half_life_days"),
        tuple(
            Chain(
                _positive(chain.get("weight", 1), "weight"),
                tuple(
                    Level(tuple(level["traits"]), _positive(level["strength"], "strength")) for level in chain["levels"]
                ),
            )
            for chain in data["chains"]
        ),
    )


def _positive(value: object, name: str) -> float:
    number = float(str(value))
    if not (number > 0 and math.isfinite(number)):
        raise RecordSettingsError(f"record settings: {name} must be a number above 0, not {value!r}")
    return number


def trait_reader(trait: str) -> tuple[str, int]:
    """ "region@2" → ("region", 2), the ancestor two steps below the root; "purpose" → ("purpose", 0)."""
    name, _, depth = trait.partition("@")
    if name in TREES and (depth.isdigit() or not depth):
        return name, int(depth) if depth else -1
    if not depth and (name in CODES or name in NUMBERS or name == "first_loan"):
        return name, 0
    raise RecordSettingsError(f"record settings: unknown trait {trait!r}")
