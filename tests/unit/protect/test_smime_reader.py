"""Our own reader of sealed CMS files takes one form only, whatever its size, and nothing that is cut or added to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from gateway.errors import NotSealed
from gateway.protect.methods import cms_reader
from gateway.protect.methods.cms_check import (
    AES256_CBC,
    AES256_GCM,
    EC_PUBLIC_KEY,
    ECDH_SHA256_AES256,
    RSA_OAEP_SHA256,
    RSA_PKCS1,
    require,
)
from gateway.protect.methods.cms_reader import (
    AUTHENTICATED,
    BITS,
    DATA,
    ENVELOPED,
    OBJECT_IDENTIFIER,
    OCTETS,
    SEQUENCE,
    SET,
    Enveloped,
    Malformed,
    element,
    integer,
    read,
)
from gateway.protect.methods.smime_engine import Suite
from tests.unit.protect.smime_people import Recipient

IV, NONCE = bytes(range(1, 17)), bytes(range(1, 13))
CBC = element(SEQUENCE, AES256_CBC, element(OCTETS, IV))
GCM = element(SEQUENCE, AES256_GCM, element(SEQUENCE, element(OCTETS, NONCE), integer(16)))
ISSUER = element(SEQUENCE, element(SET, b""))
NAMED = element(SEQUENCE, ISSUER, integer(4711))
TO = Recipient(pem=b"", fingerprint="F", issuer_der=ISSUER, serial=4711, algorithm="rsa", bits=2048, takes_gcm=True)
POINT = b"\x04" + bytes(64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A sealed file, piece by piece. `open_ended` writes lengths as a program does that streams."""

    kind: bytes = AUTHENTICATED
    recipients: bytes = element(SEQUENCE, integer(0), NAMED, RSA_OAEP_SHA256, element(OCTETS, bytes(256)))
    inner: bytes = DATA
    algorithm: bytes = GCM
    pieces: tuple[bytes, ...] = (b"a" * 4096, b"b" * 4096, b"c" * 7)
    before_recipients: bytes = b""
    between: bytes = b""
    tag: bytes = element(OCTETS, bytes(16))
    after: bytes = b""
    open_ended: bool = True

    def der(self) -> bytes:
        wrap = self._open if self.open_ended else element
        content = wrap(0xA0, *(element(OCTETS, piece) for piece in self.pieces))
        inner = wrap(SEQUENCE, element(OBJECT_IDENTIFIER, self.inner), self.algorithm, content)
        body = wrap(
            SEQUENCE,
            integer(0),
            self.before_recipients,
            element(SET, self.recipients),
            inner,
            self.between,
            self.tag,
            self.after,
        )
        return wrap(SEQUENCE, element(OBJECT_IDENTIFIER, self.kind), wrap(0xA0, body))

    def _open(self, tag: int, *contents: bytes) -> bytes:
        return bytes([tag, 0x80]) + b"".join(contents) + b"\0\0"


def agreed(*, wrapped: int = 40, more: bytes = b"", named: bytes = NAMED) -> bytes:
    """Return a recipient whose key is agreed with a fresh one of ours."""
    ours = element(0xA0, element(0xA1, EC_PUBLIC_KEY, element(BITS, b"\0" + POINT)))
    theirs = element(SEQUENCE, element(SEQUENCE, named, element(OCTETS, bytes(wrapped))), more)
    return element(0xA1, integer(3), ours, ECDH_SHA256_AES256, theirs)


def parse(content: bytes, folder: Path) -> Enveloped:
    path = folder / "sealed.p7m"
    path.write_bytes(content)
    return read(path)


@pytest.mark.parametrize("open_ended", [True, False])
def test_it_says_what_the_file_says_of_itself(tmp_path: Path, *, open_ended: bool) -> None:
    assert parse(Made(open_ended=open_ended).der(), tmp_path) == Enveloped(
        authenticated=True,
        named=NAMED,
        key_algorithm=RSA_OAEP_SHA256,
        key_size=256,
        originator=b"",
        content_algorithm=GCM,
        content_size=8199,
        tag_size=16,
    )


