"""What we seal in a PDF, qpdf and poppler open: every byte, and only with the passphrase."""

from __future__ import annotations

import hashlib
import io
import resource
import subprocess
import sys
import zlib
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pikepdf
import pytest
from reportlab.pdfgen.canvas import Canvas

from gateway.errors import NotSealed
from gateway.protect import Envelope, Plain
from gateway.protect.content import Held
from gateway.protect.listing import under_true_names
from gateway.protect.methods import pdf as method
from gateway.protect.methods import pdf_child
from gateway.protect.methods.pdf import PdfEncryptor
from gateway.protect.methods.pdf_check import is_closed
from gateway.protect.seal import Protector
from gateway.system import pipes, programs
from tests.unit.protect.sealing import ORGANISATION, Kept, seal

pytestmark = pytest.mark.needs("qpdf", "pdftotext", "pdfdetach")

MEBIBYTE = 1 << 20
FIVE_MEGABYTES = bytes(range(251)) * (5 * MEBIBYTE // 251)
CRLF = b"forename,surname\r\nAnna,Example\nmixed\r"
WORDS = "one-two-three"
SIZES = [0, 1, 15, 16, 17, MEBIBYTE - 1, MEBIBYTE, MEBIBYTE + 1, len(FIVE_MEGABYTES)]


def plain(content: bytes, name: str = "Änne Example.csv", kind: str = "text/csv", marking: str = "") -> Plain:
    return Plain(name=name, media_type=kind, content=Held(content), marking=marking)


def sealed(folder: Path, *parts: Plain) -> Envelope:
    desk = folder / "desk"
    desk.mkdir(exist_ok=True)
    envelope = PdfEncryptor("Council", "help@council.example").seal(
        parts, "alice@partner.example", "secure-t-1", desk, WORDS
    )
    assert list(desk.iterdir()) == [envelope.file]
    return envelope


def tool(*command: str | Path) -> tuple[int, str]:
    ran = subprocess.run(command, capture_output=True, check=False)
    return ran.returncode, ran.stdout.decode("utf-8", "replace")


def attached(file: Path, words: str, folder: Path) -> dict[str, bytes]:
    """Save all attached files with poppler, as a recipient would."""
    target = folder / "out"
    target.mkdir(exist_ok=True)
    tool("pdfdetach", "-upw", words, "-saveall", "-o", target, file)
    return {each.name: each.read_bytes() for each in target.iterdir()}


def written(*pages: str) -> bytes:
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=(595, 842))
    for text in pages:
        canvas.drawString(72, 700, text)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


LETTER = written("Dear Alice, Anna lives in Reading.", "Second page")


def test_a_pdf_is_encrypted_as_it_is(tmp_path: Path) -> None:
    envelope = sealed(tmp_path, plain(LETTER, "letter.pdf", "application/pdf"))
    assert (envelope.name, envelope.media_type) == ("secure-t-1.pdf", "application/pdf")
    evidence = envelope.evidence
    assert (evidence.method, evidence.cipher, evidence.verified_by) == ("pdf", "AES-256", "PDFium, own reader")
    assert "the document itself" in evidence.status
    assert "no integrity protection" in evidence.status
    code, text = tool("pdftotext", "-upw", WORDS, envelope.file, "-")
    assert code == 0
    assert text.split("\f")[:2] == ["Dear Alice, Anna lives in Reading.\n\n", "Second page\n\n"]
    assert attached(envelope.file, WORDS, tmp_path) == {}


@pytest.mark.parametrize("parts", [[plain(LETTER, "letter.pdf")], [plain(CRLF), plain(b"2", "b")]])
def test_the_encryption_is_revision_6_of_everything(parts: list[Plain], tmp_path: Path) -> None:
    file = sealed(tmp_path, *parts).file
    code, says = tool("qpdf", f"--password={WORDS}", "--show-encryption", file)
    assert code == 0
    assert "R = 6\n" in says
    for what in ("stream", "string", "file"):
        assert f"{what} encryption method: AESv3" in says
    assert "not allowed" not in says
    assert tool("qpdf", f"--password={WORDS}", "--check", file)[0] == 0
    with pikepdf.open(file, password=WORDS) as document:
        assert (document.encryption.bits, document.encryption.R, document.encryption.V) == (256, 6, 5)
        assert document.user_password_matched
        assert not document.owner_password_matched
        assert document.trailer.Encrypt.get("/EncryptMetadata", True)


