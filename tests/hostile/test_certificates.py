"""Certificates that try to be sealed for: what reaches an engine, and whom a message then names.

The verdicts on each kind of certificate stand in test_certificates_exhibit.py.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.errors import NotSealed
from gateway.protect import packets
from gateway.protect.keys.judge import Judge, merge
from tests.unit.protect import surgery
from tests.unit.protect.keymaking import ADDRESS, LAST_YEAR, KeyMaker, key_maker
from tests.unit.protect.openpgp_sealing import by_choice, by_gpg_alone, sealed

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


def test_the_first_of_two_subkeys_was_revoked_and_only_the_second_is_sealed_for(maker: KeyMaker) -> None:
    primary = maker.make()
    revoked = maker.add(primary, "cv25519")
    alive = maker.add(primary, "rsa2048")
    maker.revoke_subkey(primary, 1)
    judged = Judge().judge(maker.export(primary))
    assert [key.fingerprint for key in judged.usable] == [alive]
    message, evidence = sealed(judged, CONTENT, "list.csv")
    assert packets.sealed_for(message) == {alive[-16:]}
    assert revoked not in evidence.recipients


def test_a_short_rsa_subkey_beside_a_good_one_is_passed_over_although_it_is_newer(maker: KeyMaker) -> None:
    primary = maker.make_then(LAST_YEAR)
    good = maker.add(primary, then=LAST_YEAR)
    maker.add(primary, "rsa1024")
    judged = Judge().judge(maker.export(primary))
    assert [key.fingerprint for key in judged.usable] == [good]
    assert packets.sealed_for(by_choice(judged, CONTENT)) == {good[-16:]}
    assert packets.sealed_for(by_gpg_alone(judged, CONTENT)) == {good[-16:]}


def test_two_certificates_in_one_file(maker: KeyMaker) -> None:
    both = maker.good()[1] + maker.good("Bob <bob@partner.example>")[1]
    assert "2 certificates" in refusal(both)
    with pytest.raises(NotSealed, match="2 certificates"):
        merge([both])


BROKEN = b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n"


@pytest.mark.parametrize("data", [b"", b"hello", b"\x99\x01\x0d\x04", BROKEN])
def test_what_is_no_certificate(data: bytes) -> None:
    assert "0 certificates" in refusal(data)


@pytest.mark.parametrize("preferences", ["S7 S2 H8 Z0", "none"], ids=["prefers AES-128", "no preferences"])
def test_preferences_never_lower_the_cipher(maker: KeyMaker, preferences: str) -> None:
    primary, _ = maker.good()
    maker.gpg("--no-batch", "--command-fd=0", "--edit-key", primary, stdin=f"setpref {preferences}\ny\nsave\n".encode())
    judged = Judge().judge(maker.export(primary))
    for message in (by_choice(judged, CONTENT), by_gpg_alone(judged, CONTENT)):
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
    forged = surgery.grafted(certificate, other, with_own_binding=True)
    hers = [name for name in maker.fingerprints("sub") if name[-16:] in _subkeys(certificate)]
    his = _subkeys(other)
    assert _subkeys(forged) == {*_subkeys(certificate), *his}, "the exhibit holds both keys"
    judged = Judge().judge(forged)
    assert judged.fingerprint == alice != mallory
    assert [key.fingerprint for key in judged.usable] == hers
    message, _ = sealed(judged, CONTENT, "list.csv")
    assert packets.sealed_for(message) == {hers[0][-16:]}
    assert not packets.sealed_for(message) & his
    assert maker.decrypt(message) == CONTENT


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
