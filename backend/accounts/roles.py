"""Who may do what: the roles that there are in each kind of organisation, and the actions that each role holds.

A role says what a person may do; which rows it may be done to is the scope of the query. `actions_of` is the one
question: services and life cycles ask it, pages show a button by it, docs/reference/roles.md is printed from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from backend.accounts.models import User


class Kind(models.TextChoices):
    """What an organisation is to the platform. What a financial institution provides, its institution kind says."""

    COMPANY = "company", _("Company")
    INSTITUTION = "institution", _("Financial institution")
    BUREAU = "bureau", _("Finance bureau")
    ADVISERS = "advisers", _("Advisers' unit")
    PLATFORM = "platform", _("Platform")


class Role(models.TextChoices):
    OWNER = "owner", _("Owner")
    MEMBER = "member", _("Member")
    INSTITUTION_ADMIN = "institution_admin", _("Institution administrator")
    MANAGER = "manager", _("Team manager")
    PRODUCT_EDITOR = "product_editor", _("Product editor")
    ACCOUNT_MANAGER = "account_manager", _("Account manager")
    RISK_APPROVER = "risk_approver", _("Risk approver")
    BUREAU_HEAD = "bureau_head", _("Head of the bureau")
    BUREAU_OFFICER = "bureau_officer", _("Bureau officer")
    ADVISER = "adviser", _("Financing adviser")
    AUDITOR = "auditor", _("Auditor")
    PLATFORM_ADMIN = "platform_admin", _("Platform administrator")


class Action(StrEnum):
    COMPANY_EDIT = "company.edit"
    NEED_EDIT = "need.edit"
    CONSENT = "company.consent"
    APPLY = "application.send"
    CHOOSE_OFFER = "offer.choose"

    PRODUCT_EDIT = "product.edit"
    PRODUCT_REVIEW = "product.review"
    LEAD_READ = "lead.read"
    LEAD_CLAIM = "lead.claim"
    LEAD_SUPERVISE = "lead.supervise"
    CASE_READ = "case.read"
    CASE_WORK = "case.work"
    CASE_DECIDE = "case.decide"
    PAYOUT_RECORD = "payout.record"

    MARKET_READ = "market.read"
    VERIFY = "bureau.verify"
    DISPATCH = "bureau.dispatch"
    ADVISE = "company.advise"

    MEMBERS_MANAGE = "members.manage"
    EVENTS_READ = "events.read"
    PLATFORM = "platform.administer"


_COMPANY = {
    Action.COMPANY_EDIT,
    Action.NEED_EDIT,
    Action.CONSENT,
    Action.APPLY,
    Action.CHOOSE_OFFER,
}
_LEADS = {Action.LEAD_READ, Action.LEAD_CLAIM, Action.CASE_READ, Action.CASE_WORK}

HELD: Mapping[Role, frozenset[Action]] = {
    Role.OWNER: frozenset(_COMPANY | {Action.MEMBERS_MANAGE}),
    Role.MEMBER: frozenset({Action.COMPANY_EDIT, Action.NEED_EDIT}),
    Role.INSTITUTION_ADMIN: frozenset(
        _LEADS
        | {
            Action.PRODUCT_EDIT,
            Action.PRODUCT_REVIEW,
            Action.LEAD_SUPERVISE,
            Action.PAYOUT_RECORD,
            Action.MEMBERS_MANAGE,
            Action.EVENTS_READ,
        }
    ),
    Role.MANAGER: frozenset(_LEADS | {Action.PRODUCT_REVIEW, Action.LEAD_SUPERVISE, Action.PAYOUT_RECORD}),
    Role.PRODUCT_EDITOR: frozenset({Action.PRODUCT_EDIT, Action.LEAD_READ}),
    Role.ACCOUNT_MANAGER: frozenset(_LEADS | {Action.PAYOUT_RECORD}),
    Role.RISK_APPROVER: frozenset({Action.CASE_READ, Action.CASE_DECIDE, Action.PRODUCT_REVIEW}),
    Role.BUREAU_HEAD: frozenset(
        {Action.MARKET_READ, Action.VERIFY, Action.DISPATCH, Action.MEMBERS_MANAGE, Action.EVENTS_READ}
    ),
    Role.BUREAU_OFFICER: frozenset({Action.MARKET_READ, Action.VERIFY, Action.DISPATCH}),
    Role.ADVISER: frozenset({Action.ADVISE}),
    Role.AUDITOR: frozenset({Action.EVENTS_READ, Action.MARKET_READ}),
    Role.PLATFORM_ADMIN: frozenset(Action) - {Action.CASE_DECIDE, Action.CHOOSE_OFFER, Action.CONSENT, Action.APPLY},
}

ROLES: Mapping[Kind, tuple[Role, ...]] = {
    Kind.COMPANY: (Role.OWNER, Role.MEMBER),
    Kind.INSTITUTION: (
        Role.INSTITUTION_ADMIN,
        Role.MANAGER,
        Role.PRODUCT_EDITOR,
        Role.ACCOUNT_MANAGER,
        Role.RISK_APPROVER,
        Role.AUDITOR,
    ),
    Kind.BUREAU: (Role.BUREAU_HEAD, Role.BUREAU_OFFICER, Role.AUDITOR),
    Kind.ADVISERS: (Role.MANAGER, Role.ADVISER),
    Kind.PLATFORM: (Role.PLATFORM_ADMIN, Role.AUDITOR),
}
"""The first is that of who founds the organisation: it may add the others."""


def actions_of(person: User | AnonymousUser | None) -> frozenset[Action]:
    """What the person may do at all; nothing for who is signed out, inactive, or of no organisation. A role that
    the kind of organisation does not know gives nothing."""
    organisation = getattr(person, "organisation", None)
    if organisation is None or person is None or not person.is_active:
        return frozenset()
    role = Role(person.role)
    return HELD[role] if role in ROLES[Kind(organisation.kind)] else frozenset()


def may(person: User | AnonymousUser | None, action: Action) -> bool:
    return action in actions_of(person)
