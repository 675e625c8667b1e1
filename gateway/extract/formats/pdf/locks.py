"""How a PDF is encrypted (ISO 32000-2, 7.6), and with which spellings of a password it may open."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Collection, Iterator
from typing import Final

import pikepdf

WEAKEST_FIRST: Final = ("no cipher", "RC4-40", "RC4", "RC4-128", "AES-128", "AES-256")
PUBLIC_KEY: Final = "public key"
UNKNOWN: Final = "unknown cipher"
OWN_KEY_SIZE: Final = 2
PUBLIC_KEY_HANDLERS: Final = frozenset({"/Adobe.PubSec", "/Adobe.PPKLite", "/Entrust.PPKEF"})
CRYPT_FILTERS: Final = frozenset({4, 5})
FORTY_BITS: Final = 40
REFERENCE: Final = re.compile(rb"/Encrypt\s+(\d{1,10})\s+(\d{1,5})\s+R\b")


def cipher_of(data: bytes) -> str:
    """Return the real strength of an encrypted file, by its encryption dictionary; no password is needed for that.

    Where several might be meant, the weakest counts.
    """
    return weakest({cipher for _, cipher in _said(data)})


def foreign_cipher(data: bytes) -> str:
    """Return how a file is encrypted that qpdf does not open, for it knows passwords only; else nothing."""
    found = {cipher for is_standard, cipher in _said(data) if not is_standard}
    return weakest(found) if found else ""


def _said(data: bytes) -> list[tuple[bool, str]]:
    """Return what the encryption dictionary says: whether passwords open the file, and the cipher.

    It is read from a copy in which the trailer calls it otherwise, so that nothing is decrypted. Where the catalogue is
    encrypted as well, that copy does not open, and all that the file might mean is returned.
    """
    try:
        with pikepdf.open(io.BytesIO(data.replace(b"/Encrypt", b"/Encryqt"))) as document:
            said = document.trailer.get("/Encryqt")
            if isinstance(said, pikepdf.Dictionary):
                return [(said.get("/Filter") == "/Standard", strength(said))]
    except (pikepdf.PdfError, ValueError, TypeError, RuntimeError):
        pass
    return [(said.get("/Filter") == "/Standard", strength(said)) for said in _written(data)]


def _written(data: bytes) -> Iterator[pikepdf.Dictionary]:
    """Yield every dictionary that the trailers may call the encryption dictionary."""
    for number, generation in {found.groups() for found in REFERENCE.finditer(data)}:
        for start in re.finditer(rb"(?<!\d)%s\s+%s\s+obj\b" % (number, generation), data):
            end = data.find(b"endobj", start.end())
            try:
                said = pikepdf.Object.parse(data[start.end() : end if end > 0 else None])
            except (pikepdf.PdfError, ValueError, TypeError, RuntimeError):
                continue
            if isinstance(said, pikepdf.Dictionary):
                yield said


def weakest(ciphers: Collection[str]) -> str:
    """Return the weakest of some ciphers; one that is not known may be weaker still."""
    if PUBLIC_KEY in ciphers:
        return PUBLIC_KEY
    known = [cipher for cipher in WEAKEST_FIRST if cipher in ciphers]
    return UNKNOWN if UNKNOWN in ciphers or not known else known[0]


def strength(said: pikepdf.Dictionary) -> str:
    """Return the weakest cipher that an encryption dictionary uses for any of strings, streams and files."""
    handler = str(said.get("/Filter", ""))
    if handler != "/Standard":
        return PUBLIC_KEY if handler in PUBLIC_KEY_HANDLERS or "/Recipients" in said else UNKNOWN
    version = said.get("/V", 0)
    if version == 1:
        return "RC4-40"
    if version == OWN_KEY_SIZE:
        return _rc4(_number(said.get("/Length"), FORTY_BITS))
    if version not in CRYPT_FILTERS:
        return UNKNOWN
    ciphers = {_filter(said, str(said.get(use, "/Identity"))) for use in ("/StmF", "/StrF")}
    if "/EFF" in said:
        ciphers.add(_filter(said, str(said["/EFF"])))
    return weakest(ciphers)


def _filter(said: pikepdf.Dictionary, name: str) -> str:
    """Return the cipher of a crypt filter (table 25)."""
    filters = said.get("/CF")
    found = filters.get(name) if isinstance(filters, pikepdf.Dictionary) and name != "/Identity" else None
    if not isinstance(found, pikepdf.Dictionary):
        return "no cipher"
    method = str(found.get("/CFM", "/None"))
    if method == "/V2":
        length = _number(found.get("/Length"), _number(said.get("/Length"), 128))
        return _rc4(length if length >= FORTY_BITS else 8 * length)  # written in bits by some, in bytes by others
    return {"/None": "no cipher", "/AESV2": "AES-128", "/AESV3": "AES-256"}.get(method, UNKNOWN)


def _number(value: object, otherwise: int) -> int:
    """Return a number, or another where there is none."""
    return value if isinstance(value, int) else otherwise


def _rc4(bits: int) -> str:
    """Name RC4 by the length of its key."""
    return f"RC4-{bits}" if bits in {40, 128} else "RC4"


def spellings(password: str) -> Iterator[bytes]:
    """Yield the bytes that a password may stand for.

    Revision 6 takes it prepared by SASLprep (RFC 4013) as UTF-8, but many programs leave the preparing out; the older
    ones take the letters of PDFDocEncoding, or whatever the machine's own letters were.
    """
    prepared = unicodedata.normalize("NFKC", password)
    seen: set[bytes] = set()
    for text, encoding in (
        (password, "utf-8"),
        (prepared, "utf-8"),
        (prepared, "pdfdoc"),
        (prepared, "cp1252"),
        (prepared, "latin-1"),
    ):
        try:
            spelled = text.encode(encoding)
        except (UnicodeError, LookupError):
            continue
        if spelled not in seen:
            seen.add(spelled)
            yield spelled


def unlocked(data: bytes, password: str) -> pikepdf.Pdf | None:
    """Return a document that a password opens, the reader's or the owner's; None when it is the wrong one."""
    for spelled in spellings(password):
        try:
            return pikepdf.open(io.BytesIO(data), password=spelled)
        except pikepdf.PasswordError:
            continue
    return None
