"""What holds of every template as it is written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from backend.operations import parts

FOLDER = parts.REPOSITORY / "templates"
PAGES = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.html"))
PRINTED = {"reports/report.html"}
"""Not for a browser: it becomes a PDF."""
LAID_OUT = {"overview/uncovered.html"}
"""A table that a phone shows as cards, so that it is never too wide."""
SCROLLS = re.compile(
    r'<div class="(?:\w+ )*scroll(?: [\w-]+)*" tabindex="0" role="region" aria-label(?:ledby)?="[^"]+">\s*<table\b'
)


@pytest.mark.parametrize("name", PAGES)
def test_a_template_says_what_it_needs_and_keeps_to_the_policy(name: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    assert re.findall(r"tabindex=\"?[1-9]", text) == [], "nothing jumps the queue of the keyboard"
    assert re.findall(r"<script(?![^>]*\bsrc=)", text) == [], "scripts are files"
    assert re.findall(r"\sstyle=|\son[a-z]+=|javascript:|\bhx-on", text) == [], "no code and no style in an attribute"
    if name not in PRINTED:
        assert re.findall(r"https?://", text) == [], "nothing comes from a foreign host"


@pytest.mark.parametrize("name", [name for name in PAGES if not name.startswith("reports/")])
def test_a_table_scrolls_in_a_region_that_the_keyboard_reaches_and_that_has_a_name(name: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    if name not in LAID_OUT:
        assert len(re.findall(r"<table\b", text)) == len(SCROLLS.findall(text))


@pytest.mark.parametrize("name", [name for name in PAGES if name.startswith("components/")])
def test_a_component_opens_with_what_it_needs(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8").startswith("{% comment %}"), Path(name).name
