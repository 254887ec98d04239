"""docs/reference/roles.md: which roles there are in each kind of organisation, and what each may do."""

from __future__ import annotations

from django.utils.translation import override

from backend.accounts.role_words import WORDS
from backend.accounts.roles import HELD, ROLES, Action, Kind, Role
from backend.config.sign_in import SECOND_FACTOR_KINDS
from backend.operations.reference_tables import code, codes, table


def kinds() -> str:
    """Each kind with its roles, the founder first."""
    rows = ([code(kind.value), *_both(kind), codes(role.value for role in ROLES[kind]), _factor(kind)] for kind in Kind)
    return table(("kind", "中文", "English", "roles, the founder's first", "second factor"), rows)


def roles() -> str:
    rows = (
        [
            code(role.value),
            *_both(role),
            codes(kind.value for kind in Kind if role in ROLES[kind]),
            codes(action.value for action in Action if action in HELD[role]),
        ]
        for role in Role
    )
    return table(("role", "中文", "English", "in", "holds"), rows)


def actions() -> str:
    """Each action in words, with the roles that hold it."""
    rows = (
        [code(action.value), str(words), codes(role.value for role in Role if action in HELD[role])]
        for action, words in _english()
    )
    return table(("action", "what it allows", "held by"), rows)


def _english() -> list[tuple[Action, str]]:
    with override("en"):
        return [(action, str(words)) for action, words in WORDS.items()]


def _both(choice: Kind | Role) -> tuple[str, str]:
    """The label in Chinese and in English."""
    with override("zh-hans"):
        chinese = str(choice.label)
    with override("en"):
        return chinese, str(choice.label)


def _factor(kind: Kind) -> str:
    return "must" if kind.value in SECOND_FACTOR_KINDS else "may"
