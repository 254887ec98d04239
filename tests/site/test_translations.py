"""Every text for people has its Chinese: what the sources hold is what the catalogue holds, whole and not fuzzy."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from backend.operations import parts, translations

CATALOGUE = translations.LOCALE / "zh_Hans" / "LC_MESSAGES" / "django.po"
SOURCES = ("backend", "search", "workers", "templates")
REMEDY = "manage.py makemessages -l zh_Hans --no-location --no-wrap -i .venv -i var -i tests -i .tools, then translate"


@pytest.fixture(scope="module")
def extracted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalogue with the messages of the sources as they are now, and nothing translated."""
    if parts.GETTEXT.find() is None:
        pytest.fail(f"{parts.GETTEXT.remedy}, or run ./dev test, which installs it")
    folder = tmp_path_factory.mktemp("sources")
    for name in SOURCES:
        shutil.copytree(
            parts.REPOSITORY / name, folder / name, ignore=shutil.ignore_patterns("locale", "__pycache__", "static")
        )
    (folder / "locale").mkdir()
    command = [sys.executable, "-m", "django", "makemessages", "-l", "zh_Hans", "--no-location", "--no-wrap"]
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return folder / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"


def messages(catalogue: Path, *selection: str) -> set[str]:
    """The msgids of a catalogue that msgattrib selects."""
    done = subprocess.run(
        ["msgattrib", "--no-wrap", *selection, str(catalogue)], capture_output=True, text=True, check=True, timeout=60
    )
    lines = re.findall(r'^msgid ((?:".*"\n)+)', done.stdout, re.MULTILINE)
    return {"".join(re.findall(r'^"(.*)"$', line, re.MULTILINE)) for line in lines} - {""}


def test_the_catalogue_holds_every_message_of_the_sources_and_no_other(extracted: Path) -> None:
    there, wanted = messages(CATALOGUE, "--no-obsolete"), messages(extracted)
    assert len(wanted) > 300
    assert sorted(wanted - there) == [], f"not in the catalogue: {REMEDY}"
    assert sorted(there - wanted) == [], f"no longer in the sources: {REMEDY}"


@pytest.mark.parametrize("fault", ["--untranslated", "--only-fuzzy", "--only-obsolete"])
def test_nothing_is_untranslated_fuzzy_or_obsolete(fault: str) -> None:
    assert sorted(messages(CATALOGUE, fault)) == []


def test_the_chinese_is_chinese() -> None:
    """A translation without any Chinese character is a forgotten one."""
    text = CATALOGUE.read_text(encoding="utf-8")
    found = re.findall(r'^msgid "(.+)"\n(?:msgid_plural ".*"\n)?msgstr(?:\[0\])? "(.*)"$', text, re.MULTILINE)
    assert len(found) > 300
    placeholders_only = re.compile(r"^(?:%\(\w+\)s|\W)+$")
    assert [zh for _en, zh in found if not re.search(r"[一-鿿]", zh) and not placeholders_only.match(zh)] == []


def test_compiling_takes_what_is_outdated_and_refuses_a_broken_one(tmp_path: Path) -> None:
    folder = tmp_path / "zh_Hans" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    shutil.copy(CATALOGUE, folder / "django.po")
    assert translations.compile_all(tmp_path) == 1
    assert (folder / "django.mo").is_file()
    assert translations.compile_all(tmp_path) == 0
    text = (folder / "django.po").read_text(encoding="utf-8")
    assert "%(number)s条线索" in text
    (folder / "django.po").write_text(text.replace("%(number)s条线索", "%(numbr)s条线索"), encoding="utf-8")
    (folder / "django.mo").unlink()
    with pytest.raises(ValueError, match="number"):
        translations.compile_all(tmp_path)
