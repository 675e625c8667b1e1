"""Whatever is read as the value that was found is hidden, however it is written; or nothing goes."""

from __future__ import annotations

import csv
import email
import email.policy
import html
import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import NotSealed
from gateway.model.inspection import COUNTS_FROM, Where
from gateway.protect.content import whole
from gateway.protect.html_text import shown
from gateway.protect.redaction import redacted, refuse_found_again
from gateway.protect.sources import as_page, as_table, as_text
from gateway.protect.spellings import squeezed
from tests.unit.protect.findings import MASK, finding, inspected, inspection, plain

NUMBER: Final = "943 476 5919"
HEAD: Final = "From: a@council.example\r\nTo: b@partner.example\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: "


def referred(text: str) -> str:
    """Return a text with character references for whatever is beyond ASCII."""
    return "".join(char if char.isascii() else f"&#{ord(char)};" for char in text)


def mail(kind: str, body: str, charset: str = "utf-8") -> bytes:
    head = f"{HEAD}{kind}; charset={charset}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    return head.encode() + f"{body}\r\n".encode(charset)


FORMS: Final[Sequence[tuple[str, Callable[[str], bytes]]]] = (
    ("a.txt", lambda line: f"{line}\r\n".encode()),
    ("a.csv", lambda line: f'What,Which\r\n"{line}",other\r\n'.encode()),
    ("a.eml", lambda line: mail("text/plain", line)),
    ("a.eml", lambda line: mail("text/html", f"<html><body><p>{line}</p><p>Yours</p></body></html>")),
    ("a.eml", lambda line: mail("text/html", f"<p>{referred(line)}</p>", "us-ascii")),
)
"""Names and contents of what can be redacted."""
IDS: Final = ("text", "table", "mail", "page", "references")


def hidden(name: str, content: bytes) -> bytes:
    """Return what the house finds in some content, hidden, and shown to be."""
    message = name.endswith(".eml")
    seen = inspected(name, content)
    (done,) = redacted([plain(name, content)], message=message, inspection=seen, mask=MASK, pseudonyms=False)
    refuse_found_again([done], inspected, MASK, message=message)
    return whole(done.content)


def read(name: str, content: bytes) -> str:
    """Return what a reader is shown."""
    if not name.endswith(".eml"):
        return content.decode()
    message = email.message_from_bytes(content, policy=email.policy.default)
    text = message.get_content()
    return shown(text) if message.get_content_subtype() == "html" else text


@pytest.mark.parametrize(("name", "form"), FORMS, ids=IDS)
@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("NHS number: 943\u00a0476\u00a05919", NUMBER),
        ("NHS number: \uff19\uff14\uff13 476 5919", NUMBER),
        ("NHS number: 943\u00ad 476 59\u00ad19", NUMBER),
        ("NHS number: 943\u2011476\u20135919", NUMBER),
        ("NHS number: \u0669\u0664\u0663 476 5919", NUMBER),
        ("nhs NUMBER: 943\u2009476\u202f5919", NUMBER),
        ("Patient name: Siobhan O\u2019Brien", "Siobhan O'Brien"),
        ("Patient name: Si\u00adobhan O\u02bcBrien", "Siobhan O'Brien"),
        ("Patient name: Zoe\u0301 Pugh", "Zo\u00e9 Pugh"),
        ("Patient name: Blodwen\u00a0Pugh", "Blodwen Pugh"),
        ("Patient name: \uff22lodwen Pugh", "Blodwen Pugh"),
        ("DOB: 12\u201103\u20111984", "12-03-1984"),
        ("Address: 5 St John\u2019s Road, Reading RG1\u00a01AA", "RG1 1AA"),
        # the same again, where nothing says what it is
        ("NHS number: 943 476 5919; call 943\u00b7476\u00b75919 and 9 4 3 4 7 6 5 9 1 9", NUMBER),
        ("Patient name: Blodwen Pugh; so BLODWEN  PUGH and blodwen\u00a0pugh said", "Blodwen Pugh"),
        ("Patient name: Siobhan O\u2019Brien; so Siobhan O'Brien said", "Siobhan O'Brien"),
        ("Patient name: Ann Lee; so ANN LEE said", "Ann Lee"),
    ],
)
def test_what_is_read_as_the_value_is_hidden_in_whatever_can_be_redacted(
    name: str, form: Callable[[str], bytes], line: str, value: str
) -> None:
    content = form(line)
    assert [each for each in inspected(name, content).findings if each.where is Where.BODY]
    done = read(name, hidden(name, content))
    assert squeezed(value) not in squeezed(done)
    assert squeezed(line.partition(":")[0]) in squeezed(done)
    if line.endswith("said"):
        assert "said" in done


