r"""Calendars and address cards: content lines, unfolded, their escapes and encodings undone, each property apart.

RFC 5545 3.1 (iCalendar) and RFC 6350 3.2 (vCard 4.0) are alike; vCard 2.1 adds quoted-printable with folds of its own.
Parameters are words too (RFC 5545 3.2: `CN="Jo Bloggs"`), with the escapes of RFC 6868.
"""

from __future__ import annotations

import binascii
import quopri
import re
from collections.abc import Iterable, Iterator
from typing import Final

from gateway.extract import Inner, Limits, media
from gateway.extract.data_address import data_address
from gateway.extract.decoding import decode, has_binary
from gateway.extract.formats.text.extractor import second_reading
from gateway.extract.formats.text.pasted import pasted
from gateway.model.inspection import Gap, GapKind, Segment, Where
from gateway.model.label_names import is_label

LINE_END: Final = re.compile(r"\r?\n|\r")
PARAMETER: Final = re.compile(r';([^=;:"]*)=?((?:"[^"]*"|[^";:])*)|;([^=;:]*)')
ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
CARET: Final = {"^n": "\n", "^'": '"', "^^": "^"}
CARETS: Final = re.compile(r"\^[n'^]")
PLACES: Final = {
    "SUMMARY": Where.SUBJECT,
    "DESCRIPTION": Where.BODY,
    "NOTE": Where.BODY,
    "COMMENT": Where.COMMENT,
    "X-ALT-DESC": Where.BODY,
}
PLUMBING: Final = frozenset(
    {"BEGIN", "END", "VERSION", "CALSCALE", "DTSTAMP", "SEQUENCE", "TZOFFSETFROM", "TZOFFSETTO"}
)
PLUMBED: Final = re.compile(r"[A-Z]{1,12}|[\d.TZ+-]{1,16}")
NAME: Final = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)?")
GROUP: Final = re.compile(r"item\d{1,3}\.", re.IGNORECASE)
SHORT: Final = 200
TYPED: Final = frozenset(
    {"VALUE", "ENCODING", "CHARSET", "TYPE", "PREF", "TZID", "RSVP", "ROLE", "PARTSTAT", "CUTYPE", "FMTTYPE"}
)
CODINGS: Final = frozenset({"BASE64", "QUOTED-PRINTABLE"})
STRUCTURED: Final = frozenset({"N", "ADR", "ORG", "GENDER"})  # components are separated by semicolons
TYPE: Final = re.compile(r"[A-Za-z0-9/.,_ -]{1,40}")
LONGEST_NAME: Final = 100


class ContentLineExtractor:
    """Reads iCalendar and vCard."""

    name = "content_lines"
    media_types = frozenset({media.CALENDAR, media.VCARD})

    def open(self, data: bytes, limits: Limits) -> Iterable[Segment | Inner | Gap]:
        """Return each property once, and the files within."""
        del limits  # nothing here grows
        if has_binary(data):
            yield Gap(part="", kind=GapKind.CORRUPT, detail="binary in text")
        text = decode(data)
        given: dict[tuple[str, str], None] = {}
        for line in _unfolded(LINE_END.split(text)):
            for found in _property(line):
                if isinstance(found, Segment):
                    if (found.name, found.text) in given:
                        continue
                    given[found.name, found.text] = None
                yield found
        yield from pasted(text)
        yield from second_reading(data)


def _unfolded(lines: Iterable[str]) -> Iterator[str]:
    """Yield whole lines: one that begins with a blank goes on; so does one after quoted-printable that ends in `=`."""
    whole: list[str] = []
    is_quoted = False
    for line in lines:
        if whole and is_quoted and whole[-1].endswith("="):
            whole[-1] = whole[-1][:-1]
            whole.append(line.rstrip(" \t"))
        elif whole and line[:1] in {" ", "\t"}:
            whole.append(line[1:])
        else:
            yield "".join(whole)
            is_quoted = "QUOTED-PRINTABLE" in line.partition(":")[0].upper()
            whole = [line.rstrip(" \t") if is_quoted else line]
    yield "".join(whole)


