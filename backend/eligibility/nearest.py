"""The nearest right name for a wrong one."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import SequenceMatcher

from backend.eligibility.attributes import Label

_CLOSE_ENOUGH = 0.5


def nearest(wrong: str, names: Mapping[str, Label | None], *, alike: float = _CLOSE_ENOUGH) -> str | None:
    """The key of `names` most like `wrong`, compared with each key and its labels; None where nothing is more than
    `alike` (0 to 1).

    A label found whole in `wrong`, or holding it whole, counts as close: 营业收入 finds 年营业收入.
    """
    wanted = wrong[:80].strip().casefold()
    if not wanted:
        return None
    best, best_ratio = None, alike
    for key, label in names.items():
        for name in (key,) if label is None else (key, label.zh, label.en):
            ratio = _likeness(wanted, name.casefold())
            if ratio > best_ratio:
                best, best_ratio = key, ratio
    return best


def _likeness(wanted: str, name: str) -> float:
    matcher = SequenceMatcher(None, wanted, name, autojunk=False)
    if matcher.real_quick_ratio() <= _CLOSE_ENOUGH and wanted not in name and name not in wanted:
        return 0.0
    ratio = matcher.ratio()
    if len(wanted) > 1 and len(name) > 1 and (wanted in name or name in wanted):
        return max(ratio, 0.8 + ratio / 10)
    return ratio
