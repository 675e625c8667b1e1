from __future__ import annotations

import struct
import zlib

import pytest

from gateway.model.inspection import GapKind, Where
from gateway.testing.canaries import CanaryDocument
from gateway.testing.canaries.legacy import documents
from tests.unit.extract.legacy import atom, compound, container, presentation, segments
from tests.unit.extract.reading import kinds, opened, texts

DOCUMENT, SLIDE, NOTES, MASTER, LIST = 0x3E8, 0x3EE, 0x3F0, 0x3F8, 0xFF0


def text(words: str) -> bytes:
    return atom(0xFA0, words.encode("utf-16-le"))


def string(words: str, instance: int = 0) -> bytes:
    return atom(0xFBA, words.encode("utf-16-le"), instance)


def shown(flags: int) -> bytes:
    return atom(0x3F9, bytes(10) + struct.pack("<H", flags) + bytes(4))


@pytest.fixture(scope="module")
def canaries() -> CanaryDocument:
    return next(document for document in documents() if document.kind == "ppt")


def test_every_canary_comes_out(canaries: CanaryDocument) -> None:
    extraction = opened(canaries.data, canaries.name)
    missing = [canary.place for canary in canaries.missing(texts(extraction))]
    assert [place for place in missing if place != "picture"] == []
    assert len(canaries.canaries) >= 23
    assert kinds(extraction) <= {GapKind.IMAGE_NOT_READ}  # the picture, where there is no reader


@pytest.mark.parametrize(
    ("place", "where"),
    [
        ("title", Where.BODY),
        ("text box", Where.BODY),
        ("table cell", Where.BODY),
        ("text in a group", Where.BODY),
        ("text beyond the slide", Where.BODY),
        ("word art", Where.TEXTBOX),
        ("notes", Where.NOTE),
        ("notes of a hidden slide", Where.NOTE),
        ("hidden slide", Where.HIDDEN),
        ("title of a hidden slide", Where.HIDDEN),
        ("comment", Where.COMMENT),
        ("author of a comment", Where.COMMENT),
        ("master", Where.HEADER),
        ("header of notes", Where.HEADER),
        ("footer", Where.FOOTER),
        ("target of a link", Where.HIDDEN),
        ("label: bjDocumentSecurityLabel", Where.LABEL),
        ("embedded workbook", Where.BODY),
    ],
)
def test_a_canary_is_where_it_stood(canaries: CanaryDocument, place: str, where: Where) -> None:
    word_there = next(canary.word for canary in canaries.canaries if canary.place == place)
    assert any(word_there in text for text in segments(canaries.data, where))


def test_runs_and_links_leave_an_identifier_whole(canaries: CanaryDocument) -> None:
    body = texts(opened(canaries.data), Where.BODY)
    assert "split 9434765919 end" in body
    assert "link 9434765920 end" in body


def test_narrow_and_wide_text_and_its_lines() -> None:
    data = presentation(container(SLIDE, text("one\rtwo\x0bthree \u0416"), atom(0xFA8, b"caf\xe9 943 476 5919")))
    assert segments(data, Where.BODY) == ["one\ntwo\nthree \u0416\ncaf\u00e9 943 476 5919"]
    assert opened(data).gaps == ()


def test_notes_masters_and_headers_stand_apart() -> None:
    edges = container(0xFD9, string("DATE", 0), string("HEAD", 1), string("FOOT", 2))
    data = presentation(container(NOTES, text("NOTE")), container(MASTER, text("MASTER")), container(DOCUMENT, edges))
    assert segments(data, Where.NOTE) == ["NOTE"]
    assert segments(data, Where.HEADER) == ["MASTER", "DATE\nHEAD"]
    assert segments(data, Where.FOOTER) == ["FOOT"]


@pytest.mark.parametrize(("flags", "where"), [(4, Where.HIDDEN), (0, Where.BODY), (0xB, Where.BODY)])
def test_a_slide_that_is_not_shown_is_hidden(flags: int, where: Where) -> None:
    assert segments(presentation(container(SLIDE, shown(flags), text("SLIDE"))), where) == ["SLIDE"]


