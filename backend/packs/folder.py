"""A pack's folder, read into plain values. Nothing here touches the database; docs/reference/pack.md has the format."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

from backend.eligibility.attributes import Label
from backend.eligibility.vocabulary import CODE_PATTERN, Term, Vocabulary, is_code
from backend.packs.faults import Faults

FORMAT = 2  # part of the digest: raise it when the loader reads more out of the same files
COLUMNS = ("code", "parent", "zh", "en", "note_zh", "note_en", "explains", "valid_from", "valid_to")
NEEDED = 4  # of them
TERMS = "terms"  # the vocabulary of the words of the field
_SLUG = re.compile(r"[0-9A-Za-z_\-]{1,50}")
_PART_OF_PACK = (
    "pack.json",
    "institutions.json",
    "dictionary.txt",
    "vocabularies/*.csv",
    "parameters/*.json",
    "products/*.json",
)


@dataclass(frozen=True, slots=True)
class TermRow:
    scheme: str
    code: str
    parent: str
    label: Label
    note: Label
    explains: tuple[str, ...]
    position: int
    valid_from: date
    valid_to: date | None
    place: str


@dataclass(frozen=True, slots=True)
class ParameterEntry:
    name: str
    version: int
    effective_from: date
    content: object
    place: str


@dataclass(frozen=True, slots=True)
class Heading:
    key: str
    name: Label
    currency: str
    time_zone: str
    home_region: str
    valid_from: date


@dataclass(slots=True)
class PackFolder:
    """What the files say, as far as they could be read. `institutions` and `products` are the raw JSON objects with
    their places; `backend.packs.offers` reads them."""

    digest: str
    heading: Heading | None = None
    terms: list[TermRow] = field(default_factory=list)
    parameters: list[ParameterEntry] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    institutions: list[tuple[str, Mapping[str, object]]] = field(default_factory=list)
    products: list[tuple[str, Mapping[str, object]]] = field(default_factory=list)

    def vocabulary(self) -> Vocabulary:
        """Raises ValueError where the terms have faults: ask only when there are none."""
        schemes: dict[str, list[Term]] = {}
        for row in self.terms:
            schemes.setdefault(row.scheme, []).append(Term(row.code, row.label, row.parent or None))
        return Vocabulary(schemes)


def digest(folder: Path) -> str:
    """SHA-256 over the names and contents of the files that make the pack."""
    total = hashlib.sha256(f"format {FORMAT}\n".encode())
    for path in _files(folder):
        content = path.read_bytes()
        total.update(f"{path.relative_to(folder).as_posix()}\n{len(content)}\n".encode())
        total.update(content)
    return total.hexdigest()


def _files(folder: Path) -> list[Path]:
    return [path for pattern in _PART_OF_PACK for path in sorted(folder.glob(pattern))]


def read_folder(folder: Path, faults: Faults) -> PackFolder:
    """Every file of the pack. What cannot be read is left out and reported in `faults`."""
    pack = PackFolder(digest(folder))
    pack.heading = _heading(folder, faults)
    valid_from = pack.heading.valid_from if pack.heading else date.min
    for path in sorted((folder / "vocabularies").glob("*.csv")):
        pack.terms.extend(_terms(folder, path, valid_from, faults))
    for path in sorted((folder / "parameters").glob("*.json")):
        pack.parameters.extend(_parameters(folder, path, faults))
    if (folder / "dictionary.txt").exists():
        pack.words = _words(folder / "dictionary.txt", faults)
    pack.institutions = list(_objects(folder, folder / "institutions.json", faults))
    for path in sorted((folder / "products").glob("*.json")):
        pack.products.extend(_objects(folder, path, faults))
    return pack


def text_of(value: object, place: str, faults: Faults, *, longest: int = 200) -> str:
    """A text that is not blank; "" and a fault otherwise."""
    if not isinstance(value, str) or not value.strip():
        faults.add(place, "a text is missing", "Write it as a JSON string")
        return ""
    if len(value) > longest:
        faults.add(place, f"the text has {len(value)} characters", f"Shorten it to {longest}")
    return value.strip()


def label_of(value: object, place: str, faults: Faults, *, longest: int = 200) -> Label:
    if not isinstance(value, Mapping) or set(value) != {"zh", "en"}:
        faults.add(place, "a name in two languages is wanted", 'Write {"zh": "…", "en": "…"}')
        return Label("", "")
    return Label(
        text_of(value["zh"], f"{place}.zh", faults, longest=longest),
        text_of(value["en"], f"{place}.en", faults, longest=longest),
    )


def date_of(value: object, place: str, faults: Faults) -> date | None:
    """A date like 2025-10-01; None and a fault otherwise."""
    try:
        if isinstance(value, str):
            return date.fromisoformat(value)
    except ValueError:
        pass
    faults.add(place, f"{value!r} is not a date", "Write year-month-day, like 2025-10-01")
    return None


def slug_of(value: object, place: str, faults: Faults) -> str:
    if not isinstance(value, str) or not _SLUG.fullmatch(value):
        faults.add(place, f"{value!r} is not a code", "Use up to 50 letters, digits, hyphens and underscores")
        return ""
    return value


def only_keys(entry: Mapping[str, object], known: tuple[str, ...], place: str, faults: Faults) -> None:
    for key in entry:
        if key not in known:
            faults.unknown(f"{place}.{key}", "field", key, known)


def read_json(folder: Path, path: Path, faults: Faults) -> object:
    """The file's JSON; numbers with a point become Decimal. None and a fault where it is not there or is no JSON."""
    place = path.relative_to(folder).as_posix()

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        entry = dict(pairs)
        if len(entry) != len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            faults.add(place, f"the key {twice!r} occurs twice in one object", "Leave one of the two")
        return entry

    try:
        return json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=once, parse_float=Decimal)
    except FileNotFoundError:
        faults.add(place, "the file is missing", "Add it; docs/reference/pack.md has the format")
    except json.JSONDecodeError as error:
        faults.add(f"{place}:{error.lineno}", f"this is not JSON: {error.msg}", "Correct the line or the one above")
    except UnicodeDecodeError:
        faults.add(place, "the file is not UTF-8", "Save it as UTF-8")
    return None


