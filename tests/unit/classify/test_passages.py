"""The words around findings: what an officer reads to judge them, and nothing of what was found."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.classify.known import COMMON, Known
from gateway.classify.mask import mask
from gateway.classify.passages import AROUND, LONGEST, passages_in, passages_of, stands_in
from gateway.model.inspection import Finding, Marking, Segment, Where
from gateway.model.normalise import normalise
from gateway.model.passage import A_PLACE, MARKING, Passage, Run
from gateway.model.tier import Tier
from gateway.testing.values import a_finding, an_inspection

NUMBER: Final = "943 476 5919"
BORN: Final = "12/03/1984"


def found(text: str, value: str, entity: str = "NHS_NUMBER", *, nth: int = 0, segment: int = 0) -> Finding:
    """Return a finding of a value at its place in a text."""
    start = -1
    for _ in range(nth + 1):
        start = text.index(value, start + 1)
    masked = mask(entity, normalise(value))  # as the detectors see it
    return replace(a_finding(entity, masked=masked), start=start, end=start + len(value), segment=segment)


def passages(text: str, *findings: Finding, marking: Marking | None = None) -> list[Passage]:
    seen = replace(an_inspection(findings=findings), marking=marking)
    return [*passages_of(seen, {("plan.docx", 0): Segment(where=Where.BODY, text=text)})]


def read(text: str, *findings: Finding) -> list[str]:
    """Return passages as they are read, what was found in brackets."""
    return [
        "".join(f"[{run.text}]" if run.entity else run.text for run in each.runs) for each in passages(text, *findings)
    ]


def test_a_line_is_read_with_its_values_masked() -> None:
    line = f"Khan, S.  DOB {BORN}  NHS {NUMBER}  Housing, band B"
    (passage,) = passages(line, found(line, BORN, "DATE_OF_BIRTH"), found(line, NUMBER))
    assert passage == Passage(
        part="plan.docx",
        where=Where.BODY,
        runs=(
            Run(text="Khan, S.  DOB "),
            Run(text=mask("DATE_OF_BIRTH", BORN), entity="DATE_OF_BIRTH"),
            Run(text="  NHS "),
            Run(text=mask("NHS_NUMBER", NUMBER), entity="NHS_NUMBER"),
            Run(text="  Housing, band B"),
        ),
    )


def test_what_is_far_apart_has_passages_of_its_own_of_whole_words() -> None:
    line = f"The number {NUMBER} {'of somebody ' * 30}and born on {BORN} as they say."
    first, second = read(line, found(line, NUMBER), found(line, BORN, "DATE_OF_BIRTH"))
    masked = mask("NHS_NUMBER", NUMBER)
    assert first == f"The number [{masked}] {'of somebody ' * 4}of somebody…"
    assert second.startswith("…of somebody of somebody ")
    assert second.endswith("] as they say.")


@pytest.mark.parametrize(
    "again", [NUMBER, "9434765919", "943-476-5919", "943.476.5919", f"x{NUMBER}x"],
)  # fmt: skip
def test_a_value_that_was_found_once_is_hidden_wherever_it_stands(again: str) -> None:
    line = f"The number {NUMBER} is not {again} at all"
    (text,) = read(line, found(line, NUMBER))
    assert "5919" not in text.partition("]")[2]
    assert "•" in text.partition("]")[2]


@pytest.mark.parametrize(
    ("number", "entity", "again"),
    [
        (NUMBER, "NHS_NUMBER", "943/476/5919"), (NUMBER, "NHS_NUMBER", "943_476_5919"),
        (NUMBER, "NHS_NUMBER", "943\u2013476\u20135919"), (NUMBER, "NHS_NUMBER", "943\u00a0476\u202f5919"),
        (NUMBER, "NHS_NUMBER", "(943) 476\n5919"), (NUMBER, "NHS_NUMBER", "9 4 3 4 7 6 5 9 1 9"),
        (NUMBER, "NHS_NUMBER", "943\u00b7476\u00b75919"), (NUMBER, "NHS_NUMBER", "943\t476\t5919"),
        ("9434765919", "NHS_NUMBER", NUMBER), (BORN, "DATE_OF_BIRTH", "12.03.1984"),
        ("QQ123456C", "NINO", "qq 12-34-56 c"), ("20-00-00 55779911", "BANK_ACCOUNT", "200000/55779911"),
        ("020 7946 0958", "UK_PHONE", "+44 (0)20 7946-0958"), ("+44 20 7946 0958", "UK_PHONE", "02079460958"),
    ],
)  # fmt: skip
def test_a_number_is_hidden_with_other_separators_too(number: str, entity: str, again: str) -> None:
    line = f"It is {number} and {again} at last"
    (text,) = read(line, found(line, number, entity))
    digits = "".join(filter(str.isdecimal, text.partition("]")[2]))
    assert digits in {"", "0", "440"}, "what stands before a telephone number is everybody's"


@pytest.mark.parametrize(
    ("name", "again"),
    [
        ("Blodwen Pugh", "BLODWEN PUGH"), ("Blodwen Pugh", "Pugh, Blodwen"), ("Blodwen Pugh", "PUGH Blodwen"),
        ("Blodwen Pugh", "Mrs Pugh"), ("Blodwen Pugh", "B. Pugh"), ("Blodwen Pugh", "B.M. Pugh"),
        ("Blodwen Pugh", "blodwen"), ("Blodwen Pugh", "Pugh's"), ("Blodwen Pugh", "the Pughs"),
        ("Blodwen Pugh", "Pugh, Mrs B."), ("Blodwen Pugh", "BPugh"), ("Blodwen Pugh", "pughb"),
        ("Blodwen Pugh", "PughBlodwen"), ("Blodwen Pugh", "pugh_blodwen2"), ("Blodwen Pugh", "Blod-\nwen"),
        ("Blodwen Pugh", "Blod\u00adwen"), ("Blodwen Pugh", "\uff30\uff35\uff27\uff28"),
        ("Pugh, Blodwen Mair", "Mair"), ("Pugh, Mrs Blodwen", "Blodwen"), ("Mrs Pugh", "Pugh"),
        ("Si\u00e2n \u00d6zt\u00fcrk", "Ozturk, Sian"), ("Sian Ozturk", "\u00d6zt\u00fcrk"),
        ("Ann Lee", "Lee, Ann"), ("Mary O\u2019Brien", "O'BRIEN"), ("Mary O'Brien", "Obrien"),
        ("Ann Smith-Jones", "Mrs Jones"), ("Ann Smith-Jones", "Smith"), ("Ann SmithJones", "Smithjones"),
        ("Anna van der Berg", "Vanderberg"), ("Alice Ng", "Ng, Alice"), ("Will Young", "Mr Will"),
        ("Jos\u00e9 Le", "LE Jose\u0301"), ("John Constable", "Mr Constable"),
    ],
)  # fmt: skip
def test_the_words_of_a_name_are_hidden_in_any_order_and_case(name: str, again: str) -> None:
    line = f"It is {name} \u2013 {again} \u2013 indeed"
    (text,) = read(line, found(line, name, "PERSON_NAME"))
    shown = text.partition("]")[2].split("\u2013")[1]
    left = {"".join(filter(str.isalpha, word)) for word in shown.replace(".", " ").split()}
    assert left <= {"", "the", "Mr", "Mrs", "B", "M", "O"}, shown
    assert text.endswith("indeed")


def test_the_words_of_a_name_are_hidden_in_other_segments_and_by_a_register() -> None:
    first, second = "It is Blodwen Pugh here", f"NHS {NUMBER} of Mrs Pugh"
    for entity in ("PERSON_NAME", "REGISTERED_PERSON"):
        seen = an_inspection(findings=(found(first, "Blodwen Pugh", entity), found(second, NUMBER, segment=1)))
        texts = {("plan.docx", n): Segment(where=Where.BODY, text=each) for n, each in enumerate((first, second))}
        assert "Pugh" not in str([*passages_of(seen, texts)])


def test_common_words_titles_and_words_of_what_is_no_name_stay() -> None:
    line = "Will Young, who is young, will ask Mrs Young: will you? Mrs Long will."
    (text,) = read(line, found(line, "Will Young", "PERSON_NAME"))
    hidden = "\u2022" * 5
    assert text.endswith(f"], who is {hidden}, will ask Mrs {hidden}: will you? Mrs Long will.")
    line = f"Rose Hospice, NHS {NUMBER}; the hospice of Rosemary arose"
    (text,) = read(line, found(line, "Rose Hospice", "HEALTH"), found(line, NUMBER))
    assert text.endswith("; the hospice of Rosemary arose")


def test_a_name_that_is_turned_around_is_known_as_it_shows() -> None:
    line = "It is \u202ehguP newdolB\u202c and Blodwen there"
    turned = replace(found(line, "hguP newdolB", "PERSON_NAME"), masked=mask("PERSON_NAME", "Blodwen Pugh"))
    assert "Blodwen" not in str(read(line, turned))


NAME_WORDS: Final = st.text("abdeghlmnoprtuwy", min_size=3, max_size=9).filter(lambda word: word not in COMMON)
SPELLINGS: Final = (
    str.upper, str.lower, str.title, "{}'s".format, "B. {}".format, "Mrs {}".format, "({})".format, "x_{}".format,
    lambda word: word[0] + "\u00ad" + word[1:], lambda word: "".join(chr(ord(char) + 0xFEE0) for char in word.upper()),
    lambda word: word.title() + "\u0301", "{}-\u00e9\u00e9".format, "12{}34".format,
)  # fmt: skip


@given(
    st.lists(NAME_WORDS, min_size=1, max_size=4, unique=True), st.booleans(),
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from(SPELLINGS), st.sampled_from([" ", ", ", "\n", "; ", "/"]))),
)  # fmt: skip
def test_no_word_of_a_found_name_survives(
    words: list[str],
    surname_first: bool,  # noqa: FBT001 - drawn
    again: list[tuple[int, Callable[[str], str], str]],
) -> None:
    titled = [word.title() for word in words]
    name = f"{titled[0]}, {' '.join(titled[1:])}".rstrip(", ") if surname_first else " ".join(titled)
    around = "".join(gap + spell(words[number % len(words)]) for number, spell, gap in again)
    line = f"{around} = {name} = {around}"
    (passage,) = passages(line, replace(found(line, f"= {name} =", "PERSON_NAME"), masked="[]"))
    shown = "".join(run.text for run in passage.runs if not run.entity)
    plain = unicodedata.normalize("NFD", normalise(shown)).replace("\u0301", "").lower()
    assert set(words).isdisjoint(re.findall(r"[^\W\d_]+", plain)), shown


def test_a_value_that_an_edge_cuts_is_hidden_too() -> None:
    for blanks in range(35, 61):
        line = f"No {NUMBER}{' ' * blanks}{NUMBER} and so on"
        (text,) = read(line, found(line, NUMBER))
        assert not any(char.isdigit() for char in text.partition("]")[2]), blanks


def test_what_counts_for_nothing_is_masked_and_what_is_not_listed_is_not_in_any_passage() -> None:
    line = f"DOB {BORN} NHS {NUMBER} end"
    unsure = replace(found(line, BORN, "DATE_OF_BIRTH"), confidence=0.1)
    assert BORN not in str(read(line, unsure, found(line, NUMBER)))
    many = "\n".join(f"Row {number} of it: {NUMBER}" for number in range(A_PLACE + 5))
    findings = [found(many, NUMBER, nth=number) for number in range(A_PLACE + 5)]
    text = "".join(read(many, *findings))
    assert text.count("[") == A_PLACE
    assert f"Row {A_PLACE - 1} " in text
    assert "Row 16" not in text


def test_findings_that_overlap_are_one() -> None:
    line = "Account 20-00-00 55779911 of hers"
    wide, inner = found(line, "20-00-00 55779911", "BANK_ACCOUNT"), found(line, "00 55779911", "BANK_ACCOUNT")
    (passage,) = passages(line, wide, inner)
    assert [run.entity for run in passage.runs] == ["", "BANK_ACCOUNT", ""]
    crossed = found(line, "55779911 of hers", "PERSON_NAME")
    assert read(line, wide, crossed)[0].startswith("Account [")
    assert "hers" not in read(line, wide, crossed)[0]


def test_what_turns_a_line_around_or_is_not_seen_is_gone_and_blank_lines_are_few() -> None:
    line = f"One\u202e two\x1b[31m\x00 three\u200b\r\r\n\u2028\n\ufe0f\U000e0041\u3164\n  NHS {NUMBER}\ud800\ufffa"
    assert read(line, found(line, NUMBER)) == [f"One two[31m three\nNHS [{mask('NHS_NUMBER', NUMBER)}]"]


def test_a_marking_is_shown_as_it_is_once() -> None:
    text = "RESTRICTED  -  STAFF\nWe write to you. RESTRICTED - STAFF"
    marking = Marking(
        scheme="gpms", tier=Tier.RESTRICTED, text="RESTRICTED - STAFF", where=Where.BODY, part="plan.docx", score=95
    )
    (passage,) = passages(text, marking=marking)
    assert passage.runs[0] == Run(text="RESTRICTED  -  STAFF", entity=MARKING)
    assert passages("Nothing of the kind", marking=marking) == []
    assert passages(text, marking=replace(marking, part="other.docx")) == []


def test_a_finding_that_is_a_marking_stays_masked() -> None:
    text = "RESTRICTED - STAFF"
    marking = Marking(scheme="gpms", tier=Tier.RESTRICTED, text=text, where=Where.BODY, part="plan.docx", score=95)
    (passage,) = passages(text, found(text, "STAFF", "PERSON_NAME"), marking=marking)
    assert "STAFF" not in str(passage)


VALUES: Final = st.text("abcdefghij0123456789 -", min_size=5, max_size=20).filter(lambda text: len(text.split()) == 1)
WORDS: Final = st.text("ABCDEFGHIJ \n\u202eé.,", max_size=150)


@given(st.lists(st.tuples(WORDS, VALUES), min_size=1, max_size=8), WORDS, st.integers(0, 100))
def test_no_character_of_a_finding_but_those_of_its_mask_is_ever_shown(
    pieces: list[tuple[str, str]], last: str, listed: int
) -> None:
    text, findings = "", []
    for words, value in pieces:
        text += words
        made = replace(a_finding("X", masked=mask("X", value)), start=len(text), end=len(text) + len(value))
        findings.append(made)
        text += value
    text += last
    around = [each for number, each in enumerate(findings) if listed >> number & 1]
    known = Known.of(("X", value) for _, value in pieces)
    shown = [*passages_in(text, findings, around, known=known)]
    plain = "".join(run.text for runs in shown for run in runs if not run.entity)
    assert not set(plain) & set("abcdefghij0123456789"), "the alphabet of values never shows outside a mask"
    masks = {each.masked for each in findings}
    assert all(run.text in masks for runs in shown for run in runs if run.entity)
    assert sum(any(run.entity for run in runs) for runs in shown) == len(shown)
    assert all(sum(len(run.text) for run in runs if not run.entity) <= LONGEST + 2 * AROUND + 2 for runs in shown)


ODD: Final = {
    "a dash": "943\u2013476\u20135919",
    "a dash that does not break": "943\u2011476\u20115919",
    "an apostrophe": "O\u2019Brien",
    "nothing seen": "943\u200b4765919",
    "full width": "\uff19\uff14\uff13 476 5919",
    "an accent of its own": "Zoe\u0301 Pugh",
    "a blank that does not break": "20\u00a07946\u00a00958",
}


@pytest.mark.parametrize("value", ODD.values(), ids=ODD)
def test_what_was_found_in_its_normal_form_stands_there_and_is_masked(value: str) -> None:
    line = f"It is {value} here"
    finding = found(line, value)
    assert stands_in(line, finding)
    assert not stands_in(f"x{line}", finding)
    assert not stands_in(line[:8], finding)
    assert read(line, finding) == [f"It is [{finding.masked}] here"]


def test_names_of_files_and_what_is_turned_around_stand_there_as_they_are_read() -> None:
    file = "943_476_5919 of Pugh.docx"
    assert stands_in(file, replace(a_finding(masked=mask("NHS_NUMBER", NUMBER)), start=0, end=12))
    turned = f"\u202e{NUMBER[::-1]}\u202c"
    assert stands_in(turned, replace(a_finding(masked=mask("NHS_NUMBER", NUMBER)), start=0, end=len(turned)))


@pytest.mark.parametrize(
    ("value", "again"),
    [
        ("Jos\u00e9 \u00c1lvarez", "Jose\u0301 A\u0301lvarez"),
        ("\u0130smail \u00d6z", "\u0130smail \u00d6z"),
        ("Hans Stra\u00dfe", "HANS STRASSE"),
        (NUMBER, "\uff19\uff14\uff13\uff14\uff17\uff165919"),
        (NUMBER, "\u0669\u0664\u0663 \u0664\u0667\u0666 \u0665\u0669\u0661\u0669"),
        ("12 34 " * 150, "12 34 " * 150),
        ("Will", "Will"),
    ],
)
def test_a_value_is_hidden_however_it_is_written_again(value: str, again: str) -> None:
    line = f"It is {value} and {again} indeed"
    (text,) = read(line, found(line, value))
    shown = text.partition("]")[2]
    assert not {char for char in shown if char.isalnum()} - set("andindeed"), shown


def test_letters_alone_are_hidden_as_whole_words_but_for_pieces_of_what_is_longer() -> None:
    key = " ".join(["qwertyu"] * 30)  # its pieces end within words
    line = f"Key: {key} and {key} again"
    assert "qwert" not in read(line, replace(found(line, key), masked="[secret]"))[0]
    line = "Mrs Rose called and he arose; she rose."
    assert read(line, found(line, "Rose", "PERSON_NAME"))[0].endswith(
        "] called and he arose; she \u2022\u2022\u2022\u2022."
    )


def test_values_that_overlap_where_they_stand_again_are_all_hidden() -> None:
    line = "Cards 1234 5678 and 5678 9012, so 1234 5678 9012 at last"
    (text,) = read(line, found(line, "1234 5678"), found(line, "5678 9012"))
    assert not any(char.isdigit() for char in text.rpartition("so")[2])
    twice = "1212 in 121212"
    assert read(twice, found(twice, "1212"))[0].endswith(" in \u2022\u2022\u2022\u2022\u2022\u2022")


def test_the_same_place_in_other_segments_is_not_listed_with_it() -> None:
    line = f"NHS {NUMBER}"
    findings = [found(line, NUMBER, segment=number) for number in range(100)]
    segments = {("plan.docx", number): Segment(where=Where.BODY, text=line) for number in range(100)}
    assert len([*passages_of(an_inspection(findings=tuple(findings)), segments)]) == A_PLACE


@pytest.mark.parametrize(
    "text", ["OFFICIAL\u2013SENSITIVE", "OFFICIAL\u2011SENSITIVE", "OFFI\u00adCIAL-SENSITIVE", "OFFICIAL-SENSITIVE"]
)
def test_a_marking_is_found_in_its_normal_form_as_words_of_its_own(text: str) -> None:
    marking = Marking(
        scheme="gsc", tier=Tier.OFFICIAL_SENSITIVE, text="OFFICIAL-SENSITIVE", where=Where.BODY, part="plan.docx",
        score=95,
    )  # fmt: skip
    (passage,) = passages(f"UNOFFICIAL-SENSITIVELY\n{text}\nWe write", marking=marking)
    assert [run.entity for run in passage.runs] == ["", MARKING, ""]
    assert passage.runs[2].text == "\nWe write"


def test_a_marking_is_shown_where_nothing_was_found_in_it() -> None:
    text = "PROTECT STAFF and then PROTECT"
    marking = Marking(scheme="gpms", tier=Tier.PROTECT, text="PROTECT", where=Where.BODY, part="plan.docx", score=95)
    (passage,) = passages(text, found(text, "PROTECT STAFF", "PERSON_NAME"), marking=marking)
    assert [run.entity for run in passage.runs] == ["PERSON_NAME", "", MARKING]
    assert passage.runs[1].text == " and then "


def test_a_segment_of_a_million_characters_costs_no_more_than_its_windows() -> None:
    text = "word " * 200_000 + NUMBER
    (passage,) = passages(text, found(text, NUMBER))
    assert sum(len(run.text) for run in passage.runs) < 2 * AROUND + 20
