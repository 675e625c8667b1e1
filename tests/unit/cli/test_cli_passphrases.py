"""`gateway passphrases`: who may agree one, which will do, and that none is shown but on a terminal."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import click
import pytest

from gateway.cli.opening import open_store, read_settings
from gateway.errors import NotFound
from gateway.model.lifecycle import DeliveryState
from gateway.model.transfer import Notice, Transfer
from gateway.record.passphrases import TO_OFFICERS
from gateway.testing.store_values import accept, make_entry, make_transfer
from gateway.testing.values import a_sealed
from tests.unit.cli.asking import Said, ask, shut_out

GOOD = "remarry-collector-earlobe-smoking-sheet-glacial"
PARTNER = "st-elsewhere"


class Terminal(io.StringIO):
    """Standard output that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def ask_on_a_terminal(config: Path, *arguments: str) -> Said:
    """Run a command whose output is a terminal."""
    with patch("tests.unit.cli.asking.io.StringIO", Terminal):
        return ask(config, *arguments)


def entries(config: Path) -> list[dict[str, object]]:
    with open_store(read_settings(config)) as store:
        found = [json.loads(line) for line in store.ledger.entries()]
    return [each for each in found if each["event"].startswith("passphrase:")]


def kept(config: Path, partner: str = PARTNER) -> str:
    with open_store(read_settings(config)) as store:
        return store.secrets.read(f"passphrase/{partner}")


def written(folder: Path, text: str) -> str:
    path = folder / "words"
    path.write_text(text)
    return str(path)


def test_it_is_drawn_shown_once_and_kept(config: Path) -> None:
    said = ask_on_a_terminal(config, "passphrases", "set", PARTNER)
    assert said.code == 0, said.err
    words = said.out.strip()
    assert len(words.split("-")) >= 6
    assert kept(config) == words
    assert words not in said.err
    for command in (("passphrases", "list"), ("passphrases", "list", "--json"), ("ledger", "show")):
        assert words not in ask(config, *command).out
    assert PARTNER in ask(config, "passphrases").out
    (entry,) = entries(config)
    who = {"officer": "First Officer", "address": "officer@exampleshire.example"}
    assert entry["facts"] == {"partner": PARTNER, "drawn": True, "replaced": False} | who


def test_into_a_file_or_another_program_nothing_is_shown_and_nothing_changes(config: Path) -> None:
    said = ask(config, "passphrases", "set", PARTNER)
    assert (said.code, said.out) == (2, "")
    assert "run it on a terminal" in said.err
    assert entries(config) == []


def test_another_takes_its_place(config: Path, tmp_path: Path) -> None:
    first = ask_on_a_terminal(config, "passphrases", "set", PARTNER).out.strip()
    said = ask(config, "passphrases", "set", PARTNER, "--from-file", written(tmp_path, f"{GOOD}\r\n"))
    assert said.code == 0
    assert kept(config) == GOOD != first
    assert "the one before was destroyed" in said.err
    assert GOOD not in said.out + said.err
    assert [each["facts"]["replaced"] for each in entries(config)] == [False, True]  # type: ignore[index]  # plain data


def test_it_may_come_by_standard_input(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{GOOD}\n"))
    assert ask(config, "passphrases", "set", PARTNER, "--from-file", "-").code == 0
    assert kept(config) == GOOD


def test_on_a_terminal_it_is_asked_for_twice_and_hidden(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    typed = iter([GOOD, "something else", GOOD, GOOD])
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(click.termui, "hidden_prompt_func", lambda _: next(typed))
    said = ask(config, "passphrases", "set", PARTNER, "--from-file", "-")
    assert said.code == 0, said.err
    assert kept(config) == GOOD
    assert GOOD not in said.out + said.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("correct-horse-battery-staple", "different words"),
        ("hunter2", "different words"),
        (f"{GOOD}\n{GOOD}\n", "more than one line"),
        ("", "different words"),
    ],
)
def test_what_will_not_do_is_refused_and_changes_nothing(config: Path, tmp_path: Path, text: str, said: str) -> None:
    answer = ask(config, "passphrases", "set", PARTNER, "--from-file", written(tmp_path, text))
    assert answer.code == 2
    assert said in answer.err
    assert not text.strip() or text.strip() not in answer.err
    assert entries(config) == []


def test_a_file_that_is_not_there_or_no_text(config: Path, tmp_path: Path) -> None:
    assert ask(config, "passphrases", "set", PARTNER, "--from-file", str(tmp_path / "none")).code == 4
    (tmp_path / "raw").write_bytes(b"\xff\xfe" * 20)
    assert ask(config, "passphrases", "set", PARTNER, "--from-file", str(tmp_path / "raw")).code == 2


def test_a_partner_that_the_policy_does_not_know_is_not_agreed_with(config: Path) -> None:
    said = ask_on_a_terminal(config, "passphrases", "set", "st-elsewere")
    assert said.code == 4
    assert f"did you mean '{PARTNER}'" in said.err


