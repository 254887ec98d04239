"""docs/: every link leads to a file, every page is reached from the index."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from backend.operations.parts import REPOSITORY

DOCS = REPOSITORY / "docs"
INDEX = DOCS / "README.md"
NAMED = re.compile(r"(?<![\w/.<-])((?:backend|search|workers|tests|fixtures|templates|docs)/[\w./-]*[\w/])(?![\w*<{])")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def documents() -> list[Path]:
    return [REPOSITORY / "README.md", *sorted(DOCS.rglob("*.md"))]


def links(page: Path) -> Iterator[tuple[str, Path]]:
    """Each relative link of the page as it is written, with the file that it names."""
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        path = target.partition("#")[0]
        if path and "://" not in path and not path.startswith("mailto:"):
            yield target, (page.parent / path).resolve()


def test_every_link_leads_to_a_file() -> None:
    lost = [f"{page.relative_to(REPOSITORY)}: {target}" for page in documents() for target, path in links(page)
            if not path.exists()]  # fmt: skip
    assert lost == []
    assert sum(1 for page in documents() for _ in links(page)) > 20


def test_every_page_is_reached_from_the_index() -> None:
    reached: set[Path] = set()
    to_read = [INDEX]
    while to_read:
        page = to_read.pop()
        if page not in reached:
            reached.add(page)
            to_read += [path for _, path in links(page) if path.suffix == ".md" and DOCS in path.parents]
    assert set(DOCS.rglob("*.md")) - reached == set()


def test_every_file_that_a_page_names_is_there() -> None:
    """Paths in the text and in commands; those with a place-holder or a star are left out, and those that a how-to
    makes."""
    named = {(page, path) for page in documents() for path in NAMED.findall(page.read_text(encoding="utf-8"))}
    made = {path for page, path in named if page.parent.name == "howto" and path.startswith("fixtures/lakeside")}
    lost = [f"{page.relative_to(REPOSITORY)}: {path}" for page, path in sorted(named)
            if path not in made and not (REPOSITORY / path).exists()]  # fmt: skip
    assert lost == []
    assert len(named) > 60
