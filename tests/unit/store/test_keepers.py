"""Who keeps the master key: the ring, a file, a credential. Tokens and services have files of their own."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from gateway.errors import Damaged, StoreError, Unsound
from gateway.store import master_key
from gateway.store.keepers import KeyKeeper, Ring, try_out
from gateway.store.keepers.credential import DIRECTORY, Credential, CredentialKeys, Secret
from gateway.store.keepers.file import FORMER, FileKeys
from gateway.store.master_key import MasterKey

ONE, OTHER = (MasterKey(secret=bytes([number]) * 32) for number in (1, 2))


def fails() -> Sequence[KeyKeeper]:
    raise Unsound("the service is away")


def test_the_first_place_wraps_and_every_place_opens() -> None:
    ring = Ring(lambda: [ONE], lambda: [OTHER])
    assert ring.primary() is ONE
    assert ring.find(OTHER.id) is OTHER
    ring.require(ONE.id)


def test_a_key_that_nobody_has_is_told_from_one_that_nobody_can_be_asked_for() -> None:
    with pytest.raises(Damaged, match="no master key feed"):
        Ring(lambda: [ONE]).find("feed")
    with pytest.raises(Unsound, match="away"):
        Ring(lambda: [ONE], fails).find("feed")
    assert Ring(fails, lambda: [ONE]).find(ONE.id) is ONE
    with pytest.raises(StoreError, match="changed while") as refused:
        Ring(lambda: [ONE]).require("feed")
    assert not isinstance(refused.value, Damaged)


def test_a_place_is_tried_out() -> None:
    assert try_out(lambda: [ONE]) == (ONE.id, "")
    assert try_out(fails) == ("", "the service is away")

    class Broken:
        id = "b"

        def wrap(self, data_key: bytes, _bound_to: bytes, /) -> bytes:
            return data_key

        def unwrap(self, _wrapped: bytes, _bound_to: bytes, /) -> bytes:
            return b"something else"

    assert try_out(lambda: [Broken()]) == ("b", "it does not open what it wrapped")


@pytest.fixture
def keys(tmp_path: Path) -> FileKeys:
    master_key.create(tmp_path / "master.key")
    return FileKeys(tmp_path / "master.key")


def test_a_drawn_key_is_in_use_and_the_one_before_it_is_kept(keys: FileKeys, tmp_path: Path) -> None:
    old = keys()
    new = keys.draw()
    assert keys() == (new, *old)
    kept = tmp_path / FORMER / f"{old[0].id}.key"
    assert kept.read_bytes() == old[0].secret
    assert (kept.stat().st_mode & 0o777, kept.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    keys.retire(old[0].id)
    assert keys() == (new,)


def test_files_are_read_again_each_time(keys: FileKeys) -> None:
    (before,) = keys()
    FileKeys(keys.path).draw()
    assert keys()[1] == before
    keys.path.chmod(0o644)
    with pytest.raises(Unsound, match="0644"):
        keys()
    keys.path.unlink()
    with pytest.raises(Unsound, match="missing"):
        keys()


def test_a_former_key_that_others_could_read_is_refused(keys: FileKeys, tmp_path: Path) -> None:
    (old,) = keys()
    keys.draw()
    (tmp_path / FORMER / f"{old.id}.key").chmod(0o644)
    with pytest.raises(Unsound, match="0644"):
        keys()


def test_other_files_among_former_keys_are_left_alone(keys: FileKeys, tmp_path: Path) -> None:
    keys.draw()
    (tmp_path / FORMER / "notes.txt").write_text("x")
    keys.tidy()
    assert len(keys()) == 2
    assert (tmp_path / FORMER / "notes.txt").exists()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(DIRECTORY, str(tmp_path))
    (tmp_path / "vault-key").write_bytes(bytes(range(32)))
    (tmp_path / "vault-key").chmod(0o400)
    return tmp_path


@pytest.mark.parametrize("mode", [0o400, 0o440])
def test_a_credential_is_a_key(folder: Path, mode: int) -> None:
    (folder / "vault-key").chmod(mode)
    (key,) = CredentialKeys(Credential(name="vault-key"))()
    assert key.id == MasterKey(secret=bytes(range(32))).id


@pytest.mark.parametrize("mode", [0o404, 0o444, 0o600, 0o640, 0o420])
def test_a_credential_that_others_may_read_or_anybody_may_write_is_refused(folder: Path, mode: int) -> None:
    (folder / "vault-key").chmod(mode)
    with pytest.raises(Unsound, match=f"{mode:04o}"):
        CredentialKeys(Credential(name="vault-key"))()


def test_what_is_no_credential_is_refused(folder: Path) -> None:
    (folder / "short").write_bytes(bytes(31))
    (folder / "short").chmod(0o400)
    (folder / "link").symlink_to(folder / "vault-key")
    (folder / "folder").mkdir()
    for wrong, why in (("short", "31 bytes"), ("link", "opened"), ("folder", "plain file"), ("none", "missing")):
        with pytest.raises(Unsound, match=why):
            CredentialKeys(Credential(name=wrong))()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_credential_of_another_account_is_refused(folder: Path) -> None:
    os.chown(folder / "vault-key", 12345, -1)
    with pytest.raises(Unsound, match="somebody else"):
        CredentialKeys(Credential(name="vault-key"))()


def test_outside_of_the_service_the_folder_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(DIRECTORY)
    with pytest.raises(Unsound, match="no credentials here"):
        Credential(name="vault-key").read()
    assert Credential(name="vault-key", folder=folder).read(32) == bytes(range(32))


def test_a_secret_is_text_without_its_line_end(folder: Path) -> None:
    for name, content in (("pin", b"1234\r\n"), ("odd", b"\xff\n")):
        (folder / name).write_bytes(content)
        (folder / name).chmod(0o400)
    assert Secret(file=folder / "pin").read() == "1234"
    assert Secret(credential=Credential(name="pin")).read() == "1234"
    with pytest.raises(Unsound, match="not text"):
        Secret(file=folder / "odd").read()


def test_a_huge_file_is_no_secret(tmp_path: Path) -> None:
    (tmp_path / "huge").write_bytes(bytes(100_000))
    (tmp_path / "huge").chmod(0o600)
    with pytest.raises(Unsound, match="too large"):
        Secret(file=tmp_path / "huge").read()
