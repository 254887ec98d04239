"""The registry of typed attributes: the vocabulary in which every eligibility rule is written.

One entry here adds an attribute everywhere: rule schema, index mapping, evaluator, forms, API and docs are
generated from it. Nothing in this package imports Django.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

Value = bool | str | Decimal | frozenset[str]
Facts = Mapping[str, Value]
"""What is known of one (company, need): attribute key → value. A key that is absent is unknown."""


class Kind(StrEnum):
    NUMBER = "number"  # Decimal, in the attribute's unit, at most `scale` decimals
    CODE = "code"  # one code of a flat vocabulary
    CODES = "codes"  # a set of codes; the empty set is a known fact
    TREE = "tree"  # one code of a hierarchical vocabulary
    FLAG = "flag"  # yes or no; unknown when absent


class Subject(StrEnum):
    COMPANY = "company"
    NEED = "need"


class Source(StrEnum):
    DECLARED = "declared"  # the company says so
    AUTHORISED = "authorised"  # a public register or a bank, with the company's authorisation
    COMPUTED = "computed"  # derived by the platform from other data


@dataclass(frozen=True, slots=True)
class Label:
    zh: str
    en: str

    def in_language(self, language: str) -> str:
        return self.zh if language.startswith("zh") else self.en


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit and its factor to the base unit of its dimension. `usual`: the one that people of the field write."""

    key: str
    dimension: str
    factor: Decimal
    label: Label
    usual: bool = False


UNITS: Mapping[str, Unit] = {
    unit.key: unit
    for unit in (
        Unit("yuan", "money", Decimal(1), Label("元", "yuan")),
        Unit("wan_yuan", "money", Decimal(10_000), Label("万元", "10k yuan"), usual=True),
        Unit("yi_yuan", "money", Decimal(100_000_000), Label("亿元", "100m yuan")),
        Unit("percent", "ratio", Decimal(1), Label("%", "%")),
        Unit("day", "days", Decimal(1), Label("天", "days")),
        Unit("month", "months", Decimal(1), Label("个月", "months")),
        Unit("year", "years", Decimal(1), Label("年", "years")),
        Unit("person", "persons", Decimal(1), Label("人", "people")),
        Unit("item", "items", Decimal(1), Label("件", "items")),
        Unit("case", "cases", Decimal(1), Label("次", "records")),
        Unit("point", "points", Decimal(1), Label("分", "points")),
    )
}


@dataclass(frozen=True, slots=True)
class Attribute:
    """One thing that a rule may ask about.

    `scale` is the number of decimals kept: index fields hold `value × 10^scale` as an integer ("ticks"), so that
    both engines and the evaluator compare the same whole numbers.
    """

    key: str
    subject: Subject
    kind: Kind
    label: Label
    source: Source
    improvable: bool  # can the company change it by its own doing?
    unit: str | None = None  # base unit of a NUMBER
    scale: int = 0
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    scheme: str | None = None  # vocabulary of CODE, CODES and TREE
    grows_with_time: bool = False  # a NUMBER in years that only waiting raises

    def ticks(self, value: Decimal) -> int:
        """`value` as the whole number that is indexed and compared."""
        return int(value.scaleb(self.scale).to_integral_value())

    def from_ticks(self, ticks: int) -> Decimal:
        return Decimal(ticks).scaleb(-self.scale)


_C, _N = Subject.COMPANY, Subject.NEED
_SELF, _AUTH, _CALC = Source.DECLARED, Source.AUTHORISED, Source.COMPUTED
_ZERO, _HUNDRED = Decimal(0), Decimal(100)


def _money(
    key: str,
    zh: str,
    en: str,
    source: Source,
    *,
    subject: Subject = _C,
    improvable: bool = True,
    minimum: Decimal | None = _ZERO,
) -> Attribute:
    return Attribute(key, subject, Kind.NUMBER, Label(zh, en), source, improvable, "yuan", 2, minimum)


def _count(key: str, zh: str, en: str, unit: str, source: Source, *, improvable: bool = True) -> Attribute:
    return Attribute(key, _C, Kind.NUMBER, Label(zh, en), source, improvable, unit, 0, _ZERO)


def _ratio(
    key: str,
    zh: str,
    en: str,
    source: Source,
    *,
    minimum: Decimal | None = _ZERO,
    maximum: Decimal | None = None,
    subject: Subject = _C,
) -> Attribute:
    return Attribute(key, subject, Kind.NUMBER, Label(zh, en), source, True, "percent", 2, minimum, maximum)


def _flag(key: str, zh: str, en: str, source: Source, *, improvable: bool = True, subject: Subject = _C) -> Attribute:
    return Attribute(key, subject, Kind.FLAG, Label(zh, en), source, improvable)


def _coded(
    key: str, kind: Kind, zh: str, en: str, scheme: str, source: Source, *, improvable: bool, subject: Subject = _C
) -> Attribute:
    return Attribute(key, subject, kind, Label(zh, en), source, improvable, scheme=scheme)


