"""Special categories: what counts, and what talks about them and is nobody's."""

from __future__ import annotations

import pytest

from gateway.model.inspection import COUNTS_FROM, GapKind
from tests.unit.classify.category_texts import CATEGORIES, categories, texts
from tests.unit.classify.classifying import classifier, classify, part_of

RECORDS = texts("category_records.txt")
GENERAL = texts("general_mail.txt")
NOTES = texts("health_notes.txt")
EVERYDAY = texts("health_everyday.txt")
PROSE = texts("general_prose.txt")


@pytest.mark.parametrize(("entity", "text"), RECORDS, ids=[f"{at} {entity}" for at, (entity, _) in enumerate(RECORDS)])
def test_a_record_of_a_person_is_found(entity: str, text: str) -> None:
    assert entity in categories(text)


@pytest.mark.parametrize("text", [text for _, text in GENERAL], ids=[title for title, _ in GENERAL])
def test_what_talks_about_nobody_is_left_alone(text: str) -> None:
    assert categories(text) == set()


def test_three_quarters_of_clinical_notes_of_all_specialties_and_styles() -> None:
    missed = [title for title, text in NOTES if "HEALTH" not in categories(text)]
    assert len(NOTES) >= 90
    assert len(missed) <= len(NOTES) // 4, missed


def test_health_in_letters_notes_and_mail_as_people_write_them() -> None:
    missed = [title for title, text in EVERYDAY if "HEALTH" not in categories(text)]
    assert len(EVERYDAY) >= 150
    assert len(missed) <= len(EVERYDAY) // 8, missed


def test_prose_full_of_the_words_of_health_is_mostly_nobodys() -> None:
    found = [title for title, text in PROSE if categories(text)]
    assert len(PROSE) >= 140
    assert len(found) <= len(PROSE) // 24, found


FIELDS = [
    ("Religion: Sikh", {"RELIGION"}),
    ("Religion : Church of England\nName: J Bloggs", {"RELIGION"}),
    ('"religion": "Hindu",', {"RELIGION"}),
    ("Ethnic group (self-defined): A1", {"ETHNICITY"}),
    ("Ethnicity\tW1 - White British", {"ETHNICITY"}),
    ("Ethnicity\nBangladeshi\nAge\n12", {"ETHNICITY"}),
    ("Sexual orientation = bisexual", {"SEX_LIFE"}),
    ("Legal status: s.47", {"CHILD_SAFEGUARDING"}),
    ("Trade union: UNISON", {"TRADE_UNION"}),
    ("Name: A Khan\nOffence: Robbery", {"OFFENCE"}),
    ("surname,dob,diagnosis\nKhan,01/02/1980,Asthma\n", {"HEALTH"}),
    ("name|absence reason|days\nKhan|Flu|3\n", {"HEALTH"}),
    # no answer, or not one
    ("Religion:", set()),
    ("Religion: prefer not to say", set()),
    ("Religion: N/A\nName: J Bloggs", set()),
    ("Ethnicity: ______", set()),
    ("Ethnicity: please state", set()),
    ("Offence: not known\nName: A Khan", set()),
    # the label says something else here
    ("He asked what religion: none of your business", set()),
    ("Race: 10 km on 3 May", set()),
    ("Status: s.47", set()),
    ("Faith: The New Album", set()),
    ("Union: flag of the", set()),
    ("item,diagnosis,price\nbrake,worn disc,80\n", set()),
    ("The unit tests religion, ethnicity, and union types.", set()),
]


@pytest.mark.parametrize(("text", "found"), FIELDS)
def test_labelled_values_and_columns(text: str, found: set[str]) -> None:
    assert categories(text) == found


TRAPS = [
    (
        "without prejudice to a bare heading",
        "Liability of the carrier is without prejudice to clause 4.",
        "body",
        set(),
    ),
    ("without prejudice as a line", "Without Prejudice\n\nDear Sirs", "body", {"LEGAL_PRIVILEGE"}),
    ("in a subject", "Smith v Jones - without prejudice", "subject", {"LEGAL_PRIVILEGE"}),
    ("in a header", "Commercial in confidence", "header", {"COMMERCIAL"}),
    ("disclaimer", "This e-mail may contain confidential and/or legally privileged information.", "body", set()),
    ("marking named, not borne", "Mark such papers 'commercial in confidence'.", "body", set()),
    ("a short form in small letters", "The lac insect; Mrs Moore has a plan for the lac.", "body", set()),
    ("he said", "He said he was gay and happy.", "body", set()),
    ("a councillor", "Mr Lee, Councillor for Hale, is a member of the Labour Party.", "body", set()),
    (
        "a definition",
        "Racial or ethnic origin, political opinions, religious beliefs, trade union membership.",
        "body",
        set(),
    ),
    ("a reply's subject is no person", "Re: brca1 mutation\n\nHas anyone compiled it?", "body", set()),
]


@pytest.mark.parametrize(("text", "where", "found"), [row[1:] for row in TRAPS], ids=[row[0] for row in TRAPS])
def test_traps(text: str, where: str, found: set[str]) -> None:
    assert categories(text, where) == found


