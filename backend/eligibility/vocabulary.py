"""Vocabularies: the codes that CODE, CODES and TREE attributes take, with labels and hierarchy."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from backend.eligibility.attributes import Label

CODE_PATTERN = r"[0-9A-Za-z][0-9A-Za-z_.\-]{0,63}"
"""Codes are index tokens, too: `-`, `*` and `=X` mean something else there, so no code begins like that."""

_CODE = re.compile(CODE_PATTERN)
_NO_TERMS: Mapping[str, Term] = MappingProxyType({})
_NO_POSITIONS: Mapping[str, int] = MappingProxyType({})


YUAN = Label("元", "yuan")


def is_code(text: str) -> bool:
    return _CODE.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Term:
    """One code. `parent` is the code above it in a hierarchical vocabulary, None at the root."""

    code: str
    label: Label
    parent: str | None = None


class Vocabulary:
    """The terms of all schemes of one deployment. Immutable.

    A scheme that is not there is open: any code is accepted, and each stands alone, without ancestors.
    A known scheme may meet a code that it lacks, an old one in stored facts; it stands alone as well.
    """

    __slots__ = ("_children", "_codes", "_descendants", "_paths", "_positions", "_schemes", "currency")

    def __init__(self, schemes: Mapping[str, Iterable[Term]], currency: Label = YUAN) -> None:
        """`currency` names the unit of money in phrases.

        Raises ValueError for a malformed or doubled code, a parent that is not there, or a cycle.
        """
        self.currency = currency
        self._schemes: dict[str, Mapping[str, Term]] = {}
        self._paths: dict[str, dict[str, tuple[str, ...]]] = {}
        self._children: dict[str, dict[str | None, list[Term]]] = {}
        self._descendants: dict[tuple[str, str], frozenset[str]] = {}
        self._codes: dict[str, frozenset[str]] = {}
        self._positions: dict[str, Mapping[str, int]] = {}
        for scheme, terms in schemes.items():
            by_code: dict[str, Term] = {}
            for term in terms:
                if not is_code(term.code):
                    raise ValueError(f"{scheme}: {term.code!r} is not a code")
                if term.code in by_code:
                    raise ValueError(f"{scheme}: {term.code!r} occurs twice")
                by_code[term.code] = term
            self._schemes[scheme] = MappingProxyType(by_code)
            self._codes[scheme] = frozenset(by_code)
            self._positions[scheme] = MappingProxyType({code: position for position, code in enumerate(by_code)})
            self._paths[scheme] = {code: _path(scheme, by_code, code) for code in by_code}
            below: dict[str | None, list[Term]] = {}
            for term in by_code.values():
                below.setdefault(term.parent, []).append(term)
            self._children[scheme] = below

    def knows(self, scheme: str) -> bool:
        return scheme in self._schemes

    def terms(self, scheme: str) -> Mapping[str, Term]:
        """Code → term, in the vocabulary's order; empty for a scheme that is not there."""
        return self._schemes.get(scheme, _NO_TERMS)

    def codes(self, scheme: str) -> frozenset[str]:
        """Every code; empty for a scheme that is not there."""
        return self._codes.get(scheme, frozenset())

    def positions(self, scheme: str) -> Mapping[str, int]:
        """Code → its place in the vocabulary's order, from 0; empty for a scheme that is not there."""
        return self._positions.get(scheme, _NO_POSITIONS)

    def accepts(self, scheme: str, code: str) -> bool:
        terms = self._schemes.get(scheme)
        return is_code(code) if terms is None else code in terms

    def path(self, scheme: str, code: str) -> tuple[str, ...]:
        """`code` first, then its ancestors up to the root."""
        return self._paths.get(scheme, {}).get(code) or (code,)

    def children(self, scheme: str, code: str | None = None) -> tuple[Term, ...]:
        """The terms directly below `code`; the roots for None."""
        return tuple(self._children.get(scheme, {}).get(code, ()))

    def descendants(self, scheme: str, code: str) -> frozenset[str]:
        """`code` and every code below it: exactly those whose path holds `code`."""
        known = self._descendants.get((scheme, code))
        if known is None:
            found, stack = {code}, [code]
            while stack:
                below = [term.code for term in self.children(scheme, stack.pop())]
                found.update(below)
                stack.extend(below)
            known = self._descendants[scheme, code] = frozenset(found)
        return known

    def label(self, scheme: str, code: str) -> Label:
        """The term's label; the code itself where the vocabulary lacks it."""
        term = self.terms(scheme).get(code)
        return term.label if term else Label(code, code)


def _path(scheme: str, terms: Mapping[str, Term], code: str) -> tuple[str, ...]:
    path = [code]
    parent = terms[code].parent
    while parent is not None:
        if parent not in terms:
            raise ValueError(f"{scheme}: {path[-1]!r} has the parent {parent!r}, which is not there")
        if parent in path:
            raise ValueError(f"{scheme}: {parent!r} is its own ancestor")
        path.append(parent)
        parent = terms[parent].parent
    return tuple(path)


EMPTY = Vocabulary({})
