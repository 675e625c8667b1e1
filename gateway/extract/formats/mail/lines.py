"""Parses a message with the standard library's tolerant parser, without having it look at every line of a body.

The parser asks of every line whether it is a header, a boundary or a blank one. Lines that are plainly none of these,
without a colon, and not beginning with a blank, a hyphen, or as a line of a mail folder does, are set aside: one line
stands for them until the message is parsed. What comes out is the same. A message that is no ASCII is parsed as it is.
"""

from __future__ import annotations

import email
import email.feedparser
import email.policy
import re
from email.message import Message
from typing import Final

BODY_LINES: Final = re.compile(r"^(?:[^\s>F:-][^\r\n:]*+(?:\r\n?+|\n)){2,}+", re.MULTILINE)
MARK: Final = "\ue000"
"""A character that comes of no byte."""

MARKED: Final = re.compile(f"{MARK}([0-9]+){MARK}")


def parsed(data: bytes) -> Message:
    """Return the message that bytes are, as `email.message_from_bytes` does."""
    if not data.isascii():  # the library shows no text as it is that holds other bytes
        return email.message_from_bytes(data, policy=email.policy.compat32)
    aside: list[str] = []

    def put_aside(match: re.Match[str]) -> str:
        lines = match[0].removesuffix("\n").removesuffix("\r")
        aside.append(lines)
        return f"{MARK}{len(aside) - 1}{MARK}{match[0][len(lines) :]}"

    parser = email.feedparser.FeedParser(policy=email.policy.compat32)
    parser.feed(BODY_LINES.sub(put_aside, data.decode("ascii")))
    message = parser.close()
    for part in message.walk() if aside else ():
        _restore(part, aside)
    return message


def _restore(part: Message, aside: list[str]) -> None:
    """Put the lines back in the texts of a part."""

    def lines(match: re.Match[str]) -> str:
        return aside[int(match[1])]

    payload = part.get_payload()
    if isinstance(payload, str) and MARK in payload:
        part.set_payload(MARKED.sub(lines, payload))
    for name in ("preamble", "epilogue"):
        text = getattr(part, name)
        if isinstance(text, str) and MARK in text:
            setattr(part, name, MARKED.sub(lines, text))
