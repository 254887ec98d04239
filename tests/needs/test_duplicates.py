"""The same need, or the same pledge, twice."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.accounts.services import platform_account
from backend.needs.duplicates import Asked, Ground, Likeness, likenesses
from backend.needs.queries import duplicates_of, duplicates_of_all
from backend.needs.services import need_close
from tests import world
from tests.matching.cases import PACK
from tests.matching.loading import load_pack

FIFTH = Decimal("0.2")


def asked(need: int = 1, **values: object) -> Asked:
    given_values = {"company": 1, "purpose": "equipment", "amount": Decimal(100), "pledges": frozenset({"equipment"})}
    return Asked(need, **{**given_values, **values})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("other", "grounds"),
    [
        ({}, [Ground.PURPOSE, Ground.PLEDGE]),
        ({"amount": Decimal(80)}, [Ground.PURPOSE, Ground.PLEDGE]),
        ({"amount": Decimal("79.99")}, []),
        ({"amount": Decimal(125)}, [Ground.PURPOSE, Ground.PLEDGE]),
        ({"amount": Decimal("125.01")}, []),
        ({"amount": None}, []),
        ({"purpose": "order"}, [Ground.PLEDGE]),
        ({"purpose": ""}, [Ground.PLEDGE]),
        ({"pledges": frozenset()}, [Ground.PURPOSE]),
        ({"pledges": frozenset({"inventory"})}, [Ground.PURPOSE]),
        ({"purpose": "order", "pledges": frozenset({"inventory"})}, []),
        ({"company": 2}, []),
        ({"need": 1}, []),
    ],
)
def test_what_looks_the_same(other: dict[str, object], grounds: list[Ground]) -> None:
    found = likenesses(asked(), asked(**{"need": 2, **other}), share=FIFTH)  # type: ignore[arg-type]
    assert [one.ground for one in found] == grounds


def test_a_likeness_says_how_far_apart_and_which_pledges() -> None:
    one = asked(pledges=frozenset({"equipment", "inventory"}))
    other = asked(2, amount=Decimal(90), pledges=frozenset({"inventory", "deposit"}))
    assert likenesses(one, other, share=FIFTH) == (
        Likeness(Ground.PURPOSE, Decimal("0.1")),
        Likeness(Ground.PLEDGE, Decimal("0.1"), frozenset({"inventory"})),
    )


NEEDS = st.builds(
    Asked,
    need=st.integers(1, 4),
    company=st.integers(1, 2),
    purpose=st.sampled_from(["", "order", "equipment"]),
    amount=st.none() | st.decimals("0.01", "1000", places=2),
    pledges=st.frozensets(st.sampled_from(["a", "b"])),
)
SHARES = st.decimals("0", "0.99", places=2)


@given(one=NEEDS, other=NEEDS, share=SHARES)
def test_likeness_is_mutual(one: Asked, other: Asked, share: Decimal) -> None:
    assert likenesses(one, other, share=share) == likenesses(other, one, share=share)


@given(one=NEEDS, other=NEEDS, share=SHARES, more=SHARES)
def test_a_wider_share_loses_nothing(one: Asked, other: Asked, share: Decimal, more: Decimal) -> None:
    narrow, wide = sorted((share, more))
    assert set(likenesses(one, other, share=narrow)) <= set(likenesses(one, other, share=wide))


@pytest.mark.django_db
def test_only_what_is_alive_and_the_company_s_own_is_compared() -> None:
    load_pack(PACK)
    company = world.company()
    need = world.need(company, facts={"collateral": ["inventory"]})
    same = world.need(company, amount=Decimal("900000.00"), purpose="order", facts={"collateral": ["inventory"]})
    gone = world.need(company)
    need_close(actor=platform_account(), need_id=gone.pk, expected_version=gone.version)
    world.need(company, opened_at=None)
    world.need(company, amount=Decimal("5000000.00"))
    world.need()
    found = duplicates_of(need, on=world.TODAY)
    assert [(one.need, [like.ground for like in one.likenesses]) for one in found] == [(same, [Ground.PLEDGE])]
    assert set(duplicates_of_all([need, same, gone], on=world.TODAY)) == {need.pk, same.pk, gone.pk}


@pytest.mark.django_db
def test_without_the_pack_s_word_nothing_is_suspected() -> None:
    company = world.company()
    need, _other = world.need(company), world.need(company)
    assert duplicates_of(need, on=world.TODAY) == []
