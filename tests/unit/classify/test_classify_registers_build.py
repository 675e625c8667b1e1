"""What a register is made of, what is left out and how that is said; what its file holds, and what breaks it."""

from __future__ import annotations

import hashlib
import re
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.classify.keyed import Hasher, NotWhole, written
from gateway.classify.registers.build import build
from gateway.classify.registers.columns import NoUse, Role, role_of
from gateway.classify.registers.index import MAGIC, SEVERAL, Index, Kind, Words
from gateway.testing.people import as_table, make_people
from tests.unit.classify.registering import FEW, KEY, SALT, best_of, build_bytes, classifier_of, found_in, index_of


@pytest.mark.parametrize(
    ("heading", "role"),
    [
        ("Forename", Role.GIVEN),
        ("FIRST_NAME", Role.GIVEN),
        ("firstName", Role.GIVEN),
        ("Given name(s)", Role.GIVEN),
        ("Surname", Role.FAMILY),
        ("Last Name", Role.FAMILY),
        ("Family name", Role.FAMILY),
        ("Name", Role.NAME),
        ("Client name", Role.NAME),
        ("Full Name", Role.NAME),
        ("DOB", Role.DATE_OF_BIRTH),
        ("D.O.B.", Role.DATE_OF_BIRTH),
        ("DateOfBirth", Role.DATE_OF_BIRTH),
        ("Birth date", Role.DATE_OF_BIRTH),
        ("Post code", Role.POSTCODE),
        ("POSTCODE", Role.POSTCODE),
        ("NHS No", Role.IDENTIFIER),
        ("NHS Number", Role.IDENTIFIER),
        ("Case ref.", Role.IDENTIFIER),
        ("Case_ID", Role.IDENTIFIER),
        ("UPN", Role.IDENTIFIER),
        ("NI number", Role.IDENTIFIER),
        ("Notes", None),
        ("Gender", None),
        ("Date of referral", None),
        ("", None),
    ],
)
def test_headings_say_what_a_column_holds(heading: str, role: Role | None) -> None:
    assert role_of(heading) is role


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("", "empty"),
        ("\n\n", "empty"),
        ("name,dob\n", "no rows"),
        ("colour,shape\nred,round\n", "no column is known"),
        ("dob,postcode\n1/2/1990,M1 1AE\n", "no column is known"),
        ("forename,dob\nAnn,1/2/1990\n", "no column is known"),
        ("name,name\nAnn Lee,x\n", "columns 1 and 2 have the same heading"),
        ("name\n1\n2\n", "none of its 2 rows"),
    ],
)
def test_of_some_tables_no_register_is_made(table: str, says: str) -> None:
    with pytest.raises(NoUse, match=says) as trouble:
        build_bytes(table)
    assert "Ann" not in str(trouble.value)


@pytest.mark.parametrize(
    ("row", "is_read"),
    [
        ("Bo,Ray,1/2/1990,AB1234", True),
        ('"Bo","Ray","1/2/1990","AB1234"', True),
        ('"Bo ""B""",Ray,,', True),
        ('Bo,Ray,1/2/1990,"=""AB1234"""', True),  # as spreadsheets keep leading noughts
        ("Bo,Ray,not known,", True),
        (",,,AB1234", True),
        ("Bo,Ray,1/2/1990,AB1234,,,", True),
        ("Bo,Ray", False),
        ("Bo,Ray,1/2/1990,AB1234,more", False),
        (",Ray,1/2/1990,", False),
        ("Bo,Ray,1/2/1990,AB1234" + "x" * 200_000, False),  # a cell longer than any
        ('Bo,"Ray"x,1/2/1990,', False),
    ],
)
def test_a_row_that_cannot_be_used_is_named_by_its_line(row: str, *, is_read: bool) -> None:
    told, _ = build_bytes(f"given,family,dob,case number\nAnn,Lee,1/2/1980,CD1234\n{row}\nCy,Fox,1/2/1970,EF1234\n")
    assert told.people == 2 + is_read
    assert told.unread_lines == ([] if is_read else [3])


def test_the_line_is_where_the_row_begins_also_behind_cells_of_several_lines() -> None:
    told, _ = build_bytes('\n\nname,case number,notes\nAnn Lee,AB1234,"one\ntwo\nthree"\nshort\nBo Ray,AB1235,x\n')
    assert told.unread_lines == [7]
    assert told.people == 2


def test_hostile_every_line_that_an_open_quotation_mark_swallows_is_named() -> None:
    rows = "".join(f"Ann{chr(97 + number)},Lee,AB{number:04}\n" for number in range(20))
    told, _ = build_bytes(
        f'given,family,case number\nBo,Ray,AB9999\n"Cy,Fox,AB9998\n{rows}"Di"x,Fry,AB9997\nEd,Gow,AB9996\n'
    )
    assert told.people == 2
    assert told.unread == 22
    assert told.unread_lines == list(range(3, 25))


def test_hostile_an_open_quotation_mark_does_not_swallow_the_table() -> None:
    rows = "".join(f"Ann,Lee,AB{number:06}\n" for number in range(20_000))
    told, _ = build_bytes(f'given,family,case number\n"Cy,Fox,AB9998\n{rows}')
    assert told.people + told.unread == 20_001
    assert told.people > 10_000
    assert told.unread_lines[:2] == [2, 3]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_of_every_office_program(delimiter: str) -> None:
    told, _ = build_bytes(FEW.replace(",", delimiter))
    assert told.people == 7
    assert told.columns == {"given": [1], "family": [2], "dob": [3], "identifier": [4, 5], "postcode": [6]}


