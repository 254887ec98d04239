"""Who may see what, as tokens: a document carries tokens, a viewer holds tokens, one in common lets the viewer see it.

The search filter uses the tokens; the SQL scopes (`*_visible_to`, `needs_searchable_by`) say the same in the
database's words, and a test holds the two together. Nothing else in the code decides visibility.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.auth.models import AnonymousUser

from backend.accounts.models import Organisation, User
from backend.accounts.roles import Action, may

Viewer = User | AnonymousUser | None

PUBLIC = "public"
INSTITUTIONS = "institutions"
BUREAU = "bureau"
BUREAUS = "bureaus"
PLATFORM = "platform"
"""BUREAU: the city's bureau, which sees every district. BUREAUS: it and those of the districts."""


def organisation_token(organisation_id: int) -> str:
    return f"org:{organisation_id}"


def district_token(region: str) -> str:
    return f"{BUREAU}:{region}"


def organisation_of(viewer: Viewer) -> Organisation | None:
    """The organisation that `viewer` acts for; None for the anonymous, the inactive, people of no organisation and of
    one that is suspended."""
    if not isinstance(viewer, User) or not viewer.is_active or viewer.organisation is None:
        return None
    return None if viewer.organisation.suspended else viewer.organisation


def house_of(organisation: Organisation) -> tuple[int, ...]:
    """The ids of the organisation and of those that it is a branch of, itself first."""
    ids, above = [organisation.pk], organisation
    while above.parent is not None:
        above = above.parent
        ids.append(above.pk)
    return tuple(ids)


def viewer_tokens(viewer: Viewer) -> tuple[str, ...]:
    organisation = organisation_of(viewer)
    if organisation is None:
        return (PUBLIC,)
    own = (PUBLIC, organisation_token(organisation.pk))
    match organisation.kind:
        case Organisation.Kind.INSTITUTION:
            house = (PUBLIC, *map(organisation_token, house_of(organisation)))
            return (*house, INSTITUTIONS) if may(viewer, Action.LEAD_READ) else house
        case Organisation.Kind.BUREAU:
            return (*own, BUREAUS, district_token(organisation.region) if organisation.region else BUREAU)
        case Organisation.Kind.PLATFORM:
            return (*own, BUREAUS, BUREAU, PLATFORM)
        case _:
            return own


def need_tokens(*, organisation: Organisation, status: str, regions: Sequence[str] = ()) -> list[str]:
    """A draft is the company's own; an open need is a lead, also while it is in talks, as long as its company is not
    suspended; the bureau sees it from its submission on, that of a district where the company lies in it. `regions`:
    the company's region and those above it."""
    tokens = [organisation_token(organisation.pk), PLATFORM]
    if status in ("open", "talking") and not organisation.suspended:
        tokens.append(INSTITUTIONS)
    if status != "draft":
        tokens += [BUREAU, *map(district_token, regions)]
    return sorted(tokens)


def product_tokens(*, organisation: Organisation, status: str) -> list[str]:
    """A draft is the institution's own, also while it is reviewed; what is published is everybody's to find, as long as
    its institution is not suspended; the bureau keeps sight of what was published."""
    tokens = [organisation_token(organisation.pk), PLATFORM]
    if status == "published" and not organisation.suspended:
        tokens.append(PUBLIC)
    if status not in ("draft", "review"):
        tokens.append(BUREAUS)
    return sorted(tokens)


def acts_for_platform(viewer: Viewer) -> bool:
    """The platform's administrators and its imports: they may write for others and attest data."""
    organisation = organisation_of(viewer)
    return organisation is not None and organisation.kind == Organisation.Kind.PLATFORM and may(viewer, Action.PLATFORM)
