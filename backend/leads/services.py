"""Every write of saved filters and of what was read. Each is the person's own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import chain, count
from urllib.parse import parse_qs, urlencode

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backend.accounts.handover import Holding
from backend.accounts.models import User
from backend.accounts.roles import Action, demand
from backend.common.errors import Conflict, InvalidInput, NotFound
from backend.leads.models import LeadView, SavedSearch
from backend.leads.queries import own_product, saved_searches_of
from backend.matching.filters import LEAD_FILTERS
from backend.matching.leads import chosen
from backend.matching.searching import LONGEST
from backend.matching.services import still_leads
from backend.packs.queries import vocabulary

MOST_SAVED = 20
"""Saved filters of one person for one product."""
LONGEST_NAME = 40
LONGEST_QUERY = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedSearchInput:
    """`query`: a query string; of it the filters of leads and the words `q` count."""

    product_id: int
    name: str
    query: str


def normalised(query: str) -> str:
    """The query string with known filters and words alone, each once, in the order of LEAD_FILTERS: the same question
    is always the same text; "" asks for everything. Raises InvalidInput, code `unknown_choice`."""
    try:
        given = parse_qs(query, max_num_fields=200)
    except ValueError as error:
        raise InvalidInput(
            _("These filters are too many to read."), code="unreadable_filters", field="query"
        ) from error
    found = chosen(LEAD_FILTERS, given, vocabulary())
    words = " ".join(" ".join(given.get("q", ())).split())[:LONGEST]
    pairs = [(name, value) for name, values in found.items() for value in sorted(values)]
    return urlencode(pairs + ([("q", words)] if words else []))


@transaction.atomic
def saved_search_create(*, actor: User, data: SavedSearchInput) -> SavedSearch:
    """Keep a filter under a name. Raises NotFound where the product is not the actor's institution's, InvalidInput
    (`required`, `too_long`, `nothing_chosen`, `unknown_choice`), Conflict (`name_taken`, `too_many`)."""
    product = own_product(actor, data.product_id)
    demand(actor, Action.LEAD_READ)
    name, query = _name(data.name), normalised(data.query)
    if not query:
        raise InvalidInput(
            _("Choose a filter or type words first; then there is something to save."),
            code="nothing_chosen",
            field="query",
        )
    if len(query) > LONGEST_QUERY:
        raise InvalidInput(_("These filters are too many to save."), code="too_long", field="query")
    # The lock orders this against the same person's other window: the limit holds.
    User.objects.select_for_update().get(pk=actor.pk)
    if SavedSearch.objects.filter(user=actor, product=product).count() >= MOST_SAVED:
        raise Conflict(
            _("A product has room for %(number)s saved filters: delete one first.") % {"number": MOST_SAVED},
            code="too_many",
        )
    try:
        with transaction.atomic():
            return SavedSearch.objects.create(user=actor, product=product, name=name, query=query)
    except IntegrityError as error:
        raise _taken(name) from error


@transaction.atomic
def saved_search_rename(*, actor: User, saved_id: int, name: str) -> SavedSearch:
    """Raises NotFound, InvalidInput (`required`, `too_long`), Conflict (`name_taken`)."""
    saved, wanted = _own(actor, saved_id), _name(name)
    demand(actor, Action.LEAD_READ)
    try:
        with transaction.atomic():
            SavedSearch.objects.filter(pk=saved.pk).update(name=wanted)
    except IntegrityError as error:
        raise _taken(wanted) from error
    saved.name = wanted
    return saved


@transaction.atomic
def saved_search_delete(*, actor: User, saved_id: int) -> SavedSearch:
    """Returns what was deleted. Raises NotFound."""
    saved = _own(actor, saved_id)
    demand(actor, Action.LEAD_READ)
    SavedSearch.objects.filter(pk=saved.pk).delete()
    return saved


@transaction.atomic
def lead_seen(*, actor: User, product_id: int, need_id: int, now: datetime | None = None) -> LeadView:
    """Note that the person read this lead; told again, the time of the last reading moves and nothing else.

    Raises NotFound where the product is not the actor's institution's, or the need is no lead of it.
    """
    product, at = own_product(actor, product_id), now or timezone.now()
    demand(actor, Action.LEAD_READ)
    if not still_leads(product, [need_id], viewer=actor, today=timezone.localdate()):
        raise NotFound("")
    view, made = LeadView.objects.get_or_create(
        user=actor, product=product, need_id=need_id, defaults={"first_seen_at": at, "last_seen_at": at}
    )
    if not made:
        LeadView.objects.filter(pk=view.pk, last_seen_at__lt=at).update(last_seen_at=at)
        view.refresh_from_db()
    return view


def saved_searches_pass_on(leaver: User, successor: User) -> None:
    """Give a person's saved filters to another. A name that the other has for the same product already is numbered;
    what is beyond MOST_SAVED there stays behind."""
    taken: dict[int, set[str]] = {}
    for product_id, name in SavedSearch.objects.filter(user=successor).values_list("product_id", "name"):
        taken.setdefault(product_id, set()).add(name)
    for saved in SavedSearch.objects.filter(user=leaver):
        names = taken.setdefault(saved.product_id, set())
        if len(names) < MOST_SAVED:
            name = _free(saved.name, names)
            SavedSearch.objects.filter(pk=saved.pk).update(user=successor, name=name)
            names.add(name)


SAVED_SEARCHES = Holding(
    name="saved_searches",
    label=_("Saved filters"),
    count=lambda person: SavedSearch.objects.filter(user=person).count(),
    pass_on=saved_searches_pass_on,
    action=Action.LEAD_READ,
)


def _free(name: str, taken: set[str]) -> str:
    """The name, or with the first number behind it that is free."""
    ends = chain(("",), (f" {number}" for number in count(2)))
    return next(wanted for end in ends if (wanted := name[: LONGEST_NAME - len(end)] + end) not in taken)


def _own(actor: User, saved_id: int) -> SavedSearch:
    saved = saved_searches_of(actor).filter(pk=saved_id).first()
    if saved is None:
        raise NotFound("")
    return saved


def _name(typed: str) -> str:
    name = " ".join(typed.split())
    if not name:
        raise InvalidInput(_("Give the filter a name."), code="required", field="name")
    if len(name) > LONGEST_NAME:
        raise InvalidInput(
            _("A name has at most %(number)s characters.") % {"number": LONGEST_NAME}, code="too_long", field="name"
        )
    return name


def _taken(name: str) -> Conflict:
    return Conflict(
        _("You have a filter “%(name)s” for this product already: choose another name.") % {"name": name},
        code="name_taken",
        field="name",
    )
