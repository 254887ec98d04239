"""What a browser calls itself, in two words that a person knows."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

_BROWSERS: Sequence[tuple[str, str]] = (
    ("MicroMessenger/", "WeChat"),
    ("DingTalk/", "DingTalk"),
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS: Sequence[tuple[str, str]] = (
    ("HarmonyOS", "HarmonyOS"),
    ("OpenHarmony", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
"""Sign in the header → name, the first that fits: most call themselves by several names."""


def named(user_agent: str) -> str:
    """`Chrome · Windows`; the header's beginning where neither is known."""
    found = [_first(_BROWSERS, user_agent), _first(_SYSTEMS, user_agent)]
    return " · ".join(filter(None, found)) or user_agent[:40] or _("Unknown device")


def _first(known: Sequence[tuple[str, str]], user_agent: str) -> str:
    return next((name for sign, name in known if sign in user_agent), "")
