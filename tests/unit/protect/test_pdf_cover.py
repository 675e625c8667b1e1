"""The cover of a sealed PDF: letters, lines, words; and what our own reader takes for AESV3."""

from __future__ import annotations

import re

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reportlab.pdfbase.pdfmetrics import stringWidth

from gateway.errors import NotSealed
from gateway.protect import Plain
from gateway.protect.content import Held
from gateway.protect.listing import under_true_names
from gateway.protect.methods import pdf_child
from gateway.protect.methods.pdf import LIMIT, PdfEncryptor
from gateway.protect.methods.pdf_check import is_closed
from gateway.protect.methods.pdf_cover import Block, Cover
from gateway.protect.methods.pdf_text import lines, plain, width
from gateway.protect.methods.pdf_words import BROWSER, CUT, LETTERS, LONGEST, Kind, Sender, blocks, size

WORDS = "one-two-three"
SENDER = Sender(organisation="Council", help_contact="help@council.example")
TEXTS = st.text(st.characters(codec="cp1252", exclude_categories=["C"]), max_size=80)


@given(TEXTS)
def test_a_line_is_never_wider_than_thought(text: str) -> None:
    assert stringWidth(text, "Helvetica", 11) <= width(text, 11) + 1e-6
    assert stringWidth(text, "Helvetica-Bold", 11) <= width(text, 11, bold=True) + 1e-6


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=40))
def test_ascii_is_as_wide_as_in_adobes_metrics(text: str) -> None:
    assert width(text, 10) == pytest.approx(stringWidth(text, "Helvetica", 10))


@given(st.text(max_size=300))
def test_lines_fit_and_lose_nothing(text: str) -> None:
    shown = plain(text)
    broken = list(lines(shown, 11, 100))
    assert all(width(line, 11) <= 100 for line in broken)
    assert "".join(broken).replace(" ", "") == shown.replace(" ", "")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Änne Müller, 5 € “fine”", "Änne Müller, 5 € “fine”"),
        ("Łukasz Dvořák", "?ukasz Dvorák"),
        ("名", "?"),
        ("a\tb", "a    b"),
        ("\u202egpj.exe", "?gpj.exe"),
        ("a\x00\x9fb", "a??b"),
        ("\ud800", "?"),
        ("ﬁne", "fine"),
    ],
)
def test_letters_that_the_font_lacks(text: str, shown: str) -> None:
    assert plain(text) == shown


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (2_500_000, "2.5 MB"),
        (99_950_000, "100.0 MB"),
    ],
)
def test_sizes_as_people_read_them(count: int, text: str) -> None:
    assert size(count) == text


def part(name: str, content: bytes = b"x", kind: str = "a/b", marking: str = "") -> Plain:
    return Plain(name=name, media_type=kind, content=Held(content), marking=marking)


def said(parts: list[Plain], message: bytes | None = None, marking: str = "") -> list[str]:
    return [text for _, text in blocks(under_true_names(parts), SENDER, "t-1", marking, message)]


def test_the_cover_says_from_whom_what_how_and_whom_to_ask() -> None:
    text = said([part("plan.docx", bytes(2500)), part("b.csv")], marking="OFFICIAL")
    assert text[:3] == ["Protected files from Council", "Reference: t-1", "Protective marking: OFFICIAL"]
    assert "plan.docx (2.5 kB)" in text
    assert "b.csv (1 byte)" in text
    assert BROWSER in text
    assert "help@council.example" in text[-1]
    assert LETTERS not in text
    assert said([part("名.docx")])[-1] == LETTERS


