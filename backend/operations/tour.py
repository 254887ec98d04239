"""Every page of the site and who opens it: the list that pictures are taken of and that the browser tests walk.

A page's address is a path, or the first one on another page that fits a pattern: ids differ from market to market.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from backend.accounts.demo_names import DEMO_BUREAU, DEMO_COMPANY, DEMO_INSTITUTION, DEMO_PLATFORM, DEMO_RISK


@dataclass(frozen=True, slots=True)
class Stop:
    """`visitor`: a demo account, or "" for somebody who has not signed in. `found_on`: the name of an earlier stop
    whose page holds the address; `path` is then a pattern, else the path itself. `beyond` is added to it, and the first
    three boxes called `ticked` of that page."""

    name: str
    visitor: str
    path: str
    found_on: str = ""
    beyond: str = ""
    ticked: str = ""


TOUR: tuple[Stop, ...] = (
    Stop("home", "", "/"),
    Stop("shelf", "", "/products/?q=知识产权质押"),
    Stop("product", "", r"/products/\d+/", "shelf"),
    Stop("terms", "", "/help/terms/"),
    Stop("sign in", "", "/sign-in/"),
    Stop("sign up", "", "/sign-up/"),
    Stop("new password", "", "/password/"),
    Stop("style guide", "", "/styleguide/"),
    Stop("company", DEMO_COMPANY, "/company/"),
    Stop("profile", DEMO_COMPANY, "/company/profile/figures/"),
    Stop("need", DEMO_COMPANY, r"/needs/\d+/", "company"),
    Stop("new need", DEMO_COMPANY, "/needs/new/"),
    Stop("compare", DEMO_COMPANY, r"/needs/\d+/compare/", "need", ticked="p"),
    Stop("own product", DEMO_COMPANY, r"/products/\d+/", "shelf"),
    Stop("edit need", DEMO_COMPANY, r"/needs/\d+/", "company", "edit/offer/"),
    Stop("publish need", DEMO_COMPANY, r"/needs/\d+/", "company", "edit/publish/"),
    Stop("need state", DEMO_COMPANY, r"/needs/\d+/state/", "company"),
    Stop("report", DEMO_COMPANY, r"/needs/\d+/", "company", "report/"),
    Stop("apply", DEMO_COMPANY, r"/needs/\d+/apply/", "need", ticked="p"),
    Stop("my financing", DEMO_COMPANY, "/cases/"),
    Stop("own case", DEMO_COMPANY, r"/cases/\d+/", "my financing"),
    Stop("offers", DEMO_COMPANY, r"/needs/\d+/offers/", "my financing"),
    Stop("institution", DEMO_INSTITUTION, "/institution/"),
    Stop("own products", DEMO_INSTITUTION, "/institution/products/"),
    # The list of a product that has leads: the one that a best lead of the morning belongs to.
    Stop("leads", DEMO_INSTITUTION, r"/institution/products/\d+/leads/\d+/", "institution", "../"),
    Stop("lead", DEMO_INSTITUTION, r"/institution/products/\d+/leads/\d+/", "institution"),
    Stop("edit product", DEMO_INSTITUTION, r"/institution/products/\d+/edit/", "own products"),
    Stop("rule", DEMO_INSTITUTION, r"/institution/products/\d+/rule/", "own products"),
    Stop("preview", DEMO_INSTITUTION, r"/institution/products/\d+/preview/", "own products"),
    Stop("product state", DEMO_INSTITUTION, r"/institution/products/\d+/state/", "own products"),
    Stop("verification", DEMO_COMPANY, "/verification/"),
    Stop("account", DEMO_COMPANY, "/account/"),
    Stop("sessions", DEMO_COMPANY, "/account/sessions/"),
    Stop("second factor", DEMO_COMPANY, "/account/second-factor/"),
    Stop("leave", DEMO_COMPANY, "/account/leave/"),
    Stop("members", DEMO_INSTITUTION, "/members/"),
    Stop("member", DEMO_INSTITUTION, r"/members/\d+/", "members"),
    Stop("papers", DEMO_INSTITUTION, "/verification/"),
    Stop("verification queue", DEMO_BUREAU, "/bureau/verifications/"),
    Stop("verification decision", DEMO_BUREAU, r"/bureau/verifications/\d+/", "verification queue"),
    Stop("cases", DEMO_INSTITUTION, "/cases/"),
    Stop("case", DEMO_INSTITUTION, r"/cases/\d+/", "cases"),
    Stop("cases paid out", DEMO_INSTITUTION, "/cases/?show=running"),
    Stop("case paid out", DEMO_INSTITUTION, r"/cases/\d+/", "cases paid out"),
    # What is overdue stands first, and that is a decision.
    Stop("cases to decide", DEMO_RISK, "/cases/"),
    Stop("case to decide", DEMO_RISK, r"/cases/\d+/", "cases to decide"),
    Stop("offer", DEMO_RISK, r"/cases/\d+/offer/", "case to decide"),
    Stop("bureau", DEMO_BUREAU, "/bureau/"),
    Stop("needs to check", DEMO_BUREAU, "/bureau/needs/"),
    Stop("need to check", DEMO_BUREAU, r"/needs/\d+/state/", "needs to check"),
    Stop("cases of all", DEMO_BUREAU, "/cases/"),
    Stop("case of all", DEMO_BUREAU, r"/cases/\d+/", "cases of all"),
    Stop("uncovered", DEMO_BUREAU, "/bureau/uncovered/"),
    Stop("organisations", DEMO_PLATFORM, "/platform/organisations/?kind=bureau"),
    Stop("organisation", DEMO_PLATFORM, r"/platform/organisations/\d+/", "organisations"),
    Stop("new organisation", DEMO_PLATFORM, "/platform/organisations/new/"),
)


class StopMissing(LookupError):
    """A page has no address like the one that a stop is looked for under."""


def paths(read: Callable[[str, str], str], stops: Iterable[Stop] = TOUR) -> dict[str, str]:
    """The name of each stop → its path. `read(visitor, path)` gives a page's HTML. Raises StopMissing."""
    found: dict[str, str] = {}
    pages: dict[tuple[str, str], str] = {}
    for stop in stops:
        if not stop.found_on:
            found[stop.name] = stop.path
            continue
        key = (stop.visitor, found[stop.found_on])
        if key not in pages:
            pages[key] = read(*key)
        hit = re.search(rf'"({stop.path})[?"#]', pages[key])
        if hit is None:
            raise StopMissing(f"{stop.name}: no address like {stop.path} on {key[1]}")
        found[stop.name] = hit[1] + stop.beyond + _ticks(stop, pages[key])
    return found


def _ticks(stop: Stop, page: str) -> str:
    if not stop.ticked:
        return ""
    boxes = re.findall(rf'name="{stop.ticked}" value="(\d+)"', page)[:3]
    return "?" + "&".join(f"{stop.ticked}={value}" for value in boxes)
