"""A company and a bank on the default pack's vocabularies and parameters."""

from __future__ import annotations

import pytest

from tests.applications.playing import Sides, load_words, sides


@pytest.fixture
def table(db: None) -> Sides:
    load_words()
    return sides()
