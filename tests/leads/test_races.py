"""Two windows of one person at once, in a module without a market: its open transaction would lock SQLite."""

from __future__ import annotations

from threading import Barrier, Thread

import pytest
from django.db import connection

from backend.common.errors import Conflict
from backend.leads.models import SavedSearch
from backend.leads.services import SavedSearchInput, saved_search_create
from tests import world


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_two_windows_that_save_the_same_name_leave_one() -> None:
    product = world.product()
    user, outcomes, start = world.person(product.institution.organisation), [], Barrier(2)

    def save_it() -> None:
        try:
            start.wait()
            data = SavedSearchInput(product_id=product.pk, name="same", query="q=export")
            saved_search_create(actor=user, data=data)
            outcomes.append("saved")
        except Conflict as error:
            outcomes.append(error.code)
        finally:
            connection.close()

    windows = [Thread(target=save_it) for _ in range(2)]
    for window in windows:
        window.start()
    for window in windows:
        window.join()
    assert sorted(outcomes) == ["name_taken", "saved"]
    assert SavedSearch.objects.count() == 1
