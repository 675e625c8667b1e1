from __future__ import annotations

import gzip
import io
import struct
import zlib

import pytest
from PIL import Image, ImageDraw, ImageFont

from gateway.extract import Limits
from gateway.model.inspection import Gap, GapKind, Where
from gateway.testing.canaries import CanaryDocument
from gateway.testing.canaries.picture_bytes import chunk, drawn, exif, resource, saved, segment, xmp
from gateway.testing.canaries.pictures import documents
from tests.unit.extract.pictures import needs_reader, seen
from tests.unit.extract.reading import archive, kinds, office, opened, texts

NUMBER = "NHS number 943 476 5919"
CANARIES = {document.name: document for document in documents()}
FORMATS = ("PNG", "JPEG", "TIFF", "WEBP", "GIF", "BMP", "PPM", "AVIF")


@needs_reader
@pytest.mark.parametrize("document", CANARIES.values(), ids=CANARIES)
def test_every_canary_comes_out_and_nothing_is_a_gap(document: CanaryDocument) -> None:
    extraction = seen(document.data, document.name)
    assert document.missing(texts(extraction)) == ()
    assert extraction.gaps == ()


@pytest.mark.parametrize(
    ("name", "where", "place"),
    [
        ("picture.png", Where.PROPERTY, "tEXt"),
        ("picture.png", Where.COMMENT, "zTXt"),
        ("picture.png", Where.LABEL, "XMP label"),
        ("picture.jpg", Where.COMMENT, "comment"),
        ("picture.jpg", Where.COMMENT, "EXIF user comment"),
        ("picture.jpg", Where.PROPERTY, "IPTC caption"),
        ("pages.tif", Where.PROPERTY, "name of the second page"),
        ("moving.gif", Where.COMMENT, "comment"),
        ("moving.gif", Where.BODY, "plain text"),
        ("drawing.emf", Where.BODY, "EMF+ string"),
        ("drawing.wmf", Where.BODY, "placed text"),
    ],
)
def test_a_canary_stands_where_it_stood(name: str, where: Where, place: str) -> None:
    document = CANARIES[name]
    word = next(canary.word for canary in document.canaries if canary.place == place)
    assert word in texts(opened(document.data, name), where)


@needs_reader
@pytest.mark.parametrize("kind", FORMATS)
def test_words_in_pixels_are_read(kind: str) -> None:
    extraction = seen(saved(drawn(NUMBER), kind))
    assert NUMBER in texts(extraction, Where.OCR)
    assert extraction.gaps == ()


def painted(mode: str, ground: object, ink: object) -> Image.Image:
    picture = Image.new(mode, (700, 100), ground)  # type: ignore[arg-type]  # colours of every mode
    font = ImageFont.load_default(size=36)
    ImageDraw.Draw(picture).text((30, 30), NUMBER, font=font, fill=ink)  # type: ignore[arg-type]  # as above
    return picture


@needs_reader
@pytest.mark.parametrize(
    ("kind", "picture"),
    [
        ("PNG", painted("RGB", "black", "white")),
        ("PNG", painted("RGB", (0, 48, 120), (255, 255, 0))),
        ("PNG", painted("RGBA", (0, 0, 0, 0), (0, 0, 0, 255))),
        ("PNG", painted("RGBA", (255, 255, 255, 0), (255, 255, 255, 255))),
        ("PNG", painted("LA", (0, 0), (255, 255))),
        ("PNG", painted("RGB", "white", "black").quantize(4)),
        ("PNG", painted("1", 1, 0)),
        ("PNG", painted("I;16", 60_000, 40_000)),
        ("TIFF", painted("F", 1.0, 0.2)),
        ("TIFF", painted("CMYK", (0, 0, 0, 0), (0, 0, 0, 255))),
        ("PNG", painted("L", 255, 0).transpose(Image.Transpose.ROTATE_90)),
        ("PNG", painted("L", 255, 0).transpose(Image.Transpose.ROTATE_180)),
        ("PNG", painted("L", 255, 0).transpose(Image.Transpose.ROTATE_270)),
    ],
    ids=[
        *("white on black", "yellow on blue", "dark on clear", "light on clear", "light on clear, grey", "palette"),
        *("bits", "16 bits", "fractions", "CMYK", "on its left side", "on its head", "on its right side"),
    ],
)
def test_words_are_read_whatever_the_colours_and_however_it_lies(kind: str, picture: Image.Image) -> None:
    assert NUMBER in texts(seen(saved(picture, kind)), Where.OCR)


