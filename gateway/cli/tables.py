"""Reads an operator's table as lines: UTF-8 or Windows-1252, no line longer than can be held."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from gateway.errors import GatewayError

LONGEST_LINE: Final = 1 << 20
_ENCODINGS: Final = ("utf-8-sig", "cp1252")
_PIECE: Final = 1 << 20
_OTHER: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)
_SAVE: Final = "save it as CSV (UTF-8)"


def encoding_of(path: Path) -> str:
    """Return the first encoding in which all of a file can be read; `GatewayError` when there is none."""
    with path.open("rb") as source:
        head = source.read(_PIECE)
    if head.startswith(b"PK\x03\x04"):
        raise GatewayError(f"{path.name} is a workbook or an archive, no table of text", hint=_SAVE)
    if head.startswith(_OTHER) or b"\0" in head:
        raise GatewayError(f"{path.name} is no text in UTF-8 or Windows-1252", hint=_SAVE)
    for encoding in _ENCODINGS:
        if _is_in(path, encoding):
            return encoding
    raise GatewayError(f"{path.name} is no text in UTF-8 or Windows-1252", hint=_SAVE)


def _is_in(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as source:
            while piece := source.read(_PIECE):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def read_lines(path: Path, encoding: str) -> Iterator[str]:
    """Yield the lines of a file, line ends included; `GatewayError` names one that is too long."""
    with path.open(encoding=encoding, newline="") as source:
        number = 0
        while line := source.readline(LONGEST_LINE):
            number += 1
            if len(line) == LONGEST_LINE:
                raise GatewayError(
                    f"{path.name}:{number}: the line is longer than a million characters", hint="is it a table?"
                )
            yield line
