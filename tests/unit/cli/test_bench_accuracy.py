"""`gateway bench accuracy`: intervals against published ones, scoring against cases counted by hand, peers or none."""

from __future__ import annotations

import importlib.util
import json
import math
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.testing.accuracy import EVERYTHING, Case, Found, Gold, Reading
from gateway.testing.accuracy.names import canonical, counted_as
from gateway.testing.accuracy.presidio import ask as ask_presidio
from gateway.testing.accuracy.scoring import Tally, plain, score
from gateway.testing.accuracy.wilson import Ratio, Z
from tests.unit.cli.asking import ask

# Newcombe, Two-sided confidence intervals for the single proportion, Statistics in Medicine 17 (1998), table I, score
PUBLISHED = [
    (81, 263, 0.2553, 0.3662),
    (15, 148, 0.0624, 0.1605),
    (0, 20, 0.0000, 0.1611),
    (1, 29, 0.0061, 0.1718),
]
OWN = {"text": "Her NINO is AB123456C.", "spans": [{"start": 12, "end": 21, "entity": "NINO"}], "marking": "NONE"}


@pytest.mark.parametrize(("part", "of", "low", "high"), PUBLISHED)
def test_wilson_intervals_are_those_published(part: int, of: int, low: float, high: float) -> None:
    assert Ratio(part=part, of=of).interval() == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 10**6), st.data())
def test_the_ends_are_where_the_share_is_just_significant(of: int, data: st.DataObject) -> None:
    part = data.draw(st.integers(0, of))
    share, (low, high) = part / of, Ratio(part=part, of=of).interval()
    assert 0 <= low <= share <= high <= 1
    for end in {low, high} - {0.0, 1.0}:  # the definition: |share - end| is Z standard errors of the end
        assert abs(share - end) == pytest.approx(Z * math.sqrt(end * (1 - end) / of), rel=1e-6)


def test_of_nothing_nothing_is_known() -> None:
    nothing = Ratio(part=0, of=0)
    assert (nothing.value, nothing.interval(), str(nothing)) == (None, (0.0, 1.0), "-")
    assert str(Ratio(part=81, of=263)) == "0.308 (0.255-0.366)"


def found(entity: str, value: str, text: str = "", sure: float = 0.9, why: tuple[str, ...] = ("shape",)) -> Found:
    start = max(0, text.find(value))
    return Found(entity=entity, value=value, start=start, end=start + len(value), score=sure, why=why)


def gold(entity: str, value: str, text: str = "") -> Gold:
    start = text.find(value) if text else -1
    return Gold(entity=entity, value=value, start=start, end=start + len(value) if start >= 0 else -1)


def tally(case: Case, *findings: Found, **said: str) -> Tally:
    made = Tally()
    score(case, Reading(found=findings, text=case.text, **said), 0.5, made)  # type: ignore[arg-type]
    return made


def counts(made: Tally, entity: str) -> tuple[int, int, int, int]:
    each = made.entities[entity]
    return each.found, each.missed, each.false, each.anyhow


LABELLED = frozenset({"NHS_NUMBER", "NINO"})
NHS = Case(name="x", text="401 023 2137", gold=(gold("NHS_NUMBER", "4010232137"),), labelled=LABELLED)


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        ([found("NHS_NUMBER", "401 023 2137")], (1, 0, 0, 1)),
        ([found("UK_NHS", "401-023-2137")], (1, 0, 0, 1)),  # a peer's name for the same
        ([found("NHS_NUMBER", "401 023 2137"), found("NHS_NUMBER", "4010232137")], (1, 0, 0, 1)),  # once a document
        ([found("PHONE_NUMBER", "401 023 2137")], (0, 1, 0, 1)),  # under another label
        ([found("PHONE_NUMBER", "+44 401 023 2137")], (0, 1, 0, 1)),  # within a longer one
        ([found("NHS_NUMBER", "401 023 2138")], (0, 1, 1, 0)),
        ([found("NHS_NUMBER", "401 023")], (0, 1, 1, 0)),  # half of it
        ([found("NHS_NUMBER", "401 023 2137", sure=0.49)], (0, 1, 0, 0)),  # too unsure to count
        ([], (0, 1, 0, 0)),
    ],
)
def test_values_are_counted_as_by_hand(findings: list[Found], expected: tuple[int, int, int, int]) -> None:
    assert counts(tally(NHS, *findings), "NHS_NUMBER") == expected


