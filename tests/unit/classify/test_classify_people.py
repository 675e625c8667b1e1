"""How many people a transfer is about, at least: texts and tables that show what counts, and how many."""

from __future__ import annotations

import pytest

from tests.unit.classify.classifying import classifier, classify, part_of

LETTER = (
    "Dear {0},\n\nRe: {0}, born {1}\nNHS number: {2}\n\nThank you for coming.\n\nYours sincerely,\n\nDr Ann Clarke\n"
)
ANN, BOB, CAZ = "943 476 5919", "401 023 2137", "943 476 5870"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("nothing", None),
        ("12 High Street, London SW1A 1AA", None),
        # the same again is the same person, however it is written
        ("NHS number 943 476 5919, again NHS number 9434765919", 1),
        ("NINO: AB123456C; NINO: ab 12 34 56; NINO: CE123456D", 2),
        ("Patient: John Smith\n\nName: Mr J. Smith\n\nName: SMITH, John (Mr)", 1),
        # different values of one kind are different people
        ("NHS number 9434765919, born 1/2/1980\nborn 1/2/1981", 2),
        ("Patient: John Smith\nPatient: Jane Doe\nPatient: Jane Smith\n", 3),
        # of different kinds they may be one person's, wherever they stand
        (f"NHS number: {ANN}\n" + "Text.\n" * 500 + "NINO: AB123456C, DOB 1/2/1980", 1),
        ("NHS number 943 476 5919\nNHS number 401 023 2137\nborn 1/2/1980\nborn 1/2/1981", 2),
        # one letter, one person: neither who signs nor who is told, and no relative
        (LETTER.format("Mrs Rachel Evans", "12/04/1978", ANN), 1),
        ("Dear Dr Jones,\nRe: Mr John SMITH, DOB 1/2/1980\nHis wife Jane Smith came along.\nConsultant: Mr P Wood", 1),
        (f"Dear Mrs Smith,\nChild's name: Tom Smith\nMother's name: Jane Smith\nNHS number: {ANN}\n", 1),
        ("Dear Mrs Patel,\n\nYour appointment is on 3 May.", 1),
        ("Dear Dr Patel,\n\nThank you for your letter.", None),
        ("Mr Blair and Mr Brown met Mrs May.", None),
        # a report with a heading for each person
        (
            f"SMITH, John (Mr) DOB 1/2/1980 NHS {ANN}\nWell.\n\nDOE, Jane (Ms) DOB 3/4/1990 NHS {BOB}\nWell.\n",
            2,
        ),
        # a form that is laid out as a table is no list of people
        (f"Name\tAnn Jones\nDOB\t1/2/1980\nNHS number\t{ANN}\n", 1),
        (f"Surname: Jones\tForename: Ann\nDOB: 1/2/1980\tNHS number: {ANN}\n", 1),
        # surname and forename are one name
        ("Surname: van der Berg\nForename(s): Jan Piet\n", 1),
        # what a patient index answers, as it is extracted
        (f"Patient\nid: 1\nidentifier: nhs-number\nvalue: {ANN}\ngiven: Jane\nfamily: Smith\nbirthDate: 2010-10-22", 1),
    ],
)
def test_how_many_people_a_text_is_about(text: str, number: int | None) -> None:
    assert classify(text).people == number


@pytest.mark.parametrize(
    ("rows", "number"),
    [
        (["Name\tNHS number\tDOB", f"Ann Jones\t{ANN}\t1/2/1980", f"Bob Patel\t{BOB}\t2/3/1990"], 2),
        (["NHS number\tNINO", f"{ANN}\tAB123456C", f"{BOB}\tCE123456D", f"{CAZ}\t"], 3),
        # rows of which each says something else
        (["NHS number\tNINO", f"{ANN}\t", "\tAB123456C", "\tCE123456D"], 3),
        # two people of one name, and twins
        (["Name\tDOB", "John Smith\t1/2/1980", "John Smith\t1/2/1981"], 2),
        (["Name\tDOB", "Ann Smith\t1/2/1980", "Bea Smith\t1/2/1980"], 2),
        (["DOB\tNHS number", f"1/2/1980\t{ANN}", f"1/2/1980\t{BOB}"], 2),
        # one person in many rows
        (["Name\tDOB\tVisit", *["John Smith\t1/2/1980\tMonday"] * 9], 1),
        (["Surname\tForename\tDate of birth", "Jones\tAnn\t1/2/1980", "JONES\tA\t01/02/1980"], 1),
        (["NHS number\tNote", *[f"{ANN}\tseen"] * 9], 1),
        (["Pupil name\tClass", "Ann Jones\t3B", "Bob Patel\t3B", "Ann Jones\t4B"], 2),
        # names that are no person's, and persons whom the row is not about
        (["Name\tSize", "Annual Report\t12", "budget.xlsx\t13"], None),
        (["Pupil\tParent name\tTeacher name", "Ann Jones\tBea Jones\tCaz Wood", "Dan Hall\tEva Hall\tCaz Wood"], 2),
        (["Company name\tContact name", "Acme Ltd\tJohn Smith", "Brown Ltd\tJane Doe"], None),
    ],
)
def test_how_many_people_a_table_is_about(rows: list[str], number: int | None) -> None:
    table = "".join(f"{row}\n" for row in rows)
    assert classify(table, media_type="text/csv").people == number
    assert classify(f"As agreed:\n{table}\nBest wishes\n").people == number


def test_parts_are_about_the_same_people_where_they_share_something() -> None:
    letters = [LETTER.format(*who) for who in (("Mr John Smith", "1/2/1980", ANN), ("Ms Jane Doe", "3/4/1990", BOB))]
    again = "Patient: John Smith, DOB 01/02/1980, NINO: AB123456C"
    table = f"Name\tNHS number\nJohn Smith\t{ANN}\nAnil Patel\t{CAZ}\n"
    counts = []
    for texts in ([letters[0]], letters, [*letters, again], [*letters, again, table], [*letters, again, table] * 3):
        parts = [part_of(("body", text), part=f"mail.eml/{number}") for number, text in enumerate(texts)]
        counts.append(classifier().classify(parts).people)
    assert counts == [1, 2, 2, 3, 3]


def test_two_lists_that_share_nothing_may_be_of_the_same_people() -> None:
    one = part_of(("body", "NHS number\tNote\n" + f"{ANN}\ta\n{BOB}\tb\n{CAZ}\tc\n"), part="a")
    other = part_of(("body", "NINO\tNote\n" + "AB123456C\ta\nCE123456D\tb\n"), part="b")
    assert classifier().classify((one, other)).people == 3
