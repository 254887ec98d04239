"""What is wrong with a pack's folder: every fault with its place and what to do about it, not only the first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from backend.eligibility.attributes import Label
from backend.eligibility.nearest import nearest


@dataclass(frozen=True, slots=True)
class Fault:
    """`place`: file:line for tables (`vocabularies/regions.csv:7`), file and path for JSON
    (`products/banks.json[2].rule.all[0].value`), below the pack's folder."""

    place: str
    message: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}. {self.remedy}."


class Faults:
    """Collects faults while a folder is read, so that one run names them all."""

    def __init__(self) -> None:
        self._found: list[Fault] = []

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, place: str, message: str, remedy: str) -> None:
        fault = Fault(place, message, remedy)
        if fault not in self._found:
            self._found.append(fault)

    def unknown(self, place: str, what: str, found: object, known: Iterable[str]) -> None:
        """`found` is none of `known`: name the nearest."""
        names: dict[str, Label | None] = dict.fromkeys(known)
        close = nearest(str(found), names)
        if close is not None:
            remedy = f"The nearest is {close}"
        elif len(names) <= 12:
            remedy = f"Known: {', '.join(names) or 'none'}"
        else:
            remedy = f"Use one of the {len(names)} that are there"
        self.add(place, f"{found!r} is not a known {what}", remedy)

    def found(self) -> tuple[Fault, ...]:
        return tuple(self._found)
