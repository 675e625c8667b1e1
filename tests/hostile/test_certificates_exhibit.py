"""OpenPGP certificates, each with the verdict it must get: gpg's, forged ones, and those that gpg cannot read.

What is taken is said by its key wrap and by whoever can seal for it; what is not, by the reason.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pysequoia
import pytest
from pysequoia import Profile, Tsk
from pysequoia.packet import Packet, PacketPile, Tag

from gateway.errors import NotSealed
from gateway.protect.keys import by_sequoia
from gateway.protect.keys.judge import Judge, merge
from gateway.protect.keys.judged import Judged
from gateway.protect.keys.rules import KeyRules
from tests.unit.protect import surgery
from tests.unit.protect.keymaking import ADDRESS, LAST_YEAR, USER, KeyMaker, key_maker

pytestmark = pytest.mark.needs("gpg", "gpgconf")

JS = Path(__file__).parent / "data" / "openpgpjs"
MALLORY = "Mallory <mallory@elsewhere.example>"
NEXT_DECADE = "20360101T000000"


@pytest.fixture(scope="module")
def maker() -> Iterator[KeyMaker]:
    with key_maker() as made:
        yield made


@dataclass(frozen=True, slots=True)
class Row:
    """How a certificate is made, and what is said of it: `+` and the key wrap, or the reason of a refusal."""

    make: Callable[[KeyMaker], bytes]
    verdict: str


def good(algorithm: str) -> Callable[[KeyMaker], bytes]:
    return lambda maker: maker.good(algorithm=algorithm)[1]


def binary(maker: KeyMaker, fingerprint: str) -> bytes:
    return maker.gpg("--export", fingerprint)


def expired(maker: KeyMaker) -> bytes:
    return maker.export(maker.make_then(LAST_YEAR, USER, "rsa2048", "default", "1m"))


def revoked(maker: KeyMaker) -> bytes:
    primary, _ = maker.good()
    maker.gpg("--import", stdin=maker.revocation(primary))
    return maker.export(primary)


def subkey_revoked(maker: KeyMaker) -> bytes:
    primary, _ = maker.good()
    maker.revoke_subkey(primary, 1)
    return maker.export(primary)


def first_of_two_revoked(maker: KeyMaker) -> bytes:
    primary = maker.make()
    maker.add(primary, "cv25519")
    maker.add(primary, "nistp384")
    maker.revoke_subkey(primary, 1)
    return maker.export(primary)


def subkey_expired(maker: KeyMaker) -> bytes:
    primary = maker.make_then(LAST_YEAR)
    maker.add(primary, expire="1m", then=LAST_YEAR)
    return maker.export(primary)


def forged(maker: KeyMaker) -> bytes:
    """Alice has no key to encrypt with; Mallory's stands in her certificate under a copy of a signature of hers."""
    alice, mallory = maker.good()[0], maker.good(MALLORY)[0]
    whole = surgery.grafted(binary(maker, alice), binary(maker, mallory), with_own_binding=True)
    packets = surgery.cut(whole)
    first = [tag for tag, _ in packets].index(surgery.SUBKEY)
    return surgery.joined(packets[:first] + packets[first + 2 :])


def foreign(maker: KeyMaker) -> bytes:
    """Mallory's subkey stands in Alice's certificate with Mallory's own binding signature."""
    alice, mallory = maker.make(), maker.good(MALLORY)[0]
    return surgery.grafted(binary(maker, alice), binary(maker, mallory), with_own_binding=False)


def preferring(preferences: str) -> Callable[[KeyMaker], bytes]:
    def make(maker: KeyMaker) -> bytes:
        primary, _ = maker.good()
        words = f"setpref {preferences}\ny\nsave\n".encode()
        maker.gpg("--no-batch", "--command-fd=0", "--edit-key", primary, stdin=words)
        return maker.export(primary)

    return make


def old_elgamal(maker: KeyMaker) -> bytes:
    primary = maker.make(USER, "dsa2048")
    maker.add(primary, "elg2048")
    return maker.export(primary)


def elgamal(maker: KeyMaker) -> bytes:
    primary = maker.make()
    maker.add(primary, "elg2048")
    return maker.export(primary)


def without_sum(maker: KeyMaker) -> bytes:
    """Armour as RFC 9580 section 6.1 wants it: without the sum at its end."""
    lines = maker.good()[1].splitlines(keepends=True)
    return b"".join(line for line in lines if not line.startswith(b"="))


