"""What a page says."""

from __future__ import annotations

import html
import re
from typing import Any

from tests.site.reading import in_sight


def body_of(response: Any) -> str:
    return str(response.content.decode())


def words_of(response: Any) -> str:
    """The words of a page or a part of one, tags and repeated spaces left out."""
    body = body_of(response)
    return words_in(body.split("<main", 1)[1] if "<main" in body else body)


def words_in(markup: str) -> str:
    text = html.unescape(re.sub(r"<[^>]+>", " ", in_sight(markup)))
    return re.sub(r"\s+", " ", text).strip()


def section(response: Any, name: str) -> str:
    """The markup of a group."""
    return body_of(response).split(f'id="{name}"', 1)[1].split("</section>", 1)[0]


def products_in(markup: str) -> list[int]:
    """The ids of the cards, in their order."""
    return [int(id) for id in re.findall(r'<h3 id="product-(\d+)"', markup)]
