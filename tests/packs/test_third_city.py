"""Another city is another folder: a made-up one, with codes of its own, is loaded, filled and matched as it stands."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from backend.accounts.models import Organisation
from backend.accounts.services import platform_account
from backend.applications import pack
from backend.common import credit_code
from backend.companies.models import Company
from backend.companies.services import CompanyInput, company_create
from backend.eligibility.verdict import State, judge
from backend.indexing import engines
from backend.indexing.rebuild import rebuild
from backend.indexing.services import drain_all
from backend.market.services import market_make
from backend.matching import records_cache
from backend.matching.context import context
from backend.matching.leads import leads_for
from backend.matching.services import products_for
from backend.needs.models import Need
from backend.needs.services import NeedInput, need_create
from backend.packs.checks import CODES_OF_THE_CODE, ONLY_CODES
from backend.packs.management.commands.load_pack import default_folder
from backend.packs.queries import current_pack, vocabulary
from backend.packs.services import pack_load
from backend.products.models import Product
from backend.products.rules import effective_rule

REPOSITORY = Path(__file__).resolve().parents[2]
CITY = REPOSITORY / "tests" / "fixtures_made_up" / "yunze"
TODAY = date(2026, 11, 24)
OPENED = datetime(2026, 11, 20, tzinfo=UTC)


def nothing(_what: str, _done: int, _of: int) -> None:
    """Tells nobody."""


@pytest.fixture
def city(db: None, settings: Any, tmp_path: Path, search_prefix: str) -> Iterator[None]:
    settings.SEARCH_FOLDER = tmp_path / "index"
    settings.SEARCH_PREFIX = search_prefix
    settings.SEARCH_ENGINES = ["embedded"]
    engines.breaker.forget()
    pack_load(CITY, actor=platform_account(), progress=nothing, today=TODAY)
    yield
    records_cache.forget()


def index() -> None:
    for kind in ("need", "product"):
        rebuild(engines.primary(), kind, today=TODAY)
    drain_all()


def kelp_farm(**facts: Any) -> Company:
    stated = {"region": "yz-isles", "industry": "SEA.kelp", "employees": "24", "stage": "growth", **facts}
    data = CompanyInput(
        name="云泽潮生海藻有限公司",
        credit_code=credit_code.make("91990100MA0000001"),
        founded_on=date(2021, 5, 1),
        facts=stated,
    )
    return company_create(actor=platform_account(), today=TODAY, data=data)


def file(company: Company) -> Need:
    data = NeedInput(
        title="备货",
        amount=Decimal(800_000),
        term_months=12,
        purpose="stock",
        facts={"collateral": ["vessel"], "accepts_equity": False},
    )
    return need_create(actor=platform_account(), company_id=company.pk, data=data, opened_at=OPENED, today=TODAY)


def test_it_shares_only_the_codes_that_the_program_itself_uses() -> None:
    def codes(folder: Path, scheme: str) -> set[str]:
        with (folder / "vocabularies" / f"{scheme}.csv").open(encoding="utf-8", newline="") as lines:
            return {row["code"] for row in csv.DictReader(lines)}

    used = {scheme: set(CODES_OF_THE_CODE.get(scheme, ())) | set(ONLY_CODES.get(scheme, ())) for scheme in SCHEMES}
    shared = {scheme: codes(CITY, scheme) & codes(default_folder(), scheme) - used[scheme] for scheme in SCHEMES}
    assert {scheme: found for scheme, found in shared.items() if found} == {}


SCHEMES = (
    "regions",
    "zones",
    "industries",
    "stages",
    "themes",
    "tax_grades",
    "public_credit_grades",
    "purposes",
    "collateral",
)


def test_a_need_finds_its_products_and_a_product_its_leads(city: None) -> None:
    need = file(kelp_farm())
    index()
    matches = products_for(need, viewer=platform_account(), today=TODAY, language="en")
    assert [match.product.code for match in matches.eligible] == ["tide-stock", "keel-lease"]
    assert [match.product.code for match in matches.missing] == ["tide-gold"]
    (datum,) = matches.missing[0].missing
    assert (datum.attribute, datum.how) == ("tax_grade", "Ask the tax counter for a certificate")
    almost = [(match.product.code, {gap.attribute for gap in match.gaps}) for match in matches.almost]
    assert almost == [("tide-vessel", {"employees"}), ("dock-equity", {"accepts_equity", "stage"})]
    product = Product.objects.select_related("institution__organisation").get(code="keel-lease")
    leads = leads_for(product, viewer=platform_account(), today=TODAY, language="en")
    assert (leads.total, [lead.need.pk for lead in leads.results]) == (1, [need.pk])


def test_its_own_market_is_made_and_matched_as_judged_one_by_one(city: None) -> None:
    made = market_make(actor=platform_account(), count=60, seed=3, today=TODAY, progress=nothing)
    assert (made.companies, made.past_cases) == (60, 180)
    index()
    assert current_pack().key == "yunze"
    assert not Organisation.objects.filter(name__contains="济南").exists()
    asked = context(platform_account(), TODAY, "en")
    found = 0
    for need in Need.objects.filter(status=Need.Status.OPEN).select_related("company"):
        facts = asked.facts(need)
        met = {
            product.code
            for product in Product.objects.all()
            if judge(effective_rule(product), facts, vocabulary()).state is State.MET
        }
        matches = products_for(need, viewer=platform_account(), today=TODAY)
        assert {match.product.code for match in matches.eligible} == met
        found += len(met)
    assert found > 20


def test_a_company_can_apply_there(city: None) -> None:
    now = datetime(2026, 1, 2, 4, 0, tzinfo=UTC)  # a Friday
    clock = pack.clock(now)
    assert clock.due(clock.spans.accept, now).isoformat() == "2026-01-05T23:59:59+06:00"
    assert clock.zone.key == "Asia/Urumqi"
    limits = pack.limits(TODAY)
    assert (limits.live_per_need, limits.offer_days) == (5, 90)
    assert set(pack.refusal_reasons(TODAY)) == {"1", "5", "7", "77", "12", "13"}
    assert pack.consent_text(TODAY).version == 1


@pytest.mark.django_db
def test_a_market_without_its_parameter_is_refused_in_words(tmp_path: Path, settings: Any, search_prefix: str) -> None:
    settings.SEARCH_FOLDER, settings.SEARCH_PREFIX = tmp_path / "index", search_prefix
    folder = tmp_path / "yunze"
    shutil.copytree(CITY, folder)
    (folder / "parameters" / "market.json").unlink()
    pack_load(folder, actor=platform_account(), progress=nothing, today=TODAY)
    with pytest.raises(CommandError, match="market"):
        call_command("make_market", "--companies", "1")


CITY_WORDS = re.compile(r"jinan|济南|泉城|\b3701\d\d", re.IGNORECASE)


@pytest.mark.parametrize("folder", ["backend", "search", "workers", "templates"])
def test_the_program_names_no_city(folder: str) -> None:
    named = [
        f"{path.relative_to(REPOSITORY)}:{number}: {line.strip()}"
        for path in sorted((REPOSITORY / folder).rglob("*"))
        if path.suffix in {".py", ".html", ".txt", ".po", ".css", ".js"} and "node_modules" not in path.parts
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if CITY_WORDS.search(line)
    ]
    assert named == []
