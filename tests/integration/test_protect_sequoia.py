"""What we seal with Sequoia for version 6 and X25519 keys: opened byte for byte, and refused when it is for another."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from pathlib import Path

import pysequoia
import pytest
from pysequoia import CipherSuite, EncryptionAlgorithm, Profile, Tsk

from gateway.errors import NotSealed
from gateway.protect import Plain
from gateway.protect.content import Held, InFile
from gateway.protect.keys.judge import Judge
from gateway.protect.keys.judged import Engine, Judged
from gateway.protect.keys.ring import KeyRing
from gateway.protect.methods import openpgp, sequoia_engine
from gateway.protect.order import MESSAGE
from gateway.protect.packets import sealed_for
from gateway.system.pipes import Writable
from tests.unit.protect.keymaking import ADDRESS, USER
from tests.unit.protect.sealing import NOW

CRLF = b"forename,surname\r\nAnna,Example\r\nmixed\r"
JS = Path(__file__).parents[1] / "hostile" / "data" / "openpgpjs"


def six() -> Tsk:
    return Tsk.generate(USER, profile=Profile.RFC9580, cipher_suite=CipherSuite.Cv25519)


def four() -> Tsk:
    """A version 4 certificate whose subkey is X25519 as RFC 9580 writes it."""
    return Tsk.generate(USER, profile=Profile.RFC4880, encryption_algorithm=EncryptionAlgorithm.X25519)


def judged(key: Tsk) -> Judged:
    found = Judge().judge(bytes(key.extract_certificate()))
    assert found.engine is Engine.SEQUOIA
    return found


def sealed(key: Judged, content: bytes, path: Path) -> bytes:
    with path.open("wb") as target:
        sequoia_engine.encrypt(key.certificate, lambda stdin: stdin.write(content), len(content), target)
    return path.read_bytes()


@pytest.mark.parametrize("content", [b"", b"x", CRLF, bytes(range(251)) * 20_000], ids=["0 B", "1 B", "CRLF", "5 MB"])
@pytest.mark.parametrize("make", [six, four])
def test_it_opens_byte_for_byte(tmp_path: Path, make: type[Tsk], content: bytes) -> None:
    key = make()
    recipient = judged(key)
    message = sealed(recipient, content, tmp_path / "m")
    assert pysequoia.decrypt(message, decryptor=key.decryptor()).bytes == content
    assert "cipher 9" in sequoia_engine.read_back(message, recipient)


def test_version_6_is_sealed_with_aead_for_its_fingerprint(tmp_path: Path) -> None:
    recipient = judged(six())
    message = sealed(recipient, CRLF, tmp_path / "m")
    assert sealed_for(message) == {recipient.chosen.fingerprint}
    assert len(recipient.chosen.fingerprint) == 64
    assert sequoia_engine.read_back(message, recipient) == "SEIPD 2, cipher 9, AEAD 2"


def test_a_message_that_lies_in_a_file_comes_back_too(tmp_path: Path) -> None:
    key = six()
    (tmp_path / "mail").write_bytes(CRLF)
    part = Plain(name="mail", media_type=MESSAGE, content=InFile(tmp_path / "mail"))
    openpgp.encrypt(judged(key), [part], tmp_path / "m")
    assert pysequoia.decrypt((tmp_path / "m").read_bytes(), decryptor=key.decryptor()).bytes == CRLF


def test_it_may_go_through_a_pipe_too(tmp_path: Path) -> None:
    """A target in memory is written by us, a real file by the program itself."""
    key = six()
    recipient = judged(key)
    target = io.BytesIO()

    class Through:
        def write(self, content: bytes) -> object:
            return target.write(content)

    sink: Writable = Through()
    sequoia_engine.encrypt(recipient.certificate, lambda stdin: stdin.write(CRLF), len(CRLF), sink)
    assert pysequoia.decrypt(target.getvalue(), decryptor=key.decryptor()).bytes == CRLF
    assert list(tmp_path.iterdir()) == []


def test_it_takes_no_memory_for_large_content(tmp_path: Path) -> None:
    recipient = judged(six())

    def feed(stdin: Writable) -> None:
        for _ in range(64):
            stdin.write(bytes(1 << 20))

    tracemalloc.start()
    try:
        with (tmp_path / "m").open("wb") as target:
            sequoia_engine.encrypt(recipient.certificate, feed, 64 << 20, target)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (tmp_path / "m").stat().st_size > 64 << 20
    assert peak < 8 << 20


def test_a_message_for_anybody_else_is_refused(tmp_path: Path) -> None:
    alice, mallory = judged(six()), judged(six())
    message = sealed(mallory, CRLF, tmp_path / "m")
    with pytest.raises(NotSealed, match="another key"):
        sequoia_engine.read_back(message, alice)


def test_a_message_for_somebody_beside_the_recipient_is_refused(tmp_path: Path) -> None:
    alice, mallory = six(), six()
    both = pysequoia.encrypt(CRLF, [alice.extract_certificate(), mallory.extract_certificate()], armor=False)
    with pytest.raises(NotSealed, match="another key"):
        sequoia_engine.read_back(both, judged(alice))
    del tmp_path


def test_a_passphrase_beside_the_recipient_is_refused() -> None:
    alice = six()
    message = pysequoia.encrypt(CRLF, [alice.extract_certificate()], passwords=["password"], armor=False)
    with pytest.raises(NotSealed, match="does not belong into a sealed message"):
        sequoia_engine.read_back(message, judged(alice))


@pytest.mark.parametrize("make", [six, four])
def test_another_cipher_is_refused(tmp_path: Path, make: type[Tsk]) -> None:
    """The octet that names the cipher is made to say AES-128."""
    recipient = judged(make())
    message = bytearray(sealed(recipient, CRLF, tmp_path / "m"))
    shown = sequoia_engine.read_back(bytes(message), recipient)
    at = message.index(b"\x02\x09\x02") + 1 if shown.startswith("SEIPD 2") else 2 + 1 + 8 + 1 + 32 + 1
    assert message[at] == 9
    message[at] = 7
    with pytest.raises(NotSealed, match="does not show that it is AES-256"):
        sequoia_engine.read_back(bytes(message), recipient)


@pytest.mark.parametrize("message", [b"", b"hello", b"\xd2\x05\x02\x09", b"\xd2"])
def test_what_is_no_message_is_refused(message: bytes) -> None:
    with pytest.raises(NotSealed, match="not well formed"):
        sequoia_engine.read_back(message, judged(six()))


def test_a_certificate_that_is_none_seals_nothing(tmp_path: Path) -> None:
    with (tmp_path / "m").open("wb") as target, pytest.raises(NotSealed, match="did not seal"):
        sequoia_engine.encrypt(b"nothing", lambda stdin: stdin.write(CRLF), 10, target)


def test_the_ring_finds_it_and_names_the_engine(tmp_path: Path) -> None:
    ring = KeyRing(tmp_path / "recipients")
    record = ring.import_key((JS / "v6.asc").read_bytes(), NOW)
    assert len(record.fingerprint) == 64
    assert record.addresses == (ADDRESS,)
    assert ring.find(ADDRESS) is None
    ring.approve(record.fingerprint.lower(), "Olive Officer", NOW)
    found = ring.find(ADDRESS)
    assert found is not None
    assert (found.engine, found.fingerprint) == (Engine.SEQUOIA, record.fingerprint)
    again = ring.import_key((JS / "v6.asc").read_bytes(), NOW)
    assert again.approved_by == "Olive Officer"


@pytest.mark.parametrize("make", [six, four])
def test_the_method_pgp_seals_a_file_by_name_and_a_message_as_it_is(tmp_path: Path, make: type[Tsk]) -> None:
    key = make()
    recipient = judged(key)
    letter = Plain(name="Änne.csv", media_type="text/csv", content=Held(CRLF))
    evidence = openpgp.encrypt(recipient, [letter], tmp_path / "file")
    assert (evidence.verified_by, evidence.recipients) == ("own packet reader", (recipient.chosen.fingerprint,))
    assert "sealed by Sequoia: SEIPD" in evidence.status
    assert "key wrap" in evidence.status
    inside = pysequoia.decrypt((tmp_path / "file").read_bytes(), decryptor=key.decryptor()).bytes or b""
    with zipfile.ZipFile(io.BytesIO(inside)) as archive:
        assert archive.namelist() == ["Änne.csv"]
        assert archive.read("Änne.csv") == CRLF
    mail = Plain(name="m", media_type="message/rfc822", content=Held(CRLF))
    openpgp.encrypt(recipient, [mail], tmp_path / "mail")
    assert pysequoia.decrypt((tmp_path / "mail").read_bytes(), decryptor=key.decryptor()).bytes == CRLF
