"""`gateway open` opens what was sealed as the gateway seals, and nothing else, whoever made what it is given."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pikepdf
import pytest
import pyzipper
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from gateway.protect import Plain, compose_smime, passphrase
from gateway.protect.content import Held, bundle
from gateway.protect.methods.page import inside, writer
from gateway.protect.methods.smime import SmimeEncryptor
from gateway.protect.unseal import NotOpened, Secrets, laying, unseal
from gateway.protect.unseal.laying import Files, Limited
from tests.unit.cli.asking import ask
from tests.unit.protect.keymaking import KeyMaker, key_maker
from tests.unit.protect.smime_people import Person, Ring, house, person, signing

WORDS = passphrase.draw()
CONTENT = bytes(range(251)) * 400

pytestmark = pytest.mark.needs("gpg", "gpgconf", "7z", "openssl")


def plain_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", CONTENT)


def deflated_zip(path: Path) -> None:
    with pyzipper.AESZipFile(path, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(WORDS.encode())
        archive.writestr("a.txt", bytes(10_000_000))


def half_sealed_zip(path: Path) -> None:
    with pyzipper.AESZipFile(path, "w") as archive:
        archive.writestr("clear.txt", CONTENT)
        archive.setpassword(WORDS.encode())
        archive.setencryption(pyzipper.WZ_AES, nbits=256)
        archive.writestr("sealed.txt", CONTENT)


def seven_zip(path: Path, *options: str) -> None:
    (path.parent / "a.txt").write_bytes(CONTENT)
    made = path.with_suffix(".7z")
    subprocess.run(["7z", "a", *options, str(made), str(path.parent / "a.txt")], check=True, capture_output=True)
    made.rename(path)


def plain_7z(path: Path) -> None:
    seven_zip(path)


def open_names_7z(path: Path) -> None:
    seven_zip(path, "-mx=0", f"-p{WORDS}")


def pressed_7z(path: Path) -> None:
    seven_zip(path, "-mhe=on", f"-p{WORDS}")


def pdf(path: Path, **options: str | int | bool) -> None:
    with pikepdf.new() as document:
        document.add_blank_page()
        encryption = pikepdf.Encryption(**options) if options else False  # type: ignore[arg-type]  # as given
        document.save(path, encryption=encryption)


def plain_pdf(path: Path) -> None:
    pdf(path)


def owner_only_pdf(path: Path) -> None:
    pdf(path, owner=WORDS, user="", R=6)


def weak_pdf(path: Path) -> None:
    pdf(path, owner="x", user=WORDS, R=4)


NEVER_SEALED = (
    plain_zip,
    deflated_zip,
    half_sealed_zip,
    plain_7z,
    open_names_7z,
    pressed_7z,
    plain_pdf,
    owner_only_pdf,
    weak_pdf,
)


@pytest.mark.parametrize("make", NEVER_SEALED)
@pytest.mark.parametrize("words", [WORDS, ""], ids=["a passphrase", "none"])
def test_what_was_not_sealed_as_we_seal_is_not_opened(make: Callable[[Path], None], words: str, tmp_path: Path) -> None:
    file = tmp_path / "given"
    make(file)
    with pytest.raises(NotOpened, match="does not open"):
        unseal(file, tmp_path / "o", Secrets(words=words))
    assert list((tmp_path / "o").iterdir()) == []


@pytest.mark.parametrize(
    "start", [b"PK\x03\x04", b"7z\xbc\xaf\x27\x1c", b"%PDF-1.7\n", b"<!doctype html>", b"\x30\x80\x06"]
)
@pytest.mark.parametrize("words", [WORDS, "Änne", ""], ids=["a passphrase", "letters", "none"])
def test_noise_is_an_error_that_people_understand(start: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / "given").write_bytes(start + CONTENT)
    with pytest.raises(NotOpened):
        unseal(tmp_path / "given", tmp_path / "o", Secrets(words=words, key=tmp_path / "given"))


def page(folder: Path, *names: str, listing: Callable[[bytes], bytes] = bytes) -> Path:
    """Return a page with a file of each name; `listing` alters the list inside."""
    items = [inside.Item(name=name, media_type="text/csv", content=Held(CONTENT[:100])) for name in names]
    path = folder / "page.html"
    outside = writer.Outside(organisation="Council", help_contact="help@council.example", reference="t-1")
    with pytest.MonkeyPatch.context() as patch, path.open("xb") as target:
        made = listing(inside.listing(items))
        patch.setattr(writer, "listing", lambda _: made)
        writer.write(items, WORDS, outside, target)
    return path


def test_names_that_are_cut_to_the_same_do_not_lose_a_file(tmp_path: Path) -> None:
    names = [f"{'x' * 210}{number}.csv" for number in range(3)]
    opened = unseal(page(tmp_path, *names), tmp_path / "o", Secrets(words=WORDS))
    assert [path.read_bytes() for path in opened.files] == [CONTENT[:100]] * 3


@pytest.mark.parametrize("name", ["Ä" * 130 + ".docx", "界" * 200, "😀" * 99 + ".odt", "x" * 300 + ".txt"])
def test_long_names_open(name: str, tmp_path: Path) -> None:
    opened = unseal(page(tmp_path, name, name), tmp_path / "o", Secrets(words=WORDS))
    assert len(opened.files) == 2
    assert {path.suffix for path in opened.files} == {Path(name).suffix if "." in name else ""}


@pytest.mark.parametrize(
    ("before", "behind"),
    [
        (b'"size": 100', b'"size": 101'),
        (b'"size": 100', b'"size": -10'),
        (b'"size": 100', b'"size": 1e2'),
        (b'"size"', b'"sife"'),
        (b'"sha256": "', b'"sha256": "0'),
        (b'{"files": [', b'{"filet": ['),
    ],
)
def test_a_list_that_is_not_true_is_refused(before: bytes, behind: bytes, tmp_path: Path) -> None:
    def altered(listing: bytes) -> bytes:
        assert before in listing
        return listing.replace(before, behind)

    with pytest.raises(NotOpened):
        unseal(page(tmp_path, "a.csv", listing=altered), tmp_path / "o", Secrets(words=WORDS))


def sealed(folder: Path, to: Person, *, gcm: bool, signer: Person | None = None, entity: bytes = b"") -> Path:
    files = signing(folder, signer) if signer else None
    media_type = compose_smime.ENTITY if entity else "text/csv"
    part = Plain(name="Änne Example.csv", media_type=media_type, content=Held(entity or CONTENT))
    return SmimeEncryptor(Ring(recipient=to.judged(gcm=gcm)), files).seal([part], "a@b.example", "s", folder, "").file


def keyed(folder: Path, to: Person, certificate: Person | None = None) -> Secrets:
    key = folder / "alice.pem"
    key.write_bytes(to.key_pem + (certificate or to).pem)
    return Secrets(key=key)


@pytest.mark.parametrize("kind", ["rsa2048", "p256"])
@pytest.mark.parametrize("signer", [None, house()], ids=["unsigned", "signed"])
@pytest.mark.parametrize("gcm", [True, False], ids=["GCM", "CBC"])
def test_smime_opens_to_the_file_under_its_name(kind: str, signer: Person | None, tmp_path: Path, *, gcm: bool) -> None:
    to = person(kind)
    opened = unseal(sealed(tmp_path, to, gcm=gcm, signer=signer), tmp_path / "o", keyed(tmp_path, to))
    assert [(path.name, path.read_bytes()) for path in opened.files] == [("Änne Example.csv", CONTENT)]
    assert opened.shown.verified == (gcm or signer is not None)
    assert ("signed by CN=Council; " in opened.shown.remark) == (signer is not None)
    assert ("cannot show whether it was altered" in opened.shown.remark) == (not opened.shown.verified)


@pytest.mark.parametrize("signer", [None, house()], ids=["unsigned", "signed"])
def test_a_message_stays_a_message(signer: Person | None, tmp_path: Path) -> None:
    to, entity = person("rsa2048"), b"Content-Type: text/plain\r\n\r\nhello\r\n"
    file = sealed(tmp_path, to, gcm=False, signer=signer, entity=entity)
    opened = unseal(file, tmp_path / "o", keyed(tmp_path, to))
    (found,) = opened.files
    assert (found.name, entity in found.read_bytes()) == ("s.eml", True)
    assert opened.shown.verified == (signer is not None)


@pytest.mark.parametrize("gcm", [True, False], ids=["GCM", "CBC"])
def test_another_key_or_certificate_is_refused_always(tmp_path: Path, *, gcm: bool) -> None:
    """With a wrong RSA key and no certificate openssl ends with 0 about once in 256 times, and hands out noise."""
    to, other = person("rsa2048"), person("rsa2048", 1)
    file = sealed(tmp_path, to, gcm=gcm)
    for key, certificate, why in ((other, other, "for another certificate"), (other, to, "not the key of the cert")):
        with pytest.raises(NotOpened, match=why):
            unseal(file, tmp_path / "o", keyed(tmp_path, key, certificate))
    (tmp_path / "key").write_bytes(to.key_pem)
    with pytest.raises(NotOpened, match="there is no certificate in key"):
        unseal(file, tmp_path / "o", Secrets(key=tmp_path / "key"))


def test_a_certificate_may_lie_in_another_file_and_the_key_have_a_passphrase(tmp_path: Path) -> None:
    to, key, certificate = person("rsa2048"), tmp_path / "key", tmp_path / "certificate"
    locked = BestAvailableEncryption(b"locked")
    key.write_bytes(to.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked))
    certificate.write_bytes(person("p256").pem + to.pem)
    file = sealed(tmp_path, to, gcm=True)
    with pytest.raises(NotOpened, match="does not open with this key"):
        unseal(file, tmp_path / "o", Secrets(key=key, certificate=certificate, words="another"))
    assert unseal(file, tmp_path / "o", Secrets(key=key, certificate=certificate, words="locked")).files


@pytest.mark.parametrize(
    "entity", [b"", b"Content-Type: text/plain\r\n\r\n" + b"hello\r\n" * 1000], ids=["file", "mail"]
)
@pytest.mark.parametrize(("gcm", "signer"), [(True, None), (False, house())], ids=["GCM", "CBC, signed"])
def test_one_flipped_bit_in_smime_is_refused(
    entity: bytes, signer: Person | None, tmp_path: Path, *, gcm: bool
) -> None:
    to = person("rsa2048")
    file = sealed(tmp_path, to, gcm=gcm, signer=signer, entity=entity)
    flipped = bytearray(file.read_bytes())
    flipped[len(flipped) // 2] ^= 1
    file.write_bytes(flipped)
    with pytest.raises(NotOpened):
        unseal(file, tmp_path / "o", keyed(tmp_path, to))
    assert list((tmp_path / "o").iterdir()) == []


def test_the_command_says_what_the_format_cannot_show(tmp_path: Path) -> None:
    to = person("rsa2048")
    file = sealed(tmp_path, to, gcm=False)
    key = str(keyed(tmp_path, to).key)
    said = ask(tmp_path / "none", "open", str(file), "--key", key, "--out", str(tmp_path / "o"), "--json")
    assert (said.code, json.loads(said.out)["verified"]) == (0, False)
    assert "cannot show whether it was altered" in said.err


def test_one_file_that_does_not_open_leaves_the_others_be(tmp_path: Path) -> None:
    good, bad, words = page(tmp_path, "a.csv"), tmp_path / "bad.zip", tmp_path / "words"
    plain_zip(bad)
    words.write_text(WORDS)
    said = ask(
        tmp_path / "none", "open", str(bad), str(good), "--password-file", str(words), "--out", str(tmp_path / "o")
    )
    assert (said.code, "bad.zip does not open" in said.err) == (1, True)
    assert (tmp_path / "o" / "a.csv").read_bytes() == CONTENT[:100]


def test_without_a_passphrase_the_command_says_that_none_was_given(tmp_path: Path) -> None:
    file, folder = page(tmp_path, "a.csv"), tmp_path / "o"
    said = ask(tmp_path / "none", "open", str(file), "--out", str(folder))
    assert (said.code, "none was given" in said.err, folder.exists()) == (1, True, False), said.err


@pytest.mark.parametrize("option", ["--key", "--certificate"])
def test_a_key_that_is_not_there_is_not_found(tmp_path: Path, option: str) -> None:
    said = ask(tmp_path / "none", "open", str(page(tmp_path, "a.csv")), option, str(tmp_path / "nosuch"))
    assert (said.code, "no file at" in said.err) == (4, True), said.err


@pytest.fixture(scope="module")
def maker() -> Iterator[KeyMaker]:
    with key_maker() as made:
        made.good()
        yield made


def pgp(maker: KeyMaker, content: bytes, name: str, *options: str) -> bytes:
    (fingerprint,) = maker.fingerprints("pub")
    (maker.home / "in").write_bytes(content)
    more = ["--batch", "--yes", "--trust-model=always", f"--set-filename={name}", *options]
    return maker.gpg(*more, "--recipient", fingerprint, "--output=-", "--encrypt", str(maker.home / "in"))


def secret(maker: KeyMaker, folder: Path) -> Secrets:
    (folder / "secret.asc").write_bytes(maker.gpg("--armor", "--export-secret-keys"))
    return Secrets(key=folder / "secret.asc")


def test_more_than_was_sealed_does_not_come_out(maker: KeyMaker, tmp_path: Path) -> None:
    (tmp_path / "bomb.pgp").write_bytes(pgp(maker, bytes(50_000_000), "a.bin", "--compress-algo=zlib"))
    assert (tmp_path / "bomb.pgp").stat().st_size < 100_000
    with pytest.raises(NotOpened):
        unseal(tmp_path / "bomb.pgp", tmp_path / "o", secret(maker, tmp_path))


@pytest.mark.parametrize("name", ["files.zip", "other.zip"])
def test_only_our_own_bundle_is_unpacked(maker: KeyMaker, name: str, tmp_path: Path) -> None:
    plain_zip(tmp_path / "theirs")
    theirs = (tmp_path / "theirs").read_bytes()
    (tmp_path / "a.pgp").write_bytes(pgp(maker, theirs, name))
    opened = unseal(tmp_path / "a.pgp", tmp_path / "o", secret(maker, tmp_path))
    assert [(path.name, path.read_bytes()) for path in opened.files] == [(name, theirs)]


def test_an_altered_bundle_is_refused(tmp_path: Path) -> None:
    parts = [Plain(name=name, media_type="", content=Held(CONTENT)) for name in ("../a", "a")]
    content, folder = tmp_path / "content", tmp_path / "o"
    folder.mkdir()
    with content.open("xb") as target:
        bundle(parts)[2](target)
    whole = content.read_bytes()
    laying.lay(content, "files.zip", folder)
    assert sorted(path.name for path in folder.iterdir()) == ["a", "a-2"]
    altered = bytearray(whole)
    altered[len(CONTENT) // 2] ^= 1
    content.write_bytes(altered)
    (tmp_path / "p").mkdir()
    with pytest.raises(ValueError, match="was altered"):
        laying.lay(content, "files.zip", tmp_path / "p")


def test_no_secret_of_gpg_lies_on_a_disk_and_nothing_of_it_stays(
    maker: KeyMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.pgp").write_bytes(pgp(maker, CONTENT, "a.bin"))
    secrets = secret(maker, tmp_path)
    with tempfile.TemporaryDirectory(prefix="m") as memory, tempfile.TemporaryDirectory(prefix="d") as disk:
        monkeypatch.setenv("XDG_RUNTIME_DIR", memory)  # a short path: the agent's socket lies below it
        monkeypatch.setenv("TMPDIR", disk)
        assert unseal(tmp_path / "a.pgp", tmp_path / "o", secrets).files
        assert list(Path(memory).iterdir()) == []
        assert list(Path(disk).iterdir()) == []


KILLED = """
import os, signal, sys
from gateway.protect.unseal import by_key
with by_key._home() as home:
    (home / "secring").write_text("secret")
    print(home, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_keyring_goes_even_when_we_are_killed(tmp_path: Path) -> None:
    environment = os.environ | {"XDG_RUNTIME_DIR": str(tmp_path)}
    ran = subprocess.run([sys.executable, "-c", KILLED], env=environment, capture_output=True, check=False, timeout=60)
    home = Path(ran.stdout.decode().strip())
    assert (ran.returncode, home.parent) == (-9, tmp_path)
    subprocess.run(
        ["sh", "-c", f"for i in $(seq 600); do [ -e {home} ] || exit 0; sleep 0.1; done; exit 1"], check=True
    )


def test_a_target_takes_what_was_said_and_no_byte_more_or_less(tmp_path: Path) -> None:
    files = Files(tmp_path, [("a", 0), ("b", 3), ("b", 2), ("c", 0)])
    files.write(b"12")
    with pytest.raises(ValueError, match="less"):
        files.end()
    files.write(b"345")
    files.end()
    assert [path.read_bytes() for path in files.paths] == [b"", b"123", b"45", b""]
    with pytest.raises(ValueError, match="more"):
        files.write(b"6")
    with (tmp_path / "d").open("xb") as target, pytest.raises(ValueError, match="more"):
        Limited(target, 3).write(b"1234")
    with pytest.raises(OSError, match="no room"):
        Files(tmp_path, [("huge", 1 << 60)])
