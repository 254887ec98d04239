"""docs/reference/: its tables are those of the code, and what they call needed is needed."""

from __future__ import annotations

import ast
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from backend.eligibility import rule
from backend.eligibility.vocabulary import EMPTY
from backend.operations import reference, reference_eligibility, reference_pack
from backend.packs.checks import check_pack
from backend.packs.faults import Faults
from backend.packs.folder import digest
from backend.packs.management.commands.load_pack import default_folder

JSON_BLOCK = re.compile(r"```json\n(.*?)```", re.DOTALL)


def test_the_tables_are_those_of_the_code() -> None:
    """Where this fails: `./dev manage print_reference`."""
    assert [path.name for path in reference.outdated()] == []


def test_every_table_stands_on_one_page() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in reference.pages())
    assert sorted(place["name"] for place in reference.PLACE.finditer(text)) == sorted(reference.TABLES)


def test_an_outdated_page_is_printed_anew(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("By hand.\n<!-- printed: limits -->\nold\n<!-- end -->\nBy hand too.\n", encoding="utf-8")
    monkeypatch.setattr(reference, "FOLDER", tmp_path)
    (found,) = reference.outdated().values()
    assert found == f"By hand.\n<!-- printed: limits -->\n{reference_eligibility.limits()}<!-- end -->\nBy hand too.\n"


def test_ranking_and_api_are_printed_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    right = {}
    for name, stale in (("ranking.md", "old\n"), ("api.md", "By hand.\n" + reference.FILTERS + "old\n")):
        right[tmp_path / name] = (reference.FOLDER / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(stale, encoding="utf-8")
    monkeypatch.setattr(reference, "FOLDER", tmp_path)
    found = reference.outdated()
    assert found.keys() == right.keys()
    assert found[tmp_path / "ranking.md"] == right[tmp_path / "ranking.md"]
    assert (
        found[tmp_path / "api.md"]
        == "By hand.\n" + reference.FILTERS + right[tmp_path / "api.md"].split(reference.FILTERS)[1]
    )


def test_every_fault_of_a_rule_has_its_row() -> None:
    """The codes that the parser's source gives to RuleError, against the examples."""
    source = ast.parse(Path(rule.__file__).read_text(encoding="utf-8"))
    raised = {
        str(constant.value)
        for node in ast.walk(source)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "RuleError"
        for constant in ast.walk(node.args[1])
        if isinstance(constant, ast.Constant)
    }
    assert raised == {code for code, _ in reference_eligibility.FAULTS} | {"too_complex"}


@pytest.mark.parametrize("page", ["rules.md"])
def test_the_rules_in_a_page_are_rules(page: str) -> None:
    blocks = JSON_BLOCK.findall((reference.FOLDER / page).read_text(encoding="utf-8"))
    assert len(blocks) == 1
    for block in blocks:
        # The example names an industry that is not among the few codes of the tables.
        assert rule.parse(json.loads(block), EMPTY) != rule.AllOf(())


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """The default pack with one institution and one product that uses every optional list."""
    folder = tmp_path / "pack"
    shutil.copytree(default_folder(), folder)
    shutil.rmtree(folder / "products")
    (folder / "products").mkdir()
    institution = {"code": "one", "kind": "bank", "name": {"zh": "一", "en": "One"}}
    product = {
        "code": "one-loan",
        "institution": "one",
        "kind": "loan",
        "name": {"zh": "一号贷", "en": "Loan one"},
        "summary": {"zh": "一", "en": "One"},
        "amount_min": "0",
        "amount_max": "1000000",
        "term_min": 1,
        "term_max": 12,
        "fees": [{"kind": "interest", "payee": "lender", "basis": "amount", "rate": "1", "when": "start"}],
        "terms": {"subsidies": [{"kind": "first_loan", "rate": "1", "months": 12}]},
    }
    write(folder / "institutions.json", [institution])
    write(folder / "products" / "one.json", [product])
    return folder


def write(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content), encoding="utf-8")


def accepted(folder: Path) -> bool:
    return check_pack(folder, Faults()) is not None


CASES = [
    ("pack.json", (), reference_pack.HEADING),
    ("institutions.json", (0,), reference_pack.INSTITUTIONS),
    ("products/one.json", (0,), reference_pack.PRODUCTS),
    ("products/one.json", (0, "fees", 0), reference_pack.FEES),
    ("products/one.json", (0, "terms", "subsidies", 0), reference_pack.SUBSIDIES),
]


@pytest.mark.parametrize(("file", "where", "meanings"), CASES, ids=[f"{file}{where}" for file, where, _ in CASES])
def test_what_the_tables_call_needed_is_needed(
    pack: Path, file: str, where: tuple[str | int, ...], meanings: reference_pack.Meanings
) -> None:
    assert accepted(pack)
    for name, (needed, _meaning) in meanings.items():
        content = json.loads((pack / file).read_text(encoding="utf-8"))
        entry = content
        for step in where:
            entry = entry[step]
        if entry.pop(name, None) is None:
            assert needed != reference_pack.YES, name
            continue
        before = (pack / file).read_text(encoding="utf-8")
        write(pack / file, content)
        assert accepted(pack) is (needed == reference_pack.NO), name
        (pack / file).write_text(before, encoding="utf-8")


def test_the_files_of_a_pack_are_those_that_the_loader_reads(pack: Path) -> None:
    before = digest(pack)
    (pack / "README.md").write_text("not of the pack", encoding="utf-8")
    assert digest(pack) == before
    for pattern in reference_pack.FILES:
        file = pack / pattern.replace("*", "new")
        file.write_text("changed", encoding="utf-8")
        after = digest(pack)
        assert after != before, pattern
        before = after
