"""What a reader sees on every engine: words in Chinese and English, marks, suggestions, and nothing that is hidden."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search.port import SearchEngine
from search.query import All, Everything, Facet, Request, Terms, Text, Weighted
from search.schema import Document
from search.text import Segmenter
from tests.contract import reference
from tests.contract.reading import ids, put
from tests.contract.strategies import BUCKETS, NAMES, SCHEMA, documents, leaves, text_queries

TITLES: dict[int, Document] = {
    1: {"title": "知识产权质押贷款", "body": "Loans pledged by intellectual property"},
    2: {"title": "Équipement & machines", "body": "为制造企业采购设备"},
    3: {"title": "５Ｇ设备融资租赁", "body": "Leasing of equipment, for companies of every size"},
    4: {"title": "Working capital", "body": "流动资金贷款，随借随还"},
}
BOTH = (("title", 2.0), ("body", 1.0))


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("知识产权", [1]),
        ("贷款", [1, 4]),
        ("产权 贷款", [1]),
        ("loan", [1]),
        ("LOANS", [1]),
        ("equipement", [2]),
        ("equipment", [3]),
        ("5g 设备", [3]),
        ("设备", [3, 2]),
        ("the company", [3]),
        ("property 贷款", [1]),
        ("知识设备", []),
        ("，。！", [1, 2, 3, 4]),
        ("", [1, 2, 3, 4]),
    ],
)
def test_words_are_found_in_both_languages(engine: SearchEngine, typed: str, found: list[int]) -> None:
    engine.ensure(SCHEMA)
    put(engine, TITLES)
    assert ids(engine, Request(text=Text(typed, BOTH), size=10)) == found


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    texts=st.lists(st.text(alphabet="知识产权质押贷款设备 5gＧloans é,，", max_size=24), min_size=5, max_size=25),
    typed=st.lists(st.text(alphabet="知识产权贷款设备 5gＧloans é,", max_size=8), min_size=5, max_size=15),
)
def test_what_is_found_by_its_words_is_marked_at_each_of_them(
    engine: SearchEngine, segmenter: Segmenter, texts: list[str], typed: list[str]
) -> None:
    engine.drop(SCHEMA)
    engine.ensure(SCHEMA)
    put(engine, {id: {"title": text, "note": text} for id, text in enumerate(texts)})
    for words in typed:
        asked = set(segmenter.query_tokens(words))
        page = engine.search(SCHEMA, Request(text=Text(words, (("title", 1.0),)), size=100, fetch=("note",)))
        found = {hit.id: hit.stored.get("note", "") for hit in page.hits}
        assert found == {id: text for id, text in enumerate(texts) if asked <= set(segmenter.tokens(text))}
        for text in found.values():
            pieces = segmenter.marked(text, words)
            assert "".join(piece.text for piece in pieces) == text
            assert any(piece.hit for piece in pieces) is bool(asked)
            places = {token.text: token for token in segmenter.places(text) if token.text in asked}
            ranges = segmenter.highlight(text, words)
            for word in asked:
                assert any(start <= places[word].start and places[word].end <= end for start, end in ranges)


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    batch=st.lists(documents, min_size=5, max_size=25),
    hidden=st.lists(documents, min_size=1, max_size=25),
    weights=st.lists(st.builds(Weighted, leaves, st.integers(1, 9)), max_size=3).map(tuple),
    text=text_queries,
    selected=st.none() | leaves,
)
def test_what_a_reader_may_not_see_leaves_no_trace(
    engine: SearchEngine,
    batch: list[Document],
    hidden: list[Document],
    weights: tuple[Weighted, ...],
    text: Text,
    selected: Terms | None,
) -> None:
    """Hits, scores, totals, facets and suggestions are those of an index without the hidden documents."""
    sees = Terms("tags", ("public", "org:1"))
    facets = (Facet("colours", "colour", selected=selected), Facet("prices", "price", BUCKETS))
    asked = [
        Request(sees, weights, facets=facets, size=100, fetch=("note",)),
        Request(All((sees,)), weights, text, facets, size=100),
    ]
    visible = {id: {**one, "tags": ["public"] if id % 2 else ["org:1", "org:2"]} for id, one in enumerate(batch)}

    def answers() -> tuple[object, ...]:
        suggested = [engine.suggest(SCHEMA, "names", typed, filter=sees, size=3) for typed in ("", "g", "贷")]
        return ([engine.search(SCHEMA, request) for request in asked], suggested)

    engine.drop(SCHEMA)
    engine.ensure(SCHEMA)
    put(engine, visible)
    alone = answers()
    put(
        engine,
        {1000 + id: {**one, "tags": ["org:2"], "colour": "red", "names": NAMES} for id, one in enumerate(hidden)},
    )
    put(engine, {2000: {"colour": "红 色", "title": "知识产权质押"}})
    assert answers() == alone


def test_suggestions_are_the_commonest_first_and_obey_the_filter(engine: SearchEngine) -> None:
    engine.ensure(SCHEMA)
    put(engine, {1: {"names": ["red"], "size": 1}, 2: {"names": ["re"], "tags": ["x"]}, 3: {"names": ["re"]}})
    assert engine.suggest(SCHEMA, "names", "re", filter=Everything()) == ("re", "red")
    assert engine.suggest(SCHEMA, "names", "re", filter=Everything(), size=1) == ("re",)
    assert engine.suggest(SCHEMA, "names", "re", filter=Terms("tags", ("x",))) == ("re",)
    assert engine.suggest(SCHEMA, "names", "blue", filter=Everything()) == ()


BANK, PATENT = "国合银行知识产权质押贷款", "5G设备贷 (Patent & Mortgage)"
GUOHE = ("Guohe Bank", "guohe bank", "Ｇｕｏｈｅ　Bank")


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("guohe", GUOHE),
        ("GUOHE  b", GUOHE),
        ("ｇｕｏ", GUOHE),
        ("ban", GUOHE),
        ("ank", ()),
        ("pat", (PATENT,)),
        ("Mort", (PATENT,)),
        ("patent & m", (PATENT,)),
        ("5g设", (PATENT,)),
        ("g设", ()),
        ("设备", (PATENT,)),
        ("equip", ("Équipement",)),
        ("押贷", ("房押贷", BANK)),
        ("房押", ("房押贷",)),
        ("质押", ("质押再质押", BANK)),
        ("再", ("质押再质押",)),
        ("合银行", (BANK,)),
        ("行产", ()),
        ("a.b*", ("a.b*c [x]",)),
        ("a.", ("a.b*c [x]",)),
        ("b*c [", ("a.b*c [x]",)),
        ("x]", ("a.b*c [x]",)),
        ("-", ("-",)),
        (".", ()),
        (".*", ()),
        ("*", ()),
        ("(", ()),
        ('"', ()),
        ("\\", ()),
        ("[a", ()),
        ("@#~<1-9>", ()),
        ("知识" * 30 + "产", ("知识" * 30 + "产权",)),
        ("知识" * 31, ()),
    ],
)
def test_suggestions_begin_anywhere_a_word_does_and_take_what_is_typed_literally(
    engine: SearchEngine, typed: str, found: tuple[str, ...]
) -> None:
    engine.ensure(SCHEMA)
    put(engine, {id: {"names": [name]} for id, name in enumerate(NAMES)})
    assert engine.suggest(SCHEMA, "names", typed, filter=Everything()) == found


def test_a_name_that_holds_the_typed_often_takes_no_other_name_s_place(engine: SearchEngine) -> None:
    engine.ensure(SCHEMA)
    often = "贷" * 60
    put(engine, {1: {"names": [often]}, 2: {"names": [often, "贷款"]}, 3: {"names": ["贷款的贷"]}})
    assert engine.suggest(SCHEMA, "names", "贷", filter=Everything(), size=3) == (often, "贷款的贷", "贷款")


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    batch=st.lists(st.lists(st.sampled_from(NAMES), max_size=4), min_size=5, max_size=25),
    typed=st.lists(st.text(alphabet="国合银行知识产权质押贷 5gＧuohe&(.*[", max_size=4), min_size=5, max_size=15),
    size=st.integers(1, 4),
)
def test_suggestions_agree_with_the_reference(
    engine: SearchEngine, batch: list[list[str]], typed: list[str], size: int
) -> None:
    engine.drop(SCHEMA)
    engine.ensure(SCHEMA)
    held: dict[int, Document] = {id: {"names": names} for id, names in enumerate(batch)}
    put(engine, held)
    for words in typed:
        expected = reference.suggestions(held, words, size)
        assert engine.suggest(SCHEMA, "names", words, filter=Everything(), size=size) == expected