def test_statute_barred_health_is_told_from_other_health() -> None:
    note = "Mrs Orme, DOB 01/02/1980, was seen in clinic. On examination her blood pressure was 140/90. Ramipril 5 mg."
    assert categories(note) == {"HEALTH"}
    assert categories(f"{note} She had a termination of pregnancy in 2010.") == {"HEALTH", "STATUTE_BARRED_HEALTH"}


STATUTE_BARRED = [
    ("Mrs Kaya, DOB 02/03/1985, tested negative for HIV in May.", True),
    ("Ms Price declined an HIV test at booking.", True),
    ("Mr Osei has no history of syphilis or gonorrhoea.", True),
    ("Patient: John Hale. HIV Ag/Ab negative. RPR non-reactive.", True),
    ("The patient, a 24 year old woman, had a termination at nine weeks.", True),
    ("Hannah Lowe conceived by IVF with donor sperm; she is 38 years old.", True),
    # about nobody, or about something else
    ("HIV awareness: anyone can get an HIV test at the GUM clinic. It is free and confidential.", False),
    ("In 2022 there were 3,805 new HIV diagnoses in the UK. Gonorrhoea rose by 50%.", False),
    ("Policy: staff must not disclose the HIV status of a patient.", False),
    ("Fertility leave: employees having IVF may take five days a year.", False),
    ("Mr Lee told her that the contract had a termination clause.", False),
    ("The senator said that he opposed abortion. Her rival disagreed.", False),
]


@pytest.mark.parametrize(("text", "barred"), STATUTE_BARRED)
def test_a_test_declined_or_negative_is_barred_by_statute_and_statistics_are_not(text: str, *, barred: bool) -> None:
    assert ("STATUTE_BARRED_HEALTH" in categories(text)) is barred


SAID_OF_SOMEBODY = [
    ("OFFENCE", "Mr X was charged with fraud by the police in May and has been suspended from work.", True),
    ("OFFENCE", "Gary Pell disclosed a conviction for drink driving. He was banned for 14 months.", True),
    ("OFFENCE", "Mr Karl Dent, 34, was charged with burglary and is due before magistrates, police said.", False),
    ("CHILD_SAFEGUARDING", "Please send the MASH referral for Jayden (4) by close of play.", True),
    ("CHILD_SAFEGUARDING", "How to make a MASH referral: all staff must complete training.", False),
    ("POLITICS", "Donor: Sarah Pitt, 250 pounds, Green Party", True),
    ("POLITICS", "The Electoral Commission publishes donations. The Labour Party received 5m.", False),
]


@pytest.mark.parametrize(("entity", "text", "counts"), SAID_OF_SOMEBODY)
def test_what_a_letter_says_of_somebody_counts_and_what_the_press_says_does_not(
    entity: str, text: str, *, counts: bool
) -> None:
    assert (entity in categories(text)) is counts


def test_each_finding_says_why() -> None:
    found = classify("Name: Gurpreet Sandhu\nReligion: Sikh").findings
    (religion,) = [each for each in found if each.entity == "RELIGION"]
    assert religion.why == ("term", "label", "person")
    assert "ikh" not in religion.masked


def test_prose_shows_one_finding_of_a_category_however_long_it_is() -> None:
    note = next(text for title, text in NOTES if title.startswith("operative report"))
    (found,) = [each for each in classify(note * 5).findings if each.entity in CATEGORIES]
    assert found.confidence >= COUNTS_FROM


def test_each_labelled_field_shows_a_finding_beside_the_prose() -> None:
    text = "Name: A Khan\nReligion: Sikh\nFaith: Sikh\n\nMr Khan is a practising Sikh and attends the gurdwara.\n" * 3
    found = [each for each in classify(text).findings if each.entity == "RELIGION"]
    assert [each.why[1] for each in found].count("label") == 2
    assert len(found) == 3


def test_a_note_cut_into_segments_is_still_one_note() -> None:
    note = next(text for title, text in NOTES if title.startswith("cardiology"))
    pages = [("body", line) for line in note.split(". ")]
    found = classifier().classify((part_of(*pages),)).findings
    assert any(each.entity == "HEALTH" and each.confidence >= COUNTS_FROM for each in found)


@pytest.mark.parametrize(
    "flood",
    [
        "Mr Smith is HIV positive. " * 20_000,
        "religion\t" * 30_000 + "\n" + "Sikh\t" * 30_000,
        ("religion: " * 10 + "\n") * 5_000,
        "diagnosis,name\n" * 20_000,
        "the patient was admitted " * 20_000,
    ],
    ids=["terms", "columns", "labels", "tables", "words"],
)
def test_a_flood_is_judged_in_little_time(flood: str) -> None:
    classified = classify(flood)
    assert not any(gap.kind is GapKind.DETECTOR_FAILED for gap in classified.gaps)
    assert sum(each.entity in CATEGORIES for each in classified.findings) <= 4 * len(CATEGORIES)