def test_what_was_removed_is_gone_and_removing_nothing_says_so(config: Path, tmp_path: Path) -> None:
    ask(config, "passphrases", "set", PARTNER, "--from-file", written(tmp_path, GOOD))
    assert ask(config, "passphrases", "remove", "st-else").code == 4
    assert ask(config, "passphrases", "remove", PARTNER).code == 0
    assert ask(config, "passphrases", "remove", PARTNER).code == 4
    assert ask(config, "passphrases", "list", "--json").out == ""
    assert [each["event"] for each in entries(config)] == ["passphrase:agreed", "passphrase:removed"]
    with pytest.raises(NotFound):
        kept(config)


def test_who_is_no_officer_agrees_nothing_and_sees_nothing(config: Path, tmp_path: Path) -> None:
    config.write_text(config.read_text().replace('"@owner"', '"nobody-here"'))
    path = written(tmp_path, GOOD)
    for arguments in (("set", PARTNER, "--from-file", path), ("remove", PARTNER), ("show", "t-1")):
        said = ask(config, "passphrases", *arguments)
        assert said.code == 1
        assert "is no officer" in said.err
    assert entries(config) == []


def test_another_account_is_sent_away_with_the_way_in(config: Path) -> None:
    settings = read_settings(config)
    with shut_out(settings.paths.state):
        said = ask(config, "passphrases", "list")
    assert said.code == 1
    assert "sudo -u" in said.err


@contextmanager
def waiting(
    config: Path, *, sender: str = "clerk@council.example", recipients: int = 1, first: str = "ward@nhs.example"
) -> Iterator[Transfer]:
    """Put a transfer into the store whose passphrases officers were told to see to."""
    with open_store(read_settings(config)) as store:
        new = make_transfer(recipients=recipients)
        new = new.with_delivery(replace(new.deliveries[0], recipient=first))
        transfer = accept(store, replace(new, sender=sender))
        for state in (DeliveryState.CLEARED, DeliveryState.SEALED):
            shares = tuple(replace(each, state=state) for each in transfer.deliveries)
            transfer = store.transfers.commit(transfer, replace(transfer, deliveries=shares), entries=[])
        after, objects = transfer, []
        for delivery in transfer.deliveries:
            secret, text = (store.vault.put(io.BytesIO(words)) for words in (GOOD.encode(), b"see to it"))
            form = replace(a_sealed(secret=secret.id), told="channel", delivery_id=delivery.id)
            notice = Notice(
                id=f"n-{delivery.id}", about=TO_OFFICERS, to="o@council.example", subject="", object_id=text.id,
                delivery_id=delivery.id,
            )  # fmt: skip
            after = after.with_delivery(replace(delivery, state=DeliveryState.DELIVERED, sealed=form))
            after = replace(after, notices=(*after.notices, notice))
            objects += [secret, text]
        done = store.transfers.commit(transfer, after, entries=[make_entry(transfer)], objects=objects)
    yield done


def test_an_officer_takes_one_out_once_and_it_is_recorded_and_destroyed(config: Path) -> None:
    with waiting(config) as transfer:
        assert ask(config, "passphrases", "show", transfer.id).code == 2, "into no pipe"
        said = ask_on_a_terminal(config, "passphrases", "show", transfer.id)
        assert said.code == 0, said.err
        assert said.out.strip() == GOOD
        again = ask_on_a_terminal(config, "passphrases", "show", transfer.id)
        assert again.code == 4
        assert "shown to an officer already" in again.err
    (entry,) = entries(config)
    assert (entry["event"], entry["transfer"]) == ("passphrase:shown", transfer.id)
    assert GOOD not in json.dumps(entry)


def test_of_several_it_must_be_said_whose(config: Path) -> None:
    with waiting(config, recipients=2) as transfer:
        said = ask_on_a_terminal(config, "passphrases", "show", transfer.id)
        assert said.code == 4
        assert "say whose with --to" in said.err
        to = transfer.deliveries[1].recipient
        assert ask_on_a_terminal(config, "passphrases", "show", transfer.id, "--to", to).code == 0


@pytest.mark.parametrize("address", ["Officer@exampleshire.example", "officer+x@Exampleshire.example."])
@pytest.mark.parametrize("end", ["sender", "first"])
def test_nobody_takes_out_that_of_a_transfer_from_them_or_to_them(config: Path, end: str, address: str) -> None:
    ends = {end: address}
    with waiting(config, **ends) as transfer:  # type: ignore[arg-type]  # one of two names
        said = ask_on_a_terminal(config, "passphrases", "show", transfer.id)
        assert (said.code, said.out) == (1, "")
        assert "is party to" in said.err
    assert entries(config) == []


def test_one_that_is_damaged_is_not_said_to_have_been_shown(config: Path) -> None:
    with waiting(config) as transfer, open_store(read_settings(config)) as store:
        store.database.write(lambda connection: connection.exec_driver_sql("UPDATE objects SET header = x'00'"))
    said = ask_on_a_terminal(config, "passphrases", "show", transfer.id)
    assert (said.code, said.out) == (1, "")
    assert "cannot be read" in said.err
    assert entries(config) == []


def test_one_that_was_told_in_another_way_is_not_shown(config: Path) -> None:
    with open_store(read_settings(config)) as store:
        transfer = accept(store)
    assert ask_on_a_terminal(config, "passphrases", "show", transfer.id).code == 4
