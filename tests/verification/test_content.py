"""What a file is, by its content."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.verification.content import content_type_of
from backend.verification.models import PaperKind
from backend.verification.terms import PAPER_KINDS, VerificationTermsError, verification_terms
from tests.verification.building import WHOLE


@pytest.mark.parametrize("kind", WHOLE)
def test_a_whole_file_is_known_and_one_that_is_cut_off_is_not(kind: str) -> None:
    content = WHOLE[kind]
    assert content_type_of(content) == kind
    assert content_type_of(content + b"\0\0") == kind, "some programs fill the end"
    assert content_type_of(content[:-8]) is None
    assert content_type_of(content[1:]) is None


@given(st.binary(max_size=200))
def test_anything_else_is_nothing(content: bytes) -> None:
    known = tuple(whole[:3] for whole in WHOLE.values())
    assert content.startswith(known) or content_type_of(content) is None


@given(st.sampled_from([b"<html>", b"MZ", b"PK\x03\x04", b"<svg", b"GIF89a"]), st.sampled_from(list(WHOLE.values())))
def test_a_file_that_hides_another_is_refused(head: bytes, whole: bytes) -> None:
    assert content_type_of(head + whole) is None


def test_the_parameter_is_read_and_its_faults_have_a_place() -> None:
    good = {"working_days": 1, "largest_bytes": 10, "most_papers": 2, "needed": {"company": ["licence"]}}
    assert verification_terms(good).needed == {"company": ("licence",)}
    for wrong, path in (
        ({"working_days": 0}, "working_days"),
        ({"largest_bytes": "10"}, "largest_bytes"),
        ({"most_papers": True}, "most_papers"),
        ({"needed": []}, "needed"),
        ({"needed": {"company": []}}, "needed.company"),
        ({"needed": {"company": ["diary"]}}, "needed.company"),
    ):
        with pytest.raises(VerificationTermsError) as refused:
            verification_terms({**good, **wrong})
        assert refused.value.path == path
    assert tuple(PaperKind.values) == PAPER_KINDS
