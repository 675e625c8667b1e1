"""What the house signs with is judged each time: what cannot sign says why, and what it has does not leak."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gateway.errors import Unsound
from gateway.protect.methods.smime_signer import SigningFiles, read_signer
from gateway.store.keepers.credential import Secret
from tests.unit.protect.smime_people import HOUSE, Person, authority, house, person, private, signing
from tests.unit.protect.x509making import ENCIPHER, MAIL, NOW, SIGN, TLS, name, names, purposes, rsa_key, usage


@pytest.mark.parametrize("kind", ["rsa2048", "p256"])
@pytest.mark.parametrize("passphrase", ["", "six words £"])
def test_a_certificate_and_its_key_sign(kind: str, passphrase: str, tmp_path: Path) -> None:
    files = signing(tmp_path, house(kind), passphrase=passphrase)
    signer = read_signer(files, NOW)
    assert signer.fingerprint == house(kind).judged(gcm=False).fingerprint
    assert signer.ends == house(kind).certificate.not_valid_after_utc
    shown = repr(signer)
    assert "PRIVATE KEY" not in shown
    assert "six words" not in shown


def with_extensions(*what: tuple[object, bool]) -> Person:
    key = rsa_key(2048, 7)
    return Person(certificate=authority().issue(key, list(what), subject=name("Council")), key=key)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("signer", "why"),
    [
        (house(days=(-30, -1)), "it has expired on "),
        (house(days=(1, 30)), "it is not valid before "),
        (with_extensions(usage(ENCIPHER), names(HOUSE), purposes(MAIL)), "digitalSignature is not set"),
        (with_extensions(usage(SIGN), names(HOUSE), purposes(TLS)), "emailProtection is not among its purposes"),
        (Person(certificate=house().certificate, key=rsa_key(2048, 1)), "the key does not belong to it"),
        (Person(certificate=house().certificate, key=rsa_key(1024)), "RSA with 1024 bits is too short"),
    ],
    ids=["expired", "not yet", "usage", "purpose", "another key", "weak"],
)
def test_one_that_may_not_sign_says_why(signer: Person, why: str, tmp_path: Path) -> None:
    files = signing(tmp_path, signer)
    with pytest.raises(Unsound, match=why) as caught:
        read_signer(files, NOW)
    assert caught.value.message.startswith("the signing certificate cannot be used: ")


def test_extensions_that_are_absent_limit_nothing(tmp_path: Path) -> None:
    assert read_signer(signing(tmp_path, with_extensions(names(HOUSE))), NOW).fingerprint


def test_what_ends_soon_is_known_before(tmp_path: Path) -> None:
    signer = read_signer(signing(tmp_path, house()), NOW)
    assert not signer.ends_soon(signer.ends - timedelta(days=31))
    assert signer.ends_soon(signer.ends - timedelta(days=29))


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o660, 0o777])
def test_a_key_that_others_can_read_signs_nothing(mode: int, tmp_path: Path) -> None:
    files = signing(tmp_path, house())
    files.key.chmod(mode)
    with pytest.raises(Unsound, match=f"has mode {mode:04o}"):
        read_signer(files, NOW)


def test_files_that_are_missing_or_something_else_are_named(tmp_path: Path) -> None:
    files = signing(tmp_path, house())
    absent = tmp_path / "absent"
    with pytest.raises(Unsound, match=r"absent cannot be read \(No such file or directory\)"):
        read_signer(SigningFiles(certificate=absent, key=files.key), NOW)
    with pytest.raises(Unsound, match="absent is missing"):
        read_signer(SigningFiles(certificate=files.certificate, key=absent), NOW)
    with pytest.raises(Unsound, match="holds no certificate in PEM"):
        read_signer(SigningFiles(certificate=files.key, key=files.key), NOW)
    private(absent, b"no key")
    with pytest.raises(Unsound, match="its key cannot be read"):
        read_signer(SigningFiles(certificate=files.certificate, key=absent), NOW)


def test_a_passphrase_that_is_wrong_missing_or_not_needed_is_said(tmp_path: Path) -> None:
    locked, other = tmp_path / "locked", tmp_path / "open"
    locked.mkdir()
    other.mkdir()
    with_one = signing(locked, house(), passphrase="right")
    without = signing(other, house())
    private(tmp_path / "wrong", b"wrong\n")
    wrong = Secret(file=tmp_path / "wrong")
    for files in (
        SigningFiles(certificate=with_one.certificate, key=with_one.key),
        SigningFiles(certificate=with_one.certificate, key=with_one.key, passphrase=wrong),
        SigningFiles(certificate=without.certificate, key=without.key, passphrase=wrong),
    ):
        with pytest.raises(Unsound, match="its key cannot be read with the passphrase that is set, or without one"):
            read_signer(files, NOW)


def test_a_kind_of_key_that_mail_programs_do_not_verify_is_refused(tmp_path: Path) -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    files = signing(tmp_path, Person(certificate=person("p256").certificate, key=person("p256").key))
    certificate = authority().issue(key, [usage(SIGN), names(HOUSE), purposes(MAIL)])
    files.certificate.write_bytes(certificate.public_bytes(Encoding.PEM))
    files.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(Unsound, match="neither RSA nor elliptic-curve"):
        read_signer(files, NOW)
