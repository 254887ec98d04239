"""Every page of the tour in Chinese, on a desk and in a hand: nothing fails, is cut off, shuts anybody out, weighs too
much, or is left in the other language."""

from __future__ import annotations

import pytest

from backend.operations.tour import TOUR
from tests.browser.conftest import Open
from tests.browser.looking import faults

pytestmark = pytest.mark.browser
PAGES = [*(stop.name for stop in TOUR), "missing page"]


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("name", PAGES)
def test_a_page(visit: Open, name: str, width: int) -> None:
    page, watch = visit(name, language="zh", width=width)
    assert faults(page, watch, "zh", width, missing=name == "missing page") == []
