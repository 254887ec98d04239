"""The way around the site: what stands in the bar for each kind of visitor, and where each one begins the day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backend.accounts.audience import Viewer, organisation_of
from backend.accounts.roles import Action, Kind, actions_of

Label = Promise | str

OWN_PRODUCTS = (Action.PRODUCT_EDIT, Action.PRODUCT_REVIEW, Action.LEAD_READ, Action.EVENTS_READ)
"""Who reads the shelf of the own institution: who makes products, who reviews them, who works with their leads,
who reads what happened to them."""

_Link = tuple[str, Label, frozenset[Action]]


def _link(name: str, label: Label, *actions: Action) -> _Link:
    """A page for those who hold one of the actions; for everybody of the kind where none is named."""
    return name, label, frozenset(actions)


_LINKS: Mapping[str, Sequence[_Link]] = {
    Kind.COMPANY: (
        _link("company-home", _("Overview")),
        _link("cases", _("My financing")),
        _link("company-profile", _("Company profile")),
    ),
    Kind.INSTITUTION: (
        _link("institution-home", _("Leads"), Action.LEAD_READ),
        _link("cases", _("Cases"), Action.CASE_READ),
        _link("institution-products", _("Own products"), *OWN_PRODUCTS),
    ),
    Kind.BUREAU: (
        _link("bureau-home", _("Market overview"), Action.MARKET_READ),
        _link("need-queue", _("Needs to check"), Action.VERIFY),
        _link("cases", _("Cases"), Action.MARKET_READ),
        _link("verification-queue", _("Verification"), Action.VERIFY),
    ),
    Kind.ADVISERS: (),
    Kind.PLATFORM: (
        _link("bureau-home", _("Market overview"), Action.MARKET_READ),
        _link("need-queue", _("Needs to check"), Action.VERIFY),
        _link("cases", _("Cases"), Action.MARKET_READ),
        _link("verification-queue", _("Verification"), Action.VERIFY),
        _link("organisations", _("Organisations"), Action.PLATFORM),
    ),
}
"""In the bar, in this order; the first that a person may open is where the day begins, else the own account."""

_ACCOUNT: Sequence[_Link] = (
    _link("account", _("Your account")),
    _link("members", _("Members and roles"), Action.MEMBERS_MANAGE),
)
_ACCOUNT_OF: Mapping[str, Sequence[_Link]] = {
    Kind.COMPANY: (_link("verification", _("Verification"), Action.COMPANY_EDIT),),
    Kind.INSTITUTION: (_link("verification", _("Verification"), Action.MEMBERS_MANAGE),),
}
_EVERYBODY: Sequence[_Link] = (_link("shelf", _("Products")), _link("terms", _("Terms explained")))


_BELOW = {"lead-list": "institution-home", "lead": "institution-home", "saved-filters": "institution-home"}
"""Pages that belong to an entry though their address lies below another's."""


@dataclass(frozen=True, slots=True)
class Entry:
    label: Label
    url: str
    here: bool


def home_of(viewer: Viewer) -> str:
    """The name of the page where this visitor begins the day."""
    own = _open_to(viewer, _own(viewer))
    if own:
        return own[0][0]
    return "account" if viewer is not None and viewer.is_authenticated else "home"


def entries(request: HttpRequest) -> tuple[Entry, ...]:
    links = (*_open_to(request.user, _own(request.user)), *_EVERYBODY)
    return tuple(_entry(request, name, label) for name, label, _actions in links)


def account_entries(request: HttpRequest) -> tuple[Entry, ...]:
    """What the menu at the person's name leads to."""
    if not request.user.is_authenticated:
        return ()
    organisation = organisation_of(request.user)
    links = (*_ACCOUNT, *(_ACCOUNT_OF.get(organisation.kind, ()) if organisation is not None else ()))
    return tuple(_entry(request, name, label) for name, label, _actions in _open_to(request.user, links))


def _own(viewer: Viewer) -> Sequence[_Link]:
    organisation = organisation_of(viewer)
    return () if organisation is None else _LINKS[organisation.kind]


def _open_to(viewer: Viewer, links: Sequence[_Link]) -> list[_Link]:
    held = actions_of(viewer)
    return [link for link in links if not link[2] or link[2] & held]


def _entry(request: HttpRequest, name: str, label: Label) -> Entry:
    """Marked where the visitor is on this page or on one below it."""
    url = reverse(name)
    match = request.resolver_match
    if match is not None and match.url_name in _BELOW:
        return Entry(label, url, name == _BELOW[match.url_name])
    return Entry(label, url, request.path == url or (name != _top(request) and request.path.startswith(url)))


def _top(request: HttpRequest) -> str:
    """A role's first page lies above its others: it is marked only where the visitor is on itself."""
    return home_of(request.user)
