"""`./dev shots`: a picture of every page, at a desk and in a hand, light and dark, in both languages."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from itertools import product
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright
from rich.progress import track

from backend.operations import parts, servers
from backend.operations.demo_site import demo_site
from backend.operations.tour import TOUR, paths

CHROMIUM = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
LANGUAGES = {"zh": "zh-CN", "en": "en-GB"}
WIDTHS = (1440, 390)
SCHEMES = ("light", "dark")
HEIGHT = 900


def signed_in(page: Page, url: str, visitor: str) -> None:
    """Become one of the demo's people; nobody for ""."""
    if visitor:
        page.goto(f"{url}/sign-in/")
        page.locator(f"button[name=username][value={visitor}]").click()
        page.wait_for_url(lambda address: "sign-in" not in address)


def read_pages(browser: Browser, url: str) -> dict[str, str]:
    """The paths of the tour on this site."""
    contexts: dict[str, Page] = {}

    def read(visitor: str, path: str) -> str:
        if visitor not in contexts:
            contexts[visitor] = browser.new_context(locale=LANGUAGES["zh"]).new_page()
            signed_in(contexts[visitor], url, visitor)
        contexts[visitor].goto(url + path)
        contexts[visitor].wait_for_load_state("networkidle")
        return contexts[visitor].content()

    found = paths(read)
    for page in contexts.values():
        page.context.close()
    return found


def take(browser: Browser, url: str, folder: Path, only: Sequence[str]) -> int:
    """The number of pictures written to `folder`, as NAME-LANGUAGE-WIDTH-SCHEME.png."""
    where = read_pages(browser, url)
    visits = list(product({stop.visitor for stop in TOUR}, LANGUAGES, WIDTHS, SCHEMES))
    taken = 0
    for visitor, language, width, scheme in track(visits, "pictures"):
        context = browser.new_context(
            locale=LANGUAGES[language],
            viewport={"width": width, "height": HEIGHT},
            color_scheme="dark" if scheme == "dark" else "light",
        )
        page = context.new_page()
        signed_in(page, url, visitor)
        for stop in TOUR:
            if stop.visitor == visitor and (not only or stop.name in only):
                page.goto(url + where[stop.name])
                page.wait_for_load_state("networkidle")
                name = f"{stop.name.replace(' ', '-')}-{language}-{width}-{scheme}.png"
                page.screenshot(path=folder / name, full_page=True)
                taken += 1
        context.close()
    return taken


def main(arguments: Sequence[str]) -> int:
    options = argparse.ArgumentParser(prog="./dev shots", description=__doc__)
    options.add_argument("pages", nargs="*", metavar="page", help=f"of: {', '.join(stop.name for stop in TOUR)}")
    options.add_argument("--out", type=Path, default=parts.REPOSITORY / "var" / "shots", help="folder (%(default)s)")
    options.add_argument("--companies", type=int, default=2000, help="size of the demo market (%(default)s)")
    given = options.parse_args(arguments)
    unknown = set(given.pages) - {stop.name for stop in TOUR}
    if unknown:
        options.error(f"no such page: {', '.join(sorted(unknown))}")
    parts.install([parts.CHROMIUM])
    given.out.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="rongqiao-shots-") as scratch,
        sync_playwright() as playwright,
        demo_site(Path(scratch), companies=given.companies) as url,
    ):
        browser = playwright.chromium.launch(executable_path=str(parts.CHROMIUM.find()), args=CHROMIUM)
        taken = take(browser, url, given.out, given.pages)
        browser.close()
    print(f"{taken} pictures in {given.out}")
    return 0


if __name__ == "__main__":
    try:
        with servers.stopping_on_signals():
            sys.exit(main(sys.argv[1:]))
    except (parts.PartMissing, servers.ServerFailed) as reason:
        sys.exit(str(reason))
    except KeyboardInterrupt:
        sys.exit(130)
