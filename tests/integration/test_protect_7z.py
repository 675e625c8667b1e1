"""What we seal in a 7z archive the program 7z opens: every byte, names and all, and only with the passphrase."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from gateway.errors import NotSealed
from gateway.protect import Content, Envelope, Plain
from gateway.protect.content import Held, chunks
from gateway.protect.methods.seven_zip import SevenZipEncryptor, verify
from gateway.protect.methods.seven_zip_writer import FRONT, write
from gateway.system import pipes, programs
from tests.unit.protect.contents import sparse

pytestmark = pytest.mark.needs("7z")

MEBIBYTE = 1 << 20
FIVE_MEGABYTES = bytes(range(251)) * (5 * MEBIBYTE // 251)
CRLF = b"forename,surname\r\nAnna,Example\nmixed\r"
WORDS = "one-two-three"


def plain(content: bytes, name: str = "Änne Example.csv", kind: str = "text/csv", marking: str = "") -> Plain:
    return Plain(name=name, media_type=kind, content=Held(content), marking=marking)


def sealed(folder: Path, *parts: Plain) -> Envelope:
    desk = folder / "desk"
    desk.mkdir()
    envelope = SevenZipEncryptor().seal(parts, "alice@partner.example", "secure-t-1", desk, WORDS)
    assert list(desk.iterdir()) == [envelope.file]
    return envelope


def extract(file: Path, words: str, folder: Path) -> tuple[int, dict[str, bytes]]:
    """Unpack with 7z, as a recipient would."""
    target = folder / "out"
    command = ["7z", "x", "-y", f"-o{target}", str(file)]
    ran = subprocess.run(command, input=f"{words}\n".encode(), capture_output=True, check=False)
    files = {each.name: each.read_bytes() for each in target.rglob("*")} if target.exists() else {}
    return ran.returncode, files


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, MEBIBYTE - 1, MEBIBYTE, MEBIBYTE + 1, len(FIVE_MEGABYTES)])
def test_7z_opens_it_byte_for_byte_under_its_true_name(size: int, tmp_path: Path) -> None:
    content = FIVE_MEGABYTES[:size]
    envelope = sealed(tmp_path, plain(content))
    assert (envelope.name, envelope.media_type) == ("secure-t-1.7z", "application/x-7z-compressed")
    assert (envelope.evidence.method, envelope.evidence.cipher, envelope.evidence.verified_by) == (
        "7z",
        "AES-256",
        "7z",
    )
    assert "CRC-32" in envelope.evidence.status
    assert extract(envelope.file, WORDS, tmp_path) == (0, {"Änne Example.csv": content})


def test_several_files_lie_in_it_as_they_are(tmp_path: Path) -> None:
    parts = [plain(CRLF), plain(b"", "empty"), plain(FIVE_MEGABYTES, "b"), plain(b"2", "Änne Example.csv")]
    assert extract(sealed(tmp_path, *parts).file, WORDS, tmp_path) == (
        0,
        {"Änne Example.csv": CRLF, "empty": b"", "b": FIVE_MEGABYTES, "Änne Example-2.csv": b"2"},
    )


def test_a_marking_stands_in_a_list_inside(tmp_path: Path) -> None:
    files = extract(sealed(tmp_path, plain(CRLF, marking="OFFICIAL-SENSITIVE")).file, WORDS, tmp_path)[1]
    listing = files["contents.txt"].decode("utf-8-sig")
    assert listing == "Protective marking: OFFICIAL-SENSITIVE\r\n\r\nÄnne Example.csv\r\n"
    assert files["Änne Example.csv"] == CRLF


def test_a_message_can_be_read_without_a_mail_program(tmp_path: Path) -> None:
    message = EmailMessage(policy=SMTP)
    message["Subject"] = "Änne"
    message.set_content("Dear Alice,\nthe plan.\n")
    message.add_attachment(CRLF, maintype="text", subtype="csv", filename="message.txt")
    original = message.as_bytes()
    code, files = extract(sealed(tmp_path, plain(original, "whole", "message/rfc822")).file, WORDS, tmp_path)
    assert code == 0
    assert set(files) == {"message.eml", "message.txt", "message-2.txt"}
    assert files["message.eml"] == original
    assert files["message-2.txt"] == CRLF
    assert "Dear Alice,\r\nthe plan." in files["message.txt"].decode("utf-8-sig")


def test_another_passphrase_shows_not_even_names(tmp_path: Path) -> None:
    file = sealed(tmp_path, plain(CRLF)).file
    code, files = extract(file, "six-words-that-are-not-it", tmp_path)
    assert (code, files) == (2, {})
    for words in ("six-words-that-are-not-it", ""):
        command = ["7z", "l", "-slt", str(file)]
        listed = subprocess.run(command, input=f"{words}\n".encode(), capture_output=True, check=False)
        assert listed.returncode == 2
        assert b"Example" not in listed.stdout + listed.stderr


def test_nothing_outside_tells_anything(tmp_path: Path) -> None:
    outside = sealed(tmp_path, plain(CRLF)).file.read_bytes()
    for secret in ("Änne", "Example", "alice", WORDS):
        assert secret.encode() not in outside
        assert secret.encode("utf-16-le") not in outside


@pytest.mark.parametrize("place", [FRONT + 2, -200, -5, 14])
def test_one_flipped_bit_is_refused(place: int, tmp_path: Path) -> None:
    """In the content, in the sealed header, in the clear header behind it, in the signature header."""
    file = sealed(tmp_path, plain(FIVE_MEGABYTES)).file
    flipped = bytearray(file.read_bytes())
    flipped[place] ^= 1
    file.write_bytes(flipped)
    assert extract(file, WORDS, tmp_path)[0] != 0
    with pytest.raises(NotSealed):
        verify(file, [("Änne Example.csv", Held(FIVE_MEGABYTES))], WORDS, "other")


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "a\r\nb: c", "-o/tmp", "@list", "\u202egpj.exe", "con.txt", "\ud800", "🙂", "a" * 500, ""],
)
def test_hostile_names_stay_inside(name: str, tmp_path: Path) -> None:
    code, files = extract(sealed(tmp_path, plain(CRLF, name)).file, WORDS, tmp_path)
    assert code == 0
    assert list(files.values()) == [CRLF]
    assert not any(character in each for each in files for character in "/\r\n\u202e")


def test_neither_passphrase_nor_names_are_on_a_command_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen: list[str] = []
    start = programs.start

    def watched(command: list[str], *given: object, **named: object) -> object:
        seen.extend(command)
        return start(command, *given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(programs, "start", watched)
    monkeypatch.setattr(pipes, "start", watched)
    sealed(tmp_path, plain(CRLF))
    assert seen.count("7z") == 3
    assert not any(secret in argument for argument in seen for secret in (WORDS, "Example"))


@pytest.mark.parametrize(
    "claimed",
    [
        [("a", b"list")],
        [("a", b"list"), ("b", CRLF + b"\n")],
        [("a", b"list"), ("b", CRLF[::-1])],
        [("a", b"list"), ("c", CRLF)],
        [("a", b"lis"), ("b", b"t" + CRLF)],
        [("b", CRLF), ("a", b"list")],
    ],
    ids=["one too many", "more bytes", "other bytes", "other name", "another border between two", "another order"],
)
def test_what_is_not_as_claimed_is_seen(claimed: list[tuple[str, bytes]], tmp_path: Path) -> None:
    def held(entries: list[tuple[str, bytes]]) -> list[tuple[str, Content]]:
        return [(name, Held(content)) for name, content in entries]

    true, file = held([("a", b"list"), ("b", CRLF)]), tmp_path / "a.7z"
    write(true, WORDS, file)
    verify(file, true, WORDS, "other")
    with pytest.raises(NotSealed):
        verify(file, held(claimed), WORDS, "other")
    with pytest.raises(NotSealed):
        verify(file, true, "wrong", "other")
    with pytest.raises(NotSealed, match="another passphrase"):
        verify(file, true, WORDS, WORDS)


@pytest.mark.parametrize("options", [["-mhe=off"], ["-mhe=on", "-mx1"]], ids=["names in clear", "another method"])
def test_an_archive_of_another_kind_is_refused(options: list[str], tmp_path: Path) -> None:
    file, content = tmp_path / "a.7z", tmp_path / "a"
    content.write_bytes(CRLF)
    subprocess.run(["7z", "a", f"-p{WORDS}", "-m0=Copy", *options, file, content], capture_output=True, check=True)
    if "-mx1" in options:
        file.unlink()
        subprocess.run(["7z", "a", f"-p{WORDS}", "-m0=LZMA2", *options, file, content], capture_output=True, check=True)
    with pytest.raises(NotSealed):
        verify(file, [("a", Held(CRLF))], WORDS, "other")


def test_what_7z_itself_writes_has_the_same_cipher(tmp_path: Path) -> None:
    """The two differ in the method `Copy` before the cipher, which changes no byte."""
    ours, theirs, content = sealed(tmp_path, plain(CRLF, "a")).file, tmp_path / "a.7z", tmp_path / "a"
    content.write_bytes(CRLF)
    command = ["7z", "a", f"-p{WORDS}", "-mhe=on", "-mx0", "-m0=Copy", str(theirs), str(content)]
    subprocess.run(command, capture_output=True, check=True)

    def methods(file: Path) -> set[str]:
        listed = subprocess.run(["7z", "l", "-slt", f"-p{WORDS}", file], capture_output=True, check=True).stdout
        return {each for line in listed.decode().splitlines() if line.startswith("Method = ") for each in line.split()}

    assert "7zAES:19" in methods(ours) & methods(theirs)


# ---- large: `make slow` and the nightly run ----


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("size", [2 * 1024**3, 4 * 1024**3 + 1], ids=["2 GiB", "more than 4 GiB"])
def test_large_files(size: int, tmp_path: Path) -> None:
    content = sparse(tmp_path, size, CRLF)
    file = sealed(tmp_path, Plain(name="large", media_type="a/b", content=content), plain(CRLF)).file
    wanted, found = hashlib.sha256(), hashlib.sha256()
    for piece in chunks(content):
        wanted.update(piece)
    with subprocess.Popen(["7z", "x", "-so", f"-p{WORDS}", str(file), "large"], stdout=subprocess.PIPE) as reading:
        assert reading.stdout is not None
        source = reading.stdout
        for piece in iter(lambda: source.read(MEBIBYTE), b""):
            found.update(piece)
    assert reading.returncode == 0
    assert found.digest() == wanted.digest()


MEASURE = """
import resource, sys
from pathlib import Path
from gateway.protect import Plain
from gateway.protect.content import InFile
from gateway.protect.methods.seven_zip import SevenZipEncryptor
parts = [Plain(name="a", media_type="a/b", content=InFile(Path(sys.argv[1])))]
SevenZipEncryptor().seal(parts, "a@b.example", "secure-1", Path(sys.argv[2]), "one-two")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_memory_does_not_grow_with_the_size(tmp_path: Path) -> None:
    peaks = []
    for size in (MEBIBYTE, 512 * MEBIBYTE):
        desk = tmp_path / str(size)
        desk.mkdir()
        command = [sys.executable, "-c", MEASURE, str(sparse(tmp_path, size).path), str(desk)]
        peaks.append(int(subprocess.run(command, capture_output=True, check=True).stdout))
    assert peaks[1] - peaks[0] < 16