ATTRIBUTES: Mapping[str, Attribute] = {
    attribute.key: attribute
    for attribute in (
        # company: who and where
        _coded("region", Kind.TREE, "所在区县", "District", "regions", _AUTH, improvable=False),
        _coded("zone", Kind.CODE, "功能区", "Functional zone", "zones", _AUTH, improvable=False),
        _coded("industry", Kind.TREE, "所属行业", "Industry", "industries", _AUTH, improvable=False),
        _coded("size_class", Kind.CODE, "企业规模", "Size class", "size_classes", _CALC, improvable=False),
        _coded("stage", Kind.CODE, "发展阶段", "Stage", "stages", _SELF, improvable=False),
        _coded("themes", Kind.CODES, "领域标签", "Themes", "themes", _SELF, improvable=False),
        # company: figures
        _money("registered_capital", "注册资本", "Registered capital", _AUTH),
        Attribute(
            "years_in_business",
            _C,
            Kind.NUMBER,
            Label("经营年限", "Years in business"),
            _CALC,
            False,
            "year",
            1,
            _ZERO,
            grows_with_time=True,
        ),
        _count("employees", "从业人数", "Employees", "person", _SELF),
        _money("annual_revenue", "年营业收入", "Annual revenue", _AUTH),
        _ratio("revenue_growth", "营业收入增长率", "Revenue growth", _AUTH, minimum=None),
        _money("net_profit", "净利润", "Net profit", _AUTH, minimum=None),
        _money("total_assets", "资产总额", "Total assets", _SELF),
        _ratio("debt_ratio", "资产负债率", "Debt ratio", _SELF),
        _money("tax_paid", "年纳税额", "Tax paid a year", _AUTH),
        _money("export_volume", "年出口额", "Exports a year", _AUTH),
        # company: standing
        _coded("tax_grade", Kind.CODE, "纳税信用等级", "Tax credit grade", "tax_grades", _AUTH, improvable=True),
        _coded(
            "public_credit_grade",
            Kind.CODE,
            "公共信用评价等级",
            "Public credit grade",
            "public_credit_grades",
            _AUTH,
            improvable=True,
        ),
        _count("insured_staff", "社保参保人数", "Staff in social insurance", "person", _AUTH),
        _flag("has_ever_borrowed", "是否有过贷款", "Has ever borrowed", _AUTH, improvable=False),
        _money("existing_credit", "现有授信余额", "Existing credit", _AUTH),
        _count("overdue_records", "近两年逾期次数", "Overdue records in two years", "case", _AUTH),
        # company: innovation
        _ratio("rnd_share", "研发投入占比", "R&D share of revenue", _SELF, maximum=None),
        _count("invention_patents", "发明专利", "Invention patents", "item", _AUTH),
        _count("utility_patents", "实用新型专利", "Utility patents", "item", _AUTH),
        _count("software_copyrights", "软件著作权", "Software copyrights", "item", _AUTH),
        _count("trade_marks", "注册商标", "Trade marks", "item", _AUTH),
        _flag("high_tech", "高新技术企业", "High-tech enterprise", _AUTH),
        _flag("tech_sme", "科技型中小企业", "Technology SME", _AUTH),
        _flag("specialised_sme", "专精特新企业", "Specialised and innovative SME (专精特新)", _AUTH),
        _flag("little_giant", "专精特新“小巨人”企业", "Little giant", _AUTH),
        _flag("gazelle", "瞪羚企业", "Gazelle", _AUTH),
        _flag("listing_reserve", "上市后备企业", "Listing reserve", _AUTH),
        Attribute(
            "innovation_score",
            _C,
            Kind.NUMBER,
            Label("创新能力评分", "Innovation score"),
            _AUTH,
            True,
            "point",
            1,
            _ZERO,
            _HUNDRED,
        ),
        _flag("core_supplier", "核心企业供应商", "Supplier of a core enterprise", _SELF),
        # need
        _money("amount", "融资金额", "Amount", _SELF, subject=_N),
        Attribute("term", _N, Kind.NUMBER, Label("融资期限", "Term"), _SELF, True, "month", 0, _ZERO),
        _coded("purpose", Kind.CODE, "资金用途", "Purpose", "purposes", _SELF, improvable=False, subject=_N),
        _ratio("max_annual_cost", "可承受年化综合成本", "Highest bearable annual cost", _SELF, subject=_N),
        _coded(
            "collateral",
            Kind.CODES,
            "可提供的抵质押物",
            "Collateral and pledges offered",
            "collateral",
            _SELF,
            improvable=True,
            subject=_N,
        ),
        _flag("guarantor_available", "可提供保证人", "Guarantor available", _SELF, subject=_N),
        _flag("accepts_equity", "接受股权融资", "Accepts equity", _SELF, subject=_N),
        _ratio("max_equity_sold", "最多出让股权比例", "Most equity sold", _SELF, maximum=_HUNDRED, subject=_N),
        Attribute(
            "urgency",
            _N,
            Kind.NUMBER,
            Label("期望到账天数", "Days until the money is needed"),
            _SELF,
            True,
            "day",
            0,
            _ZERO,
        ),
    )
}
