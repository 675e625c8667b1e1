"""What was found is hidden in the very bytes that go, or nothing goes."""

from __future__ import annotations

import csv
import email
import email.policy
import io
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import NotSealed
from gateway.extract.formats.text.tables import _rows as extracted_rows  # the oracle: what findings count places in
from gateway.model.inspection import Finding, Inspection, Where
from gateway.protect import Plain
from gateway.protect.content import whole
from gateway.protect.redaction import redacted
from gateway.protect.sources import as_table
from gateway.protect.spans import in_text, rewritten
from gateway.protect.spellings import form_of
from tests.unit.protect.findings import MASK, finding, gap, inspected, inspection, plain

NUMBER = "943 476 5919"
LETTER = "Dear Dr Grün,\r\nNHS number: 943 476 5919, seen on Monday.\r\nYours\r\n"
MAIL = (
    "From: Sam Staff <staff@council.example>\r\n"
    "To: Alice Friend <alice@partner.example>\r\n"
    "Subject: Your visit\r\n"
    "MIME-Version: 1.0\r\n"
    'Content-Type: multipart/alternative; boundary="b1"\r\n'
    "\r\n"
    "--b1\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n"
    "Content-Transfer-Encoding: 8bit\r\n"
    "\r\n"
    "D\u00e9j\u00e0 vu, Alice,\r\nNHS number: 943 476 5919.\r\nanswer to alice@partner.example\r\n"
    "--b1\r\n"
    "Content-Type: text/html; charset=utf-8\r\n"
    "Content-Transfer-Encoding: quoted-printable\r\n"
    "\r\n"
    "<html><body><p>D=C3=A9j=C3=A0 vu, Alice,</p><p>NHS number: 943=\r\n 476 5919.</p><p>answer to alice@partner.=\r\n"
    "example</p></body></html>\r\n"
    "--b1--\r\n"
).encode()


def redact(
    *parts: Plain, seen: Inspection | None, message: bool = False, pseudonyms: bool = False
) -> tuple[Plain, ...]:
    return redacted(parts, message=message, inspection=seen, mask=MASK, pseudonyms=pseudonyms)


def refused(said: str, *parts: Plain, seen: Inspection | None, message: bool = False) -> None:
    with pytest.raises(NotSealed, match=said) as trouble:
        redact(*parts, seen=seen, message=message)
    assert "secret-name" not in str(trouble.value), "names of files may say as much as the content"
    assert NUMBER not in str(trouble.value)


def texts(message: bytes) -> list[str]:
    parsed = email.message_from_bytes(message, policy=email.policy.default)
    return [part.get_content() for part in parsed.walk() if part.get_content_maintype() == "text"]


def test_a_text_file_is_masked_at_the_very_place() -> None:
    seen = inspection(finding(LETTER, NUMBER))
    (done,) = redact(plain("a.txt", LETTER.encode()), seen=seen)
    assert whole(done.content).decode() == LETTER.replace(NUMBER, MASK("NHS_NUMBER", NUMBER))
    assert done.name == "a.txt"


def test_a_byte_order_mark_stays_and_does_not_count() -> None:
    (done,) = redact(plain("a.txt", LETTER.encode("utf-8-sig")), seen=inspection(finding(LETTER, NUMBER)))
    assert whole(done.content).startswith(b"\xef\xbb\xbfDear")
    assert NUMBER not in whole(done.content).decode()


def test_the_same_value_has_the_same_code_and_another_has_another() -> None:
    text = "943 476 5919 and 943 476 5919 and 987 654 4321 and depression"
    again = finding(text[12:], NUMBER)
    seen = inspection(
        finding(text, NUMBER, key="one"),
        Finding(**{name: getattr(again, name) for name in again.__slots__} | {"start": 17, "end": 29, "key": "one"}),
        finding(text, "987 654 4321", key="two"),
        finding(text, "depression", entity="HEALTH", key=""),
    )
    (done,) = redact(plain("a.txt", text.encode()), seen=seen, pseudonyms=True)
    first, second, third, fourth = whole(done.content).decode().split(" and ")
    assert first == second != third
    assert first.startswith("[NHS_NUMBER ")
    assert len(first) == len("[NHS_NUMBER 3f2a]")
    assert fourth == "[HEALTH]"
    known = inspection(finding(NUMBER, NUMBER, part="b.txt", key="one"))
    (later,) = redact(plain("b.txt", NUMBER.encode()), seen=known, pseudonyms=True)
    assert whole(later.content).decode() == first, "the same in another transfer"


