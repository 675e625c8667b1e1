"""`name=value; name="value"` as mail writes it: quotes, pieces and other character sets (RFC 2045 5.1, RFC 2231)."""

from __future__ import annotations

import re
from typing import Final

_PARAMETER: Final = re.compile(
    r"([A-Za-z0-9!#$&+.^_`|~-]{1,80})(?:\*(\d{1,4}))?(\*?)[ \t\r\n]{0,9}=[ \t\r\n]{0,9}"
    r'(?:"((?:[^"\\]|\\.)*+)"|([^;\s"]*+))',
    re.DOTALL,
)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_OCTETS: Final = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_CHARSET: Final = re.compile(r"([A-Za-z0-9_:.-]{0,40})'[^']{0,40}'")
_MOST: Final = 10_000
_CHARSETS: Final = {
    "": "utf-8",
    "us-ascii": "utf-8",
    "utf-8": "utf-8",
    "iso-8859-1": "latin-1",
    "windows-1252": "cp1252",
}


def parameters(text: str) -> list[tuple[str, str]]:
    """Return names, in lower case, and values in the order of the text; pieces of one value are joined by number."""
    found: list[tuple[str, str]] = []
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for number, match in enumerate(_PARAMETER.finditer(text)):
        if number >= _MOST:
            break
        name = match[1].lower()
        value = match[5] if match[4] is None else _ESCAPED.sub(r"\1", match[4])
        if match[2] is None:
            found.append((name, _decoded(value) if match[3] else value))
            continue
        if name not in pieces:
            pieces[name] = {}
            found.append((name, ""))
        pieces[name].setdefault(int(match[2]), (value, bool(match[3])))
    return [(name, _joined(pieces.pop(name)) if not value and name in pieces else value) for name, value in found]


def _joined(pieces: dict[int, tuple[str, bool]]) -> str:
    """Return the value that was cut in pieces: only the first says the character set (RFC 2231 4.1)."""
    charset = ""
    values: list[str] = []
    for number, (value, encoded) in sorted(pieces.items()):
        found = _CHARSET.match(value) if encoded and number == 0 else None
        charset = found[1] if found else charset
        values.append(_octets(value[found.end() :] if found else value, charset) if encoded else value)
    return "".join(values)


def _decoded(value: str) -> str:
    found = _CHARSET.match(value)
    return _octets(value[found.end() :], found[1]) if found else _octets(value, "")


def _octets(value: str, charset: str) -> str:
    """Decode `%41`. A character set that no label needs is read as Latin-1, so that ASCII in it is not lost."""
    known = _CHARSETS.get(charset.lower(), "latin-1")
    return _OCTETS.sub(lambda match: bytes.fromhex(match[0].replace("%", "")).decode(known, "replace"), value)
