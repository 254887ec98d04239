"""Loading a pack: as a whole or not at all, twice without effect, one city a database."""

from __future__ import annotations

import json
import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings

from backend.accounts.services import platform_account
from backend.common.errors import Conflict
from backend.eligibility.attributes import ATTRIBUTES
from backend.eligibility.phrases import value_text
from backend.packs import queries
from backend.packs.management.commands.load_pack import default_folder
from backend.packs.models import Pack, Term
from backend.packs.services import PackRefused, PackReport, pack_load
from backend.products.models import Institution, Product

TODAY = date(2026, 11, 23)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_index(settings: Any, tmp_path: Path, search_prefix: str) -> None:
    settings.SEARCH_FOLDER = tmp_path / "index"
    settings.SEARCH_PREFIX = search_prefix


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "pack"
    shutil.copytree(default_folder(), copy)
    return copy


def load(folder: Path) -> PackReport:
    return pack_load(folder, actor=platform_account(), progress=lambda what, done, of: None, today=TODAY)


def test_the_default_pack_loads_and_a_second_time_changes_nothing(folder: Path) -> None:
    first = load(folder)
    assert (first.changed, Institution.objects.count(), Product.objects.count()) == (True, 40, 127)
    assert set(Product.objects.values_list("status", flat=True)) == {"published"}
    versions = dict(Product.objects.values_list("code", "version"))
    second = load(folder)
    assert second.changed is False
    assert dict(Product.objects.values_list("code", "version")) == versions
    pack = queries.current_pack()
    assert pack is not None
    assert (pack.key, pack.currency) == (json.loads((folder / "pack.json").read_text())["key"], "CNY")


def test_only_what_changed_in_the_folder_is_written(folder: Path) -> None:
    load(folder)
    path = folder / "products" / "bridge.json"
    products = json.loads(path.read_text(encoding="utf-8"))
    products[0]["name"]["en"] = "Another name"
    path.write_text(json.dumps(products), encoding="utf-8")
    before = dict(Product.objects.values_list("code", "version"))
    assert load(folder).changed is True
    after = dict(Product.objects.values_list("code", "version"))
    assert {code for code in after if after[code] != before[code]} == {products[0]["code"]}
    assert Product.objects.get(code=products[0]["code"]).name_en == "Another name"


def test_a_code_that_leaves_the_folder_ends_and_is_kept(folder: Path) -> None:
    load(folder)
    path = folder / "vocabularies" / "labels.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    gone = lines.pop().split(",")[0]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    load(folder)
    assert Term.objects.get(scheme="labels", code=gone).valid_to == date(2026, 11, 22)


def test_a_folder_with_faults_is_refused_as_a_whole(folder: Path) -> None:
    path = folder / "products" / "bridge.json"
    products = json.loads(path.read_text(encoding="utf-8"))
    products[0]["rule"] = {"all": [{"attribute": "anual_revenue", "op": "at_least", "value": "1"}]}
    products[1]["terms"]["day_max"] = 15
    path.write_text(json.dumps(products), encoding="utf-8")
    words = ("annual_revenue", "days_max")
    with pytest.raises(PackRefused) as refused:
        load(folder)
    assert [(fault.place, word in str(fault)) for fault, word in zip(refused.value.faults, words, strict=True)] == [
        ("products/bridge.json[0].rule.all[0].attribute", True),
        ("products/bridge.json[1].terms.day_max", True),
    ]
    assert (Pack.objects.count(), Term.objects.count(), Product.objects.count()) == (0, 0, 0)


def rewrite(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / "vocabularies" / name
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_what_a_term_explains_must_be_there(folder: Path) -> None:
    rewrite(folder, "terms.csv", "attribute:tax_grade", "attribute:tax_grad")
    rewrite(folder, "terms.csv", "purposes:bridge", "purpose:bridge")
    rewrite(folder, "terms.csv", "themes:supply_chain", "themes:chain")
    with pytest.raises(PackRefused) as refused:
        load(folder)
    assert sorted((fault.message, fault.remedy) for fault in refused.value.faults) == [
        ("'chain' is not a known code of themes", "The nearest is supply_chain"),
        ("'purpose' is not a known vocabulary, attribute or product_term", "The nearest is purposes"),
        ("'tax_grad' is not a known code of attribute", "The nearest is tax_grade"),
    ]


def test_only_terms_explain(folder: Path) -> None:
    rewrite(folder, "themes.csv", "code,parent,zh,en\n", "code,parent,zh,en,explains\n")
    path = folder / "vocabularies" / "themes.csv"
    head, first, *others = path.read_text(encoding="utf-8").splitlines()
    lines = [head, f"{first},attribute:themes", *(f"{line}," for line in others)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(PackRefused) as refused:
        load(folder)
    assert [(fault.place, fault.remedy) for fault in refused.value.faults] == [
        ("vocabularies/themes.csv:2", "Leave that to a row of vocabularies/terms.csv")
    ]


def test_terms_explain_codes_and_those_below_them(folder: Path) -> None:
    load(folder)
    assert queries.explaining("attribute", "collateral") == ("mortgage", "pledge")
    assert queries.explaining("product_kinds", "bridge.renewal") == ("bridge",)
    assert queries.explaining("product_kinds", "factoring.order") == ("supply_chain",)
    assert queries.explaining("product_kinds", "insurance") == ()
    path = folder / "vocabularies" / "terms.csv"
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("mortgage,")]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    load(folder)
    assert queries.explaining("attribute", "collateral") == ("pledge",)


def test_a_database_serves_one_city(folder: Path) -> None:
    load(folder)
    heading = json.loads((folder / "pack.json").read_text(encoding="utf-8"))
    (folder / "pack.json").write_text(json.dumps({**heading, "key": "elsewhere"}), encoding="utf-8")
    with pytest.raises(Conflict) as refused:
        load(folder)
    assert refused.value.code == "another_pack"
    assert list(Pack.objects.values_list("key", flat=True)) == [heading["key"]]


def test_no_city_is_named_in_the_code() -> None:
    heading = json.loads((default_folder() / "pack.json").read_text(encoding="utf-8"))
    names = [heading["key"], heading["name"]["zh"].removesuffix("市")]
    root = Path(django_settings.BASE_DIR)
    sources = [path for top in ("backend", "search", "workers", "templates") for path in (root / top).rglob("*.*")]
    named = [
        str(path.relative_to(root))
        for path in sources
        if path.suffix in {".py", ".html", ".css"}
        and any(name in path.read_text(encoding="utf-8").lower() for name in names)
    ]
    assert named == []


def test_a_record_that_cannot_be_read_is_a_named_fault(folder: Path) -> None:
    path = folder / "parameters" / "ranking.json"
    ranking = json.loads(path.read_text(encoding="utf-8"))
    ranking["content"]["record"]["floor"] = 2
    path.write_text(json.dumps(ranking), encoding="utf-8")
    with pytest.raises(PackRefused, match=r"parameters/ranking\.json"):
        load(folder)


@pytest.mark.parametrize(("currency", "said"), [("CNY", "50万元"), ("USD", "50万美元"), ("XAF", "50万XAF")])
def test_amounts_are_named_after_the_currency(folder: Path, currency: str, said: str) -> None:
    path = folder / "pack.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "currency": currency}), encoding="utf-8")
    load(folder)
    terms = queries.vocabulary()
    assert value_text(ATTRIBUTES["annual_revenue"], Decimal(500_000), "zh", terms) == said
