"""Dates of birth among all other dates, in whatever form people write them."""

from __future__ import annotations

from datetime import date
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.classify.dates import DATE, iso_date
from gateway.model.normalise import normalise
from tests.unit.classify.classifying import best, findings

LABEL, CUE = 0.95, 0.85
COUNTED = [
    (LABEL, "DOB: 12/03/1980", "12/03/1980"),
    (LABEL, "born on 12 March 1980", "12 March 1980"),
    (LABEL, "Date of Birth\n1980-03-12", "1980-03-12"),  # on the line above
    (LABEL, "D.O.B. 12.3.80", "12.3.80"),
    (LABEL, "D.O.B.12/03/1980", "12/03/1980"),
    (LABEL, "DOB12/03/1980", "12/03/1980"),
    (LABEL, "d/o/b 12 / 03 / 1980", "12 / 03 / 1980"),
    (LABEL, "DoB 12-03-1980", "12-03-1980"),
    (LABEL, "dob 03-Mar-72", "03-Mar-72"),
    (LABEL, "Born: 3rd of March 1972", "3rd of March 1972"),
    (LABEL, "date of birth is 3rd day of March, 1972", "3rd day of March, 1972"),
    (LABEL, "Birth date: March 3rd, 1972", "March 3rd, 1972"),
    (LABEL, "DOB 1972/03/03", "1972/03/03"),
    (LABEL, "DOB 1972-Mar-03", "1972-Mar-03"),
    (LABEL, "DOB 12 03 1980", "12 03 1980"),
    (LABEL, "Date of birth: 12031980", "12031980"),
    (LABEL, "name,dob\nA,19800312", "19800312"),
    (LABEL, "name,town,date of birth\nA,Poole,12/03/1980\nB,Wareham,\n", "12/03/1980"),
    (LABEL, "Name\tDOB\tSeen\nA\t12/03/80\t01/02/24\n", "12/03/80"),
    (LABEL, "\n\tName\tDOB\n\n\tA\t12/03/1980\n", "12/03/1980"),  # the rows of a web page
    (LABEL, "Name Date of Birth NHS Number\nA Smith 12/03/1980 678 901 2345\n", "12/03/1980"),  # a table out of a PDF
    (LABEL, "DOB\t12/03/80\nSeen\t01/02/24\n", "12/03/80"),  # a form: label, value
    (LABEL, '"birthDate": "1972-03-03"', "1972-03-03"),
    (LABEL, '"dateOfBirth" : "1972-03-03T00:00:00Z"', "1972-03-03"),
    (LABEL, "<motherDateOfBirth>1972-03-03</motherDateOfBirth>", "1972-03-03"),
    (LABEL, "patient_dob=1972-03-03", "1972-03-03"),
    (LABEL, "Dyddiad geni: 3 Mawrth 1972", "3 Mawrth 1972"),
    (LABEL, "Date of birth (dd/mm/yyyy): 12/03/1980", "12/03/1980"),
    (LABEL, "Date of birth\n\nDay   Month   Year\n12 03 1980", "12 03 1980"),
    (LABEL, "Date of birth of the child: 12/03/1980", "12/03/1980"),
    (LABEL, "BDAY:1980-03-12\nTEL:01202 123456", "1980-03-12"),  # RFC 6350
    (LABEL, "date of birth: 12 March\n1980, of Hull", "12 March\n1980"),
    (LABEL, "PID|1||4010232137^^^NHS^NH||DOE^JANE^^^MRS||19800312|F", "19800312"),  # HL7 version 2
    (CUE, "She was born in Poole in the night of 3rd of May 1971", "3rd of May 1971"),
    (CUE, "born on Friday, March 3, 1972", "March 3, 1972"),
    (CUE, "born at St. Mary's on 3 March 1972", "3 March 1972"),
    (CUE, "aged 43 (03.03.1972)", "03.03.1972"),
    (CUE, "Mr A Smith (03/03/1972, aged 43)", "03/03/1972"),
    (CUE, "Mr A Smith 03/03/1972 (43 years)", "03/03/1972"),
    (CUE, "A Smith (b. 3 March 1972)", "3 March 1972"),
    (CUE, "March 12th, 1980 (date of birth)", "March 12th, 1980"),
    (CUE, "12/03/1980 DOB", "12/03/1980"),
]
NOT_COUNTED = [
    "We met on 12/03/1980",
    "born 31/02/1980",
    "born 12/12/1712",
    "born 12/12/2080",
    "DOB not recorded, seen 01/02/2024",
    "DOB unknown. Seen 01/02/2024",
    "DOB\nSeen 01/02/2024",
    "The birth certificate of 12/03/2020",
    "birthday party on Saturday 12 March 2024",
    "The birth of jazz, on 20 May 1917",
    "newborn 12/03/2020",
    "Adobe 12/03/2020",
    "Appendix b. 12/03/1980",
    "aged 43 12/03/2024",
    "version 1.2.80 (43)",
    "DOB 12/03",
    "do business on 12/03/1980",
    "The name and the date of birth\nwere asked on 12/03/1980",
    "Name Date of Birth Town\n12/03/1980 03/04/2024 A Smith",  # which of the two is not to be told
]


