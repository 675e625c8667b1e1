from __future__ import annotations

import base64
import io
import struct
from collections.abc import Callable
from hashlib import md5, sha1, sha256
from pathlib import Path

import pytest
from msoffcrypto.method.ecma376_agile import ECMA376Agile
from msoffcrypto.method.rc4 import DocumentRC4
from msoffcrypto.method.rc4_cryptoapi import DocumentRC4CryptoAPI
from msoffcrypto.method.xor_obfuscation import DocumentXOR

from gateway.extract import Aids, Extraction, Limits
from gateway.extract.formats.office97.locked_binary import records
from gateway.extract.formats.office97.ole import Storage
from gateway.extract.walk import extract
from gateway.model.inspection import GapKind, RemarkKind, Where
from gateway.testing.sealed import sealed
from tests.unit.extract.legacy import atom, compound, container, label, record, stream, word
from tests.unit.extract.reading import EXTRACTORS, kinds, opened, texts
from tests.unit.extract.reading import word as docx

TIKA, LOCKED = (
    Path("../shared/corpora/tika_extraction/encrypted"),
    Path("../shared/corpora/msoffcrypto_encrypted/inputs"),
)
SALT, VERIFIER, PASSWORD, EVERYONES = b"saltsaltsaltsalt", b"verifierverifier", "correct horse", "VelvetSweatshop"
BODY = "943 476 5919 in the body"
RC4_40, RC4_128 = "RC4-40", "RC4 CryptoAPI-128"


def unlocked(data: bytes, *passwords: str) -> Extraction:
    with sealed():
        return extract("file", data, Limits(), EXTRACTORS, Aids(passwords=passwords))


def agile(password: str, spins: int = 10) -> bytes:
    padding = "".join(sha256(bytes([count])).hexdigest() for count in range(150))  # the library cannot write small ones
    package = docx(f"<w:p><w:r><w:t>{BODY}</w:t></w:r></w:p><w:p><w:r><w:t>{padding}</w:t></w:r></w:p>")
    return bytes(ECMA376Agile.encrypt(password, io.BytesIO(package), spin_count=spins))


def crypt(cipher: str, password: str, data: bytes, size: int, block: int = 0) -> bytes:
    if cipher == RC4_40:
        return bytes(DocumentRC4.decrypt(password, SALT, io.BytesIO(data), size).getbuffer())
    return bytes(DocumentRC4CryptoAPI.decrypt(password, SALT, 128, io.BytesIO(data), size, block).getbuffer())


def header(cipher: str, password: str) -> bytes:
    """Return the header of RC4 encryption ([MS-OFFCRYPTO] 2.3.5.1, 2.3.6.1)."""
    digest = (md5 if cipher == RC4_40 else sha1)(VERIFIER).digest()
    check = crypt(cipher, password, VERIFIER + digest, 512)
    if cipher == RC4_40:
        return struct.pack("<HH", 1, 1) + SALT + check
    about = struct.pack("<8L", 4, 0, 0x6801, 0x8004, 128, 1, 0, 0) + "CSP\0".encode("utf-16-le")
    verifier = struct.pack("<L", 16) + SALT + check[:16] + struct.pack("<L", 20) + check[16:]
    return struct.pack("<HHLL", 4, 2, 4, len(about)) + about + verifier


def locked_word(cipher: str, password: str) -> bytes:
    head = header(cipher, password)
    storage = Storage(word([BODY], head=head))
    document, table = bytearray(storage.read("WordDocument")), storage.read("1Table")
    document[11] |= 1
    struct.pack_into("<L", document, 14, len(head))
    plain = bytes(document)
    sealed_document = plain[:68] + crypt(cipher, password, plain, 512)[68:]
    return compound(
        {"WordDocument": sealed_document, "1Table": head + crypt(cipher, password, table, 512)[len(head) :]}
    )


def locked_book(cipher: str, password: str) -> bytes:
    plain = stream(label(0, 0, BODY), shared=record(0x2F, b"\1\0" + header(cipher, password)))
    return compound({"Workbook": patched(plain, crypt(cipher, password, plain, 1024))})