def test_a_message_is_read_on_the_cover() -> None:
    message = b"From: a@b.example\r\nSubject: The plan\r\n\r\nDear Alice,\r\nfirst.\r\n\r\nsecond.\r\n"
    text = said([part("whole", message, "message/rfc822")], message)
    assert text[0] == "A protected message from Council"
    assert "From: a@b.example\r\nSubject: The plan" in text
    assert "Dear Alice,\r\nfirst." in text
    assert "second." in text
    assert f"message.eml ({len(message)} bytes): the whole message, for a mail program" in text
    long = b"\r\n\r\n" + b"word " * (LONGEST // 5 + 1)
    assert CUT in said([part("whole", long, "message/rfc822")], long)


def test_pages_are_tagged_and_every_mark_has_its_element() -> None:
    cover = Cover("Council [t-1]", "OFFICIAL")
    cover.write([Block(kind=Kind.TITLE, text="A"), *[Block(kind=Kind.ITEM, text=f"{at} 名 " * 60) for at in range(40)]])
    with cover.finish([("a", b"", "Unspecified")]) as document:
        root = document.Root
        assert (bool(root.MarkInfo.Marked), str(root.Lang), str(root.PageMode)) == (True, "en-GB", "/UseAttachments")
        assert len(document.pages) > 2
        for number, page in enumerate(document.pages):
            assert page.StructParents == number
            content = page.Contents.read_bytes()
            marks = [int(mark) for mark in re.findall(rb"/MCID (\d+)", content)]
            elements = root.StructTreeRoot.ParentTree.Nums[2 * number + 1]
            assert marks == list(range(len(elements)))
            assert content.count(b"BDC") + content.count(b"BMC") == content.count(b"EMC")
            for mark, element in zip(marks, elements, strict=True):
                assert any(int(kid.MCID) == mark and kid.Pg.objgen == page.obj.objgen for kid in element.K)
                assert "名" in str(element.get("/ActualText", "名"))
        [document_element] = root.StructTreeRoot.K.K[1:] or [None]
        assert document_element is not None
        assert document_element.S == "/L"
        assert len(document_element.K) == 40


def encrypted(**options: object) -> bytes:
    with Cover("t", "").finish([("a", b"x", "Data")]) as document:
        document.pages.append(pikepdf.Page(pikepdf.Dictionary(Type=pikepdf.Name.Page, MediaBox=[0, 0, 9, 9])))
        return pdf_child.saved(document, pikepdf.Encryption(**options))  # type: ignore[arg-type]


@pytest.mark.filterwarnings("ignore:Encryption R=5")
@pytest.mark.parametrize(
    ("options", "is_it"),
    [
        ({"R": 6}, True),
        ({"R": 6, "metadata": False}, False),
        ({"R": 5}, False),
        ({"R": 4, "aes": True}, False),
        ({"R": 4, "aes": False, "metadata": False}, False),
        ({"R": 3, "aes": False, "metadata": False}, False),
    ],
)
def test_only_revision_6_with_metadata_is_taken(options: dict[str, object], is_it: bool) -> None:  # noqa: FBT001 - a table
    assert is_closed(encrypted(owner="o", user="u", **options)) is is_it


@pytest.mark.parametrize("bytes_", [b"", b"%PDF-1.7", b"/Encrypt 1 0 R", b"\n1 0 obj\n<<>>\nendobj /Encrypt 1 0 R"])
def test_what_is_not_encrypted_is_not_taken(bytes_: bytes) -> None:
    assert not is_closed(bytes_)


CLOSED = encrypted(R=6, owner="o", user="u")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"startxref", b"9 0 obj\n<< /HIV /Positive >>\nendobj\nstartxref"),
        (b"startxref", b"% a comment\nstartxref"),
        (b"%%EOF\n", b"%%EOF\nmore"),
        (b"/Type /ObjStm", b"/Type /Secret"),
        (b"/Type /ObjStm", b"/Name (Anna)"),
        (b"/Type /ObjStm", b"/N [ 48 57 ]"),
        (b"/Type /ObjStm", b"/Type /XRef "),
        (b"/Type /Catalog", b"/Type /Secret"),
        (b"/Type /XRef", b"/Foo (a) /Type /XRef"),
        (b"/Type /XRef", b"/Prev 9 /Type /XRef"),
        (b"/StmF /StdCF", b"/StmF /Identity"),
        (b"/Size ", b"/Sise "),
        (b"endstream", b"endstreams"),
    ],
)
def test_anything_that_tells_is_seen(before: bytes, after: bytes) -> None:
    assert is_closed(CLOSED)
    assert before in CLOSED
    at = CLOSED.rfind(b"startxref\n") + len(b"startxref\n")
    body, start = CLOSED[:at], int(CLOSED[at:].split()[0])
    changed = body.replace(before, after, 1)
    if after.endswith(b"more"):
        changed = body
    moved = start + (len(changed) - len(body) if 0 <= body.find(before) < start else 0)
    tail = CLOSED[at:].replace(b"%d" % start, b"%d" % moved)
    assert not is_closed(changed + (tail.replace(before, after) if changed == body else tail))


@given(st.integers(0, len(CLOSED) - 1))
def test_no_part_of_a_file_is_taken_for_the_file(end: int) -> None:
    assert not is_closed(CLOSED[:end])


@given(st.binary(max_size=100))
def test_any_bytes_are_unfit_to_be_encrypted_as_they_are(content: bytes) -> None:
    with pytest.raises(pdf_child.UnfitError):
        pdf_child.seal({"words": WORDS}, content)


@pytest.mark.parametrize("words", ["", "größe", "a" * 128])
def test_a_passphrase_that_readers_take_differently_is_refused(words: str, tmp_path: object) -> None:
    with pytest.raises(NotSealed, match="ASCII"):
        PdfEncryptor("Council", "").seal([part("a")], "", "secure-1", tmp_path, words)  # type: ignore[arg-type]


class Vast(Held):
    """Content that says it is larger than what a PDF takes."""

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return LIMIT + 1


def test_what_is_too_large_is_refused_and_another_method_named(tmp_path: object) -> None:
    vast = Plain(name="a", media_type="a/b", content=Vast(b""))
    with pytest.raises(NotSealed, match="larger than 100 MB") as caught:
        PdfEncryptor("Council", "").seal([vast], "", "secure-1", tmp_path, WORDS)  # type: ignore[arg-type]
    assert "zip" in str(caught.value.hint)
