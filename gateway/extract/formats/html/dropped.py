"""What a parser of HTML drops without a word: attributes given twice, tags where they may not stand, declarations.

The page as written is compared with its source: first by how many tags and letters there are, which settles it for a
page without faults; where they differ, word by word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Final

from gateway.extract.formats.html.page import without_tags
from gateway.model.inspection import Segment, Where

SILENT: Final = re.compile(r"<!(?=[A-Za-z])([^>]*)>|</[A-Za-z][^\s>]*\s+([^\s>][^>]*)>")
"""A declaration, a closing tag with attributes."""

IMPLIED: Final = (b"<html", b"<head", b"<body")
LETTERS: Final = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
WORDS: Final = bytes(ord(chr(byte).lower()) if byte in LETTERS else byte if byte > 127 else 32 for byte in range(256))  # noqa: PLR2004 - ASCII
DOCTYPE: Final = "<!DOCTYPE html>"


def dropped(text: str, written: str) -> Iterator[Segment]:
    """Yield declarations; and the whole source where the parser dropped more."""
    declared = [match[1] or match[2] for match in SILENT.finditer(text)]
    if told := [words for words in dict.fromkeys(declared) if words.lower() != "doctype html"]:
        yield Segment(where=Where.HIDDEN, text="\n".join(told), name="declarations")
    source = SILENT.sub("", text) if declared else text
    written = written.removeprefix(DOCTYPE)
    if "&" in source:
        source, written = unescape(source), unescape(written)
    before, after = source.encode("utf-8", "replace"), written.encode("utf-8", "replace")
    if not _adds_up(before, after) and _words(before) - _words(after):
        yield Segment(where=Where.HIDDEN, text=without_tags(text), name="source without tags")
        yield Segment(where=Where.HIDDEN, text=text, name="source")


def _adds_up(source: bytes, written: bytes) -> bool:
    """Say whether there are as many tags and letters after as before, but for the tags that nobody needs to write."""
    lower = source.lower()
    implied = [tag for tag in IMPLIED if tag not in lower]
    tables = written.count(b"<tbody") - lower.count(b"<tbody") if b"<table" in lower else 0
    added = len(implied) + tables
    letters = 2 * (sum(len(tag) - 1 for tag in implied) + len("tbody") * tables)
    return (
        written.count(b"</") - added == source.count(b"</")
        and written.count(b"<") - 2 * added == source.count(b"<")
        and _letters(written) - letters == _letters(source)
    )


def _letters(data: bytes) -> int:
    """Return how many letters and digits of ASCII there are."""
    return len(data) - len(data.translate(None, LETTERS))


def _words(data: bytes) -> frozenset[bytes]:
    """Return every word once, in lower case."""
    return frozenset(data.translate(WORDS).split())