@pytest.mark.parametrize(
    "number",
    [
        "943&nbsp;476&nbsp;5919", "943&nbsp476&nbsp5919", "943&#160;476&#xa0;5919", "943 4&shy;76 5919",
        "&#57;43 476 591&#57;", "&#65305;43 476 5919", "<b>943</b> 476 5919", "943<wbr> 476<span> 5919</span>",
        "943\n476 5919", "<i>943&nbsp;</i>476<!-- - --> 5919",
    ],
)  # fmt: skip
def test_on_a_page_references_and_tags_within_a_value_do_not_count(number: str) -> None:
    content = mail("text/html", f"<p>Dear &amp; you</p><p>NHS number: {number}. Yours</p><p>&lt;end&gt;</p>")
    done = hidden("a.eml", content).decode()
    assert shown(done.partition("\r\n\r\n")[2]) == (
        "Dear & you NHS number: 94\u2022 \u2022\u2022\u2022 \u2022\u202219. Yours <end>"
    )
    assert "&amp;" in done
    assert "&lt;end&gt;" in done


def test_what_is_written_instead_fits_into_a_page_and_a_table() -> None:
    page = mail("text/html", "<p>At 1 &lt;High&gt; Street, Ann &amp; Lee</p>")
    value = "1 <High> Street, Ann & Lee"
    found = finding(value, value, entity="UK_ADDRESS", part="a.eml/1/body.html")
    (done,) = redacted([plain("a.eml", page)], message=True, inspection=inspection(found), mask=MASK, pseudonyms=False)
    assert f"<p>At {html.escape(MASK('UK_ADDRESS', value))}</p>" in whole(done.content).decode()
    row = "name,1 High\uff0c Street\uff1b Rea\uff02ding,last\r\n"
    normal = '1 High, Street; Rea"ding'
    there = row.split(",")[1]
    seen = replace(finding(row, there, entity="UK_ADDRESS", part="a.csv"), masked=MASK("UK_ADDRESS", normal))
    (done,) = redacted([plain("a.csv", row.encode())], message=False, inspection=inspection(seen), mask=MASK,
                       pseudonyms=False)  # fmt: skip
    ((first, middle, last),) = csv.reader(io.StringIO(whole(done.content).decode()))
    assert (first, last) == ("name", "last")
    assert "High" not in middle


def test_what_a_character_set_has_no_letter_for_is_written_without_it() -> None:
    value = "\u00b5g 12345 \u00b5g"  # whose normal form is Greek
    content = mail("text/plain", f"Ref {value} end", "iso-8859-1")
    seen = replace(finding(f"Ref {value} end", value, entity="REF", part="a.eml", segment=1),
                   masked=MASK("REF", "\u03bcg 12345 \u03bcg"))  # fmt: skip
    (done,) = redacted([plain("a.eml", content)], message=True, inspection=inspection(seen), mask=MASK,
                       pseudonyms=False)  # fmt: skip
    assert b"12345" not in whole(done.content)
    assert b" end" in whole(done.content)


def test_a_name_beside_an_address_is_known_however_it_is_written() -> None:
    content = mail("text/plain", "hello").replace(b"a@council.example", b"=?utf-8?q?Sam_O=E2=80=99Neil?= <a@b.example>")
    sender = replace(
        finding("Sam O'Neil", "Sam O'Neil", part="a.eml", where=Where.MAIL_HEADER, entity="PERSON_NAME"), end=10
    )
    (done,) = redacted([plain("a.eml", content)], message=True, inspection=inspection(sender), mask=MASK,
                       pseudonyms=False)  # fmt: skip
    assert whole(done.content) == content


