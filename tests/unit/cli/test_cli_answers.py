"""Answers of the program to what a newcomer types: each says what is wrong and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.cli import looking
from gateway.cli.opening import open_store, read_settings
from gateway.model.inspection import Gap, GapKind
from gateway.store.ledger import VERIFIER
from gateway.testing.store_values import make_entry, make_transfer
from tests.unit.cli.asking import ask, put_held

ENVELOPE = ("--from", "staff@exampleshire.example", "--to", "friend@partner.example")


@pytest.mark.parametrize(
    "words", [("run",), ("held",), ("keys", "list"), ("ledger", "verify"), ("keys", "remove", "A" * 40)], ids=" ".join
)
def test_before_init_every_command_says_init(bare: Path, words: tuple[str, ...]) -> None:
    said = ask(bare, *words)
    assert said.code == 4
    assert "run 'gateway init' first" in said.err
    assert not (bare.parent.parent / "state").exists()


def test_bare_groups_list(config: Path) -> None:
    held = put_held(config)
    for words in (("held",), ("held", "list"), ("transfers",), ("transfers", "list")):
        said = ask(config, *words)
        assert said.code == 0
        assert held.id in said.out


def test_both_ways_to_show_a_transfer_show_the_same(config: Path) -> None:
    held = put_held(config)
    shown = ask(config, "held", "show", held.id).out
    assert "to r0@nhs.example: held" in shown
    assert ask(config, "transfers", "show", held.id).out == shown


def test_what_the_list_of_held_leaves_out_is_counted(config: Path) -> None:
    for _ in range(3):
        put_held(config)
    said = ask(config, "held", "list", "--limit", "1", "--json")
    assert len(said.out.splitlines()) == 1
    assert "2 more are held" in said.err
    assert "--limit 3" in said.err
    assert "more" not in ask(config, "held", "list", "--limit", "3").err


def test_a_release_of_what_is_not_held_names_the_list(config: Path) -> None:
    held = put_held(config)
    said = ask(config, "held", "release", held.id, "--to", "other@nhs.example", "--reason", "x")
    assert said.code == 4
    assert "'gateway held list'" in said.err


def test_the_ledger_is_exported_with_its_key_and_only_into_a_new_folder(config: Path, tmp_path: Path) -> None:
    put_held(config)
    copy = tmp_path / "copy"
    assert ask(config, "ledger", "export", str(copy)).code == 0
    key = (copy / VERIFIER).read_text().strip()
    assert "verified: 2 entries" in ask(config, "ledger", "verify", "--copy", str(copy), "--key", key).out
    again = ask(config, "ledger", "export", str(copy))
    assert again.code == 1
    assert "is there already" in again.err
    blocked = ask(config, "ledger", "export", str(copy / "checkpoint" / "below"))
    assert blocked.code == 1
    assert "the ledger was not copied" in blocked.err


def test_the_ledger_of_an_unknown_transfer_is_not_found_and_facts_are_plain(config: Path) -> None:
    transfer = make_transfer()
    entry = make_entry(transfer, recipients=["a@b.example", "c@d.example"], route=None)
    with open_store(read_settings(config)) as store:
        store.transfers.commit(None, transfer, entries=[entry])
    said = ask(config, "ledger", "show", "--transfer", transfer.id)
    assert "recipients=a@b.example,c@d.example, route=-" in said.out
    unknown = ask(config, "ledger", "show", "--transfer", "t-unknown")
    assert unknown.code == 4
    assert "t-unknown" in unknown.err


@pytest.mark.parametrize("command", ["send", "explain"])
def test_a_missing_file_is_not_found(config: Path, tmp_path: Path, command: str) -> None:
    for path in (tmp_path / "none.docx", tmp_path):
        said = ask(config, command, str(path), *ENVELOPE)
        assert said.code == 4
        assert f"no file at {path}" in said.err


@pytest.mark.parametrize("command", ["send", "explain"])
def test_an_unknown_route_is_wrong_usage_and_nothing_is_accepted(config: Path, tmp_path: Path, command: str) -> None:
    file = tmp_path / "minutes.txt"
    file.write_text("Minutes")
    said = ask(config, command, str(file), *ENVELOPE, "--route", "internat")
    assert said.code == 2
    assert "did you mean 'internet'?" in said.err
    assert ask(config, "transfers", "list", "--json").out == ""


def test_what_cannot_be_opened_is_a_gap_that_says_so(tmp_path: Path) -> None:
    for path, why in ((tmp_path / "none.txt", "no such file"), (tmp_path, "is a directory")):
        gap = looking.read(path)
        assert isinstance(gap, Gap)
        assert gap.kind is GapKind.CORRUPT
        assert gap.detail.startswith(f"cannot be opened: {why}")


def test_check_is_content_after_init_and_warns_of_accounts_that_are_not_there(config: Path) -> None:
    said = ask(config, "check")
    assert said.code == 0
    assert said.out.startswith("good:")
    assert "officer Second Officer: there is no account bob on this machine" in said.err


def test_check_names_every_missing_folder_and_key_a_line_each(config: Path) -> None:
    home = config.parent.parent
    (home / "state" / "keys" / "master.key").unlink()
    (home / "outbound" / "notices").rmdir()
    (home / "delivered" / "internet").rmdir()
    said = ask(config, "check")
    assert said.code == 1
    lines = said.err.splitlines()
    assert len(lines) == 4  # and the warning about bob
    for what in ("master.key is missing", "notices is missing", "of channel internet is missing"):
        assert any(what in line and ";" in line for line in lines)


def test_check_leaves_with_3_for_the_configuration_whatever_else_is_missing(bare: Path) -> None:
    assert ask(bare, "check").code == 1
    bare.write_text(bare.read_text().replace("organisation:", "organization:"))
    assert ask(bare, "check").code == 3


def test_doctor_notes_that_there_is_only_one_officer(config: Path) -> None:
    line = "there is only one officer"
    assert line not in ask(config, "doctor").out
    first, second = config.read_text().split("  - name: Second Officer")
    config.write_text(first + second[second.index("retries:") :])
    assert line in ask(config, "doctor").out
    ask(config, "people", "add", "First Again", "officer@exampleshire.example", "--role", "approver")
    assert line in ask(config, "doctor").out, "the same person, by the console"
    ask(config, "people", "add", "Jo Bright", "jo@exampleshire.example", "--role", "reviewer")
    assert line not in ask(config, "doctor").out