def patched(plain: bytes, secret: bytes) -> bytes:
    """Return a workbook's encrypted stream with all that is never encrypted put back."""
    out = bytearray(secret)
    for kind, start, end in records(plain):
        open_to = end if kind in {0x809, 0x2F} else start + 4 if kind == 0x85 else start
        out[start - 4 : open_to] = plain[start - 4 : open_to]
    return bytes(out)


def xor_book(password: str) -> bytes:
    key, check = DocumentXOR.create_xor_key_method1(password), 0
    for value in [*(ord(char) for char in reversed(password)), len(password)]:
        check = (check >> 14 & 1 | check << 1 & 0x7FFF) ^ value
    array = DocumentXOR.create_xor_array_method1(password)
    plain = stream(label(0, 0, BODY), shared=record(0x2F, struct.pack("<HHH", 0, key, check ^ 0xCE4B)))
    out = bytearray(plain)
    for kind, start, end in records(plain):
        first = start + 4 if kind == 0x85 else start
        for at in range(first, end):
            rotated = plain[at] << 5 & 0xFF | plain[at] >> 3
            out[at] = rotated ^ array[(end + (first - start) + at - first) % 16]
    return compound({"Workbook": patched(plain, bytes(out))})


def locked_presentation(password: str, pictures: bytes = b"") -> bytes:
    slide = container(0x3EE, atom(0xFA0, BODY.encode("utf-16-le")))
    session = atom(0x2F14, header(RC4_128, password), version=0xF)
    directory = len(slide + session)
    whole = crypt(RC4_128, password, slide, len(slide), 1) + session
    whole += atom(0x1772, struct.pack("<LLL", 2 << 20 | 1, 0, len(slide)))
    edit = len(whole)
    whole += atom(0xFF5, struct.pack("<LLLLLLLL", 0, 0, 0, directory, 1, 2, 0, 2))
    user = struct.pack("<12xLL20x", 0xF3D1C4DF, edit)
    return compound({"PowerPoint Document": whole, "Current User": user, "Pictures": pictures})


FORMATS: dict[str, tuple[Callable[[str], bytes], str]] = {
    "package": (agile, "Agile AES-256"),
    "word": (lambda password: locked_word(RC4_40, password), RC4_40),
    "word api": (lambda password: locked_word(RC4_128, password), RC4_128),
    "book": (lambda password: locked_book(RC4_40, password), RC4_40),
    "book api": (lambda password: locked_book(RC4_128, password), RC4_128),
    "book xor": (lambda password: xor_book(password[:15]), "XOR"),
    "presentation": (locked_presentation, RC4_128),
}


@pytest.mark.parametrize("kind", FORMATS)
def test_a_locked_document_is_a_gap_that_names_its_strength(kind: str) -> None:
    make, cipher = FORMATS[kind]
    extraction = opened(make(PASSWORD))
    assert [(gap.kind, gap.detail) for gap in extraction.gaps] == [(GapKind.ENCRYPTED, cipher)]
    assert "943" not in texts(extraction)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_password_opens_it_and_a_wrong_one_does_not(kind: str) -> None:
    make, cipher = FORMATS[kind]
    extraction = unlocked(make(PASSWORD), "wrong", PASSWORD[:15])
    assert BODY in texts(extraction, Where.BODY)
    assert extraction.gaps == ()
    assert [(each.kind, each.detail) for each in extraction.remarks] == [(RemarkKind.UNLOCKED, cipher)]
    assert kinds(unlocked(make(PASSWORD), "wrong", "\u0416" * 40)) == {GapKind.ENCRYPTED}


@pytest.mark.parametrize("kind", FORMATS)
def test_a_password_that_everyone_knows_is_no_protection(kind: str) -> None:
    make, cipher = FORMATS[kind]
    extraction = opened(make(EVERYONES))
    assert BODY in texts(extraction, Where.BODY)
    assert extraction.gaps == ()
    assert [(each.kind, each.detail) for each in extraction.remarks] == [(RemarkKind.NOT_PROTECTED, cipher)]


def test_pictures_of_a_locked_presentation_stay_a_gap() -> None:
    extraction = unlocked(locked_presentation(PASSWORD, bytes(5000)), PASSWORD)
    assert BODY in texts(extraction, Where.BODY)
    assert [gap.part for gap in extraction.gaps] == ["file/Pictures"]


