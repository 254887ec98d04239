"""The table of ranking features: what each measures, how it is said, and the pure function to [0, 1].

A score is Σ weight × value / Σ weight. Weights are the pack's (`settings.py`). What is not known counts one half and
gives no reason, so that a gap neither lifts nor sinks a candidate. `docs/reference/ranking.md` is printed from here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from backend.eligibility.attributes import Label
from backend.matching import readings
from backend.matching.candidate import Candidate
from backend.matching.readings import Reading, Voice
from backend.matching.settings import FEATURE_KEYS, RankingSettings

Read = Callable[[Candidate, RankingSettings], Reading]
Fill = Callable[[Candidate, Voice], Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Feature:
    """`phrases`: outcome → template; `fill` gives the values of its fields. `speaks`: outcome → whether it speaks for
    the candidate, where its value alone does not tell: a theme in common is in favour though it counts 0.4."""

    key: str
    label: Label
    definition: Label
    read: Read
    phrases: Mapping[str, Label]
    fill: Fill
    speaks: Mapping[str, bool] = field(default_factory=dict)

    def favours(self, reading: Reading) -> bool:
        """Does the reading speak for the candidate?"""
        return self.speaks.get(reading.outcome, reading.value >= readings.HALF)

    def phrase(self, candidate: Candidate, reading: Reading, voice: Voice) -> str:
        """The reading in words; "" where there is nothing to say."""
        if not reading.outcome:
            return ""
        return self.phrases[reading.outcome].in_language(voice.language).format(**self.fill(candidate, voice))


FEATURES: tuple[Feature, ...] = (
    Feature(
        "conditions",
        Label("条件符合度", "Conditions met"),
        Label(
            "准入规则最外层各项要求中，已知且满足的比例。",
            "The share of the rule's requirements that are known and met.",
        ),
        readings.read_conditions,
        {
            "met": Label("{asked}项要求中已知满足{met}项", "{met} of {asked} requirements are known and met"),
            "open": Label("没有准入限制", "Open to every company"),
        },
        readings.fill_conditions,
    ),
    Feature(
        "amount",
        Label("金额匹配", "Amount"),
        Label(
            "所需金额在产品常用区间内为1，到额度两端线性降至0.5，超出为0。",
            "1 in the product's usual range of amounts, falling to one half at its limits, 0 beyond them.",
        ),
        readings.read_amount,
        {
            "usual": Label(
                "所需金额为最高额度的{percent}%，在常用区间内",
                "The amount is {percent}% of the product's limit, in its usual range",
            ),
            "edge": Label(
                "所需金额为最高额度的{percent}%，接近额度边缘",
                "The amount is {percent}% of the product's limit, near the edge of its range",
            ),
            "outside": Label(
                "所需金额为最高额度的{percent}%，不在额度内",
                "The amount is {percent}% of the product's limit, outside of its range",
            ),
        },
        readings.fill_amount,
    ),
    Feature(
        "term",
        Label("期限匹配", "Term"),
        Label("所需期限在产品期限内为1，否则为两者之比。", "1 within the product's terms, else the ratio of the two."),
        readings.read_term,
        {
            "within": Label(
                "期限{months}个月，在产品的{low}–{high}个月之内",
                "The term of {months} months lies within the product's {low}–{high}",
            ),
            "outside": Label(
                "期限{months}个月，产品为{low}–{high}个月",
                "The term is {months} months; the product lends for {low}–{high}",
            ),
        },
        readings.fill_term,
        {"outside": False},
    ),
    Feature(
        "cost",
        Label("综合成本", "All-in cost"),
        Label(
            "年化综合成本（区间中值）不超过可承受成本一半为1，相等为0.5，达1.5倍为0；未填可承受成本时用基准值。",
            "1 where the middle of the all-in annual cost is at most half of what the need can bear, one half where "
            "they are equal, 0 from one and a half times on; a benchmark stands in for an unknown limit.",
        ),
        readings.read_cost,
        {
            "compared": Label(
                "年化综合成本{cost}%，可承受{limit}%", "All-in annual cost {cost}%; the need can bear {limit}%"
            ),
            "stated": Label("年化综合成本{cost}%", "All-in annual cost {cost}%"),
        },
        readings.fill_cost,
    ),
    Feature(
        "collateral",
        Label("抵质押匹配", "Collateral"),
        Label(
            "无需抵质押，或能提供所要求的任一种为1，不能提供为0。",
            "1 where nothing is asked or one of the kinds asked is offered, 0 where none is.",
        ),
        readings.read_collateral,
        {
            "none_asked": Label("无需抵质押物", "No collateral is asked"),
            "offered": Label("可用{offered}作抵质押", "{offered} can serve as collateral"),
            "missing": Label("要求{asked}之一，尚未提供", "Asks for one of: {asked}; none is offered"),
        },
        readings.fill_collateral,
    ),
    Feature(
        "purpose",
        Label("用途与领域", "Purpose and theme"),
        Label(
            "用途占六成、领域占四成：一致为1，产品不限或未知为0.5，不一致为0。",
            "Purpose counts three fifths and theme two fifths: 1 where they agree, one half where the product names "
            "none or it is unknown, 0 where they differ.",
        ),
        readings.read_purpose,
        {
            "both": Label(
                "支持“{purpose}”用途，同属{themes}领域", "Serves the purpose “{purpose}” and the theme {themes}"
            ),
            "purpose": Label("支持“{purpose}”用途", "Serves the purpose “{purpose}”"),
            "theme": Label("同属{themes}领域", "Serves the theme {themes}"),
            "neither": Label("产品面向其他用途或领域", "Meant for other purposes or themes"),
        },
        readings.fill_purpose,
        {"theme": True},
    ),
    Feature(
        "proximity",
        Label("地域远近", "Proximity"),
        Label(
            "企业与机构所在地在行政区划树上相距n级时为1/(1+n)，没有共同上级为0。",
            "1/(1+n) where company and institution are n steps apart in the tree of regions; 0 with nothing in common.",
        ),
        readings.read_proximity,
        {
            "same": Label("机构就在{company}", "The institution is in {company} as well"),
            "near": Label("企业在{company}，机构在{institution}", "Company in {company}, institution in {institution}"),
            "far": Label(
                "企业在{company}，机构在较远的{institution}",
                "Company in {company}; the institution is further off, in {institution}",
            ),
        },
        readings.fill_proximity,
    ),
    Feature(
        "stage",
        Label("阶段与渠道", "Stage and channel"),
        Label(
            "按渠道表取该阶段与产品类别的适合度；产品限定其他阶段或企业不接受股权时为0。",
            "How well the kind of product suits the company's stage, by the table of channels; 0 where the product "
            "names other stages or the company takes no equity.",
        ),
        readings.read_stage,
        {
            "fits": Label("{kind}适合{stage}企业", "{kind} suits a company at this stage: {stage}"),
            "unusual": Label(
                "{kind}通常不是{stage}企业的首选", "{kind} is seldom the first choice at this stage: {stage}"
            ),
            "no_equity": Label("企业不接受股权融资", "The company takes no equity"),
        },
        readings.fill_stage,
    ),
    Feature(
        "first_loan",
        Label("首贷友好", "First-loan friendliness"),
        Label(
            "企业从未贷款时，面向首贷的产品为1，其他为0.25；有过贷款或未知为0.5。",
            "For a company that never borrowed: 1 where the product is meant for first-time borrowers, else 0.25; "
            "one half for others.",
        ),
        readings.read_first_loan,
        {
            "friendly": Label(
                "面向首贷企业，该企业从未贷款", "Meant for first-time borrowers; the company has never borrowed"
            )
        },
        readings.fill_nothing,
    ),
    Feature(
        "record",
        Label("同类企业记录", "Record with like companies"),
        Label(
            "机构在可比案例中的出资份额，经分层贝叶斯平滑后取对数刻度。",
            "The institution's share of comparable past cases, smoothed over wider segments, on a log scale.",
        ),
        readings.read_record,
        {
            "funded": Label(
                "{comparable}笔可比案例中，该机构出资{funded}笔",
                "The institution funded {funded} of {comparable} comparable cases",
            )
        },
        readings.fill_record,
    ),
    Feature(
        "speed",
        Label("答复速度", "Answer speed"),
        Label(
            "答复的中位工作日数：即日为1，线性降至慢的界限为0。",
            "Median working days to a decision: 1 for the same day, falling to 0 at the limit for slow.",
        ),
        readings.read_speed,
        {"days": Label("通常{days}个工作日答复", "Usually answers in {days} working days")},
        readings.fill_speed,
    ),
    Feature(
        "freshness",
        Label("新鲜度", "Freshness"),
        Label(
            "产品最近确认或需求提交以来的天数：当天为1，线性降至过期界限为0。从不因旧而隐藏。",
            "Days since the product was confirmed or the need was opened: 1 today, falling to 0 at the limit for "
            "stale. Nothing is hidden for its age.",
        ),
        readings.read_freshness,
        {
            "offers": Label("{days}天前确认有效", "Confirmed {days} days ago"),
            "needs": Label("{days}天前提交", "Opened {days} days ago"),
        },
        readings.fill_freshness,
    ),
    Feature(
        "text",
        Label("文字相近", "Text"),
        Label(
            "需求标题、说明与产品名称、简介的共同词数。", "Words that the need and the product's text have in common."
        ),
        readings.read_text,
        {"common": Label("文字相近：{words}", "Words in common: {words}")},
        readings.fill_text,
        {"common": True},
    ),
)

if tuple(feature.key for feature in FEATURES) != FEATURE_KEYS:
    raise AssertionError("the table of features and the keys of the settings differ")
