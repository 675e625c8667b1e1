"""Trace fields of mail (RFC 5321 section 4.4): ours put on top, and loops told by those that are there."""

from __future__ import annotations

import re
from datetime import datetime
from email.utils import format_datetime, getaddresses
from functools import lru_cache
from typing import Final

from gateway.intake.header import values
from gateway.model.header_text import FOLDER_LINE, on_one_line
from gateway.model.product import PRODUCT

MOST_HOPS: Final = 50
MOST_PASSES: Final = 3  # through this very gateway
BETWEEN: Final = re.compile(r"[\s<>()\[\],;:\"\\]+")  # RFC 5322 specials, but for @ and the dot
ADDRESS: Final = re.compile(r"[^@]{1,64}@[^@]{1,255}")  # RFC 5321 section 4.5.3.1
HIDES: Final = re.compile(r"""[()"'\\\[\]:;]|(?:^|[\s<>,])[.@]|[.@](?:$|[\s<>,])""")
"""What must stand in a field for the parser to find an address there that is no word of it (RFC 5322 section 3.4)."""
LONGEST_PARSED: Final = 100_000  # characters of a field: some 2,000 addresses
UNSAFE: Final = re.compile(r"[^A-Za-z0-9.:_\-]")


def is_looping(content: bytes, hostname: str) -> bool:
    """Say whether the message passed so many hosts, or this gateway so often, that it must be going in circles."""
    hops = values(content, b"received")
    ours = f"by {_safe(hostname)} ({PRODUCT})".encode()
    return len(hops) > MOST_HOPS or sum(ours in b" ".join(hop.split()) for hop in hops) >= MOST_PASSES


def trace(*, helo: str, client: str, hostname: str, transfer_id: str, at: datetime, protocol: str = "ESMTP") -> bytes:
    """Return our trace field. What the far side said of itself is cut down to the letters of a host name."""
    lines = (
        f"Received: from {_safe(helo) or 'unknown'} ([{_safe(client) or 'unknown'}])",
        f"\tby {_safe(hostname)} ({PRODUCT}) with {protocol} id {transfer_id};",
        f"\t{_date(at.replace(microsecond=0))}",
    )
    return "\r\n".join(lines).encode("ascii") + b"\r\n"


def with_trace(header: bytes, field: bytes) -> bytes:
    """Return a header with a trace field on top: below the line of a mail folder, if it begins with one.

    With a field above that line every reader would take it for the end of the header; where it is on top, Postfix makes
    a field of it (`X-Mailbox-Line`).
    """
    found = FOLDER_LINE.match(header)
    at = found.end() if found else 0
    return header[:at] + field + header[at:]


def subject(content: bytes) -> str:
    """Return the decoded subject, on one line; as much of it as can be decoded. Empty where there is none."""
    return on_one_line(next(iter(values(content, b"subject")), b""))


def shown(content: bytes) -> frozenset[str]:
    """Return the addresses in To and Cc (RFC 5322 section 3.6.3), in small letters.

    Whatever has the look of an address counts, in a comment or a display name too: a quotation mark or a bracket that
    never closes hides nobody. The parser adds those that only it can read, as with a comment in their middle.
    """
    return _addresses(content, b"to", b"cc")


def authors(content: bytes) -> frozenset[str]:
    """Return the addresses in From and Sender (RFC 5322 section 3.6.2), read as those of `shown`."""
    return _addresses(content, b"from", b"sender")


@lru_cache(maxsize=1)
def _date(at: datetime) -> str:
    return format_datetime(at)  # dearer than all else in the field, and the same for a whole second


def _addresses(content: bytes, *fields: bytes) -> frozenset[str]:
    raw = [" ".join(each.decode("utf-8", "replace").split()) for each in values(content, *fields)]
    words = {word.strip("'.") for each in raw for word in BETWEEN.split(each)}
    parsed = [address for each in raw if HIDES.search(each) for address in _parsed(each[:LONGEST_PARSED])]
    return frozenset(each.lower() for each in (*words, *parsed) if ADDRESS.fullmatch(each))


def _parsed(field: str) -> list[str]:
    try:
        return [address for _, address in getaddresses([field])]
    except RecursionError:  # comments within comments, a thousand deep
        return []


def _safe(untrusted: str) -> str:
    return UNSAFE.sub("", untrusted)[:255]
