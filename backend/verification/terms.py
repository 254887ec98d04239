"""What the pack's parameter `verification` asks: which papers, how large, and how soon the bureau answers. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

PAPER_KINDS = ("licence", "letter", "permit", "other")


class VerificationTermsError(ValueError):
    """The parameter is malformed. `path` says where."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path
        self.message = message


@dataclass(frozen=True, slots=True)
class VerificationTerms:
    """`working_days`: an officer decides within so many after the day of submission. `largest_bytes`: of one paper.
    `most_papers`: of one request. `needed`: kind of organisation → kinds of papers that a request holds."""

    working_days: int
    largest_bytes: int
    most_papers: int
    needed: Mapping[str, tuple[str, ...]]


def verification_terms(content: object) -> VerificationTerms:
    """Read the parameter: {"working_days", "largest_bytes", "most_papers", "needed": {"company": ["licence", …]}}.
    Raises VerificationTermsError with the path of the first fault."""
    table = _mapping(content, "content")
    needed = {}
    for organisation, papers in _mapping(table.get("needed"), "needed").items():
        if not isinstance(papers, list) or not papers or not set(papers) <= set(PAPER_KINDS):
            raise VerificationTermsError(f"needed.{organisation}", f"needs a list of {', '.join(PAPER_KINDS)}")
        needed[organisation] = tuple(papers)
    return VerificationTerms(
        working_days=_number(table, "working_days"),
        largest_bytes=_number(table, "largest_bytes"),
        most_papers=_number(table, "most_papers"),
        needed=needed,
    )


def _number(table: Mapping[str, object], name: str) -> int:
    number = table.get(name)
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise VerificationTermsError(name, "needs a whole number from 1 on")
    return number


def _mapping(value: object, path: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise VerificationTermsError(path, "needs to be an object")
    return value
