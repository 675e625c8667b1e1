"""Mark-up that swells, reaches out, nests without end, and other people's broken files."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

import pytest

from gateway.extract import Limits
from gateway.model.inspection import GapKind
from tests.unit.extract.reading import XML, kinds, office, opened, texts

TIKA = Path("../shared/corpora/tika_extraction")
MAIL = Path("../shared/corpora/mail_parser_fixtures")
LOCKED_OFFICE = Path("../shared/corpora/msoffcrypto_encrypted")
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
ATTACKS = {
    "billion laughs": f'{XML}<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]><x>&l9;</x>',
    "external entity": f'{XML}<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
    "parameter entity": f'{XML}<!DOCTYPE x [<!ENTITY % e SYSTEM "http://127.0.0.1/x">%e;]><x>y</x>',
}


@pytest.mark.parametrize("part", ["word/document.xml", "docProps/core.xml", "xl/sharedStrings.xml", "xl/styles.xml"])
@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
def test_an_entity_is_refused(part: str, attack: str) -> None:
    extraction = opened(office("docx", {part: attack}), "x.docx")
    assert [(gap.kind, gap.detail) for gap in extraction.gaps] == [(GapKind.CORRUPT, "EntityDeclared")]
    everything = texts(extraction)
    assert "root:" not in everything
    assert len(everything) < 10_000


def test_two_hundred_thousand_nested_divs() -> None:
    extraction = opened(b"<div>" * 200_000 + b"943 476 5919", "x.html")
    assert kinds(extraction) == {GapKind.TOO_DEEP}
    assert "943 476 5919" in texts(extraction)


def test_deep_elements_in_a_document_cost_no_recursion() -> None:
    deep = f"{XML}<w:document xmlns:w='w'>{'<w:x>' * 100_000}<w:p>943 476 5919</w:p>{'</w:x>' * 100_000}</w:document>"
    assert "943 476 5919" in texts(opened(office("docx", {"word/document.xml": deep}), "x.docx"))


def test_three_thousand_messages_in_one_another() -> None:
    mail = b"From: a@b\nSubject: x\n"
    for number in range(3_000):
        mail += b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (number, number)
    extraction = opened(mail + b"\n943 476 5919", "x.eml")
    assert kinds(extraction) == {GapKind.TOO_DEEP}
    assert "943 476 5919" in texts(extraction)


def test_ten_thousand_attachments_stop_at_the_limit() -> None:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "a@example.org", "x"
    mail.set_content("text")
    mail.add_attachment(b"x", "application", "octet-stream", filename="a")
    raw = bytes(mail)
    boundary = mail.get_boundary() or ""
    attachment = raw.split(b"--" + boundary.encode())[2]
    many = raw.replace(attachment, (attachment + b"--" + boundary.encode()) * 3_000 + attachment)
    extraction = opened(many, "x.eml", Limits(parts=100))
    assert GapKind.TOO_MANY in kinds(extraction)
    assert len(extraction.parts) <= 100


@pytest.mark.parametrize("folder", [TIKA, MAIL, LOCKED_OFFICE], ids=["tika", "mail", "locked office"])
def test_no_file_of_other_people_is_passed_over_in_silence(folder: Path) -> None:
    if not folder.is_dir():
        pytest.skip(f"the corpus {folder.name} is not here")
    silent = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith(("LICENSE", "README", "manifest")):
            extraction = opened(path.read_bytes(), path.name)
            if not extraction.gaps and not texts(extraction).strip():
                silent.append(path.name)
    assert silent == []


@pytest.mark.skipif(not TIKA.is_dir(), reason="the corpus tika_extraction is not here")
def test_every_locked_file_of_other_people_is_a_gap() -> None:
    open_ones = [p.name for p in (TIKA / "encrypted").iterdir() if not opened(p.read_bytes(), p.name).gaps]
    assert open_ones == []
