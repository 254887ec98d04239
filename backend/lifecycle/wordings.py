"""What a row said while others could see it: wordings numbered from 1, each kept as it was.

`versions` is the related manager of a model with `number`, `at` and `content`, of which a number is once a row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any


def kept(versions: Any, content: Mapping[str, Any], *, at: datetime) -> Any:
    """The last wording where it says `content`, else a new one that does. Whoever calls has just changed the row, so
    that two cannot count at once."""
    last = versions.order_by("-number").first()
    if last is not None and last.content == content:
        return last
    return versions.create(number=last.number + 1 if last else 1, at=at, content=content)


def in_force(versions: Any, content: Callable[[], Mapping[str, Any]], *, at: datetime) -> Any:
    """The last wording. A row that came past the services (an import of rows) has none: what it says is the first."""
    last = versions.order_by("-number").first()
    if last is not None:
        return last
    return versions.get_or_create(number=1, defaults={"at": at, "content": content()})[0]
