"""Certificates that nobody may seal for, each made with gpg, each with the verdict it must get."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.errors import NotSealed
from gateway.protect import gnupg, packets
from gateway.protect.judge import Judge, merge
from gateway.protect.openpgp import encrypt
from tests.unit.protect.keymaking import ADDRESS, LAST_YEAR, USER, KeyMaker, key_maker

pytestmark = pytest.mark.needs("gpg", "gpgconf")

CONTENT = b"forename,surname\r\nAnna,Example\r\n"


@pytest.fixture(scope="module")
def maker() -> Iterator[KeyMaker]:
    with key_maker() as made:
        yield made


def refusal(certificate: bytes) -> str:
    with pytest.raises(NotSealed) as refused:
        Judge().judge(certificate)
    return refused.value.message


def test_a_good_certificate_is_taken_with_its_one_encryption_key(maker: KeyMaker) -> None:
    primary = maker.make()
    subkey = maker.add(primary)
    judged = Judge().judge(maker.export(primary))
    assert judged.fingerprint == primary
    assert judged.addresses == {ADDRESS}
    assert [key.fingerprint for key in judged.usable] == [subkey]
    assert judged.until is None


def test_an_expired_certificate(maker: KeyMaker) -> None:
    primary = maker.make_then(LAST_YEAR, USER, "rsa2048", "default", "1m")
    assert "it has expired" in refusal(maker.export(primary))


def test_a_revoked_certificate(maker: KeyMaker) -> None:
    primary, certificate = maker.good()
    assert Judge().judge(certificate).fingerprint == primary
    maker.gpg("--import", stdin=maker.revocation(primary))
    assert "it was revoked" in refusal(maker.export(primary))


def test_the_only_encryption_subkey_was_revoked(maker: KeyMaker) -> None:
    primary, _ = maker.good()
    maker.revoke_subkey(primary, 1)
    assert "it was revoked" in refusal(maker.export(primary))


def test_the_first_of_two_subkeys_was_revoked_and_only_the_second_is_sealed_for(maker: KeyMaker) -> None:
    primary = maker.make()
    revoked = maker.add(primary, "cv25519")
    alive = maker.add(primary, "rsa2048")
    maker.revoke_subkey(primary, 1)
    judged = Judge().judge(maker.export(primary))
    assert [key.fingerprint for key in judged.usable] == [alive]
    message, evidence = encrypt(judged, CONTENT, "list.csv")
    assert packets.sealed_for(message) == {alive[-16:]}
    assert revoked not in evidence.recipients


def test_the_only_encryption_subkey_has_expired(maker: KeyMaker) -> None:
    primary = maker.make_then(LAST_YEAR)
    maker.add(primary, expire="1m", then=LAST_YEAR)
    assert "no key in it may encrypt" in (said := refusal(maker.export(primary)))
    assert "it has expired" in said


def test_a_certificate_that_only_signs(maker: KeyMaker) -> None:
    assert "no key in it may encrypt" in refusal(maker.export(maker.make()))


def test_rsa_with_1024_bits(maker: KeyMaker) -> None:
    primary = maker.make(USER, "rsa1024", "default")
    assert "too weak" in refusal(maker.export(primary))


def test_a_short_rsa_subkey_under_a_strong_primary(maker: KeyMaker) -> None:
    primary, _ = maker.good(algorithm="rsa1024")
    assert "RSA with 1024 bits is too short" in refusal(maker.export(primary))


def test_a_short_rsa_subkey_beside_a_good_one_is_passed_over_although_it_is_newer(maker: KeyMaker) -> None:
    primary = maker.make_then(LAST_YEAR)
    good = maker.add(primary, then=LAST_YEAR)
    maker.add(primary, "rsa1024")
    judged = Judge().judge(maker.export(primary))
    assert [key.fingerprint for key in judged.usable] == [good]
    assert packets.sealed_for(encrypt(judged, CONTENT, "a")[0]) == {good[-16:]}
    assert packets.sealed_for(gnupg.encrypt(judged.certificate, CONTENT, "a")) == {good[-16:]}


@pytest.mark.parametrize(("primary", "subkey"), [("dsa2048", "elg2048"), ("ed25519", "elg2048")])
def test_dsa_and_elgamal(maker: KeyMaker, primary: str, subkey: str) -> None:
    made = maker.make(USER, primary)
    maker.add(made, subkey)
    assert ("too weak" if primary == "dsa2048" else "ElGamal") in refusal(maker.export(made))


def test_two_certificates_in_one_file(maker: KeyMaker) -> None:
    both = maker.good()[1] + maker.good("Bob <bob@partner.example>")[1]
    assert "2 certificates" in refusal(both)
    with pytest.raises(NotSealed, match="2 certificates"):
        merge([both])


def test_a_private_key(maker: KeyMaker) -> None:
    primary, _ = maker.good()
    assert "private key" in refusal(maker.gpg("--armor", "--export-secret-keys", primary))


def test_no_mail_address(maker: KeyMaker) -> None:
    primary = maker.make("Alice with no address")
    maker.add(primary)
    assert "no mail address" in refusal(maker.export(primary))


BROKEN = b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n"


@pytest.mark.parametrize("data", [b"", b"hello", b"\x99\x01\x0d\x04", BROKEN])
def test_what_is_no_certificate(data: bytes) -> None:
    assert "0 certificates" in refusal(data)


def test_what_is_too_large_is_not_even_read() -> None:
    assert "larger than 1 MiB" in refusal(b"\x99" * (1 << 20) + b"\x99")


@pytest.mark.parametrize("preferences", ["S7 S2 H8 Z0", "none"], ids=["prefers AES-128", "no preferences"])
def test_preferences_never_lower_the_cipher(maker: KeyMaker, preferences: str) -> None:
    primary, _ = maker.good()
    maker.gpg("--no-batch", "--command-fd=0", "--edit-key", primary, stdin=f"setpref {preferences}\ny\nsave\n".encode())
    judged = Judge().judge(maker.export(primary))
    for message in (encrypt(judged, CONTENT, "a")[0], gnupg.encrypt(judged.certificate, CONTENT, "a")):
        assert _cipher(maker, message) == "9"


def _cipher(maker: KeyMaker, message: bytes) -> str:
    path = maker.home / "message.pgp"
    path.write_bytes(message)
    said = maker.gpg("--status-fd=1", "--output=/dev/null", "--yes", "--decrypt", str(path)).decode()
    return next(line.split()[3] for line in said.splitlines() if line.startswith("[GNUPG:] DECRYPTION_INFO"))


def test_a_forged_subkey_is_not_sealed_for(maker: KeyMaker) -> None:
    """Mallory's key stands in Alice's certificate, under a copy of Alice's own binding signature."""
    alice, _ = maker.good()
    mallory, _ = maker.good("Mallory <mallory@elsewhere.example>")
    certificate, other = maker.gpg("--export", alice), maker.gpg("--export", mallory)
    forged = _graft(certificate, other)
    hers = [name for name in maker.fingerprints("sub") if name[-16:] in _subkeys(certificate)]
    his = _subkeys(other)
    assert _subkeys(forged) == {*_subkeys(certificate), *his}, "the exhibit holds both keys"
    judged = Judge().judge(forged)
    assert judged.fingerprint == alice != mallory
    assert [key.fingerprint for key in judged.usable] == hers
    message, _ = encrypt(judged, CONTENT, "list.csv")
    assert packets.sealed_for(message) == {hers[0][-16:]}
    assert not packets.sealed_for(message) & his
    assert maker.decrypt(message) == CONTENT


