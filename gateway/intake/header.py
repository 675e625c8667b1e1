"""The header of a message as it stands at a door: read once, however many of its fields are asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Final

from gateway.errors import NotAccepted

LARGEST: Final = 1_000_000
"""Bytes of a header. It is read by many, and each takes its time and a few times its size of memory."""

LINE_END: Final = b"\r\n"
VALUE: Final = rb"[^\r]*(?:\r\n[ \t][^\r]*)*"
"""The rest of a field, folded or not, as a regular expression that takes no memory for each of its bytes."""
NAME: Final = re.compile(rb"^([!-9;-~]+)[ \t]*:", re.MULTILINE)  # RFC 5322 section 3.6.8, and blanks of section 4.5
REST: Final = re.compile(VALUE)


class Header(bytes):
    """A header that remembers where its fields begin: to look for each of them anew takes fifty times as long."""

    @cached_property
    def places(self) -> Mapping[bytes, Sequence[int]]:
        """Where what each field says begins, by its name in small letters."""
        found: dict[bytes, list[int]] = {}
        for each in NAME.finditer(self):
            found.setdefault(each[1].lower(), []).append(each.end())
        return found


def head(content: bytes) -> Header:
    """Return the header of a message, to the empty line."""
    if isinstance(content, Header):
        return content
    end = _end(content, len(content))
    return Header(content if end < 0 else content[:end])


def top(content: bytes) -> Header:
    """Return the header of a message with the line ending of its last line: it can be read and changed by itself.

    `NotAccepted` where it is larger than any that a program writes.
    """
    end = _end(content, LARGEST + len(LINE_END))
    if end < 0 and len(content) > LARGEST:
        raise NotAccepted("the header of the message is too large")
    return Header(content if end < 0 else content[: end + len(LINE_END)])


def values(content: bytes, *names: bytes) -> list[bytes]:
    """Return what the fields of these names say, as it is written, in the order of the message.

    Names are in small letters. What is no `Header` yet is read to its empty line.
    """
    header = head(content)
    places = [place for name in names for place in header.places.get(name, ())]
    return [found[0] for place in sorted(places) if (found := REST.match(header, place))]


def _end(content: bytes, limit: int) -> int:
    """Return where the empty line begins that ends the header, below 0 where none does before `limit`."""
    return 0 if content.startswith(LINE_END) else content.find(LINE_END * 2, 0, limit)
