"""One product: what it costs, whom it admits and, for a company, where its own need stands with each condition."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from backend.accounts.audience import Viewer, organisation_of
from backend.accounts.models import Organisation
from backend.accounts.queries import demo_people
from backend.common.errors import NotFound
from backend.companies.facts import facts_of
from backend.eligibility.attributes import ATTRIBUTES, Facts
from backend.eligibility.outline import Outline, outline
from backend.eligibility.phrases import finding
from backend.eligibility.vocabulary import Vocabulary
from backend.matching.advice import verdict_on
from backend.matching.marks import Standing
from backend.matching.product_cost import cost_example, middle_of, within
from backend.matching.profile import ProductVerdict, shut_today
from backend.matching.services import MOST_UNMET
from backend.needs.cycle import SHOWN
from backend.needs.models import Need
from backend.needs.queries import need_visible_to, needs_visible_to
from backend.packs.queries import current_pack, held, note, size_table, vocabulary
from backend.products.models import Product
from backend.products.queries import product_visible_to
from backend.products.rules import effective_rule
from backend.site.attribute_fields import AT_LEAST, AT_MOST, AmountUnit, NumberField, unit_label
from backend.site.cards import CostRow, cost_rows, cost_total
from backend.site.errors import page
from backend.site.product_terms import fees_of, lines_of

CONFIRMED_WITHIN_DAYS = 90
_WAN = Decimal(10_000)


@dataclass(frozen=True, slots=True)
class Condition:
    """A node of the rule as the page shows it. `attribute` of a condition; `state` and `found` of one where somebody's
    need is held against it, else empty. `settled`: nothing depends on it, for an alternative does better."""

    joint: str
    text: str
    parts: tuple[Condition, ...] = ()
    attribute: str = ""
    state: str = ""
    found: str = ""
    settled: bool = False

    @property
    def said(self) -> str:
        """The text as the beginning of a sentence."""
        return self.text[:1].upper() + self.text[1:]


@dataclass(frozen=True, slots=True)
class Paper:
    code: str
    label: str
    note: str


class ExampleForm(forms.Form):
    """For which amount, in ten thousands, and how many months the cost is reckoned, within what the product lends."""

    amount = NumberField(unit="", label=_("Amount"), decimal_places=6, max_digits=20)
    months = forms.IntegerField(label=_("Term"))

    def __init__(self, product: Product, *args: Any, language: str, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        amount, months = cast(NumberField, self.fields["amount"]), self.fields["months"]
        amount.unit = unit_label(ATTRIBUTES["amount"], language, currency)
        amount.widget = AmountUnit(amount.unit)
        months.widget = AmountUnit(unit_label(ATTRIBUTES["term"], language, currency))
        self._limit("amount", product.amount_min / _WAN, product.amount_max / _WAN)
        self._limit("months", max(product.term_min, 1), product.term_max)

    def _limit(self, name: str, least: Decimal | int, greatest: Decimal | int) -> None:
        field = self.fields[name]
        field.validators += [MinValueValidator(least, AT_LEAST)]
        if greatest:
            field.validators += [MaxValueValidator(greatest, AT_MOST)]


@require_safe
@page
@held()
def product(request: HttpRequest, id: int) -> HttpResponse:
    """With `need`, for that need; else for the company's own latest open one. With `amount` and `months` the cost is
    reckoned for these. 404 where the product or the need is not the visitor's to see."""
    language, today, words = get_language() or "zh-hans", timezone.localdate(), vocabulary()
    pack = current_pack()
    shown = product_visible_to(request.user, id)
    need = _need(request)
    example = _example(request, shown, need, language, pack.currency)
    context = {"product": shown, "need": need, "pack": pack, **example}
    faulty = bool(example["form"].errors)
    if request.htmx:  # type: ignore[attr-defined]
        response = render(request, "site/product_cost.html", context, status=422 if faulty else 200)
        patch_vary_headers(response, ["HX-Request"])
        return response
    verdict: ProductVerdict | None = None
    facts: Facts = {}
    if need is not None:
        verdict = verdict_on(
            shown, company=need.company, need=need, viewer=request.user, today=today, language=language
        )
        facts = facts_of(need.company, need, today=today, vocabulary=words, size_table=size_table(today))
    tree = outline(effective_rule(shown), language, words)
    context |= {
        "stale": _stale(shown, today),
        "shut": shut_today(shown, today=today),
        "verdict": verdict,
        "conditions": _condition(tree, _Seen(verdict, facts, language, words)),
        "standing": _standing(verdict) if verdict else "",
        "number": sum(1 for _leaf in tree.leaves()),
        "lines": lines_of(shown, language, pack.currency),
        "fees": fees_of(shown, pack.currency),
        "papers": _papers(shown, language, words),
        "company": _is_company(request.user),
        "demo_company": next(
            (one for one in demo_people() if one.organisation and one.organisation.kind == Organisation.Kind.COMPANY),
            None,
        )
        if not request.user.is_authenticated
        else None,
    }
    response = render(request, "site/product.html", context, status=422 if faulty else 200)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _need(request: HttpRequest) -> Need | None:
    wanted = request.GET.get("need", "")
    if wanted:
        if not (wanted.isascii() and wanted.isdecimal() and len(wanted) < 19):
            raise NotFound("")
        return need_visible_to(request.user, int(wanted))
    return own_need(request.user)