def test_columns_by_order_of_the_operator() -> None:
    table = "Nachname,Vorname,Zeichen,Name\nRay,Bo,AB1234,not this\n"
    told = {"nachname": Role.FAMILY, "Vorname": Role.GIVEN, "Zeichen": Role.IDENTIFIER}
    assert build_bytes(table, told)[0].columns == {"family": [1], "given": [2], "identifier": [3]}
    assert best_of(found_in(classifier_of({"r": table}, told), "AB 1234 of Ms Ray")) >= 0.9
    with pytest.raises(NoUse, match="no column 'zeiche'"):
        build_bytes(table, {"Zeiche": Role.IDENTIFIER})


def test_too_many_forms_of_identifier_are_left_out_and_counted() -> None:
    rows = "".join(f"{'A1' * (number + 2)}00{'B' * number}\n" for number in range(12))
    rows += "".join(f"{'1A' * (number + 2)}00{'B' * number}\n" for number in range(10))
    told, _ = build_bytes("case number\n" + rows)
    assert told.people + told.unread == 22
    assert told.unread > 0


def _values(text: str) -> set[str]:
    words = set(re.findall(r"[^\W_]{4,}", text)) | set(re.findall(r"[^,\n]{4,}", text))
    return {form for word in words for form in (word, word.lower(), word.upper(), word.replace(" ", ""))}


def test_no_value_stands_in_the_file_in_clear_or_hashed_without_the_key() -> None:
    table = "".join(as_table(make_people(50)))
    _, content = build_bytes(table)
    for value in _values(table.partition("\n")[2]):
        data = value.encode()
        assert data not in content, value
        assert data.hex().encode() not in content
        for kind in ("md5", "sha1", "sha256", "sha512", "blake2b", "blake2s", "sha3_256"):
            digest = hashlib.new(kind, data, usedforsecurity=False).digest()
            assert digest[:8] not in content
            assert digest[:8][::-1] not in content
        for keyless in (hashlib.blake2b(data, digest_size=8), hashlib.blake2b(data, digest_size=8, person=b"name")):
            assert keyless.digest() not in content


def test_dates_and_postcodes_never_stand_alone() -> None:
    index = index_of(FEW)
    for kind in Kind:
        for value in ("1980-03-12", "12031980", "M11AE", "smith", "john"):
            assert index.find(kind, value) is None
    assert index.find(Kind.NAME_AND_DATE, "john smith 1980-03-12") == 0


def test_two_files_of_one_table_have_nothing_in_common_under_another_salt_or_key() -> None:
    made = []
    for key, salt in ((KEY, b"1" * 16), (KEY, b"2" * 16), (b"x" * 32, b"1" * 16)):
        _, pieces = build(FEW.splitlines(keepends=True), {}, Hasher(key=key, salt=salt))
        index = Index(b"".join(pieces), key)
        made.append(set(index._hashes.tolist()))
    assert not made[0] & made[1]
    assert not made[0] & made[2]


@given(st.data())
def test_a_file_that_was_cut_or_altered_is_refused(data: st.DataObject) -> None:
    content = _CONTENT
    if data.draw(st.booleans()):
        broken = content[: data.draw(st.integers(0, len(content) - 1))]
    else:
        place, change = data.draw(st.integers(0, len(content) - 1)), data.draw(st.integers(1, 255))
        broken = content[:place] + bytes([content[place] ^ change]) + content[place + 1 :]
    with pytest.raises(NotWhole):
        Index(broken, KEY)


_CONTENT = build_bytes(FEW)[1]


def test_a_file_under_another_key_is_refused() -> None:
    with pytest.raises(NotWhole, match="key"):
        Index(_CONTENT, b"z" * 32)


def test_many_entries_are_each_kept_once_and_found() -> None:
    """More than one piece of every bucket, and values that several share."""
    table = "name,case number\n" + "".join(f"Ann Lee,{number % 40_000:06}\n" for number in range(60_000))
    index = index_of(table)
    assert index.header["entries"] == len(index._hashes) == len(set(index._hashes.tolist()))
    assert index._hashes.tolist() == sorted(index._hashes.tolist())
    assert index.find(Kind.IDENTIFIER, "030000") == 30_000
    assert index.find(Kind.IDENTIFIER, "010000") == SEVERAL
    assert index.find(Kind.IDENTIFIER, "050000") is None
    assert index.may_have(Words.FAMILY, "lee")
    assert index.may_have(Words.GIVEN, "ann")
    assert sum(index.may_have(Words.GIVEN, f"x{number}") for number in range(1_000)) < 5


def test_a_file_is_written_piece_by_piece() -> None:
    """A register of a million people is a hundred megabytes; it is never held a second time."""
    asked: list[int] = []

    def body() -> Iterator[bytes]:
        for number in range(3):
            asked.append(number)
            yield b"12345678"

    pieces = written(MAGIC, {}, body(), Hasher(key=KEY, salt=SALT))
    seen = [(len(next(pieces)) > 0, len(asked)) for _ in range(4)]
    assert seen == [(True, 0), (True, 1), (True, 2), (True, 3)]


def test_a_register_costs_about_a_hundred_bytes_a_person() -> None:
    _, content = build_bytes("".join(as_table(make_people(5_000))))
    assert len(content) < 130 * 5_000
    tracemalloc.start()
    index = Index(content, KEY)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000  # nothing is copied
    assert index.header["people"] == 5_000