def of_tomorrow(maker: KeyMaker) -> bytes:
    primary = maker.make_then(NEXT_DECADE)
    maker.add(primary, then=NEXT_DECADE)
    return maker.export(primary)


def nobody(maker: KeyMaker) -> bytes:
    primary = maker.make("Alice with no address")
    maker.add(primary)
    return maker.export(primary)


def without_user(maker: KeyMaker) -> bytes:
    return surgery.without(binary(maker, maker.good()[0]), surgery.USER)


def stronger_beside_newer(maker: KeyMaker) -> bytes:
    """The older subkey wraps with AES-256, the newer one with AES-128."""
    primary = maker.make_then(LAST_YEAR)
    maker.add(primary, "nistp521", then=LAST_YEAR)
    maker.add(primary, "cv25519")
    return maker.export(primary)


def private(maker: KeyMaker) -> bytes:
    return maker.gpg("--armor", "--export-secret-keys", maker.good()[0])


def from_js(name: str) -> Callable[[KeyMaker], bytes]:
    return lambda _: (JS / f"{name}.asc").read_bytes()


def six(seconds: int | None = None, user: str = USER) -> Tsk:
    return Tsk.generate(user, profile=Profile.RFC9580, validity_seconds=seconds)


def packets_of(key: Tsk) -> list[Packet]:
    return list(PacketPile.from_bytes(bytes(key.extract_certificate())))


def six_revoked(_: KeyMaker) -> bytes:
    key = six()
    certificate = key.extract_certificate()
    signature = next(iter(PacketPile.from_bytes(bytes(certificate.revoke(key.certifier())))))
    primary, *rest = packets_of(key)
    return b"".join(bytes(each) for each in (primary, signature, *rest))


def six_forged(_: KeyMaker) -> bytes:
    """Alice's own version 6 subkey gives way to Mallory's, under Alice's binding signature."""
    alice, mallory = packets_of(six()), packets_of(six(user=MALLORY))
    place = [each.tag == Tag.PublicSubkey for each in alice].index(True)
    theirs = next(each for each in mallory if each.tag == Tag.PublicSubkey)
    return b"".join(bytes(each) for each in (*alice[:place], theirs, *alice[place + 1 :]))


def six_foreign(_: KeyMaker) -> bytes:
    alice, mallory = packets_of(six()), packets_of(six(user=MALLORY))
    ours = [each.tag == Tag.PublicSubkey for each in alice].index(True)
    theirs = [each.tag == Tag.PublicSubkey for each in mallory].index(True)
    return b"".join(bytes(each) for each in (*alice[:ours], *mallory[theirs : theirs + 2]))


def six_signs_only(_: KeyMaker) -> bytes:
    packets = packets_of(six())
    first = [each.tag == Tag.PublicSubkey for each in packets].index(True)
    return b"".join(bytes(each) for each in packets[:first])


