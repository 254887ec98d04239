"""A draft is kept while it is typed: what can be stored of a screen is stored at once, the rest stays as it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from backend.accounts.models import User
from backend.common.errors import Conflict, InvalidInput
from backend.needs.models import Need
from backend.needs.services import NeedInput, need_update
from backend.needs.steps import FIELD_OF_COLUMN, answered, say_the_same


class Outcome(StrEnum):
    SAVED = "saved"  # what can be stored of the screen is stored
    CHANGED = "changed"  # somebody changed the need meanwhile
    PUBLISHED = "published"  # the need is open meanwhile: institutions would read each word as it is typed
    REFUSED = "refused"  # something else that the need says keeps it from being stored


@dataclass(frozen=True, slots=True)
class Kept:
    """`need` as it is stored; anything but SAVED stored nothing. `left_out`: fields of the screen whose answers cannot
    be stored as they stand and that keep what they had. `fault`: why it was REFUSED."""

    need: Need
    outcome: Outcome
    left_out: tuple[str, ...] = ()
    fault: str = ""


def draft_keep(
    need: Need,
    *,
    actor: User,
    answers: Mapping[str, object],
    texts: Mapping[str, str],
    expected_version: int,
    today: date | None = None,
) -> Kept:
    """Store a screen's answers, in the JSON form of facts (None: not said), and its texts. `need` is as just read.

    What stands there already is not stored again, whatever version was expected: sent twice, it is done once. Raises
    NotFound and NotAllowed as `need_update` does.
    """
    before, given, said = NeedInput.of(need), dict(answers), dict(texts)
    left_out: list[str] = []
    while True:
        data = answered(before, given, title=said.get("title"), description=said.get("description"))
        if say_the_same(data, before):
            return Kept(need, Outcome.SAVED, tuple(left_out))
        if need.status != Need.Status.DRAFT:
            outcome = Outcome.PUBLISHED if need.shown else Outcome.CHANGED
            return Kept(need, outcome, tuple(left_out))
        try:
            stored = need_update(
                actor=actor, need_id=need.pk, data=data, expected_version=expected_version, today=today
            )
        except Conflict:
            return Kept(need, Outcome.CHANGED, tuple(left_out))
        except InvalidInput as error:
            field = _field_of(error)
            if field not in given and field not in said:
                return Kept(need, Outcome.REFUSED, tuple(left_out), str(error.message))
            given.pop(field, None)
            said.pop(field, None)
            left_out.append(field)
        else:
            return Kept(stored, Outcome.SAVED, tuple(left_out))


def _field_of(error: InvalidInput) -> str:
    named = (error.field or "").removeprefix("facts.").split(".")[0]
    return FIELD_OF_COLUMN.get(named, named)
