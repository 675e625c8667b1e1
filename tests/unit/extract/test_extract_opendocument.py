from __future__ import annotations

import base64
import hashlib
import zlib

import pytest
from cryptography.hazmat.decrepit.ciphers.algorithms import Blowfish
from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from gateway.extract import Aids, Extraction, Limits
from gateway.extract.walk import extract
from gateway.model.inspection import GapKind, RemarkKind, Where
from gateway.testing.canaries import CanaryDocument
from gateway.testing.canaries.opendocument import documents
from gateway.testing.canaries.opendocument_parts import HIDING, SPACES
from gateway.testing.sealed import sealed
from tests.unit.extract.reading import EXTRACTORS, XML, archive, kinds, opened, texts

LEAST = {"odt": 38, "ods": 30, "odp": 27}
TEXT, SHEET = "application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.spreadsheet"
ALGORITHMS = {
    "cbc": "http://www.w3.org/2001/04/xmlenc#aes256-cbc",
    "gcm": "http://www.w3.org/2009/xmlenc11#aes256-gcm",
    "blowfish": "Blowfish CFB",
}


def content(body: str, before: str = "") -> str:
    styles = f"<office:automatic-styles>{HIDING}</office:automatic-styles>"
    return (
        f"{XML}<office:document-content {SPACES}>{styles}<office:body>"
        f"<office:text>{before}{body}</office:text></office:body>"
        "</office:document-content>"
    )


def text(body: str, before: str = "") -> bytes:
    return archive({"mimetype": TEXT, "content.xml": content(body, before)})


@pytest.mark.parametrize("document", list(documents()), ids=lambda document: document.kind)
def test_every_canary_comes_out(document: CanaryDocument) -> None:
    extraction = opened(document.data, document.name)
    assert len(document.canaries) >= LEAST[document.kind]
    assert document.missing(texts(extraction)) == ()
    assert extraction.gaps == ()
    assert extraction.remarks == ()


SPLIT = {
    "span": "943 4<text:span text:style-name='T1'>76</text:span> 5919",
    "spaces": "943<text:s/>476<text:s text:c='1'/>5919",
    "bookmark": "943 4<text:bookmark text:name='BOOKMARK'/>76 5919",
    "note": (
        "943 4<text:note><text:note-citation>1</text:note-citation><text:note-body>"
        "<text:p>NOTE</text:p></text:note-body></text:note>76 5919"
    ),
    "remark": (
        "943 4<office:annotation><dc:creator>WHO</dc:creator><text:p>REMARK</text:p></office:annotation>76 5919"
    ),
    "frame": "943 4<draw:frame><draw:text-box><text:p>BOXED</text:p></draw:text-box></draw:frame>76 5919",
    "shape": "943 4<draw:custom-shape><text:p>SHAPED</text:p></draw:custom-shape>76 5919",
    "page break mark": "943 4<text:soft-page-break/>76 5919",
    "hidden run": "943 4<text:span text:style-name='Hid'>UNSEEN</text:span>76 5919",
    "deletion": "943 4<text:change text:change-id='c1'/>76 5919",
    "field": "943 4<text:user-field-get text:name='x'>76</text:user-field-get> 5919",
    "ruby": (
        "943 4<text:ruby><text:ruby-base>76</text:ruby-base><text:ruby-text>SAID</text:ruby-text></text:ruby> 5919"
    ),
}


@pytest.mark.parametrize("inside", SPLIT.values(), ids=SPLIT.keys())
def test_mark_up_does_not_split_an_identifier(inside: str) -> None:
    change = (
        "<text:tracked-changes><text:changed-region text:id='c1'><text:deletion>"
        "<text:p>GONE</text:p></text:deletion></text:changed-region>"
        "</text:tracked-changes>"
    )
    extraction = opened(text(f"<text:p>{inside}</text:p>", change), "x.odt")
    assert texts(extraction, Where.BODY) == "943 476 5919\n"
    assert extraction.gaps == ()


def region(number: int, kind: str, deleted: str = "") -> str:
    info = "<office:change-info><dc:creator>WHO</dc:creator></office:change-info>"
    return f"<text:changed-region text:id='c{number}'><text:{kind}>{info}{deleted}</text:{kind}></text:changed-region>"


def test_a_number_that_was_whole_before_tracked_changes_comes_out_whole() -> None:
    known = region(1, "insertion") + region(2, "deletion", "<text:p>5919</text:p>") + region(3, "insertion")
    body = (
        "<text:p>943 4<text:change-start text:change-id='c1'/>NEW<text:change-end "
        "text:change-id='c1'/>76 5919</text:p>"
        "<text:p>943 477 <text:change text:change-id='c2'/></text:p>"
        "<text:p>943 478<text:change-start text:change-id='c3'/></text:p><text:p>between</text:p>"
        "<text:p><text:change-end text:change-id='c3'/> 5919</text:p>"
    )
    extraction = opened(text(body, f"<text:tracked-changes>{known}</text:tracked-changes>"), "x.odt")
    before = [s.text for s in extraction.parts[0].segments if s.name == "before"]
    assert before == ["943 476 5919\n943 477 5919\n943 478 5919\n"]
    assert "WHO" in texts(extraction, Where.TRACKED)


