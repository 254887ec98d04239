"""The system parts that 融桥 uses, how each is found, and the Debian or Ubuntu package that brings it.

Nothing here needs Django or a third-party package: `./dev` runs it before anything is known to work.
"""

from __future__ import annotations

import ctypes.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
ELASTICSEARCH = "8.19.8"
ELASTICSEARCH_NEXT = "9.5.0"
_JAVA_FOR_MAJOR = {8: 17, 9: 21}
_APT_LIMIT_SECONDS = 900
_MAVEN_LIMIT_SECONDS = 900


class PartMissing(RuntimeError):
    """A system part is absent and could not be installed. The message names the remedy."""


@dataclass(frozen=True, slots=True)
class Part:
    """`find` gives where the part lies, or None. `package` is what apt calls it."""

    name: str
    package: str
    used_for: str
    find: Callable[[], Path | None]

    @property
    def remedy(self) -> str:
        return f"apt-get install --no-install-recommends {self.package}"


def _program(name: str) -> Callable[[], Path | None]:
    def find() -> Path | None:
        found = shutil.which(name)
        return Path(found) if found else None

    return find


def _library(name: str) -> Callable[[], Path | None]:
    """The shared library lib`name`, by the loader's own list. It gives the file's name alone."""

    def find() -> Path | None:
        found = ctypes.util.find_library(name)
        return Path(found) if found else None

    return find


def postgresql_programs() -> Path | None:
    """The folder that holds initdb and postgres: the newest Debian version, else what PATH names."""
    folders = [p.parent for p in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if folders:
        return max(folders, key=lambda folder: int(re.sub(r"\D", "", folder.parent.name) or 0))
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def java_major(home: Path) -> int:
    """The feature release of the Java runtime in `home`, e.g. 17; 0 where it cannot be told."""
    release = home / "release"
    text = release.read_text(encoding="utf-8", errors="replace") if release.is_file() else ""
    found = re.search(r'^JAVA_VERSION="(?:1\.)?(\d+)', text, re.MULTILINE)
    return int(found[1]) if found else 0


def java_home(at_least: int) -> Path | None:
    """The oldest installed Java runtime that is new enough."""
    folders = {p.parents[1].resolve() for p in Path("/usr/lib/jvm").glob("*/bin/java")}
    if os.environ.get("JAVA_HOME"):
        folders.add(Path(os.environ["JAVA_HOME"]).resolve())
    on_path = shutil.which("java")
    if on_path:
        folders.add(Path(on_path).resolve().parents[1])
    fit = sorted((java_major(folder), str(folder)) for folder in folders if java_major(folder) >= at_least)
    return Path(fit[0][1]) if fit else None


def java_for(version: str) -> Path | None:
    """The Java runtime for an Elasticsearch version, e.g. "8.19.8"."""
    return java_home(_JAVA_FOR_MAJOR[int(version.split(".")[0])])


def elasticsearch_archive(version: str) -> Path:
    """Where Maven keeps the server's archive, there or not."""
    local = Path(os.environ.get("MAVEN_REPO_LOCAL", str(Path.home() / ".m2" / "repository")))
    folder = local / "org/elasticsearch/distribution/integ-test-zip/elasticsearch" / version
    return folder / f"elasticsearch-{version}.zip"


POSTGRESQL = Part("PostgreSQL", "postgresql", "the production database and its tests", postgresql_programs)
REDIS = Part("Redis", "redis-server", "the task queue and the shared cache", _program("redis-server"))
JAVA = Part("Java 17", "openjdk-17-jre-headless", "Elasticsearch", lambda: java_home(17))
MAVEN = Part("Maven", "maven", "fetching Elasticsearch", _program("mvn"))
CHROMIUM = Part("Chromium", "chromium", "the browser tests", _program("chromium"))
GETTEXT = Part("gettext", "gettext", "compiling the translations", _program("msgfmt"))
NPM = Part("npm", "npm", "fetching fonts, htmx and charts", _program("npm"))
PDF_LIBRARIES = (
    Part("Pango", "libpango-1.0-0", "the PDFs of reports", _library("pango-1.0")),
    Part("Pango for FreeType", "libpangoft2-1.0-0", "the PDFs of reports", _library("pangoft2-1.0")),
    Part("HarfBuzz subsetting", "libharfbuzz-subset0", "the PDFs of reports", _library("harfbuzz-subset")),
)
PARTS = (GETTEXT, NPM, *PDF_LIBRARIES, POSTGRESQL, REDIS, JAVA, MAVEN, CHROMIUM)


def missing(parts: Iterable[Part]) -> list[Part]:
    return [part for part in parts if part.find() is None]


def install(parts: Iterable[Part]) -> None:
    """Install through apt the parts that are absent. Raises PartMissing, naming each package, where it may not."""
    absent = missing(parts)
    if not absent:
        return
    packages = [part.package for part in absent]
    remedy = f"apt-get install --no-install-recommends {' '.join(packages)}"
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        lines = [f"  {part.name} (for {part.used_for}): package {part.package}" for part in absent]
        raise PartMissing("\n".join(["missing on this machine:", *lines, f"install them as root: {remedy}"]))
    print(f"installing {', '.join(packages)} …", flush=True)
    # RUNLEVEL=1: Debian's packages then start no service of their own beside ours.
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    with tempfile.TemporaryFile() as log:
        to_install = ["apt-get", "-qy", "install", "--no-install-recommends", *packages]
        for command in (["apt-get", "-q", "update"], to_install):
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                env=environment, timeout=_APT_LIMIT_SECONDS, check=False,
            )  # fmt: skip
            if done.returncode != 0 and command[2] != "update":
                log.seek(0)
                sys.stderr.write(log.read().decode(errors="replace")[-3000:])
                raise PartMissing(f"apt-get could not install {' '.join(packages)}; by hand: {remedy}")
    still = missing(absent)
    if still:
        raise PartMissing(f"installed, but not found afterwards: {', '.join(part.name for part in still)}")