EXHIBITS: dict[str, Row] = {
    "cv25519": Row(good("cv25519"), "+AES-128 key wrap (cv25519)"),
    "cv25519 that asks for AES-256": Row(lambda _: surgery.with_stronger_wrap(), "+AES-256 key wrap (cv25519)"),
    "P-256": Row(good("nistp256"), "+AES-128 key wrap (nistp256)"),
    "P-384": Row(good("nistp384"), "+AES-192 key wrap (nistp384)"),
    "P-521": Row(good("nistp521"), "+AES-256 key wrap (nistp521)"),
    "brainpool": Row(good("brainpoolP256r1"), "+AES-128 key wrap (brainpoolP256r1)"),
    "RSA-2048": Row(good("rsa2048"), "+RSA-2048"),
    "RSA-4096, the primary key encrypts": Row(
        lambda maker: maker.export(maker.make(USER, "rsa4096", "cert,sign,encr")), "+RSA-4096"
    ),
    "AES-256 wrap, older, beside AES-128": Row(stronger_beside_newer, "+AES-256 key wrap (nistp521)"),
    "the first of two subkeys revoked": Row(first_of_two_revoked, "+AES-192 key wrap (nistp384)"),
    "prefers AES-128": Row(preferring("S7 S2 H8 Z0"), "+AES-128 key wrap (cv25519)"),
    "no preferences": Row(preferring("none"), "+AES-128 key wrap (cv25519)"),
    "armour without a sum": Row(without_sum, "+AES-128 key wrap (cv25519)"),
    "announces AEAD and SHA-3": Row(from_js("v4-cv25519-aead"), "+AES-128 key wrap (cv25519)"),
    "version 6": Row(lambda _: bytes(six().extract_certificate()), "+AES-128 key wrap (x25519) by sequoia"),
    "version 6 of OpenPGP.js": Row(from_js("v6"), "+AES-128 key wrap (x25519) by sequoia"),
    "version 4 with X25519": Row(from_js("v4-x25519"), "+AES-128 key wrap (x25519) by sequoia"),
    "version 4 with X25519 and AEAD": Row(from_js("v4-x25519-aead"), "+AES-128 key wrap (x25519) by sequoia"),
    # ----------------------------------------------------------------------------------------------- refused
    "expired": Row(expired, "it has expired"),
    "revoked": Row(revoked, "it was revoked"),
    "subkey revoked": Row(subkey_revoked, "it was revoked"),
    "subkey expired": Row(subkey_expired, "it has expired"),
    "forged subkey": Row(forged, "no key in it may encrypt"),
    "subkey bound by another": Row(foreign, "no key in it may encrypt"),
    "signs only": Row(lambda maker: maker.export(maker.make()), "no key in it may encrypt"),
    "RSA-1024": Row(lambda maker: maker.export(maker.make(USER, "rsa1024", "default")), "too weak"),
    "RSA-1024 below a good primary": Row(good("rsa1024"), "RSA with 1024 bits is too short"),
    "DSA and ElGamal": Row(old_elgamal, "too weak"),
    "ElGamal": Row(elgamal, "its algorithm is not taken (ElGamal)"),
    "dated in the future": Row(of_tomorrow, "it is dated in the future"),
    "no address": Row(nobody, "it names no mail address"),
    "no user id": Row(without_user, "0 certificates"),
    "private key inside": Row(private, "it holds a private key"),
    "two certificates": Row(lambda maker: maker.good()[1] + maker.good(MALLORY)[1], "2 certificates"),
    "huge": Row(lambda _: b"\x99" * ((1 << 20) + 1), "larger than 1 MiB"),
    "huge and of version 6": Row(
        lambda _: bytes(six().extract_certificate()) + b"\xb6\x00\x10\x00\x00" + bytes(1 << 20), "larger than 1 MiB"
    ),
    "version 6, revoked": Row(six_revoked, "it was revoked"),
    "version 6, forged subkey": Row(six_forged, "nothing binds it"),
    "version 6, subkey bound by another": Row(six_foreign, "nothing binds it"),
    "version 6, signs only": Row(six_signs_only, "no key in it may encrypt"),
    "version 6, private key inside": Row(lambda _: bytes(six()), "it holds a private key"),
    "version 6, no address": Row(lambda _: bytes(six(user="Alice").extract_certificate()), "it names no mail address"),
    "version 6, two certificates": Row(
        lambda _: bytes(six().extract_certificate()) + bytes(six().extract_certificate()), "2 certificates"
    ),
    "version 6, RSA without AEAD": Row(from_js("v6-rsa"), "would not show that it is AES-256"),
    "version 4 with X448, without AEAD": Row(from_js("v4-x448"), "would not show that it is AES-256"),
    "version 6, cut short": Row(lambda _: bytes(six().extract_certificate())[:300], "certificate"),
}


def said(judged: Judged) -> str:
    return f"+{judged.key_wrap}" + ("" if judged.engine == "gpg" else f" by {judged.engine}")


def test_there_are_enough_of_them() -> None:
    assert len(EXHIBITS) >= 40


@pytest.mark.parametrize("title", EXHIBITS)
def test_each_gets_its_verdict(maker: KeyMaker, title: str) -> None:
    row = EXHIBITS[title]
    certificate = row.make(maker)
    if row.verdict.startswith("+"):
        judged = Judge().judge(certificate)
        assert said(judged) == row.verdict
        assert judged.addresses == {ADDRESS}
        assert judged.key_wrap == judged.chosen.key_wrap
    else:
        with pytest.raises(NotSealed, match="this certificate may not be used") as refused:
            Judge().judge(certificate)
        assert row.verdict in refused.value.message