def _heading(folder: Path, faults: Faults) -> Heading | None:
    data = read_json(folder, folder / "pack.json", faults)
    if data is None:
        return None
    if not isinstance(data, dict):
        faults.add("pack.json", "an object is wanted", "See docs/reference/pack.md")
        return None
    only_keys(data, ("key", "name", "currency", "time_zone", "home_region", "valid_from"), "pack.json", faults)
    currency = text_of(data.get("currency"), "pack.json.currency", faults, longest=3)
    if currency and not re.fullmatch(r"[A-Z]{3}", currency):
        faults.add("pack.json.currency", f"{currency!r} is not a currency", "Use three capital letters, like CNY")
    valid_from = date_of(data.get("valid_from"), "pack.json.valid_from", faults)
    return Heading(
        slug_of(data.get("key"), "pack.json.key", faults),
        label_of(data.get("name"), "pack.json.name", faults, longest=100),
        currency,
        text_of(data.get("time_zone"), "pack.json.time_zone", faults, longest=64),
        text_of(data.get("home_region"), "pack.json.home_region", faults, longest=40),
        valid_from or date.min,
    )


def _terms(folder: Path, path: Path, default_from: date, faults: Faults) -> Iterator[TermRow]:
    place = path.relative_to(folder).as_posix()
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        faults.add(place, "the file is not UTF-8", "Save it as UTF-8")
        return
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        head = tuple(next(reader, ()))
        if head[:NEEDED] != COLUMNS[:NEEDED] or head != tuple(column for column in COLUMNS if column in head):
            faults.add(
                f"{place}:1",
                "the head row is not right",
                f"Begin with {','.join(COLUMNS)}; those after en may be left out",
            )
            return
        position = 0
        for row in reader:
            line = f"{place}:{reader.line_num}"
            if not row:
                continue
            if len(row) != len(head):
                faults.add(
                    line,
                    f"the row has {len(row)} fields, the head {len(head)}",
                    "Give every column a field, and quote a text that holds a comma",
                )
                continue
            term = _term(path.stem, dict(zip(head, row, strict=True)), line, position, default_from, faults)
            position += 1
            if term:
                yield term
    except csv.Error as error:
        faults.add(f"{place}:{reader.line_num}", f"this is not CSV: {error}", "Check the quotes")


