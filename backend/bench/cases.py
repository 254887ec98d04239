"""The questions that the bench asks: seeded, varied, and put as the site's users put them."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlencode

from django.urls import reverse
from rest_framework.authtoken.models import Token

from backend.accounts.models import Organisation, User
from backend.accounts.roles import ROLES, Kind
from backend.eligibility.attributes import Facts
from backend.eligibility.facts import facts_from_json
from backend.eligibility.vocabulary import Vocabulary
from backend.matching.filters import LEAD_FILTERS
from backend.needs.models import Need
from backend.products.models import Product
from search.text import Segmenter

_FILTERS = (0, 0, 1, 1, 2)
"""Filters of a leads question, each number equally likely."""
_WITH_WORDS = 0.15


@dataclass(frozen=True, slots=True)
class LeadCase:
    """An institution asks for the leads of its product. `params` as in a query string."""

    product: Product
    viewer: User
    token: str
    params: Mapping[str, tuple[str, ...]]
    words: str

    @property
    def address(self) -> str:
        return f"{reverse('api:product-leads', args=[self.product.pk])}?{self._query}"

    @property
    def page(self) -> str:
        return f"{reverse('lead-list', args=[self.product.pk])}?{self._query}"

    @property
    def _query(self) -> str:
        return urlencode([*self.params.items(), *([("q", self.words)] if self.words else [])], doseq=True)


@dataclass(frozen=True, slots=True)
class MatchCase:
    """A company asks for the products of its need."""

    need: Need
    viewer: User
    token: str

    @property
    def address(self) -> str:
        return f"{reverse('api:need-matches', args=[self.need.pk])}?"

    @property
    def page(self) -> str:
        return reverse("need", args=[self.need.pk])


def lead_cases(count: int, *, seed: int, vocabulary: Vocabulary, segmenter: Segmenter) -> list[LeadCase]:
    """All products in turn, with filters and words taken from needs of the market, so that they find something."""
    rng = random.Random(f"{seed}:leads")  # noqa: S311  # a sample, not a secret
    products = list(Product.objects.filter(status=Product.Status.PUBLISHED).select_related("institution__organisation"))
    rng.shuffle(products)
    needs = sampled_needs(count, seed=seed, salt="filters")
    people = people_of([product.institution.organisation for product in products])
    cases = []
    for number in range(count):
        product, need = products[number % len(products)], needs[number % len(needs)]
        viewer, token = people[product.institution.organisation_id]
        params = _params(rng, facts_from_json(need.company.facts, need.facts), vocabulary)
        words = segmenter.query_tokens(need.title) if rng.random() < _WITH_WORDS else []
        cases.append(LeadCase(product, viewer, token, params, rng.choice(words) if words else ""))
    return cases


def match_cases(count: int, *, seed: int) -> list[MatchCase]:
    needs = sampled_needs(count, seed=seed, salt="matches")
    people = people_of([need.company.organisation for need in needs])
    return [MatchCase(need, *people[need.company.organisation_id]) for need in needs]


def sampled_needs(count: int, *, seed: int, salt: str) -> list[Need]:
    """At most `count` different needs, spread over the market."""
    rng = random.Random(f"{seed}:{salt}")  # noqa: S311  # as above
    last = Need.objects.order_by("-pk").values_list("pk", flat=True)[0]
    ids = rng.sample(range(1, last + 1), min(count, last))
    found = Need.objects.select_related("company__organisation").in_bulk(ids)
    return [found[id] for id in ids if id in found]


def people_of(organisations: Sequence[Organisation]) -> dict[int, tuple[User, str]]:
    """Organisation id → a person who acts for it, and the token of that person's API calls. Made where missing."""
    people: dict[int, tuple[User, str]] = {}
    for organisation in organisations:
        if organisation.pk not in people:
            user, _ = User.objects.get_or_create(
                username=f"bench-{organisation.pk}",
                organisation=organisation,
                defaults={"role": ROLES[Kind(organisation.kind)][0]},
            )
            token, _ = Token.objects.get_or_create(user=user)
            people[organisation.pk] = (user, token.key)
    return people


def _params(rng: random.Random, facts: Facts, vocabulary: Vocabulary) -> dict[str, tuple[str, ...]]:
    """The values that a need of these facts has, or any of a filter that has choices of its own."""
    able: dict[str, tuple[str, ...]] = {}
    for definition in LEAD_FILTERS:
        if definition.choices:
            able[definition.name] = (rng.choice(definition.choices).key,)
            continue
        value = facts.get(definition.name if definition.name != "theme" else "themes")
        if definition.name == "industry" and isinstance(value, str):
            able[definition.name] = (vocabulary.path("industries", value)[-1],)
        elif isinstance(value, frozenset) and value:
            able[definition.name] = (rng.choice(sorted(value)),)
        elif isinstance(value, str):
            able[definition.name] = (value,)
        elif isinstance(value, bool | Decimal):
            raise TypeError(f"{definition.name} is a code")
    chosen = rng.sample(sorted(able), min(rng.choice(_FILTERS), len(able)))
    return {name: able[name] for name in chosen}