def test_cells_say_what_they_hold_where_they_show_less() -> None:
    def cell(shown: str, said: str) -> str:
        return f"<table:table-cell {said}><text:p>{shown}</text:p></table:table-cell>"

    row = (
        cell("9.43E+09", "office:value-type='float' office:value='9434765919'")
        + cell("943 476 5919", "office:value-type='float' office:value='9434765919'")
        + cell("31/01/80", "office:value-type='date' office:date-value='1980-01-31'")
        + cell("3.5", "office:value-type='float' office:value='3.5'")
    )
    table = f"<table:table><table:table-row>{row}</table:table-row></table:table>"
    extraction = opened(archive({"mimetype": SHEET, "content.xml": content(table)}), "x.ods")
    assert texts(extraction, Where.BODY) == "9.43E+09 (9434765919)\t943 476 5919\t31/01/80 (1980-01-31)\t3.5\n"


def test_hidden_columns_keep_their_row() -> None:
    cells = "".join(
        f"<table:table-cell><text:p>{each}</text:p></table:table-cell>" for each in ("NHS number", "943 476 5919")
    )
    table = (
        "<table:table><table:table-column/><table:table-column "
        f"table:visibility='collapse'/><table:table-row>{cells}</table:table-row>"
        "</table:table>"
    )
    extraction = opened(archive({"mimetype": SHEET, "content.xml": content(table)}), "x.ods")
    assert texts(extraction, Where.BODY).strip() == "NHS number"
    assert texts(extraction, Where.HIDDEN).strip().split("\t") == ["943 476 5919", "NHS number"]


def test_a_style_hides_what_a_style_that_follows_it_hides() -> None:
    styles = (
        f"{XML}<office:document-styles {SPACES}><office:styles><style:style "
        "style:name='Secret'><style:text-properties text:display='none'/></style:style>"
        "</office:styles></office:document-styles>"
    )
    own = "<style:style style:name='Own' style:parent-style-name='Secret'/>"
    body = content("<text:p>seen</text:p><text:p text:style-name='Own'>UNSEEN</text:p>").replace(HIDING, own)
    extraction = opened(archive({"mimetype": TEXT, "content.xml": body, "styles.xml": styles}), "x.odt")
    assert texts(extraction, Where.BODY).strip() == "seen"
    assert texts(extraction, Where.HIDDEN).strip() == "UNSEEN"


def test_a_preview_of_an_object_is_read_by_its_strings() -> None:
    def action(number: int, body: bytes) -> bytes:
        return number.to_bytes(2, "little") + b"\1\0" + len(body).to_bytes(4, "little") + body

    header = b"VCLMTF" + b"\1\0" + (4).to_bytes(4, "little") + bytes(4)
    words = action(112, b"\0\0\0\0" + "PREVIEW".encode("utf-16-le"))
    made = {"mimetype": TEXT, "content.xml": content("<text:p>x</text:p>")}
    extraction = opened(archive({**made, "ObjectReplacements/Object 1": header + words}), "x.odt")
    assert "PREVIEW" in texts(extraction, Where.HIDDEN)
    assert extraction.gaps == ()
    drawn = opened(archive({**made, "ObjectReplacements/Object 1": header + words + action(116, bytes(9000))}), "x.odt")
    assert kinds(drawn) == {GapKind.IMAGE_NOT_READ}
    cut = opened(archive({**made, "ObjectReplacements/Object 1": header + words[:-3]}), "x.odt")
    assert kinds(cut) == {GapKind.UNSUPPORTED}


def locked(how: str, password: str, rounds: int = 1000) -> bytes:
    """Return a text document encrypted as LibreOffice does it, with AES-256, or as OpenOffice did, with Blowfish."""
    files = {
        "content.xml": content("<text:p>943 476 5919</text:p>").encode(),
        "meta.xml": f"{XML}<m><t>TITLE</t></m>".encode(),
    }
    rows, parts = "", {"mimetype": TEXT.encode()}
    for number, (name, inside) in enumerate(files.items()):
        salt, start = (
            bytes([number]) * 16,
            bytes([number + 1]) * (12 if how == "gcm" else 8 if how == "blowfish" else 16),
        )
        packing = zlib.compressobj(9, zlib.DEFLATED, -15)
        packed = packing.compress(inside) + packing.flush()
        digest = "sha1" if how == "blowfish" else "sha256"
        begin = hashlib.new(digest, password.encode()).digest()
        derived = (
            'manifest:key-derivation-name="PBKDF2" '
            f'manifest:key-size="{16 if how == "blowfish" else 32}" '
            f'manifest:iteration-count="{rounds}"'
        )
        if how == "gcm":
            key = Argon2id(salt=salt, length=32, iterations=1, lanes=1, memory_cost=64).derive(begin)
            derived = (
                'manifest:key-derivation-name="urn:x:argon2id" loext:argon2-iterations="1" '
                'loext:argon2-memory="64" loext:argon2-lanes="1"'
            )
        else:
            key = hashlib.pbkdf2_hmac("sha1", begin, salt, rounds, 16 if how == "blowfish" else 32)
        parts[name] = sealed_bytes(how, key, start, packed)
        rows += (
            f'<manifest:file-entry manifest:full-path="{name}" manifest:size="{len(inside)}">'
            "<manifest:encryption-data "
            f'manifest:checksum-type="urn:x#{digest}-1k" '
            f'manifest:checksum="{base64.b64encode(hashlib.new(digest, packed[:1024]).digest()).decode()}'
            '">'
            f'<manifest:algorithm manifest:algorithm-name="{ALGORITHMS[how]}" '
            f'manifest:initialisation-vector="{base64.b64encode(start).decode()}"/>'
            f'<manifest:key-derivation {derived} manifest:salt="{base64.b64encode(salt).decode()}"/>'
            '<manifest:start-key-generation manifest:start-key-generation-name="urn:x#'
            f'{digest}"/></manifest:encryption-data></manifest:file-entry>'
        )
    manifest = f'{XML}<manifest:manifest xmlns:manifest="m" xmlns:loext="l">{rows}</manifest:manifest>'
    return archive({**parts, "META-INF/manifest.xml": manifest})


