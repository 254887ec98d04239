"""A snapshot drawn: snapshot → HTML → PDF. The same snapshot gives the same pages.

What the drawing may read is the font's folder and the site's own style sheets; anything else, a network address above
all, ends it. Characters that the font lacks are never left to chance: they are written as 〓, the sign that Chinese
printers set for a missing type, and the last page says so.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import format_html

from backend.reports import snapshot as parts
from backend.reports.snapshot import Snapshot

if TYPE_CHECKING:
    from weasyprint.urls import URLFetcherResponse

TEMPLATE = "reports/report.html"
TEMPLATE_VERSION = 1
"""Raised when the look or the wording of the pages changes; a report keeps the version that it was drawn with."""

STYLES = settings.BASE_DIR / "templates" / "static"
WEIGHTS = {400: "400Regular/NotoSansSC_400Regular.ttf", 700: "700Bold/NotoSansSC_700Bold.ttf"}
LACKING = "〓"
_UNSEEN = frozenset({"Cc", "Cf"})
_KEPT = frozenset("\n\t ")
LIBRARIES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"


class DrawingError(RuntimeError):
    """No PDF could be drawn. `code` is stable; the message names the remedy."""

    code = "drawing_failed"


class FontsMissing(DrawingError):
    code = "fonts_missing"


class LibrariesMissing(DrawingError):
    code = "libraries_missing"


class ReadRefused(DrawingError):
    """The pages asked for something outside of the two folders."""

    code = "read_refused"


@dataclass(frozen=True, slots=True)
class Pdf:
    content: bytes
    pages: int


def draw(snapshot: Snapshot, *, number: str, digest: str) -> Pdf:
    """`number` and `digest` of the report stand in the head and foot of each page. Raises DrawingError."""
    return pdf_of(html_of(snapshot, number=number, digest=digest), title=f"{number} {snapshot.company}")


def html_of(snapshot: Snapshot, *, number: str, digest: str) -> str:
    """The pages as HTML, whole but for what they load. Raises FontsMissing."""
    fonts = font_files()
    text = json.dumps(parts.to_json(snapshot), ensure_ascii=False)
    with translation.override(snapshot.language):
        context = {
            "snapshot": snapshot,
            "number": number,
            "digest": digest,
            "fonts": {weight: file.as_uri() for weight, file in fonts.items()},
            "tokens": (STYLES / "site" / "tokens.css").as_uri(),
            "styles": (STYLES / "reports" / "report.css").as_uri(),
            "this_page": format_html('<span class="{}"></span>', "this-page"),
            "all_pages": format_html('<span class="{}"></span>', "all-pages"),
            "lacking": LACKING if _lacking(text, fonts.values()) else "",
        }
        return written_with(render_to_string(TEMPLATE, context), fonts.values())


def pdf_of(html: str, *, title: str) -> Pdf:
    """Raises DrawingError. `title` names the document in messages alone."""
    try:
        # Not above: a machine without the libraries still serves every page but this one.
        import weasyprint  # noqa: PLC0415
        from weasyprint.urls import FatalURLFetchingError  # noqa: PLC0415
    except OSError as error:
        raise LibrariesMissing(f"Pango is missing: apt-get install --no-install-recommends {LIBRARIES}") from error
    try:
        document = weasyprint.HTML(string=html, url_fetcher=fetcher()).render(pdf_variant="pdf/ua-1")
        content = document.write_pdf(pdf_variant="pdf/ua-1")
    except FatalURLFetchingError as error:
        raise ReadRefused(f"{title}: {error}") from error
    return Pdf(content, len(document.pages))


def font_files() -> dict[int, Path]:
    """Weight → file. Raises FontsMissing."""
    files = {weight: Path(settings.FONTS_DIR) / name for weight, name in WEIGHTS.items()}
    absent = [str(file) for file in files.values() if not file.is_file()]
    if absent:
        raise FontsMissing(
            f"no Chinese font for PDFs: {', '.join(absent)} not found; ./dev up installs it with npm, "
            "RONGQIAO_FONTS names another folder"
        )
    return files


def fetcher() -> Any:
    """What reads files for WeasyPrint: only those that lie in the fonts' folder or among the style sheets."""
    from weasyprint.urls import URLFetcher, URLFetcherResponse  # noqa: PLC0415  see pdf_of

    class OwnFiles(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
            return URLFetcherResponse(url, own_file(url).read_bytes(), {"Content-Type": _kind(url)})

    return OwnFiles(allowed_protocols=["file"], allow_redirects=False, fail_on_errors=True)


def own_file(url: str) -> Path:
    """The file behind a `file:` URL. Raises ReadRefused for any other address and for a file that lies elsewhere."""
    address = urlsplit(url)
    if address.scheme != "file" or address.netloc:
        raise ReadRefused(f"{url} is no file of the site's own")
    file = Path(unquote(address.path)).resolve()
    if not any(file.is_relative_to(Path(folder).resolve()) for folder in (settings.FONTS_DIR, STYLES)):
        raise ReadRefused(f"{url} lies outside of the fonts and the style sheets")
    return file


def _kind(url: str) -> str:
    return "text/css; charset=utf-8" if url.endswith(".css") else "font/ttf"


def written_with(text: str, fonts: Iterable[Path]) -> str:
    """`text` without unseen characters, and with 〓 for each that a font lacks."""
    fonts = tuple(fonts)
    lacking = _lacking(text, fonts)
    unseen = {char for char in set(text) - _KEPT if unicodedata.category(char) in _UNSEEN}
    return text.translate({ord(char): "" if char in unseen else LACKING for char in lacking | unseen})


def _lacking(text: str, fonts: Iterable[Path]) -> set[str]:
    known = frozenset.intersection(*(_characters(file) for file in fonts))
    return {char for char in set(text) - _KEPT if ord(char) not in known and unicodedata.category(char) not in _UNSEEN}


@lru_cache(maxsize=4)
def _characters(font: Path) -> frozenset[int]:
    """The code points that the font can draw."""
    from fontTools.ttLib import TTFont  # noqa: PLC0415  comes with WeasyPrint

    with TTFont(font, lazy=True) as opened:
        return frozenset(opened.getBestCmap())