def own_need(viewer: Viewer) -> Need | None:
    """The latest open need of the company that asks; None for everybody else."""
    if not _is_company(viewer):
        return None
    return needs_visible_to(viewer).filter(status__in=SHOWN).order_by("-opened_at", "-pk").first()


def _is_company(viewer: Viewer) -> bool:
    organisation = organisation_of(viewer)
    return organisation is not None and organisation.kind == Organisation.Kind.COMPANY


def _example(request: HttpRequest, shown: Product, need: Need | None, language: str, currency: str) -> dict[str, Any]:
    """The cost at what was typed, else at the need's amount and term or the nearest that the product lends, else in the
    middle of what it lends."""
    amount, months = middle_of(shown)
    basis = "middle"
    if need is not None and need.amount and need.term_months:
        amount, months = within(shown, need.amount, need.term_months)
        basis = "need" if (amount, months) == (need.amount, need.term_months) else "near"
    asked = {name: request.GET[name] for name in ("amount", "months") if name in request.GET}
    first = {"amount": f"{(amount / _WAN).normalize():f}", "months": months}
    form = ExampleForm(
        shown, {**first, **asked} if asked else None, initial=first, language=language, currency=currency
    )
    if asked and form.is_valid():
        amount, months, basis = form.cleaned_data["amount"] * _WAN, form.cleaned_data["months"], "asked"
    found = cost_example(shown, amount, months)
    rows: tuple[CostRow, ...] = cost_rows(found.parts, language, vocabulary())
    return {"form": form, "example": found, "rows": rows, "total": cost_total(rows), "basis": basis}


def _standing(verdict: ProductVerdict) -> Standing:
    """The group of `products_for`. What no known change makes so is simply unmet."""
    if verdict.state == "met":
        return "eligible"
    if verdict.state == "unknown" and verdict.missing:
        return "missing"
    return "almost" if 0 < len(verdict.gaps) <= MOST_UNMET else "unmet"


def _stale(shown: Product, today: date) -> bool:
    confirmed = shown.last_confirmed_on
    return confirmed is not None and (today - confirmed).days > CONFIRMED_WITHIN_DAYS


def _papers(shown: Product, language: str, words: Vocabulary) -> tuple[Paper, ...]:
    said = ((code, note("document_kinds", code)) for code in shown.documents)
    return tuple(
        Paper(code, words.label("document_kinds", code).in_language(language), how.in_language(language) if how else "")
        for code, how in said
    )


class _Seen:
    """What was found of each condition, where a need is held against the rule."""

    def __init__(self, verdict: ProductVerdict | None, facts: Facts, language: str, words: Vocabulary) -> None:
        self.findings = {} if verdict is None else {found.path: found for found in verdict.findings}
        self.facts = facts
        self._language, self._words = language, words

    def found(self, key: str) -> str:
        return finding(ATTRIBUTES[key], self.facts.get(key), self._language, self._words)


def _condition(node: Outline, seen: _Seen) -> Condition:
    here = seen.findings.get(node.path)
    if here is None or node.parts:
        parts = tuple(_condition(part, seen) for part in node.parts)
        return Condition(str(node.joint), node.text, parts, node.attribute)
    found = seen.found(node.attribute)
    return Condition(str(node.joint), node.text, (), node.attribute, here.state, found, here.settled)
