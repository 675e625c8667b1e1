"""Names of people by rules: what announces one, what only looks like one, and whose it is."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.classify import Candidate
from gateway.classify.detectors.person_name import PersonName
from gateway.classify.names.reading import canonical, may_be_one, read_name
from gateway.model.inspection import COUNTS_FROM, Finding, Segment, Where
from tests.unit.classify.classifying import classifier, classify, part_of


def names(text: str) -> list[tuple[str, Finding]]:
    """Return the names found, as they stand."""
    found = [each for each in classify(text).findings if each.entity == "PERSON_NAME"]
    return [(text[each.start : each.end], each) for each in found]


def sure(text: str) -> list[str]:
    """Return the names that count."""
    return [name for name, finding in names(text) if finding.confidence >= COUNTS_FROM]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # labelled fields
        ("Name: John Smith\nDOB: 1/2/80", ["John Smith"]),
        ("Full name:  Anne-Marie O'Brien", ["Anne-Marie O'Brien"]),
        ("Patient: Mrs Zoë Müller (NHS 1)", ["Zoë Müller"]),
        ("Patient Name: JOHN SMITH Hospital No: 1", ["JOHN SMITH"]),
        ("Child's name: Tom van der Berg", ["Tom van der Berg"]),
        ("Name of child: Aoife Ní Bhriain", ["Aoife Ní Bhriain"]),
        ('{"patientName": "Ann Jones"}', ["Ann Jones"]),
        ("Name:\nPeter Jones\n", ["Peter Jones"]),
        ("Service user: J. R. Hartley", ["J. R. Hartley"]),
        ("Surname: Smith\nForename(s): Mary Ann", ["Smith", "Mary Ann"]),
        ("given: Jane\nfamily: Smith\nprefix: Mrs", ["Jane", "Smith"]),
        ("My name is Siobhan and I write", ["Siobhan"]),
        # subject lines
        ("Re: Mr John SMITH, 1 High Street", ["John SMITH"]),
        ("RE: Jane Smith DOB 1/2/1980", ["Jane Smith"]),
        ("SMITH, John (Mr)  Born 01-Feb-1980", ["SMITH, John"]),
        # greetings and titles
        ("Dear Mrs Patel,", ["Patel"]),
        ("Dear John Smith,", ["John Smith"]),
        ("I saw Mr. J. Smith's mother", ["J. Smith"]),
        ("with Miss Green and Sir Ian Hall today", ["Green", "Ian Hall"]),
        # relatives
        ("Their husband Sylvan Rowbotham attended", ["Sylvan Rowbotham"]),
        ("Next of kin: Mary Jones, daughter", ["Mary Jones"]),
        ("Mother's name: April May, seen 3 May 2020", ["April May"]),
        # columns
        ("Name\tNHS number\nAnn Jones\t1\nBob Patel\t2\n", ["Ann Jones", "Bob Patel"]),
        ("first_name,last_name,dob\nAnn,Jones,1/1/1980\n", ["Ann", "Jones"]),
        ("PupilName|Class\nann jones|3B\nDr Bob Lee|4B\n", ["ann jones", "Bob Lee"]),
        ('Client,Town\n"Jones, Ann",Leeds\n', ["Jones, Ann"]),
    ],
)
def test_what_announces_a_name(text: str, expected: list[str]) -> None:
    assert sure(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "John Smith went to London.",  # prose is for the model
        "Company name: Acme Widgets\nFile name: Annual Report\nUser name: Admin Account\nProduct name: Blue Sky",
        "Project Name: Northern Light\nhostname: Web Server\nFilename: Final Draft",
        "Name: Riverside Surgery\nName: High Street\nClient: Acme Holdings Ltd",
        "Re: Budget Meeting\nRe: Your Appointment\nRE: FW: Fire Safety",
        "Dear Sir,\nDear Sirs\nDear All,\nDear Colleague,\nDear Customer\nDear Parents,\nDear Council Tax Team,",
        "Dr Pepper and Mr Kipling cakes, Dr Martens",
        "MS Word, MS Office, MS Access Basic",
        "Name\tSize\nAnnual Report\t12\nREADME\t3\nbudget.xlsx\t4\n",
        "Name\tDOB\tNHS Number\tFirst Line Address\n",
        "Company Name\tContact Name\nAcme Ltd\tJohn Smith\nBrown Ltd\tJane Doe\n",
        "Street Name\tTown\nBaker Street\tLondon\n",
        "LONDON, England. PARIS, France. USA, Canada",
        "name = 'John Smith'\nself.name: str\n<meta name=\"Microsoft Border Box\">",
        "Patient, child and client are words; patients: two hundred",
        "her mother said, and his father, a baker",
        "Wednesday, May 3: meeting in March",
    ],
)
def test_what_only_looks_like_a_name(text: str) -> None:
    assert sure(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Yours sincerely,\n\nJohn Smith\nManager",
        "Kind regards\r\n\r\nJane Doe",
        "Reviewed by Dr Fenwick",
        "seen with PC Jones and Cllr Ann Hall",
        "Consultant: Mr Jones",
        "seen by Mr P. Wood",
        "Dear Dr Jones,",
        "GP name: Alan Jones",
    ],
)
def test_who_acts_or_signs_is_shown_and_does_not_count(text: str) -> None:
    assert names(text)
    assert sure(text) == []


def test_a_value_is_one_however_the_name_is_written() -> None:
    values = {
        detection.value
        for text in (
            "Name: Zoë O'Brien",
            "Name: O'BRIEN, Zoe",
            "Re: Mrs Zoe O'BRIEN",
            "Surname: O'Brien\nForename: Zoë",
        )
        for detection in PersonName().judge(*_asked(text))
    }
    assert values == {"obrien zoe"}


def _asked(text: str) -> tuple[Segment, list[Candidate]]:
    found = [
        Candidate(pattern=pattern.name, start=match.start(), end=match.end())
        for pattern in PersonName.patterns
        for match in re.finditer(pattern.expression, text, re.IGNORECASE if pattern.caseless else 0)
    ]
    return Segment(where=Where.BODY, text=text), sorted(found, key=lambda each: (each.start, each.end))


@pytest.mark.parametrize(
    ("words", "value"),
    [
        (("John", "Smith"), "smith john"),
        (("Jan", "van", "der", "Berg"), "vanderberg jan"),
        (("Anne-Marie", "O'Brien"), "obrien annemarie"),
        (("Müller",), "muller"),
    ],
)
def test_the_surname_comes_first_in_a_value(words: tuple[str, ...], value: str) -> None:
    assert canonical(words) == value


@pytest.mark.parametrize(
    ("one", "other", "may_be"),
    [
        ("smith john", "smith j", True),
        ("smith john", "smith", True),
        ("smith john paul", "smith john", True),
        ("smith john", "smith jane", False),
        ("smith john", "smithson john", False),
        ("smith j", "smith b", False),
    ],
)
def test_which_spellings_may_be_one_person_s(one: str, other: str, *, may_be: bool) -> None:
    assert may_be_one(one, other) is may_be_one(other, one) is may_be


@given(st.text(alphabet="aAbÉ .,:'-\t\nMrDr0", max_size=60), st.integers(0, 60))
def test_a_name_that_is_read_stands_in_the_text(text: str, start: int) -> None:
    name = read_name(text, start)
    if name is not None:
        assert start <= name.start < name.end <= len(text)
        assert all(word in text[name.start : name.end] for word in name.words)
        assert name.value == name.value.casefold()


@pytest.mark.parametrize(
    "text",
    [
        "Name,Size\n" * 20_000,  # every line is a header of all lines below
        "name," * 40_000,  # one line of headers
        "Patient: " * 20_000,
        "Mr Aa " * 30_000,
        "Surname: A" * 20_000,
        "Kind regards\n" * 15_000,
        "Name:\t" + "Aa " * 60_000,
        "SMITH, " * 30_000,
        "Name\tDOB\n" + 'John "Smith\t1\n' * 15_000,
    ],
    ids=["headers", "one-line", "labels", "titles", "fields", "signatures", "words", "commas", "quotes"],
)
def test_hostile_texts_take_no_time_that_grows_with_their_square(text: str) -> None:
    begun = time.process_time()
    classifier().classify((part_of(("body", text)),))
    assert time.process_time() - begun < 5.0