def home() -> Path:
    """The folder for tools and server data: the repository, or where it lies in a folder closed to the accounts that
    servers run under (PostgreSQL and Elasticsearch refuse root), one of its own under /var/lib."""
    open_to_others = all(folder.stat().st_mode & 0o001 for folder in (REPOSITORY, *REPOSITORY.parents))
    if os.geteuid() != 0 or open_to_others:
        return REPOSITORY
    return Path("/var/lib/rongqiao") / re.sub(r"\W+", "-", str(REPOSITORY)).strip("-")


def elasticsearch_folder(version: str = ELASTICSEARCH) -> Path:
    """Where the unpacked server lies, there or not."""
    return home() / ".tools" / f"elasticsearch-{version}"


def elasticsearch_home(version: str = ELASTICSEARCH) -> Path:
    """The unpacked server; fetched with Maven and unpacked where it is not there yet."""
    unpacked = elasticsearch_folder(version)
    tools = unpacked.parent
    if (unpacked / "bin/elasticsearch").is_file():
        return unpacked
    archive = elasticsearch_archive(version)
    if not archive.is_file():
        install([JAVA, MAVEN])
        _fetch_with_maven(version)
    if not archive.is_file():
        raise PartMissing(f"Maven reported success, but {archive.name} is not in its local repository")
    tools.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=tools) as scratch:
        _unpack(archive, Path(scratch))
        Path(scratch).chmod(0o755)
        try:
            (Path(scratch) / unpacked.name).rename(unpacked)
        except OSError:
            # A second run may have unpacked it meanwhile: theirs is as good.
            if not (unpacked / "bin/elasticsearch").is_file():
                raise
    return unpacked


def _fetch_with_maven(version: str) -> None:
    artifact = f"org.elasticsearch.distribution.integ-test-zip:elasticsearch:{version}:zip"
    print(f"fetching Elasticsearch {version} …", flush=True)
    command = ["mvn", "-q", "-B", "dependency:get", "-Dtransitive=false", f"-Dartifact={artifact}"]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_MAVEN_LIMIT_SECONDS, check=False
    )
    if done.returncode != 0:
        sys.stderr.write((done.stdout + done.stderr)[-3000:])
        raise PartMissing(f"Maven could not fetch {artifact}; by hand: {' '.join(command)}")


def _unpack(archive: Path, folder: Path) -> None:
    """Unpack with the permissions that the archive states, readable to everybody."""
    with zipfile.ZipFile(archive) as packed:
        for entry in packed.infolist():
            target = Path(packed.extract(entry, folder))
            executable = (entry.external_attr >> 16) & 0o111
            target.chmod(0o755 if target.is_dir() or executable else 0o644)
