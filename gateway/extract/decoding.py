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

from gateway.extract.charsets import codec_of

MARKS: tuple[tuple[bytes, str], ...] = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
SAMPLE = 20_000
SLICE = 1 << 20
CONTROL = bytes(sorted(set(range(32)) - {7, 8, 9, 10, 11, 12, 13, 27}))  # what printers and terminals take is text
CONTROLS = re.compile(b"[" + re.escape(CONTROL) + b"]")
ODD = re.compile("[\x00-\x06\x0e-\x1a\x1c-\x1f\ue000-\uefff\uf100-\uf8ff\ufffd-\uffff]")  # U+F0xx are bullets
TOGETHER, STRETCH = 4, 256  # so many control bytes so near to one another are no text: compressed data has ten
MANY_ZEROS = 0.3
FEW_ZEROS = 0.05
ALL_BUT = 0.9
MOST_WORD = 20  # letters to a space
EBCDIC = bytes([0x15, 0x25, 0x40, 0x4B, 0x60, 0x61, 0x6B, 0x7A, 0x7D, *range(0xF0, 0xFA)]) + bytes(
    first + each for first in (0x80, 0x90, 0xA0, 0xC0, 0xD0, 0xE0) for each in range(1 + (first in {0xA0, 0xE0}), 10)
)  # line ends, space, . - / , : ' and digits; letters
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


def _single(byte: int) -> str:
    """Decode one byte of Windows-1252; its five undefined ones are Latin-1."""
    return bytes([byte]).decode("latin-1" if byte in b"\x81\x8d\x8f\x90\x9d" else "cp1252")


WINDOWS = "".join(map(_single, range(256)))
"""The characters of Windows-1252, by their bytes."""

NO_UTF_8 = "".join(map(chr, range(0xDC80))) + WINDOWS[128:]
"""From what Python makes of bytes that are no UTF-8 (PEP 383) to Windows-1252."""


def _other_byte(error: UnicodeError) -> tuple[str, int]:
    """Read the bytes that are no UTF-8 as Windows-1252."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(WINDOWS[byte] for byte in error.object[error.start : error.end]), error.end


def _utf_8(data: bytes) -> str:
    """Decode UTF-8, with Windows-1252 wherever the bytes are none."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return "".join(in_slices(data, "utf-8"))


def in_slices(data: bytes, encoding: str) -> Iterator[str]:
    """Decode slice by slice, for what is large; time and memory do not depend on how many bytes are wrong."""
    own = encoding == "utf-8"
    decoder = codecs.getincrementaldecoder(encoding)("surrogateescape" if own else "replace")
    for at in range(0, len(data), SLICE):
        text = decoder.decode(data[at : at + SLICE], at + SLICE >= len(data))
        yield text.translate(NO_UTF_8) if own and not text.isascii() else text


CHARSETS = _known_charsets()
codecs.register_error("gateway.windows", _other_byte)


def encoding_of(data: bytes) -> str:
    """Return the encoding that byte order mark, zero bytes or EBCDIC letters give away; `utf-8` else."""
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return encoding
    sample = data[:SAMPLE]
    zeros = sample.count(0)
    if zeros > len(sample) * MANY_ZEROS / 2:
        quarter = max(1, len(sample) // 4)
        first, second, third, fourth = (sample[at::4].count(0) / quarter for at in range(4))
        if min(second, third, fourth) > ALL_BUT and first < FEW_ZEROS:
            return "utf-32-le"
        if min(first, second, third) > ALL_BUT and fourth < FEW_ZEROS:
            return "utf-32-be"
        even, odd = (first + third) / 2, (second + fourth) / 2
        if odd > MANY_ZEROS and even < FEW_ZEROS:
            return "utf-16-le"
        if even > MANY_ZEROS and odd < FEW_ZEROS:
            return "utf-16-be"
    return "cp037" if _is_ebcdic(sample) else "utf-8"


def _is_ebcdic(sample: bytes) -> bool:
    """Say whether bytes are letters, digits and spaces of EBCDIC: as ASCII they are signs, and no space among them."""
    spaces = sample.count(0x40)
    if spaces * MOST_WORD < len(sample) or sample.count(0x20) * MOST_WORD > spaces:
        return False
    return len(sample.translate(None, EBCDIC)) * MOST_WORD < len(sample)


def decode(data: bytes, charset: str = "") -> str:
    """Return the text of `data`. A declared charset comes first if Python knows it and the bytes obey it."""
    declared = codec_of(charset)
    if declared == "cp1252" and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return codecs.charmap_decode(data, "strict", WINDOWS)[0]
    if declared.replace("-", "_") in CHARSETS and declared not in {"ascii", "utf-8", "utf_8", "cp1252"}:
        try:
            return data.decode(declared)
        except (UnicodeError, ValueError):
            pass  # the declaration is wrong: the bytes themselves decide
    encoding = encoding_of(data)
    text = _utf_8(data) if encoding == "utf-8" else data.decode(encoding, "replace")
    return text.replace("\x85", "\n") if encoding == "cp037" else text.removeprefix("\ufeff")


def has_binary(data: bytes) -> bool:
    """Say whether anywhere in a text there are many control characters, or what is no character, close together."""
    encoding = encoding_of(data)
    if encoding == "utf-8" and not _has_controls(data):
        return False
    found: Iterator[re.Match[str]] | Iterator[re.Match[bytes]]
    found = CONTROLS.finditer(data) if encoding == "utf-8" else ODD.finditer(data.decode(encoding, "replace"))
    last: deque[int] = deque(maxlen=TOGETHER)
    for match in found:
        last.append(match.start())
        if len(last) == TOGETHER and last[-1] - last[0] < STRETCH:
            return True
    return False


def _has_controls(data: bytes) -> bool:
    """Say whether there are so many control characters that they may stand together."""
    found = 0
    for at in range(0, len(data), SLICE):  # no second copy of what may be large
        piece = data[at : at + SLICE]
        found += len(piece) - len(piece.translate(None, CONTROL))
        if found >= TOGETHER:
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


def is_prose(data: bytes) -> bool:
    """Say whether all of some bytes are text beyond doubt: in Unicode, without a control character."""
    encoding = encoding_of(data)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return not has_binary(data) and CONTROLS.search(data if encoding == "utf-8" else text.encode()) is None