STRICT = KeyRules(aes128_key_wrap=False)


@pytest.mark.parametrize("title", [title for title, row in EXHIBITS.items() if row.verdict.startswith("+")])
def test_an_aes128_key_wrap_is_refused_where_the_house_wants_that(maker: KeyMaker, title: str) -> None:
    row = EXHIBITS[title]
    judge = Judge(rules=STRICT)
    if "AES-128" in row.verdict:
        with pytest.raises(NotSealed, match=r"AES-128 key wrap \(\w+\) is refused here"):
            judge.judge(row.make(maker))
    else:
        assert said(judge.judge(row.make(maker))) == row.verdict


def test_a_weaker_subkey_is_not_even_handed_on(maker: KeyMaker) -> None:
    judged = Judge(rules=STRICT).judge(stronger_beside_newer(maker))
    assert [key.curve for key in judged.usable] == ["nistp521"]
    assert surgery.wraps(judged.certificate) == ["AES-256 key wrap"]


def test_our_own_reader_and_gpg_read_the_same_key_wraps(maker: KeyMaker) -> None:
    for algorithm in ("cv25519", "nistp256", "nistp384", "nistp521", "rsa2048"):
        judged = Judge().judge(good(algorithm)(maker))
        assert surgery.wraps(judged.certificate) == [str(judged.chosen.wrap)]
    judged = Judge().judge(surgery.with_stronger_wrap())
    assert surgery.wraps(judged.certificate) == ["AES-256 key wrap"]


class Later:
    """A clock that runs ahead."""

    def __init__(self, ahead: timedelta) -> None:
        self._ahead = ahead

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def monotonic(self) -> float:
        return 0.0


def test_a_version_6_certificate_that_expires_is_not_fallen_back_to() -> None:
    """The library would seal for it all the same."""
    key = six(seconds=3600)
    certificate = bytes(key.extract_certificate())
    now = Judge().judge(certificate)
    assert now.ends is not None
    assert now.until == now.ends
    with pytest.raises(NotSealed, match="expired"):
        Judge(Later(timedelta(hours=2))).judge(certificate)
    with pytest.raises(NotSealed, match="future"):
        Judge(Later(timedelta(hours=-2))).judge(certificate)


def test_what_is_handed_on_holds_one_encryption_key_and_no_other() -> None:
    judged = Judge().judge((JS / "v6.asc").read_bytes())
    subkeys = [each for each in PacketPile.from_bytes(judged.certificate) if each.tag == Tag.PublicSubkey]
    assert [(each.fingerprint or "").upper() for each in subkeys] == [judged.chosen.fingerprint]
    assert pysequoia.Cert.from_bytes(judged.certificate).fingerprint.upper() == judged.fingerprint


def test_an_older_copy_does_not_take_back_a_version_6_revocation() -> None:
    key = six()
    before = key.extract_certificate()
    signature = bytes(next(iter(PacketPile.from_bytes(bytes(before.revoke(key.certifier()))))))
    primary, *rest = [bytes(each) for each in PacketPile.from_bytes(bytes(before))]
    after = b"".join([primary, signature, *rest])
    for versions in ([after, bytes(before)], [bytes(before), after]):
        fingerprint, addresses, union = merge(versions)
        assert fingerprint == before.fingerprint.upper()
        assert addresses == {ADDRESS}
        with pytest.raises(NotSealed, match="revoked"):
            Judge().judge(union)


def test_without_the_extra_it_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_sequoia, "is_installed", lambda: False)
    for name in ("v6", "v4-x25519"):
        with pytest.raises(NotSealed, match="needs the extra sequoia"):
            Judge().judge((JS / f"{name}.asc").read_bytes())


def test_armour_is_read_with_and_without_its_sum() -> None:
    from gateway.protect.keys.key_packets import key_packets  # noqa: PLC0415 - used here only

    armoured = (JS / "v6.asc").read_bytes()
    body = base64.b64decode(b"".join(armoured.split(b"\n\n", 1)[1].split(b"-----")[0].split()))
    assert key_packets(armoured) == key_packets(body) != ()
    assert [key.version for key in key_packets(body)] == [6, 6]
    assert key_packets(armoured.replace(b"\n", b"\r\n")) == key_packets(body)
    assert key_packets(armoured[:200]) == key_packets(b"") == key_packets(b"-----BEGIN PGP") == ()
