"""Law 3: what was not inspected is a gap. No content makes extract raise, and no limit is passed in silence."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable, Iterable

import pikepdf
from hypothesis import given
from hypothesis import strategies as st

from gateway.extract import Extraction, Inner, Limits
from gateway.extract.decoding import decode
from gateway.extract.walk import extract
from gateway.model.inspection import Gap, GapKind, Segment, Where
from gateway.testing.sealed import sealed
from tests.unit.extract.reading import archive, office, opened, texts

TROUBLES = [ValueError, MemoryError, RecursionError, KeyboardInterrupt, SystemExit, GeneratorExit, BaseException]
TREES = st.recursive(
    st.text("ab \n", max_size=20).map(str.encode),
    lambda inner: st.lists(inner, max_size=3).map(lambda parts: archive({f"{n}.x": p for n, p in enumerate(parts)})),
    max_leaves=12,
)
LIMITS = st.builds(
    Limits,
    depth=st.integers(0, 3),
    parts=st.integers(1, 8),
    part_size=st.integers(1, 800),
    total_size=st.integers(1, 800),
    text_size=st.integers(0, 60),
)
Box = Callable[[bytes], bytes]
CANARY = b"canary 943 476 5919 canary"
CANARIES = (CANARY, b"\xef\xbb\xbf" + CANARY, (CANARY.decode() + "\n").encode("utf-16"), b"<p>" + CANARY + b"</p>")
PRINTED = re.compile(rb"[A-Za-z0-9 ,.]{8,}")
PIECES = (
    b"From: a@b\r\n", b"Subject: x\r\n", b"Content-Type: text/plain\r\n", b"Content-Type : multipart/mixed\r\n",
    b"Content-Type: multipart/mixed; boundary=b\r\n", b"Content-Transfer-Encoding: base64\r\n", b"\r\n", b"\n--b\r\n",
    b"\n--b--\r\n", b"\r\n--bc\r\n", b"charset=utf-16", b"<meta charset=cp037>", b"<html><body>", b"<!--", b"-->",
    b"<script>", b"<template>", b"</p>", b"<![CDATA[", b"\xff\xfe", b"\xfe\xff", b"\0\0", b"a\0b\0c\0d\0", b"PK\3\4",
    b"%PDF-1.4\n", b"\x1f\x8b", b"{\\rtf", b"<?xml version='1.0'?>", b"BEGIN:VCARD\n", b"{", b"From a@b\n", b"\x1b$B",
    b"Content-Type: text/plain; charset=utf-7\r\n", b"Content-Transfer-Encoding: quoted-printable\r\n", b"a,b,c\n",
)  # fmt: skip
TOP = b"From: a@b\r\nSubject: x\r\nMIME-Version: 1.0\r\n"


def attached(data: bytes) -> bytes:
    """Return a message with data as a file in base64."""
    head = b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return (
        TOP
        + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
        + head
        + base64.encodebytes(data)
        + b"--b--\r\n"
    )


def quoted(data: bytes) -> bytes:
    """Return a message with data as a file in quoted-printable."""
    head = b'Content-Type: application/x-any; name="a"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
    return TOP + head + "".join(f"={byte:02X}=\r\n" for byte in data).encode()


def in_page(data: bytes) -> bytes:
    """Return a page with data in an address."""
    return b'<html><body><a href="data:;base64,' + base64.b64encode(data) + b'">x</a></body></html>'


def embedded(data: bytes) -> bytes:
    """Return a document with data embedded."""
    return office("docx", {"word/document.xml": "<a>x</a>", "word/embeddings/x.bin": data})


def in_pdf(data: bytes) -> bytes:
    """Return a PDF with data attached."""
    target = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        document.attachments["a"] = data
        document.save(target, deterministic_id=True)
    return target.getvalue()


CHECKED: tuple[Box, ...] = (  # their content carries a checksum, so damage shows
    embedded, lambda data: archive({"a/b": data}), lambda data: archive({"mimetype": data})
)  # fmt: skip
WRAPPERS = (attached, quoted, in_page, in_pdf, *CHECKED)


class Failing:
    """An extractor that yields some of its findings, then raises."""

    name = "failing"
    media_types = frozenset({"text/plain", "application/zip"})

    def __init__(self, trouble: type[BaseException]) -> None:
        self.trouble = trouble

    def open(self, data: bytes, limits: Limits) -> Iterable[Segment | Inner | Gap]:
        del limits
        yield Segment(where=Where.BODY, text="some")
        raise self.trouble(data)


@given(st.sampled_from(TROUBLES), TREES)
def test_an_extractor_that_raises_always_leaves_a_gap(trouble: type[BaseException], data: bytes) -> None:
    with sealed():
        extraction = extract("a", data, Limits(), [Failing(trouble)])
    assert bool(extraction.gaps) is bool(data)
    assert all(str(data) not in gap.detail for gap in extraction.gaps)


@given(TREES, LIMITS)
def test_less_room_never_means_fewer_gaps_and_never_silence(data: bytes, limits: Limits) -> None:
    whole, narrow = opened(data), opened(data, limits=limits)
    assert whole.gaps == ()
    if _content(narrow) != _content(whole):
        assert narrow.gaps
        named = {"depth", "parts", "part_size", "total_size", "text_size"}
        assert {gap.detail for gap in narrow.gaps} <= named


@given(TREES, LIMITS)
def test_the_limits_hold(data: bytes, limits: Limits) -> None:
    narrow = opened(data, limits=limits)
    assert len(narrow.parts) <= limits.parts
    assert sum(len(segment.text) for part in narrow.parts for segment in part.segments) <= limits.text_size
    assert all(part.part.count("/") <= 2 * limits.depth for part in narrow.parts)


@given(st.binary(max_size=600))
def test_content_never_raises_and_is_read_or_a_gap(data: bytes) -> None:
    extraction = opened(data)
    read = " ".join(texts(extraction).split())
    missed = [run for run in PRINTED.findall(data) if " ".join(run.decode().split()) not in read]
    assert extraction.gaps or not missed
    assert extraction.gaps or read or not decode(data).split()


@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=6), max_size=12), st.integers(0, 12))
def test_a_canary_among_anything_is_found_or_there_is_a_gap(pieces: list[bytes], at: int) -> None:
    data = b"".join([*pieces[:at], b"\n\n" + CANARY + b"\n", *pieces[at:]])
    extraction = opened(data)
    assert extraction.gaps or CANARY.decode() in texts(extraction)


@given(st.lists(st.sampled_from(WRAPPERS), max_size=5), st.sampled_from(CANARIES))
def test_a_canary_in_valid_containers_is_found_without_a_gap(boxes: list[Box], canary: bytes) -> None:
    data = canary
    for box in boxes:
        data = box(data)
    extraction = opened(data)
    assert CANARY.decode() in texts(extraction)
    if in_pdf not in boxes:  # a PDF with an archive visible inside it is a polyglot, whose other half will not parse
        assert extraction.gaps == ()


@given(st.sampled_from(CHECKED), st.sampled_from(CHECKED), st.data())
def test_a_canary_in_a_damaged_archive_is_found_or_there_is_a_gap(outer: Box, inner: Box, draw: st.DataObject) -> None:
    whole = bytearray(outer(inner(CANARY)))
    at = draw.draw(st.integers(0, len(whole) - 1))
    whole[at] = draw.draw(st.integers(0, 255))
    extraction = opened(bytes(whole))
    assert extraction.gaps or CANARY.decode() in texts(extraction)


def test_nothing_to_open_it_with_is_a_gap() -> None:
    extraction = extract("a", b"text", Limits(), [])
    assert [gap.kind for gap in extraction.gaps] == [GapKind.UNSUPPORTED]


def _content(extraction: Extraction) -> list[tuple[str, str]]:
    return [(part.sha256, segment.text) for part in extraction.parts for segment in part.segments]