def test_it_reads_an_agreed_key(tmp_path: Path) -> None:
    found = parse(Made(kind=ENVELOPED, recipients=agreed(), algorithm=CBC, tag=b"").der(), tmp_path)
    assert (found.named, found.key_size, found.key_algorithm) == (NAMED, 40, ECDH_SHA256_AES256)
    assert found.originator == element(0xA1, EC_PUBLIC_KEY, element(BITS, b"\0" + POINT))
    assert (found.authenticated, found.tag_size) == (False, 0)


def test_content_of_no_pieces_is_empty(tmp_path: Path) -> None:
    assert parse(Made(pieces=()).der(), tmp_path).content_size == 0


def test_it_reads_content_in_one_piece(tmp_path: Path) -> None:
    whole = Made(pieces=(b"x" * 300,), open_ended=False).der()
    in_one = whole.replace(element(0xA0, element(OCTETS, b"x" * 300)), element(0x80, b"x" * 304))
    assert parse(in_one, tmp_path).content_size == 304


OTHER_FORMS = {
    "signed data": (Made(kind=bytes.fromhex("2a864886f70d010702")), "not enveloped data"),
    "a tag where none belongs": (Made(kind=ENVELOPED), "more in it than belongs there"),
    "no recipient": (Made(recipients=b""), "another element"),
    "two recipients": (Made(recipients=Made().recipients * 2), "more in it, or less"),
    "two agreed recipients": (Made(recipients=agreed(more=agreed())), "more in it, or less"),
    "a passphrase": (Made(recipients=element(0xA3, integer(0))), "another element"),
    "another kind of recipient": (Made(recipients=element(0xA4, b"")), "another element"),
    "the originator's certificates": (Made(before_recipients=element(0xA0, b"")), "another element"),
    "signed data within": (Made(inner=bytes.fromhex("2a864886f70d010702")), "not plain data"),
    "attributes that are not encrypted": (Made(between=element(0xA1, element(SEQUENCE, b""))), "another element"),
    "attributes at the end": (Made(after=element(0xA2, element(SEQUENCE, b""))), "more in it than belongs there"),
    "no tag": (Made(tag=b""), "another element"),
    "an empty piece": (Made(pieces=(b"a", b"", b"c")), "empty or has no length"),
}


@pytest.mark.parametrize(("made", "why"), OTHER_FORMS.values(), ids=OTHER_FORMS)
def test_any_other_form_is_refused(made: Made, why: str, tmp_path: Path) -> None:
    with pytest.raises(Malformed, match=why):
        parse(made.der(), tmp_path)


@pytest.mark.parametrize("open_ended", [True, False])
def test_a_file_that_is_cut_anywhere_is_refused(tmp_path: Path, *, open_ended: bool) -> None:
    content = Made(pieces=(b"a" * 20, b"b" * 20, b"c"), open_ended=open_ended).der()
    for length in range(len(content)):
        with pytest.raises(Malformed):
            parse(content[:length], tmp_path)


@pytest.mark.parametrize("added", [b"\0", b"\0\0", b"clear text", Made().der()])
def test_whatever_stands_after_the_end_is_refused(added: bytes, tmp_path: Path) -> None:
    with pytest.raises(Malformed, match="after its end"):
        parse(Made().der() + added, tmp_path)