def test_what_overlaps_is_hidden_as_one() -> None:
    text = "at 1 High Street, Reading RG1 1AA today"
    address = finding(text, "1 High Street, Reading RG1 1AA", entity="UK_ADDRESS", key="")
    code = finding(text, "RG1 1AA", entity="UK_POSTCODE", key="")
    half = finding(text, "Reading RG1", entity="UK_ADDRESS", key="")
    for order in ([address, code], [code, address], [code, half]):
        (done,) = redact(plain("a.txt", text.encode()), seen=inspection(*order), pseudonyms=True)
        assert whole(done.content).decode().endswith(("[UK_ADDRESS] today", "[UK_POSTCODE] today"))
        assert "RG1" not in whole(done.content).decode()


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_a_table_is_masked_in_its_cells(separator: str) -> None:
    rows = [["name", "number", "note"], ["Ann, Jones", NUMBER, f"a{separator}b"], ["Bob", "", 'said "hi"']]
    target = io.StringIO()
    csv.writer(target, delimiter=separator).writerows(rows)
    extracted = "\n".join("\t".join(row) for row in rows) + "\n"
    found = finding(extracted, NUMBER, part="people.csv")
    spread = finding(extracted, f"Ann, Jones\t{NUMBER}", part="people.csv", entity="PERSON_NAME", key="")
    (done,) = redact(plain("people.csv", target.getvalue().encode()), seen=inspection(found))
    after = list(csv.reader(io.StringIO(whole(done.content).decode(), newline=""), delimiter=separator))
    assert after[1] == ["Ann, Jones", MASK("NHS_NUMBER", NUMBER), f"a{separator}b"]
    assert [after[0], after[2]] == [rows[0], rows[2]]
    (both,) = redact(plain("people.csv", target.getvalue().encode()), seen=inspection(spread))
    assert NUMBER not in whole(both.content).decode()
    assert "Ann" not in whole(both.content).decode()


def test_real_findings_in_a_real_table_are_hidden() -> None:
    content = b'name,nhs number,dob\r\nJohn Smith,943 476 5919,12/03/1967\r\n"Jones, Ann",987 654 4321,01/02/1980\r\n'
    seen = inspected("people.csv", content)
    assert {each.entity for each in seen.findings} >= {"NHS_NUMBER", "DATE_OF_BIRTH"}
    (done,) = redact(plain("people.csv", content), seen=seen, pseudonyms=True)
    assert not any(value in whole(done.content) for value in (b"943 476", b"987 654", b"1967", b"1980"))
    assert whole(done.content).startswith(b"name,nhs number,dob\r\n")
    assert whole(done.content).count(b"[NHS_NUMBER]") == 2, (
        "without an installation's secret there are no keys and no codes"
    )


def test_real_findings_in_a_real_mail_are_hidden_in_each_of_its_texts() -> None:
    seen = inspected("message.eml", MAIL)
    assert not seen.gaps
    assert {"NHS_NUMBER", "EMAIL_ADDRESS"} <= {each.entity for each in seen.findings}
    (done,) = redact(plain("message.eml", MAIL), seen=seen, message=True)
    assert whole(done.content).partition(b"\r\n\r\n")[0] == MAIL.partition(b"\r\n\r\n")[0]
    for text in texts(whole(done.content)):
        assert "\u2022\u2022\u2022" in text
        assert "476" not in text
        assert "alice@" not in text
        assert "D\u00e9j\u00e0 vu" in text


def test_in_a_seven_bit_text_the_mask_is_ascii() -> None:
    content = b"Subject: x\r\n\r\nNHS number: 943 476 5919\r\n"
    seen = inspection(finding("NHS number: 943 476 5919", NUMBER, part="m.eml", segment=1))
    (done,) = redact(plain("m.eml", content), seen=seen, message=True)
    assert whole(done.content).isascii()
    assert b"94* *** **19" in whole(done.content)


def test_a_finding_that_does_not_count_is_left() -> None:
    seen = inspection(finding(LETTER, "Monday", entity="PERSON_NAME", confidence=0.4))
    assert whole(redact(plain("a.txt", LETTER.encode()), seen=seen)[0].content).decode() == LETTER


