"""The site in its own process, as a visitor meets it: a demo market, the embedded engine, static files, a free port.

One server a module. Chromium is the system's; the pages may ask nothing but this server for anything.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from backend.operations import parts, servers, translations

COMPANIES = 150
LIMIT_SECONDS = 300
HEIGHT = 900
LEFT = "net::ERR_ABORTED"
"""What Chromium calls a request whose page was left, or which a newer one replaced: the visitor's doing, no failure."""
CHROMIUM = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
LOCALES = {"zh": "zh-CN", "en": "en-GB"}


@dataclass(frozen=True, slots=True)
class Site:
    """`paths`: the name of a page → its path."""

    url: str
    paths: Mapping[str, str]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    translations.compile_all()
    folder = tmp_path_factory.mktemp("site")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "TEST_"))}
    environment = {**kept, "RONGQIAO_DEMO": "1", "RONGQIAO_VAR": str(folder), "PYTHONPATH": str(parts.REPOSITORY)}
    port = servers.free_port()
    command = [sys.executable, "manage.py", "prepare", "--companies", str(COMPANIES)]
    done = subprocess.run(
        command, cwd=parts.REPOSITORY, env=environment, capture_output=True, text=True, check=False,
        timeout=LIMIT_SECONDS,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    server = servers.Server(
        name="web",
        url=f"http://127.0.0.1:{port}",
        folder=folder / "web",
        command=[
            str(Path(sys.executable).parent / "granian"), "--interface", "wsgi", "--host", "127.0.0.1",
            "--port", str(port), "--workers", "1", "--blocking-threads", "4", "backend.config.wsgi:application",
        ],
        answers=lambda: servers.get(port, "/health/ready")[0] == 200,
        environment=environment,
    )  # fmt: skip
    with servers.running(server) as (url,):
        with urllib.request.urlopen(url, timeout=60) as answer:
            home = answer.read().decode()
        found = {name: path % _number(home, pattern) for name, (pattern, path) in DEMO_PATHS.items()}
        public = {
            "home": "/",
            "shelf": "/products/?q=知识产权质押",
            "terms": "/help/terms/",
            "missing page": "/nowhere/",
        }
        yield Site(url, public | found)


PUBLIC_PATHS = {
    "home": "/",
    "shelf": "/products/?q=知识产权质押",
    "terms": "/help/terms/",
    "missing page": "/nowhere/",
}
DEMO_PATHS = {
    "product": (r'href="/products/(\d+)/"', "/products/%s/"),
    "need": (r'value="/needs/(\d+)/"', "/demo/need/%s/"),
    "leads": (r'value="/institution/products/(\d+)/leads/"', "/demo/product/%s/leads/"),
}
"""Where the landing page names one, and the page of it."""


def _number(home: str, pattern: str) -> str:
    found = re.search(pattern, home)
    assert found is not None, f"the landing page has no link {pattern}"
    return found[1]


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
        if message.type in ("error", "warning"):
            self.found.append(f"{message.type}: {message.text}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.site.url, "data:")):
            self.found.append(f"foreign: {request.url}")


Open = Callable[..., tuple[Page, Watch]]


@pytest.fixture
def visit(site: Site, chromium: Browser) -> Iterator[Open]:
    """Opens the page of a name or path; gives it with the watch over it."""
    contexts: list[BrowserContext] = []

    def call(
        name: str, *, language: str = "zh", width: int = 1440, scheme: str = "light", scripts: bool = True
    ) -> tuple[Page, Watch]:
        context = chromium.new_context(
            locale=LOCALES[language],
            viewport={"width": width, "height": HEIGHT},
            color_scheme="dark" if scheme == "dark" else "light",
            java_script_enabled=scripts,
        )
        contexts.append(context)
        page = context.new_page()
        watch = Watch(site)
        watch.over(page)
        page.goto(site.url + site.paths.get(name, name))
        return page, watch

    yield call
    for context in contexts:
        context.close()
