"""GB 32100-2015: examples of the field and laws on generated codes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.common.credit_code import ALPHABET, CreditCode, CreditCodeError, make, organisation_check, parse

_CHARACTER = st.sampled_from(ALPHABET)
_BODY = st.builds(
    lambda head, district, tail: "".join(head) + district + "".join(tail),
    st.lists(_CHARACTER, min_size=2, max_size=2),
    st.from_regex(r"[0-9]{6}", fullmatch=True),
    st.lists(_CHARACTER, min_size=9, max_size=9),
)


@pytest.mark.parametrize("text", ["91350200MA2YJ1XR9G", "91440101MA5CJQ4N59"])
def test_genuine_codes_pass_the_check(text: str) -> None:
    assert parse(text) == CreditCode(text, True)


def test_genuine_early_code_that_fails_the_check_is_kept_and_flagged() -> None:
    assert parse("91350100M0001TGQXM") == CreditCode("91350100M0001TGQXM", False)


def test_what_people_type_is_put_right() -> None:
    assert parse(" 91350200-ma2yj1xr9g ").value == "91350200MA2YJ1XR9G"
    assert parse("９１３５０２００ＭＡ２ＹＪ１ＸＲ９Ｇ").value == "91350200MA2YJ1XR9G"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "length"),
        ("91350200MA2YJ1XR9", "length"),
        ("91350200MA2YJ1XR9GG", "length"),
        ("91350200MI2YJ1XR9G", "character"),
        ("91350200MA2YJ1XR9济", "character"),
        ("913502A0MA2YJ1XR9G", "district"),
    ],
)
def test_a_wrong_shape_is_refused(text: str, code: str) -> None:
    with pytest.raises(CreditCodeError) as caught:
        parse(text)
    assert caught.value.code == code


def test_the_fault_is_named_in_both_languages() -> None:
    with pytest.raises(CreditCodeError) as caught:
        parse("123")
    assert caught.value.message.zh == "统一社会信用代码应为18位，现为3位"
    assert caught.value.message.en == "a unified social credit code has 18 characters, not 3"


def test_make_gives_the_genuine_codes() -> None:
    assert make("91350200MA2YJ1XR9") == "91350200MA2YJ1XR9G"
    with pytest.raises(CreditCodeError):
        make("91350200MA2YJ1XR9G")


@given(_BODY)
def test_every_made_code_is_right(body: str) -> None:
    assert parse(make(body)) == CreditCode(make(body), True)


def outcome(text: str) -> str:
    try:
        return "right" if parse(text).check_is_right else "wrong"
    except CreditCodeError as error:
        return error.code


@given(_BODY, st.integers(0, 17), _CHARACTER)
def test_one_wrong_character_is_always_noticed(body: str, place: int, character: str) -> None:
    right = make(body)
    wrong = right[:place] + character + right[place + 1 :]
    assert outcome(wrong) in ({"right"} if wrong == right else {"wrong", "district"})


@given(_BODY, st.integers(0, 15))
def test_two_neighbours_changed_over_are_always_noticed(body: str, place: int) -> None:
    right = make(body)
    swapped = right[:place] + right[place + 1] + right[place] + right[place + 2 :]
    assert outcome(swapped) in ({"right"} if swapped == right else {"wrong", "district"})


@pytest.mark.parametrize("code", ["MA2YJ1XR9", "MA5CJQ4N5"])
def test_the_organisation_code_inside_has_a_check_character_of_its_own(code: str) -> None:
    assert organisation_check(code[:8]) == code[8]
