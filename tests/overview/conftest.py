"""The bureau's figures are tested on a market of their own size."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module")
def companies() -> int:
    return 150