def test_only_labelled_entities_can_be_false() -> None:
    made = tally(NHS, found("NINO", "AB123456C"), found("IP_ADDRESS", "10.0.0.1"))
    assert counts(made, "NINO") == (0, 0, 1, 0)
    assert "IP_ADDRESS" not in made.entities
    everything = Case(name="x", text=NHS.text, gold=NHS.gold, labelled=EVERYTHING)
    assert counts(tally(everything, found("IP_ADDRESS", "10.0.0.1")), "IP_ADDRESS") == (0, 0, 1, 0)


def test_precision_is_unknown_where_the_gold_is_not_complete() -> None:
    letter = Case(name="x", text=NHS.text, gold=NHS.gold)
    each = tally(letter, found("NHS_NUMBER", "4010232137"), found("NHS_NUMBER", "4010232129")).entities["NHS_NUMBER"]
    assert (each.recall.value, each.precision.value, each.f1.value) == (1.0, None, None)


def test_precision_recall_and_f1() -> None:
    made = Tally()
    for number in range(10):
        case = Case(name="x", gold=(gold("NINO", f"AB12345{number}C"),), labelled=LABELLED)
        wrong = [found("NINO", "ZZ999999Z")] if number < 2 else []
        right = [found("NINO", f"AB 12 34 5{number} C")] if number < 8 else []
        score(case, Reading(found=(*right, *wrong)), 0.5, made)
    each = made.entities["NINO"]
    assert (each.precision.value, each.recall.value, each.f1.value) == (0.8, 0.8, 0.8)
    assert made.total() == each


def test_an_email_address_is_no_name() -> None:
    case = Case(name="x", gold=(gold("PERSON_NAME", "Ann Lee"),), labelled=EVERYTHING)
    assert counts(tally(case, found("EMAIL_ADDRESS", "ann.lee@b.example")), "PERSON_NAME")[3] == 0
    assert counts(tally(case, found("PERSON", "Dr Ann Lee")), "PERSON_NAME") == (1, 0, 0, 1)  # a title is no name


def test_of_a_vector_only_what_claims_its_checksum_counts() -> None:
    right = Case(name="x", gold=(gold("UTR", "1955839661"),), labelled=frozenset({"UTR"}), vector=True)
    wrong = Case(name="x", labelled=frozenset({"UTR"}), vector=True)
    labelled, checked = found("UTR", "1955839661", why=("label",)), found("UTR", "1955839661", why=("checksum",))
    assert counts(tally(right, checked), "UTR") == (1, 0, 0, 1)
    assert counts(tally(right, labelled), "UTR")[:3] == (0, 1, 0)
    assert counts(tally(wrong, checked), "UTR")[:3] == (0, 0, 1)
    assert counts(tally(wrong, labelled), "UTR")[:3] == (0, 0, 0)


def test_gold_of_any_value_is_found_by_any_finding_of_its_entity() -> None:
    case = Case(name="x", gold=(gold("SECRET", ""),))
    assert counts(tally(case, found("SECRET", "k")), "SECRET") == (1, 0, 0, 1)
    assert counts(tally(case, found("NINO", "k")), "SECRET")[:2] == (0, 1)


def test_bait_is_taken_by_whatever_overlaps_it() -> None:
    text = "seen by Dr Fenwick, ref 12 34 56"
    case = Case(name="x", text=text, bait=("Dr Fenwick", "12 34 56", "not in the text"))
    made = tally(case, found("PERSON", "Fenwick", text), found("SORT_CODE", "not-in-the-text"))
    assert (made.bait_kept, made.bait) == (1, 3)
    assert [lapse.kind for lapse in made.lapses] == ["bait", "bait"]
    assert tally(case, found("HEALTH", "seen by Dr Fenwick", text)).bait_kept == 3  # a topic is no identifier


def test_characters_are_compared_whatever_the_label() -> None:
    text = "Ann Lee of Leeds"
    case = Case(name="x", text=text, gold=(gold("PERSON_NAME", "Ann Lee", text),))
    made = tally(case, found("LOCATION", "Lee of", text))
    assert made.chars == {"found": 3, "missed": 3, "false": 2}  # Lee; Ann; of


def test_ordinary_documents_and_health() -> None:
    made = Tally()
    case = Case(name="x", text="x", is_ordinary=True, marking="NONE")
    for findings in (
        [found("NINO", "AB123456C")],
        [found("EMAIL_ADDRESS", "a@b.example")],
        [found("HEALTH", "asthma")],
    ):
        score(case, Reading(found=tuple(findings), marking="none"), 0.5, made)
    assert (made.ordinary, made.uk_documents, made.health_documents) == (3, 1, 1)
    assert made.documents_with == {"NINO": 1, "EMAIL_ADDRESS": 1, "HEALTH": 1}
    assert {lapse.entity for lapse in made.lapses} == {"NINO", "HEALTH"}


