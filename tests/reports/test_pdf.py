"""The pages themselves: real glyphs, the same each time, nothing cut off, nothing read from elsewhere."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import weasyprint

from backend.reports import pdf
from backend.reports.snapshot import Group, Snapshot
from tests.reports.reading import PdfFile
from tests.reports.samples import offer, small

NUMBER, DIGEST = "RQ-20261125-000123", "0123456789abcdef" * 4


def drawn(snapshot: Snapshot) -> PdfFile:
    return PdfFile(pdf.draw(snapshot, number=NUMBER, digest=DIGEST).content)


@pytest.fixture(scope="module")
def chinese() -> PdfFile:
    return drawn(small())


@pytest.fixture(scope="module")
def english() -> PdfFile:
    return drawn(small(language="en"))


@pytest.mark.parametrize("language", ["chinese", "english"])
def test_every_character_is_drawn_by_a_glyph_of_its_own(language: str, request: pytest.FixtureRequest) -> None:
    """A machine without the font draws boxes while the text can still be copied: so the outlines are looked at."""
    glyphs = request.getfixturevalue(language).glyphs()
    hanzi = {glyph for glyph in glyphs if re.fullmatch("[一-鿿]", glyph.text)}
    assert {glyph.text for glyph in hanzi} >= set("济南立祥医药有限公司流动资金周转泉信贷登记费")
    assert {glyph.font.partition(b"+")[2] for glyph in glyphs} == {b"Report", b"Report-Bold"}
    assert [glyph for glyph in glyphs if glyph.id == 0] == []
    assert [glyph.text for glyph in glyphs if glyph.strokes == 0 and glyph.text.strip()] == []
    assert len({(glyph.font, glyph.id) for glyph in hanzi}) == len({(glyph.font, glyph.text) for glyph in hanzi})


def test_the_same_snapshot_gives_the_same_bytes() -> None:
    first, second = (pdf.draw(small(), number=NUMBER, digest=DIGEST) for _ in range(2))
    assert first == second
    assert first.pages == len(PdfFile(first.content).pages) == 5


def test_each_page_has_its_head_and_foot(chinese: PdfFile) -> None:
    texts = chinese.texts()
    assert NUMBER in texts[0]
    for number, text in enumerate(texts, 1):
        assert f"第{number}页，共5页" in text
        assert f"匹配日期 2026-11-25 · 快照摘要 {DIGEST[:16]}" in text
        if number > 1:
            assert f"{NUMBER}融桥 · 匹配报告（附贷款明白纸）" in text


def test_what_the_pages_say(chinese: PdfFile) -> None:
    first, eligible, missing, almost, words = chinese.texts()
    assert "济南立祥医药有限公司统一社会信用代码 91370100MA1900000A" in first
    assert "流动资金周转366万元" in first
    assert "1符合条件" in first
    assert "70接近符合" in first
    assert "泉信贷济南某银行3.51–4.07%2" in eligible
    assert "额度10万–500万元期限3–36个月年利率3.45–4.00%通常答复5.5个工作日最近确认2026-11-08匹配度75.3" in eligible
    assert "✓无需抵质押物–机构在市中区" in eligible
    assert "需备材料营业执照" in eligible
    assert "待补充：核心企业供应商上传近一年合同" in missing
    assert "成立满3年" in almost
    assert "2027-05-01" in almost
    assert "匹配不等于获批。匹配、意向、授信、放款是四件不同的事。" in words
    assert DIGEST[:32] in words


def test_the_cost_sheet_adds_up(chinese: PdfFile) -> None:
    sheet = chinese.texts()[1]
    assert "贷款明白纸：融资366万元，期限12个月" in sheet
    assert "登记费登记机构60.0060.00利息贷款机构126,270.10146,400.25财政贴息–-1,000.05-1,000.05" in sheet
    assert "合计125,330.05145,460.20年化综合成本3.51%4.07%" in sheet


def test_english_pages(english: PdfFile) -> None:
    first, eligible, *_, words = english.texts()
    assert "Match report with cost sheet" in first
    assert "CNY 3.66 million" in first
    assert "Page 1 of 5" in first
    assert "Cost sheet for CNY 3.66 million over 12 months" in eligible
    assert "A match is no approval." in words


def test_without_a_term_or_a_rate_there_is_no_sheet_and_a_word_why() -> None:
    bare = offer(cost=None, cost_lines=())
    assert "融资需求未填期限" in drawn(small(term_months=None, eligible=Group(1, (bare,)))).texts()[1]
    assert "该产品未公布利率" in drawn(small(eligible=Group(1, (bare,)))).texts()[1]


def test_an_empty_group_takes_no_page_of_its_own() -> None:
    none = Group(0, ())
    first, eligible, _words = drawn(small(missing=none, almost=none)).texts()
    assert "0待补资料" in first
    assert "所需资料均已齐备" in eligible


def test_it_is_tagged_and_says_what_it_is(chinese: PdfFile, english: PdfFile) -> None:
    for file, language in ((chinese, b"zh-Hans"), (english, b"en")):
        assert b"/Lang (" + language + b")" in file.catalogue()
        assert re.search(rb"/MarkInfo\s*<<\s*/Marked true", file.catalogue())
        assert b"/StructTreeRoot" in file.catalogue()
        assert "pdfuaid:part" in file.metadata()
        assert f"{NUMBER} · 济南立祥医药有限公司" in file.metadata()


def test_html_in_a_title_is_text() -> None:
    title = '<img src="http://127.0.0.1/x.png"><script>alert(1)</script>&amp;'
    html = pdf.html_of(small(title=title), number=NUMBER, digest=DIGEST)
    assert "<img" not in html
    assert "<script" not in html
    assert title in "".join(drawn(small(title=title)).texts())


def test_long_names_wrap_inside_the_page() -> None:
    long = offer(name="超长产品名称" * 30, institution="AVeryLongInstitutionNameWithoutAnySpace" * 5)
    long = replace(long, documents=long.documents * 40)
    snapshot = small(company="有限公司" * 50, title="设备" * 100, eligible=Group(1, (long,)))
    html = pdf.html_of(snapshot, number=NUMBER, digest=DIGEST)
    document = weasyprint.HTML(string=html, url_fetcher=pdf.fetcher()).render()
    margin, outside = 18 / 25.4 * 96, []
    for page in document.pages:
        for box in page._page_box.descendants():
            if type(box).__name__ == "TextBox" and (
                box.position_x < margin - 1 or box.position_x + box.width > page.width - margin + 1
                or box.position_y < 0 or box.position_y + box.height > page.height
            ):  # fmt: skip
                outside.append(box.text)
    assert outside == []
    text = "".join(PdfFile(document.write_pdf()).texts())
    for whole in (long.name, long.institution, snapshot.company, snapshot.title):
        assert whole in text


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:8000/x.css",
        "https://example.com/x.png",
        "file:///etc/passwd",
        "file://example.com/etc/passwd",
        "data:text/css,body{}",
        "ftp://127.0.0.1/x",
    ],
)
def test_nothing_is_read_from_elsewhere(address: str) -> None:
    with pytest.raises(pdf.ReadRefused):
        pdf.own_file(address)
    for use in (f'<link rel="stylesheet" href="{address}">', f'<img src="{address}" alt="">'):
        with pytest.raises(pdf.ReadRefused):
            pdf.pdf_of(f'<html lang="en"><title>x</title>{use}<p>x', title="x")


def test_no_way_leads_out_of_the_folders(tmp_path: Path, settings: Any) -> None:
    settings.FONTS_DIR = tmp_path / "fonts"
    settings.FONTS_DIR.mkdir()
    (tmp_path / "secret").write_text("x")
    (settings.FONTS_DIR / "link").symlink_to(tmp_path / "secret")
    for name in ("link", "../secret", "%2e%2e/secret"):
        with pytest.raises(pdf.ReadRefused, match="outside of the fonts and the style sheets"):
            pdf.own_file(f"file://{settings.FONTS_DIR}/{name}")
    (settings.FONTS_DIR / "own").write_text("x")
    assert pdf.own_file(f"file://{settings.FONTS_DIR}/own") == settings.FONTS_DIR / "own"


def test_a_missing_font_is_named_with_its_remedy(tmp_path: Path, settings: Any) -> None:
    settings.FONTS_DIR = tmp_path
    with pytest.raises(pdf.FontsMissing, match=r"NotoSansSC_400Regular.ttf.*\./dev up installs it.*RONGQIAO_FONTS"):
        pdf.draw(small(), number=NUMBER, digest=DIGEST)


def test_a_character_that_the_font_lacks_is_marked_and_explained() -> None:
    texts = drawn(small(title="𠮷野家\u200b备货")).texts()
    assert "〓野家备货" in texts[0]
    assert "〓代表报告字体未收录的字符" in texts[-1]
    assert "〓" not in "".join(drawn(small()).texts())