@pytest.mark.parametrize("words", ["", "six-words-that-are-not-it"])
@pytest.mark.parametrize("parts", [[plain(LETTER, "letter.pdf")], [plain(CRLF)]])
def test_no_passphrase_and_another_open_nothing(parts: list[Plain], words: str, tmp_path: Path) -> None:
    file = sealed(tmp_path, *parts).file
    assert tool("qpdf", f"--password={words}", "--check", file)[0] == 2
    assert tool("pdftotext", "-upw", words, file, "-") == (1, "")
    assert tool("pdftotext", "-opw", words, file, "-") == (1, "")
    assert attached(file, words, tmp_path) == {}
    with pytest.raises(pikepdf.PasswordError):
        pikepdf.open(file, password=words)


@pytest.mark.parametrize("size", SIZES)
def test_a_file_is_attached_byte_for_byte(size: int, tmp_path: Path) -> None:
    content = FIVE_MEGABYTES[:size]
    envelope = sealed(tmp_path, plain(content))
    assert "1 files attached inside; same bytes" in envelope.evidence.status
    assert attached(envelope.file, WORDS, tmp_path) == {"Änne Example.csv": content}
    shown = subprocess.run(
        ["qpdf", f"--password={WORDS}", "--show-attachment=Änne Example.csv", envelope.file],
        capture_output=True,
        check=True,
    )
    assert shown.stdout == content


def test_several_files_and_the_page_that_lists_them(tmp_path: Path) -> None:
    parts = [plain(CRLF, marking="OFFICIAL"), plain(b"2", "Änne Example.csv"), plain(LETTER, "letter.pdf")]
    file = sealed(tmp_path, *parts).file
    files = {"Änne Example.csv": CRLF, "Änne Example-2.csv": b"2", "letter.pdf": LETTER}
    assert attached(file, WORDS, tmp_path) == files
    _, text = tool("pdftotext", "-upw", WORDS, file, "-")
    for wanted in ("Protected files from Council", "Reference: t-1", "Änne Example-2.csv (1 byte)", "OFFICIAL"):
        assert wanted in text
    assert "help@council.example" in text
    _, tags = tool("pdfinfo", "-upw", WORDS, "-struct", file)
    assert [line.strip() for line in tags.splitlines()][:3] == ["Document", "H1 (block)", "P (block)"]
    _, about = tool("pdfinfo", "-upw", WORDS, file)
    assert "Tagged:          yes" in about
    assert "Title:           Council [t-1]" in about


def test_a_message_can_be_read_on_the_page_and_saved_whole(tmp_path: Path) -> None:
    message = EmailMessage(policy=SMTP)
    message["From"] = "officer@council.example"
    message["Subject"] = "Änne"
    message.set_content("Dear Alice,\nthe plan.\n")
    message.add_attachment(CRLF, maintype="text", subtype="csv", filename="Änne Example.csv")
    original = message.as_bytes()
    file = sealed(tmp_path, plain(original, "whole", "message/rfc822")).file
    files = attached(file, WORDS, tmp_path)
    assert set(files) == {"message.eml", "message.txt", "Änne Example.csv"}
    assert files["message.eml"] == original
    assert files["Änne Example.csv"] == CRLF
    _, text = tool("pdftotext", "-upw", WORDS, file, "-")
    assert "Subject: Änne" in text
    assert "Dear Alice,\nthe plan." in text
    with pikepdf.open(file, password=WORDS) as document:
        kinds = {name: str(document.attachments[name].relationship) for name in document.attachments}
    assert kinds == {"message.eml": "/Source", "message.txt": "/Unspecified", "Änne Example.csv": "/Unspecified"}


