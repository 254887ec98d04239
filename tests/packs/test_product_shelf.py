"""The shelf of institutions and products of the default pack: parsed, cross-checked and complete.

Pure file reading: the cheapest tests, no database. The rules are read by the module that reads them in production.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from backend.eligibility.attributes import Label
from backend.eligibility.nodes import AllOf, AnyOf, NotOf, Rule
from backend.eligibility.rule import conditions, parse, to_json
from backend.eligibility.vocabulary import Term, Vocabulary
from backend.matching.cost import FEE_BASES, FEE_TIMES, REPAYMENTS

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
PACK = FIXTURES / (FIXTURES / "DEFAULT").read_text(encoding="utf-8").strip()

PRODUCT_KEYS = {
    "code",
    "institution",
    "kind",
    "name",
    "summary",
    "amount_min",
    "amount_max",
    "term_min",
    "term_max",
    "rate_min",
    "rate_max",
    "first_loan_friendly",
    "purposes",
    "themes",
    "stages",
    "collateral",
    "terms",
    "fees",
    "documents",
    "rule",
    "status",
    "last_confirmed_on",
}
"""Fields of `backend.products.models.Product` that a pack sets."""

PARTICULARS = {
    "loan": {"repayment", "rate_basis", "drawdown"},
    "guarantee": {"repayment", "fee_min", "fee_max", "cap", "counter_guarantee", "risk_split", "loan_rate_cap"},
    "equity": {"ticket_min", "ticket_max", "stake_min", "stake_max", "valuation_min", "valuation_max", "exit"},
    "linked": {"repayment", "rate_basis", "loan_leg", "equity_leg", "sequence", "ratio"},
    "insurance": {"premium_min", "premium_max", "sum_insured", "deductible", "payout"},
    "leasing": {"repayment", "asset", "down_payment", "deposit", "residual", "rent"},
    "factoring": {"repayment", "debtor", "advance_rate", "recourse"},
    "bridge": {"repayment", "days_max", "daily_rate_min", "daily_rate_max", "renewal_promise"},
    "public_money": {"who", "ratio", "cap", "window", "budget_left"},
}
"""Terms that every product of a kind states (the field's table of kinds)."""

PROVIDERS = {
    "loan": {"bank"},
    "guarantee": {"guarantor"},
    "equity": {"fund"},
    "linked": {"bank", "fund", "guarantor"},
    "insurance": {"insurer"},
    "leasing": {"lessor"},
    "factoring": {"factor", "bank"},
    "bridge": {"public"},
    "public_money": {"public"},
}

REAL_NAMES = re.compile(
    "工商银行|农业银行|中国银行|建设银行|交通银行|邮政储蓄|邮储|招商银行|浦发|浦东发展|中信|光大|民生银行|兴业|华夏银行|平安|广发"
    "|浙商|恒丰|渤海|齐鲁银行|齐商|日照银行|青岛银行|威海|潍坊银行|烟台银行|泰安银行|莱商|北京银行|天津银行|济南农商|济南农村商业"
    "|章丘农商|沪农商|人民财产|中国人保|人保财险|太平洋|太平财产|泰山财产|中华联合|阳光财产|大地财产|鲁信|财金投资|山东省融资担保|济南融资担保"
    "|国银租赁|山东通达|中企云链|ICBC|Bank of China|China Construction|Qilu Bank|Ping An|China Merchants"
)


def _load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"), parse_float=_refuse_float)


def _refuse_float(text: str) -> None:
    raise ValueError(f"a float in a pack: {text}")


def _scheme(path: Path) -> list[Term]:
    with path.open(encoding="utf-8", newline="") as lines:
        return [Term(row["code"], Label(row["zh"], row["en"]), row["parent"] or None) for row in csv.DictReader(lines)]


VOCABULARY = Vocabulary({path.stem: _scheme(path) for path in sorted((PACK / "vocabularies").glob("*.csv"))})
INSTITUTIONS: dict[str, dict[str, Any]] = {row["code"]: row for row in _load(PACK / "institutions.json")}
PRODUCTS: list[dict[str, Any]] = [
    product for path in sorted((PACK / "products").glob("*.json")) for product in _load(path)
]
BENCHMARK: dict[str, str] = _load(PACK / "parameters" / "benchmark_rates.json")["content"]["lpr"]["history"][-1]

each_product = pytest.mark.parametrize("product", PRODUCTS, ids=[product["code"] for product in PRODUCTS])


def root(product: dict[str, Any]) -> str:
    return str(product["kind"]).partition(".")[0]


def depth(rule: Rule) -> int:
    """Groups within groups; a `not` around one condition is no group."""
    match rule:
        case AllOf(nodes) | AnyOf(nodes):
            return 1 + max((depth(node) for node in nodes), default=0)
        case NotOf(node):
            return depth(node) + (0 if depth(node) == 0 else 1)
        case _:
            return 0


def texts(value: object) -> list[str]:
    """Every string in a nested value."""
    match value:
        case str():
            return [value]
        case dict():
            return [text for item in value.values() for text in texts(item)]
        case list():
            return [text for item in value for text in texts(item)]
        case _:
            return []


def labels(value: object) -> list[dict[str, str]]:
    """Every mapping with a text in a language in a nested value; the caller checks that it has both."""
    if isinstance(value, dict):
        if "zh" in value or "en" in value:
            return [value]
        return [label for item in value.values() for label in labels(item)]
    if isinstance(value, list):
        return [label for item in value for label in labels(item)]
    return []


def test_shelf_has_about_the_promised_size() -> None:
    assert (len(INSTITUTIONS), len(PRODUCTS)) == (40, 127)
    assert len({product["code"] for product in PRODUCTS}) == 127
    assert len({product["name"]["zh"] for product in PRODUCTS}) == 127
    assert len({product["name"]["en"] for product in PRODUCTS}) == 127


def test_no_wording_is_used_twice() -> None:
    for language in ("zh", "en"):
        counted = Counter(product["summary"][language] for product in PRODUCTS)
        assert [text for text, times in counted.items() if times > 1] == []


def test_institutions_are_of_every_kind_and_well_formed() -> None:
    rows = list(INSTITUTIONS.values())
    assert len(_load(PACK / "institutions.json")) == len(rows)
    assert {row["kind"] for row in rows} == set(VOCABULARY.terms("institution_kinds"))
    assert [row["code"] for row in rows if row["region"] not in VOCABULARY.terms("regions")] == []
    assert [row["code"] for row in rows if not 0 < Decimal(row["answer_days"]) <= 60] == []
    assert {frozenset(row) for row in rows} == {frozenset({"code", "kind", "name", "region", "answer_days", "logins"})}
    logins = [login for row in rows for login in row["logins"]]
    assert len(set(logins)) == len(logins) == 40
    assert len({row["name"]["zh"] for row in rows}) == len({row["name"]["en"] for row in rows}) == 40


def test_every_institution_offers_something() -> None:
    assert set(INSTITUTIONS) == {product["institution"] for product in PRODUCTS}


def test_no_real_institution_is_named() -> None:
    named = {text: REAL_NAMES.search(text) for text in texts([list(INSTITUTIONS.values()), PRODUCTS])}
    assert {text: hit.group() for text, hit in named.items() if hit} == {}


def test_every_kind_of_the_vocabulary_has_a_product() -> None:
    parents = {term.parent for term in VOCABULARY.terms("product_kinds").values()}
    leaves = {code for code in VOCABULARY.terms("product_kinds") if code not in parents}
    assert leaves - {product["kind"] for product in PRODUCTS} == set()
    assert {product["kind"] for product in PRODUCTS} - leaves == set()


@each_product
def test_codes_exist(product: dict[str, Any]) -> None:
    assert set(product) == PRODUCT_KEYS
    for field, scheme in (
        ("purposes", "purposes"),
        ("themes", "themes"),
        ("stages", "stages"),
        ("collateral", "collateral"),
        ("documents", "document_kinds"),
    ):
        assert set(product[field]) - set(VOCABULARY.terms(scheme)) == set(), field
        assert len(set(product[field])) == len(product[field]), field
    assert [field for field in ("purposes", "stages", "documents") if not product[field]] == []
    assert {fee["kind"] for fee in product["fees"]} - set(VOCABULARY.terms("fee_kinds")) == set()
    assert INSTITUTIONS[product["institution"]]["kind"] in PROVIDERS[root(product)]
    assert product["status"] == "published"
    assert date.fromisoformat(product["last_confirmed_on"]).isoformat() == product["last_confirmed_on"]


def _collateral_needed(node: dict[str, Any]) -> frozenset[str]:
    """The kinds of which a rule wants one in any case."""
    if "all" in node:
        return frozenset().union(*map(_collateral_needed, node["all"]))
    if "any" in node and all(map(_collateral_needed, node["any"])):
        return frozenset().union(*map(_collateral_needed, node["any"]))
    return frozenset(node["value"]) if node.get("attribute") == "collateral" else frozenset()


@each_product
def test_what_the_rule_wants_in_any_case_is_named_as_collateral(product: dict[str, Any]) -> None:
    assert _collateral_needed(product["rule"]) - set(product["collateral"]) == set()


@each_product
def test_amounts_terms_and_rates_are_in_order(product: dict[str, Any]) -> None:
    assert 0 < Decimal(product["amount_min"]) <= Decimal(product["amount_max"])
    assert 0 < product["term_min"] <= product["term_max"] <= 120
    priced = root(product) in {"loan", "linked", "leasing", "factoring", "bridge"}
    assert (product["rate_min"] is None, product["rate_max"] is None) == (not priced, not priced)
    if priced:
        assert 0 <= Decimal(product["rate_min"]) <= Decimal(product["rate_max"]) < 24
    for fee in product["fees"]:
        figure = "amount" if fee["basis"] == "fixed" else "rate"
        assert set(fee) == {"kind", "payee", "basis", "when", figure}
        assert fee["basis"] in FEE_BASES
        assert fee["when"] in FEE_TIMES
        assert Decimal(fee[figure]) > 0


@each_product
def test_terms_of_its_kind_are_stated(product: dict[str, Any]) -> None:
    terms = product["terms"]
    assert PARTICULARS[root(product)] - set(terms) == set()
    if "repayment" in terms:
        assert terms["repayment"] in REPAYMENTS
    for least in [key for key in terms if key.endswith("_min")]:
        assert Decimal(terms[least]) <= Decimal(terms[least.removesuffix("_min") + "_max"]), least
    for subsidy in terms.get("subsidies", []):
        assert set(subsidy) == {"kind", "rate", "months", "cap"}
        assert min(Decimal(subsidy["rate"]), Decimal(subsidy["months"]), Decimal(subsidy["cap"])) > 0
    if root(product) == "linked":
        assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", terms["ratio"])  # equity or warrant to loan
    for label in labels([product["name"], product["summary"], terms]):
        assert set(label) == {"zh", "en"}
        assert [text for text in label.values() if not text.strip()] == []


@each_product
def test_chinese_text_uses_chinese_marks(product: dict[str, Any]) -> None:
    wrong = re.compile(r"[一-鿿][,;:()?]|[,;:()?][一-鿿]")
    chinese = [label["zh"] for label in labels([product["name"], product["summary"], product["terms"]])]
    assert [text for text in chinese if wrong.search(text)] == []
    assert 2 <= product["summary"]["zh"].count("。") <= 3


def test_risk_splits_sum_to_one_hundred() -> None:
    sums = {
        product["code"]: sum(Decimal(part["share"]) for part in product["terms"]["risk_split"])
        for product in PRODUCTS
        if root(product) == "guarantee"
    }
    assert len(sums) == 9
    assert {code: total for code, total in sums.items() if total != 100} == {}


def test_rate_basis_agrees_with_the_lowest_rate() -> None:
    """`LPR+55bp` means the latest one-year benchmark rate plus 0.55; `LPR5Y` the five-year one."""
    checked = 0
    for product in PRODUCTS:
        basis = product["terms"].get("rate_basis", "")
        if stated := re.fullmatch(r"(LPR|LPR5Y)([+-]\d+)bp", basis):
            bench = Decimal(BENCHMARK["one_year" if stated[1] == "LPR" else "five_year"])
            assert Decimal(product["rate_min"]) == bench + Decimal(stated[2]) / 100, product["code"]
            assert (stated[1] == "LPR5Y") == (product["term_max"] > 60), product["code"]
            checked += 1
        else:
            assert basis in {"", "bill_market"}, product["code"]
    assert checked == 74


def test_bridge_rate_is_its_daily_rate_over_a_year() -> None:
    for product in PRODUCTS:
        if root(product) == "bridge":
            for end in ("min", "max"):
                assert Decimal(product[f"rate_{end}"]) == Decimal(product["terms"][f"daily_rate_{end}"]) * 365


@each_product
def test_rule_is_read_and_survives_writing(product: dict[str, Any]) -> None:
    rule = parse(product["rule"], VOCABULARY)
    assert parse(to_json(rule), VOCABULARY) == rule
    assert len(list(conditions(rule))) >= 3


def test_no_rule_repeats_the_plain_limits() -> None:
    """Amount and term limits are product fields; a rule may name them only as one of several ways (`any`)."""
    plain = [
        product["code"]
        for product in PRODUCTS
        for node in product["rule"].get("all", [])
        if node.get("attribute") in {"amount", "term"}
    ]
    assert plain == []


def test_rules_differ_and_use_the_whole_language() -> None:
    rules = {product["code"]: parse(product["rule"], VOCABULARY) for product in PRODUCTS}
    written = Counter(json.dumps(to_json(rule), sort_keys=True) for rule in rules.values())
    assert [text for text, times in written.items() if times > 1] == []
    ops = {condition.op.value for rule in rules.values() for _, condition in conditions(rule)}
    assert ops == {"is", "one_of", "any_of", "all_of", "at_least", "at_most", "between", "within"}
    assert {depth(rule) for rule in rules.values()} == {1, 2, 3, 4}
    lengths = sorted(len(list(conditions(rule))) for rule in rules.values())
    assert (lengths[0], lengths[len(lengths) // 2], lengths[-1]) == (3, 8, 16)
