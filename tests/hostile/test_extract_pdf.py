"""PDFs that swell, loop, nest and hide: seconds and bounded memory, text or a gap."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.extract import Limits
from gateway.extract.formats.pdf import pages as pdf_pages
from gateway.extract.formats.pdf.contents import TooHeavy, is_veiled, unveiled, weight
from gateway.model.inspection import Gap, GapKind, Where
from gateway.testing.canaries.pdf import documents
from tests.unit.extract.reading import kinds, opened, texts

MEGABYTE = 1 << 20
FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
FORM = b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]"
SHOWN = b"BT /F 9 Tf 9 9 Td (943 476 5919) Tj ET "
SEEDS = {document.name: document.data for document in documents() if document.name != "pictures.pdf"}


def file(objects: Mapping[int, bytes]) -> bytes:
    """Return a PDF of these objects, of which the first is the catalogue."""
    out, places = b"%PDF-1.7\n", {}
    for number, value in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, value)
    size = max(objects) + 1
    table = b"".join(b"%010d 00000 n \n" % places.get(number, 0) for number in range(1, size))
    end = b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (size, len(out))
    return out + b"xref\n0 %d\n0000000000 65535 f \n" % size + table + end


def stream(data: bytes, said: bytes = b"") -> bytes:
    return b"<</Length %d%s>>stream\n%s\nendstream" % (len(data), said, data)


def page(content: bytes, lent: bytes = b"", box: bytes = b"[0 0 600 800]", **further: bytes) -> bytes:
    """Return a PDF of one page; further objects are called `o6`, `o7`, …"""
    return file(
        {
            1: b"<</Type/Catalog/Pages 2 0 R>>",
            2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            3: b"<</Type/Page/Parent 2 0 R/MediaBox%s/Contents 4 0 R/Resources<</Font<</F 5 0 R>>%s>>>>" % (box, lent),
            4: content,
            5: FONT,
            **{int(name[1:]): value for name, value in further.items()},
        }
    )


def deflated(unit: bytes, times: int, begin: bytes = b"") -> bytes:
    packer = zlib.compressobj(9)
    return packer.compress(begin) + b"".join(packer.compress(unit) for _ in range(times)) + packer.flush()


BOMB = deflated(b" " * MEGABYTE, 300)
FLATE = b"/Filter/FlateDecode"


def in_object_stream(packed: bytes) -> bytes:
    """Return a PDF whose object 6 is in an object stream."""
    out, places = b"%PDF-1.7\n", {}
    held = stream(packed, b"/Type/ObjStm/N 1/First 4" + FLATE)
    objects = {1: b"<</Type/Catalog/Pages 2 0 R/X 6 0 R>>", 2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>", 7: held}
    objects[3] = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"
    for number, value in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, value)
    rows = [(1, places[n], 0) if n in places else (2, 7, 0) if n == 6 else (0, 0, 0) for n in range(8)]
    table = b"".join(struct.pack(">BIH", *row) for row in [*rows, (1, len(out), 0)])
    said = b"/Type/XRef/Size 9/W[1 4 2]/Root 1 0 R"
    return out + b"8 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (stream(table, said), len(out))


BOMBS = {
    "contents": page(stream(BOMB, FLATE)),
    "contents packed twice": page(stream(zlib.compress(BOMB), b"/Filter[/FlateDecode/FlateDecode]")),
    "contents in LZW": page(stream(b"\x80\x0b\x60\x50\x22\x0c\x0c\x85\x01" * 30_000, b"/Filter/LZWDecode")),
    "an object stream": in_object_stream(deflated(b" " * MEGABYTE, 300, b"6 0 (X) ")),
    "a font": page(stream(SHOWN), o6=b"<</Type/FontDescriptor/FontName/X/FontFile2 7 0 R>>", o7=stream(BOMB, FLATE)),
    "an attached file": page(
        stream(b""), o6=b"<</Type/Filespec/F(a.txt)/EF<</F 7 0 R>>>>", o7=stream(BOMB, b"/Type/EmbeddedFile" + FLATE)
    ),
    "saved states": page(stream(deflated(b"q " * 5000, 1000), FLATE)),
    "marks within marks": page(stream(b"/a BMC " * 30_000 + b"EMC " * 30_000)),
    "short shows": page(stream(deflated(b"(a)Tj " * 10_000, 100, b"BT /F 1 Tf "), FLATE)),
    "forms that show forms": page(
        stream(b"/X Do"),
        b"/XObject<</X 6 0 R>>",
        **{
            f"o{n}": stream(b"/X Do " * 9, FORM + b"/Resources<</XObject<</X %d 0 R>>>>" % (n + 1))
            for n in range(6, 30)
        },
        o30=stream(SHOWN, FORM),
    ),
    "brackets": page(stream(b""), o6=b"<</A" * 5000 + b"(x)" + b">>" * 5000),
}


@pytest.mark.parametrize("name", BOMBS)
@pytest.mark.timeout(120)  # what it took before there were limits is not waited for
def test_a_bomb_is_a_gap(name: str) -> None:
    assert GapKind.TOO_LARGE in kinds(opened(BOMBS[name], "bomb.pdf"))


def test_an_honest_object_stream_is_read() -> None:
    extraction = opened(in_object_stream(zlib.compress(b"6 0 (943 476 5919)")), "x.pdf")
    assert "943 476 5919" in texts(extraction)
    assert extraction.gaps == ()


def test_an_attached_file_within_the_limits_is_read_whatever_else_may_not_be() -> None:
    data = page(stream(b""), o6=stream(deflated(bytes(MEGABYTE), 70), b"/Type/EmbeddedFile" + FLATE))
    assert kinds(opened(data, "x.pdf", Limits(ratio=2000))) == {GapKind.UNSUPPORTED}  # opened, and it is nothing
    assert kinds(opened(data, "x.pdf", Limits(ratio=2000, part_size=MEGABYTE))) == {GapKind.TOO_LARGE}


def test_a_form_that_shows_itself_is_read() -> None:
    form = stream(b"/X Do " + SHOWN, FORM + b"/Resources<</XObject<</X 6 0 R>>/Font<</F 5 0 R>>>>")
    extraction = opened(page(stream(b"/X Do"), b"/XObject<</X 6 0 R>>", o6=form), "x.pdf")
    assert "943 476 5919" in texts(extraction, Where.BODY)
    assert extraction.gaps == ()


def tree(kids: bytes, count: int, **further: bytes) -> bytes:
    nodes = {1: b"<</Type/Catalog/Pages 2 0 R>>", 2: b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, count), 5: FONT}
    return file({**nodes, **{int(name[1:]): value for name, value in further.items()}})


def test_a_page_tree_without_end_is_a_gap() -> None:
    leaf = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"
    deep = {f"o{n}": b"<</Type/Pages/Kids[%d 0 R]/Count 1/Parent %d 0 R>>" % (n + 1, n - 1) for n in range(10, 3000)}
    assert kinds(opened(tree(b"2 0 R 6 0 R", 9999, o6=leaf), "x.pdf")) == {GapKind.CORRUPT}
    assert kinds(opened(tree(b"10 0 R", 1, **deep, o3000=leaf), "x.pdf")) == {GapKind.CORRUPT}


def test_the_same_page_many_times_is_read_once() -> None:
    leaf = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 7 0 R/Resources<</Font<</F 5 0 R>>>>>>"
    extraction = opened(tree(b"6 0 R " * 5000, 5000, o6=leaf, o7=stream(SHOWN * 200)), "x.pdf")
    assert texts(extraction, Where.BODY).count("\f") == 4999
    assert extraction.gaps == ()


def test_too_many_pages_are_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_pages, "MOST_PAGES", 100)
    leaf = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"
    extraction = opened(tree(b"6 0 R " * 101, 101, o6=leaf), "x.pdf")
    assert [(gap.kind, gap.detail) for gap in extraction.gaps] == [(GapKind.TOO_MANY, "pages")]


def revised(times: int) -> bytes:
    data = page(stream(SHOWN))
    for number in range(times):
        before = int(data.rpartition(b"startxref")[2].split()[0])
        body = b"4 0 obj\n%s\nendobj\n" % stream(b"BT /F 9 Tf 9 9 Td (REVISION%d) Tj ET" % number)
        end = b"trailer\n<</Size 6/Root 1 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (before, len(data) + len(body))
        data += body + b"xref\n4 1\n%010d 00000 n \n" % len(data) + end
    return data


def test_what_an_earlier_revision_showed_is_read() -> None:
    extraction = opened(revised(3), "x.pdf")
    assert texts(extraction, Where.BODY) == "REVISION2"
    assert texts(extraction, Where.TRACKED).splitlines() == ["REVISION1", "REVISION0", "943 476 5919"]
    assert extraction.gaps == ()


def test_a_label_that_an_earlier_revision_bore_stays_a_label() -> None:
    data = page(stream(SHOWN), o6=b"<</MSIP_Label_1a_Name(Restricted)>>").replace(
        b"/Root 1 0 R", b"/Root 1 0 R/Info 6 0 R"
    )
    before = int(data.rpartition(b"startxref")[2].split()[0])
    body = b"6 0 obj\n<<>>\nendobj\n"
    end = b"trailer\n<</Size 7/Root 1 0 R/Info 6 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (
        before,
        len(data) + len(body),
    )
    extraction = opened(data + body + b"xref\n6 1\n%010d 00000 n \n" % len(data) + end, "x.pdf")
    assert texts(extraction, Where.LABEL) == "Restricted"


def test_revisions_without_end_are_a_gap() -> None:
    extraction = opened(revised(40), "x.pdf")
    assert extraction.gaps == (Gap(part="x.pdf", kind=GapKind.TOO_MANY, detail="revisions"),)
    assert "REVISION34" in texts(extraction, Where.TRACKED)


def test_xmp_that_declares_entities_is_a_gap() -> None:
    packet = b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'
    extraction = opened(page(stream(b""), o6=stream(packet, b"/Type/Metadata/Subtype/XML")), "x.pdf")
    assert kinds(extraction) == {GapKind.CORRUPT}


def test_xmp_that_is_broken_is_read_as_text() -> None:
    packet = b'<x:xmpmeta xmlns:x="y" title="one &amp; two"><a>943 476 5919</b>'
    extraction = opened(page(stream(b""), o6=stream(packet, b"/Type/Metadata/Subtype/XML")), "x.pdf")
    assert "943 476 5919" in texts(extraction, Where.PROPERTY)
    assert "one & two" in texts(extraction, Where.PROPERTY)


def test_contents_that_are_damaged_are_read_as_far_as_they_go_and_a_gap() -> None:
    packed = zlib.compress(SHOWN + b"(more) Tj " * 500, 0)
    extraction = opened(page(stream(packed[:3000], FLATE)), "x.pdf")
    assert "943 476 5919" in texts(extraction, Where.BODY)


@pytest.mark.parametrize(
    ("content", "veiled"),
    [
        (b"BT /F 0 Tf (x) Tj ET", True),
        (b"BT /F -0.00 Tf (x) Tj ET", True),
        (b"BT /F 10 Tf (x) Tj ET", False),
        (b"BT /F 0.5 Tf 100 Tz (x) Tj ET", False),
        (b"BT /F 9 Tf 0 Tz (x) Tj ET", True),
        (b"1 0 0 1 0 0 0 0 5 5 cm", True),
        (b"q 1 0 0 1 72 72 cm 1 0 0 1 9 9 Tm Q", False),
        (b"1 1 1 1 5 5 Tm", True),
        (b".24 0 0 -.24 5 5 cm", False),
        (b"/Span<</ActualText(y)>>BDC", True),
        (b"/Span<</Actual#54ext(y)>>BDC", True),
        (b"/P<</MCID 1>>BDC", False),
    ],
)
def test_what_pdfium_passes_over_is_known(content: bytes, *, veiled: bool) -> None:
    assert is_veiled(content, has_replacements=False) is veiled
    if veiled:
        assert not is_veiled(unveiled(content), has_replacements=False)


def test_weight_is_bounded_by_depth() -> None:
    assert weight(b"/a BMC EMC " * 10_000) > 0
    with pytest.raises(TooHeavy):
        weight(b"/a BMC " * 300)


PLACES = st.floats(0, 1, exclude_max=True)
CHANGES = st.lists(st.tuples(PLACES, st.binary(max_size=8), st.integers(0, 8)), max_size=12)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.sampled_from(sorted(SEEDS)), CHANGES, PLACES)
def test_a_mutant_gives_text_or_a_gap(name: str, changes: list[tuple[float, bytes, int]], cut: float) -> None:
    data = bytearray(SEEDS[name])
    for place, new, removed in changes:
        at = int(place * len(data))
        data[at : at + removed] = new
    if cut > 0.7:
        del data[int(cut * len(data)) :]
    extraction = opened(bytes(data), name)
    assert extraction.parts[0].part == name
    assert extraction.gaps or texts(extraction).strip() or not data
    assert all(gap.detail.isprintable() for gap in extraction.gaps)
