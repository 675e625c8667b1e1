"""RTF as malware writes it, and as a fuzzer does: nothing hides, nothing runs away."""

from __future__ import annotations

import random
import time

import pytest

from gateway.extract import Limits
from gateway.extract.formats.rtf.extractor import RtfExtractor
from gateway.model.inspection import GapKind, Where
from gateway.testing.canaries.rich_text import documents, ole1, package
from tests.unit.extract.reading import kinds, opened, texts

NUMBER = "9434765919"
OBJECT = ole1("Package", package("a.txt", "a.txt", b"the hidden file")).hex()
PICTURE = bytes.fromhex("89504e470d0a1a0a").hex()


def rtf(body: str) -> bytes:
    return (r"{\rtf1\ansi " + body + "}").encode("latin-1")


def pieces(between: str) -> str:
    """Return the object's digits with something between every ten."""
    return between.join(OBJECT[at : at + 10] for at in range(0, len(OBJECT), 10))


@pytest.mark.parametrize(
    "data",
    [
        rf"{{\object{{\*\objdata {OBJECT}}}}}",
        rf"{{\object\objdata {OBJECT}}}",
        rf"{{\*\objdata {OBJECT.upper()}}}",
        rf"{{\*\objdata {pieces(' ')}}}",
        rf"{{\*\objdata {pieces(chr(13) + chr(10))}}}",
        rf"{{\*\objdata {pieces(chr(9) + chr(0) + '!')}}}",
        rf"{{\*\objdata {pieces(chr(92) + 'par ')}}}",
        rf"{{\*\objdata {pieces(chr(92) + 'unheard-7 ')}}}",
        rf"{{\*\objdata {pieces(chr(92) + 'v ')}}}",
        rf"{{\*\objdata {pieces(chr(92) + 'u48 ')}}}",
        rf"{{\*\objdata {pieces('{' + chr(92) + '*' + chr(92) + 'junk 0102}')}}}",
        rf"{{\*\objdata {pieces('{}')}}}",
        rf"{{\*\objdata {pieces('{{{}}}')}}}",
        rf"{{\*\objdata {pieces(chr(92) + chr(39) + '41')}}}",
        rf"{{\*\objdata {OBJECT}",
        rf"{{\*\objdata{chr(10)}{OBJECT}}}",
        rf"{{\*\objdata\bin0 {OBJECT}}}",
        rf"{{\*\objdata {OBJECT}\footnote text}}",
        rf"{{\fonttbl{{\object{{\*\objdata {OBJECT}}}}}}}",
        rf"{{\info{{\title {{\*\objdata {OBJECT}}}}}}}",
        rf"\objdata {OBJECT}",
    ],
)
def test_an_object_is_opened_whatever_stands_among_its_digits(data: str) -> None:
    assert "the hidden file" in texts(opened(rtf(data)))


def test_bytes_written_another_way_among_the_digits_are_read_both_ways() -> None:
    at = OBJECT.index(b"the hidden file".hex())
    data = OBJECT[:at] + "\\'" + OBJECT[at : at + 2] + OBJECT[at + 2 :]
    assert "the hidden file" in texts(opened(rtf(rf"{{\*\objdata {data}}}")))


def test_an_object_whose_header_lies_is_looked_for_and_handed_on() -> None:
    extraction = opened(rtf(r"{\*\objdata 00ffee" + (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)).hex() + "}"))
    assert extraction.parts[1].media_type == "application/x-ole-storage"
    assert extraction.gaps


def test_digits_that_are_no_object_are_a_gap() -> None:
    assert opened(rtf(r"{\*\objdata 0102ff8899aabbccddeeff00" + "f3c1" * 400 + "}")).gaps


@pytest.mark.parametrize("depth", [100, 20_000, 300_000])
def test_braces_without_end_hide_nothing(depth: int) -> None:
    extraction = opened(rtf("{" * depth + rf"943{{\b 476}}5919{{\*\annotation {NUMBER}}}" + "}" * depth + NUMBER))
    assert extraction.gaps == ()
    assert texts(extraction, Where.BODY).count(NUMBER) == 2
    assert NUMBER in texts(extraction, Where.COMMENT)


@pytest.mark.parametrize("end", ["", "{", "{{{", r"{\*\annotation ", r"{\pict\pngblip ", "\\", r"\'", r"\'f", r"\u"])
def test_what_a_file_leaves_open_is_read(end: str) -> None:
    assert NUMBER in texts(opened(rf"{{\rtf1\ansi {NUMBER}{end}".encode()))


@pytest.mark.parametrize(
    "data",
    [
        rf"{{\rtf1 a}}{NUMBER}",
        rf"{{\rtf1 a}}}}}}{NUMBER}",
        r"{\rtf1 a}{\rtf1 943{\b 476}5919}",
        rf"{{\rtf1 a}}{{\*\objdata 00}}{{\rtf1 {NUMBER}}}",
        rf"{{\rt {NUMBER}}}",
        rf"{{\rtxa {NUMBER}}}",
    ],
)
def test_what_stands_outside_the_document_is_read(data: str) -> None:
    assert NUMBER in texts(opened(data.encode()))


