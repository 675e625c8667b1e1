"""Who acts, and from which account: sudo's word, the state folder's walls, and keys that only officers touch."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from gateway.cli import opening
from gateway.cli.opening import read_settings
from gateway.errors import NotPermitted
from tests.unit.cli.asking import NOBODY, ask, put_held, shut_out
from tests.unit.protect.keymaking import key_maker

OWN = pwd.getpwuid(os.geteuid()).pw_name


def test_the_owner_of_the_state_folder_acts_as_owner(config: Path) -> None:
    officer, account = opening.who_am_i(read_settings(config))
    assert (officer.name, account) == ("First Officer", "")


def test_sudo_tells_the_owner_which_officer_acts(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_USER", "bob")
    officer, account = opening.who_am_i(read_settings(config))
    assert (officer.name, account) == ("Second Officer", "bob")


def test_whom_sudo_names_is_an_officer_or_nobody(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_USER", "mallory")
    with pytest.raises(NotPermitted, match="mallory is no officer"):
        opening.who_am_i(read_settings(config))


def test_that_root_called_sudo_names_no_person(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_USER", "root")
    assert opening.account(read_settings(config)) == OWN


def test_sudo_is_not_believed_from_any_other_account(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_USER", "bob")
    settings = read_settings(config)
    if os.geteuid() != 0:  # nobody else to become: let the folder be somebody else's
        settings = settings.model_copy(update={"paths": settings.paths.model_copy(update={"state": Path("/")})})
        assert opening.account(settings) == OWN
        return
    with shut_out():
        assert opening.account(settings) == pwd.getpwuid(NOBODY).pw_name


@pytest.mark.parametrize(
    "words",
    [
        ("held",),
        ("held", "show", "t-1"),
        ("transfers",),
        ("keys", "list"),
        ("ledger", "show"),
        ("ledger", "verify"),
        ("check",),
        ("run",),
    ],
    ids=" ".join,
)
def test_an_account_that_may_not_enter_is_told_the_way_in(config: Path, words: tuple[str, ...]) -> None:
    put_held(config)
    assert ask(config, *words[:1], "--help").code == 0  # what the command needs is loaded while it may be
    settings = read_settings(config)
    with shut_out(settings.paths.state, settings.paths.quarantine):
        said = ask(config, *words)
    assert said.code == 1
    assert f"may not read {settings.paths.state}" in said.err
    assert f"sudo -u {OWN} gateway" in said.err


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become an account that does not own the folder")
def test_init_by_another_account_is_told_the_way_in(config: Path) -> None:
    with shut_out():
        said = ask(config, "init")
    assert said.code == 1
    assert f"may not read {read_settings(config).paths.state}" in said.err


@pytest.mark.needs("gpg")
def test_keys_are_for_officers_and_the_first_approval_stands(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "friend.asc"
    with key_maker() as keys:
        fingerprint, certificate = keys.good(user="Friend <friend@partner.example>")
    file.write_bytes(certificate)
    monkeypatch.setenv("SUDO_USER", "mallory")
    for words in (("import", str(file)), ("approve", fingerprint), ("remove", fingerprint)):
        assert "is no officer" in ask(config, "keys", *words).err
    monkeypatch.delenv("SUDO_USER")
    assert "keys approve" in ask(config, "keys", "import", str(file)).out
    assert "approved by First Officer" in ask(config, "keys", "approve", fingerprint).out
    monkeypatch.setenv("SUDO_USER", "bob")
    assert "already approved by First Officer" in ask(config, "keys", "approve", fingerprint.lower()).out
    assert "stays approved by First Officer" in ask(config, "keys", "import", str(file)).out
    assert '"approved_by": "First Officer"' in ask(config, "keys", "list", "--json").out
    assert ask(config, "keys", "remove", fingerprint).code == 0
    assert ask(config, "keys", "list", "--json").out == ""