def edited(*versions: bytes, listed: bytes = b"") -> bytes:
    """Return a presentation of versions of slide 1, each saved by an edit that adds to the one before."""
    stream, before, user = listed, 0, bytes(40)
    for version in versions:
        start = len(stream)
        stream += version
        directory = len(stream)
        stream += atom(0x1772, struct.pack("<LL", 1 << 20 | 1, start))
        edit = len(stream)
        stream += atom(0xFF5, struct.pack("<LLLLLLL", 0, 0, before, directory, 1, 1, 0))
        before, user = edit, struct.pack("<16xL20x", edit)
    return compound({"PowerPoint Document": stream, "Current User": user})


def test_what_a_later_edit_replaced_is_hidden() -> None:
    data = edited(container(SLIDE, text("OLD")), container(SLIDE, text("NEW")))
    assert segments(data, Where.BODY) == ["NEW"]
    assert segments(data, Where.HIDDEN, "old version") == ["OLD"]


def test_a_chain_of_edits_that_goes_round_is_not_believed() -> None:
    edit = atom(0xFF5, struct.pack("<LLLLLLL", 0, 0, 0, 0, 1, 1, 0))
    data = compound(
        {"PowerPoint Document": container(SLIDE, text("TEXT")) + edit, "Current User": struct.pack("<16xL20x", 22)}
    )
    assert "TEXT" in texts(opened(data))


def test_texts_listed_for_a_hidden_slide_are_hidden() -> None:
    slide = container(SLIDE, shown(4))
    listed = container(DOCUMENT, container(LIST, atom(0x3F3, struct.pack("<LLLLL", 1, 0, 0, 256, 0)), text("LISTED")))
    stream = slide + listed
    directory = len(stream)
    stream += atom(0x1772, struct.pack("<LLL", 2 << 20 | 1, 0, len(slide)))
    edit = len(stream)
    stream += atom(0xFF5, struct.pack("<LLLLLLL", 0, 0, 0, directory, 2, 2, 0))
    data = compound({"PowerPoint Document": stream, "Current User": struct.pack("<16xL20x", edit)})
    assert segments(data, Where.HIDDEN, "slide") == ["LISTED"]


def test_comments_within_tags_are_comments() -> None:
    comment = container(0x2EE0, string("AUTHOR"), string("WORDS", 1), string("IN", 2), atom(0x2EE1, bytes(28)))
    tags = container(0x1388, container(0x138A, string("___PPT10"), atom(0x138B, comment)))
    assert segments(presentation(container(SLIDE, tags)), Where.COMMENT) == ["AUTHOR\nWORDS\nIN"]


@pytest.mark.parametrize("packed", [True, False])
def test_an_embedded_object_is_opened(packed: bool) -> None:  # noqa: FBT001 - a parameter of the test
    inner = compound(
        {"\1Ole10Native": bytes(4) + b"\2\0L\0N.txt\0\0\0\3\0\2\0\0\0P\0" + struct.pack("<L", 8) + b"EMBEDDED"}
    )
    content = struct.pack("<L", len(inner)) + zlib.compress(inner) if packed else inner
    extraction = opened(presentation(atom(0x1011, content, int(packed))))
    assert "EMBEDDED" in texts(extraction, Where.BODY)
    assert extraction.gaps == ()


def test_an_object_that_will_not_unpack_is_a_gap() -> None:
    whole = zlib.compress(compound({"a": b"x" * 5000}))
    for content in (b"\0\0\1\0 no zlib", struct.pack("<L", 9999) + whole[:-20]):
        assert GapKind.CORRUPT in kinds(opened(presentation(atom(0x1011, content, 1))))


def test_a_record_that_is_cut_short_is_a_gap() -> None:
    stream = container(SLIDE, text("943 476 5919 " * 40))
    extraction = opened(compound({"PowerPoint Document": stream[:-100], "Current User": bytes(40)}))
    assert kinds(extraction) == {GapKind.CORRUPT}
    assert "943 476 5919" in texts(extraction)


def test_pictures_of_no_known_kind_are_a_gap() -> None:
    assert kinds(opened(presentation(container(SLIDE), streams={"Pictures": b"\x99" * 5000}))) == {
        GapKind.IMAGE_NOT_READ
    }