@pytest.mark.parametrize(
    ("wanted", "status", "tier", "right"),
    [
        ("NONE", "none", "", True),
        ("NONE", "suspected", "SECRET", False),
        ("NONE", "marked", "SECRET", False),
        ("MARKED", "marked", "SECRET", True),
        ("MARKED", "suspected", "SECRET", False),
        ("SECRET", "marked", "SECRET", True),
        ("secret", "marked", "SECRET", True),
        ("SECRET", "marked", "PROTECT", False),
        ("SECRET", "suspected", "SECRET", False),
    ],
)
def test_markings_are_judged_by_status_and_tier(wanted: str, status: str, tier: str, *, right: bool) -> None:
    made = tally(Case(name="x", marking=wanted), marking=status, tier=tier)
    assert (made.marking_judged, made.marking_right) == (1, int(right))
    assert len(made.lapses) == (not right)


def test_a_topic_is_the_documents_whatever_words_show_it() -> None:
    text = "She has asthma."
    about = Case(name="x", text=text, gold=(gold("HEALTH", "asthma", text),), labelled=frozenset({"HEALTH"}))
    assert counts(tally(about, found("HEALTH", "She has", text), found("HEALTH", "asthma", text)), "HEALTH")[:3] == (
        1,
        0,
        0,
    )
    assert counts(tally(about), "HEALTH")[:3] == (0, 1, 0)
    other = Case(name="x", text=text, labelled=frozenset({"HEALTH"}))
    assert counts(tally(other, found("HEALTH", "She", text), found("HEALTH", "has", text)), "HEALTH")[:3] == (0, 0, 1)
    everything = Case(name="x", text=text, labelled=EVERYTHING)
    assert tally(everything, found("HEALTH", "asthma", text)).total().false == 0  # identifiers are labelled, topics not


@pytest.mark.parametrize(("entity", "unsure"), [("UK_NHS", 1), ("PHONE_NUMBER", 0)])
def test_of_what_is_missed_that_which_was_seen_is_counted(entity: str, unsure: int) -> None:
    each = tally(NHS, found(entity, "401 023 2137", sure=0.3)).entities["NHS_NUMBER"]
    assert (each.missed, each.unsure) == (1, unsure)


def test_attacks_are_counted_of_the_entities_that_a_reader_knows() -> None:
    made = Tally()
    for number, seen in enumerate((True, True, False)):
        values = (gold("NINO", f"AB12345{number}C"), gold("US_SSN", "462-45-5016"))
        case = Case(name="x", gold=values, labelled=LABELLED, attack="bidi" if number else "")
        score(case, Reading(found=(found("NINO", f"AB12345{number}C"),) if seen else ()), 0.5, made)
    assert {attack: str(each.recall) for attack, each in made.under_attack().items()} == {"bidi": "0.500 (0.095-0.905)"}


def test_work_lists_hold_no_content() -> None:
    made = tally(
        NHS, found("NHS_NUMBER", "401 023 2137", sure=0.45, why=("shape", "checksum")), found("NINO", "AB123456C")
    )
    missed, false = map(str, made.lapses)
    assert missed.startswith("missed  NHS_NUMBER  x  ")
    assert missed.endswith("0.45 as NHS_NUMBER+shape+checksum")  # how near it came
    assert false.startswith("false  NINO  x  ")
    assert "2137" not in missed
    assert "123456" not in false


def test_names_of_peers_and_corpora() -> None:
    assert canonical("UK_NHS") == canonical("NHS_NUMBER") == "NHS_NUMBER"
    assert counted_as("DATE_TIME", frozenset({"DATE_OF_BIRTH"})) == "DATE_OF_BIRTH"
    assert counted_as("DATE_TIME", frozenset({"DATE_OF_BIRTH", "DATE_TIME"})) == "DATE_TIME"
    assert counted_as("DATE_TIME", frozenset({"NINO"})) == "DATE_TIME"
    assert plain("AB 12-34/56 c") == "ab123456c"


def interpreter(folder: Path, script: str) -> Path:
    """Return a program that may stand for another Python."""
    path = folder / "python"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def own_corpus(folder: Path, *records: Mapping[str, object]) -> Path:
    path = folder / "own.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records or (OWN,)))
    return path


def test_the_command_prints_every_figure(bare: Path, tmp_path: Path) -> None:
    corpus, worklist = own_corpus(tmp_path), tmp_path / "work.txt"
    said = ask(bare, "bench", "accuracy", str(corpus), "--no-peers", "--worklist", str(worklist))
    assert said.code == 0
    assert "NINO    gateway  1      0      0       0       1.000 (0.207-1.000)" in said.out
    assert "markings as labelled 1.000 (0.207-1.000) of 1" in said.out
    assert "presidio" not in said.out + said.err
    assert worklist.read_text() == "\n"


