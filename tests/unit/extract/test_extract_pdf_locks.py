"""Encrypted PDFs: their real strength, what an empty password opens, and passwords that the sender gave."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, Literal

import pikepdf
import pytest

from gateway.extract import Aids, Extraction, Limits
from gateway.extract.formats.pdf.locks import UNKNOWN, cipher_of, strength, weakest
from gateway.extract.walk import extract
from gateway.model.inspection import GapKind, RemarkKind, Where
from gateway.testing.sealed import sealed
from tests.unit.extract.reading import EXTRACTORS, kinds, texts
from tests.unit.extract.test_extract_pdf import pages

CORPUS = Path("../shared/corpora/pdf_encryption")
TIKA = Path("../shared/corpora/tika_extraction/encrypted")
PASSWORDS = {
    "pypdf": "asdfzxcv", "encrypted-file.pdf": "test", "pdfminer.six": "foo", "aes-256-r6.pdf": "usersecret",
}  # fmt: skip
UNICODE = '  ! < > " \\ \u20ac \u0153 \u00a4 1\u20444 1\u20442 \U0002070e \U00029d98 \U0001f600  '
STRENGTHS = [
    (pikepdf.Encryption(owner="o", user="u", R=2, aes=False, metadata=False), "RC4-40"),
    (pikepdf.Encryption(owner="o", user="u", R=3, aes=False, metadata=False), "RC4-128"),
    (pikepdf.Encryption(owner="o", user="u", R=4, aes=False, metadata=False), "RC4-128"),
    (pikepdf.Encryption(owner="o", user="u", R=4, aes=True), "AES-128"),
    (pikepdf.Encryption(owner="o", user="u", R=6), "AES-256"),
]


def opened(data: bytes, *passwords: str) -> Extraction:
    with sealed():
        return extract("x.pdf", data, Limits(), EXTRACTORS, Aids(passwords=passwords))


def locked(lock: pikepdf.Encryption, mode: pikepdf.ObjectStreamMode = pikepdf.ObjectStreamMode.preserve) -> bytes:
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(pages("943 476 5919"))) as document:
        document.save(target, encryption=lock, object_stream_mode=mode)
    return target.getvalue()


@pytest.mark.parametrize(
    ("lock", "cipher"), STRENGTHS, ids=[cipher + str(i) for i, (_, cipher) in enumerate(STRENGTHS)]
)
@pytest.mark.parametrize("mode", [pikepdf.ObjectStreamMode.disable, pikepdf.ObjectStreamMode.generate])
def test_the_real_strength_is_told(lock: pikepdf.Encryption, cipher: str, mode: pikepdf.ObjectStreamMode) -> None:
    extraction = opened(locked(lock, mode))
    assert [(gap.kind, gap.detail) for gap in extraction.gaps] == [(GapKind.ENCRYPTED, cipher)]
    assert texts(extraction) == ""


@pytest.mark.parametrize("password", ["u", "o"])
def test_the_reader_s_and_the_owner_s_password_open(password: str) -> None:
    for lock, cipher in STRENGTHS:
        extraction = opened(locked(lock), "wrong", password)
        assert "943 476 5919" in texts(extraction, Where.BODY)
        assert [(remark.kind, remark.detail) for remark in extraction.remarks] == [(RemarkKind.UNLOCKED, cipher)]
        assert extraction.gaps == ()


def test_an_owner_s_password_alone_protects_nothing() -> None:
    extraction = opened(locked(pikepdf.Encryption(owner="secret", user="")))
    assert "943 476 5919" in texts(extraction, Where.BODY)
    assert [(remark.kind, remark.detail) for remark in extraction.remarks] == [(RemarkKind.NOT_PROTECTED, "AES-256")]
    assert extraction.gaps == ()


@pytest.mark.parametrize(("revision", "password"), [(6, "pässwörd"), (6, "\ufb01x"), (4, "pässwörd"), (3, "£5")])
def test_letters_beyond_ascii_open(revision: Literal[3, 4, 6], password: str) -> None:
    spelled = password if revision == 6 else password.encode("latin-1").decode("latin-1")
    lock = pikepdf.Encryption(owner="o", user=spelled, R=revision, aes=revision > 3, metadata=revision > 3)
    assert "943 476 5919" in texts(opened(locked(lock), password), Where.BODY)


def test_a_public_key_is_a_gap_that_no_password_is_tried_on() -> None:
    for handler, cipher in ((b"/Adobe.PubSec", "public key"), (b"/Entrust.PPKEF", "public key"), (b"/FOPN", UNKNOWN)):
        data = locked(STRENGTHS[-1][0]).replace(b"/Filter /Standard", b"/Filter " + handler)
        gaps = opened(data, "u").gaps
        assert [(gap.kind, gap.detail) for gap in gaps] == [(GapKind.ENCRYPTED, cipher)]


def said(**entries: Any) -> str:  # noqa: ANN401 - PDF objects have no types
    return strength(pikepdf.Dictionary(Filter=pikepdf.Name.Standard, **entries))


def test_the_weakest_cipher_counts() -> None:
    name = pikepdf.Name
    filters = pikepdf.Dictionary(
        A=pikepdf.Dictionary(CFM=name.AESV3),
        B=pikepdf.Dictionary(CFM=name.V2, Length=5),
        C=pikepdf.Dictionary(CFM=name.Own),
    )
    assert said(V=5, CF=filters, StmF=name.A, StrF=name.A) == "AES-256"
    assert said(V=5, CF=filters, StmF=name.A, StrF=name.B) == "RC4-40"
    assert said(V=5, CF=filters, StmF=name.A, StrF=name.Identity) == "no cipher"
    assert said(V=5, CF=filters, StmF=name.A, StrF=name.C) == UNKNOWN
    assert said(V=5, CF=filters, StmF=name.A, StrF=name.A, EFF=name.B) == "RC4-40"
    assert said(V=3) == UNKNOWN
    assert said(V=2, Length=64) == "RC4"
    assert weakest(()) == UNKNOWN
    assert cipher_of(b"%PDF-1.7 damaged /Encrypt 1 0 R") == UNKNOWN


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus pdf_encryption is not here")
def test_other_peoples_locked_files() -> None:
    for file, _, verdict, version, _, method in (
        line.split("\t") for line in (CORPUS / "manifest.tsv").read_text().splitlines()[1:]
    ):
        data = (CORPUS / file).read_bytes()
        cipher = {"V2": "RC4-128", "AESV2": "AES-128", "AESV3": "AES-256"}.get(
            method, "RC4-40" if version == "1" else "RC4-128"
        )
        extraction = opened(data)
        if verdict.startswith("NEEDS"):
            assert [(gap.kind, gap.detail) for gap in extraction.gaps] == [(GapKind.ENCRYPTED, cipher)], file
        else:
            assert extraction.gaps == (), file
            assert texts(extraction, Where.BODY).strip(), file
        if verdict != "no":
            folder, name = file.split("/")
            given = opened(data, PASSWORDS.get(name, PASSWORDS[folder]))
            assert texts(given, Where.BODY).strip(), file
            kind = RemarkKind.UNLOCKED if verdict.startswith("NEEDS") else RemarkKind.NOT_PROTECTED
            assert [(remark.kind, remark.detail) for remark in given.remarks] == [(kind, cipher)], file


@pytest.mark.skipif(not TIKA.is_dir(), reason="the corpus tika_extraction is not here")
@pytest.mark.parametrize(
    ("file", "password", "text"),
    [
        ("testUnicodePassword.pdf", UNICODE, "Just some text."),
        ("testPDF_no_extract_no_accessibility_owner_user.pdf", "user", "Hello World"),
    ],
)
def test_tika_s_locked_files(file: str, password: str, text: str) -> None:
    data = (TIKA / file).read_bytes()
    assert kinds(opened(data, "wrong")) == {GapKind.ENCRYPTED}
    assert text in texts(opened(data, password), Where.BODY)
