"""The versioned indexes behind one schema's name: mapping, aliases, creation, swap.

Three aliases: `<prefix>-<schema>` is the live index, for writes; `<prefix>-<schema>-<fingerprint>` is the live index
where it has today's mapping, for searches; `<prefix>-<schema>-building` is the index being built. They change in one
request.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any as Json

from elasticsearch import Elasticsearch
from elasticsearch.dsl import Index, Keyword, Long, LongRange, Text
from elasticsearch.dsl import Mapping as DslMapping

from search.schema import FieldKind, Schema

GC_DELETES = "12h"
"""For so long Elasticsearch remembers the version of a deletion, and a late older write stays out."""


@dataclass(frozen=True, slots=True)
class Names:
    """What stands behind a schema's name now. `lost`: indexes of it that no alias names, left by a crash."""

    live: str | None = None
    building: str | None = None
    lost: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Indexes:
    client: Elasticsearch
    prefix: str
    shards: int
    replicas: int
    _fields: dict[str, frozenset[str]] = field(default_factory=dict)

    def alias(self, schema: Schema) -> str:
        return f"{self.prefix}-{schema.name}"

    def current_alias(self, schema: Schema) -> str:
        return f"{self.alias(schema)}-{schema.fingerprint}"

    def building_alias(self, schema: Schema) -> str:
        return f"{self.alias(schema)}-building"

    def names(self, schema: Schema) -> Names:
        found: Mapping[str, Json] = self.client.indices.get_alias(index=f"{self.alias(schema)}-*").body
        live = [name for name, one in found.items() if self.alias(schema) in one["aliases"]]
        building = [name for name, one in found.items() if self.building_alias(schema) in one["aliases"]]
        ours = [name for name in found if name.rsplit("-", 2)[0] == self.alias(schema)]
        lost = tuple(sorted(set(ours) - set(live) - set(building)))
        return Names(live[0] if live else None, building[0] if building else None, lost)

    def fields(self, name: str) -> frozenset[str]:
        """The fields of a concrete index, whose mapping never changes."""
        if name not in self._fields:
            answer = self.client.indices.get_mapping(index=name).body
            self._fields[name] = frozenset(answer[name]["mappings"].get("properties", {}))
        return self._fields[name]

    def guard(self, schema: Schema) -> None:
        """A late deletion with an external version would make an index by the alias's name: a template forbids it."""
        name = self.alias(schema)
        patterns = [name, self.building_alias(schema)]
        self.client.indices.put_index_template(name=name, index_patterns=patterns, allow_auto_create=False)

    def unguard(self, schema: Schema) -> None:
        self.client.options(ignore_status=404).indices.delete_index_template(name=self.alias(schema))

    def create_live(self, schema: Schema) -> None:
        """The first index, empty. Its name is fixed, so that of two processes only one makes it."""
        index = self._index(schema, f"{self.current_alias(schema)}-first")
        index.aliases(**{self.alias(schema): {}, self.current_alias(schema): {}})
        index.settings(number_of_replicas=self.replicas)
        index.create()

    def create_building(self, schema: Schema) -> str:
        """Without refreshes and replicas, which would only slow the load down."""
        name = f"{self.current_alias(schema)}-{datetime.now(UTC):%Y%m%dt%H%M%S%f}"
        index = self._index(schema, name)
        index.aliases(**{self.building_alias(schema): {}})
        index.settings(number_of_replicas=0, refresh_interval="-1")
        index.create()
        return name

    def open_for_searches(self, name: str) -> None:
        settings = {"refresh_interval": None, "number_of_replicas": self.replicas}
        self.client.indices.put_settings(index=name, settings=settings)
        self.client.indices.refresh(index=name)

    def swap(self, schema: Schema, name: str, old: str | None) -> None:
        actions: list[dict[str, Json]] = [
            {"remove": {"index": name, "alias": self.building_alias(schema)}},
            {"add": {"index": name, "alias": self.alias(schema)}},
            {"add": {"index": name, "alias": self.current_alias(schema)}},
        ]
        if old is not None:
            actions.append({"remove": {"index": old, "alias": "*"}})
        self.client.indices.update_aliases(actions=actions)
        # Not in the same request: a node closes a removed index before its searches learn of the new aliases.
        self.delete(old)

    def delete(self, *names: str | None) -> None:
        for name in names:
            if name is not None:
                self.client.options(ignore_status=404).indices.delete(index=name)

    def _index(self, schema: Schema, name: str) -> Index:
        index = Index(name, using=self.client)
        index.mapping(mapping_of(schema))
        index.settings(number_of_shards=self.shards, **{"index.gc_deletes": GC_DELETES})
        return index


def mapping_of(schema: Schema) -> DslMapping:
    """Strict, without `_source`: the database is the truth, a hit needs its id and at most a stored field."""
    mapping = DslMapping()
    mapping.meta("dynamic", "strict")
    mapping.meta("_source", enabled=False)
    mapping.field("pk", Long())
    for one in schema.fields:
        if one.kind in (FieldKind.KEYWORD, FieldKind.NAMES):
            mapping.field(one.name, Keyword())
        elif one.kind is FieldKind.INTEGER:
            mapping.field(one.name, Long())
        elif one.kind is FieldKind.INTERVAL:
            mapping.field(one.name, LongRange())
        elif one.kind is FieldKind.TEXT:
            mapping.field(one.name, Text(analyzer="whitespace", norms=False, index_options="docs"))
        else:
            mapping.field(one.name, Text(index=False, store=True, norms=False))
    return mapping


def fingerprint_of(name: str) -> str:
    """The fingerprint in an index name."""
    return name.rsplit("-", 2)[1]
