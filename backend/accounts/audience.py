"""Who may see what, as tokens: a document carries tokens, a viewer holds tokens, one in common lets the viewer see it.

The search filter uses the tokens; the SQL scopes (`*_visible_to`, `needs_searchable_by`) say the same in the
database's words, and a test holds the two together. Nothing else in the code decides visibility.
"""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser

from backend.accounts.models import Organisation, User

Viewer = User | AnonymousUser | None

PUBLIC = "public"
INSTITUTIONS = "institutions"
BUREAU = "bureau"
PLATFORM = "platform"


def organisation_token(organisation_id: int) -> str:
    return f"org:{organisation_id}"


def organisation_of(viewer: Viewer) -> Organisation | None:
    """The organisation that `viewer` acts for; None for the anonymous, the inactive and people of no organisation."""
    if not isinstance(viewer, User) or not viewer.is_active:
        return None
    return viewer.organisation


def viewer_tokens(viewer: Viewer) -> tuple[str, ...]:
    organisation = organisation_of(viewer)
    if organisation is None:
        return (PUBLIC,)
    own = (PUBLIC, organisation_token(organisation.pk))
    match organisation.kind:
        case Organisation.Kind.INSTITUTION:
            return (*own, INSTITUTIONS)
        case Organisation.Kind.BUREAU:
            return (*own, BUREAU)
        case Organisation.Kind.PLATFORM:
            return (*own, BUREAU, PLATFORM)
        case _:
            return own


def need_tokens(*, organisation_id: int, status: str) -> list[str]:
    """A draft is the company's own; an open need is a lead, also while it is in talks; the bureau sees it from its
    submission on."""
    tokens = [organisation_token(organisation_id), PLATFORM]
    if status in ("open", "talking"):
        tokens.append(INSTITUTIONS)
    if status != "draft":
        tokens.append(BUREAU)
    return sorted(tokens)


def product_tokens(*, organisation_id: int, status: str) -> list[str]:
    """A draft is the institution's own, also while it is reviewed; the bureau keeps sight of what was published."""
    tokens = [organisation_token(organisation_id), PLATFORM]
    if status == "published":
        tokens.append(PUBLIC)
    if status not in ("draft", "review"):
        tokens.append(BUREAU)
    return sorted(tokens)


def acts_for_platform(viewer: Viewer) -> bool:
    """The platform's own people and its imports: they may write for others and attest data."""
    organisation = organisation_of(viewer)
    return organisation is not None and organisation.kind == Organisation.Kind.PLATFORM
