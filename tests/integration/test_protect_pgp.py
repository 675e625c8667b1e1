"""What we seal with OpenPGP, gpg opens: every byte, and only with the private key (law 10)."""

from __future__ import annotations

import email
import email.policy
import io
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import pytest

from gateway.errors import NotSealed
from gateway.protect import Plain, gnupg, packets
from gateway.protect.content import Held, InFile
from gateway.protect.keys.judge import Judge
from gateway.protect.keys.judged import Judged
from gateway.protect.keys.ring import KeyRing
from gateway.protect.methods import openpgp, pgpy_engine
from gateway.protect.methods.openpgp import PgpEncryptor
from gateway.protect.seal import Protector
from gateway.system import programs
from tests.unit.protect.keymaking import KeyMaker, key_maker
from tests.unit.protect.openpgp_sealing import by_choice, by_gpg_alone, sealed
from tests.unit.protect.sealing import NOW, RECIPIENT, Kept, seal

pytestmark = pytest.mark.needs("gpg", "gpgconf")

FIVE_MEGABYTES = bytes(range(251)) * (5 * 1024 * 1024 // 251)
CRLF = b"forename,surname\r\nAnna,Example\nmixed\r"


@pytest.fixture(scope="module")
def maker() -> Iterator[KeyMaker]:
    with key_maker() as made:
        yield made


@pytest.mark.parametrize("size", [0, 1, 8192, 2_000_003])
def test_a_file_is_read_by_gpg_itself(
    maker: KeyMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(openpgp, "SMALL", -1)
    monkeypatch.setattr(InFile, "open", None)  # nobody here reads it
    (tmp_path / "clear").write_bytes(FIVE_MEGABYTES[:size])
    part = Plain(name="a", media_type="a/b", content=InFile(tmp_path / "clear"))
    openpgp.encrypt(judged(maker, "cv25519"), [part], tmp_path / "sealed")
    assert maker.decrypt((tmp_path / "sealed").read_bytes()) == FIVE_MEGABYTES[:size]


@dataclass(frozen=True, slots=True)
class Ring:
    """A key ring with one approved key for the ordinary recipient."""

    keys: KeyRing
    fingerprint: str


@pytest.fixture
def ring(maker: KeyMaker, tmp_path: Path) -> Ring:
    fingerprint, certificate = maker.good()
    keys = KeyRing(tmp_path / "keys" / "recipients")
    keys.import_key(certificate, NOW)
    keys.approve(fingerprint, "Olive Officer", NOW)
    return Ring(keys, fingerprint)


Engine = Callable[[Judged, bytes, str], bytes]


@pytest.mark.parametrize("content", [b"", b"x", CRLF, FIVE_MEGABYTES], ids=["0 B", "1 B", "CRLF", "5 MB"])
@pytest.mark.parametrize("engine", [by_choice, by_gpg_alone])
@pytest.mark.parametrize("algorithm", ["cv25519", "rsa3072", "nistp384"])
def test_gpg_opens_it_byte_for_byte(maker: KeyMaker, algorithm: str, engine: Engine, content: bytes) -> None:
    key = judged(maker, algorithm)
    message = engine(key, content, "Änne.csv")
    assert packets.sealed_for(message) == {key.chosen.key_id}
    assert maker.decrypt(message) == content


_MADE: dict[tuple[Path, str], Judged] = {}


def judged(maker: KeyMaker, algorithm: str) -> Judged:
    """Make a key of a kind once."""
    at = (maker.home, algorithm)
    if at not in _MADE:
        _MADE[at] = Judge().judge(maker.good(algorithm=algorithm)[1])
    return _MADE[at]


@pytest.mark.parametrize("engine", [by_choice, by_gpg_alone])
@pytest.mark.parametrize(
    ("name", "inside"),
    [
        ("Änne plan.docx", "Änne plan.docx"),
        ("../../etc/passwd", "passwd"),
        ('quo"ted" %s #1 -x.doc', 'quo"ted" %s #1 -x.doc'),
        ('"', '"'),
        ("x\noutput /tmp/leak", "leak"),
        ("_CONSOLE", "file"),
        ("ä" * 300, "ä" * 100),
    ],
)
def test_the_original_name_travels_inside(maker: KeyMaker, engine: Engine, name: str, inside: str) -> None:
    message = engine(judged(maker, "cv25519"), CRLF, name)
    assert len(name) < 4 or name.encode() not in message
    path = maker.home / "named.pgp"
    path.write_bytes(message)
    listed = maker.gpg("--list-packets", str(path))
    shown = inside.encode().replace(b'"', b"\\x22").decode("latin-1")
    said = next(line for line in listed.decode("latin-1").splitlines() if "name=" in line)
    assert said.partition('name="')[2][:-2].encode("latin-1").decode("unicode_escape").encode("latin-1") in {
        inside.encode(),
        shown.encode("latin-1"),
    }


def test_small_content_is_sealed_here_and_opened_by_gpg(maker: KeyMaker) -> None:
    _, evidence = sealed(judged(maker, "cv25519"), CRLF)
    assert (evidence.method, evidence.cipher, evidence.verified_by) == ("pgp", "AES-256", "gpg")
    assert "PGPy" in evidence.status


def test_large_content_is_sealed_by_gpg_and_read_by_our_own_parser(
    maker: KeyMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openpgp, "SMALL", 10)
    message, evidence = sealed(judged(maker, "cv25519"), CRLF)
    assert (evidence.method, evidence.cipher, evidence.verified_by) == ("pgp", "AES-256", "own packet reader")
    assert maker.decrypt(message) == CRLF


@pytest.mark.parametrize("error", openpgp.PGPY_TROUBLE)
def test_where_pgpy_stumbles_gpg_takes_over(
    maker: KeyMaker, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def stumble(*_: object) -> tuple[bytes, bytes]:
        raise error

    monkeypatch.setattr(pgpy_engine, "encrypt", stumble)
    message, evidence = sealed(judged(maker, "cv25519"), CRLF)
    assert evidence.verified_by == "own packet reader"
    assert maker.decrypt(message) == CRLF


def test_a_brainpool_key_is_left_to_gpg(maker: KeyMaker) -> None:
    key = judged(maker, "brainpoolP256r1")
    message, evidence = sealed(key, CRLF)
    assert evidence.verified_by == "own packet reader"
    assert maker.decrypt(message) == CRLF


def test_gpg_notices_every_kind_of_difference(maker: KeyMaker) -> None:
    key = judged(maker, "cv25519")
    message, session_key = pgpy_engine.encrypt(key.certificate, key.chosen.fingerprint, CRLF, "a")
    assert gnupg.opens_to(message, session_key, CRLF) == {key.chosen.key_id}
    flipped = message[:-30] + bytes([message[-30] ^ 1]) + message[-29:]
    for bad, with_key, content in (
        (message, session_key, CRLF + b"x"),
        (message, bytes(32), CRLF),
        (flipped, session_key, CRLF),
        (message[:-1], session_key, CRLF),
        (CRLF, session_key, CRLF),
    ):
        with pytest.raises(NotSealed):
            gnupg.opens_to(bad, with_key, content)


def test_a_message_for_anybody_else_is_refused(maker: KeyMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both engines are made to seal for Mallory; neither message gets out."""
    alice, mallory = judged(maker, "cv25519"), Judge().judge(maker.good("Mallory <m@elsewhere.example>")[1])
    honest = pgpy_engine.encrypt

    def crooked(_certificate: bytes, _fingerprint: str, content: bytes, name: str) -> tuple[bytes, bytes]:
        return honest(mallory.certificate, mallory.chosen.fingerprint, content, name)

    monkeypatch.setattr(pgpy_engine, "encrypt", crooked)
    with pytest.raises(NotSealed, match="another key"):
        sealed(alice, CRLF)
    by_gpg = gnupg.encrypt
    monkeypatch.setattr(openpgp, "SMALL", 0)
    monkeypatch.setattr(gnupg, "encrypt", lambda _, *others: by_gpg(mallory.certificate, *others))
    with pytest.raises(NotSealed, match="another key"):
        sealed(alice, CRLF)


def test_a_file_keeps_its_name_and_several_come_in_one_zip(maker: KeyMaker, ring: Ring, tmp_path: Path) -> None:
    sealing = PgpEncryptor(ring.keys)
    parts = [Plain(name=name, media_type="text/csv", content=Held(CRLF)) for name in ("Änne.csv", "../Änne.csv", "b")]
    one = sealing.seal(parts[:1], RECIPIENT, "secure-t-1", tmp_path, "")
    assert one.name == "secure-t-1.pgp"
    assert maker.decrypt(one.file.read_bytes()) == CRLF
    several = maker.decrypt(sealing.seal(parts, RECIPIENT, "secure-t-1", tmp_path, "").file.read_bytes())
    with zipfile.ZipFile(io.BytesIO(several)) as archive:
        assert archive.namelist() == ["Änne.csv", "Änne-2.csv", "b"]
        assert {archive.read(name) for name in archive.namelist()} == {CRLF}


def test_who_has_no_approved_key_gets_nothing(ring: Ring, tmp_path: Path) -> None:
    sealing = PgpEncryptor(ring.keys)
    assert sealing.may_seal_for(RECIPIENT)
    assert not sealing.may_seal_for("bob@partner.example")
    with pytest.raises(NotSealed, match="no approved, usable key"):
        sealing.seal([Plain(name="a", media_type="a/b", content=Held(b"x"))], "bob@partner.example", "s", tmp_path, "")


def test_pgp_mime_opens_and_is_the_message_again(maker: KeyMaker, ring: Ring) -> None:
    message = EmailMessage(policy=email.policy.SMTP)
    message["From"] = "officer@council.example"
    message["To"] = RECIPIENT
    message["Bcc"] = "boss@council.example"
    message["Subject"] = "PROTECT - Änne"
    message.set_content("Dear Alice,\nthe plan.\n")
    message.add_attachment(CRLF, maintype="text", subtype="csv", filename="Änne.csv")
    kept = Kept()
    protector = Protector("Council", [PgpEncryptor(ring.keys)])
    part = Plain(name="m", media_type="message/rfc822", content=Held(message.as_bytes()))
    sealed, _ = seal(protector, [part], kept, message=True, as_message=True)
    outgoing = kept.objects[sealed.parts[0].object_id]
    assert (sealed.method, sealed.secret_object_id) == ("pgp", "")
    assert len(sealed.evidence.recipients) == 1
    outer = email.message_from_bytes(outgoing, policy=email.policy.default)
    assert outer["Subject"] == "Secure message from Council [t-1]"
    assert b"PROTECT" not in outgoing
    body = list(outer.iter_parts())[1]
    inner = email.message_from_bytes(maker.decrypt(body.get_content()), policy=email.policy.default)
    assert inner["Subject"] == "PROTECT - Änne"
    assert inner["Bcc"] is None
    (attached,) = inner.iter_attachments()
    assert attached.get_payload(decode=True) == CRLF
    text = inner.get_body()
    assert text is not None
    assert text.get_content() == "Dear Alice,\r\nthe plan.\r\n"


def test_a_message_for_a_folder_is_the_message_byte_for_byte(maker: KeyMaker, ring: Ring) -> None:
    kept = Kept()
    message = b"From: officer@council.example\r\nSubject: x\r\n\r\nDear Alice\r\nmixed\n"
    protector = Protector("Council", [PgpEncryptor(ring.keys)])
    sealed, _ = seal(protector, [Plain(name="m.eml", media_type="", content=Held(message))], kept, message=True)
    assert sealed.parts[0].name == "secure-t-1.pgp"
    assert maker.decrypt(kept.objects[sealed.parts[0].object_id]) == message


def test_only_the_private_key_opens_it(maker: KeyMaker, tmp_path: Path) -> None:
    path = tmp_path / "m.pgp"
    path.write_bytes(by_choice(judged(maker, "cv25519"), CRLF, "a"))
    with key_maker() as stranger:
        stranger.good("Mallory <mallory@elsewhere.example>")
        command = ["gpg", f"--homedir={stranger.home}", "--batch", "--no-tty", "--decrypt", str(path)]
        ran = subprocess.run(command, capture_output=True, check=False)
    assert ran.returncode == 2
    assert ran.stdout == b""


def test_neither_names_nor_content_are_on_a_command_line(maker: KeyMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    run = programs.run

    def watched(command: list[str], **given: object) -> programs.Ran:
        seen.extend(command)
        return run(command, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(programs, "run", watched)
    by_choice(judged(maker, "cv25519"), CRLF, "Anna Example.docx")
    by_gpg_alone(judged(maker, "cv25519"), CRLF, "Anna Example.docx")
    assert "gpg" in seen
    assert not any("Anna" in argument for argument in seen)
