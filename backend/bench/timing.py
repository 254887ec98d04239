"""Times of one thing done many times, and several things done in turn. Pure."""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import permutations

QUANTILES = (50, 95, 99)


def quantile(values: Sequence[float], percent: int) -> float:
    """The nearest-rank quantile: the least of `values` that `percent` per cent of them do not exceed."""
    if not values:
        raise ValueError("no values, no quantile")
    return sorted(values)[max(math.ceil(len(values) * percent / 100), 1) - 1]


def quantiles(seconds: Sequence[float]) -> dict[str, float]:
    """p50, p95 and p99 in milliseconds."""
    return {f"p{percent}": round(quantile(seconds, percent) * 1000, 3) for percent in QUANTILES}


def ratios(over: Mapping[str, float], under: Mapping[str, float]) -> dict[str, float]:
    """Quantile by quantile."""
    return {name: round(over[name] / under[name], 3) for name in over}


def in_turn(variants: Mapping[str, Sequence[Callable[[], object]]]) -> dict[str, list[float]]:
    """Seconds of every call. `variants`: name → one call for each case, in the same order of cases.

    All variants of a case follow each other, in another of all possible orders from case to case: whatever the machine
    does meanwhile meets each of them alike, and each is as often the first to touch what the case needs.
    """
    names = list(variants)
    counts = {len(calls) for calls in variants.values()}
    if len(counts) != 1:
        raise ValueError("every variant has a call for every case")
    orders = list(permutations(names))
    seconds: dict[str, list[float]] = {name: [] for name in names}
    gc.collect()
    for number in range(counts.pop()):
        for name in orders[number % len(orders)]:
            call = variants[name][number]
            began = time.perf_counter()
            call()
            seconds[name].append(time.perf_counter() - began)
    return seconds
