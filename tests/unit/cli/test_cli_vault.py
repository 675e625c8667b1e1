"""`gateway vault`: status, rotate, verify; and what `init`, `check` and `doctor` say of the master key."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.opening import open_store, read_settings
from gateway.daemon.alone import only_one
from gateway.store import StoredObject, rotation
from gateway.store.embedded import KEYS
from gateway.store.keepers.file import FileKeys
from gateway.testing.store_values import accept
from tests.unit.cli.asking import ask

LARGE = 400_000
FIRST = {"officer": "First Officer", "address": "officer@exampleshire.example"}
ELSEWHERE = """\
vault:
  key: {{kind: credential, name: vault-key, folder: {folder}}}
  former: [{{kind: file}}]
"""


def state_of(config: Path) -> Path:
    return read_settings(config).paths.state


def fill(config: Path, *sizes: int) -> list[StoredObject]:
    with open_store(read_settings(config)) as store:
        kept = [store.vault.put(io.BytesIO(bytes(size))) for size in sizes]
        accept(store, objects=kept)
    return kept


def status(config: Path) -> dict[str, Any]:
    said = ask(config, "vault", "status", "--json")
    assert said.code == 0, said.err
    found: dict[str, Any] = json.loads(said.out)
    return found


def entries(config: Path, event: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in ask(config, "ledger", "show", "--json").out.splitlines()]
    return [line["facts"] for line in lines if line["event"] == event]


def move_to_a_credential(config: Path) -> Path:
    folder = config.parent / "credentials"
    folder.mkdir()
    (folder / "vault-key").write_bytes(bytes(range(32)))
    (folder / "vault-key").chmod(0o400)
    config.write_text(config.read_text() + ELSEWHERE.format(folder=folder))
    return folder / "vault-key"


def test_status_says_who_keeps_the_key_and_what_is_stored(config: Path) -> None:
    fill(config, 10, 20, LARGE)
    told = status(config)
    (keeper,) = told["keepers"]
    path = state_of(config) / KEYS / "master.key"
    assert keeper == {"kept_by": f"file {path}", "key": FileKeys(path)()[0].id, "in_use": True, "trouble": ""}
    assert told["objects_by_key"] == {keeper["key"]: 3}
    assert told["inline"] == {"objects": 2, "size": 30}
    assert told["files"] == {"objects": 1, "size": LARGE}
    assert told["orphans"] == []
    shown = ask(config, "vault", "status").out
    assert keeper["key"] in shown
    assert "works" in shown


def test_status_answers_without_a_key_and_says_what_is_wrong(config: Path) -> None:
    fill(config, 10)
    (state_of(config) / KEYS / "master.key").unlink()
    told = status(config)
    assert "is missing" in told["keepers"][0]["trouble"]
    assert list(told["objects_by_key"].values()) == [1]


def test_rotate_puts_everything_under_a_new_key_and_says_so_in_the_ledger(config: Path) -> None:
    kept = fill(config, 10, LARGE)
    before = status(config)["keepers"][0]["key"]
    said = ask(config, "vault", "rotate")
    assert (said.code, said.out) == (0, f"2 objects were wrapped anew; key {before} is destroyed\n")
    after = status(config)
    assert after["objects_by_key"] == {after["keepers"][0]["key"]: 2}
    with open_store(read_settings(config)) as store:
        assert [len(store.vault.read(each.id)) for each in kept] == [10, LARGE]
    key = after["keepers"][0]["key"]
    assert entries(config, "vault:rotated") == [{"before": before, "key": key} | FIRST]
    assert entries(config, "vault:rewrapped") == [{"damaged": 0, "key": key, "objects": 2, "retired": [before]} | FIRST]


def test_only_an_officer_rotates(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_USER", "mallory")
    before = status(config)["keepers"][0]["key"]
    said = ask(config, "vault", "rotate")
    assert said.code == 1
    assert "is no officer" in said.err
    assert status(config)["keepers"][0]["key"] == before
    monkeypatch.setenv("SUDO_USER", "bob")
    assert ask(config, "vault", "rotate").code == 0
    assert entries(config, "vault:rotated")[0]["account"] == "bob"


def test_two_rotations_do_not_meet(config: Path) -> None:
    with rotation.alone(state_of(config) / KEYS):
        said = ask(config, "vault", "rotate")
    assert said.code == 1
    assert "another rotation is running" in said.err


def test_a_rotation_that_was_cut_short_is_noted_by_doctor_and_ended_by_the_next(config: Path) -> None:
    fill(config, 10)
    keys = FileKeys(state_of(config) / KEYS / "master.key")
    keys.draw()
    assert "has not come to its end" in ask(config, "doctor").out
    drawn, old = keys()
    assert "is in use" not in ask(config, "vault", "rotate").err
    (told,) = entries(config, "vault:rotated")  # it was drawn, and nobody came to record it
    assert (told["key"], told["before"], told["recorded_late"]) == (drawn.id, old.id, True)
    assert len(keys()) == 1
    assert "has not come to its end" not in ask(config, "doctor").out


def test_a_vault_moves_to_another_keeper(config: Path) -> None:
    kept = fill(config, 10, LARGE)
    move_to_a_credential(config)
    assert ask(config, "check").code == 0
    file_key = status(config)["keepers"][1]["key"]
    assert status(config)["objects_by_key"] == {file_key: 2}
    assert ask(config, "vault", "rotate").out == "2 objects were wrapped anew\n"
    told = status(config)
    assert [each["in_use"] for each in told["keepers"]] == [True, False]
    assert told["objects_by_key"] == {told["keepers"][0]["key"]: 2}
    assert entries(config, "vault:rotated") == []
    config.write_text(config.read_text().replace("former: [{kind: file}]", "former: []"))
    (state_of(config) / KEYS / "master.key").unlink()
    assert ask(config, "check").code == 0
    assert ask(config, "init").code == 0
    assert not (state_of(config) / KEYS / "master.key").exists()
    with open_store(read_settings(config)) as store:
        assert [len(store.vault.read(each.id)) for each in kept] == [10, LARGE]


def test_nothing_is_wrapped_under_a_key_that_the_running_gateway_does_not_know(config: Path) -> None:
    fill(config, 10)
    with only_one(state_of(config), read_settings(config).vault.hash):
        assert ask(config, "vault", "rotate").code == 0
        move_to_a_credential(config)
        said = ask(config, "vault", "rotate")
        assert said.code == 1
        assert "start it again" in said.err
    with only_one(state_of(config), read_settings(config).vault.hash):
        assert ask(config, "vault", "rotate").code == 0


def test_verify_is_content_with_what_is_sound(config: Path) -> None:
    fill(config, 10, LARGE)
    said = ask(config, "vault", "verify")
    assert (said.code, said.out) == (0, "2 of 2 objects are what was stored\n")
    assert json.loads(ask(config, "vault", "verify", "--json").out) == {"objects": 2, "wrong": [], "orphans": []}


def test_verify_names_what_is_damaged_and_leaves_with_1(config: Path) -> None:
    good, lost = fill(config, LARGE, LARGE)
    with open_store(read_settings(config)) as store:
        store.vault._path(lost.id).unlink()
    said = ask(config, "vault", "verify")
    assert said.code == 1
    assert f"wrong    {lost.id}" in said.out
    assert good.id not in said.out
    assert "1 of 2 objects" in said.out
    told = ask(config, "vault", "verify", "--json")
    assert told.code == 1
    assert [each["object"] for each in json.loads(told.out)["wrong"]] == [lost.id]


def test_rotate_says_what_it_could_not_wrap_anew(config: Path) -> None:
    kept = fill(config, 10, 20)
    with open_store(read_settings(config)) as store:
        text = "UPDATE objects SET header = ? WHERE id = ?"
        store.database.write(lambda c: c.exec_driver_sql(text, (b"{}", kept[0].id)))
    said = ask(config, "vault", "rotate")
    assert said.code == 1
    assert kept[0].id in said.err
    assert "1 objects were wrapped anew" in said.out


def test_a_damaged_object_keeps_its_key_and_holds_up_no_rotation(config: Path) -> None:
    lost, _ = fill(config, 10, 20)
    with open_store(read_settings(config)) as store:
        wrong = json.dumps({**json.loads(lost.header), "wrapped": "AAAA"}).encode()
        text = "UPDATE objects SET header = ? WHERE id = ?"
        store.database.write(lambda c: c.exec_driver_sql(text, (wrong, lost.id)))
    first = status(config)["keepers"][0]["key"]
    for number in range(2):
        before = status(config)["keepers"][0]["key"]
        said = ask(config, "vault", "rotate")
        assert said.code == 1
        assert f"1 objects cannot be opened: {lost.id}" in said.err
        assert f"key {first} is kept, 1 objects name it: {lost.id}" in said.err
        assert (f"key {before} is destroyed" in said.out) == bool(number)
        assert status(config)["keepers"][0]["key"] != before
    assert len(entries(config, "vault:rotated")) == 2


def test_a_key_of_another_installation_is_neither_rotated_nor_used(config: Path) -> None:
    (state_of(config) / KEYS / "master.key.owner").write_text("another")
    before = status(config)["keepers"][0]["key"]
    for words in (("vault", "rotate"), ("init",), ("run",)):
        said = ask(config, *words)
        assert (said.code, "belongs to another installation" in said.err) == (1, True), words
    assert status(config)["keepers"][0]["key"] == before


def test_a_vault_moves_to_a_new_file(config: Path) -> None:
    kept = fill(config, 10, LARGE)
    apart, old = config.parent / "apart" / "vault.key", state_of(config) / KEYS / "master.key"
    apart.parent.mkdir()
    text = config.read_text()
    config.write_text(f"{text}vault: {{key: {{kind: file, path: {apart}}}}}\n")
    said = ask(config, "init")
    assert said.code == 1
    assert "'former'" in said.err
    config.write_text(f"{text}vault: {{key: {{kind: file, path: {apart}}}, former: [{{kind: file}}]}}\n")
    assert ask(config, "init").code == 0
    assert ask(config, "vault", "rotate").out.startswith("2 objects were wrapped anew")
    config.write_text(f"{text}vault: {{key: {{kind: file, path: {apart}}}}}\n")
    old.unlink()
    with open_store(read_settings(config)) as store:
        assert [len(store.vault.read(each.id)) for each in kept] == [10, LARGE]


def test_verify_goes_on_where_a_keeper_is_away(config: Path) -> None:
    first, second = fill(config, 10, 20)
    (state_of(config) / KEYS / "master.key").rename(config.parent / "away")
    said = ask(config, "vault", "verify")
    assert said.code == 1
    assert said.out.count("cannot be asked for now") == 2
    assert first.id in said.out
    assert second.id in said.out
    assert "0 of 2 objects" in said.out


def test_doctor_says_who_keeps_the_key(config: Path) -> None:
    lines = [json.loads(line) for line in ask(config, "doctor", "--json").out.splitlines()]
    states = {line["what"]: line["state"] for line in lines if "master key" in line["what"]}
    assert list(states.values()) == ["ok", "note"]
    assert "on the disk of what it encrypts" in list(states)[1]
    credential = move_to_a_credential(config)
    lines = [json.loads(line) for line in ask(config, "doctor", "--json").out.splitlines()]
    states = {line["what"]: line["state"] for line in lines if "master key" in line["what"]}
    assert list(states.values()) == ["ok", "ok"]
    credential.chmod(0o644)
    said = ask(config, "doctor")
    assert said.code == 1
    assert "cannot be used (credential vault-key)" in said.out


def test_check_asks_for_the_files_that_the_configuration_names(config: Path) -> None:
    (state_of(config) / KEYS / "master.key").unlink()
    said = ask(config, "check")
    assert said.code == 1
    assert "master.key is missing" in said.err


def test_init_draws_a_key_where_the_configuration_says(bare: Path) -> None:
    apart = bare.parent / "apart.key"
    bare.write_text(bare.read_text() + f"vault: {{key: {{kind: file, path: {apart}}}}}\n")
    assert ask(bare, "init").code == 0
    assert len(apart.read_bytes()) == 32
    assert not (state_of(bare) / KEYS / "master.key").exists()
    fill(bare, 10)
    assert ask(bare, "vault", "rotate").code == 0
    assert status(bare)["keepers"][0]["kept_by"] == f"file {apart}"
