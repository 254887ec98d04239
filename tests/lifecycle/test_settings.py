"""How long states may last: the pack's parameter."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from backend.lifecycle.settings import LifeCycleSettings, LifeCycleSettingsError

GOOD: dict[str, Any] = {
    "need_open_days": 180,
    "need_notice_days": 14,
    "need_verify_working_days": 1,
    "product_confirm_days": 90,
    "product_notice_days": 14,
    "duplicate_amount_share": "0.2",
}
PACKS = ("fixtures/jinan", "fixtures/sba", "tests/fixtures_made_up/yunze")


@pytest.mark.parametrize("pack", PACKS)
def test_every_pack_says_so(pack: str) -> None:
    entry = json.loads((Path(pack) / "parameters" / "lifecycles.json").read_text(encoding="utf-8"))
    assert LifeCycleSettings.parse(entry["content"]) == LifeCycleSettings(180, 14, 1, 90, 14, Decimal("0.2"))


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"need_open_days": 0}, "need_open_days"),
        ({"need_open_days": True}, "need_open_days"),
        ({"need_open_days": "180"}, "need_open_days"),
        ({"need_open_days": 3651}, "need_open_days"),
        ({"need_notice_days": 180}, "need_notice_days"),
        ({"product_notice_days": 90}, "product_notice_days"),
        ({"need_verify_working_days": None}, "need_verify_working_days"),
        ({"duplicate_amount_share": "1"}, "duplicate_amount_share"),
        ({"duplicate_amount_share": "-0.1"}, "duplicate_amount_share"),
        ({"duplicate_amount_share": "a fifth"}, "duplicate_amount_share"),
        ({"duplicate_amount_share": 0.2}, "duplicate_amount_share"),
        ({"need_opn_days": 3}, "need_opn_days"),
    ],
)
def test_what_cannot_be_used_is_named(change: dict[str, Any], path: str) -> None:
    with pytest.raises(LifeCycleSettingsError) as refused:
        LifeCycleSettings.parse({**GOOD, **change})
    assert refused.value.path == path


def test_what_is_missing_is_named() -> None:
    with pytest.raises(LifeCycleSettingsError) as refused:
        LifeCycleSettings.parse({key: value for key, value in GOOD.items() if key != "product_confirm_days"})
    assert refused.value.path == "product_confirm_days"
