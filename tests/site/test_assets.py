"""What npm brings, under the site's own names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from backend.site.assets import FILES, PackageFinder


@pytest.fixture
def packages(settings: Any, tmp_path: Path) -> Path:
    for source in FILES.values():
        (tmp_path / source).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / source).write_text(source)
    slices = tmp_path / "@fontsource-variable/noto-sans-sc/files"
    slices.mkdir()
    (slices / "one.woff2").write_text("one")
    (tmp_path / "htmx.org/dist/htmx.js").write_text("not served")
    settings.PACKAGES_DIR = tmp_path
    return tmp_path


def test_only_what_is_named_is_listed_and_read_under_its_name(packages: Path) -> None:
    listed = {name: storage.open(name).read().decode() for name, storage in PackageFinder().list(None)}
    assert listed == {**FILES, "vendor/noto-sans-sc/files/one.woff2": "one"}


def test_a_file_is_found_by_its_name_and_no_other(packages: Path) -> None:
    finder = PackageFinder()
    assert finder.find("vendor/htmx.min.js") == str(packages / "htmx.org/dist/htmx.min.js")
    assert finder.find("vendor/htmx.min.js", find_all=True) == [str(packages / "htmx.org/dist/htmx.min.js")]
    assert finder.find("vendor/htmx.js") == []
    assert finder.find("../htmx.org/dist/htmx.js") == []


def test_a_package_that_is_not_installed_is_named_with_the_remedy(packages: Path) -> None:
    (packages / "htmx.org/dist/htmx.min.js").unlink()
    assert PackageFinder().find("vendor/htmx.min.js") == []
    with pytest.raises(ImproperlyConfigured, match=r"htmx\.min\.js is missing: \./dev up"):
        list(PackageFinder().list(None))