def test_nothing_outside_tells_anything(tmp_path: Path) -> None:
    for parts in ([plain(CRLF)], [plain(LETTER, "letter.pdf")]):
        outside = sealed(tmp_path, *parts).file.read_bytes()
        for secret in ("Änne", "Example", "alice", "Council", "Anna", "letter.pdf", WORDS):
            assert secret.encode() not in outside
            assert secret.encode("utf-16-be") not in outside


def form() -> bytes:
    """A form whose names tell, and a source that says which one it is."""
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(LETTER)) as document:
        name = pikepdf.Name("/HIV-Positive")
        box = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Widget, Rect=[0, 0, 9, 9])
        box.FT, box.V, box.AS, box.T = pikepdf.Name.Btn, name, name, pikepdf.String("result")
        document.pages[0].Annots = pikepdf.Array([document.make_indirect(box)])
        document.Root.AcroForm = pikepdf.Dictionary(Fields=document.pages[0].Annots)
        document.Root.OCProperties = pikepdf.Dictionary(D=pikepdf.Dictionary(Name=name))
        document.Root.PageMode = name
        document.pages[0].Contents.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary({"/HIV-Positive": 1}))
        document.trailer.DocChecksum = pikepdf.Name("/HIV-Positive")
        document.trailer.ID = pikepdf.Array([b"HIV-Positive-one", b"HIV-Positive-two"])
        document.save(target)
    return target.getvalue()


def test_no_name_and_no_identifier_of_a_document_stands_outside(tmp_path: Path) -> None:
    source = form()
    envelope = sealed(tmp_path, plain(source, "form.pdf"))
    assert "the document itself" in envelope.evidence.status
    outside = envelope.file.read_bytes()
    assert b"Positive" in source
    assert b"Positive" not in outside
    assert b"HIV-Positive-one".hex().encode() not in outside
    with pikepdf.open(envelope.file, password=WORDS) as document:
        assert document.pages[0].Annots[0].V == document.Root.OCProperties.D.Name == document.Root.PageMode
        assert str(document.Root.PageMode) == "/HIV-Positive"
        first = bytes(document.trailer.ID[0])
    with pikepdf.open(sealed(tmp_path, plain(source, "form.pdf")).file, password=WORDS) as document:
        assert bytes(document.trailer.ID[0]) != first, "drawn anew"


def test_a_document_with_a_marking_owed_shows_it_on_a_cover(tmp_path: Path) -> None:
    envelope = sealed(tmp_path, plain(LETTER, "letter.pdf", "application/pdf", "OFFICIAL-SENSITIVE"))
    assert "OFFICIAL-SENSITIVE" in tool("pdftotext", "-upw", WORDS, envelope.file, "-")[1]
    assert attached(envelope.file, WORDS, tmp_path) == {"letter.pdf": LETTER}


def test_one_flipped_bit_is_not_noticed_by_the_format(tmp_path: Path) -> None:
    """AES-256-CBC without authentication (ISO 32000-2, 7.6.3.1): said in the evidence, and shown here.

    Sixteen bytes are garbled, one bit is changed, and no PDF program need complain. Our own check would.
    """
    file = sealed(tmp_path, plain(FIVE_MEGABYTES)).file
    whole = bytearray(file.read_bytes())
    whole[len(whole) // 2] ^= 1
    file.write_bytes(whole)
    read = attached(file, WORDS, tmp_path)["Änne Example.csv"]
    assert len(read) == len(FIVE_MEGABYTES)
    assert 1 <= sum(one != other for one, other in zip(read, FIVE_MEGABYTES, strict=True)) <= 17
    with pytest.raises(NotSealed, match="does not find"):
        method._verify(file, under_true_names([plain(FIVE_MEGABYTES)]), WORDS, "other")


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "a\r\nb: c",
        "-o/tmp",
        "@list",
        "\u202egpj.exe",
        "con.txt",
        "\ud800",
        "🙂",
        "a" * 500,
        "",
        "()\\<",
    ],
)
def test_hostile_names_stay_inside(name: str, tmp_path: Path) -> None:
    file = sealed(tmp_path, plain(CRLF, name)).file
    with pikepdf.open(file, password=WORDS) as document:
        [[key, attachment]] = document.attachments.items()
        assert key == attachment.filename
        assert not any(character in key for character in "/\r\n\u202e")
        assert attachment.get_file().read_bytes() == CRLF


