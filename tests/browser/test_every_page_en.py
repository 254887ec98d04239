"""Every page of the tour in English, on a desk and in a hand: nothing fails, is cut off, shuts anybody out, weighs too
much, or is left in the other language."""

from __future__ import annotations

import pytest

from backend.operations.tour import TOUR
from tests.browser.conftest import Open
from tests.browser.looking import faults, violations

pytestmark = pytest.mark.browser
PAGES = [*(stop.name for stop in TOUR), "missing page"]


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("name", PAGES)
def test_a_page(visit: Open, name: str, width: int) -> None:
    page, watch = visit(name, language="en", width=width)
    assert faults(page, watch, "en", width, missing=name == "missing page") == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_in_the_dark(visit: Open, name: str) -> None:
    page, _watch = visit(name, scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(14, 23, 24)"
    assert violations(page) == []
