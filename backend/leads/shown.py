"""How leads are put before an account manager: cards with what was read, charts of facets, links that keep the list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from backend.companies.chief_facts import NEED_FACTS
from backend.eligibility.vocabulary import Vocabulary
from backend.leads.models import LeadView, SavedSearch
from backend.matching.filters import LEAD_FILTERS, FacetResult
from backend.matching.product_cost import product_cost_parts
from backend.matching.results import Lead, LeadExplained
from backend.products.models import Product
from backend.site.cards import CostRow, Fact, LeadCard, cost_rows, cost_total, facts_shown, lead_cards
from backend.site.charts import Chart, Row, Series, Value
from backend.site.facets import facets_as_links
from backend.site.templatetags.values import count

VIEWS = ("cards", "table", "chart")


@dataclass(frozen=True, slots=True)
class ListedLead:
    """`seen`: when the person read it, None for one that is new to the person."""

    card: LeadCard
    url: str
    seen: LeadView | None


@dataclass(frozen=True, slots=True)
class SavedLink:
    name: str
    url: str
    here: bool


@dataclass(frozen=True, slots=True)
class LeadSheet:
    """Everything that an institution may know of one lead. `own_facts`: of the need; `cost_rows` for its amount and
    term."""

    card: LeadCard
    explained: LeadExplained
    own_facts: tuple[Fact, ...]
    cost_rows: tuple[CostRow, ...]
    cost_total: CostRow


def view_of(asked: QueryDict) -> str:
    """cards, table or chart."""
    return asked.get("view", "") if asked.get("view") in VIEWS else VIEWS[0]


def listed(
    leads: Sequence[Lead],
    product: Product,
    seen: Mapping[int, LeadView],
    asked: QueryDict,
    language: str,
    vocabulary: Vocabulary,
) -> tuple[ListedLead, ...]:
    """Leads with links that carry the list along."""
    return tuple(
        ListedLead(card, lead_url(product, card.lead.need.pk, asked), seen.get(card.lead.need.pk))
        for card in lead_cards(leads, language, vocabulary)
    )


def lead_url(product: Product, need_id: int, asked: QueryDict) -> str:
    return _with(reverse("lead", kwargs={"id": product.pk, "need_id": need_id}), asked.urlencode())


def list_url(product: Product, query: str) -> str:
    return _with(reverse("lead-list", kwargs={"id": product.pk}), query)


def saved_links(saved: Iterable[SavedSearch], product: Product, query: str) -> tuple[SavedLink, ...]:
    """`query`: the normalised filters in force."""
    return tuple(SavedLink(one.name, list_url(product, one.query), one.query == query) for one in saved)


def charts(asked: QueryDict, facets: Sequence[FacetResult], vocabulary: Vocabulary) -> tuple[Chart, ...]:
    """Where the leads are and what the companies do; each bar leads to the list under its filter."""
    titles = {"region": _("Leads by district"), "industry": _("Leads by industry section")}
    query = asked.copy()
    query.pop("view", None)
    found = []
    for facet in facets:
        if facet.name not in titles:
            continue
        links = facets_as_links(query, [facet], LEAD_FILTERS, vocabulary)
        entries = [link for group in links.groups for link in (*group.first, *group.more)]
        rows = [
            Row(link.label, (Value(link.count, count(link.count)),), link.url)
            for link in sorted(entries, key=lambda link: -link.count)
        ]
        found.append(Chart(titles[facet.name], facet.label, [Series(_("Leads"))], rows))
    return tuple(found)


def sheet(explained: LeadExplained, product: Product, language: str, vocabulary: Vocabulary) -> LeadSheet:
    lead = explained.lead
    parts = product_cost_parts(product, lead.need.amount, lead.need.term_months)
    rows = cost_rows(parts, language, vocabulary)
    return LeadSheet(
        card=lead_cards([lead], language, vocabulary)[0],
        explained=explained,
        own_facts=facts_shown(lead.facts, NEED_FACTS, language, vocabulary),
        cost_rows=rows,
        cost_total=cost_total(rows),
    )


def hidden_fields(asked: QueryDict) -> list[tuple[str, str]]:
    """What a search for words keeps of the address: filters and view, not the old words and the old page."""
    return [(name, value) for name, values in asked.lists() if name not in ("q", "cursor") for value in values]


def without_page(asked: QueryDict) -> str:
    return urlencode([(name, value) for name, values in asked.lists() if name != "cursor" for value in values])


def _with(path: str, query: str) -> str:
    return f"{path}?{query}" if query else path
