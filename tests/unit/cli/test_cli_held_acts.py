"""What officers do beside releasing and refusing, from the terminal: by the same rules as everywhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.cli.opening import open_store, read_settings
from gateway.model.inspection import Inspection
from gateway.model.lifecycle import NoticeState
from gateway.model.record import Act
from gateway.model.transfer import Question, Transfer
from gateway.testing.store_values import NOW, D, accept, make_notice, make_transfer, step
from gateway.testing.values import a_finding, an_inspection
from tests.unit.cli.asking import ask
from tests.unit.cli.test_cli_held import FIRST, filed, put

LIST = an_inspection(findings=(replace(a_finding(), part="list.csv"),))


def found_in(config: Path, transfer: Transfer, inspection: Inspection) -> Transfer:
    with open_store(read_settings(config)) as store:
        return step(store, store.transfers.get(transfer.id), inspection=inspection)


def test_a_release_may_demand_how_it_goes_and_wait(config: Path) -> None:
    transfer = found_in(config, put(config, ()), LIST)
    said = ask(
        config, "held", "release", transfer.id, "--reason", "agreed", "--method", "pgp", "--redact", "--wait"
    )  # fmt: skip
    assert said.code == 0, said.err
    (instruction,) = filed(config, transfer)
    assert (instruction.method, instruction.redact) == ("pgp", True)
    assert instruction.not_before == instruction.at + timedelta(seconds=60)
    assert "unless it is stopped" in said.err
    shown = ask(config, "held", "show", transfer.id).out
    assert "waits until" in shown
    assert "release by First Officer: agreed" in shown


def test_what_cannot_be_masked_is_refused_before_it_is_filed(config: Path) -> None:
    within = replace(a_finding(), part="message.eml/2/plan.docx")
    transfer = found_in(config, put(config, ()), an_inspection(findings=(within,)))
    said = ask(config, "held", "release", transfer.id, "--reason", "agreed", "--redact")
    assert (said.code, filed(config, transfer)) == (1, ())
    assert "what was found cannot be masked" in said.err


def test_a_release_that_waits_is_stopped_once_and_the_ledger_says_by_whom(config: Path) -> None:
    transfer = put(config, ())
    ask(config, "held", "release", transfer.id, "--reason", "agreed", "--wait")
    said = ask(config, "held", "stop", transfer.id, "--reason", "wrong one")
    assert said.code == 0
    assert "stopped: the release by First Officer for r0@nhs.example" in said.err
    assert filed(config, transfer) == ()
    assert "instruction:stopped" in ask(config, "ledger", "show", "--transfer", transfer.id).out
    again = ask(config, "held", "stop", transfer.id, "--reason", "wrong one")
    assert (again.code, "nothing about" in again.err) == (4, True)


def test_nobody_stops_what_is_about_their_own(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    transfer = put(config, ())
    with open_store(read_settings(config)) as store:
        now = store.transfers.get(transfer.id)
        step(store, now, sender="second@exampleshire.example")
    ask(config, "held", "refuse", transfer.id, "--reason", "no")
    monkeypatch.setenv("SUDO_USER", "bob")
    said = ask(config, "held", "stop", transfer.id, "--reason", "but I want it")
    assert said.code == 1
    assert "party to" in said.err
    assert len(filed(config, transfer)) == 1


def test_a_second_decision_waits_for_the_first(config: Path) -> None:
    transfer = put(config, ())
    ask(config, "held", "release", transfer.id, "--reason", "agreed", "--wait")
    said = ask(config, "held", "refuse", transfer.id, "--reason", "no")
    assert said.code == 1
    assert "filed a release for it already" in said.err
    assert len(filed(config, transfer)) == 1


def test_a_question_is_filed_about_one_delivery_and_shown_with_its_answer(config: Path) -> None:
    transfer = put(config, (), (FIRST,))
    assert ask(config, "held", "ask", transfer.id, "--question", "who agreed?").code == 0
    (instruction,) = filed(config, transfer)
    assert (instruction.act, instruction.reason) == (Act.ASK, "who agreed?")
    question = Question(
        id="i-1", delivery_id=transfer.deliveries[0].id, officer="First Officer", address="x@y.example",
        text="who agreed?", at=NOW, answer="the \x1b[2Jowner", answered_at=NOW,
    )  # fmt: skip
    with open_store(read_settings(config)) as store:
        step(store, store.transfers.get(transfer.id), questions=(question,))
    shown = ask(config, "held", "show", transfer.id).out
    assert "First Officer asked at" in shown
    assert "the sender answered at" in shown
    assert "\x1b" not in shown
    assert '"answer": "the \\u001b[2Jowner"' in ask(config, "held", "show", transfer.id, "--json").out


def test_a_sender_answers_from_the_terminal(config: Path) -> None:
    with open_store(read_settings(config)) as store:
        made = accept(store, make_transfer(recipients=1))
        held = replace(made.deliveries[0], state=D.HELD)
        question = Question(
            id="i-1", delivery_id=held.id, officer="Second Officer", address="second@exampleshire.example",
            text="who agreed?", at=NOW,
        )  # fmt: skip
        transfer = step(store, made, deliveries=(held,), questions=(question,), sender="officer@exampleshire.example")
    assert ask(config, "transfers", "reply", transfer.id, "--answer", "the owner").code == 0
    (instruction,) = filed(config, transfer)
    assert (instruction.act, instruction.reason) == (Act.REPLY, "the owner")
    other = put(config, ())
    said = ask(config, "transfers", "reply", other.id, "--answer", "me")
    assert (said.code, "is not yours" in said.err) == (1, True)


def test_notices_that_failed_are_told_again(config: Path) -> None:
    transfer = put(config, ())
    assert ask(config, "held", "resend", transfer.id, "--reason", "mended").code == 4
    with open_store(read_settings(config)) as store:
        now = store.transfers.get(transfer.id)
        waiting = replace(make_notice(), deliveries=(now.deliveries[0].id,))
        now = step(store, now, notices=(waiting,))
        step(store, now, notices=(replace(waiting, state=NoticeState.FAILED),))
    said = ask(config, "held", "resend", transfer.id, "--reason", "mended")
    assert said.code == 0, said.err
    (instruction,) = filed(config, transfer)
    assert (instruction.act, instruction.notice) == (Act.RESEND, waiting.id)
