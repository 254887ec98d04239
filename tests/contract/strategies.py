"""Generated documents and requests over one small schema, narrow enough that matches, ties and gaps are common."""

from __future__ import annotations

from hypothesis import strategies as st

from search.query import (
    All,
    Any,
    AtLeast,
    Bucket,
    Covers,
    Everything,
    Exists,
    Facet,
    Not,
    Nothing,
    Prefix,
    Query,
    Range,
    Request,
    Sort,
    Terms,
    Text,
    Weighted,
)
from search.schema import Document, FieldKind, Schema, SearchField

SCHEMA = Schema(
    "thing",
    (
        SearchField("colour", FieldKind.KEYWORD),
        SearchField("tags", FieldKind.KEYWORD, many=True),
        SearchField("names", FieldKind.NAMES),
        SearchField("size", FieldKind.INTEGER),
        SearchField("price", FieldKind.INTEGER),
        SearchField("span", FieldKind.INTERVAL),
        SearchField("title", FieldKind.TEXT),
        SearchField("body", FieldKind.TEXT),
        SearchField("note", FieldKind.STORED),
    ),
    "test",
)

COLOURS = ["red", "green", "re", "红 色", "a.b*c", "True", "-"]
TAGS = ["x", "xy", "知识产权", "知识", "*", "=x", "\\", '"']
NAMES = [
    "Guohe Bank",
    "guohe bank",
    "Ｇｕｏｈｅ　Bank",
    "国合银行知识产权质押贷款",
    "房押贷",
    "质押再质押",
    "5G设备贷 (Patent & Mortgage)",
    "a.b*c [x]",
    "Équipement",
    "-",
    "知识" * 30,
    "知识" * 30 + "产权",
]
WORDS = ["知识产权质押", "loans", "济南", "5G", "Ａ", "green", "，", "贷款"]
LARGE = 2**62
NUMBERS = [-LARGE, -7, -1, 0, 1, 2, 3, 10, LARGE]

colours, tags, numbers = st.sampled_from(COLOURS), st.sampled_from(TAGS), st.sampled_from(NUMBERS)
texts = st.lists(st.sampled_from(WORDS), max_size=3).map(" ".join)


@st.composite
def intervals(draw: st.DrawFn) -> tuple[int | None, int | None]:
    low, high = draw(st.none() | numbers), draw(st.none() | numbers)
    if low is not None and high is not None and low > high:
        low, high = high, low
    return low, high


documents: st.SearchStrategy[Document] = st.fixed_dictionaries(
    {},
    optional={
        "colour": st.none() | st.just("") | st.booleans() | colours,
        "tags": st.none() | st.lists(tags, max_size=3),
        "names": st.none() | st.lists(st.sampled_from(NAMES), max_size=3),
        "size": st.none() | st.integers(0, 3),
        "price": st.none() | numbers,
        "span": st.none() | intervals(),
        "title": st.none() | texts,
        "body": st.none() | texts,
        "note": st.none() | texts,
    },
)

text_queries = st.builds(
    Text,
    texts,
    st.sampled_from([(("title", 2.0),), (("title", 1.5), ("body", 0.0625)), (("body", 1.0), ("title", 1.0))]),
)
leaves: st.SearchStrategy[Query] = st.one_of(
    st.just(Everything()),
    st.just(Nothing()),
    st.builds(Terms, st.just("colour"), st.lists(colours, max_size=3).map(tuple)),
    st.builds(Terms, st.just("tags"), st.lists(tags, max_size=3).map(tuple)),
    st.builds(Range, st.just("size"), st.none() | st.integers(-1, 4), st.none() | st.integers(-1, 4)),
    st.builds(Range, st.just("price"), st.none() | numbers, st.none() | numbers),
    st.builds(Covers, st.just("span"), numbers),
    st.builds(Exists, st.sampled_from(["colour", "tags", "size", "price", "span"])),
    st.builds(Prefix, st.just("colour"), st.sampled_from(["", "r", "re", "红", "a.", "A", "t"])),
    st.builds(Prefix, st.just("tags"), st.sampled_from(["x", "知", "\\", "*", '"', "x."])),
    text_queries,
)


def _groups(children: st.SearchStrategy[Query]) -> st.SearchStrategy[Query]:
    several = st.lists(children, max_size=4).map(tuple)
    return st.one_of(
        st.builds(All, several),
        st.builds(Any, several),
        st.builds(Not, children),
        st.builds(AtLeast, st.integers(-1, 5), several),
    )


queries = st.recursive(leaves, _groups, max_leaves=8)
BUCKETS = (Bucket("low", None, 0), Bucket("middle", 0, 3), Bucket("high", 3, None), Bucket("wide", -7, 10))
facets = st.tuples(
    st.builds(Facet, st.just("colours"), st.just("colour"), selected=st.none() | leaves, size=st.sampled_from([1, 99])),
    st.builds(Facet, st.just("tags"), st.just("tags"), selected=st.none() | leaves),
    st.builds(Facet, st.just("prices"), st.just("price"), st.just(BUCKETS), selected=st.none() | leaves),
)
sorts = st.builds(Sort, st.sampled_from(["size", "price", "colour"]), st.booleans())
requests = st.builds(
    Request,
    filter=queries,
    weights=st.lists(st.builds(Weighted, leaves, st.integers(1, 9)), max_size=4).map(tuple),
    text=st.none() | st.none() | text_queries,
    facets=st.just(()) | facets,
    sort=st.none() | sorts,
    size=st.sampled_from([0, 1, 3, 50]),
    count_up_to=st.none() | st.sampled_from([0, 2, 1000]),
    fetch=st.sampled_from([(), ("note",)]),
)