def test_parts_without_findings_go_as_they_are_whatever_they_are() -> None:
    seen = inspection(finding(LETTER, NUMBER))
    picture = plain("p.png", bytes(range(256)))
    assert redact(plain("a.txt", LETTER.encode()), picture, seen=seen)[1] is picture


def test_a_file_of_a_folder_is_known_by_its_last_name() -> None:
    seen = inspection(finding(LETTER, NUMBER))
    (done,) = redact(plain("case/a.txt", LETTER.encode()), seen=seen)
    assert NUMBER not in whole(done.content).decode()
    refused("is not known by its name", plain("x/a.txt", LETTER.encode()), plain("y/a.txt", b""), seen=seen)


@pytest.mark.parametrize(
    ("name", "content", "found", "said"),
    [
        ("secret-name.docx", LETTER.encode(), finding(LETTER, NUMBER, part="secret-name.docx"), "no plain text"),
        ("a.txt", LETTER.encode("latin-1"), finding(LETTER, NUMBER), "UTF-8"),
        ("a.txt", LETTER.encode("utf-16"), finding(LETTER, NUMBER), "UTF-8"),
        ("a.txt", b"x" + LETTER.encode(), finding(LETTER, NUMBER), "at its place"),
        ("a.txt", LETTER.encode(), finding(LETTER, NUMBER, where=Where.HIDDEN), "elsewhere"),
        ("a.txt", LETTER.encode(), finding(LETTER, NUMBER, where=Where.ATTACHMENT_NAME), "elsewhere"),
        ("a.txt", LETTER.encode(), finding(LETTER, NUMBER, part="a.txt/1/x.txt"), "elsewhere"),
        ("a.txt", LETTER.encode(), finding(LETTER, NUMBER, part="secret-name.txt"), "not known by its name"),
        ("a.txt", b"", finding(LETTER, NUMBER), "at its place"),
        ("a.txt", (LETTER + "943%20476%205919").encode(), finding(LETTER, NUMBER), "stands elsewhere"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_redacted_for_sure_does_not_go(
    name: str, content: bytes, found: Finding, said: str
) -> None:
    refused(said, plain(name, content), seen=inspection(found))


def test_nothing_goes_by_what_is_not_known() -> None:
    letter = plain("a.txt", LETTER.encode())
    refused("not known", letter, seen=None)
    refused("part 2/1 .* not read as a whole", letter, plain("b.zip", b""), seen=inspection(gaps=(gap("b.zip/1/x"),)))
    with pytest.raises(NotSealed, match="not known"):
        redacted([letter], message=False, inspection=inspection(), mask=None, pseudonyms=False)


def test_a_value_that_stands_in_another_part_as_well_keeps_both_back() -> None:
    seen = inspection(finding(LETTER, NUMBER))
    refused("part 2 .* elsewhere", plain("a.txt", LETTER.encode()), plain("b.bin", b"\0" + NUMBER.encode()), seen=seen)
    refused("part 2 .* elsewhere", plain("a.txt", LETTER.encode()), plain("943-476-5919.bin", b""), seen=seen)
    wide = plain("b.bin", NUMBER.encode("utf-16-le"))
    refused("part 2 .* elsewhere", plain("a.txt", LETTER.encode()), wide, seen=seen)


def test_a_word_within_something_longer_shows_no_letter_either() -> None:
    text = "at Rose Hospice, 1 High Street, Reading today"
    address = finding(text, "Rose Hospice, 1 High Street, Reading", entity="UK_ADDRESS", key="")
    for word, entity in (("Rose", "PERSON_NAME"), ("Rose Hospice", "HEALTH")):
        seen = inspection(address, finding(text, word, entity=entity))
        (done,) = redact(plain("a.txt", text.encode()), seen=seen)
        assert whole(done.content).decode() == f"at [{entity}] today"


@pytest.mark.parametrize(
    "link",
    [
        "https://x.example/?n=943%20476%205919&b=1", "https://x.example/p/943%2D476%2d5919", "x?n=943+476+5919",
        "x?n=943%2520476%25205919", "x?n=%39%34%33%34765919", "x?n=943%20476&#37;205919", "x?n=943%E2%80%89476%205919",
    ],
)  # fmt: skip
def test_a_value_that_a_link_holds_as_well_keeps_it_back(link: str) -> None:
    seen = inspection(finding(LETTER, NUMBER))
    if "+" not in link:  # blanks in a text, that are hidden with it
        refused("stands elsewhere", plain("a.txt", f"{LETTER}{link}\r\n".encode()), seen=seen)
    page = f'<p>NHS number: 943 476 5919, see <a href="{link}">there</a></p>'
    content = b"Subject: x\r\nContent-Type: text/html\r\n\r\n" + page.encode()
    found = inspection(finding(page, NUMBER, part="m.eml/1/body.html"))
    refused("stands elsewhere", plain("m.eml", content), seen=found, message=True)
    header = f"X-Link: {link}\r\nSubject: x\r\n\r\nNHS number: 943 476 5919\r\n".replace("&#37;", "%").encode()
    in_text = inspection(finding("NHS number: 943 476 5919", NUMBER, part="m.eml", segment=1))
    refused("stands elsewhere", plain("m.eml", header), seen=in_text, message=True)


def test_a_short_value_is_found_in_a_link_too() -> None:
    text = "Name: Ann Lee, see x?q=Ann%20Lee"
    seen = inspection(finding(text, "Ann Lee", entity="PERSON_NAME"))
    for link in ("x?q=Ann%20Lee", "x?q=Ann%2BLee"):
        refused("stands elsewhere", plain("a.txt", text.replace("x?q=Ann%20Lee", link).encode()), seen=seen)


def test_percent_signs_that_hide_nothing_do_no_harm() -> None:
    text = LETTER + "100% of 5% + 3%20%zz%25%25%25%25 943%20476\r\n"
    (done,) = redact(plain("a.txt", text.encode()), seen=inspection(finding(LETTER, NUMBER)))
    assert whole(done.content).decode().endswith("%zz%25%25%25%25 943%20476\r\n")


@pytest.mark.parametrize(
    ("entity", "value"),
    [
        ("STATUTE_BARRED_HEALTH", "gonorrhoea"), ("HEALTH", "schizophrenia"),
        ("CHILD_SAFEGUARDING", "child protection plan"), ("PERSON_NAME", "Siobhan Featherstone"),
        ("RELIGION", "Jehovah's Witness"), ("SECRET", "hunter2hunter2"),
    ],
)  # fmt: skip
def test_of_words_and_names_no_letter_shows(entity: str, value: str) -> None:
    text = f"Note: {value} and 943 476 5919."
    seen = inspection(finding(text, value, entity=entity), finding(text, NUMBER))
    (done,) = redact(plain("a.txt", text.encode()), seen=seen)
    assert whole(done.content).decode() == f"Note: [{entity}] and {MASK('NHS_NUMBER', NUMBER)}."
    page = f"<p>{text}</p>"
    content = b"Subject: x\r\nContent-Type: text/html\r\n\r\n" + page.encode()
    if entity != "SECRET":  # of which too little shows to find it again on a page
        found = inspection(finding(page, value, entity=entity, part="m.eml/1/body.html"))
        (mail,) = redact(plain("m.eml", content), seen=found, message=True)
        assert f"<p>Note: [{entity}] and".encode() in whole(mail.content)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b"Subject: Your visit", b"Subject: Your visit, 943 476 5919", "cannot be reached|header|elsewhere"),
        (b"NHS number: 943=\r\n 476", b"NHS number: <img alt=3D'943 476 5919'>943 476", "place|elsewhere"),
        (b"multipart/alternative", b"multipart/signed", "at its place|signed"),
        (b"</body>", b"<!-- 943 476 5919 --></body>", "at its place|reached|elsewhere"),
        (b"<p>D", b"<p title=3D'943 476 5919'>D", "at its place|reached|elsewhere"),
        (b"--b1--", b"--b1\r\nContent-Type: text/csv; name=x.csv\r\n\r\nnhs number\r\n943 476 5919\r\n--b1--",
         "reached|alternative|elsewhere"),
        (b"--b1--", b"--b1\r\nContent-Type: application/octet-stream; name=x.bin\r\n\r\n\x00943 476 5919\r\n--b1--",
         "not read|reached|alternative|elsewhere"),
    ],
)  # fmt: skip
def test_a_mail_that_cannot_be_redacted_for_sure_does_not_go(old: bytes, new: bytes, said: str) -> None:
    content = MAIL.replace(old, new)
    assert content != MAIL
    refused(said, plain("message.eml", content), seen=inspected("message.eml", content), message=True)


