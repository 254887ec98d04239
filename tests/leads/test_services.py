"""Saved filters and reading marks: whose they are, what bounds them, and what two windows at once do to them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from backend.accounts.models import User
from backend.common.errors import Conflict, InvalidInput, NotFound
from backend.leads.models import LeadView, SavedSearch
from backend.leads.queries import saved_counted, saved_searches_of
from backend.leads.services import (
    MOST_SAVED,
    SavedSearchInput,
    lead_seen,
    normalised,
    saved_search_create,
    saved_search_delete,
    saved_search_rename,
)
from backend.matching.services import leads_for
from tests.demo_market import TODAY
from tests.leads.conftest import Desk

pytestmark = pytest.mark.django_db


def save(desk: Desk, name: str = "seed", query: str = "stage=seed", actor: User | None = None) -> SavedSearch:
    data = SavedSearchInput(product_id=desk.product.pk, name=name, query=query)
    return saved_search_create(actor=actor or desk.banker, data=data)


def test_the_same_question_is_the_same_text(desk: Desk) -> None:
    one = normalised("view=table&stage=seed&cursor=abc&amount=under_50&stage=growth&q=+cold++chain&utm=1")
    assert one == normalised("amount=under_50&q=cold+chain&stage=growth,seed")
    assert one == "amount=under_50&stage=growth&stage=seed&q=cold+chain"
    assert normalised(one) == one
    assert normalised("view=table") == ""
    with pytest.raises(InvalidInput) as refused:
        normalised("stage=charm")
    assert (refused.value.code, refused.value.field) == ("unknown_choice", "stage")
    with pytest.raises(InvalidInput) as refused:
        normalised("&".join(f"a{n}=1" for n in range(300)))
    assert refused.value.code == "unreadable_filters"


def test_a_saved_filter_is_the_person_s_own(desk: Desk) -> None:
    saved = save(desk)
    assert list(saved_searches_of(desk.banker)) == [saved]
    assert list(saved_searches_of(desk.colleague)) == []
    for stranger in (desk.colleague, desk.rival, desk.company):
        with pytest.raises(NotFound):
            saved_search_rename(actor=stranger, saved_id=saved.pk, name="mine")
        with pytest.raises(NotFound):
            saved_search_delete(actor=stranger, saved_id=saved.pk)
    with pytest.raises(NotFound):
        save(desk, actor=desk.rival)
    assert save(desk, actor=desk.colleague).name == "seed"
    assert SavedSearch.objects.count() == 2


@pytest.mark.parametrize(
    ("name", "query", "code"),
    [(" ", "stage=seed", "required"), ("x" * 41, "stage=seed", "too_long"), ("x", "view=table", "nothing_chosen")],
)
def test_what_cannot_be_saved_is_refused(desk: Desk, name: str, query: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        save(desk, name, query)
    assert refused.value.code == code
    assert SavedSearch.objects.count() == 0


def test_a_name_is_given_once(desk: Desk) -> None:
    save(desk)
    other = save(desk, "other", "stage=growth")
    with pytest.raises(Conflict) as refused:
        save(desk, " seed ")
    assert refused.value.code == "name_taken"
    with pytest.raises(Conflict) as refused:
        saved_search_rename(actor=desk.banker, saved_id=other.pk, name="seed")
    assert refused.value.code == "name_taken"
    assert saved_search_rename(actor=desk.banker, saved_id=other.pk, name="growing").name == "growing"
    with pytest.raises(IntegrityError), transaction.atomic():
        SavedSearch.objects.create(user=desk.banker, product=desk.product, name="seed", query="stage=seed")
    assert sorted(SavedSearch.objects.values_list("name", flat=True)) == ["growing", "seed"]


def test_a_product_has_room_for_twenty(desk: Desk) -> None:
    for number in range(MOST_SAVED):
        save(desk, f"filter {number}")
    with pytest.raises(Conflict) as refused:
        save(desk, "one more")
    assert refused.value.code == "too_many"
    saved_search_delete(actor=desk.banker, saved_id=SavedSearch.objects.earliest("pk").pk)
    assert save(desk, "one more").name == "one more"
    assert SavedSearch.objects.count() == MOST_SAVED


def test_saved_filters_are_counted_as_the_list_counts(desk: Desk) -> None:
    first, second = save(desk), save(desk, "words", "q=采购&amount=50_to_200")
    SavedSearch.objects.filter(pk=first.pk).update(query="stage=gone")
    expected = leads_for(
        desk.product, viewer=desk.banker, today=TODAY, params={"amount": ["50_to_200"]}, q="采购", size=1
    ).total
    counted = saved_counted(desk.banker, today=TODAY, language="en")
    assert [(one.saved.pk, one.total) for one in counted] == [(second.pk, expected), (first.pk, None)]


def test_forms_save_rename_delete_and_keep_what_was_typed(desk: Desk) -> None:
    client = desk.door()
    made = client.post(desk.path, {"name": "Seed", "query": "stage=seed&view=table"})
    assert (made.status_code, made["Location"]) == (302, f"{desk.path}?stage=seed&view=table")
    again = client.post(desk.path, {"name": "Seed", "query": "stage=growth"})
    text = again.content.decode()
    assert again.status_code == 409
    assert 'value="Seed"' in text
    assert "You have a filter “Seed” for this product already" in text
    assert client.post(desk.path, {"name": "", "query": "stage=growth"}).status_code == 400
    saved = SavedSearch.objects.get()
    manage = f"{desk.path}saved/"
    wrong = client.post(manage, {"saved": saved.pk, "name": "y" * 41, "do": "rename"})
    assert (wrong.status_code, "y" * 41 in wrong.content.decode()) == (400, True)
    assert client.post(manage, {"saved": "x", "name": "y", "do": "rename"}).status_code == 404
    assert client.post(manage, {"saved": saved.pk, "name": "Early", "do": "rename"}).status_code == 302
    assert SavedSearch.objects.get().name == "Early"
    assert client.post(manage, {"saved": saved.pk, "do": "delete"}).status_code == 302
    assert SavedSearch.objects.count() == 0


def test_reading_again_moves_the_last_time_alone(desk: Desk) -> None:
    need = leads_for(desk.product, viewer=desk.banker, today=TODAY, size=1).results[0].need
    at = datetime(2026, 11, 24, 1, tzinfo=UTC)
    for moment in (at, at + timedelta(hours=2), at + timedelta(hours=1)):
        view = lead_seen(actor=desk.banker, product_id=desk.product.pk, need_id=need.pk, now=moment)
    assert (view.first_seen_at, view.last_seen_at) == (at, at + timedelta(hours=2))
    assert LeadView.objects.count() == 1
    with pytest.raises(NotFound):
        lead_seen(actor=desk.rival, product_id=desk.product.pk, need_id=need.pk)
