"""Fonts of a PDF that do not tell which letters they show (ISO 32000-2, 9.10): what they show has to be looked at."""

from __future__ import annotations

import re
from typing import Final

import pikepdf

KNOWN_COLLECTIONS: Final = frozenset({"Japan1", "Japan2", "GB1", "CNS1", "Korea1", "KR"})
NUMBERED: Final = re.compile(r"/(?!uni[0-9A-F]{4}|u[0-9A-F]{4,6}$|afii)[A-Za-z_]{0,8}?(\d{1,5})(?:_\d+)?")
SOME: Final = 0.3


def may_be_mute(raw: bytes) -> bool:
    """Say whether an object, as qpdf writes it, may be such a font or its encoding."""
    return (b"/Type0" in raw or b"/Differences" in raw) and b"/ToUnicode" not in raw


def is_mute(font: object) -> bool:
    """Say whether a font names no letters: it numbers its glyphs, and has no table from them to Unicode."""
    if not isinstance(font, pikepdf.Dictionary) or "/ToUnicode" in font:
        return False
    encoding = font.get("/Encoding")
    if font.get("/Subtype") == "/Type0":
        return str(encoding) in {"/Identity-H", "/Identity-V"} and _collection(font) not in KNOWN_COLLECTIONS
    differences = encoding.get("/Differences") if isinstance(encoding, pikepdf.Dictionary) else None
    return isinstance(differences, pikepdf.Array) and _are_numbers(differences)


def _collection(font: pikepdf.Dictionary) -> str:
    """Return the set of characters that a composite font's numbers belong to (9.7.3)."""
    below = font.get("/DescendantFonts")
    first = below[0] if isinstance(below, pikepdf.Array) and len(below) else None
    system = first.get("/CIDSystemInfo") if isinstance(first, pikepdf.Dictionary) else None
    return str(system.get("/Ordering", "")) if isinstance(system, pikepdf.Dictionary) else ""


def _are_numbers(differences: pikepdf.Array) -> bool:
    """Say whether many glyphs are called by numbers that are not their codes, and so not letters' codes either."""
    code, names, numbers = 0, 0, 0
    for item in differences:
        if isinstance(item, int):
            code = item
            continue
        names += 1
        found = NUMBERED.fullmatch(str(item))
        numbers += bool(found and int(found[1]) != code)
        code += 1
    return numbers > SOME * names


def shows_mute(resources: object, known: dict[tuple[int, int], bool]) -> bool:
    """Say whether resources lend such a font. `known` remembers those that were judged."""
    fonts = resources.get("/Font") if isinstance(resources, pikepdf.Dictionary) else None
    for font in fonts.values() if isinstance(fonts, pikepdf.Dictionary) else ():
        key: tuple[int, int] = getattr(font, "objgen", (0, 0))
        if key == (0, 0) or key not in known:
            known[key] = is_mute(font)
        if known[key]:
            return True
    return False