@pytest.mark.parametrize(
    "piece",
    [
        bytes.fromhex("24800403616263" + "0000"),  # a piece in pieces
        bytes.fromhex("0c03616263"),  # readable text in the place of a piece
        bytes.fromhex("0480" + "6162630000"),  # no length
        bytes.fromhex("0489" + "00" * 8 + "03616263"),  # a length of nine octets
        bytes.fromhex("0488" + "ff" * 8 + "616263"),  # longer than any file
    ],
    ids=["nested", "other type", "no length", "nine octets", "too long"],
)
def test_a_piece_of_another_kind_is_refused(piece: bytes, tmp_path: Path) -> None:
    content = Made(pieces=(b"before", b"MARK")).der().replace(element(OCTETS, b"MARK"), piece)
    with pytest.raises(Malformed):
        parse(content, tmp_path)


@given(sizes=some.lists(some.sampled_from([1, 2, 127, 128, 129, 255, 256, 4096, 4100]), max_size=40))
def test_the_pieces_add_up_however_they_are_cut(sizes: list[int], tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("r")
    made = Made(pieces=tuple(bytes([number % 251]) * size for number, size in enumerate(sizes)))
    assert parse(made.der(), folder).content_size == sum(sizes)
    assert parse(replace(made, open_ended=False).der(), folder).content_size == sum(sizes)


@pytest.mark.parametrize("window", [1, 4096, 5000, 8192, 1 << 22])
def test_many_pieces_are_looked_at_together(window: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cms_reader, "WINDOW", window)
    pieces = (*([b"a" * 4096] * 50), b"b" * 300, *([b"c" * 4096] * 50), b"d" * 5)
    assert parse(Made(pieces=pieces).der(), tmp_path).content_size == 100 * 4096 + 305
    odd = Made(pieces=pieces).der()
    at = odd.index(element(OCTETS, b"c" * 4096)) + 7 * 4100
    with pytest.raises(Malformed):  # one head among the many is another
        parse(odd[:at] + b"\x0c" + odd[at + 1 :], tmp_path)


@pytest.mark.parametrize("step", [1, 7, 4096])
@pytest.mark.parametrize("open_ended", [True, False])
def test_a_file_that_is_followed_reads_as_it_does_when_it_is_whole(
    step: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, open_ended: bool
) -> None:
    monkeypatch.setattr(cms_reader, "LOOK_EVERY", 0.0001)
    size = 10 if step == 1 else 4096
    made = Made(pieces=(*([b"a" * size] * 20), b"b" * 3), open_ended=open_ended)
    file = tmp_path / "sealed.p7m"
    file.touch()
    with cms_reader.follow(file) as reading, file.open("wb", buffering=0) as target:
        for start in range(0, len(made.der()), step):
            target.write(made.der()[start : start + step])
    assert reading.result() == cms_reader.read(file)
    assert reading.result().content_size == 20 * size + 3


@pytest.mark.parametrize(
    "sealed", [Made().der()[:-1], Made().der() + b"\0", b"", Made().der()[:40]], ids=["cut", "more", "nothing", "head"]
)
def test_what_is_followed_and_ends_otherwise_is_refused(sealed: bytes, tmp_path: Path) -> None:
    file = tmp_path / "sealed.p7m"
    file.touch()
    with cms_reader.follow(file) as reading, file.open("wb") as target:
        target.write(sealed)
    with pytest.raises(Malformed):
        reading.result()


def test_whoever_fails_to_write_it_is_told_and_nobody_waits(tmp_path: Path) -> None:
    file = tmp_path / "sealed.p7m"
    file.touch()
    with pytest.raises(NotSealed, match="no"), cms_reader.follow(file):
        raise NotSealed("no")


@given(value=some.integers(min_value=0, max_value=1 << 170))
def test_integers_are_written_as_der_has_them(value: int) -> None:
    written = integer(value)
    assert int.from_bytes(written[2:], signed=True) == value
    assert written[2:3] == b"\0" if value == 0 else written[2:4] >= b"\0\x80" or written[2] != 0


SAID = Enveloped(
    authenticated=True,
    named=NAMED,
    key_algorithm=RSA_OAEP_SHA256,
    key_size=256,
    originator=b"",
    content_algorithm=GCM,
    content_size=1000,
    tag_size=16,
)
AGREED = replace(
    SAID,
    key_algorithm=ECDH_SHA256_AES256,
    key_size=40,
    originator=element(0xA1, EC_PUBLIC_KEY, element(BITS, b"\0" + POINT)),
)
AES128_GCM = GCM.replace(AES256_GCM, bytes.fromhex("0609608648016503040106"))
SHORT_TAG = element(SEQUENCE, AES256_GCM, element(SEQUENCE, element(OCTETS, NONCE), integer(12)))
NO_NONCE = GCM.replace(NONCE, bytes(12))
COMPRESSED = element(0xA1, EC_PUBLIC_KEY, element(BITS, b"\0\2" + bytes(32)))


def test_what_was_asked_for_is_taken() -> None:
    require(SAID, TO, Suite(gcm=True, rsa=True), 1000)
    require(AGREED, replace(TO, algorithm="ec", bits=256), Suite(gcm=True, rsa=False), 1000)
    as_cbc = replace(SAID, authenticated=False, key_algorithm=RSA_PKCS1, content_algorithm=CBC, tag_size=0)
    for size, sealed in ((0, 16), (15, 16), (16, 32), (1000, 1008)):
        require(replace(as_cbc, content_size=sealed), TO, Suite(gcm=False, rsa=True), size)
        with pytest.raises(NotSealed, match="another size"):
            require(replace(as_cbc, content_size=sealed + 16), TO, Suite(gcm=False, rsa=True), size)


@pytest.mark.parametrize(
    ("said", "what"),
    [
        (replace(SAID, named=element(SEQUENCE, ISSUER, integer(4712))), "recipient"),
        (replace(SAID, named=element(SEQUENCE, element(SEQUENCE, b""), integer(4711))), "recipient"),
        (replace(SAID, key_algorithm=RSA_PKCS1), "way to encrypt the key"),
        (replace(SAID, key_algorithm=RSA_OAEP_SHA256[:2] + RSA_OAEP_SHA256[2:13]), "way to encrypt the key"),
        (replace(SAID, key_size=128), "length of the encrypted key"),
        (replace(SAID, originator=AGREED.originator), "key of ours"),
        (replace(SAID, authenticated=False), "form"),
        (replace(SAID, content_algorithm=AES128_GCM), "cipher"),
        (replace(SAID, content_algorithm=SHORT_TAG), "cipher"),
        (replace(SAID, content_algorithm=NO_NONCE), "cipher"),
        (replace(SAID, content_algorithm=CBC), "cipher"),
        (replace(SAID, content_size=999), "size"),
        (replace(SAID, tag_size=12), "tag"),
    ],
)
def test_anything_else_is_not_sealed(said: Enveloped, what: str) -> None:
    with pytest.raises(NotSealed, match=f"another {what} than was asked for"):
        require(said, TO, Suite(gcm=True, rsa=True), 1000)


@pytest.mark.parametrize(
    ("said", "what"),
    [
        (replace(AGREED, originator=b""), "key of ours"),
        (replace(AGREED, originator=COMPRESSED), "key of ours"),
        (replace(AGREED, key_size=24), "length of the encrypted key"),  # a key of 128 bits, wrapped
        (
            replace(AGREED, key_algorithm=bytes.fromhex("301806092b81051086483f0002300b060960864801650304012d")),
            "way to encrypt the key",  # derived with SHA-1
        ),
        (
            replace(AGREED, key_algorithm=ECDH_SHA256_AES256.replace(b"\x01\x2d", b"\x01\x05")),
            "way to encrypt the key",  # aes128-wrap
        ),
    ],
)
def test_an_agreed_key_of_another_kind_is_not_sealed(said: Enveloped, what: str) -> None:
    with pytest.raises(NotSealed, match=f"another {what} than was asked for"):
        require(said, replace(TO, algorithm="ec", bits=256), Suite(gcm=True, rsa=False), 1000)
