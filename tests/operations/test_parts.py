"""Finding and installing system parts: nothing is installed where it may not be, and the remedy is named."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path

import pytest

from backend.operations import doctor, parts, translations, up
from backend.reports import pdf

ABSENT = parts.Part("Abacus", "abacus-server", "counting", lambda: None)
THERE = parts.Part("Shell", "bash", "everything", lambda: Path("/bin/sh"))


@pytest.fixture
def no_programs(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Programs are noted, not run."""
    ran: list[list[str]] = []

    def note(command: list[str], **_options: object) -> subprocess.CompletedProcess[bytes]:
        ran.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", note)
    return ran


def test_nothing_is_run_where_nothing_is_missing(no_programs: list[list[str]]) -> None:
    parts.install([THERE])
    assert no_programs == []


def test_who_may_not_install_is_told_the_package(monkeypatch: pytest.MonkeyPatch, no_programs: list[list[str]]) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(parts.PartMissing) as refusal:
        parts.install([THERE, ABSENT])
    assert str(refusal.value).splitlines() == [
        "missing on this machine:",
        "  Abacus (for counting): package abacus-server",
        "install them as root: apt-get install --no-install-recommends abacus-server",
    ]
    assert no_programs == []


def test_root_installs_what_is_missing_alone_and_looks_again(
    monkeypatch: pytest.MonkeyPatch, no_programs: list[list[str]]
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    with pytest.raises(parts.PartMissing, match=r"^installed, but not found afterwards: Abacus$"):
        parts.install([THERE, ABSENT])
    assert no_programs == [
        ["apt-get", "-q", "update"],
        ["apt-get", "-qy", "install", "--no-install-recommends", "abacus-server"],
    ]


@pytest.mark.parametrize(("release", "major"), [("17.0.15", 17), ("25", 25), ("1.8.0_402", 8)])
def test_the_java_release_is_read_from_the_runtime(tmp_path: Path, release: str, major: int) -> None:
    (tmp_path / "release").write_text(f'IMPLEMENTOR="X"\nJAVA_VERSION="{release}"\nJAVA_VERSION_DATE="2026-01-01"\n')
    assert parts.java_major(tmp_path) == major


def test_a_folder_without_java_has_no_release(tmp_path: Path) -> None:
    assert parts.java_major(tmp_path) == 0


def test_the_archive_is_unpacked_readable_with_its_programs_executable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = tmp_path / "server.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for name, mode in (("elasticsearch-1.2.3/bin/elasticsearch", 0o755), ("elasticsearch-1.2.3/NOTICE", 0o600)):
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            packed.writestr(entry, "text")
    monkeypatch.setattr(parts, "elasticsearch_archive", lambda version: archive)
    monkeypatch.setattr(parts, "home", lambda: tmp_path)
    unpacked = parts.elasticsearch_home("1.2.3")
    assert (unpacked / "bin/elasticsearch").stat().st_mode & 0o777 == 0o755
    assert (unpacked / "NOTICE").stat().st_mode & 0o777 == 0o644
    archive.unlink()
    assert parts.elasticsearch_home("1.2.3") == unpacked
    assert [entry.name for entry in (tmp_path / ".tools").iterdir()] == ["elasticsearch-1.2.3"]


def test_the_doctor_names_the_remedy_of_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(parts, "PARTS", (THERE, ABSENT))
    assert doctor.run() == 1
    lines = capsys.readouterr().out.splitlines()
    assert "found    Shell (everything): /bin/sh" in lines
    assert "MISSING  Abacus (counting): apt-get install --no-install-recommends abacus-server" in lines


def test_a_library_is_found_by_its_name() -> None:
    assert str(parts._library("c")()).startswith("libc.so")
    assert parts._library("no-such-library")() is None


def test_what_draws_pdfs_is_installed_here_and_in_the_image() -> None:
    packages = [part.package for part in parts.PDF_LIBRARIES]
    assert " ".join(packages) == pdf.LIBRARIES
    assert set(parts.PDF_LIBRARIES) <= set(parts.PARTS)
    image = (parts.REPOSITORY / "Dockerfile").read_text(encoding="utf-8").rpartition("\nFROM ")[2]
    assert f"apt-get install -y --no-install-recommends {' '.join(packages)} " in image


def test_the_doctor_looks_for_the_font_of_the_pdfs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def row() -> tuple[str, str | None, str]:
        return next(row for row in doctor.findings() if row[0] == "Noto Sans SC (the PDFs of reports)")

    monkeypatch.setenv("RONGQIAO_FONTS", str(tmp_path))
    assert row()[1:] == (None, "./dev up fetches @expo-google-fonts/noto-sans-sc with npm, or npm ci by hand")
    for weight, file in pdf.WEIGHTS.items():
        assert row()[1] is None, weight
        (tmp_path / file).parent.mkdir()
        (tmp_path / file).touch()
    assert row()[1] == str(tmp_path)


def test_the_secret_key_is_made_once_and_kept_from_others(tmp_path: Path) -> None:
    key = up.secret_key(tmp_path / "new")
    assert len(key) >= 50
    assert up.secret_key(tmp_path / "new") == key
    assert (tmp_path / "new" / "secret-key").stat().st_mode & 0o777 == 0o600


def test_catalogues_are_compiled_when_they_changed(tmp_path: Path) -> None:
    folder = tmp_path / "zh_Hans" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    catalogue = folder / "django.po"
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\nLanguage: zh_Hans\\n"\n\n'
    catalogue.write_text(head + 'msgid "need"\nmsgstr "融资需求"\n', encoding="utf-8")
    assert translations.compile_all(tmp_path) == 1
    assert translations.compile_all(tmp_path) == 0
    assert "融资需求".encode() in (folder / "django.mo").read_bytes()


def test_a_catalogue_whose_placeholder_is_lost_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "zh_Hans" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\nLanguage: zh_Hans\\n"\n\n'
    text = head + '#, python-format\nmsgid "%(n)s needs"\nmsgstr "需求"\n'
    (folder / "django.po").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="'n'"):
        translations.compile_all(tmp_path)