def test_bytes_behind_the_last_brace_are_a_gap() -> None:
    assert opened(rtf("a") + bytes(range(256)) * 40).gaps
    assert opened(rtf("a") + b"\r\n\0\0\x1a").gaps == ()


@pytest.mark.parametrize("size", ["9999999999", "4294967295", "-5", "0", "00000000000000000003", "9" * 5000])
def test_a_length_of_binary_data_that_cannot_be_hides_nothing(size: str) -> None:
    extraction = opened(rtf(rf"{{\pict\pngblip\bin{size} abc}}{NUMBER}"))
    assert NUMBER in texts(extraction) or extraction.gaps
    assert NUMBER in texts(opened(rtf(rf"\bin{size} {NUMBER}")))


def test_binary_data_outside_pictures_is_opened() -> None:
    assert NUMBER in texts(opened(rtf(rf"\bin{len(NUMBER) + 6} text {NUMBER} {{\b after}}")))


@pytest.mark.parametrize(
    "hidden",
    [
        rf"{{\fonttbl{{\f5\fnil {NUMBER};}}}}",
        rf"{{\stylesheet{{\s9 {NUMBER};}}}}",
        rf"{{\colortbl;\red0 {NUMBER};}}",
        rf"{{\*\panose {NUMBER}8}}",
        rf"{{\*\atndate {NUMBER} words}}",
        rf"{{\*\levelnumbers {NUMBER} words;}}",
        rf"{{\*\rsidtbl {NUMBER}}}",
        rf"{{\*\pgptbl {NUMBER}}}",
        rf"{{\info{{\creatim {NUMBER}}}}}",
        rf"{{\uc20\u65 {NUMBER}}}",
        rf"\unheard{NUMBER} ",
        rf"{{\*\{'a' * 40}{NUMBER} x}}",
        rf"{{\sp{{\sn lidRegroup}}{{\sv {NUMBER}}}}}",
        rf"{{\*\datafield {('x' + NUMBER).encode().hex()}}}",
        rf"{{\*\colorschememapping {f'<a:clrMap a={chr(34)}{NUMBER} x{chr(34)}/>'.encode().hex()}}}",
        rf"{{\nonesttables {NUMBER}}}",
        rf"{{\*\htmltag {NUMBER}}}",
        rf"{{\*\passwordhash {NUMBER} words}}",
    ],
)
def test_places_that_usually_hold_no_words_are_read(hidden: str) -> None:
    assert NUMBER in texts(opened(rtf(f"a{hidden}b")))


def test_many_different_control_words_take_little_time() -> None:
    words = "".join(rf"\w{chr(97 + at % 26)}{at}" for at in range(200_000))
    begun = time.process_time()
    assert NUMBER in texts(opened(rtf(f"{words} {NUMBER}")))
    assert time.process_time() - begun < 5


@pytest.mark.parametrize(
    "piece", ["{}", r"\u65 ", r"\'41", r"{\v a}", r"{\footnote a}", r"\b", "\\\\", r"{\*\bkmkstart a}"]
)
def test_no_construct_takes_more_than_its_share_of_time(piece: str) -> None:
    begun = time.process_time()
    opened(rtf(piece * (600_000 // len(piece)) + NUMBER))
    assert time.process_time() - begun < 5


def test_pictures_are_handed_on_one_by_one() -> None:
    body = rf"{{\pict\pngblip {PICTURE}}}" * 3
    found = RtfExtractor().open(rtf(body + "end"), Limits())
    names = [getattr(each, "name", "") for each in found]
    assert names[:3] == ["picture-1.png", "picture-2.png", "picture-3.png"]


def test_mutants_give_text_or_a_gap() -> None:
    (document,) = documents()
    chance = random.Random(2026)  # noqa: S311 - damage, not secrets
    for _ in range(120):
        data = bytearray(document.data)
        for _ in range(chance.randint(1, 12)):
            at = chance.randrange(len(data))
            data[at : at + chance.randint(0, 30)] = chance.choice(
                (
                    b"{",
                    b"}",
                    b"\\",
                    b"\\'",
                    b"\\bin9 ",
                    b"\\*",
                    b"\\u-1",
                    b"\\objdata ",
                    b"\\uc9999 ",
                    bytes([chance.randrange(256)]),
                )
            )
        extraction = opened(bytes(data), "a.rtf")
        assert GapKind.CRASHED not in kinds(extraction)
        assert not {gap.detail for gap in extraction.gaps} & {"TypeError", "KeyError", "IndexError", "AttributeError"}
        assert extraction.gaps or texts(extraction)


def test_a_document_that_never_ends_is_a_gap() -> None:
    assert opened(rb"{\rt", "x.rtf").gaps
