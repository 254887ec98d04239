"""Static files are collected when they changed, and only then."""

from __future__ import annotations

from pathlib import Path

from django.test import override_settings

from backend.operations import static_files


def test_files_are_collected_again_only_after_a_change(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "first.css").write_text("a{}")
    finders = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    with override_settings(STATIC_ROOT=tmp_path / "root", STATICFILES_DIRS=[source], STATICFILES_FINDERS=finders):
        assert static_files.collect() is True
        assert (tmp_path / "root/first.css").read_text() == "a{}"
        assert static_files.collect() is False
        (source / "first.css").unlink()
        (source / "second.css").write_text("b{color:red}")
        assert static_files.collect() is True
        assert sorted(path.name for path in (tmp_path / "root").iterdir()) == ["second.css"]