def test_a_value_of_one_text_of_a_mail_is_hidden_in_the_others() -> None:
    both = (
        f"{HEAD}multipart/alternative; boundary=b1\r\n\r\n--b1\r\nContent-Type: text/plain\r\n\r\n"
        f"Patient name: Blodwen Pugh\r\nNHS number: {NUMBER}\r\n--b1\r\nContent-Type: text/html\r\n\r\n"
        f"<p>Of <b>Blodwen</b> Pugh</p><p>NHS number: {NUMBER}</p>\r\n--b1--\r\n"
    ).encode()
    done = hidden("a.eml", both).decode()
    assert "Blodwen" not in done
    assert "<p>Of <b>[PERSON_NAME]</b></p>" in done


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", f"NHS number: {NUMBER} x?n=943%20476%205919\r\n".encode()),
        ("a.eml", mail("text/html", f"<p title='9434765919'>NHS number: {NUMBER}</p>")),
        ("a.eml", mail("text/html", f"<p>NHS number: {NUMBER}</p><!-- {NUMBER} -->")),
    ],
)
def test_what_stands_where_nothing_can_be_hidden_keeps_it_back(name: str, content: bytes) -> None:
    with pytest.raises(NotSealed, match=r"elsewhere|at its place|reached"):
        hidden(name, content)


DIGITS: Final = st.sampled_from([0x30, 0x30, 0xFF10, 0x0660, 0x1D7CE])  # where the zero of some scripts stands
GAPS: Final = st.sampled_from([" ", "-", "", "\u00a0", "\u2009", "\u2011", "\u2013", "\u00ad", " \u200b", "\u00ad-"])
LETTERS: Final[st.SearchStrategy[Callable[[str], str]]] = st.sampled_from(
    [str, str, str.upper, "\u200b{}".format, lambda char: chr(ord(char) + 0xFEE0)]
)


@st.composite
def numbers(draw: st.DrawFn) -> str:
    digits = [chr(draw(DIGITS) + int(each)) for each in "9434765919"]
    return "".join([*digits[:3], draw(GAPS), *digits[3:6], draw(GAPS), *digits[6:]])


@st.composite
def names(draw: st.DrawFn) -> str:
    words = ["".join(draw(LETTERS)(char) for char in word) for word in ("Blodwen", "Pugh")]
    return draw(st.sampled_from([" ", "\u00a0", "  ", " \u00ad"])).join(words)


@given(numbers(), numbers(), names(), names(), st.sampled_from(FORMS))
def test_what_was_hidden_is_not_found_when_it_is_read_again(
    first: str, second: str, name: str, other: str, form: tuple[str, Callable[[str], bytes]]
) -> None:
    title, made = form
    content = made(f"NHS number: {first}; Patient name: {name}; and {second} or {other} there")
    seen = {each.entity for each in inspected(title, content).findings if each.confidence >= COUNTS_FROM}
    done = hidden(title, content)
    after = read(title, done)
    left = {each.entity for each in inspected(title, done).findings if each.confidence >= COUNTS_FROM}
    assert left.isdisjoint(seen)
    if "NHS_NUMBER" in seen:
        assert "9434765919" not in squeezed(after)
    if "PERSON_NAME" in seen:
        assert "blodwenpugh" not in squeezed(after)
    assert "there" in after


@given(st.text("a<>&;#6nbsp \u00e9\"',\r\n", max_size=60), st.data())
def test_what_is_read_is_led_back_to_where_it_is_written(written: str, data: st.DataObject) -> None:
    try:
        read_as = [as_text(written), as_page(written), as_table(written, ",")]
    except NotSealed:
        return  # no page that can be followed
    for source in filter(None, read_as):
        if not source.text:
            continue
        start = data.draw(st.integers(0, len(source.text) - 1))
        end = data.draw(st.integers(start + 1, len(source.text)))
        places = source.places(start, end)
        assert all(0 <= first < last <= len(written) for first, last in places)
        assert all(one[1] <= other[0] for one, other in pairwise(places))
        assert sorted(places) == list(places)
        whole_text = source.places(0, len(source.text))
        assert all(any(a <= first and last <= b for a, b in whole_text) for first, last in places)
