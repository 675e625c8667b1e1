"""What people read: tables that a pipe can cut into columns, states in words, nothing that steers a terminal."""

from __future__ import annotations

import os
import pty
from contextlib import redirect_stdout
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.cli import show
from gateway.model.lifecycle import DeliveryState
from gateway.model.transfer import Delivery
from gateway.record import plain
from gateway.testing.values import NOON, a_finding, a_transfer, an_inspection

ROWS = [("t-1", "short", "why " * 60), ("t-22", "a longer cell", "")]
SEALED = Delivery(id="d-1", recipient="friend@partner.example", state=DeliveryState.SEALED)


def test_a_piped_table_is_a_line_a_row_neither_padded_nor_cut(capsys: pytest.CaptureFixture[str]) -> None:
    show.table(("transfer", "to", "why"), ROWS)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "transfer  to             why"
    assert lines[1] == "t-1       short          " + ROWS[0][2]
    assert lines[2] == "t-22      a longer cell  "
    assert len(lines) == 3


def test_on_a_terminal_a_long_cell_folds_and_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    leader, follower = pty.openpty()
    with os.fdopen(follower, "w") as terminal, redirect_stdout(terminal):
        show.table(("transfer", "why"), [("t-1", "word " * 40)])
    shown = os.read(leader, 65536).decode()
    os.close(leader)
    assert shown.count("word") == 40
    assert len(shown.splitlines()) > 4


def test_names_from_outside_cannot_steer_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    transfer = a_transfer(DeliveryState.HELD)
    show.print_transfer(replace(transfer, sender="\x1b[2Jstaff@council.example\n", parts=()))
    assert "\x1b" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("delivery", "words"),
    [
        (replace(SEALED, state=DeliveryState.HELD), "held"),
        (replace(SEALED, state=DeliveryState.DELIVERED, attempts=1), "delivered"),
        (SEALED, "waiting to deliver"),
        (replace(SEALED, attempts=1, attempt_open=True), "being delivered, attempt 1"),
        (
            replace(SEALED, attempts=2, due=NOON + timedelta(minutes=5, seconds=7)),
            "waiting to deliver, attempt 2, next 12:05:07 UTC",
        ),
    ],
)
def test_where_a_delivery_stands_is_said_in_words(delivery: Delivery, words: str) -> None:
    assert show.standing(delivery) == words


def test_a_transfer_tells_attempts_and_when_the_next_is_due(capsys: pytest.CaptureFixture[str]) -> None:
    waiting = replace(SEALED, attempts=3, due=NOON + timedelta(hours=1), trouble="the far side is busy")
    transfer = replace(a_transfer(), deliveries=(waiting,))
    show.print_transfer(transfer)
    said = capsys.readouterr().out
    assert "waiting to deliver, attempt 3, next 13:00:00 UTC" in said
    assert "attempts made: 3" in said
    assert "sealed" not in said
    told = plain.transfer(transfer)["deliveries"]
    assert isinstance(told, list)
    assert (told[0]["state"], told[0]["attempts"], told[0]["due"]) == ("sealed", 3, "2026-11-22T13:00:00+00:00")


@pytest.mark.parametrize(
    ("fact", "words"),
    [
        (None, "-"),
        ("", "-"),
        ([], "-"),
        (True, "yes"),
        (3, "3"),
        (["a@b.example", "c@d.example"], "a@b.example,c@d.example"),
        ({"kind": "zip", "parts": [1, None]}, "kind:zip,parts:1,-"),
    ],
)
def test_facts_are_plain_words(fact: object, words: str) -> None:
    assert show.plain(fact) == words


def test_what_is_left_out_for_people_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    many = tuple(a_finding() for _ in range(show.MOST_FINDINGS + 3))
    show.print_transfer(a_transfer(inspection=an_inspection(findings=many)))
    assert "and 3 more findings" in capsys.readouterr().out
