"""The commonest tags of HTML, and the byte that stands for each while a plain page is read (`html_plain`).

Inline elements stand for nothing. A paragraph always separates, wherever it opens or closes, and so does what has no
end tag. The other blocks have a byte for each tag: one that stands neither in UTF-8 nor in a text.
"""

from __future__ import annotations

import re
from typing import Final

from gateway.extract.formats.html.cells import Marks, ends
from gateway.extract.formats.html.tags import INLINE

_MADE_BY_PARSERS: Final = frozenset({"blink", "st1:place", "st1:city", "tspan", "textpath", "tref"})
_INLINE: Final = frozenset(
    name
    for name in INLINE - {"td", "th", "nobr", "ruby"} - _MADE_BY_PARSERS
    if not name.startswith("m") or name == "mark"
)  # not those of SVG and MathML, of old, and those that end one another
_ALWAYS: Final = frozenset({"br", "hr", "img"})
_FREE: Final = bytes(
    [*range(1, 7), 8, 0x0B, 0x0C, *range(0x0E, 0x1B), *range(0x1C, 0x20), 0x7F, 0xC0, 0xC1, *range(0xF5, 0x100)]
)
_PLAIN_BLOCKS: Final = ("div", "blockquote", "center", "section", "article", "header", "footer")
_PAIRS: Final = (
    "ul", "ol", "li", "dl", "dt", "dd", "table", "tbody", "tr", "td", "caption", "h1", *_PLAIN_BLOCKS
)  # fmt: skip
_SAME: Final = {"thead": "tbody", "tfoot": "tbody", "th": "td", **{f"h{n}": "h1" for n in range(2, 7)}}
_OPENS: Final = {name: _FREE[2 * at : 2 * at + 1] for at, name in enumerate(_PAIRS)}
_CLOSES: Final = {name: _FREE[2 * at + 1 : 2 * at + 2] for at, name in enumerate(_PAIRS)}


def _codes() -> dict[bytes, bytes]:
    """Return the byte for each tag, or nothing for it, or a line end."""
    codes = {f"{slash}{name}": b"" for name in _INLINE for slash in ("", "/")} | {"wbr": b""}
    codes |= dict.fromkeys([*_ALWAYS, "p", "/p"], b"\n")
    for name in [*_PAIRS, *_SAME]:
        codes[name] = _OPENS[_SAME.get(name, name)]
        codes[f"/{name}"] = _CLOSES[_SAME.get(name, name)]
    codes.pop("/wbr", None)
    return {tag.encode(): code for tag, code in codes.items()}


def _nested() -> re.Pattern[bytes]:
    """Return what matches a block that holds nothing but blocks which are taken out already."""
    opens = {name: re.escape(code) for name, code in _OPENS.items()}
    closes = {name: re.escape(code) for name, code in _CLOSES.items()}

    def block(name: str, inside: bytes) -> bytes:
        return opens[name] + b"(?:" + inside + b")*+" + closes[name]

    row = block("tr", block("td", HELD))
    item, term, definition = (block(name, HELD) for name in ("li", "dt", "dd"))
    table = b"(?:" + block("caption", HELD) + b")?+(?:" + row + b"|" + block("tbody", row) + b")"
    wholes = [block(name, HELD) for name in _PLAIN_BLOCKS]
    wholes += [block("ul", item), block("ol", item), block("dl", term + b"|" + definition), block("table", table)]
    return re.compile(b"|".join(wholes), re.DOTALL)


HELD: Final = b"x"
"""What stands in a skeleton for a block that is taken out."""

CODES: Final = _codes()
TABLE: Final = _OPENS["table"]
TABLE_END: Final = _CLOSES["table"]
HEADING: Final = _OPENS["h1"] + _CLOSES["h1"]
CELL: Final = _OPENS["td"]
CELL_END: Final = _CLOSES["td"]
MORE: Final = _FREE[2 * len(_PAIRS) : 2 * len(_PAIRS) + 1]
NESTED: Final = _nested()

_USED: Final = b"".join([*_OPENS.values(), *_CLOSES.values()])
_ROWS: Final = _OPENS["tr"] + _CLOSES["tr"]
_EDGE: Final = b" \t\r\n" + bytes(set(_USED) - set(CELL + CELL_END + _ROWS + TABLE + TABLE_END))
_ENDS: Final = ends(*(re.escape(each.decode("latin-1")) for each in (CELL, CELL_END, MORE, _ROWS, _EDGE)))
MARKS: Final = Marks(
    begin=CELL, end=CELL_END, more=MORE, rows=_ROWS, blanks=_EDGE, ends=re.compile(_ENDS.encode("latin-1"))
)
EDGE: Final = bytes(0x20 if byte in _EDGE else byte for byte in range(256))
LOOSE: Final = (CELL + b" ", b" " + CELL_END, CELL_END + b" ")
"""What shows, once each blank is a space, that there are blanks at the edge of a cell."""

_CONTROL: Final = bytes([0, *range(1, 9), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F])
NO_TAGS: Final = bytes(set(range(256)) - set(b"<>") - set(_CONTROL) - set(_USED) - set(MORE))
"""All bytes but `<`, `>`, and those that must not stand in a source."""

ONLY_CODES: Final = bytes(set(range(256)) - set(_USED))
SHOWN: Final = bytes(9 if byte in CELL_END + MORE else 10 if byte in _USED else byte for byte in range(256))
"""From bytes for tags to what they put between the texts around them."""

_ENTER: Final = _OPENS["td"] + _OPENS["caption"] + _CLOSES["table"]
_STRUCTURE: Final = b"".join(
    [
        _CLOSES["td"],
        _CLOSES["caption"],
        _OPENS["table"],
        *(each[name] for each in (_OPENS, _CLOSES) for name in ("tr", "tbody")),
    ]
)
BLANKS: Final = b" \t\r\n" + MORE + bytes(set(_USED) - set(_ENTER) - set(_STRUCTURE))
IN_TABLE: Final = bytes(101 if byte in _ENTER else 115 if byte in _STRUCTURE else 120 for byte in range(256))
"""To `s` for a tag behind which a table holds no text, `e` for one behind which text may stand, `x` for text."""
