"""Content under a cover: a scan with a line of text, a thumbnail that is none, binary behind text, telling folders."""

from __future__ import annotations

import gzip
import io
import struct
import zlib

import pikepdf
import pytest

from gateway.model.inspection import GapKind, Where
from tests.unit.extract.reading import archive, kinds, office, opened, texts, word

SECRET = b"RESTRICTED\r\n\r\nPatient NHS number 943 476 5919\r\n"


def pdf(content: bytes, *pictures: tuple[int, int], beside: bool = False) -> bytes:
    """Return a page of 600 by 800 points with grey pictures of these sizes, named /I0, /I1, …"""
    target = io.BytesIO()
    with pikepdf.new() as document:
        images = pikepdf.Dictionary()
        for number, (width, height) in enumerate(pictures):
            image = pikepdf.Stream(document, bytes(width * height))
            image.Type, image.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
            image.Width, image.Height, image.BitsPerComponent = width, height, 8
            image.ColorSpace = pikepdf.Name.DeviceGray
            images[f"/I{number}"] = document.make_indirect(image)
        font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font))
        if beside:
            document.Root.Extra = images
        else:
            resources.XObject = images
        page = pikepdf.Dictionary(
            Type=pikepdf.Name.Page, MediaBox=pikepdf.Array([0, 0, 600, 800]), Resources=resources,
            Contents=document.make_indirect(pikepdf.Stream(document, content)),
        )  # fmt: skip
        document.pages.append(pikepdf.Page(document.make_indirect(page)))
        document.save(target)
    return target.getvalue()


WORDS = b" BT /F 8 Tf 10 10 Td (Scanned by a machine) Tj ET"


@pytest.mark.parametrize(
    ("drawn", "pictures"),
    [
        (b"q 600 0 0 800 0 0 cm /I0 Do Q", [(600, 800)]),
        (b"q 600 0 0 800 0 0 cm /I0 Do Q", [(40, 40)]),
        (b"q 90 0 0 40 0 0 cm /I0 Do Q", [(180, 80)]),
        (b"".join(b"q 600 0 0 8 0 %d cm /I%d Do Q " % (number * 8, number) for number in range(60)), [(600, 8)] * 60),
        (b"q 600 0 0 800 0 0 cm BI /W 60 /H 60 /BPC 8 /CS /G ID " + b"a" * 3600 + b" EI Q", []),
    ],
    ids=["a page", "a page of few pixels", "a box", "slices", "written inline"],
)
def test_a_picture_beside_text_is_a_gap(drawn: bytes, pictures: list[tuple[int, int]]) -> None:
    extraction = opened(pdf(drawn + WORDS, *pictures), "scan.pdf")
    assert "Scanned by a machine" in texts(extraction, Where.BODY)
    assert [gap.kind for gap in extraction.gaps] == [GapKind.IMAGE_NOT_READ]


def test_a_picture_that_no_page_shows_by_itself_is_a_gap() -> None:
    extraction = opened(pdf(WORDS, (600, 800), beside=True), "x.pdf")
    assert [gap.kind for gap in extraction.gaps] == [GapKind.IMAGE_NOT_READ]


def test_bullets_and_rules_are_no_gap() -> None:
    drawn = b"q 10 0 0 10 0 0 cm /I0 Do Q q 500 0 0 1 0 0 cm /I1 Do Q"
    assert opened(pdf(drawn + WORDS, (20, 20), (1000, 2)), "x.pdf").gaps == ()


