"""Names and titles of one line, passages of several, and nothing in them that the reader cannot see."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.common.errors import InvalidInput
from backend.common.texts import one_line, passage


@pytest.mark.parametrize(
    "text", ["鼎泰精密科技有限公司", "𠮷野工业", "A & B (China) Co., Ltd.", "流动资金周转 — 第2笔", "é"]
)
def test_what_people_write_is_kept(text: str) -> None:
    assert one_line(f" {text}\u3000", "name") == text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "wrong_length"),
        (" \u3000\n", "wrong_length"),
        ("x" * 201, "wrong_length"),
        ("\u202egnp.exe", "unseen_character"),
        ("a\u200bb", "unseen_character"),
        ("two\nlines", "unseen_character"),
        ("two\u2028lines", "unseen_character"),
        ("bell\x07", "unseen_character"),
    ],
)
def test_what_hides_something_is_refused(text: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        one_line(text, "title")
    assert (refused.value.code, refused.value.field) == (code, "title")


def test_the_character_is_named() -> None:
    with pytest.raises(InvalidInput, match=r"U\+202E"):
        one_line("a\u202eb", "name")


@given(st.text(st.characters(categories=("L", "M", "N", "P", "S")), min_size=1, max_size=200))
def test_letters_figures_and_signs_pass(text: str) -> None:
    assert one_line(text, "name") == text.strip()


def test_a_passage_may_have_lines() -> None:
    assert passage(" 请补充：\r\n1. 用途\n\t2. 订单 ", "reason") == "请补充：\n1. 用途\n\t2. 订单"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "wrong_length"),
        ("x" * 1001, "wrong_length"),
        ("a\u202eb", "unseen_character"),
        ("a\x00b", "unseen_character"),
    ],
)
def test_a_passage_hides_nothing_either(text: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        passage(text, "reason")
    assert (refused.value.code, refused.value.field) == (code, "reason")
