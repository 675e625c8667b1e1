"""Plain rows of OpenDocument tables, read by one pattern: the parser is left what is not plain.

A row is plain when every byte of it is a cell with one paragraph of bare text, or none, and with attributes that only
say what kind of value it holds. A cell that is repeated is said once, and keeps the place of all. OpenDocument 1.3
part 3, 9.1.
"""

from __future__ import annotations

import re
from typing import Final

from gateway.extract.formats.columns import missing
from gateway.extract.formats.number_formats import show_number

_QUIET: Final = (
    rb"(?: (?:table:style-name|office:value-type|calcext:value-type|office:value|office:date-value|office:boolean-value"
    rb"|office:currency|table:number-columns-repeated)=\"[^\"<>]*\")*+"
)
_TEXT: Final = rb"<text:p(?: text:style-name=\"[^\"<>]*\")?>([^<]*)</text:p>"
_CELL: Final = rb"<table:table-cell(" + _QUIET + rb")(?:/>|>(?:" + _TEXT + rb")?</table:table-cell>)"
_ROW: Final = rb"<table:table-row(?: table:(?:style-name|number-rows-repeated)=\"[^\"<>]*\")*+>"
CELLS: Final = re.compile(_CELL)
ROWS: Final = re.compile(
    rb"(?:" + _ROW + rb"(?:" + _CELL.replace(b"([^<]*)", b"[^<]*").replace(b"(" + _QUIET + b")", _QUIET)
    + rb")++</table:table-row>){1,1000}+"  # at a time, for the pieces take memory
)  # fmt: skip
REPEATED: Final = re.compile(rb"number-columns-repeated=\"([0-9]{1,7})\"")
VALUE: Final = re.compile(rb"office:(?:date-)?value=\"([^\"]*)\"")
HIDING: Final = (b'text:display="', b"text:display='", b"table:visibility", b"<!DOCTYPE", b"<![", b"<!--")
DAY: Final = 10  # characters of a date: 1980-01-31


def without_plain_rows(xml: bytes) -> bytes:
    """Return a part in which each run of plain rows is one paragraph: a line for each row, tabs between cells."""
    if b"<table:table-row" not in xml or any(mark in xml for mark in HIDING):
        return xml
    return ROWS.sub(_lines, xml)


def _lines(rows: re.Match[bytes]) -> bytes:
    """Return rows as lines, still as XML writes text."""
    pieces = CELLS.split(rows[0])
    between, looks, texts = pieces[3::3], pieces[1::3], pieces[2::3]
    shown = [
        _told(look, text or b"") if b"value=" in look else text or b"" for look, text in zip(looks, texts, strict=True)
    ]
    if b"columns-repeated" in rows[0]:
        repeated = {look: _repeated(look) for look in set(looks)}
        shown = [text + repeated[look] for look, text in zip(looks, shown, strict=True)]
    whole = [b""] * (2 * len(shown))
    whole[::2], whole[1::2] = shown, [b"\n" if each else b"\t" for each in between]
    lines = (line.rstrip(b"\t") for line in b"".join(whole).split(b"\n"))
    return b"<text:p>%b</text:p>" % b"\n".join(line for line in lines if line)


def _repeated(look: bytes) -> bytes:
    """Return the tabs that keep the places of a cell which is repeated."""
    said = REPEATED.search(look)
    return missing(int(said[1]) - 1).encode() if said else b""


def _told(look: bytes, shown: bytes) -> bytes:
    """Return what a cell shows, and its value where it shows less: rounded, or a year of two digits."""
    said = VALUE.search(look)
    value = said[1] if said else b""
    if value in shown:
        return shown
    if b"-" in value[1:]:
        return shown if value[:DAY] in shown else b"%b (%b)" % (shown, value)
    whole = show_number(value.decode("latin-1")).encode("latin-1")
    if not whole.isdigit() or whole in bytes(each for each in shown if 0x30 <= each <= 0x39):  # noqa: PLR2004 - digits
        return shown
    return b"%b (%b)" % (shown, whole)