def sealed_bytes(how: str, key: bytes, start: bytes, packed: bytes) -> bytes:
    """Return encrypted bytes."""
    if how == "gcm":
        return AESGCM(key).encrypt(start, packed, None)
    cipher = Cipher(Blowfish(key), CFB(start)) if how == "blowfish" else Cipher(algorithms.AES(key), modes.CBC(start))
    encryptor: CipherContext = cipher.encryptor()
    padding = 16 - len(packed) % 16
    return encryptor.update(packed if how == "blowfish" else packed + bytes([padding]) * padding) + encryptor.finalize()


def with_passwords(data: bytes, *passwords: str) -> Extraction:
    with sealed():
        return extract("x.odt", data, Limits(), EXTRACTORS, Aids(passwords=passwords))


@pytest.mark.parametrize(("how", "cipher"), [("cbc", "AES-256"), ("gcm", "AES-256"), ("blowfish", "Blowfish")])
def test_an_encrypted_document_opens_with_its_password(how: str, cipher: str) -> None:
    data = locked(how, "opensesame")
    shut = with_passwords(data, "wrong")
    assert [(gap.kind, gap.detail) for gap in shut.gaps] == [(GapKind.ENCRYPTED, cipher)]
    assert "943" not in texts(shut)
    extraction = with_passwords(data, "wrong", "opensesame")
    assert texts(extraction, Where.BODY).strip() == "943 476 5919"
    assert extraction.gaps == ()
    assert [(remark.kind, remark.detail) for remark in extraction.remarks] == [(RemarkKind.UNLOCKED, cipher)]


def test_a_document_that_an_empty_password_opens_is_read_and_said_to_be_open() -> None:
    extraction = with_passwords(locked("cbc", ""))
    assert "943 476 5919" in texts(extraction)
    assert [remark.kind for remark in extraction.remarks] == [RemarkKind.NOT_PROTECTED]


def test_a_manifest_that_asks_for_endless_work_stays_shut() -> None:
    parts: dict[str, bytes | str] = {
        "mimetype": TEXT,
        "content.xml": bytes(32),
        "META-INF/manifest.xml": (
            f'{XML}<m:manifest xmlns:m="m"><m:file-entry m:full-path="content.xml" '
            'm:size="9"><m:encryption-data m:checksum="AAAA">'
            f'<m:algorithm m:algorithm-name="{ALGORITHMS["cbc"]}" '
            'm:initialisation-vector="AAAAAAAAAAAAAAAAAAAAAA=="/>'
            '<m:key-derivation m:key-derivation-name="PBKDF2" m:iteration-count="999999999" '
            'm:salt="AAAA"/></m:encryption-data></m:file-entry></m:manifest>'
        ),
    }
    assert kinds(with_passwords(archive(parts), "x")) == {GapKind.ENCRYPTED}


def test_rows_read_the_same_by_pattern_and_by_parser() -> None:
    def cell(shown: str, said: str = 'office:value-type="string"') -> str:
        return f"<table:table-cell {said}><text:p>{shown}</text:p></table:table-cell>"

    cells = [
        cell("A &amp; B"),
        cell("9.43E+09", 'office:value="9434765919"'),
        "<table:table-cell/>",
        cell("31/01/80", 'office:date-value="1980-01-31"'),
        cell("1,234", 'office:value="1234"'),
        '<table:table-cell table:number-columns-repeated="99"/>',
    ]
    row = f"<table:table-row>{''.join(cells)}</table:table-row>"
    plain = f"<table:table>{row * 3}</table:table>"
    odd = f"<table:table>{row * 3}<table:table-row table:visibility='visible'/></table:table>"
    expected = 3 * ["A & B\t9.43E+09 (9434765919)\t\t31/01/80 (1980-01-31)\t1,234"]
    for table in (plain, odd):
        extraction = opened(archive({"mimetype": SHEET, "content.xml": content(table)}), "x.ods")
        assert [line.rstrip("\t") for line in texts(extraction, Where.BODY).split("\n") if line.strip()] == expected
