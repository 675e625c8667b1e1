"""Pictures and metafiles made to harm: bombs, loops, lies about length, and a seeded run of mutants of every format."""

from __future__ import annotations

import struct
import zlib
from random import Random

import pytest
from PIL import Image

from gateway.extract import Extraction, Limits, Raster
from gateway.model.inspection import GapKind
from gateway.testing.canaries import metafile_bytes as meta
from gateway.testing.canaries.picture_bytes import chunk, exif, saved, segment
from gateway.testing.canaries.pictures import documents
from tests.unit.extract.pictures import seen
from tests.unit.extract.reading import kinds, opened, texts

CANARIES = {document.name: document for document in documents()}
MUTANTS = 25
SMALL = Image.new("L", (20, 20))


class Fast:
    """A reader that looks at every pixel and says nothing."""

    def read(self, raster: Raster) -> str:
        assert len(raster.grey) == raster.width * raster.height
        return ""


def looked_at(data: bytes, name: str = "file") -> Extraction:
    return seen(data, name, reader=Fast())


@pytest.mark.parametrize("name", CANARIES)
def test_a_mutant_is_read_or_is_a_gap(name: str) -> None:
    chance = Random(name)  # noqa: S311 - the same mutants every time
    for _ in range(MUTANTS):
        data = bytearray(CANARIES[name].data)
        for _ in range(chance.randrange(1, 8)):
            at = chance.randrange(min(len(data), 3_000))
            data[at : at + chance.randrange(5)] = chance.randbytes(chance.randrange(5))
        if chance.random() < 0.2:
            del data[chance.randrange(len(data)) :]
        extraction = looked_at(bytes(data), name)
        assert GapKind.CRASHED not in kinds(extraction)
        assert all(gap.detail.isprintable() for gap in extraction.gaps)


def test_a_picture_of_a_billion_pixels_is_never_decoded() -> None:
    rows = zlib.compress(bytes(2_000_000), 9)
    head = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 0, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) * 20 + chunk(b"IEND", b"")
    assert kinds(looked_at(data)) == {GapKind.TOO_LARGE}


def test_a_gif_whose_frame_is_larger_than_itself_is_a_gap() -> None:
    plain = saved(Image.effect_noise((60, 60), 90), "GIF")
    at = plain.index(b"\x2c\0\0\0\0")
    frame = b"\x2c" + struct.pack("<HHHH", 0, 0, 65_535, 65_535)
    assert kinds(looked_at(plain[:at] + frame + plain[at + 9 :])) & {GapKind.TOO_LARGE, GapKind.IMAGE_NOT_READ}


def test_a_png_that_promises_two_billion_frames_is_a_gap() -> None:
    plain = saved(Image.effect_noise((60, 60), 90), "PNG")
    animated = plain[:33] + chunk(b"acTL", struct.pack(">II", 2_000_000_000, 0)) + plain[33:]
    extraction = looked_at(animated)
    assert len(extraction.gaps) < 5


def test_directories_that_lead_in_a_circle_end() -> None:
    entry = struct.pack("<HHIHHI", 0x8769, 4, 1, 0, 0, 0)[:8] + struct.pack("<I", 8)
    circle = b"II*\0" + struct.pack("<IH", 8, 1) + entry + struct.pack("<I", 8)
    plain = saved(SMALL, "JPEG")
    assert opened(plain[:2] + segment(0xE1, b"Exif\0\0" + circle) + plain[2:]).gaps == ()


def test_a_text_that_a_thousand_directories_list_is_read_once() -> None:
    said = b"said a thousand times".ljust(30_000, b".")
    rows = []
    for number in range(1000):
        after = 8 + 18 * (number + 1) if number < 999 else 0
        rows.append(struct.pack("<HHHII", 1, 0x010E, 2, len(said), 8 + 18 * 1000) + struct.pack("<I", after))
    data = b"II*\0" + struct.pack("<I", 8) + b"".join(rows) + said
    assert texts(opened(data)).count("said a thousand times") == 1


def test_overlapping_texts_without_number_are_a_gap() -> None:
    said = b"x" * 200_000
    count = 900
    rows = b"".join(
        struct.pack("<HHII", 0xF000 + n, 2, len(said) - n, 8 + 2 + 12 * count + 4 + n) for n in range(count)
    )
    data = b"II*\0" + struct.pack("<IH", 8, count) + rows + bytes(4) + said
    extraction = opened(data)
    assert GapKind.TOO_MANY in kinds(extraction)
    assert len(texts(extraction)) < 20 * len(data)


def test_a_thumbnail_in_a_thumbnail_in_a_thumbnail_ends() -> None:
    data = saved(SMALL, "JPEG")
    for _ in range(20):
        within = segment(0xE1, b"Exif\0\0" + exif({}, small=data))
        data = data[:2] + within + saved(SMALL, "JPEG")[2:]
    assert GapKind.TOO_DEEP in kinds(opened(data, limits=Limits(depth=8)))


def test_a_chunk_longer_than_the_file_does_not_hide_what_follows() -> None:
    plain = saved(SMALL, "PNG")
    lie = struct.pack(">I", 0x7FFFFFFF) + b"prVt" + b" a word that hides "
    assert "a word that hides" in texts(opened(plain[:33] + lie + plain[33:]))


def test_a_metafile_of_a_million_records_ends() -> None:
    data = meta.emf(meta.record(33, b"") * 300_000, meta.record(36, struct.pack("<6fI", 9, 9, 9, 9, 9, 9, 2)) * 1000)
    assert opened(data).gaps == ()


def test_shapes_without_number_are_a_gap() -> None:
    shape = meta.polygon(*((x, x * x % 97) for x in range(1000)))
    assert kinds(looked_at(meta.emf(*[shape] * 400))) == {GapKind.IMAGE_NOT_READ}


def test_shapes_that_take_too_long_to_paint_are_a_gap() -> None:
    shape = meta.polygon(*((x, x * 7919 % 997) for x in range(1000)))
    assert [gap.detail for gap in looked_at(meta.emf(*[shape] * 250)).gaps] == ["drawing: time"]


def test_shapes_at_no_place_are_not_painted_there() -> None:
    far = meta.record(35, struct.pack("<6f", 3e38, 3e38, 3e38, 3e38, 3e38, 3e38))
    shapes = [meta.polygon(*((x, x * 7 % 5) for x in range(9)))] * 9
    extraction = looked_at(meta.emf(*shapes, far, *shapes))
    assert GapKind.CRASHED not in kinds(extraction)