def changed(content: bytes, **save: object) -> bytes:
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as document:
        document.save(target, **save)  # type: ignore[arg-type]
    return target.getvalue()


def signed(kind: str) -> bytes:
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(LETTER)) as document:
        signature = pikepdf.Dictionary(Type=pikepdf.Name.Sig, ByteRange=[0, 1, 2, 3], Contents=b"x")
        if kind == "field":
            field = pikepdf.Dictionary(FT=pikepdf.Name.Sig, V=document.make_indirect(signature))
            document.Root.AcroForm = pikepdf.Dictionary(Fields=[field], SigFlags=3)
        elif kind == "somewhere":
            document.Root.Other = document.make_indirect(signature)
        elif kind == "within":
            document.Root.PieceInfo = pikepdf.Dictionary(X=pikepdf.Dictionary(Private=signature))
        elif kind == "of a stream":
            document.pages[0].Contents.Other = pikepdf.Array([signature])
        elif kind == "usage rights":
            document.Root.Perms = pikepdf.Dictionary(UR3=document.make_indirect(signature))
        else:
            document.Root.AcroForm = pikepdf.Dictionary(Fields=[], XFA=b"<xdp/>")
        document.save(target)
    return target.getvalue()


def told(where: str) -> bytes:
    """A letter that says something in names and keys, where the format has no place within encrypted streams."""
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(LETTER)) as document:
        places = {"catalogue": document.Root, "stream": document.pages[0].Contents, "trailer": document.trailer}
        places[where]["/HIV-Positive"] = pikepdf.String("SECRET")
        document.save(target)
    return target.getvalue()


def pictures() -> bytes:
    """Pictures so small that most of the file is what is said of them, as qpdf writes it."""
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(LETTER)) as document:
        page = document.pages[0]
        for number in range(300):
            picture = document.make_stream(
                b"",
                Type=pikepdf.Name.XObject,
                Subtype=pikepdf.Name.Image,
                BitsPerComponent=8,
                ColorSpace=pikepdf.Name.DeviceGray,
                Interpolate=True,
                Width=1,
                Height=1,
            )
            page.add_resource(picture, pikepdf.Name.XObject, pikepdf.Name(f"/I{number}"))
        document.save(target)
    return target.getvalue()


def blank(pages: int) -> bytes:
    target = io.BytesIO()
    with pikepdf.new() as document:
        for _ in range(pages):
            document.add_blank_page()
        document.save(target)
    return target.getvalue()


@pytest.mark.parametrize("content", [blank(60), pictures(), LETTER], ids=["blank pages", "pictures", "a letter"])
def test_an_ordinary_document_is_not_taken_for_unsealed(content: bytes) -> None:
    protector = Protector(ORGANISATION, [PdfEncryptor("Council", "")], ["pdf"])
    assert seal(protector, [plain(content, "a.pdf")], Kept())[0].method == "pdf"


def bomb() -> bytes:
    """A stream of objects that is a thousand times larger than it seems."""
    packed = zlib.compress(b"1 0 " + b" " * (200 << 20) + b"<<>>", 9)
    objects = (
        b"1 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream\nendobj\n"
    )
    body = b"%PDF-1.7\n" + objects % (len(packed), packed)
    table = bytes([1, 0, 9, 0, 2, 0, 1, 0]) + bytes(4)
    start = len(body)
    body += b"3 0 obj\n<< /Type /XRef /Size 4 /W [1 2 1] /Index [1 3] /Root 2 0 R /Length 12 >>\nstream\n"
    return body + table + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % start