def descriptor(spins: int = 10, cipher: str = "AES", bits: int = 128, chaining: str = "ChainingModeCBC") -> bytes:
    zeros = base64.b64encode(bytes(16)).decode()
    how = f'saltValue="{zeros}" hashAlgorithm="SHA1" keyBits="{bits}"'
    how += f' cipherAlgorithm="{cipher}" cipherChaining="{chaining}"'
    verifier = f'encryptedVerifierHashInput="{zeros}" encryptedVerifierHashValue="{zeros}" encryptedKeyValue="{zeros}"'
    return f'<e><keyData {how}/><p:encryptedKey xmlns:p="p" {how} spinCount="{spins}" {verifier}/></e>'.encode()


def package(info: bytes) -> bytes:
    return compound({"EncryptionInfo": info, "EncryptedPackage": bytes(64)})


@pytest.mark.parametrize(
    ("info", "detail"),
    [
        (b"\4\0\4\0\x40\0\0\0" + descriptor(), "Agile AES-128"),
        (b"\4\0\4\0\x40\0\0\0" + descriptor(cipher="RC2", bits=40), "Agile RC2-40"),
        (b"\4\0\4\0\x40\0\0\0" + descriptor(bits=192, chaining="ChainingModeCFB"), "Agile AES-192"),
        (b"\4\0\4\0\x40\0\0\0" + descriptor(spins=2_000_000_000), "Agile AES-128"),  # work without end is not begun
        (b"\3\0\3\0" + bytes(60), "extensible encryption"),
        (b"", "unknown"),
    ],
)
def test_every_kind_of_package_is_named(info: bytes, detail: str) -> None:
    extraction = unlocked(package(info), PASSWORD)
    assert [(gap.kind, gap.detail) for gap in extraction.gaps] == [(GapKind.ENCRYPTED, detail)]


def test_an_entity_in_the_description_is_refused() -> None:
    xml = b'<!DOCTYPE e [<!ENTITY a "b">]>' + descriptor()
    assert kinds(opened(package(b"\4\0\4\0\x40\0\0\0" + xml))) == {GapKind.CORRUPT}


def test_rights_management_is_a_gap() -> None:
    data = compound({"\tDRMContent": bytes(5000), "WordDocument": bytes(100), "\5SummaryInformation": b""})
    assert [(gap.kind, gap.detail) for gap in opened(data).gaps] == [(GapKind.ENCRYPTED, "rights management")]


@pytest.mark.skipif(not (TIKA.is_dir() and LOCKED.is_dir()), reason="the corpora are not here")
@pytest.mark.parametrize(
    ("path", "password", "cipher", "text"),
    [
        (LOCKED / "ecma376standard_password.docx", "Password1234_", "Standard AES-128", "lorem ipsum"),
        (LOCKED / "example_password.xlsx", "Password1234_", "Agile AES-256", "lorem"),
        (LOCKED / "rc4cryptoapi_password.xls", "Password1234_", RC4_128, "lorem ipsum"),
        (LOCKED / "xor_password_123456789012345.xls", "123456789012345", "XOR", "2\t2\t2"),
        (TIKA / "testWORD_protected_passtika.doc", "tika", RC4_40, "This is an encrypted Word 2007 File"),
        (TIKA / "testWORD_protected_passtika.docx", "tika", "Standard AES-128", "This is an encrypted Word 2007 File"),
        (TIKA / "testEXCEL_protected_passtika.xls", "tika", RC4_40, "This is an Encrypted Excel spreadsheet"),
    ],
    ids=lambda value: value.name if isinstance(value, Path) else "",
)
def test_files_of_other_programs_are_named_and_open(path: Path, password: str, cipher: str, text: str) -> None:
    data = path.read_bytes()
    assert [(gap.kind, gap.detail) for gap in opened(data).gaps] == [(GapKind.ENCRYPTED, cipher)]
    extraction = unlocked(data, password)
    assert text in texts(extraction, Where.BODY)
    assert extraction.gaps == ()


@pytest.mark.skipif(not TIKA.is_dir(), reason="the corpus is not here")
def test_a_document_under_rights_management_of_another_program_is_a_gap() -> None:
    extraction = opened((TIKA / "testWORD_protected_drm.doc").read_bytes())
    assert [(gap.kind, gap.detail) for gap in extraction.gaps] == [(GapKind.ENCRYPTED, "rights management")]
