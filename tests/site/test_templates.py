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


@pytest.mark.parametrize("name", PAGES)
def test_a_template_says_what_it_needs_and_keeps_to_the_policy(name: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    assert re.findall(r"tabindex=\"?[1-9]", text) == [], "nothing jumps the queue of the keyboard"
    assert re.findall(r"<script(?![^>]*\bsrc=)", text) == [], "scripts are files"
    assert re.findall(r"\sstyle=|\son[a-z]+=|javascript:|\bhx-on", text) == [], "no code and no style in an attribute"
    if name not in PRINTED:
        assert re.findall(r"https?://", text) == [], "nothing comes from a foreign host"


@pytest.mark.parametrize("name", [name for name in PAGES if name.startswith("components/")])
def test_a_component_opens_with_what_it_needs(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8").startswith("{% comment %}"), Path(name).name
