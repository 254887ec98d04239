"""What each action is in words, for pages and for the table of roles."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backend.accounts.roles import Action

WORDS: Mapping[Action, Promise | str] = {
    Action.COMPANY_EDIT: _("file the company and change its profile"),
    Action.NEED_EDIT: _("file, publish and close needs"),
    Action.CONSENT: _("decide who sees the company's data"),
    Action.APPLY: _("apply to institutions"),
    Action.CHOOSE_OFFER: _("choose an offer"),
    Action.PRODUCT_EDIT: _("make products and their rules, confirm them and take them off"),
    Action.PRODUCT_REVIEW: _("approve products for the shelf, confirm them and take them off"),
    Action.LEAD_READ: _("read leads"),
    Action.LEAD_CLAIM: _("claim leads"),
    Action.LEAD_SUPERVISE: _("look after the leads of colleagues"),
    Action.CASE_READ: _("read cases"),
    Action.CASE_WORK: _("work on cases"),
    Action.CASE_DECIDE: _("decide on cases"),
    Action.PAYOUT_RECORD: _("record payouts"),
    Action.MARKET_READ: _("read the market overview"),
    Action.VERIFY: _("verify companies, institutions and needs"),
    Action.DISPATCH: _("dispatch needs to account managers"),
    Action.ADVISE: _("advise companies"),
    Action.MEMBERS_MANAGE: _("manage members and roles"),
    Action.EVENTS_READ: _("read what happened"),
    Action.PLATFORM: _("administer the platform"),
}


def words_of(actions: Collection[Action]) -> list[Promise | str]:
    """In the order of the table."""
    return [words for action, words in WORDS.items() if action in actions]