def test_json_has_the_same_figures(bare: Path, tmp_path: Path) -> None:
    missed = {"text": "Her NINO is ZZ.", "spans": [{"start": 12, "end": 14, "entity": "NINO"}]}
    said = ask(bare, "bench", "accuracy", str(own_corpus(tmp_path, OWN, missed)), "--no-peers", "--json")
    (corpus,) = json.loads(said.out)["corpora"]
    assert corpus["readers"]["gateway"]["entities"]["NINO"]["recall"] == {
        "value": 0.5, "low": 0.0945, "high": 0.9055, "of": 2,
    }  # fmt: skip
    assert len(corpus["lapses"]) == 1


def test_a_limit_and_a_threshold(bare: Path, tmp_path: Path) -> None:
    corpus = str(own_corpus(tmp_path, OWN, OWN, OWN))
    said = ask(bare, "bench", "accuracy", corpus, "--no-peers", "--json", "--limit", "2", "--threshold", "1")
    (measured,) = json.loads(said.out)["corpora"]
    assert measured["documents"] == 2
    assert measured["readers"]["gateway"]["all"]["right"] == 0


def test_an_absent_peer_is_left_out_with_one_line(bare: Path, tmp_path: Path) -> None:
    bare_python = interpreter(tmp_path, f'exec {sys.executable} -I -S "$@"')  # sees nothing that was installed
    corpus = str(own_corpus(tmp_path))
    said = ask(bare, "bench", "accuracy", corpus, corpus, "--peer-python", str(bare_python))
    assert said.code == 0
    assert said.err.count("presidio is left out: presidio-analyzer") == 1
    assert "presidio" not in said.out
    missing = ask(bare, "bench", "accuracy", corpus, "--peer-python", str(tmp_path / "nowhere"))
    assert f"presidio is left out: {tmp_path / 'nowhere'} does not start" in missing.err
    assert missing.code == 0


def test_a_peer_is_scored_on_the_same_documents_twice(bare: Path, tmp_path: Path) -> None:
    answers = [
        {"version": "2.2.0", "model": "m", "detectors": 3},
        {"found": [["UK_NINO", 12, 21, 0.4], ["UK_NHS", 0, 3, 0.34]]},
        {"seconds": 0.5},
    ]
    answering = interpreter(tmp_path, "cat >/dev/null\n" + "\n".join(f"echo '{json.dumps(each)}'" for each in answers))
    said = ask(bare, "bench", "accuracy", str(own_corpus(tmp_path)), "--peer-python", str(answering), "--json")
    (corpus,) = json.loads(said.out)["corpora"]
    right = {reader: each["entities"]["NINO"]["right"] for reader, each in corpus["readers"].items()}
    assert right == {"gateway": 1, "presidio": 0, "presidio + UK": 1}
    assert corpus["peer"] == "presidio 2.2.0, m, 3 detectors"


def test_a_peer_that_breaks_off_is_an_error(bare: Path, tmp_path: Path) -> None:
    breaking = interpreter(tmp_path, "cat >/dev/null; echo '{'; exit 3")
    said = ask(bare, "bench", "accuracy", str(own_corpus(tmp_path)), "--peer-python", str(breaking))
    assert said.code == 1
    assert "presidio broke off" in said.err


def test_presidio_itself_answers() -> None:
    if importlib.util.find_spec("presidio_analyzer") is None:
        pytest.skip("needs presidio-analyzer: the optional dependencies `bench`")
    answers = ask_presidio(Path(sys.executable), ["write to ann@example.com", "nothing"])
    assert next(each.entity for each in answers.found[0] if each.value == "ann@example.com") == "EMAIL_ADDRESS"
    assert answers.found[1] == ()


@pytest.mark.parametrize(
    ("name", "content", "code", "said"),
    [("own.jsonl", '{"text": "a"}\n', 1, "own.jsonl:1: 'spans' is missing"), ("README.txt", "", 4, "is a corpus")],
)
def test_a_damaged_or_empty_corpus_leaves_with_a_clear_line(
    bare: Path, tmp_path: Path, name: str, content: str, code: int, said: str
) -> None:
    (tmp_path / name).write_text(content)
    answer = ask(bare, "bench", "accuracy", str(tmp_path), "--no-peers")
    assert (answer.code, answer.out) == (code, "")
    assert said in answer.err