def test_what_masks_like_a_value_and_is_none_makes_unsure() -> None:
    page = "<p>NHS number: 943 476 5919 or 941 111 1119</p>"
    content = b"Subject: x\r\nContent-Type: text/html\r\n\r\n" + page.encode()
    one = finding(page, NUMBER, part="m.eml/1/body.html")
    refused("at its place", plain("m.eml", content), seen=inspection(one), message=True)
    both = inspection(one, finding(page, "941 111 1119", part="m.eml/1/body.html", key="k"))
    (done,) = redact(plain("m.eml", content), seen=both, message=True)
    assert b"5919" not in whole(done.content)


def test_a_name_in_a_header_that_is_no_address_is_not_left() -> None:
    content = b"From: Sam Staff <s@council.example>\r\nX-About: Anna Example\r\n\r\nhello\r\n"
    about = finding("Anna Example", "Anna Example", part="m.eml", where=Where.MAIL_HEADER, entity="PERSON_NAME")
    sender = finding("Sam Staff", "Sam Staff", part="m.eml", where=Where.MAIL_HEADER, entity="PERSON_NAME")
    refused("in its header", plain("m.eml", content), seen=inspection(about), message=True)
    assert whole(redact(plain("m.eml", content), seen=inspection(sender), message=True)[0].content) == content


