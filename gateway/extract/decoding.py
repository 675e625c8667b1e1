"""Bytes as text: which encoding they are in, and whether they are text at all.

An encoding is taken from its byte order mark (Unicode 15, 23.8), from the pattern of zero bytes, or is UTF-8 with
Windows-1252 wherever the bytes are no UTF-8. So every byte of a text comes out, and nothing is dropped.
"""

from __future__ import annotations

import codecs
import contextlib
import encodings.aliases
import pkgutil
import re
from collections import deque
from collections.abc import Iterator

from gateway.extract.charsets import WINDOWS

MARKS: tuple[tuple[bytes, str], ...] = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
SAMPLE = 20_000
CONTROL = bytes(sorted(set(range(32)) - {7, 8, 9, 10, 11, 12, 13, 27}))  # what printers and terminals take is text
CONTROLS = re.compile(b"[" + re.escape(CONTROL) + b"]")
ODD = re.compile("[\x00-\x06\x0e-\x1a\x1c-\x1f\ue000-\uefff\uf100-\uf8ff\ufffd-\uffff]")  # U+F0xx are bullets
TOGETHER, STRETCH = 4, 256  # so many control bytes so near to one another are no text: compressed data has ten
MANY_ZEROS = 0.3
FEW_ZEROS = 0.05
NOT_TEXT = {"base64", "bz2", "hex", "quopri", "rot_13", "uu", "zlib", "base64_codec", "bz2_codec", "hex_codec"}
NOT_TEXT |= {"quopri_codec", "uu_codec", "zlib_codec", "mbcs", "oem", "punycode", "idna", "undefined"}


def _known_charsets() -> frozenset[str]:
    """Load every text encoding there is: afterwards none is looked for on the disk."""
    known = set()
    for alias, codec in encodings.aliases.aliases.items():
        if not {alias, codec} & NOT_TEXT:
            known |= {alias, codec}
    for module in pkgutil.iter_modules(encodings.__path__):
        with contextlib.suppress(LookupError):  # those of other systems
            codecs.lookup(module.name)
    return frozenset(known | {"utf_8_sig", "utf_16_le", "utf_16_be", "utf_32_le", "utf_32_be"})


def _other_byte(error: UnicodeError) -> tuple[str, int]:
    """Read the bytes that are no UTF-8 as Windows-1252, and its five undefined bytes as Latin-1."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return "".join(_single(bytes([byte])) for byte in wrong), error.end


def _single(byte: bytes) -> str:
    """Decode one byte."""
    return byte.decode("latin-1" if byte in b"\x81\x8d\x8f\x90\x9d" else "cp1252")


CHARSETS = _known_charsets()
codecs.register_error("gateway.windows", _other_byte)


def encoding_of(data: bytes) -> str:
    """Return the Unicode encoding that byte order mark or zero bytes give away; `utf-8` else."""
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return encoding
    sample = data[:SAMPLE]
    half = len(sample) // 2
    if half:
        even, odd = sample[::2].count(0) / half, sample[1::2].count(0) / half
        if odd > MANY_ZEROS and even < FEW_ZEROS:
            return "utf-16-le"
        if even > MANY_ZEROS and odd < FEW_ZEROS:
            return "utf-16-be"
    return "utf-8"


def decode(data: bytes, charset: str = "") -> str:
    """Return the text of `data`. A declared charset comes first if Python knows it and the bytes obey it."""
    declared = charset.strip().lower().replace("-", "_").replace(" ", "_")
    if declared in WINDOWS and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("cp1252", "gateway.windows")
    if declared in CHARSETS and declared not in {"ascii", "us_ascii", "utf_8", "utf8"}:
        try:
            return data.decode(declared)
        except (UnicodeError, ValueError):
            pass  # the declaration is wrong: the bytes themselves decide
    encoding = encoding_of(data)
    text = data.decode(encoding, "gateway.windows" if encoding == "utf-8" else "replace")
    return text.removeprefix("\ufeff")


def has_binary(data: bytes) -> bool:
    """Say whether anywhere in a text there are many control characters, or what is no character, close together."""
    encoding = encoding_of(data)
    found: Iterator[re.Match[str]] | Iterator[re.Match[bytes]]
    found = CONTROLS.finditer(data) if encoding == "utf-8" else ODD.finditer(data.decode(encoding, "replace"))
    last: deque[int] = deque(maxlen=TOGETHER)
    for match in found:
        last.append(match.start())
        if len(last) == TOGETHER and last[-1] - last[0] < STRETCH:
            return True
    return False


def looks_like_text(data: bytes) -> bool:
    """Say whether a file begins as text: a Unicode encoding shows, or there are next to no control bytes.

    Of what comes after the beginning, `has_binary` tells.
    """
    sample = data[:SAMPLE]
    encoding = encoding_of(sample)
    if encoding != "utf-8":
        text = sample[: len(sample) & ~3].decode(encoding, "replace")
        odd = sum(1 for char in text if char == "\ufffd" or (char < " " and char not in "\t\r\n\f\v"))
        return odd <= len(text) * FEW_ZEROS
    controls = len(sample) - len(sample.translate(None, CONTROL))
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)  # a character cut in two at the end is no error
    except UnicodeDecodeError:
        return controls == 0
    return controls <= len(sample) * FEW_ZEROS
