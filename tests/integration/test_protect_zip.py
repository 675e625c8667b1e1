"""What we seal in a ZIP container, 7z opens: every byte, and only with the passphrase (law 10)."""

from __future__ import annotations

import subprocess
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from gateway.errors import NotSealed
from gateway.protect import Plain, container
from gateway.protect.container import ZipEncryptor
from gateway.protect.container_check import Checker, own_reader, seven_zip
from gateway.system import programs

pytestmark = pytest.mark.needs("7z")

FIVE_MEGABYTES = bytes(range(251)) * (5 * 1024 * 1024 // 251)
CRLF = b"forename,surname\r\nAnna,Example\nmixed\r"
WORDS = "one-two-three"


def plain(content: bytes, name: str = "Anna Example.csv", kind: str = "text/csv") -> Plain:
    return Plain(name=name, media_type=kind, content=content)


def extract(content: bytes, words: str, folder: Path) -> tuple[int, dict[str, bytes]]:
    """Unpack with 7z, as a recipient would."""
    path = folder / "received.zip"
    path.write_bytes(content)
    target = folder / "out"
    command = ["7z", "x", "-y", f"-o{target}", str(path)]
    ran = subprocess.run(command, input=f"{words}\n".encode(), capture_output=True, check=False)
    files = {file.name: file.read_bytes() for file in target.iterdir()} if target.exists() else {}
    return ran.returncode, files


@pytest.mark.parametrize("content", [b"", b"x", CRLF, FIVE_MEGABYTES], ids=["0 B", "1 B", "CRLF", "5 MB"])
def test_7z_opens_it_byte_for_byte(content: bytes, tmp_path: Path) -> None:
    sealed = ZipEncryptor().seal([plain(content), plain(b"second", "b")], "a@b.example", "secure-t-1")
    assert sealed.name == "secure-t-1.zip"
    assert sealed.evidence.verified_by == "7z"
    assert (sealed.evidence.method, sealed.evidence.cipher) == ("zip", "AES-256")
    code, files = extract(sealed.content, sealed.passphrase, tmp_path)
    assert code == 0
    assert files["document-1.csv"] == content
    assert files["document-2"] == b"second"
    listing = files["contents.txt"].decode("utf-8-sig")
    assert listing == "document-1.csv: Anna Example.csv\r\ndocument-2: b\r\n"


def test_another_passphrase_opens_nothing(tmp_path: Path) -> None:
    sealed = ZipEncryptor().seal([plain(CRLF)], "a@b.example", "secure-t-1")
    code, files = extract(sealed.content, "six-words-that-are-not-it", tmp_path)
    assert code == 2
    assert CRLF not in files.values()


def test_one_flipped_bit_of_the_content_is_refused(tmp_path: Path) -> None:
    sealed = ZipEncryptor().seal([plain(CRLF)], "a@b.example", "secure-t-1")
    at = sealed.content.index(b"document-1.csv") + len("document-1.csv") + 11 + 16 + 2
    flipped = sealed.content[:at] + bytes([sealed.content[at] ^ 1]) + sealed.content[at + 1 :]
    assert extract(flipped, sealed.passphrase, tmp_path)[0] == 2


def test_nothing_that_stays_readable_tells_anything() -> None:
    sealed = ZipEncryptor().seal([plain(CRLF)], "alice@partner.example", "secure-t-1")
    for secret in (b"Anna", b"Example", b"alice", sealed.passphrase.encode(), CRLF):
        assert secret not in sealed.content
    assert b"document-1.csv" in sealed.content


def test_a_message_can_be_read_without_a_mail_program(tmp_path: Path) -> None:
    message = EmailMessage(policy=SMTP)
    message["From"] = "officer@council.example"
    message["Subject"] = "Änne"
    message.set_content("Dear Alice,\nthe plan.\n")
    message.add_attachment(CRLF, maintype="text", subtype="csv", filename="Änne Example.csv")
    original = message.as_bytes()
    sealed = ZipEncryptor().seal([plain(original, "whole", "message/rfc822")], "a@b.example", "secure-t-1")
    code, files = extract(sealed.content, sealed.passphrase, tmp_path)
    assert code == 0
    assert set(files) == {"contents.txt", "message.eml", "message.txt", "document-1.csv"}
    assert files["message.eml"] == original
    assert files["document-1.csv"] == CRLF
    assert "Subject: Änne" in files["message.txt"].decode("utf-8-sig")
    assert "Dear Alice,\r\nthe plan." in files["message.txt"].decode("utf-8-sig")
    listing = files["contents.txt"].decode("utf-8-sig")
    assert "From: officer@council.example\r\nSubject: Änne" in listing
    assert "document-1.csv: Änne Example.csv" in listing


@pytest.mark.parametrize("name", ["../../etc/passwd", "a\r\nb: c", "-o/tmp", "@list", "\u202egpj.exe", "con.txt"])
def test_hostile_names_stay_inside(name: str, tmp_path: Path) -> None:
    sealed = ZipEncryptor().seal([plain(CRLF, name)], "a@b.example", "secure-t-1")
    code, files = extract(sealed.content, sealed.passphrase, tmp_path)
    assert code == 0
    assert len(files) == 2
    listing = files["contents.txt"].decode("utf-8-sig")
    assert listing.count("\r\n") == 1


def test_the_passphrase_is_never_on_a_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    run = programs.run

    def watched(command: list[str], **given: object) -> programs.Ran:
        seen.extend(command)
        return run(command, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(programs, "run", watched)
    sealed = ZipEncryptor().seal([plain(CRLF)], "a@b.example", "secure-t-1")
    assert seen.count("7z") == 4
    assert not any(sealed.passphrase in argument for argument in seen)


ENTRIES = [("contents.txt", b"list"), ("document-1.csv", CRLF)]


@pytest.mark.parametrize("check", [seven_zip, own_reader])
@pytest.mark.parametrize(
    "claimed",
    [
        [("contents.txt", b"list")],
        [("contents.txt", b"list"), ("document-1.csv", CRLF + b"\n")],
        [("contents.txt", b"list"), ("document-2.csv", CRLF)],
    ],
    ids=["one too many", "other bytes", "other name"],
)
def test_both_checkers_see_what_is_not_as_claimed(check: Checker, claimed: list[tuple[str, bytes]]) -> None:
    whole = container.write(ENTRIES, WORDS)
    assert check(whole, ENTRIES, WORDS, "other") != ""
    with pytest.raises(NotSealed):
        check(whole, claimed, WORDS, "other")
    with pytest.raises(NotSealed):
        check(whole, ENTRIES, "wrong", "other")
    with pytest.raises(NotSealed, match="another passphrase"):
        check(whole, ENTRIES, WORDS, WORDS)
    with pytest.raises(NotSealed):
        check(whole[:-1], ENTRIES, WORDS, "other")


def test_without_7z_our_own_reader_answers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    sealed = ZipEncryptor().seal([plain(CRLF)], "a@b.example", "secure-t-1")
    assert sealed.evidence.verified_by == "own AE-2 reader"
