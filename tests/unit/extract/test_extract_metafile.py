from __future__ import annotations

import base64
import struct

import pytest
from PIL import Image

from gateway.extract import Limits
from gateway.model.inspection import GapKind, Where
from gateway.testing.canaries import metafile_bytes as meta
from gateway.testing.canaries.picture_bytes import drawn
from tests.unit.extract.pictures import needs_reader, seen
from tests.unit.extract.reading import kinds, opened, texts

NUMBER = "NHS number 943 476 5919"


def test_runs_that_touch_are_one_word_and_those_apart_are_not() -> None:
    touching = [meta.text(run, x=30 * number, width=10) for number, run in enumerate(("943", "476", "591"))]
    apart = [meta.text(run, x=36 * number, y=100, width=10) for number, run in enumerate(("943", "476", "591"))]
    assert texts(opened(meta.emf(*touching, meta.text("9", x=90), *apart))) == "9434765919\n943 476 591"


def test_letters_placed_one_by_one_are_words() -> None:
    letters = [meta.text(letter, x=at, width=width) for letter, at, width in (
        ("M", 284, 77), ("i", 369, 19), ("c", 395, 38), ("r", 450, 29), ("o", 487, 48), ("X", 620, 48),
    )]  # fmt: skip
    assert texts(opened(meta.emf(*letters))) == "Micro X"


def test_the_world_transform_moves_text() -> None:
    def moved(x: float) -> bytes:
        return meta.record(35, struct.pack("<6f", 1, 0, 0, 1, x, 0))

    records = [moved(0), meta.text("943"), moved(30), meta.text("476"), moved(66), meta.text("5919")]
    assert texts(opened(meta.emf(*records))) == "943476 5919"


def test_text_that_goes_on_where_the_last_ended_is_joined() -> None:
    align = meta.record(22, struct.pack("<I", 1))
    records = [align, *(meta.text(run, width=0) for run in ("943", "476", "5919"))]
    assert texts(opened(meta.emf(*records))) == "9434765919"


def test_runs_of_the_old_kind_are_joined_where_they_touch() -> None:
    records = [meta.old_placed_text(run, 30 * number, 0, 10) for number, run in enumerate((b"943", b"476", b"5919"))]
    assert texts(opened(meta.wmf(*records))) == "9434765919"


def test_a_font_says_which_code_page_its_text_is_in() -> None:
    font = meta.old_record(0x02FB, bytes(13) + b"\xcc" + bytes(36))
    chosen = meta.old_record(0x012D, struct.pack("<H", 0))
    said = "\u0421\u0415\u041a\u0420\u0415\u0422"
    assert texts(opened(meta.wmf(font, chosen, meta.old_text(said.encode("cp1251"))))) == said


def test_a_wmf_without_the_placeable_header_is_known() -> None:
    assert texts(opened(meta.wmf(meta.old_text(b"plain"))[22:])) == "plain"


def test_glyph_numbers_are_no_text_but_a_gap() -> None:
    assert kinds(opened(meta.emf(meta.text("\x12\x34", options=0x10)))) == {GapKind.IMAGE_NOT_READ}


def test_an_empty_preview_is_no_gap() -> None:
    assert opened(meta.emf()).gaps == ()
    assert opened(meta.wmf()).gaps == ()


def test_lines_and_boxes_are_no_gap() -> None:
    boxes = [meta.polygon((0, 0), (9 * n, 0), (9 * n, 9), (0, 9)) for n in range(1, 300)]
    assert opened(meta.emf(*boxes)).gaps == ()


@needs_reader
def test_a_bitmap_is_read() -> None:
    extraction = seen(meta.emf(meta.stretched(drawn(NUMBER))))
    assert NUMBER in texts(extraction, Where.OCR)
    assert extraction.gaps == ()


@needs_reader
def test_a_bitmap_that_was_cut_into_strips_is_read() -> None:
    whole = drawn(NUMBER)
    strips = [
        meta.stretched(whole.crop((0, top, whole.width, min(whole.height, top + 16))), top)
        for top in range(0, whole.height, 16)
    ]
    assert NUMBER in texts(seen(meta.emf(*strips)), Where.OCR)


def outlined(word: str) -> list[bytes]:
    """Return the letters of a word as polygons with many corners: one for each row of each stroke."""
    picture = drawn(word, size=40).convert("L").point(lambda value: 255 if value < 128 else 0)
    records = []
    for y in range(picture.height):
        row = picture.crop((0, y, picture.width, y + 1)).tobytes()
        x = row.find(255)
        while x >= 0:
            end = row.find(0, x)
            steps = [(x + (end - x) * n // 4) for n in range(5)]
            records.append(
                meta.polygon(*((20 * at, 20 * y) for at in steps), *((20 * at, 20 * y + 20) for at in steps[::-1]))
            )
            x = row.find(255, end)
    black = meta.record(37, struct.pack("<I", 0x80000004))
    no_pen = meta.record(37, struct.pack("<I", 0x80000008))
    return [black, no_pen, *records]


@needs_reader
def test_letters_drawn_as_shapes_are_read() -> None:
    extraction = seen(meta.emf(*outlined("RESTRICTED 943 476 5919")))
    assert "943 476 5919" in texts(extraction, Where.OCR)
    assert extraction.gaps == ()


def test_letters_drawn_as_shapes_are_a_gap_without_a_reader() -> None:
    assert kinds(opened(meta.emf(*outlined("RESTRICTED")))) == {GapKind.IMAGE_NOT_READ}


def test_a_drawing_of_emf_plus_alone_is_a_gap() -> None:
    paths = [(0x4014, 0, bytes(8))] * 50
    assert kinds(opened(meta.emf(meta.plus(*paths)))) == {GapKind.IMAGE_NOT_READ}


def test_text_that_is_there_for_old_readers_too_is_said_once() -> None:
    string = (0x401C, 0, bytes(8) + struct.pack("<I4f", 5, 0, 0, 9, 9) + "twice".encode("utf-16-le"))
    extraction = opened(meta.emf(meta.plus(string), meta.text("twice")))
    assert texts(extraction).split() == ["twice"]


@pytest.mark.parametrize("cut", [101, 150, 400])
def test_a_metafile_that_is_cut_off_is_a_gap(cut: int) -> None:
    data = meta.emf(*(meta.text("some text") for _ in range(5)))
    assert kinds(opened(data[:cut])) == {GapKind.CORRUPT}


def test_a_program_hidden_in_a_comment_is_opened() -> None:
    note = meta.comment(b"PRIV" + b"%PDF-1.7 damaged")
    assert any(part.media_type == "application/pdf" for part in opened(meta.emf(note)).parts)


def test_small_bitmaps_cost_no_part() -> None:
    icon = meta.stretched(Image.effect_noise((16, 16), 90).convert("RGB"))
    extraction = opened(meta.emf(icon, icon), limits=Limits(parts=1))
    assert extraction.gaps == ()


def test_the_preview_of_a_table_in_a_web_page_is_read() -> None:
    """LibreOffice writes StarView metafiles into web pages and flat documents."""
    text = struct.pack("<L", 5) + "TABLE".encode("utf-16-le")
    drawn_text = struct.pack("<HHL", 112, 1, len(text)) + text
    data = b"VCLMTF" + struct.pack("<HL", 1, 4) + bytes(4) + drawn_text
    page = b'<p>a</p><img src="data:image/x-vclgraphic;base64,' + base64.b64encode(data) + b'">'
    found = opened(page)
    assert not found.gaps
    assert "TABLE" in texts(found, Where.HIDDEN)
    assert kinds(opened(data[:-4])) == {GapKind.UNSUPPORTED}
