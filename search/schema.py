"""What a document looks like: a name and typed fields. Schemas are generated from the attribute registry."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

FieldValue = str | int | bool | list[str] | tuple[int | None, int | None] | None
Document = Mapping[str, FieldValue]
"""Field name → value. None and absent mean the same: no value. An INTERVAL is (low, high), both ends included."""


class FieldKind(StrEnum):
    KEYWORD = "keyword"  # str or list[str], compared whole
    INTEGER = "integer"  # 64 bits
    INTERVAL = "interval"  # (low, high); None is an open end
    TEXT = "text"  # str, segmented by search.text before it reaches an engine
    STORED = "stored"  # str, returned with a hit, never searched


@dataclass(frozen=True, slots=True)
class SearchField:
    name: str
    kind: FieldKind
    many: bool = False


@dataclass(frozen=True, slots=True)
class Schema:
    """`name` is the kind of document (need, product). `revision` names outside data that shapes the tokens."""

    name: str
    fields: tuple[SearchField, ...]
    revision: str = ""

    def field(self, name: str) -> SearchField:
        for candidate in self.fields:
            if candidate.name == name:
                return candidate
        raise KeyError(f"{self.name} has no field {name!r}")

    @property
    def fingerprint(self) -> str:
        """Eight hexadecimal digits that change when the mapping or the segmentation does."""
        shape = [self.name, self.revision, sorted((f.name, f.kind, f.many) for f in self.fields)]
        return hashlib.sha256(json.dumps(shape).encode()).hexdigest()[:8]
