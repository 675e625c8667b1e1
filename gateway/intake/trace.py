"""Trace fields of mail (RFC 5321 section 4.4): ours put on top, and loops told by those that are there."""

from __future__ import annotations

import re
from datetime import datetime
from email.utils import format_datetime, getaddresses
from typing import Final

from gateway.errors import NotAccepted
from gateway.model.header_text import on_one_line
from gateway.model.product import PRODUCT

MOST_HOPS: Final = 50
MOST_PASSES: Final = 3  # through this very gateway
LARGEST: Final = 1_000_000
"""Bytes of a header. It is read by many, and each takes its time and a few times its size of memory."""

HEAD_END: Final = re.compile(rb"\r\n\r\n|\A\r\n")
VALUE: Final = rb"[^\r]*(?:\r\n[ \t][^\r]*)*"
"""The rest of a field, folded or not, as a regular expression that takes no memory for each of its bytes."""
RECEIVED: Final = re.compile(rb"^Received[ \t]*:" + VALUE, re.IGNORECASE | re.MULTILINE)
SUBJECT: Final = re.compile(rb"^Subject[ \t]*:(" + VALUE + rb")", re.IGNORECASE | re.MULTILINE)
SHOWN: Final = re.compile(rb"^(?:To|Cc)[ \t]*:(" + VALUE + rb")", re.IGNORECASE | re.MULTILINE)
BETWEEN: Final = re.compile(r"[\s<>()\[\],;:\"\\]+")  # RFC 5322 specials, but for @ and the dot
ADDRESS: Final = re.compile(r"[^@]{1,64}@[^@]{1,255}")  # RFC 5321 section 4.5.3.1
LONGEST_PARSED: Final = 100_000  # characters of a field: some 2,000 addresses
UNSAFE: Final = re.compile(r"[^A-Za-z0-9.:_\-]")


def head(content: bytes) -> bytes:
    """Return the header of a message, to the empty line."""
    end = HEAD_END.search(content)
    return content[: end.start()] if end else content


def top(content: bytes) -> bytes:
    """Return the header of a message with the line ending of its last line: it can be read and changed by itself.

    `NotAccepted` where it is larger than any that a program writes.
    """
    end = HEAD_END.search(content, 0, LARGEST + len(b"\r\n"))
    if end is None and len(content) > LARGEST:
        raise NotAccepted("the header of the message is too large")
    return content[: end.start() + 2] if end else content


def is_looping(content: bytes, hostname: str) -> bool:
    """Say whether the message passed so many hosts, or this gateway so often, that it must be going in circles."""
    hops = RECEIVED.findall(head(content))
    ours = f"by {_safe(hostname)} ({PRODUCT})".encode()
    return len(hops) > MOST_HOPS or sum(ours in b" ".join(hop.split()) for hop in hops) >= MOST_PASSES


def trace(*, helo: str, client: str, hostname: str, transfer_id: str, at: datetime, protocol: str = "ESMTP") -> bytes:
    """Return our trace field. What the far side said of itself is cut down to the letters of a host name."""
    lines = (
        f"Received: from {_safe(helo) or 'unknown'} ([{_safe(client) or 'unknown'}])",
        f"\tby {_safe(hostname)} ({PRODUCT}) with {protocol} id {transfer_id};",
        f"\t{format_datetime(at)}",
    )
    return "\r\n".join(lines).encode("ascii") + b"\r\n"


def subject(content: bytes) -> str:
    """Return the decoded subject, on one line; as much of it as can be decoded. Empty where there is none."""
    found = SUBJECT.search(head(content))
    return on_one_line(found[1]) if found else ""


def shown(content: bytes) -> frozenset[str]:
    """Return the addresses in To and Cc (RFC 5322 section 3.6.3), in small letters.

    Whatever has the look of an address counts, in a comment or a display name too: a quotation mark or a bracket that
    never closes hides nobody. The parser adds those that only it can read, as with a comment in their middle.
    """
    fields = SHOWN.findall(head(content))
    raw = [" ".join(each.decode("utf-8", "replace").split()) for each in fields]
    words = {word.strip("'.") for each in raw for word in BETWEEN.split(each)}
    parsed = [address for each in raw for address in _parsed(each[:LONGEST_PARSED])]
    return frozenset(each.lower() for each in (*words, *parsed) if ADDRESS.fullmatch(each))


def _parsed(field: str) -> list[str]:
    try:
        return [address for _, address in getaddresses([field])]
    except RecursionError:  # comments within comments, a thousand deep
        return []


def _safe(untrusted: str) -> str:
    return UNSAFE.sub("", untrusted)[:255]
