"""Other readings of a text whose charset nobody declared: those of East Asia, UTF-7, HZ.

Each is tried where its shifts show, or its pairs of bytes do; what comes out is read beside the reading by the bytes.
RFC 1468 (ISO-2022-JP), RFC 1557 (ISO-2022-KR), RFC 1843 (HZ), RFC 2152 (UTF-7).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

SHIFTS: Final = (
    (re.compile(rb"\x1b\$[@B]|\x1b\([IJ]|\x1b\$\([DOQ]"), "iso2022_jp_ext"),
    (re.compile(rb"\x1b\$\)C"), "iso2022_kr"),
    (re.compile(rb"~\{[!-~]{2,}"), "hz"),
    (re.compile(rb"\+A[C-H][A-Za-z0-9+/]"), "utf-7"),  # a letter of ASCII, written as no ASCII letter is
)
SIGNS: Final = (b"\x1b", b"~", b"+")
"""One of which is in every shift: single bytes are found ten times as fast as pairs."""

CHINESE: Final = re.compile(rb"\x1b\$\)[AEG]|\x1b\$\*H")  # ISO-2022-CN (RFC 1922): Python has no codec for it
PAIRS: Final = ("cp932", "gb18030", "big5hkscs")  # digits of full width are the same bytes in EUC-JP, EUC-KR and GB
WIDE: Final = re.compile("[\u3000-\u30ff\u3400-\u9fff\uac00-\ud7a3\uff01-\uff60]+")
NO_ASCII: Final = re.compile(r"[^\x00-\x7f]")
MOST: Final = 0.75
SAMPLE: Final = 100_000
LEAST_RUN: Final = 2


def undeclared(data: bytes) -> Iterator[str]:
    """Yield each reading of a text that is no UTF-16 that a program might come to by itself."""
    for codec in undeclared_codecs(data):
        yield data.decode(codec, "replace")


def undeclared_codecs(data: bytes) -> Iterator[str]:
    """Yield Python's name of each charset that shows in a text."""
    if any(sign in data for sign in SIGNS):
        for shift, codec in SHIFTS:
            if shift.search(data):
                yield codec
    yield from _pairs(data) if not data.isascii() else ()


def cannot_tell(data: bytes) -> bool:
    """Say whether a text shifts to a charset that cannot be read here."""
    return b"\x1b" in data and CHINESE.search(data) is not None


def _pairs(data: bytes) -> list[str]:
    """Return the East Asian charsets in which bytes that are no UTF-8 are wide characters, side by side."""
    sample = data[:SAMPLE]
    try:
        sample.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start > len(sample) - 4 and len(data) > SAMPLE:
            return []
    else:
        return []
    found = []
    for codec in PAIRS:
        text = sample.decode(codec, "replace")
        runs = WIDE.findall(text)
        wide = sum(map(len, runs))
        if wide >= LEAST_RUN * len(runs) > 0 and wide >= MOST * len(NO_ASCII.findall(text)):
            found.append(codec)
    return found
