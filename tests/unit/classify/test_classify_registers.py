"""People of registers are found however they are written, and nobody else is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.classify.assess import Classifier
from gateway.classify.registers.dates import read_date
from gateway.classify.registers.names import PersonName, fold
from gateway.model.inspection import COUNTS_FROM
from gateway.testing.people import MadeUp, as_table, letter, make_people
from tests.unit.classify.registering import FEW, best_of, classifier_of, found_in


@cache
def few() -> Classifier:
    return classifier_of({"few": FEW})


@pytest.mark.parametrize(
    ("text", "least", "code"),
    [
        # name and date of birth
        ("Re: John Smith, date of birth 12/03/1980", 0.95, "dob"),
        ("Re: John A. Smith, born on 12 March 1980", 0.95, "dob"),
        ("SMITH, John Andrew   DOB 12.3.80", 0.95, "dob"),
        ("smith john, dob 1980-03-12", 0.95, "dob"),
        ("John Smith (born 03/12/1980, as Americans write it)", 0.95, "dob"),
        ("John Smith, March 12, 1980", 0.95, "dob"),
        ("John Smith, 12th of March 1980", 0.95, "dob"),
        ("John Smith 12-Mar-80", 0.95, "dob"),
        ("John Smith 19800312", 0.95, "dob"),
        ("J. Smith, 12/03/1980", 0.85, "initial"),
        ("Smith J 12/03/1980", 0.85, "initial"),
        ("Surname: Smith\nForenames: John\nDate of birth: 12/03/1980\n", 0.95, "dob"),
        ("surname\tforename\tdob\nSmith\tJohn\t12/03/1980\n", 0.95, "dob"),
        ("12/03/1980,Smith,John,somewhere\n", 0.95, "dob"),
        ("Jose Garcia, 30.6.1999", 0.95, "dob"),
        ("JOSÉ LOPEZ GARCÍA, 30/06/99", 0.95, "dob"),
        ("Jose\u0301 Garci\u0301a-Lopez 30 June 1999", 0.95, "dob"),
        ("Mary OBrien, 1 Nov 1975", 0.95, "dob"),
        ("Mary Jane O\u2019Brien, 1/11/75", 0.95, "dob"),
        ("Sian Price 29 February 1988", 0.95, "dob"),
        ("Jan van den Berg, 7/8/61", 0.95, "dob"),
        ("Berg, Jan: 7 August 1961", 0.95, "dob"),
        # name and postcode
        ("John Smith, 1 High Street, M1 1AE", 0.95, "postcode"),
        ("J Smith m11ae", 0.85, "postcode"),
        # identifiers
        ("NHS 943 476 5919", 0.9, "identifier"),
        ("the number 9434765919", 0.9, "identifier"),
        ("943-476-5919 for Mr Smith", 0.97, "name"),
        ("case sc/2023-0017", 0.9, "identifier"),
        ("SC 2023 0017", 0.9, "identifier"),
        ("see SC20230017.", 0.9, "identifier"),
        # a name of the register's alone
        ("I met Siân Price today.", 0.55, "name"),
        ("I met PRICE, Sian today.", 0.55, "name"),
        ("Patient: Mary-Jane O'Brien", 0.65, "label"),
        ("We wrote to Jose Garcia Lopez.", 0.55, "name"),
        ("THE PATIENT JOHN SMITH CAME IN LATE", 0.55, "name"),
    ],
)
def test_a_person_is_found(text: str, least: float, code: str) -> None:
    findings = found_in(few(), text)
    assert best_of(findings) >= least, findings
    assert any(code in each.why for each in findings)
    assert all(each.why[:2] == ("register", "few") for each in findings)


@pytest.mark.parametrize(
    "text",
    [
        "John Jones, 12/03/1980",
        "The twelfth of March: 12/03/1980",
        "Mr Smith was seen on 13/03/1980",
        "Ann Smith, date of birth 12/03/1980",
        "We meet in M1 1AE.",
        "NHS 943 476 5910",
        "case SC/2023-0099",
        "call 0943 476 59190",
        "Smith and Jones Limited",
        "J. Smith wrote to us",
        "Grace Church meets on Sundays.",
        "The Grace Church Hall fund",
        "Will Young people come? We hope that young people will.",
        "John Smith Primary School",
        "Sian Price Close is shut",
        "the price of Sian cloth",
        "",
    ],
)
def test_nobody_else_is_found(text: str) -> None:
    findings = found_in(few(), text)
    assert best_of(findings) < COUNTS_FROM, findings


def test_a_finding_stands_on_the_name_or_the_identifier_and_shows_neither() -> None:
    text = "\u200bDear all,\nRe: José García, born 30/06/1999, NHS 987 654 4321."
    for each, words in zip(
        sorted(found_in(few(), text), key=lambda each: each.start), ("José García", "987 654 4321"), strict=True
    ):
        assert text[each.start : each.end] == words
        assert "Garc" not in repr(each)
        assert "4321" not in repr(each)


def test_the_same_name_twice_in_a_register_counts_with_more_only() -> None:
    twins = classifier_of({"r": "given,family,dob\nAnn,Lee,1/2/1990\nAnn,Lee,3/4/1991\n"})
    assert found_in(twins, "I met Ann Lee.") == []
    assert best_of(found_in(twins, "Ann Lee, 3 April 1991")) == 0.95


def test_a_number_that_any_number_could_be_needs_a_name_or_a_label() -> None:
    rows = "".join(f"Ann,Lee{chr(97 + n % 26)},{10_000 + n}\n" for n in range(1000))
    dense = classifier_of({"r": f"given,family,file number\n{rows}"})
    assert best_of(found_in(dense, "a total of 10500 pounds")) < COUNTS_FROM
    assert best_of(found_in(dense, f"10500 of Mrs Lee{chr(97 + 500 % 26)}")) >= 0.85
    assert 0.5 <= best_of(found_in(dense, "Case 10500")) < 0.85


def test_two_registers_and_each_is_named() -> None:
    both = classifier_of({"one": "name,dob\nAnn Lee,1/2/1990\n", "two": "name,nhs number\nBo Ray,943 476 5919\n"})
    registers = {each.why[1] for each in found_in(both, "Ann Lee 1.2.1990 and 9434765919")}
    assert registers == {"one", "two"}


def test_a_row_of_a_table_keeps_to_itself() -> None:
    table = "name\tborn\nSmith, John\t13/03/1980\nJones, Ann\t12/03/1980\n"
    assert not any("dob" in each.why for each in found_in(few(), table))


PEOPLE = tuple(make_people(400))


@cache
def many() -> Classifier:
    return classifier_of({"many": "".join(as_table(PEOPLE))})


@pytest.mark.parametrize("way", range(6))
def test_of_made_up_people_nearly_all_are_found_in_letters(way: int) -> None:
    found = sum(best_of(found_in(many(), letter(person, number=way))) >= 0.85 for person in PEOPLE)
    assert found >= 0.99 * len(PEOPLE)


def test_letters_about_others_of_the_same_names_find_few() -> None:
    strangers = [each for each in make_people(600, "others") if (each.given, each.family) not in _names(PEOPLE)]
    others = [replace(each, case_number=f"XY7/{number:07d}") for number, each in enumerate(strangers)]
    found = [each for each in others for way in range(6) if found_in(many(), letter(each, number=way))]
    assert len(found) <= 0.005 * 6 * len(others), found


def _names(people: tuple[MadeUp, ...]) -> set[tuple[str, str]]:
    return {(each.given, each.family) for each in people}


@given(st.dates(date(1900, 1, 1), date(2025, 1, 1)))
def test_a_day_is_among_the_readings_however_it_is_written(day: date) -> None:
    forms = ["%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%d", "%d.%m.%Y", "%d %B %Y", "%B %d, %Y", "%d-%b-%Y", "%Y%m%d", "%d%m%Y"]
    forms += ["%d %m %Y", "%dth of %B %Y"] + (["%d/%m/%y", "%d %b %y"] if day.year >= 1920 else [])
    for form in forms:
        assert day.isoformat() in read_date(day.strftime(form)), form


@pytest.mark.parametrize("text", ["", "31/02/1980", "99/99/9999", "12345678", "1", "the 5th", "00/00/0000"])
def test_what_is_no_day_has_no_reading(text: str) -> None:
    assert read_date(text) == ()


@pytest.mark.parametrize(
    ("name", "given", "family"),
    [
        ("John Smith", ("john",), ("smith",)),
        ("Mr. John Andrew Smith OBE", ("john", "andrew"), ("smith",)),
        ("SMITH, John", ("john",), ("smith",)),
        ("Sarah Smith-Jones", ("sarah",), ("smith", "jones")),
        ("Ludwig van Beethoven", ("ludwig",), ("beethoven",)),
        ("Siân O'Néill", ("sian",), ("oneill",)),
        ("Björn Ærøskøbing", ("bjorn",), ("aeroskobing",)),
        ("Cher", (), ("cher",)),
        ("", (), ()),
    ],
)
def test_a_name_in_one_column_is_taken_apart(name: str, given: tuple[str, ...], family: tuple[str, ...]) -> None:
    read = PersonName.of_whole(name)
    assert (read.given, read.family) == (given, family)


@given(st.text(max_size=20))
def test_folding_twice_changes_nothing(word: str) -> None:
    assert fold(fold(word)) == fold(word)


@pytest.mark.parametrize(
    "unit", ["A", "Ann Lee ", "1/1/1", "1/1/80 ", "M1 1AE ", "9 ", "SC/2023-", "\t", "Smith,", "é"]
)
def test_hostile_text_of_one_kind_is_read_in_bounded_time(unit: str) -> None:
    found_in(few(), unit * 20_000)
