"""`gateway extract`, `classify` and `doctor` on real files: text with its place, remarks, gaps, passwords."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
import pyzipper

from gateway.cli import show
from gateway.extract import Extraction
from gateway.model.inspection import Gap, GapKind, OpenedPart, Remark, RemarkKind, Segment, Where
from gateway.record import plain
from gateway.system.sandbox import describe_kernel
from gateway.testing.documents import docx
from gateway.testing.values import a_transfer, an_inspection
from tests.unit.cli.asking import ask

ENVELOPE = ("--from", "staff@exampleshire.example", "--to", "friend@partner.example")
REMARK = Remark(part="a.zip", kind=RemarkKind.UNLOCKED, detail="AES-256")
needs_walls = pytest.mark.skipif(not all(describe_kernel().values()), reason="this kernel has no landlock or seccomp")


def extraction(*texts: str) -> Extraction:
    segments = tuple(Segment(where=Where.HEADER, text=text, name="h") for text in texts)
    part = OpenedPart(part="a.docx", media_type="text/plain", sha256="0", segments=segments)
    gap = Gap(part="a.docx/1/b", kind=GapKind.ENCRYPTED, detail="AES-256")
    return Extraction(parts=(part,), gaps=(gap,), remarks=(REMARK,))


def test_a_person_sees_where_text_stood_and_its_first_words(capsys: pytest.CaptureFixture[str]) -> None:
    show.print_extraction(extraction("first  line\nsecond\x1b[2J", "word " * 100_000, *["x"] * 40), whole=False)
    said = capsys.readouterr().out
    lines = said.splitlines()
    assert lines[0] == "a.docx  text/plain"
    assert lines[1] == "  header (h): first line second?[2J"
    assert lines[2].startswith("  header (h): word word ")
    assert lines[2].endswith(" ... (500000 characters)")
    assert "and 22 more pieces of text" in said
    assert any(line.split() == ["a.docx/1/b", "encrypted", "AES-256"] for line in lines)
    assert "opened with a password that the sender gave" in said
    assert max(map(len, lines)) < 200


def test_all_text_is_shown_when_it_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    show.print_extraction(extraction("one\n\ttwo", "word " * 1000, *["x"] * 40), whole=True)
    said = capsys.readouterr().out
    assert "  [header (h)]\n    one\n" in said
    assert "word " * 1000 in said
    assert "more pieces" not in said


def test_programs_get_the_promised_form_and_the_remarks() -> None:
    shown = json.loads(json.dumps(show.extraction("p/a.docx", extraction("one"))))
    assert shown == {
        "path": "p/a.docx",
        "media_type": "text/plain",
        "parts": [
            {
                "part": "a.docx",
                "media_type": "text/plain",
                "sha256": "0",
                "segments": [{"where": "header", "text": "one", "name": "h"}],
            }
        ],
        "gaps": [{"part": "a.docx/1/b", "kind": "encrypted", "detail": "AES-256"}],
        "remarks": [{"part": "a.zip", "kind": "unlocked", "detail": "AES-256"}],
    }


@pytest.mark.parametrize("kind", RemarkKind)
def test_every_remark_has_words(kind: RemarkKind) -> None:
    assert show.REMARKS[kind]


def test_a_transfer_shows_its_remarks(capsys: pytest.CaptureFixture[str]) -> None:
    transfer = a_transfer(inspection=replace(an_inspection(), remarks=(REMARK,)))
    show.print_transfer(transfer)
    assert "opened with a password that the sender gave" in capsys.readouterr().out
    assert plain.transfer(transfer)["remarks"] == [{"part": "a.zip", "kind": "unlocked", "detail": "AES-256"}]


def locked(path: Path) -> Path:
    with pyzipper.AESZipFile(path, "w", encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(b"quetzal")
        archive.writestr("plan.docx", docx(["A plan."], header="PROTECT"))
    return path


@needs_walls
def test_extract_and_classify_look_inside_with_a_password_and_say_so(bare: Path, tmp_path: Path) -> None:
    file, words = locked(tmp_path / "a.zip"), tmp_path / "words.txt"
    words.write_text("quetzal\n")
    said = ask(bare, "extract", str(file), "--password-file", str(words))
    assert "  header" in said.out
    assert "PROTECT" in said.out
    [line] = ask(bare, "classify", str(file), "--password-file", str(words), "--json").out.splitlines()
    seen = json.loads(line)
    assert (seen["effective_tier"], seen["gaps"]) == ("PROTECT", [])
    assert {"part": "a.zip/plan.docx", "kind": "unlocked", "detail": "AES-256"} in seen["remarks"]
    without = ask(bare, "classify", str(file))
    assert ["a.zip/plan.docx", "encrypted", "AES-256"] in [each.split() for each in without.out.splitlines()]
    assert "quetzal" not in said.out + line + without.out


@pytest.mark.parametrize("command", ["extract", "classify", "explain", "send"])
def test_a_file_of_passwords_that_is_none_is_wrong_usage(config: Path, tmp_path: Path, command: str) -> None:
    file, words = tmp_path / "minutes.txt", tmp_path / "words.txt"
    file.write_text("Minutes")
    words.write_bytes(b"caf\xe9")
    envelope = ENVELOPE if command in {"explain", "send"} else ()
    said = ask(config, command, str(file), *envelope, "--password-file", str(words))
    assert said.code == 2
    assert "one a line" in said.err
    assert ask(config, command, str(file), *envelope, "--password-file", str(tmp_path / "none")).code == 4


def test_a_file_of_passwords_is_never_sent(config: Path, tmp_path: Path) -> None:
    file = tmp_path / "minutes.zip.passwords"
    file.write_text("quetzal")
    said = ask(config, "send", str(file), *ENVELOPE)
    assert said.code == 2
    assert "--password-file" in said.err
    assert ask(config, "transfers", "list", "--json").out == ""


@needs_walls
def test_doctor_says_which_libraries_read_and_that_the_sandbox_works(config: Path) -> None:
    said = ask(config, "doctor").out
    for what in ("libarchive", "libmagic", "pictures are read by", "content is opened behind landlock, seccomp"):
        assert any(what in line and line.startswith("ok") for line in said.splitlines()), what


def test_doctor_notes_that_one_worker_leaves_none_for_what_is_quick(config: Path) -> None:
    line = "note     there is one inspection worker: none is kept free"
    assert line not in ask(config, "doctor").out
    config.write_text(config.read_text() + "inspection: {workers: 1}\n")
    assert line in ask(config, "doctor").out


@needs_walls
def test_an_archive_that_is_also_something_else_is_remarked_on(bare: Path, tmp_path: Path) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("a.txt", "words")
    file = tmp_path / "picture.png"
    file.write_bytes(target.getvalue())
    said = ask(bare, "extract", str(file)).out
    assert "its name says another type" in said
