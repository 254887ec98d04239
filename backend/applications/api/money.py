"""Contract, payouts, repayments and reversals over the API. A booking has the institution's own reference number: the
same one sent twice is one."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_serializer, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.api.serializers import InputSerializer
from backend.api.views import ApiView, write
from backend.applications import services
from backend.applications.api import examples
from backend.applications.api.shapes import (
    MONEY,
    ApplicationSerializer,
    DrawdownSerializer,
    RepaymentSerializer,
    ReversalSerializer,
)
from backend.applications.api.steps import CaseStepView, NoteSerializer
from backend.applications.first_loan import INQUIRY_LIMIT
from backend.applications.services.bookings import REFERENCE_LIMIT
from backend.applications.services.reversing import REASON_LIMIT
from backend.common.errors import InvalidInput

IDS: dict[str, Any] = {"min_value": 1, "max_value": 10**18 - 1}


@extend_schema_serializer(component_name="Contract")
class ContractSerializer(InputSerializer):
    contract = serializers.CharField(max_length=REFERENCE_LIMIT, help_text="The institution's number of it.")
    amount = serializers.DecimalField(**MONEY, help_text="At most that of the offer.")
    signed_on = serializers.DateField()


@extend_schema_serializer(component_name="FirstLoanAttested")
class FirstLoanSerializer(InputSerializer):
    """What the institution found of earlier loans. Nothing: it did not inquire."""

    borrowed = serializers.BooleanField(allow_null=True, default=None)
    inquired_on = serializers.DateField(allow_null=True, default=None)
    inquiry = serializers.CharField(max_length=INQUIRY_LIMIT, allow_blank=True, default="")


@extend_schema_serializer(component_name="PayoutInput")
class PayoutInputSerializer(InputSerializer):
    reference = serializers.CharField(max_length=REFERENCE_LIMIT)
    amount = serializers.DecimalField(**MONEY)
    paid_on = serializers.DateField()
    first = FirstLoanSerializer(required=False)


@extend_schema_serializer(component_name="RepaymentInput")
class RepaymentInputSerializer(InputSerializer):
    reference = serializers.CharField(max_length=REFERENCE_LIMIT)
    principal = serializers.DecimalField(**MONEY, min_value=0)
    interest = serializers.DecimalField(**MONEY, min_value=0, default=Decimal(0))
    paid_on = serializers.DateField()


@extend_schema_serializer(component_name="ReversalInput")
class ReversalInputSerializer(InputSerializer):
    payout = serializers.IntegerField(**IDS, allow_null=True, default=None, help_text="Either this")
    repayment = serializers.IntegerField(**IDS, allow_null=True, default=None, help_text="or this.")
    reference = serializers.CharField(max_length=REFERENCE_LIMIT)
    reason = serializers.CharField(max_length=REASON_LIMIT)


def _step(summary: str, answer: Any, **described: Any) -> Callable[..., Any]:
    body = described.pop("body", None)
    return extend_schema_view(
        post=write(
            body, ApplicationSerializer, summary=summary, tag="applications", versioned=True, answer=answer, **described
        )
    )


@_step("Note the contract", examples.SIGNED, body=ContractSerializer, example=examples.CONTRACT, also=(503,))
class ContractView(CaseStepView):
    takes = ContractSerializer
    service = staticmethod(services.contract_sign)

    def arguments(self, **given: Any) -> dict[str, Any]:
        return {"data": services.ContractInput(**given)}


@_step(
    "Give up a contract on which nothing is paid out",
    examples.WITHDRAWN,
    body=NoteSerializer,
    example=examples.NOTE,
)
class CancelView(CaseStepView):
    takes = NoteSerializer
    service = staticmethod(services.contract_cancel)


@_step("Close a case that is repaid", examples.CLOSED)
class CloseView(CaseStepView):
    service = staticmethod(services.application_close)


class PayoutsView(ApiView):
    @write(
        PayoutInputSerializer,
        DrawdownSerializer,
        summary="Book a payout",
        tag="applications",
        identified=True,
        success=201,
        also=(503,),
        example=examples.NEW_PAYOUT,
        answer=examples.PAYOUT,
    )
    def post(self, request: Request, id: int) -> Response:
        said = _read(PayoutInputSerializer, request)
        first = services.FirstLoan(**said.pop("first", {}))

        def perform() -> Response:
            data = services.PayoutInput(**said, first=first)
            booked = services.payout_record(actor=self.actor(request), application_id=int(id), data=data)
            return Response(DrawdownSerializer(booked).data, status=201)

        return self.once(request, perform)


class RepaymentsView(ApiView):
    @write(
        RepaymentInputSerializer,
        RepaymentSerializer,
        summary="Book a repayment",
        tag="applications",
        identified=True,
        success=201,
        also=(503,),
        example=examples.NEW_REPAYMENT,
        answer=examples.REPAYMENT,
    )
    def post(self, request: Request, id: int) -> Response:
        said = _read(RepaymentInputSerializer, request)

        def perform() -> Response:
            data = services.RepaymentInput(**said)
            booked = services.repayment_record(actor=self.actor(request), application_id=int(id), data=data)
            return Response(RepaymentSerializer(booked).data, status=201)

        return self.once(request, perform)


class ReversalsView(ApiView):
    @write(
        ReversalInputSerializer,
        ReversalSerializer,
        summary="Take a payout or a repayment back",
        tag="applications",
        identified=True,
        success=201,
        also=(503,),
        example=examples.NEW_REVERSAL,
        answer=examples.REVERSAL,
    )
    def post(self, request: Request, id: int) -> Response:
        said = _read(ReversalInputSerializer, request)
        payout, repayment = said.pop("payout"), said.pop("repayment")
        if (payout is None) == (repayment is None):
            raise InvalidInput(_("Name a payout or a repayment, and not both."), code="required", field="payout")
        service = services.repayment_reverse if payout is None else services.drawdown_reverse

        def perform() -> Response:
            data = services.ReversalInput(booking=repayment if payout is None else payout, **said)
            booked = service(actor=self.actor(request), application_id=int(id), data=data)
            return Response(ReversalSerializer(booked).data, status=201)

        return self.once(request, perform)


def _read(shape: type[InputSerializer], request: Request) -> dict[str, Any]:
    given = shape(data=request.data)
    given.is_valid(raise_exception=True)
    found: dict[str, Any] = dict(given.validated_data)
    return found
