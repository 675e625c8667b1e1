"""`gateway transfers recall`, and the reasons that a sender gives."""

from __future__ import annotations

import os
import pwd
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.cli.opening import open_store, read_settings
from gateway.model.record import Act
from gateway.model.transfer import Transfer
from gateway.testing.store_values import D, accept, make_transfer, step
from tests.unit.cli.asking import ask

OWN = pwd.getpwuid(os.geteuid()).pw_name


def put_waiting(
    config: Path, *, account: str = OWN, sender: str = "clerk@council.example", attempts: int = 0
) -> Transfer:
    """Put a transfer into the store whose two deliveries wait to go."""
    with open_store(read_settings(config)) as store:
        made = accept(store, replace(make_transfer(recipients=2), account=account, sender=sender))
        for number in range(2):
            for state in (D.CLEARED, D.SEALED):
                changed = replace(made.deliveries[number], state=state, attempts=attempts)
                made = step(store, made, deliveries=made.with_delivery(changed).deliveries)
        return made


def filed(config: Path, transfer: Transfer) -> list[tuple[Act, str, str, str]]:
    """Return what was filed: act, who, and about whose delivery."""
    to = {delivery.id: delivery.recipient for delivery in transfer.deliveries}
    with open_store(read_settings(config)) as store:
        return [(each.act, each.officer, to[each.delivery_id], each.reason)
                for each in store.transfers.instructions(transfer.id)]  # fmt: skip


def test_whose_account_brought_it_in_stops_it(config: Path) -> None:
    transfer = put_waiting(config)
    said = ask(config, "transfers", "recall", transfer.id, "--reason", "wrong attachment")
    assert said.code == 0
    assert said.err.count("filed: recall") == 2
    assert filed(config, transfer) == [
        (Act.RECALL, OWN, "r0@nhs.example", "wrong attachment"),
        (Act.RECALL, OWN, "r1@nhs.example", "wrong attachment"),
    ]


def test_one_recipient_is_stopped_alone(config: Path) -> None:
    transfer = put_waiting(config)
    assert ask(config, "transfers", "recall", transfer.id, "--to", "r1@nhs.example", "--reason", "x").code == 0
    assert [recipient for _, _, recipient, _ in filed(config, transfer)] == ["r1@nhs.example"]


def test_who_has_the_senders_address_stops_it(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_USER", "bob")
    transfer = put_waiting(config, account="", sender="second@exampleshire.example")
    assert ask(config, "transfers", "recall", transfer.id, "--reason", "x").code == 0
    assert [who for _, who, _, _ in filed(config, transfer)] == ["bob", "bob"]


@pytest.mark.parametrize("account", ["", "alice"])
def test_another_may_not_and_nothing_is_filed(config: Path, monkeypatch: pytest.MonkeyPatch, account: str) -> None:
    transfer = put_waiting(config, account=account)
    monkeypatch.setenv("SUDO_USER", "bob")
    said = ask(config, "transfers", "recall", transfer.id, "--reason", "x")
    assert said.code == 1
    assert "is not yours" in said.err
    assert filed(config, transfer) == []


def test_what_was_tried_cannot_be_stopped(config: Path) -> None:
    transfer = put_waiting(config, attempts=1)
    said = ask(config, "transfers", "recall", transfer.id, "--reason", "x")
    assert said.code == 4
    assert "waits to go" in said.err


def test_a_reason_is_needed(config: Path) -> None:
    transfer = put_waiting(config)
    assert ask(config, "transfers", "recall", transfer.id).code == 2
    assert ask(config, "transfers", "recall", transfer.id, "--reason", " ").code == 1
    assert filed(config, transfer) == []


def test_a_reason_and_consent_are_kept_with_what_is_sent(config: Path, tmp_path: Path) -> None:
    file = tmp_path / "plan.txt"
    file.write_text("plan")
    ends = ("--from", "a@exampleshire.example", "--to", "b@partner.example")
    said = ask(config, "send", str(file), *ends, "--reason", "agreed\nby all", "--consent", "refused")
    assert said.code == 0
    with open_store(read_settings(config)) as store:
        (transfer,) = store.transfers.find()
    assert (transfer.reason, transfer.consent) == ("agreed by all", "refused")
    assert ask(config, "send", str(file), *ends, "--consent", "yes").code == 2
    assert ask(config, "send", str(file), *ends, "--reason", "x" * 1001).code == 2
    beside = tmp_path / "plan.txt.reason"
    beside.write_text("agreed")
    assert "never sent" in ask(config, "send", str(beside), *ends).err
