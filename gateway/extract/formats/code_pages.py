r"""Windows code pages by number, as RTF (1.9.1, `\ansicpg`, `\fcharset`) and MAPI ([MS-UCODEREF]) name them."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

_SAME: Final = (
    *(437, 720, 737, 775, 850, 852, 855, 857, 858, 860, 861, 862, 863, 864, 865, 866, 869, 874, 932, 949, 950),
    *(1250, 1251, 1252, 1253, 1254, 1255, 1256, 1257, 1258),
)
CODECS: Final[dict[int, str]] = {
    **{page: f"cp{page}" for page in _SAME},
    **{28590 + part: f"iso8859-{part}" for part in (*range(1, 10), 13, 15)},
    **dict.fromkeys((0, 819, 20127, 28591), "cp1252"),  # where all readers take Windows-1252
    **dict.fromkeys((936, 20936), "gbk"),
    **dict.fromkeys((1361,), "johab"),
    10000: "mac-roman",
    10001: "cp932",
    10002: "big5",
    10003: "cp949",
    10006: "mac-greek",
    10007: "mac-cyrillic",
    10008: "gbk",
    10010: "mac-latin2",
    10029: "mac-latin2",
    10079: "mac-iceland",
    10081: "mac-turkish",
    20866: "koi8-r",
    21866: "koi8-u",
    50220: "iso2022-jp",
    50221: "iso2022-jp",
    50222: "iso2022-jp",
    50225: "iso2022-kr",
    51932: "euc-jp",
    51949: "euc-kr",
    52936: "hz",
    54936: "gb18030",
    65000: "utf-7",
    65001: "utf-8",
    1200: "utf-16-le",
    1201: "utf-16-be",
}
FONT_CHARSETS: Final[dict[int, int]] = {  # [MS-WMF] 2.1.1.5, and RTF 1.9.1, `\fcharset`
    0: 1252,
    2: 1252,
    77: 10000,
    78: 10001,
    79: 10003,
    80: 10008,
    81: 10002,
    83: 1255,
    84: 1256,
    85: 10006,
    86: 10081,
    87: 874,
    88: 10029,
    89: 10007,
    128: 932,
    129: 949,
    130: 1361,
    134: 936,
    136: 950,
    161: 1253,
    162: 1254,
    163: 1258,
    177: 1255,
    178: 1256,
    186: 1257,
    204: 1251,
    222: 874,
    238: 1250,
    254: 437,
    255: 850,
}
MANY_BYTES: Final = frozenset(
    {"cp932", "cp949", "cp950", "gbk", "big5", "johab", "gb18030", "utf-8", "euc-jp", "euc-kr"}
)
"""Code pages in which a character may take more than one byte."""


def codec_of(page: int) -> str:
    """Return the name by which Python knows a code page, or empty."""
    return CODECS.get(page, "")


@lru_cache(maxsize=64)
def table_of(codec: str) -> tuple[str, ...]:
    """Return the character of each byte of a single-byte code page; NUL is none, as readers drop it."""
    return ("", *(bytes([byte]).decode(codec, "gateway.windows") for byte in range(1, 256)))