@needs_reader
def test_light_and_dark_words_on_clear_ground_are_both_read() -> None:
    picture = Image.new("RGBA", (600, 200))
    font = ImageFont.load_default(size=36)
    ImageDraw.Draw(picture).text((30, 30), "dark words", font=font, fill=(0, 0, 0, 255))
    ImageDraw.Draw(picture).text((30, 120), "light words", font=font, fill=(255, 255, 255, 255))
    text = texts(seen(saved(picture, "PNG")), Where.OCR)
    assert "dark words" in text
    assert "light words" in text


@needs_reader
def test_each_page_of_a_fax_is_read() -> None:
    pages = [painted("1", 1, 0), painted("1", 1, 0).crop((0, 0, 400, 100))]
    extraction = seen(saved(pages[0], "TIFF", save_all=True, append_images=pages[1:], compression="group4"))
    names = [segment.name for segment in extraction.parts[0].segments if segment.where is Where.OCR]
    assert names == ["page 1", "page 2"]


@needs_reader
def test_a_picture_in_a_letter_in_an_archive_is_read() -> None:
    letter = office("docx", {"word/document.xml": "<x/>", "word/media/image1.png": saved(drawn(NUMBER), "PNG")})
    extraction = seen(archive({"letter.docx": letter}), "a.zip")
    assert NUMBER in texts(extraction, Where.OCR)
    assert extraction.gaps == ()


@needs_reader
def test_a_scanned_pdf_is_read() -> None:
    page = Image.new("RGB", (1240, 1754), "white")
    ImageDraw.Draw(page).text((150, 200), NUMBER, font=ImageFont.load_default(size=30), fill="black")
    extraction = seen(saved(page, "PDF", resolution=150), "scan.pdf")
    assert NUMBER in texts(extraction, Where.OCR)
    assert kinds(extraction) == set()


@pytest.mark.parametrize(("width", "height"), [(16, 16), (49, 40), (600, 11), (1, 1)])
def test_bullets_rules_and_spacers_are_no_gap(width: int, height: int) -> None:
    picture = Image.linear_gradient("L").resize((width, height))
    assert opened(saved(picture, "PNG")).gaps == ()


def test_without_a_reader_a_picture_is_a_gap() -> None:
    gap = Gap(part="file", kind=GapKind.IMAGE_NOT_READ, detail="picture: no reader")
    assert opened(saved(drawn(NUMBER), "PNG")).gaps == (gap,)


def test_heic_is_a_gap_but_not_what_stands_beside_it() -> None:
    boxes = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0\0\0\0" + exif({0x010E: "seen beside"}) + xmp("titled")
    extraction = opened(boxes)
    assert extraction.gaps == (Gap(part="file", kind=GapKind.IMAGE_NOT_READ, detail="image/heif"),)
    assert {"seen beside", "titled"} <= set(texts(extraction).splitlines())


@needs_reader
def test_a_thumbnail_that_shows_its_picture_is_not_read_again() -> None:
    picture = drawn(NUMBER)
    small = saved(picture.resize((160, round(160 * picture.height / picture.width))), "JPEG")
    plain = saved(picture, "JPEG")
    data = plain[:2] + segment(0xE1, b"Exif\0\0" + exif({}, small=small)) + plain[2:]
    extraction = seen(data, limits=Limits(pages=1))
    assert [each.name for each in extraction.parts[0].segments if each.where is Where.OCR] == ["picture"]
    assert extraction.gaps == ()