def _term(
    scheme: str, row: Mapping[str, str], line: str, position: int, default_from: date, faults: Faults
) -> TermRow | None:
    code = row["code"]
    if not is_code(code) or len(code) > 40:
        faults.add(line, f"{code!r} is not a code", f"Use at most 40 characters of the form {CODE_PATTERN}")
        return None
    for column, longest in (("zh", 200), ("en", 200), ("note_zh", 500), ("note_en", 500)):
        if len(row.get(column, "")) > longest:
            faults.add(line, f"{column} is too long", f"Shorten it to {longest} characters")
    for column in ("zh", "en"):
        if not row[column].strip():
            faults.add(line, f"{column} is empty", "Give every code a label in both languages")
    valid_from = date_of(row["valid_from"], line, faults) if row.get("valid_from") else default_from
    valid_to = date_of(row["valid_to"], line, faults) if row.get("valid_to") else None
    if valid_from and valid_to and valid_to < valid_from:
        faults.add(line, f"valid_to {valid_to} is before valid_from {valid_from}", "Put the dates in order")
    return TermRow(
        scheme,
        code,
        row["parent"],
        Label(row["zh"].strip(), row["en"].strip()),
        Label(row.get("note_zh", "").strip(), row.get("note_en", "").strip()),
        tuple(dict.fromkeys(row.get("explains", "").split())),
        position,
        valid_from or default_from,
        valid_to,
        line,
    )


def _parameters(folder: Path, path: Path, faults: Faults) -> Iterator[ParameterEntry]:
    """One entry, or a list of the versions of one parameter."""
    file = path.relative_to(folder).as_posix()
    data = read_json(folder, path, faults)
    if data is None:
        return
    for number, entry in enumerate(data if isinstance(data, list) else [data]):
        place = f"{file}[{number}]" if isinstance(data, list) else file
        if not isinstance(entry, dict) or "content" not in entry:
            faults.add(
                place,
                "a version, an effective date and a content are wanted",
                'Write {"version": 1, "effective_from": "2025-01-01", "content": {…}}',
            )
            continue
        only_keys(entry, ("version", "effective_from", "content", "source"), place, faults)
        version = entry.get("version")
        if isinstance(version, bool) or not isinstance(version, int) or version < 1:
            faults.add(f"{place}.version", f"{version!r} is not a version", "Use a whole number from 1")
            continue
        effective_from = date_of(entry.get("effective_from"), f"{place}.effective_from", faults)
        if effective_from:
            yield ParameterEntry(path.stem, version, effective_from, _as_stored(entry["content"]), place)


def _as_stored(value: object) -> object:
    """JSON as the database keeps it: Decimal back to the float that any JSON reader makes of it."""
    if isinstance(value, dict):
        return {key: _as_stored(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_stored(item) for item in value]
    return float(value) if isinstance(value, Decimal) else value


def _words(path: Path, faults: Faults) -> list[str]:
    """Lines `word` or `word frequency`; empty lines and those after # are comments."""
    words: list[str] = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        faults.add(path.name, "the file is not UTF-8", "Save it as UTF-8")
        return words
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        word, _, frequency = text.partition(" ")
        if frequency and not frequency.strip().isdecimal():
            faults.add(f"{path.name}:{number}", f"{text!r} is not a word with a frequency", "Write: word 100")
        elif word in words:
            faults.add(f"{path.name}:{number}", f"{word!r} is there already", "Leave one of the two")
        else:
            words.append(word)
    return words


def _objects(folder: Path, path: Path, faults: Faults) -> Iterator[tuple[str, Mapping[str, object]]]:
    file = path.relative_to(folder).as_posix()
    data = read_json(folder, path, faults)
    if data is None:
        return
    if not isinstance(data, list):
        faults.add(file, "a list is wanted", "Begin the file with [ and end it with ]")
        return
    for number, entry in enumerate(data):
        if isinstance(entry, dict):
            yield f"{file}[{number}]", entry
        else:
            faults.add(f"{file}[{number}]", "an object is wanted", "See docs/reference/pack.md")
