"""The demo market of the matcher's tests, smaller."""

from __future__ import annotations

import pytest

from tests.matching.conftest import market

__all__ = ["market"]


@pytest.fixture(scope="module")
def companies() -> int:
    return 150
