"""What a company's profile opens, whatever its need; and one product's conditions as a company meets them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _

from backend.accounts.audience import Viewer
from backend.common.errors import Conflict
from backend.companies.facts import facts_of, stated_by
from backend.companies.models import Company
from backend.eligibility.attributes import ATTRIBUTES, Facts, Subject
from backend.eligibility.rule import RuleError
from backend.eligibility.single import admitting
from backend.eligibility.verdict import State
from backend.indexing import engines
from backend.matching.compiled import Compiled
from backend.matching.context import Context, context, ranking_settings
from backend.matching.cost import CostRange
from backend.matching.explanations import gaps, missing, to_state
from backend.matching.offers import Bench, Judge, bench
from backend.matching.results import Finding, Gap, Missing
from backend.matching.services import on_offer_today, published_to
from backend.matching.standing import Shut, shut
from backend.needs.models import Need
from backend.packs.queries import held, vocabulary
from backend.products.models import Product


@dataclass(frozen=True, slots=True)
class DatumOpens:
    """What stating one unknown datum of the company does, in products. `asked`: their rules ask about it. `up_to`: of
    those not ruled out, it is among the data that still decide. `alone`: nothing else need be known for them.

    `stated_by`: what gives a computed attribute: the parts of it that are unknown."""

    missing: Missing
    asked: int
    up_to: int
    alone: int
    stated_by: tuple[str, ...]

    @property
    def attribute(self) -> str:
        return self.missing.attribute


@dataclass(frozen=True, slots=True)
class Opened:
    """What the data of a company open among `products` published ones, its need left out of question: `possible` are
    not ruled out by what is known, `met` of these wholly known and met. `completeness`, in whole per cent rounded down:
    of all that the products ask about companies, how much is known. `data`: what opens most first."""

    data: tuple[DatumOpens, ...]
    products: int
    possible: int
    met: int
    completeness: int


@held()
def opened_by_data(company: Company, *, viewer: Viewer, today: date, language: str = "zh-hans") -> Opened:
    """What each unknown datum of a company opens. A condition on a need attribute counts as fulfilled, since the need
    can still be written so; see `eligibility.single.company_part`.

    Raises PackMissing, and FactError where the company's stored data is broken.
    """
    asked = context(viewer, today, language)
    facts = _facts(asked, company)
    offered = on_offer_today(asked, asked.bench.judges(published_to(viewer)))
    asks: Counter[str] = Counter()
    up_to: Counter[str] = Counter()
    alone: Counter[str] = Counter()
    states: Counter[State] = Counter()
    for judge, _product in offered.values():
        rule = asked.bench.company_rule(judge)
        state, _met = rule.read(facts)
        states[state] += 1
        asks.update(key for key in judge.compiled.attributes if ATTRIBUTES[key].subject is Subject.COMPANY)
        if state is State.UNKNOWN:
            up_to.update(rule.deciding(facts))
            alone.update(_enough_alone(rule, facts, asked))
    known = sum(number for key, number in asks.items() if key in facts)
    data = [
        DatumOpens(
            to_state(attribute, asked.voice, asked.bench.note), asks[key], up_to[key], alone[key], stated_by(key, facts)
        )
        for key, attribute in ATTRIBUTES.items()
        if attribute.subject is Subject.COMPANY and key not in facts
    ]
    data.sort(key=lambda one: (-one.up_to, -one.alone))
    return Opened(
        data=tuple(data),
        products=len(offered),
        possible=states[State.MET] + states[State.UNKNOWN],
        met=states[State.MET],
        completeness=100 * known // asks.total() if asks else 100,
    )


def _enough_alone(rule: Compiled, facts: Facts, asked: Context) -> set[str]:
    """The unknown attributes each of which makes the rule met with some value."""
    waiting = rule.alone(facts)
    if waiting is None:
        return set()
    return {key for key in rule.deciding(facts) if admitting(waiting, ATTRIBUTES[key], facts, asked.vocabulary)}


@dataclass(frozen=True, slots=True)
class ProductVerdict:
    """One product for one company. `state`: met, unknown or unmet. `missing`: data to give; `gaps`: what to change;
    both empty where it is met, and where nothing makes it so. `earliest`: when waiting alone is enough.

    Without a need everything is said of the company alone, the need left out of question: what the product asks of a
    need stands in `of_need`, and no cost is stated.
    """

    state: str
    findings: tuple[Finding, ...]
    of_need: tuple[Finding, ...]
    missing: tuple[Missing, ...]
    gaps: tuple[Gap, ...]
    earliest: date | None
    cost: CostRange | None


@held()
def verdict_on(
    product: Product,
    *,
    company: Company,
    need: Need | None = None,
    viewer: Viewer,
    today: date,
    language: str = "zh-hans",
) -> ProductVerdict:
    """How `product` judges a company, and its need where one is given; all three are the viewer's to see.

    Raises PackMissing, FactError, and Conflict (`broken_rule`) where the product's stored rule cannot be read.
    """
    asked = context(viewer, today, language)
    facts = _facts(asked, company, need)
    judge = _judged(asked.bench, product)
    rule = judge.compiled if need is not None else asked.bench.company_rule(judge)
    state, _met = rule.read(facts)
    short = None if state is State.MET else rule.shortfall(facts, today)
    findings = asked.bench.spoken(judge, language).findings(facts)
    apart = [] if need is not None else [one for one in findings if _of_need(one)]
    return ProductVerdict(
        state=state.key,
        findings=tuple(one for one in findings if one not in apart),
        of_need=tuple(apart),
        missing=missing(short.unknown, asked.voice, asked.bench.note) if short else (),
        gaps=gaps(short.unmet, asked.voice) if short else (),
        earliest=short.earliest if short and short.unmet else None,
        cost=None if need is None else asked.bench.cost(judge.offer, facts),
    )


@held()
def shut_today(product: Product, *, today: date) -> Shut | None:
    """Why no company can have `product` today, whoever looks; None where one can.

    Raises PackMissing, and Conflict (`broken_rule`) where the product's stored rule cannot be read.
    """
    judge = _judged(bench(vocabulary(), engines.segmenter()), product)
    return shut(judge.offer, today, ranking_settings(today))


def _of_need(finding: Finding) -> bool:
    return ATTRIBUTES[finding.attribute].subject is Subject.NEED


def _facts(asked: Context, company: Company, need: Need | None = None) -> Facts:
    return facts_of(company, need, today=asked.today, vocabulary=asked.vocabulary, size_table=asked.sizes)


def _judged(where: Bench, product: Product) -> Judge:
    try:
        return where.judge(product)
    except RuleError as fault:
        message = _("The conditions of this product cannot be read at the moment. Ask the institution itself.")
        raise Conflict(message, code="broken_rule", field="rule") from fault
