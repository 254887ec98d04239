"""The life of a need over the API: its states, wordings and events, and what looks like the same need twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.accounts.models import User
from backend.api import examples
from backend.api.serializers import EventsSerializer, ReasonSerializer
from backend.api.views import ID, ApiView, StateChangeView, post_of, read
from backend.lifecycle.queries import events_of
from backend.needs import services, verification
from backend.needs.api import NeedSerializer, NeedWordingSerializer
from backend.needs.duplicates import Ground
from backend.needs.models import Need
from backend.needs.queries import duplicates_of, need_visible_to


class NeedStateView(StateChangeView):
    shown_by = NeedSerializer
    service: ClassVar[Callable[..., Need]]

    def change(self, *, actor: User, id: int, expected_version: int, **given: Any) -> Need:
        return type(self).service(actor=actor, need_id=id, expected_version=expected_version, **given)


_post = post_of(NeedSerializer, tag="needs")


@_post(
    "Publish a need",
    examples.OPEN_NEED,
    description="A draft is submitted. It opens at once where its company is verified and nothing looks like the same "
    "need twice; else it waits for the finance bureau. A need that was closed or has expired opens once more.",
)
class NeedOpenView(NeedStateView):
    service = staticmethod(services.need_open)


@_post("Take a submitted need back into a draft", examples.NEED)
class NeedWithdrawView(NeedStateView):
    service = staticmethod(services.need_withdraw)


@_post("Take a need back from institutions", examples.CLOSED_NEED)
class NeedCloseView(NeedStateView):
    service = staticmethod(services.need_close)


@_post("Keep a need open for a whole term from today, or open it once more", examples.OPEN_NEED)
class NeedRenewView(NeedStateView):
    service = staticmethod(services.need_renew)


@_post(
    "Find nothing against a submitted need",
    examples.OPEN_NEED,
    description="For the finance bureau. The need opens at once where its company is verified, else as soon as it is.",
)
class NeedVerifyView(NeedStateView):
    service = staticmethod(verification.need_verify)


@_post(
    "Give a submitted need back to its company",
    examples.NEED,
    body=ReasonSerializer,
    example=examples.REASON,
    description="For the finance bureau. The company reads the reason.",
)
class NeedReturnView(NeedStateView):
    takes = ReasonSerializer
    service = staticmethod(verification.need_return)


@extend_schema_serializer(component_name="NeedVersion")
class NeedVersionSerializer(serializers.Serializer):
    number = serializers.IntegerField(help_text="From 1, without gaps.")
    at = serializers.DateTimeField(help_text="Since when it said so.")
    said = NeedWordingSerializer(source="content")


@extend_schema_serializer(component_name="NeedVersions")
class NeedVersionsSerializer(serializers.Serializer):
    results = NeedVersionSerializer(many=True)


class NeedVersionsView(ApiView):
    @read(
        NeedVersionsSerializer,
        summary="What a need said while institutions could see it",
        tag="needs",
        parameters=[ID],
        example={"results": [examples.NEED_VERSION]},
    )
    def get(self, request: Request, id: int) -> Response:
        versions = need_visible_to(request.user, int(id)).versions.order_by("number")
        return Response(NeedVersionsSerializer({"results": versions}).data)


class NeedEventsView(ApiView):
    @read(
        EventsSerializer,
        summary="What happened to a need",
        tag="needs",
        parameters=[ID],
        example={"results": [examples.EVENT]},
    )
    def get(self, request: Request, id: int) -> Response:
        events = events_of(need_visible_to(request.user, int(id)))
        return Response(EventsSerializer({"results": events}).data)


@extend_schema_serializer(component_name="Likeness")
class LikenessSerializer(serializers.Serializer):
    ground = serializers.ChoiceField([ground.value for ground in Ground])
    apart = serializers.DecimalField(
        max_digits=5, decimal_places=4, help_text="The difference of the amounts, as a share of the greater."
    )
    pledges = serializers.ListField(child=serializers.CharField(), help_text="Kinds of collateral that both offer.")


@extend_schema_serializer(component_name="DuplicateNeed")
class DuplicateSerializer(serializers.Serializer):
    need = NeedSerializer()
    likenesses = LikenessSerializer(many=True)


@extend_schema_serializer(component_name="DuplicateNeeds")
class DuplicatesSerializer(serializers.Serializer):
    results = DuplicateSerializer(many=True)


class NeedDuplicatesView(ApiView):
    @read(
        DuplicatesSerializer,
        summary="The company's other needs that look the same",
        tag="needs",
        parameters=[ID],
        example={"results": [examples.DUPLICATE]},
    )
    def get(self, request: Request, id: int) -> Response:
        found = duplicates_of(need_visible_to(request.user, int(id)), on=timezone.localdate())
        results = [
            {
                "need": other.need,
                "likenesses": [
                    {"ground": one.ground.value, "apart": round(one.apart, 4), "pledges": sorted(one.pledges)}
                    for one in other.likenesses
                ],
            }
            for other in found
        ]
        return Response(DuplicatesSerializer({"results": results}).data)
