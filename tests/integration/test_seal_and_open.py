"""`gateway seal` makes what others open, and `gateway open` opens it again, byte for byte, and only with the secret."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.protect import passphrase
from gateway.protect.unseal import NotOpened, Secrets, kind_of, unseal
from tests.unit.cli.asking import Said, ask, open_home
from tests.unit.protect.keymaking import ADDRESS, KeyMaker, key_maker

CONTENT = b"forename,surname\r\nAnna,Example\nmixed\r" * 1000
BY_PASSPHRASE = ("zip", "7z", "pdf", "html")

pytestmark = pytest.mark.needs("gpg", "gpgconf", "7z", "openssl")


@pytest.fixture(scope="module")
def maker() -> Iterator[KeyMaker]:
    with key_maker() as made:
        yield made


@pytest.fixture
def config() -> Iterator[Path]:
    with open_home() as made:
        assert ask(made, "init").code == 0
        yield made


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    path = tmp_path / "Änne's list.csv"
    path.write_bytes(CONTENT)
    return path


def seal(config: Path, method: str, *paths: Path, out: Path, more: tuple[str, ...] = ()) -> Said:
    return ask(config, "seal", *map(str, paths), "--for", ADDRESS, "--using", method, "--out", str(out), *more)


@pytest.mark.parametrize("method", BY_PASSPHRASE)
def test_what_is_sealed_with_a_passphrase_opens_with_it(
    config: Path, letter: Path, tmp_path: Path, method: str
) -> None:
    out, words = tmp_path / "sealed", tmp_path / "words"
    said = json.loads(seal(config, method, letter, out=out, more=("--json",)).out)
    assert (said["method"], said["cipher"], said["size"]) == (method, "AES-256", out.stat().st_size)
    assert said["verified_by"]
    assert said["sha256"]
    assert CONTENT[:60] not in out.read_bytes()
    words.write_text(said["passphrase"])
    opened = ask(config, "open", str(out), "--password-file", str(words), "--out", str(tmp_path / "opened"), "--json")
    assert opened.code == 0, opened.err
    paths = [Path(path) for path in json.loads(opened.out)["opened"]]
    assert CONTENT in [path.read_bytes() for path in paths]
    assert all(path.parent == tmp_path / "opened" for path in paths)
    again = ask(config, "open", str(out), "--password-file", str(words), "--out", str(tmp_path / "opened"))
    assert (again.code, "is there already" in again.err) == (1, True)


@pytest.mark.parametrize("method", BY_PASSPHRASE)
def test_another_passphrase_opens_nothing_and_leaves_nothing(
    config: Path, letter: Path, tmp_path: Path, method: str
) -> None:
    out, words, folder = tmp_path / "sealed", tmp_path / "words", tmp_path / "opened"
    assert seal(config, method, letter, out=out).code == 0
    words.write_text("six-words-that-are-not-it")
    refused = ask(config, "open", str(out), "--password-file", str(words), "--out", str(folder))
    assert refused.code == 1
    assert "does not open with this passphrase" in refused.err
    assert "--password-file" in refused.err
    assert list(folder.iterdir()) == []


def test_a_passphrase_that_is_given_is_used_and_not_shown(config: Path, letter: Path, tmp_path: Path) -> None:
    words, given = tmp_path / "words", passphrase.draw()
    words.write_text(f"{given}\n")
    said = seal(config, "zip", letter, out=tmp_path / "a.zip", more=("--password-file", str(words)))
    assert said.code == 0, said.err
    assert given not in said.out + said.err
    opened = unseal(tmp_path / "a.zip", tmp_path / "o", Secrets(words=given))
    assert (tmp_path / "o" / "document-1.csv").read_bytes() == CONTENT
    assert len(opened.files) == 2
    assert {path.stat().st_mode & 0o777 for path in opened.files} == {0o600}


def test_what_is_no_address_gets_no_sealed_file(config: Path, letter: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.zip"
    said = ask(config, "seal", str(letter), "--for", "not an address", "--using", "zip", "--out", str(out))
    assert (said.code, "is no plain address" in said.err, out.exists()) == (2, True, False), said.err


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "there is no passphrase in"),
        ("\n\n", "there is no passphrase in"),
        ("hunter2\n", "this passphrase will not do"),
        ("Änne-Änne-Änne-Änne-Änne-Änne", "not every keyboard"),
    ],
    ids=["empty", "empty lines", "weak", "not ASCII"],
)
def test_a_passphrase_that_will_not_do_seals_nothing(
    config: Path, letter: Path, tmp_path: Path, text: str, why: str
) -> None:
    words, out = tmp_path / "words", tmp_path / "a.zip"
    words.write_text(text)
    said = seal(config, "zip", letter, out=out, more=("--password-file", str(words)))
    assert (said.code, why in said.err, out.exists()) == (2, True, False), said.err


def test_an_approved_key_seals_and_its_owner_opens(config: Path, maker: KeyMaker, letter: Path, tmp_path: Path) -> None:
    fingerprint, certificate = maker.good()
    key, secret, out = tmp_path / "alice.asc", tmp_path / "secret.asc", tmp_path / "a.pgp"
    key.write_bytes(certificate)
    held = seal(config, "pgp", letter, out=out)
    assert (held.code, "no approved, usable key" in held.err, out.exists()) == (10, True, False)
    assert ask(config, "keys", "import", str(key)).code == 0
    assert seal(config, "pgp", letter, out=out).code == 10, "nobody approved it yet"
    assert ask(config, "keys", "approve", fingerprint).code == 0
    said = seal(config, "pgp", letter, letter, out=out)
    assert said.code == 0, said.err
    assert "passphrase" not in said.out
    secret.write_bytes(maker.gpg("--armor", "--export-secret-keys", fingerprint))
    assert ask(config, "open", str(out), "--out", str(tmp_path / "o")).code == 1
    opened = ask(config, "open", str(out), "--key", str(secret), "--out", str(tmp_path / "o"))
    assert opened.code == 0, opened.err
    assert {path.name for path in (tmp_path / "o").iterdir()} == {letter.name, "Änne's list-2.csv"}


def test_an_openpgp_message_keeps_the_name_of_its_file(
    config: Path, maker: KeyMaker, letter: Path, tmp_path: Path
) -> None:
    fingerprint, certificate = maker.good()
    (tmp_path / "alice.asc").write_bytes(certificate)
    ask(config, "keys", "import", str(tmp_path / "alice.asc"))
    ask(config, "keys", "approve", fingerprint)
    assert seal(config, "pgp", letter, out=tmp_path / "a.pgp").code == 0
    (tmp_path / "secret.asc").write_bytes(maker.gpg("--armor", "--export-secret-keys", fingerprint))
    opened = unseal(tmp_path / "a.pgp", tmp_path / "o", Secrets(key=tmp_path / "secret.asc"))
    (found,) = opened.files
    assert (opened.method, found.name, found.read_bytes()) == ("pgp", letter.name, CONTENT)
    assert opened.shown.verified
    flipped = bytearray((tmp_path / "a.pgp").read_bytes())
    flipped[-40] ^= 1
    (tmp_path / "b.pgp").write_bytes(flipped)
    with pytest.raises(NotOpened):
        unseal(tmp_path / "b.pgp", tmp_path / "o2", Secrets(key=tmp_path / "secret.asc"))
    assert list((tmp_path / "o2").iterdir()) == []


def test_nothing_is_overwritten_and_wrong_use_is_said(config: Path, letter: Path, tmp_path: Path) -> None:
    out = tmp_path / "sealed"
    out.write_bytes(b"mine")
    there = seal(config, "zip", letter, out=out)
    assert (there.code, "is there already" in there.err, out.read_bytes()) == (1, True, b"mine")
    unknown = seal(config, "zpi", letter, out=tmp_path / "x")
    assert unknown.code == 4
    assert "zip" in unknown.err
    assert seal(config, "zip", tmp_path / "nothing", out=tmp_path / "x").code == 4
    nowhere = seal(config, "zip", letter, out=tmp_path / "no" / "x")
    assert (nowhere.code, "there is no folder" in nowhere.err) == (4, True)
    plain = ask(config, "open", str(letter), "--out", str(tmp_path / "o"))
    assert (plain.code, "is nothing that this gateway seals" in plain.err) == (1, True)


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"PK\x03\x04rest", "zip"),
        (b"7z\xbc\xaf\x27\x1c", "7z"),
        (b"%PDF-1.7", "pdf"),
        (b"\n<!DOCTYPE html>", "html"),
        (b"-----BEGIN PGP MESSAGE-----", "pgp"),
        (b"\x84\x5e\x03", "pgp"),
        (b"\x30\x80\x06\x09", "smime"),
    ],
)
def test_the_kind_is_told_by_content(tmp_path: Path, start: bytes, kind: str) -> None:
    path = tmp_path / "anything.txt"
    path.write_bytes(start)
    assert kind_of(path) == kind
