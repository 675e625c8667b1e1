"""Releases from the terminal: each officer once, with their roles, and all that was asked for or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.cli.opening import open_store, read_settings
from gateway.model.record import Instruction
from gateway.model.transfer import Release, Transfer
from gateway.testing.store_values import NOW, D, accept, make_transfer, step
from tests.unit.cli.asking import ask

FIRST = Release(officer="First Officer", reason="looked", at=NOW, address="officer@exampleshire.example")


def put(config: Path, *releases: tuple[Release, ...]) -> Transfer:
    """Put a transfer into the store whose deliveries are held, each with these releases."""
    with open_store(read_settings(config)) as store:
        made = accept(store, make_transfer(recipients=len(releases)))
        held = [replace(one, state=D.HELD, releases=has) for one, has in zip(made.deliveries, releases, strict=True)]
        return step(store, made, deliveries=tuple(held))


def filed(config: Path, transfer: Transfer) -> Sequence[Instruction]:
    with open_store(read_settings(config)) as store:
        return store.transfers.instructions(transfer.id)


def test_the_roles_of_who_releases_go_with_the_instruction(config: Path) -> None:
    config.write_text(config.read_text().replace('["@owner"]', '["@owner"]\n    roles: [caldicott-guardian, a-role]'))
    transfer = put(config, ())
    assert ask(config, "held", "release", transfer.id, "--reason", "looked").code == 0
    (instruction,) = filed(config, transfer)
    assert instruction.officer_roles == ("caldicott-guardian", "a-role")


def test_who_released_it_is_told_to_ask_another_officer_who_may(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    transfer = put(config, (FIRST,))
    said = ask(config, "held", "release", transfer.id, "--reason", "again")
    assert said.code == 1
    assert "First Officer released it for r0@nhs.example before: a second person is needed" in said.err
    assert "ask another officer" in said.err
    assert filed(config, transfer) == ()
    monkeypatch.setenv("SUDO_USER", "bob")
    assert ask(config, "held", "release", transfer.id, "--reason", "looked too").code == 0
    assert [each.officer for each in filed(config, transfer)] == ["Second Officer"]


def test_all_that_was_asked_for_is_filed_or_nothing(config: Path) -> None:
    transfer = put(config, (), (FIRST,), ())
    assert ask(config, "held", "release", transfer.id, "--reason", "all").code == 1
    assert filed(config, transfer) == ()
    assert ask(config, "held", "release", transfer.id, "--to", "r2@nhs.example", "--reason", "that one").code == 0
    assert ask(config, "held", "refuse", transfer.id, "--to", "r1@nhs.example", "--reason", "no").code == 0
    assert len(filed(config, transfer)) == 2


def test_who_wrote_it_in_the_name_of_a_shared_mailbox_does_not_release_it(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    transfer = put(config, ())
    with open_store(read_settings(config)) as store:
        wrote = frozenset({"officer+x@exampleshire.example", "desk@exampleshire.example"})
        step(store, store.transfers.get(transfer.id), authors=wrote)
    said = ask(config, "held", "release", transfer.id, "--reason", "it is fine")
    assert (said.code, filed(config, transfer)) == (1, ())
    assert f"officer@exampleshire.example is party to {transfer.id}" in said.err
    assert "nobody decides on their own transfer: ask another officer" in said.err
    monkeypatch.setenv("SUDO_USER", "bob")
    assert ask(config, "held", "release", transfer.id, "--reason", "looked at").code == 0