@pytest.mark.parametrize(("confidence", "text", "written"), COUNTED)
def test_counted(confidence: float, text: str, written: str) -> None:
    [finding] = findings(text, "DATE_OF_BIRTH")
    assert (text[finding.start : finding.end], finding.confidence) == (written, confidence)


@pytest.mark.parametrize("text", NOT_COUNTED)
def test_not_counted(text: str) -> None:
    assert findings(text, "DATE_OF_BIRTH") == []


@pytest.mark.parametrize(
    "text",
    [
        "DOB 12/12/1962, seen 01/02/2024",
        "DOB 12/12/1962, 01/02/2024",
        "seen 01/02/2024, DOB 12/12/1962",
        "01/02/2024 DOB 12/12/1962",
        "01/02/2024 DOB: 12/12/1962 03/04/2024",
    ],
)
def test_the_date_beside_a_date_of_birth_is_not_one(text: str) -> None:
    [finding] = findings(text, "DATE_OF_BIRTH")
    assert text[finding.start : finding.end] == "12/12/1962"


def test_a_plural_names_a_list() -> None:
    assert len(findings("DOBs: 12/03/1980, 14/05/1982 and 16/07/1984", "DATE_OF_BIRTH")) == 3


READINGS = [
    ("05/11/1968", "1968-11-05"),  # day first
    ("11/25/1968", "1968-11-25"),  # unless it cannot be
    ("29/02/72", "1972-02-29"),
    ("29/02/73", ""),
    ("01/02/29", "2029-02-01"),  # the pivot
    ("01/02/30", "1930-02-01"),
    ("19680511", "1968-05-11"),
    ("05111968", "1968-11-05"),
    ("5ed o Mai 1968", "1968-05-05"),
    ("5 Mai 1968", "1968-05-05"),
    ("1968-5-1", "1968-05-01"),
    ("5/Nov/1968", "1968-11-05"),
    ("5Nov68", "1968-11-05"),
    ("5 November '68", "1968-11-05"),
]


@pytest.mark.parametrize(("written", "day"), READINGS)
def test_what_a_date_means(written: str, day: str) -> None:
    found = DATE.fullmatch(written)
    assert (iso_date(found, 1890, 2040) if found else "") == day


FORMS: Final = st.sampled_from(
    ["%d/%m/%Y", "%Y-%m-%d", "%Y/%m/%d", "%d %B %Y", "%d.%m.%y", "%B %d, %Y", "%d-%b-%Y", "%Y%m%d", "%dth of %B %Y"]
)


@given(st.dates(date(1930, 1, 1), date(2029, 12, 31)), FORMS)
def test_every_date_with_a_cue_is_a_date_of_birth_and_none_without(day: date, form: str) -> None:
    written = day.strftime(form)
    found = DATE.fullmatch(written)
    assert found is not None
    assert iso_date(found, 1890, 2040) == day.isoformat()
    assert best(f"Date of birth: {written}.", "DATE_OF_BIRTH") == LABEL
    assert not findings(f"The meeting of {written}.", "DATE_OF_BIRTH")


def test_no_disguise_hides_a_date() -> None:
    """Hostile: full-width digits, zero-width characters, a no-break space, a dash that is no hyphen."""
    text = "D\u200bOB:\u00a0\uff11\uff12\u201003\u20101980"
    assert normalise(text) == "DOB: 12-03-1980"
    assert best(text, "DATE_OF_BIRTH") == LABEL


@pytest.mark.parametrize(
    "line", ["born ", "dob,", "dob\tdob\n", "(43) aged 43 (", "12/03/1980 ", "born 1/1/", "b. (b."]
)
def test_cues_without_end_take_time_in_proportion(line: str) -> None:
    """Hostile: each cue might look at the whole text."""
    assert findings(line * (200_000 // len(line)), "DATE_OF_BIRTH") == []
