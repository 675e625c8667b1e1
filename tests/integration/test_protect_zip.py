"""What we seal in a ZIP container, 7z and libarchive open: every byte, and only with the passphrase (law 10)."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from gateway.errors import NotSealed
from gateway.protect import Content, Envelope, Plain, Readable
from gateway.protect.content import Held
from gateway.protect.methods.zip_check import Checker, own_reader, seven_zip
from gateway.protect.methods.zip_writer import ZipEncryptor, write
from gateway.system import pipes, programs
from tests.unit.protect.contents import sparse

pytestmark = pytest.mark.needs("7z")

MEBIBYTE = 1 << 20
FIVE_MEGABYTES = bytes(range(251)) * (5 * MEBIBYTE // 251)
CRLF = b"forename,surname\r\nAnna,Example\nmixed\r"
WORDS = "one-two-three"
SIZES = [0, 1, 15, 16, 17, MEBIBYTE - 16, MEBIBYTE - 1, MEBIBYTE, MEBIBYTE + 1]


def plain(content: bytes, name: str = "Anna Example.csv", kind: str = "text/csv") -> Plain:
    return Plain(name=name, media_type=kind, content=Held(content))


def sealed(folder: Path, *parts: Plain) -> Envelope:
    desk = folder / "desk"
    desk.mkdir(exist_ok=True)
    return ZipEncryptor().seal(parts, "a@b.example", "secure-t-1", desk, WORDS)


def extract(file: Path, words: str, folder: Path) -> tuple[int, dict[str, bytes]]:
    """Unpack with 7z, as a recipient would."""
    target = folder / "out"
    command = ["7z", "x", "-y", f"-o{target}", str(file)]
    ran = subprocess.run(command, input=f"{words}\n".encode(), capture_output=True, check=False)
    files = {each.name: each.read_bytes() for each in target.iterdir()} if target.exists() else {}
    return ran.returncode, files


def libarchive(file: Path, words: str, entry: str) -> tuple[int, bytes]:
    """Read one entry with bsdtar, which has an implementation of its own."""
    command = ["bsdtar", "-xOf", str(file), "--passphrase", words, entry]
    ran = subprocess.run(command, capture_output=True, check=False)
    return ran.returncode, ran.stdout


@pytest.mark.parametrize("content", [b"", b"x", CRLF, FIVE_MEGABYTES], ids=["0 B", "1 B", "CRLF", "5 MB"])
def test_7z_opens_it_byte_for_byte(content: bytes, tmp_path: Path) -> None:
    envelope = sealed(tmp_path, plain(content), plain(b"second", "b"))
    assert envelope.name == envelope.file.name == "secure-t-1.zip"
    assert envelope.evidence.verified_by == "7z"
    assert (envelope.evidence.method, envelope.evidence.cipher) == ("zip", "AES-256")
    code, files = extract(envelope.file, WORDS, tmp_path)
    assert code == 0
    assert files["document-1.csv"] == content
    assert files["document-2"] == b"second"
    listing = files["contents.txt"].decode("utf-8-sig")
    assert listing == "document-1.csv: Anna Example.csv\r\ndocument-2: b\r\n"


@pytest.mark.needs("bsdtar")
@pytest.mark.parametrize("size", SIZES)
def test_libarchive_opens_it_byte_for_byte(size: int, tmp_path: Path) -> None:
    content = FIVE_MEGABYTES[:size]
    file = sealed(tmp_path, plain(content)).file
    assert libarchive(file, WORDS, "document-1.csv") == (0, content)
    code, read = libarchive(file, "another-one", "document-1.csv")
    assert code != 0
    assert read != content or not content  # one passphrase in 65,536 passes the first check, and gives noise


def test_another_passphrase_opens_nothing(tmp_path: Path) -> None:
    code, files = extract(sealed(tmp_path, plain(CRLF)).file, "six-words-that-are-not-it", tmp_path)
    assert code == 2
    assert CRLF not in files.values()


@pytest.mark.needs("bsdtar")
def test_one_flipped_bit_of_the_content_is_refused(tmp_path: Path) -> None:
    file = sealed(tmp_path, plain(CRLF)).file
    whole = bytearray(file.read_bytes())
    whole[whole.index(b"document-1.csv") + len("document-1.csv") + 11 + 16 + 2] ^= 1
    file.write_bytes(whole)
    assert extract(file, WORDS, tmp_path)[0] == 2
    assert libarchive(file, WORDS, "document-1.csv")[0] != 0
    with pytest.raises(NotSealed, match="altered"):
        own_reader(file, [], WORDS, "other")


def test_nothing_that_stays_readable_tells_anything(tmp_path: Path) -> None:
    desk = tmp_path / "desk"
    desk.mkdir()
    ZipEncryptor().seal([plain(CRLF)], "alice@partner.example", "secure-t-1", desk, WORDS)
    assert [file.name for file in desk.iterdir()] == ["secure-t-1.zip"]
    outside = (desk / "secure-t-1.zip").read_bytes()
    for secret in (b"Anna", b"Example", b"alice", WORDS.encode(), CRLF):
        assert secret not in outside
    assert b"document-1.csv" in outside


def test_a_message_can_be_read_without_a_mail_program(tmp_path: Path) -> None:
    message = EmailMessage(policy=SMTP)
    message["From"] = "officer@council.example"
    message["Subject"] = "Änne"
    message.set_content("Dear Alice,\nthe plan.\n")
    message.add_attachment(CRLF, maintype="text", subtype="csv", filename="Änne Example.csv")
    original = message.as_bytes()
    code, files = extract(sealed(tmp_path, plain(original, "whole", "message/rfc822")).file, WORDS, tmp_path)
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
    code, files = extract(sealed(tmp_path, plain(CRLF, name)).file, WORDS, tmp_path)
    assert code == 0
    assert len(files) == 2
    listing = files["contents.txt"].decode("utf-8-sig")
    assert listing.count("\r\n") == 1


def test_the_passphrase_is_never_on_a_command_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen: list[str] = []
    start = programs.start

    def watched(command: list[str], *given: object, **named: object) -> object:
        seen.extend(command)
        return start(command, *given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(programs, "start", watched)
    monkeypatch.setattr(pipes, "start", watched)
    sealed(tmp_path, plain(CRLF))
    assert seen.count("7z") == 3
    assert not any(WORDS in argument for argument in seen)


ENTRIES = [("contents.txt", b"list"), ("document-1.csv", CRLF)]
Claimed = list[tuple[str, bytes]]


@pytest.mark.parametrize("check", [seven_zip, own_reader])
@pytest.mark.parametrize(
    "claimed",
    [
        [("contents.txt", b"list")],
        [("contents.txt", b"list"), ("document-1.csv", CRLF + b"\n")],
        [("contents.txt", b"list"), ("document-2.csv", CRLF)],
        [("contents.txt", b"lis"), ("document-1.csv", b"t" + CRLF)],
    ],
    ids=["one too many", "other bytes", "other name", "another border between two"],
)
def test_both_checkers_see_what_is_not_as_claimed(check: Checker, claimed: Claimed, tmp_path: Path) -> None:
    def held(entries: Claimed) -> list[tuple[str, Content]]:
        return [(name, Held(content)) for name, content in entries]

    file = tmp_path / "c.zip"
    write(held(ENTRIES), WORDS, file)
    assert check(file, held(ENTRIES), WORDS, "other") != ""
    with pytest.raises(NotSealed):
        check(file, held(claimed), WORDS, "other")
    with pytest.raises(NotSealed):
        check(file, held(ENTRIES), "wrong", "other")
    with pytest.raises(NotSealed, match="another passphrase"):
        check(file, held(ENTRIES), WORDS, WORDS)
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(NotSealed):
        check(file, held(ENTRIES), WORDS, "other")


def test_without_7z_our_own_reader_answers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert sealed(tmp_path, plain(CRLF)).evidence.verified_by == "own AE-2 reader"


def test_a_passphrase_that_opens_by_chance_is_noticed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("gateway.protect.passphrase.draw", lambda: WORDS)
    with pytest.raises(NotSealed, match="another passphrase"):
        sealed(tmp_path, plain(CRLF))


# ---- large: `make slow` and the nightly run ----


def digest(source: Readable) -> str:
    found = hashlib.sha256()
    for piece in iter(lambda: source.read(MEBIBYTE), b""):
        found.update(piece)
    return found.hexdigest()


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.needs("bsdtar")
@pytest.mark.parametrize("size", [2 * 1024**3, 4 * 1024**3 + 1], ids=["2 GiB", "more than 4 GiB"])
def test_large_entries_are_zip64_and_everybody_reads_them(size: int, tmp_path: Path) -> None:
    content = sparse(tmp_path, size, CRLF)
    parts = [Plain(name="large", media_type="a/b", content=content), plain(CRLF)]
    file = sealed(tmp_path, *parts).file
    with content.open() as source:
        wanted = digest(source)
    assert own_reader(file, *_claimed(file, content)) == "own AE-2 reader"
    command = ["bsdtar", "-xOf", str(file), "--passphrase", WORDS, "document-1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as reading:
        assert reading.stdout is not None
        assert digest(reading.stdout) == wanted
    assert reading.returncode == 0
    assert libarchive(file, WORDS, "document-2.csv") == (0, CRLF)


def _claimed(file: Path, content: Content) -> tuple[list[tuple[str, Content]], str, str]:
    listing = subprocess.run(
        ["7z", "e", "-so", str(file), "contents.txt"], input=f"{WORDS}\n".encode(), capture_output=True, check=True
    ).stdout
    entries = [("contents.txt", Held(listing)), ("document-1", content), ("document-2.csv", Held(CRLF))]
    return entries, WORDS, "other"


MEASURE = """
import resource, sys
from pathlib import Path
from gateway.protect import Plain
from gateway.protect.content import InFile
from gateway.protect.methods import zip_check
from gateway.protect.methods.zip_writer import ZipEncryptor
check = getattr(zip_check, sys.argv[3])
parts = [Plain(name="a", media_type="a/b", content=InFile(Path(sys.argv[1])))]
ZipEncryptor(checkers=[check]).seal(parts, "a@b.example", "secure-1", Path(sys.argv[2]), "one-two")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("check", ["seven_zip", "own_reader"])
def test_memory_does_not_grow_with_the_size(check: str, tmp_path: Path) -> None:
    peaks = []
    for size in (MEBIBYTE, 512 * MEBIBYTE):
        file = sparse(tmp_path, size).path
        desk = tmp_path / str(size)
        desk.mkdir()
        ran = subprocess.run([sys.executable, "-c", MEASURE, file, desk, check], capture_output=True, check=True)
        peaks.append(int(ran.stdout))
    assert peaks[1] - peaks[0] < 16
