r"""Calendars and address cards: folds, escapes, encodings, and files within (RFC 5545, RFC 6350)."""

from __future__ import annotations

import base64

import pytest

from gateway.model.inspection import GapKind, Segment, Where
from tests.unit.extract.reading import kinds, opened, texts


def calendar(*lines: str) -> bytes:
    return "\r\n".join(["BEGIN:VCALENDAR", "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR", ""]).encode()


def card(*lines: str) -> bytes:
    return "\r\n".join(["BEGIN:VCARD", "VERSION:2.1", *lines, "END:VCARD", ""]).encode()


def named(data: bytes) -> dict[str, Segment]:
    return {segment.name: segment for segment in opened(data, "x").parts[0].segments}


@pytest.mark.parametrize("fold", ["\r\n ", "\r\n\t", "\n "])
@pytest.mark.parametrize("at", range(1, 12))
def test_a_fold_joins_wherever_it_stands(fold: str, at: int) -> None:
    number = "943 476 5919"
    extraction = opened(calendar(f"DESCRIPTION:NHS {number[:at]}{fold}{number[at:]}"), "x.ics")
    assert number in texts(extraction, Where.BODY)
    assert extraction.gaps == ()


def test_a_fold_between_two_bytes_of_a_letter_is_mended() -> None:
    data = calendar("SUMMARY:Café").replace("é".encode(), b"\xc3\r\n \xa9")
    assert "Caf" in named(data)["SUMMARY"].text


def test_escapes_are_undone_and_each_property_is_apart() -> None:
    found = named(calendar(r"SUMMARY:RESTRICTED\, Panel\; two", r"DESCRIPTION:one\nthree\\four", "LOCATION:Hall"))
    assert found["SUMMARY"].where is Where.SUBJECT
    assert found["SUMMARY"].text == "RESTRICTED, Panel; two"
    assert found["DESCRIPTION"].text == "one\nthree\\four"
    assert found["LOCATION"].where is Where.PROPERTY


def test_parameters_are_words_too() -> None:
    found = named(calendar("ATTENDEE;CN=\"Bloggs; Jo: ^'J^'\";RSVP=TRUE:mailto:jo@example.org"))
    assert found["ATTENDEE CN"].text == 'Bloggs; Jo: "J"'
    assert found["ATTENDEE"].text == "mailto:jo@example.org"


def test_a_label_is_a_label() -> None:
    assert named(calendar("X-PROTECTIVE-MARKING:SEC=PROTECTED"))["X-PROTECTIVE-MARKING"].where is Where.LABEL


def test_a_property_of_its_own_keeps_its_name_beside_its_value() -> None:
    assert "NHS NUMBER: 9434765919" in texts(opened(card("X-NHS-NUMBER:9434765919"), "x.vcf"))


def test_quoted_printable_has_folds_of_its_own_and_no_other_value_has_them() -> None:
    lines = ("NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:caf=C3=A9 943=", " 476=205919", "KEY:YQ=", "NOTE:x")
    everything = texts(opened(card(*lines), "x.vcf"))
    assert "café 943 476 5919" in everything
    assert "YQ=\n" in everything


@pytest.mark.parametrize("head", ["PHOTO;ENCODING=b;TYPE=TXT:", "PHOTO;BASE64:", "PHOTO:data:text/plain;base64,"])
def test_a_file_within_is_opened(head: str) -> None:
    inside = base64.b64encode(b"NHS number 943 476 5919").decode()
    extraction = opened(card(f"{head}{inside[:10]}\r\n {inside[10:]}"), "x.vcf")
    assert "943 476 5919" in texts(extraction, Where.BODY)
    assert extraction.gaps == ()


def test_a_file_that_will_not_decode_is_a_gap() -> None:
    assert kinds(opened(card("PHOTO;ENCODING=b:A"), "x.vcf")) == {GapKind.CORRUPT}


def test_a_line_that_is_none_is_read_all_the_same() -> None:
    assert "no colon RESTRICTED" in texts(opened(calendar("no colon RESTRICTED"), "x.ics"))


def test_html_in_a_calendar_is_read_as_html() -> None:
    data = calendar("X-ALT-DESC;FMTTYPE=text/html:<p>943 <b>476</b> 5919</p>")
    assert "943 476 5919" in texts(opened(data, "x.ics"), Where.BODY)
