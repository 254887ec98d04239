"""What matches, leads and the shelf say: reasons with their numbers, verdicts, gaps, costs and marked words."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from backend.eligibility.vocabulary import Vocabulary
from backend.matching.cost import CostRange
from backend.matching.cost_parts import CostPart
from backend.matching.product_cost import product_cost_parts
from backend.matching.results import Match
from backend.products.api import InstitutionSerializer


@extend_schema_field({"type": "string", "pattern": r"^-?\d+(\.\d+)?$"})
class PlainDecimalField(serializers.Field):
    """A number as a decimal string, never with an exponent."""

    def to_representation(self, value: Decimal | int) -> str:
        return f"{value:f}" if isinstance(value, Decimal) else str(value)


@extend_schema_serializer(component_name="Freshness")
class FreshnessSerializer(serializers.Serializer):
    """Which engine answered, and how many changes it has yet to copy."""

    engine = serializers.CharField()
    standby = serializers.BooleanField(help_text="Another engine stood in for the first.")
    pending = serializers.IntegerField(help_text="Changes that the answer does not know yet.")
    oldest_pending_seconds = serializers.IntegerField(allow_null=True)


@extend_schema_serializer(component_name="Segment")
class SegmentSerializer(serializers.Serializer):
    """A piece of a text; the pieces in their order are the whole text."""

    text = serializers.CharField(trim_whitespace=False)
    hit = serializers.BooleanField(help_text="`q` asked for this piece.")


@extend_schema_serializer(component_name="Reason")
class ReasonSerializer(serializers.Serializer):
    key = serializers.CharField(help_text="The ranking feature; docs/reference/ranking.md defines each.")
    label = serializers.CharField()
    text = serializers.CharField(help_text="A sentence in the reader's language.")
    number = PlainDecimalField(allow_null=True, help_text="The figure behind the sentence.")
    value = serializers.FloatField(help_text="0 to 1.")
    weight = serializers.DecimalField(max_digits=8, decimal_places=2)
    points = serializers.FloatField(help_text="Of the score's 100.")
    favourable = serializers.BooleanField()


@extend_schema_serializer(component_name="Finding")
class FindingSerializer(serializers.Serializer):
    """The verdict on one condition of the rule."""

    path = serializers.CharField(help_text="Of the condition in the rule, for example `all[1]`.", allow_blank=True)
    attribute = serializers.CharField()
    state = serializers.ChoiceField(["met", "unmet", "unknown"])
    text = serializers.CharField(help_text="What was asked and what was found.")
    settled = serializers.BooleanField(help_text="Not met, but an alternative to it is: nothing depends on it.")


@extend_schema_serializer(component_name="Missing")
class MissingSerializer(serializers.Serializer):
    """A datum that is not known and that decides."""

    attribute = serializers.CharField()
    label = serializers.CharField()
    source = serializers.CharField(allow_blank=True, help_text="Who has it.")
    how = serializers.CharField(allow_blank=True, help_text="How to get it.")


@extend_schema_serializer(component_name="Gap")
class GapSerializer(serializers.Serializer):
    """What would have to change."""

    attribute = serializers.CharField()
    label = serializers.CharField()
    text = serializers.CharField(help_text="From what to what.")
    gap = PlainDecimalField(allow_null=True, help_text="In `unit`; null where it is no number.")
    unit = serializers.CharField(allow_null=True)
    improvable = serializers.BooleanField(help_text="The company can change it.")
    earliest = serializers.DateField(allow_null=True, help_text="The day on which waiting alone is enough.")


@extend_schema_serializer(component_name="CostPart")
class CostPartSerializer(serializers.Serializer):
    """One kind of payment over the whole term, in money; a subsidy is below zero."""

    kind = serializers.CharField()
    label = serializers.CharField()
    payee = serializers.CharField(allow_blank=True)
    payee_label = serializers.CharField(allow_blank=True)
    low = PlainDecimalField(help_text="At the lowest rate.")
    high = PlainDecimalField(help_text="At the highest rate.")


@extend_schema_serializer(component_name="CostRange")
class CostRangeSerializer(serializers.Serializer):
    """The all-in annual cost (综合融资成本), per cent: the effective rate of all cash flows."""

    low = serializers.DecimalField(max_digits=12, decimal_places=4)
    high = serializers.DecimalField(max_digits=12, decimal_places=4)


@extend_schema_serializer(component_name="Cost")
class CostSerializer(CostRangeSerializer):
    parts = CostPartSerializer(many=True)


@extend_schema_serializer(component_name="ProductName")
class ProductNameSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    code = serializers.CharField()
    kind = serializers.CharField()
    name_zh = serializers.CharField()
    name_en = serializers.CharField()
    institution = InstitutionSerializer()


@extend_schema_serializer(component_name="ProductCard")
class ProductCardSerializer(ProductNameSerializer):
    """What a shelf shows of a product; the whole is at `/api/v1/products/{id}`."""

    amount_min = serializers.DecimalField(max_digits=18, decimal_places=2)
    amount_max = serializers.DecimalField(max_digits=18, decimal_places=2, help_text="0: no limit.")
    term_min = serializers.IntegerField()
    term_max = serializers.IntegerField(help_text="Months; 0: no limit.")
    rate_min = serializers.DecimalField(max_digits=7, decimal_places=4, allow_null=True)
    rate_max = serializers.DecimalField(max_digits=7, decimal_places=4, allow_null=True)
    first_loan_friendly = serializers.BooleanField()
    last_confirmed_on = serializers.DateField(allow_null=True)


def _part(part: CostPart, words: Vocabulary, language: str) -> dict[str, object]:
    # Kinds of the two may share a code; a subsidy is what public money pays.
    scheme = "subsidy_kinds" if part.payee == "public" else "fee_kinds"
    return {
        "kind": part.kind,
        "label": words.label(scheme, part.kind).in_language(language),
        "payee": part.payee,
        "payee_label": words.label("payees", part.payee).in_language(language),
        "low": part.low,
        "high": part.high,
    }


@extend_schema_serializer(component_name="Match")
class MatchSerializer(serializers.Serializer):
    # Its context holds `need`, `vocabulary` and `language`, for the parts of the cost.
    product = ProductNameSerializer()
    score = serializers.FloatField(help_text="0 to 1.")
    cost = serializers.SerializerMethodField(help_text="Null where the product states no rate or the need no term.")
    reasons = ReasonSerializer(many=True)
    findings = FindingSerializer(many=True)
    missing = MissingSerializer(many=True)
    gaps = GapSerializer(many=True)
    earliest = serializers.DateField(
        allow_null=True, help_text="The day on which the product is in reach if nothing but time is missing."
    )

    @extend_schema_field(CostSerializer(allow_null=True))
    def get_cost(self, match: Match) -> dict[str, Any] | None:
        cost: CostRange | None = match.cost
        if cost is None:
            return None
        need, words, language = self.context["need"], self.context["vocabulary"], self.context["language"]
        parts = product_cost_parts(match.product, need.amount, need.term_months)
        found = {"low": cost.low, "high": cost.high, "parts": [_part(part, words, language) for part in parts]}
        return dict(CostSerializer(found).data)


@extend_schema_serializer(component_name="MatchCounts")
class MatchCountsSerializer(serializers.Serializer):
    eligible = serializers.IntegerField()
    missing = serializers.IntegerField()
    almost = serializers.IntegerField()


@extend_schema_serializer(component_name="Matches")
class MatchesSerializer(serializers.Serializer):
    eligible = MatchSerializer(many=True)
    missing = MatchSerializer(many=True, help_text="Eligible once the missing data are known and right.")
    almost = MatchSerializer(many=True, help_text="At most two facts stand in the way.")
    counts = MatchCountsSerializer(help_text="Of each group, the products not listed included.")
    considered = serializers.IntegerField(help_text="Products judged exactly.")
    total = serializers.IntegerField(help_text="Products in reach.")
    freshness = FreshnessSerializer()


@extend_schema_serializer(component_name="LeadNeed")
class LeadNeedSerializer(serializers.Serializer):
    """What a lead shows of a need: not whose it is."""

    id = serializers.IntegerField()
    title = serializers.CharField()
    amount = serializers.DecimalField(max_digits=18, decimal_places=2)
    term_months = serializers.IntegerField(allow_null=True)
    purpose = serializers.CharField(allow_blank=True)
    opened_at = serializers.DateTimeField(allow_null=True)


@extend_schema_serializer(component_name="Lead")
class LeadSerializer(serializers.Serializer):
    need = LeadNeedSerializer()
    title_marked = SegmentSerializer(many=True)
    group = serializers.ChoiceField(["eligible", "missing"])
    score = serializers.FloatField(help_text="0 to 1.")
    cost = CostRangeSerializer(allow_null=True)
    reasons = ReasonSerializer(many=True)
    findings = FindingSerializer(many=True)
    missing = MissingSerializer(many=True)


@extend_schema_serializer(component_name="FacetValue")
class FacetValueSerializer(serializers.Serializer):
    key = serializers.CharField(help_text="What the filter takes.")
    label = serializers.CharField()
    count = serializers.IntegerField(help_text="Results under all filters but this facet's own.")
    selected = serializers.BooleanField()


@extend_schema_serializer(component_name="Facet")
class FacetSerializer(serializers.Serializer):
    name = serializers.CharField(help_text="The filter's parameter.")
    label = serializers.CharField()
    values = FacetValueSerializer(many=True)


@extend_schema_serializer(component_name="LeadPage")
class LeadPageSerializer(serializers.Serializer):
    results = LeadSerializer(many=True)
    facets = FacetSerializer(many=True)
    total = serializers.IntegerField()
    next = serializers.CharField(
        source="next_cursor", allow_null=True, help_text="Cursor of the next page; null on the last."
    )
    freshness = FreshnessSerializer()


@extend_schema_serializer(component_name="ShelfItem")
class ShelfItemSerializer(serializers.Serializer):
    product = ProductCardSerializer()
    name_marked = SegmentSerializer(many=True)
    summary_marked = SegmentSerializer(many=True)


@extend_schema_serializer(component_name="Shelf")
class ShelfSerializer(serializers.Serializer):
    results = ShelfItemSerializer(many=True)
    facets = FacetSerializer(many=True)
    total = serializers.IntegerField()
    next = serializers.CharField(
        source="next_cursor", allow_null=True, help_text="Cursor of the next page; null on the last."
    )
    freshness = FreshnessSerializer()


@extend_schema_serializer(component_name="Suggestions")
class SuggestionsSerializer(serializers.Serializer):
    suggestions = serializers.ListField(child=serializers.CharField(), max_length=8)
