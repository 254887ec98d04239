"""What a document looks like: a name and typed fields. Schemas are generated from the attribute registry."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

FieldValue = str | int | bool | list[str] | tuple[int | None, int | None] | None
Document = Mapping[str, FieldValue]
"""Field name → value. None, absent, "" and [] all mean no value. An INTERVAL is (low, high), both ends included."""


class FieldKind(StrEnum):
    KEYWORD = "keyword"  # str or list[str], compared whole
    NAMES = "names"  # list[str], completed while they are typed: search.names
    INTEGER = "integer"  # 64 bits
    INTERVAL = "interval"  # (low, high); None is an open end
    TEXT = "text"  # str, segmented by search.text before it reaches an engine
    STORED = "stored"  # str, returned with a hit, never searched


@dataclass(frozen=True, slots=True)
class SearchField:
    name: str
    kind: FieldKind
    many: bool = False


RESERVED = frozenset({"pk", "doc_version", "alive"})
"""Names that the engines keep for themselves."""


@dataclass(frozen=True, slots=True)
class Schema:
    """`name` is the kind of document (need, product). `revision` names outside data that shapes the tokens.

    `fingerprint` is eight hexadecimal digits that change when the mapping or the segmentation does.
    """

    name: str
    fields: tuple[SearchField, ...]
    revision: str = ""
    by_name: Mapping[str, SearchField] = field(init=False, repr=False, compare=False, hash=False)
    fingerprint: str = field(init=False, repr=False, compare=False, hash=False)

    def __post_init__(self) -> None:
        by_name = {one.name: one for one in self.fields}
        if len(by_name) < len(self.fields) or RESERVED & by_name.keys():
            raise ValueError(f"{self.name}: field names are unique and none of {', '.join(sorted(RESERVED))}")
        for one in self.fields:
            if one.many and one.kind is not FieldKind.KEYWORD:
                raise ValueError(f"{self.name}.{one.name}: `many` is said of KEYWORD fields alone")
        shape = [self.name, self.revision, sorted((one.name, one.kind, one.many) for one in self.fields)]
        object.__setattr__(self, "by_name", by_name)
        object.__setattr__(self, "fingerprint", hashlib.sha256(json.dumps(shape).encode()).hexdigest()[:8])

    def field(self, name: str) -> SearchField:
        if name not in self.by_name:
            raise KeyError(f"{self.name} has no field {name!r}")
        return self.by_name[name]
