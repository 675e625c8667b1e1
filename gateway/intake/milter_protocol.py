"""The milter protocol, version 6, as Sendmail's libmilter and Postfix speak it: packets, and one message out of them.

A packet is four bytes of length (network order), one byte that says what it is, and the rest. There is no RFC; the
protocol is what libmilter's mfdef.h and Postfix's MILTER_README say.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Final

from gateway.intake.message import Message

VERSION: Final = 6
LONGEST_COMMAND: Final = 8192  # bytes: MAIL and RCPT with their parameters
LONGEST_PACKET: Final = 1 << 20  # bytes; a body comes in pieces of 65,535

ABORT, BODY, CONNECT, MACRO, END = b"A", b"B", b"C", b"D", b"E"
HELO, QUIT_NEW, HEADER, MAIL, END_OF_HEADER = b"H", b"K", b"L", b"M", b"N"
NEGOTIATE, QUIT, RCPT, DATA, UNKNOWN = b"O", b"Q", b"R", b"T", b"U"

CONTINUE, DISCARD, REPLY, TEMPFAIL, PROGRESS = b"c", b"d", b"y", b"t", b"p"

NO_REPLY: Final = 0x80 | 0x1000 | 0x2000 | 0x4000 | 0x8000 | 0x10000 | 0x20000 | 0x40000 | 0x80000
"""What we say nothing to, step by step: header field, connect, helo, mail, rcpt, data, unknown, end of header, body."""
LEADING_SPACE: Final = 0x100000
"""Header values come as they are, with the space behind the colon: without it no message could be put together."""
WANTED: Final = NO_REPLY | LEADING_SPACE


class NotUnderstood(Exception):
    """The far side does not speak the protocol, or not the parts that we need."""


@dataclass
class Collected:
    """What came of one message so far."""

    sender: str | None = None
    dsn: dict[str, str] = field(default_factory=dict)
    recipients: list[str] = field(default_factory=list)
    reports: list[dict[str, str]] = field(default_factory=list)
    pieces: list[bytes] = field(default_factory=list)
    size: int = 0

    def add(self, piece: bytes) -> None:
        """Keep a piece of content."""
        self.pieces.append(piece)
        self.size += len(piece)


def packet(kind: bytes, rest: bytes = b"") -> bytes:
    """Return one packet."""
    return struct.pack("!I", len(rest) + 1) + kind + rest


def negotiated(offer: bytes) -> bytes:
    """Return our answer to what the mail server offers; `NotUnderstood` where it cannot give us header values whole."""
    if len(offer) < 12:  # noqa: PLR2004 - three numbers of four bytes
        raise NotUnderstood("the mail server's offer is cut short")
    version, _actions, steps = struct.unpack("!III", offer[:12])
    if version < VERSION or not steps & LEADING_SPACE:
        raise NotUnderstood("the mail server speaks an older milter protocol; Postfix: milter_protocol = 6")
    return packet(NEGOTIATE, struct.pack("!III", VERSION, 0, steps & WANTED))


def words_of(rest: bytes) -> list[bytes]:
    """Return the words of a command, each ended by a NUL; `NotUnderstood` where they are longer than commands are."""
    if len(rest) > LONGEST_COMMAND:
        raise NotUnderstood("the mail server passes on a command that is too long")
    return rest.removesuffix(b"\0").split(b"\0")


def peer_of(rest: bytes) -> str:
    """Return the client's address from a connect packet: name, NUL, family, port, address; empty where unknown."""
    _name, _, about = rest.partition(b"\0")
    if about[:1] not in {b"4", b"6"}:
        return ""
    return about[3:].rstrip(b"\0").decode("ascii", "replace").removeprefix("IPv6:")


def path_of(words: list[bytes]) -> tuple[str, dict[str, str]]:
    """Return the address of MAIL or RCPT, without its brackets, and the parameters behind it."""
    address = words[0].decode("utf-8", "surrogateescape")
    parameters = {}
    for word in words[1:]:
        name, _, value = word.decode("utf-8", "surrogateescape").partition("=")
        parameters[name.upper()] = value
    return address.removeprefix("<").removesuffix(">"), parameters


def header_field(rest: bytes) -> bytes:
    """Return a header field as it stood in the message: folded lines end in CRLF again."""
    name, _, value = rest.removesuffix(b"\0").partition(b"\0")
    value = value.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    return name + b":" + value + b"\r\n"


def message(collected: Collected, *, client: str, helo: str) -> Message:
    """Return the whole message."""
    return Message(
        sender=collected.sender or "",
        recipients=tuple(collected.recipients),
        content=b"".join(collected.pieces),
        client=client,
        helo=helo,
        dsn={name: collected.dsn[name] for name in ("RET", "ENVID") if name in collected.dsn},
        dsn_recipients=tuple(
            {name: each[name] for name in ("NOTIFY", "ORCPT") if name in each} for each in collected.reports
        ),
    )


def answer_for(reply: str) -> bytes:
    """Return the packet for a reply of RFC 5321: what is ours the mail server forgets, all else it says itself."""
    if reply.startswith("2"):
        return packet(DISCARD)
    return packet(REPLY, reply.replace("%", "%%").encode("ascii", "replace") + b"\0")
