r"""JSON (RFC 8259) and JSON Lines: strings with their escapes undone, a key and its value on one line.

Read off its quotation marks, not parsed: so what is no JSON after all loses nothing, numbers stay as they are written,
keys that are given twice are there twice, and neither depth nor size matters.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Final

from gateway.extract import Inner, Limits, media
from gateway.extract.decoding import decode, has_binary
from gateway.extract.formats.text.extractor import second_reading
from gateway.extract.formats.text.pasted import pasted
from gateway.extract.unescape import plain
from gateway.model.inspection import Gap, GapKind, Segment, Where

STRING: Final = re.compile(r'"((?:[^"\\]++|\\.)*+)"?', re.DOTALL)
MARKS: Final = re.compile(r"[\s{}\[\],]*[{}\[\],\n][\s{}\[\],]*")
COLON: Final = re.compile(r"\s*:\s*")
DECODER: Final = json.JSONDecoder(strict=False)
NESTED: Final = 3


class JsonExtractor:
    """Reads JSON."""

    name = "json"
    media_types = frozenset({media.JSON})

    def open(self, data: bytes, limits: Limits) -> Iterable[Segment | Inner | Gap]:
        """Return keys and values, and what files stand in strings."""
        del limits  # text does not grow
        if has_binary(data):
            yield Gap(part="", kind=GapKind.CORRUPT, detail="binary in text")
        text = read_json(decode(data)).strip("\n")
        yield Segment(where=Where.BODY, text=text)
        yield from pasted(text)
        yield from second_reading(data)


def read_json(text: str, depth: int = 0) -> str:
    """Return keys and values, one pair a line; a string that holds JSON is read as such."""
    pieces = STRING.split(text)
    between: dict[str, str] = {}
    for mark in set(pieces[::2]):
        between[mark] = COLON.sub(": ", MARKS.sub("\n", mark))
    pieces[::2] = [between[mark] for mark in pieces[::2]]
    pieces[1::2] = [_string(said, depth) for said in pieces[1::2]]
    return "".join(pieces)


def _string(said: str, depth: int) -> str:
    """Return what a string stands for."""
    if "\\" not in said:
        return said
    try:
        said = DECODER.decode(f'"{said}"')
    except ValueError:
        said = plain(said)  # an escape that JSON does not know: those that it knows
    if depth < NESTED and said.lstrip()[:1] in {"{", "["} and '"' in said:
        return read_json(said, depth + 1)
    return said
