"""The matcher is tested on a large market."""

from __future__ import annotations

import pytest

COMPANIES = 400


@pytest.fixture(scope="module")
def companies() -> int:
    return COMPANIES