def _graft(certificate: bytes, other: bytes) -> bytes:
    """Return the certificate with the other's subkey behind its own, bound by a copied signature."""
    own, foreign = _raw_packets(certificate), _raw_packets(other)
    binding = own[[tag for tag, _ in own].index(14) + 1]
    subkey = next(packet for packet in foreign if packet[0] == 14)
    return b"".join(raw for _, raw in [*own, subkey, binding])


def _raw_packets(data: bytes) -> list[tuple[int, bytes]]:
    """Cut a binary certificate into (tag, whole packet); gpg writes old-format packets here."""
    raw: list[tuple[int, bytes]] = []
    while data:
        head = data[0]
        width = (1, 2, 4)[head & 3]
        size = 1 + width + int.from_bytes(data[1 : 1 + width])
        raw.append(((head >> 2) & 15, data[:size]))
        data = data[size:]
    return raw


def _subkeys(certificate: bytes) -> set[str]:
    """Return the key ids of all subkeys that stand in a certificate, bound or not: PGPy believes them all."""
    import pgpy  # noqa: PLC0415 - after the product has put the ciphers back

    key: Any = pgpy.PGPKey()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        key.parse(certificate)
    return {str(key_id) for key_id in key.subkeys}


class Steps:
    """A clock that stands where it is put."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return 0.0


def test_a_judgement_is_not_remembered_beyond_the_earliest_expiry(maker: KeyMaker) -> None:
    primary = maker.make()
    maker.add(primary, expire="1y")
    certificate = maker.export(primary)
    clock = Steps(datetime.now(UTC) + timedelta(minutes=1))
    judge = Judge(clock)
    judged = judge.judge(certificate)
    assert judged.until is not None
    assert judge.judge(certificate) is judged, "the same certificate is not judged twice"
    clock.moment = judged.until
    with pytest.raises(NotSealed, match="expired"):
        judge.judge(certificate)


def test_an_older_copy_does_not_take_back_a_revocation(maker: KeyMaker) -> None:
    primary, before = maker.good()
    maker.gpg("--import", stdin=maker.revocation(primary))
    revoked = maker.export(primary)
    for versions in ([revoked, before], [before, revoked]):
        fingerprint, _, union = merge(versions)
        assert fingerprint == primary
        assert "it was revoked" in refusal(union)
