"""The section `vault`: who keeps the master key. What is refused is in tests/badconfig."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config.load import load_settings
from gateway.config.sections import SecretSettings
from gateway.config.vault import FileKeySettings, TokenKeySettings, TransitKeySettings, VaultSettings

SMALLEST = """\
organisation: {name: Us, help: h, internal_domains: [us.example]}
folders: {sender: s@us.example}
channels: {internet: {kind: folder, path: out}}
officers: [{name: O, address: o@us.example}]
"""
EVERY_KIND = """\
vault:
  key: {kind: transit, address: "https://keys.us.example:8200/", key: gateway, token: {file: token}, ca_file: ca.pem}
  former:
    - {kind: pkcs11, module: /lib/p11.so, token: gateway, key: vault, pin: {credential: pin, folder: /run/c}}
    - {kind: credential, name: vault-key}
    - {kind: file}
    - {kind: file, path: old/master.key}
"""


def load(folder: Path, text: str = "") -> VaultSettings:
    path = folder / "config" / "gateway.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(SMALLEST + text)
    return load_settings(path).vault


def test_without_it_the_key_is_a_file_in_the_state_folder(tmp_path: Path) -> None:
    vault = load(tmp_path)
    assert vault == VaultSettings(key=FileKeySettings(kind="file"))
    assert vault.files(tmp_path / "state") == (tmp_path / "state" / "keys" / "master.key",)
    assert vault.own_file(tmp_path / "state") == tmp_path / "state" / "keys" / "master.key"


def test_every_kind_is_read_and_its_paths_are_below_home(tmp_path: Path) -> None:
    vault = load(tmp_path, EVERY_KIND)
    token, state = vault.former[0], tmp_path / "state"
    assert isinstance(vault.key, TransitKeySettings)
    assert isinstance(token, TokenKeySettings)
    assert vault.key.address == "https://keys.us.example:8200"
    assert (vault.key.mount, vault.key.ca_file) == ("transit", tmp_path / "ca.pem")
    assert vault.key.token == SecretSettings(file=tmp_path / "token")
    assert (token.module, token.pin.folder) == (Path("/lib/p11.so"), Path("/run/c"))
    assert vault.files(state) == (state / "keys" / "master.key", tmp_path / "old" / "master.key")
    assert vault.own_file(state) is None
    told = [words for words, _ in vault.holders(state)]
    assert told == [
        "key gateway of the transit service https://keys.us.example:8200",
        "key vault in the token gateway",
        "credential vault-key",
        f"file {state}/keys/master.key",
        f"file {tmp_path}/old/master.key",
    ]


def test_its_hash_tells_one_choice_from_another_and_not_how_it_was_written(tmp_path: Path) -> None:
    assert load(tmp_path).hash == load(tmp_path, "vault: {former: []}\n").hash
    assert load(tmp_path).hash != load(tmp_path, EVERY_KIND).hash


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:8200", "http://[::1]:8200", "http://localhost:8200", "https://keys.us.example"]
)
def test_in_clear_only_on_this_machine(tmp_path: Path, address: str) -> None:
    text = f'vault: {{key: {{kind: transit, address: "{address}", key: k, token: {{file: t}}}}}}\n'
    key = load(tmp_path, text).key
    assert isinstance(key, TransitKeySettings)
    assert key.address == address
