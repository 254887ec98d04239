"""What a browser without scripts would send of a form in a page."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

Fields = dict[str, list[str]]


class _Form(HTMLParser):
    def __init__(self, form: str) -> None:
        super().__init__()
        self.form, self.inside = form, False
        self.fields: Fields = {}
        self.buttons: dict[tuple[str, str], bool] = {}
        self._select: tuple[str, list[str], list[str]] | None = None
        self._area: tuple[str, list[str]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = given.get("id") == self.form
        if not self.inside:
            return
        name, value = given.get("name", ""), given.get("value", "")
        if tag == "input" and name and (given.get("type") not in ("checkbox", "radio") or "checked" in given):
            self.fields.setdefault(name, []).append(value or ("on" if given.get("type") == "checkbox" else ""))
        elif tag == "select":
            self._select = (name, [], [])
        elif tag == "option" and self._select is not None:
            self._select[1].append(value)
            if "selected" in given:
                self._select[2].append(value)
        elif tag == "textarea":
            self._area = (name, [])
        elif tag == "button" and name:
            self.buttons[name, value] = "disabled" not in given

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area[1].append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        elif tag == "select" and self._select is not None:
            name, known, chosen = self._select
            self.fields.setdefault(name, []).extend(chosen or known[:1])
            self._select = None
        elif tag == "textarea" and self._area is not None:
            self.fields.setdefault(self._area[0], []).append("".join(self._area[1]).removeprefix("\n"))
            self._area = None


def fields_of(response: Any, form: str) -> Fields:
    """Name → values, as the page holds them."""
    return _parsed(response, form).fields


def pressed(response: Any, form: str, value: str, **changed: str | list[str]) -> Fields:
    """What goes out when a button `do` is pressed after these fields were changed; a dot in a name is written `__`."""
    parsed = _parsed(response, form)
    assert parsed.buttons.get(("do", value)), f"there is no enabled button {value}"
    given = {key.replace("__", "."): one if isinstance(one, list) else [one] for key, one in changed.items()}
    return {**parsed.fields, **given, "do": [value]}


def enabled(response: Any, form: str, value: str) -> bool | None:
    """None where there is no such button."""
    return _parsed(response, form).buttons.get(("do", value))


def _parsed(response: Any, form: str) -> _Form:
    parsed = _Form(form)
    parsed.feed(response.content.decode())
    return parsed
