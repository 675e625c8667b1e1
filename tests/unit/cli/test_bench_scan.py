"""`gateway bench scan`: its material, that all readers read the same, and what is said of peers that are not there."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from nhs_number import validate
from stdnum import luhn

from gateway.classify import Pattern
from gateway.classify.engines import make_engine
from gateway.cli.bench_scan import TARGETS, build, take_turns, targets
from gateway.cli.bench_scan_readers import (
    ENGINE,
    OURS,
    PRESIDIO,
    RIPGREP,
    RIPGREP_EVERY,
    Material,
    _for_ripgrep,
    ripgrep,
)
from gateway.errors import GatewayError
from gateway.testing.scan_material import DOCUMENT, card, dense, letter, nhs_number, prose
from tests.unit.cli.asking import ask

PATTERNS = (
    Pattern(name="digits", expression=r"\b[0-9]{3}[ -][0-9]{3}\b"),
    Pattern(name="cue", expression=r"\bborn\b", caseless=True),
    Pattern(name="term", expression="sickle cell", term=True, caseless=True),
    Pattern(name="escapes", expression=r"a\@b\-c[ \n]d"),
    Pattern(name="class", expression=r"q[A-Z\[]"),
    Pattern(name="end", expression=r"yours,[\r\n]"),
)
LINES = [
    "401 023 of x",
    "BORN here",
    "a Sickle Cell clinic",
    "a@b-c d",
    "stubborn 40102 sicklecell",
    "a@b-c",
    "yours,",
    "yours, ",
    "q[",
    "q]",
    "qX QX",
    "Yours,",
]


def test_prose_is_long_varied_and_holds_one_letter_each_200_kb() -> None:
    documents = prose(2_000_000)
    assert [len(each) for each in documents] == [DOCUMENT] * len(documents) or sum(map(len, documents)) > 1_900_000
    assert len(set(documents)) == len(documents)
    assert sum(each.isascii() for each in documents) >= len(documents) // 2
    letters = "".join(documents).count("NHS number: ")
    assert 8 <= letters <= 11


def test_dense_data_are_of_three_kinds_and_their_checksums_are_true() -> None:
    letters, table, log = dense(3 * DOCUMENT)
    assert letters.startswith("Dear ")
    assert table.startswith("surname,")
    assert "opened record" in log
    for number in range(1, 300):
        assert validate.is_valid(nhs_number(number))
        assert luhn.is_valid(card(number).replace(" ", ""))
    assert letter(1) != letter(2)


def test_the_same_material_comes_each_time() -> None:
    assert dense(200_000) == dense(200_000)
    assert prose(200_000) == prose(200_000)


def test_ripgrep_is_asked_for_the_same_as_our_engine_finds(tmp_path: Path) -> None:
    if not shutil.which("rg"):
        pytest.skip("needs the program rg (ripgrep)")
    from gateway.system.programs import run  # noqa: PLC0415 - for this test only

    (tmp_path / "patterns").write_text("\n".join(map(_for_ripgrep, PATTERNS)) + "\n")
    (tmp_path / "text").write_text("\n".join(LINES) + "\n")
    told = run(("rg", "--no-unicode", "-n", "-f", str(tmp_path / "patterns"), str(tmp_path / "text"))).output.decode()
    engine = make_engine(PATTERNS)
    assert told.splitlines() == [f"{n}:{line}" for n, line in enumerate(LINES, 1) if engine.find(f"{line}\n")[0]]
    assert len(told.splitlines()) == 7


def test_ripgrep_has_a_rate_or_is_left_out() -> None:
    material = Material.of("prose", ["born 401 023\n" * 1000])
    with ripgrep([material], PATTERNS, least=2_000_000) as rates:
        if not shutil.which("rg"):
            assert rates == {}
            return
        assert set(rates) == {("prose", RIPGREP), ("prose", RIPGREP_EVERY)}
        assert all(rate() > 1 for rate in rates.values())


def test_a_pattern_that_ripgrep_cannot_take_is_an_error_that_says_so() -> None:
    if not shutil.which("rg"):
        pytest.skip("needs the program rg (ripgrep)")
    wrong = Pattern(name="x", expression=r"(?=a)a")
    with ripgrep([Material.of("prose", ["a"])], [wrong], least=1) as rates:
        rate = rates["prose", RIPGREP]
        with pytest.raises(GatewayError, match="ripgrep cannot"):
            rate()


def test_all_take_turns_the_first_round_does_not_count_and_one_that_fails_is_left_out() -> None:
    calls: list[str] = []

    def reader(name: str) -> float:
        calls.append(name)
        if name == "fails":
            raise GatewayError("it cannot")
        return float(len(calls))

    left_out: list[str] = []
    readers = {("prose", name): (lambda name=name: reader(name)) for name in ("a", "fails", "b")}
    measured = take_turns(readers, 2, left_out)
    assert calls == ["a", "fails", "b", "a", "b", "a", "b"]
    assert measured == {("prose", "a"): [4.0, 6.0], ("prose", "b"): [5.0, 7.0]}
    assert left_out == ["fails, prose: it cannot"]


def test_targets_are_judged_where_they_were_measured() -> None:
    rates = {"prose": {OURS: 150.0, ENGINE: 300.0, PRESIDIO: 0.25, RIPGREP: 200.0}, "dense": {OURS: 60.0}}
    rows = {str(row["figure"]): row for row in targets(rates, {"database loads, ms": 3.0})}
    assert rows["prose, MB/s a core"]["verdict"] == "not met"
    assert rows["dense, MB/s a core"]["verdict"] == "met"
    assert rows["prose, everything on, x ripgrep"]["verdict"] == "met"  # just
    assert rows["prose, x presidio"] == {
        "figure": "prose, x presidio", "measured": 600.0, "target": 300.0, "verdict": "met",
    }  # fmt: skip
    assert "dense, x presidio" not in rows
    assert rows["database loads, ms (at most)"]["verdict"] == "met"
    assert len(rows) == len(TARGETS) - 1


def test_every_pattern_of_the_classifier_is_measured() -> None:
    classifier, figures = build()
    patterns = list(classifier.patterns)
    assert figures["patterns"] + figures["terms of lexicons"] == len(patterns) > 20
    assert classifier.engine.find("nothing") is not None


def test_the_command_tells_rates_targets_and_figures(bare: Path) -> None:
    said = ask(bare, "bench", "scan", "--rounds", "1", "--megabytes", "1", "--no-peers", "--json")
    assert said.code == 0
    told = json.loads(said.out)
    assert set(told["rates"]) == {"prose", "dense"}
    assert all(rate > 0 for row in told["rates"].values() for rate in row.values())
    assert told["left_out"] == []
    assert told["figures"]["dense, findings a MB"] > 1000
    assert told["figures"]["flood, gaps"] >= 1  # what was not looked at is said
    assert {row["verdict"] for row in told["targets"]} <= {"met", "not met"}
