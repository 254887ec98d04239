"""A small reader of the PDFs that WeasyPrint writes: objects, the text of each page, the glyphs that it is drawn with.

Only for tests, and on purpose not the library that wrote them.
"""

from __future__ import annotations

import io
import re
import zlib
from dataclasses import dataclass
from functools import cached_property

from fontTools.pens.recordingPen import RecordingPen
from fontTools.ttLib import TTFont

_OBJECT = re.compile(rb"(?:^|\n)(\d+) 0 obj\n(.*?)\nendobj", re.DOTALL)
_REFERENCE = rb"(\d+) 0 R"
_SHOWN = re.compile(rb"/(\S+) [\d.]+ Tf|\[(.*?)\]\s*TJ|<([0-9a-fA-F]+)>\s*Tj", re.DOTALL)


@dataclass(frozen=True)
class Glyph:
    """One glyph of an embedded font as a page uses it. `strokes` are the segments of its outline."""

    font: bytes
    id: int
    text: str
    strokes: int


class PdfFile:
    def __init__(self, content: bytes) -> None:
        self.content = content
        self._objects: dict[int, bytes] = {int(number): body for number, body in _OBJECT.findall(content)}
        for body in list(self._objects.values()):
            if b"/Type /ObjStm" in body:
                self._unpack(body)

    def _unpack(self, body: bytes) -> None:
        """Objects that are packed together in one compressed stream."""
        stream, (first,) = self._stream(body), _numbers(body, b"First")
        head = [int(number) for number in stream[:first].split()]
        starts = [*head[1::2], len(stream) - first]
        for number, begin, end in zip(head[::2], starts, starts[1:], strict=False):
            self._objects[number] = stream[first + begin : first + end].strip()

    def _stream(self, body: bytes) -> bytes:
        head, _, rest = body.partition(b"stream\n")
        raw = rest.rpartition(b"\nendstream")[0]
        return zlib.decompress(raw) if b"/FlateDecode" in head else raw

    def _named(self, body: bytes, name: bytes) -> bytes:
        """The value of a key, followed where it is a reference to another object."""
        found = re.search(rb"/" + name + rb"\s*" + _REFERENCE, body)
        if found:
            return self._objects[int(found[1])]
        inline = re.search(rb"/" + name + rb"\s*(<<.*?>>)", body, re.DOTALL)
        return inline[1] if inline else b""

    @cached_property
    def pages(self) -> list[bytes]:
        """The page objects in their order."""
        root = next(body for body in self._objects.values() if re.search(rb"/Type\s*/Pages\b", body))
        kids = re.search(rb"/Kids\s*\[(.*?)\]", root, re.DOTALL)
        assert kids is not None
        return [self._objects[int(number)] for number in re.findall(_REFERENCE, kids[1])]

    def texts(self) -> list[str]:
        """The text of each page in drawing order, without spaces between its pieces."""
        return ["".join(glyph.text for glyph in self._glyphs(page)) for page in self.pages]

    def glyphs(self) -> set[Glyph]:
        return {glyph for page in self.pages for glyph in self._glyphs(page)}

    def catalogue(self) -> bytes:
        return next(body for body in self._objects.values() if re.search(rb"/Type\s*/Catalog\b", body))

    def metadata(self) -> str:
        """The XMP packet."""
        return self._stream(self._named(self.catalogue(), b"Metadata")).decode()

    def _glyphs(self, page: bytes) -> list[Glyph]:
        named = self._named(self._named(page, b"Resources"), b"Font")
        fonts = {name: self._font(int(number)) for name, number in re.findall(rb"/(\S+)\s+" + _REFERENCE, named)}
        found: list[Glyph] = []
        current = None
        for operand in _SHOWN.finditer(self._content(page)):
            if operand[1]:
                current = fonts[operand[1]]
                continue
            assert current is not None
            for code in re.findall(rb"<([0-9a-fA-F]*)>", operand[2]) if operand[2] is not None else [operand[3]]:
                ids = [int(code[at : at + 4], 16) for at in range(0, len(code), 4)]
                found += [current.glyph(id) for id in ids]
        return found

    def _content(self, page: bytes) -> bytes:
        several = re.search(rb"/Contents\s*\[(.*?)\]", page, re.DOTALL)
        if several:
            return b"\n".join(self._stream(self._objects[int(n)]) for n in re.findall(_REFERENCE, several[1]))
        return self._stream(self._named(page, b"Contents"))

    def _font(self, number: int) -> _Font:
        if number not in self._fonts:
            body = self._objects[number]
            below = re.search(rb"/DescendantFonts\s*\[\s*" + _REFERENCE, body)
            assert below is not None
            descriptor = self._named(self._objects[int(below[1])], b"FontDescriptor")
            key = b"FontFile2" if b"/FontFile2" in descriptor else b"FontFile3"
            name = re.search(rb"/BaseFont\s*/([^\s/]+)", body)
            assert name is not None
            self._fonts[number] = _Font(
                name[1], self._stream(self._named(descriptor, key)), self._stream(self._named(body, b"ToUnicode"))
            )
        return self._fonts[number]

    @cached_property
    def _fonts(self) -> dict[int, _Font]:
        return {}


class _Font:
    def __init__(self, name: bytes, program: bytes, to_unicode: bytes) -> None:
        self._name = name
        self._opened = TTFont(io.BytesIO(program))
        self._drawn = self._opened.getGlyphSet()
        self._texts = {
            int(code, 16): bytes.fromhex(text.decode()).decode("utf-16-be")
            for code, text in re.findall(rb"<([0-9a-fA-F]{4})> <([0-9a-fA-F]+)>", to_unicode)
        }
        self._read: dict[int, Glyph] = {}

    def glyph(self, id: int) -> Glyph:
        if id not in self._read:
            pen = RecordingPen()
            self._drawn[self._opened.getGlyphName(id)].draw(pen)
            self._read[id] = Glyph(self._name, id, self._texts.get(id, ""), len(pen.value))
        return self._read[id]


def _numbers(body: bytes, key: bytes) -> list[int]:
    return [int(number) for number in re.findall(rb"/" + key + rb"\s+(\d+)", body)]
