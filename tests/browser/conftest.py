"""The site in its own process, as a visitor meets it. One server a module. Chromium is the system's; the pages may ask
nothing but this server for anything."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from backend.operations import parts
from backend.operations.demo_site import demo_site
from backend.operations.shots import CHROMIUM, HEIGHT, LANGUAGES, read_pages, signed_in
from backend.operations.tour import TOUR

COMPANIES = 150
VISITORS = {stop.name: stop.visitor for stop in TOUR}
LEFT = "net::ERR_ABORTED"
"""What Chromium calls a request whose page was left, or which a newer one replaced: the visitor's doing, no failure."""
REPLACED = ("htmx:sendAbort,", "htmx:afterRequest,")
"""What htmx says of such a request; of one that failed it says htmx:sendError or htmx:timeout besides."""


@dataclass(frozen=True, slots=True)
class Site:
    """`paths`: the name of a page → its path; see operations.tour."""

    url: str
    paths: Mapping[str, str]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Ends with the module: while it runs, this thread counts as asynchronous and may not use the database."""
    program = parts.CHROMIUM.find()
    if program is None:
        pytest.fail(f"{parts.CHROMIUM.remedy}, or run ./dev test, which installs it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(program), args=CHROMIUM)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Site]:
    """On the embedded engine."""
    with demo_site(tmp_path_factory.mktemp("site"), companies=COMPANIES) as url:
        yield Site(url, {**read_pages(chromium, url), "missing page": "/nowhere/"})


@pytest.fixture(scope="module")
def site_on_elasticsearch(
    tmp_path_factory: pytest.TempPathFactory,
    chromium: Browser,
    elasticsearch_url: str,
    drop_indexes: Callable[[str, str], None],
) -> Iterator[Site]:
    prefix = f"test-browser-{uuid.uuid4().hex[:10]}"
    environment = {
        "SEARCH_ENGINES": "elastic,embedded",
        "SEARCH_PREFIX": prefix,
        "ELASTICSEARCH_URL": elasticsearch_url,
    }
    with demo_site(tmp_path_factory.mktemp("site"), companies=COMPANIES, environment=environment) as url:
        yield Site(url, read_pages(chromium, url))
    drop_indexes(elasticsearch_url, prefix)


@dataclass
class Watch:
    """What went wrong on a page: console errors and warnings, requests that failed, requests to other hosts."""

    site: Site
    found: list[str] = field(default_factory=list)

    def over(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.found.append(f"error: {error}"))
        page.on("requestfailed", self._failed)
        page.on("request", self._request)
        page.on(
            "response",
            lambda answer: self.found.append(f"{answer.status}: {answer.url}") if answer.status >= 400 else None,
        )

    def _failed(self, request: Request) -> None:
        if request.failure != LEFT:
            self.found.append(f"failed: {request.url} {request.failure}")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(REPLACED):
            self.found.append(f"{message.type}: {message.text}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.site.url, "data:")):
            self.found.append(f"foreign: {request.url}")


Open = Callable[..., tuple[Page, Watch]]
"""(name or path; `language` zh or en, `width`, `scheme`, `scripts`, `visitor`) → the page, and the watch over it."""


@pytest.fixture
def visit(site: Site, chromium: Browser) -> Iterator[Open]:
    """Opens a page as the one whose it is, or as `visitor`."""
    yield from opening(site, chromium)


@pytest.fixture
def visit_on_elasticsearch(site_on_elasticsearch: Site, chromium: Browser) -> Iterator[Open]:
    yield from opening(site_on_elasticsearch, chromium)


def opening(site: Site, chromium: Browser) -> Iterator[Open]:
    contexts: list[BrowserContext] = []

    def call(
        name: str,
        *,
        language: str = "zh",
        width: int = 1440,
        scheme: str = "light",
        scripts: bool = True,
        visitor: str | None = None,
    ) -> tuple[Page, Watch]:
        context = chromium.new_context(
            locale=LANGUAGES[language],
            viewport={"width": width, "height": HEIGHT},
            color_scheme="dark" if scheme == "dark" else "light",
            java_script_enabled=scripts,
        )
        contexts.append(context)
        page = context.new_page()
        signed_in(page, site.url, VISITORS.get(name, "") if visitor is None else visitor)
        watch = Watch(site)
        watch.over(page)
        page.goto(site.url + site.paths.get(name, name))
        return page, watch

    yield call
    for context in contexts:
        context.close()
