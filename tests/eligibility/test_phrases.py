"""Whole rules in words."""

from __future__ import annotations

import pytest

from backend.eligibility.phrases import rule_text
from backend.eligibility.rule import read
from tests.property.strategies import VOCABULARY

OLD = {"attribute": "years_in_business", "op": "at_least", "value": "2"}
TECH = {"attribute": "high_tech", "op": "is", "value": True}
PAID = {"attribute": "overdue_records", "op": "at_most", "value": 0}


@pytest.mark.parametrize(
    ("data", "zh", "en"),
    [
        ({}, "没有条件", "no condition"),
        (OLD, "成立满2年", "at least 2 years in business"),
        ({"not": OLD}, "成立不满2年", "less than 2 years in business"),
        ({"any": [OLD, TECH]}, "成立满2年，或是高新技术企业", "at least 2 years in business, or high-tech enterprise"),
        (
            {"all": [PAID, {"any": [OLD, TECH]}]},
            "近两年无逾期，且（成立满2年，或是高新技术企业）",
            "no overdue records in two years, and (at least 2 years in business, or high-tech enterprise)",
        ),
        (
            {"not": {"any": [OLD, {"not": TECH}]}},
            "成立不满2年，且是高新技术企业",
            "less than 2 years in business, and high-tech enterprise",
        ),
        ({"any": [{"all": [OLD]}]}, "成立满2年", "at least 2 years in business"),
        (
            {"any": [PAID, {"not": {"any": [OLD, TECH]}}]},
            "近两年无逾期，或（成立不满2年，且不是高新技术企业）",
            "no overdue records in two years, or (less than 2 years in business, and not: high-tech enterprise)",
        ),
    ],
)
def test_a_rule_is_said_with_its_joints(data: dict[str, object], zh: str, en: str) -> None:
    rule = read(data, VOCABULARY)
    assert rule_text(rule, "zh-hans", VOCABULARY) == zh
    assert rule_text(rule, "en", VOCABULARY) == en