@given(st.text(alphabet="0123456789 aBz-\u00e9", min_size=1, max_size=30).filter(lambda text: text.strip()))
def test_the_form_of_a_masked_value_is_that_of_the_value(value: str) -> None:
    value = " ".join(value.split())
    form = form_of(MASK("NHS_NUMBER", value))
    if form is not None and value[0].isalnum() and value[-1].isalnum():
        assert form.fullmatch(value)


PIECES = st.lists(st.sampled_from(["943 476 5919", "987 654 4321", "Anna", " ", "\n", "\u00e9", ",", "x"]), max_size=12)


@given(PIECES, st.booleans())
def test_no_value_survives_and_all_else_does(pieces: Sequence[str], pseudonyms: bool) -> None:  # noqa: FBT001 - drawn
    text, found, at = "", [], 0
    for piece in pieces:
        if piece[0] == "9":
            text += " "
            at = len(text)
            one = finding(piece, piece, key=piece)
            found.append(Finding(**{name: getattr(one, name) for name in one.__slots__}
                                 | {"start": at, "end": at + len(piece)}))  # fmt: skip
            text += piece + " "
        else:
            text += piece
    try:
        (done,) = redact(plain("a.txt", text.encode()), seen=inspection(*found), pseudonyms=pseudonyms)
    except NotSealed:
        return
    after = whole(done.content).decode()
    assert not any(each in after for each in ("943 476 5919", "987 654 4321"))
    assert after.count("Anna") == text.count("Anna")
    assert after.count("\n") == text.count("\n")


CELLS = st.text(alphabet='ab9 ,;"\r\n\u00e9', max_size=8)
TABLES = st.lists(st.lists(CELLS, min_size=1, max_size=4), min_size=1, max_size=5)


@given(TABLES, st.sampled_from(",;\t|"), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]), st.data())
def test_a_cell_is_led_back_to_its_very_bytes(
    rows: Sequence[Sequence[str]],
    separator: str,
    quoting: Literal[0, 1],
    data: st.DataObject,
) -> None:
    target = io.StringIO(newline="")
    csv.writer(target, delimiter=separator, quoting=quoting).writerows(rows)
    text, extracted = target.getvalue(), extracted_rows(target.getvalue(), separator)
    row = data.draw(st.integers(0, len(rows) - 1))
    column = data.draw(st.integers(0, len(rows[row]) - 1))
    plain_rows = [[re.sub(r"[\r\n]+", " ", cell) for cell in cells] for cells in rows]
    value = plain_rows[row][column]
    if extracted is None or not any(map(str.isalnum, value)):
        return
    at = sum(len("\t".join(cells)) + 1 for cells in plain_rows[:row])
    at += len("\t".join([*plain_rows[row][:column], ""]))
    found = replace(finding(value, value, part="t.csv"), start=at, end=at + len(value))
    source = as_table(text, separator)
    assert source is not None
    assert source.text == extracted
    after = csv.reader(io.StringIO(rewritten(source, in_text(source, [found], MASK), lambda _: "#"), newline=""),
                       delimiter=separator)  # fmt: skip
    expected = [list(cells) for cells in rows]
    expected[row][column] = "#"
    assert [cells or [""] for cells in after] == expected