DIFFICULT = {
    "signed": signed("field"),
    "signed somewhere": signed("somewhere"),
    "signed within another dictionary": signed("within"),
    "signed in the dictionary of a stream": signed("of a stream"),
    "usage rights": signed("usage rights"),
    "a key of its own in the catalogue": told("catalogue"),
    "a key of its own beside a stream": told("stream"),
    "a key of its own in the trailer": told("trailer"),
    "known again by syntax": pictures(),
    "XFA": signed("XFA"),
    "locked": changed(LETTER, encryption=pikepdf.Encryption(owner="o", user="u")),
    "locked with an empty passphrase": changed(LETTER, encryption=pikepdf.Encryption(owner="o", user="")),
    "cut short": LETTER[: len(LETTER) // 2],
    "nothing but a beginning": b"%PDF-1.7\n",
    "noise": b"%PDF-1.7\n" + FIVE_MEGABYTES[:100_000],
    "deep": b"%PDF-1.7\n1 0 obj\n" + b"[" * 1_000_000,
    "bomb": bomb(),
    "no pages": b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    b"trailer<</Root 1 0 R/Size 3>>\n%%EOF",
    "its own parent": b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[2 0 R]/Count 1>>"
    b"endobj\ntrailer<</Root 1 0 R/Size 3>>\n%%EOF",
}


@pytest.mark.parametrize("kind", DIFFICULT)
def test_a_pdf_that_would_suffer_goes_inside_a_cover_byte_for_byte(kind: str, tmp_path: Path) -> None:
    envelope = sealed(tmp_path, plain(DIFFICULT[kind], "difficult.pdf", "application/pdf"))
    assert "1 files attached inside" in envelope.evidence.status
    assert attached(envelope.file, WORDS, tmp_path) == {"difficult.pdf": DIFFICULT[kind]}


@pytest.mark.parametrize("mode", list(pikepdf.ObjectStreamMode))
def test_streams_of_objects_are_encrypted_too(mode: pikepdf.ObjectStreamMode, tmp_path: Path) -> None:
    envelope = sealed(tmp_path, plain(changed(LETTER, object_stream_mode=mode), "a.pdf"))
    assert "the document itself" in envelope.evidence.status
    assert is_closed(envelope.file.read_bytes())
    assert "Anna lives in Reading" in tool("pdftotext", "-upw", WORDS, envelope.file, "-")[1]


def test_an_empty_owner_password_is_noticed(tmp_path: Path) -> None:
    """The trap of the format: such a file says AES-256 and opens without any passphrase."""
    with pikepdf.open(io.BytesIO(LETTER)) as document:
        target = pdf_child.saved(document, pikepdf.Encryption(owner="", user=WORDS, R=6))
    file = tmp_path / "a.pdf"
    file.write_bytes(target)
    assert is_closed(target)
    with pytest.raises(NotSealed, match="without its passphrase"):
        method._verify(file, (), WORDS, "other")
    with pytest.raises(NotSealed, match="without its passphrase"):
        method._verify(sealed(tmp_path, plain(LETTER, "a.pdf")).file, (), WORDS, WORDS)


def test_the_passphrase_is_never_on_a_command_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen: list[str] = []
    start = programs.start

    def watched(command: list[str], *given: object, **named: object) -> object:
        seen.extend(command)
        return start(command, *given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(pipes, "start", watched)
    sealed(tmp_path, plain(LETTER, "letter.pdf"))
    assert seen.count("gateway.protect.methods.pdf_child") == 2
    assert not any(secret in argument for argument in seen for secret in (WORDS, "letter", "t-1"))


def test_a_child_that_dies_seals_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(method, "CHILD", (sys.executable, "-c", "import os; os.abort()"))
    with pytest.raises(NotSealed, match="could not be written"):
        sealed(tmp_path, plain(LETTER, "letter.pdf"))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_largest_that_is_taken(tmp_path: Path) -> None:
    content = FIVE_MEGABYTES * 19
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    file = sealed(tmp_path, plain(content)).file
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150 * 1024  # it is only read back whole
    [saved] = attached(file, WORDS, tmp_path).values()
    assert hashlib.sha256(saved).digest() == hashlib.sha256(content).digest()