def _property(line: str) -> Iterator[Segment | Inner | Gap]:
    """Read one content line: `group.NAME;PARAMETER=value:value`."""
    head, parameters, value = _cut(line)
    name = head.rpartition(".")[2].upper()[:LONGEST_NAME]
    if not NAME.fullmatch(head) or not value.strip():
        if line.strip():
            yield Segment(where=Where.BODY, text=line)
        return
    yield from _around(head, name, parameters)
    if name in PLUMBING and PLUMBED.fullmatch(value):
        return
    coding = parameters.get("ENCODING", "").upper() or next((key for key in parameters if key in CODINGS), "")
    if coding in {"BASE64", "B"}:
        yield from _in_base64(name, parameters, value)
        return
    if value[:5].lower() == "data:" and (file := list(data_address(value, name.lower()))):
        yield from file
        value = value.partition(",")[0]
    if coding == "QUOTED-PRINTABLE":
        value = decode(quopri.decodestring(value.encode("utf-8", "replace")), parameters.get("CHARSET", ""))
    yield from _value(name, parameters, value)


def _around(head: str, name: str, parameters: dict[str, str]) -> Iterator[Segment]:
    """Yield what stands before the value of a property and says more than of which kind it is."""
    if "." in head and not GROUP.match(head):
        yield Segment(where=Where.PROPERTY, text=head, name=name)
    for key, said in parameters.items():
        if not NAME.fullmatch(key):
            yield Segment(where=Where.PROPERTY, text=f"{key} {said}".strip(), name=name)
        elif (key not in TYPED or not TYPE.fullmatch(said)) and (said.strip() or key not in CODINGS):
            yield Segment(
                where=Where.PROPERTY,
                text=_plain(CARETS.sub(lambda m: CARET[m[0]], said.strip('"'))),
                name=f"{name} {key}",
            )


def _cut(line: str) -> tuple[str, dict[str, str], str]:
    """Return the name, the parameters and the value of a line; a line that is none is a value without a name."""
    end = re.match(r"[^:;]*", line)
    head = end[0] if end else ""
    parameters: dict[str, str] = {}
    at = len(head)
    while (match := PARAMETER.match(line, at)) and match.end() > at:
        key, said = (match[1] or match[3] or "").strip(), match[2] or ""
        key = key.upper() if NAME.fullmatch(key) else key
        parameters[key] = f"{parameters[key]},{said}" if key in parameters else said
        at = match.end()
    if not line[at:].startswith(":"):
        return ("", {}, line) if line.strip() else ("", {}, "")
    return head.strip(), parameters, line[at + 1 :]


def _value(name: str, parameters: dict[str, str], value: str) -> Iterator[Segment | Inner]:
    """Yield a value in words."""
    if name in STRUCTURED:
        value = re.sub(r"(?<!\\);", "\t", value)
    text = _plain(value)
    if parameters.get("FMTTYPE", "").lower() == "text/html" or text.lstrip()[:5].lower() in {"<html", "<!doc"}:
        yield Inner(name=f"{name.lower()}.html", data=f"<body>{text}".encode("utf-8-sig", "replace"))
        return
    where = Where.LABEL if is_label(name) else PLACES.get(name, Where.PROPERTY if name else Where.BODY)
    shown = f"{name[2:].replace('-', ' ')}: {text}" if name.startswith("X-") and where is Where.PROPERTY else text
    yield Segment(where=where, text=shown, name=name)


def _in_base64(name: str, parameters: dict[str, str], value: str) -> Iterator[Segment | Inner | Gap]:
    """Open a file within: a photo, an attachment, a key."""
    if len(value) < SHORT:  # it may be words
        yield Segment(where=Where.HIDDEN, text=value, name=name)
    called = parameters.get("X-FILENAME") or parameters.get("FILENAME") or name.lower()
    try:
        yield Inner(
            name=called.strip('"'), data=binascii.a2b_base64(value.rstrip("= ").encode("ascii", "replace") + b"==")
        )
    except binascii.Error:
        yield Gap(part="", kind=GapKind.CORRUPT, detail="base64")


def _plain(value: str) -> str:
    r"""Undo the escapes of a value: `\n`, `\,`, `\;`, `\\`."""
    if "\\" not in value:
        return value
    return ESCAPE.sub(lambda match: "\n" if match[1] in "nN" else match[1], value)
