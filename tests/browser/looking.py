"""What every page must hold, whoever opens it: looked at in one visit, since visits are what such tests pay for."""

from __future__ import annotations

import gzip
import re
import urllib.request
from functools import cache

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import Watch

AXE = {"resultTypes": ["violations"], "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}

BUDGET = {"HTML": 60, "CSS": 80, "JS": 120}

READ = """() => {
  const found = [];
  const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  const language = element => element.closest('[lang]').lang;
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (node.parentElement.closest('script, noscript, style, svg, title')) continue;
    if (node.data.trim()) found.push([language(node.parentElement), node.data.trim()]);
  }
  for (const name of ['placeholder', 'aria-label', 'title', 'alt'])
    for (const element of document.querySelectorAll(`[${name}]`))
      found.push([language(element), element.getAttribute(name)]);
  const description = document.querySelector('meta[name=description]');
  found.push([language(description), description.content]);
  return found;
}"""
CUT = """() => [...document.querySelectorAll('main *')]
  .filter(element => element.scrollWidth > element.clientWidth + 1)
  .filter(element => ['auto', 'scroll'].includes(getComputedStyle(element).overflowX))
  .filter(element => !element.matches('.scroll[role=region][tabindex="0"], textarea, .chart-canvas *'))
  .map(element => element.outerHTML.slice(0, 120))"""
"""What scrolls sideways must be the one region that shows an edge, has a name and takes the keyboard."""
LATIN = re.compile(r"[A-Za-z]{2,}")
KNOWN_LATIN = {"API", "LPR", "bp", "CSV", "PDF", "RQ", "IRR", "Enter", "css", "tokens", "components"} | {
    *("pdf", "JPEG", "PNG", "KB", "MB", "SHA", "TOTP", "Chrome", "Linux", "HT", "FK", "HK"),
}
"""Latin that stands in Chinese banking prose, in the numbers of contracts and bookings, on a key, or names a
kind of file or a device, as it is."""
CODE = re.compile(r"^[0-9A-Z]{18}$|^demo-\w+$|^[a-z0-9]+(-[a-z0-9]+)+$|^.+\.pdf$|^[0-9a-f]{16}…$")
"""Credit codes, user names, codes of products, names of files and beginnings of digests."""
HAN = re.compile(r"[一-鿿]")
HAN_BY_DESIGN = re.compile(r"[(（][一-鿿、]+[)）]|“[^”]*”|^Words in common: .*$")
"""The Chinese name of a local label in brackets; a need's own words, quoted. A page's title may hold them as well and
has no marks for a language, so it is not looked at."""


def texts(page: Page, language: str) -> list[str]:
    """The page's texts in `language`: those marked as another are somebody's own words, or the language switch."""
    return [text for marked, text in page.evaluate(READ) if marked == language]


def faults(page: Page, watch: Watch, language: str, width: int, *, missing: bool = False) -> list[str]:
    """Everything that is wrong with the page as it stands, folded parts opened."""
    page.wait_for_load_state("networkidle")
    page.evaluate("document.querySelectorAll('main details').forEach(fold => fold.open = true)")
    found = [one for one in watch.found if not (missing and "404" in one)]
    wide = page.evaluate("document.documentElement.scrollWidth")
    if wide > width:
        found.append(f"{wide} pixels wide in {width}")
    found += [f"cut off without a sign: {one}" for one in page.evaluate(CUT)]
    return found + foreign(page, language) + violations(page) + too_heavy(page)


def foreign(page: Page, language: str) -> list[str]:
    """Texts in the other language."""
    if language == "en":
        said = texts(page, "en")
        odd = [text for text in said if HAN.search(HAN_BY_DESIGN.sub("", text)) and "知识产权质押" not in text]
    else:
        said = texts(page, "zh-Hans")
        odd = [text for text in said if not CODE.match(text) and set(LATIN.findall(text)) - KNOWN_LATIN]
    assert len(said) > 10, "the page is empty"
    return [f"other language: {text[:120]}" for text in odd]


@cache
def weight(url: str) -> int:
    """Bytes of a file, gzipped."""
    with urllib.request.urlopen(url, timeout=30) as answer:
        return len(gzip.compress(answer.read()))


def too_heavy(page: Page) -> list[str]:
    """What is over the budget of kilobytes, gzipped; what draws charts counts apart."""
    sheets, scripts = (
        page.evaluate(f"[...document.querySelectorAll('{kind}')].map(one => one.href || one.src)")
        for kind in ("link[rel=stylesheet]", "script[src]")
    )
    found = {
        "HTML": len(gzip.compress(page.content().encode())),
        "CSS": sum(map(weight, sheets)),
        "JS": sum(weight(url) for url in scripts if "/vendor/echarts" not in url),
    }
    return [f"{kind}: {size} bytes" for kind, size in found.items() if size > BUDGET[kind] * 1000]


def violations(page: Page) -> list[str]:
    found = Axe().run(page, options=AXE).response["violations"]
    return [f"axe {one['impact']} {one['id']}: {one['nodes'][0]['html'][:200]}" for one in found]