def png(*extra: tuple[bytes, bytes], size: int = 16) -> bytes:
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", size, size, 8, 0, 0, 0, 0)), *extra]
    chunks += [(b"IDAT", zlib.compress(bytes((size + 1) * size))), (b"IEND", b"")]
    packed = (struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


SOI = bytes.fromhex("ffd8ffe000104a46494600010100000100010000")
JPEG = SOI + bytes.fromhex("ffc0000b080010001001011100ffda0008010100003f00") + b"\x12\x34\xff\xd9"


def test_a_thumbnail_that_is_one_is_no_gap() -> None:
    for name, picture in (("docProps/thumbnail.png", png()), ("docProps/thumbnail.jpeg", JPEG)):
        assert opened(archive({**parts(), name: picture}), "x.docx").gaps == ()


FALSE_THUMBNAILS = {
    "words behind the picture": png() + SECRET,
    "an archive behind the picture": png() + archive({"s.txt": SECRET}),
    "words in a chunk": png((b"tEXt", b"a\0" + SECRET)),
    "only a header": png()[:33] + SECRET,
    "a large picture": png(size=600),
    "words": SECRET,
    "words behind a JPEG": JPEG + SECRET,
    "words in a JPEG's comment": JPEG[:20] + b"\xff\xfe\x00\x32" + SECRET[:48] + JPEG[20:],
    "words in a chunk for a colour": png((b"bKGD", SECRET)),
}


@pytest.mark.parametrize("content", FALSE_THUMBNAILS.values(), ids=FALSE_THUMBNAILS.keys())
def test_a_thumbnail_that_is_none_is_opened_or_a_gap(content: bytes) -> None:
    kind = "jpeg" if content.startswith(b"\xff\xd8") else "png"
    extraction = opened(archive({**parts(), f"docProps/thumbnail.{kind}": content}), "x.docx")
    assert extraction.gaps or "943 476 5919" in texts(extraction)


def parts() -> dict[str, bytes | str]:
    return {
        "[Content_Types].xml": '<Types><Override ContentType="wordprocessingml.document.main+xml"/></Types>',
        "word/document.xml": "<a>hello</a>",
    }


@pytest.mark.parametrize("content", [SECRET, b"943 476 5919", b"application/zip 943 476 5919", b"a/b" + SECRET * 9])
def test_an_entry_called_mimetype_is_read(content: bytes) -> None:
    for box in (archive({"readme.txt": "hello", "mimetype": content}), office("docx", {"mimetype": content})):
        assert "943 476 5919" in texts(opened(box, "x"))


def test_the_media_type_in_a_package_is_no_part_and_no_gap() -> None:
    extraction = opened(archive({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<a/>"}), "x")
    assert extraction.gaps == ()
    assert len(extraction.parts) == 1


COVER = b"hello world\n" * 5_000


@pytest.mark.parametrize("where", ["end", "middle"])
@pytest.mark.parametrize("cover", [COVER, COVER.decode().encode("utf-16"), b"<html><body>" + COVER])
def test_binary_far_behind_text_is_a_gap(cover: bytes, where: str) -> None:
    packed = gzip.compress(SECRET * 50)
    extraction = opened(cover + packed + (cover if where == "middle" else b""), "x.txt")
    assert GapKind.CORRUPT in kinds(extraction)
    assert "hello world" in texts(extraction)


def test_plain_text_far_behind_utf16_is_found() -> None:
    extraction = opened(COVER.decode().encode("utf-16-le") + SECRET + b" ", "x.txt")
    assert "943 476 5919" in texts(extraction, Where.BODY)


def test_a_few_control_characters_are_text() -> None:
    assert opened(b"page\x0cpage\x1b[1m" + COVER + b"\x01", "x.txt").gaps == ()


def named(box: bytes, name: str = "x") -> list[str]:
    return [s.text for p in opened(box, name).parts for s in p.segments if s.where is Where.ATTACHMENT_NAME]


def test_the_folders_of_an_entry_are_read() -> None:
    found = named(archive({"RESTRICTED/943 476 5919/plan.txt": "x", "RESTRICTED/b.txt": "y", "a\\PROTECT\\c": "z"}))
    assert "RESTRICTED/943 476 5919/plan.txt" in found
    assert found.count("RESTRICTED") == 1
    assert "PROTECT" in found


@pytest.mark.parametrize("content", [b"", b"hello", word("<w:p/>"), b"\0\1\2\3"])
def test_the_name_that_a_file_came_with_is_read(content: bytes) -> None:
    assert named(content, "RESTRICTED/NHS 943 476 5919.txt") == ["RESTRICTED/NHS 943 476 5919.txt", "RESTRICTED"]


@pytest.mark.parametrize(
    "begin", ["-----BEGIN PGP MESSAGE-----", "  -----BEGIN PGP MESSAGE-----", "-----BEGIN PKCS7-----"]
)
def test_an_armoured_message_is_a_gap_wherever_it_stands(begin: str) -> None:
    assert kinds(opened(f"See below\n\n{begin}\n\nabcd\n".encode(), "x.txt")) == {GapKind.ENCRYPTED}


@pytest.mark.parametrize(
    "comment", ["<!-- <!-- {} <b>", "<!-- a < {} > b -->", "<!-- <a {}> -->", "<!-- <p>{}</p> -->"]
)
def test_words_that_look_like_a_tag_in_a_comment_are_read(comment: str) -> None:
    page = f"<html><body>hello{comment.format('943 476 5919')}"
    assert "943 476 5919" in texts(opened(page.encode(), "p.html"), Where.HIDDEN)
