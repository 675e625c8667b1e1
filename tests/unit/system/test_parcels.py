from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Damaged, NotAccepted
from gateway.system.parcels import ParcelKey, seal

ABOUT = "reveal i-1"


@given(st.binary(max_size=2_000))
def test_who_has_the_key_reads_what_was_sealed_for_it(content: bytes) -> None:
    key = ParcelKey()
    assert key.open(seal(content, key.public, ABOUT), ABOUT) == content


def test_the_same_words_are_never_sealed_the_same() -> None:
    key = ParcelKey()
    assert len({seal(b"943 476 5919", key.public, ABOUT) for _ in range(20)}) == 20
    assert b"943 476 5919" not in seal(b"943 476 5919", key.public, ABOUT)


def test_no_other_key_and_no_other_purpose_opens_it() -> None:
    key = ParcelKey()
    sealed = seal(b"943 476 5919", key.public, ABOUT)
    for other, about in ((ParcelKey(), ABOUT), (key, "reveal i-2"), (key, "")):
        with pytest.raises(Damaged, match="cannot be opened"):
            other.open(sealed, about)


def test_every_changed_bit_and_every_cut_is_seen() -> None:
    key = ParcelKey()
    sealed = seal(b"943 476 5919", key.public, ABOUT)
    changed = [
        sealed[:at] + bytes([sealed[at] ^ 1 << bit]) + sealed[at + 1 :] for at in range(len(sealed)) for bit in range(8)
    ]
    for each in (*changed, *(sealed[:size] for size in range(len(sealed))), sealed + b"\0", b""):
        with pytest.raises(Damaged):
            key.open(each, ABOUT)


@pytest.mark.parametrize(
    "public",
    [
        "",
        "no base64!",
        base64.b64encode(b"short").decode(),
        base64.b64encode(bytes(33)).decode(),
        base64.b64encode(bytes(32)).decode(),  # a point of low order: everybody would know what comes of it
        base64.b64encode(b"\1" + bytes(31)).decode(),
    ],
)
def test_what_is_no_key_is_refused(public: str) -> None:
    with pytest.raises(NotAccepted, match="no key to seal for"):
        seal(b"943 476 5919", public, ABOUT)


def test_the_public_half_is_that_of_x25519() -> None:
    assert len(base64.b64decode(ParcelKey().public)) == len(X25519PrivateKey.generate().public_key().public_bytes_raw())