@needs_reader
def test_a_thumbnail_that_shows_something_else_is_read() -> None:
    small, plain = saved(drawn("RESTRICTED", size=20), "JPEG"), saved(drawn("harmless"), "JPEG")
    resources = resource(0x040C, bytes(28) + small)
    data = plain[:2] + segment(0xED, b"Photoshop 3.0\0" + resources) + plain[2:]
    assert "RESTRICTED" in texts(seen(data), Where.OCR)


def test_a_comment_in_the_wrong_order_of_bytes_is_read() -> None:
    said = exif({}, {0x9286: b"UNICODE\0" + "wrong way round".encode("utf-16-be")})
    plain = saved(Image.new("L", (20, 20)), "JPEG")
    extraction = opened(plain[:2] + segment(0xE1, b"Exif\0\0" + said) + plain[2:])
    assert texts(extraction, Where.COMMENT) == "wrong way round"


def test_what_follows_a_picture_is_opened() -> None:
    data = saved(Image.new("L", (20, 20)), "PNG") + archive({"a.txt": "hidden behind " * 50})
    assert "hidden behind" in texts(opened(data))


def test_a_short_archive_behind_a_picture_is_opened_too() -> None:
    data = saved(Image.new("L", (20, 20)), "PNG") + gzip.compress("caf\xe9 hidden".encode())
    assert "caf\xe9 hidden" in texts(opened(data))


def test_what_cameras_and_programs_fill_up_with_is_no_gap() -> None:
    plain = saved(Image.new("L", (20, 20)), "JPEG")
    assert opened(plain + bytes(5000)).gaps == ()
    assert opened((plain + b"\x9b'\xc5) \x06" * 400)[:2048]).gaps == ()
    assert opened(plain + b"Image_UTC_Data1458170015363SEFHe\0\0\0" + b"\x91" * 900 + b"SEFT").gaps == ()


def test_a_picture_that_is_cut_off_is_a_gap() -> None:
    data = saved(Image.effect_noise((200, 200), 90), "PNG")
    extraction = seen(data[: len(data) // 2], reader=None)
    assert kinds(extraction) == {GapKind.IMAGE_NOT_READ}


@needs_reader
def test_a_picture_that_cannot_be_decoded_is_a_gap() -> None:
    data = saved(Image.effect_noise((200, 200), 90), "PNG")
    assert seen(data[: len(data) // 2]).gaps == (
        Gap(part="file", kind=GapKind.IMAGE_NOT_READ, detail="picture: OSError"),
    )


def test_a_packed_text_that_grows_too_large_is_a_gap() -> None:
    plain = saved(Image.new("L", (20, 20)), "PNG")
    bomb = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"x" * 5_000_000))
    extraction = opened(plain[:33] + bomb + plain[33:], limits=Limits(text_size=1_000_000))
    assert GapKind.TOO_LARGE in kinds(extraction)


def test_a_header_that_speaks_of_too_many_pixels_is_a_gap_and_nothing_is_decoded() -> None:
    head = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    assert opened(data).gaps == (Gap(part="file", kind=GapKind.TOO_LARGE, detail="pixels"),)


def test_frames_beyond_the_budget_are_one_gap() -> None:
    frames = [Image.effect_noise((60, 60), 50 + number) for number in range(9)]
    data = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    extraction = seen(data, limits=Limits(pages=4), reader=None)
    details = sorted(gap.detail for gap in extraction.gaps)
    assert details == ["frame 1 and 3 more: no reader", "frame 5 and 4 more: pages"]


def test_a_big_tiff_is_walked() -> None:
    target = io.BytesIO()
    picture = Image.new("L", (20, 20))
    picture.save(target, "TIFF", big_tiff=True, tiffinfo={0x010E: "told in a big file"})
    assert "told in a big file" in texts(opened(target.getvalue()))
