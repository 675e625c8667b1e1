"""Replies of the mail door with enhanced status codes (RFC 2034, codes of RFC 3463 and 5248).

Ours carry one where they are written; the library's get theirs here, and words that quote no command.
"""

from __future__ import annotations

import re
from typing import Final

HAS_A_CODE: Final = re.compile(r"[245]\d\d [245]\.\d{1,3}\.\d{1,3} ")
FAILED: Final = re.compile(r"[45]\d\d ")

NOT_HERE: Final = "554 5.7.1 this client may not send here"

THE_LIBRARYS: Final = {
    "250 OK": "250 2.0.0 Ok",
    "221 Bye": "221 2.0.0 Bye",
    "500 Command line too long": "500 5.5.6 the command is too long",
    "500": "500 5.5.2 the command is not understood",
    "501": "501 5.5.4 the argument is not understood",
    "502": "502 5.5.1 the command is not offered",
    "503 Error: send": "503 5.5.1 say EHLO first",
    "503": "503 5.5.1 out of order",
}
"""What replaces a reply of the library, by its beginning; the first that fits."""


class Refusal(Exception):
    """A command that is refused; `reply` is the whole answer. The session goes on unless `parting`."""

    def __init__(self, reply: str, *, parting: bool = False) -> None:
        super().__init__(reply)
        self.reply = reply
        self.parting = parting


def with_code(reply: str) -> str:
    """Return a reply with its enhanced status code. The greeting, EHLO and 3xx have none (RFC 2034 section 4)."""
    if HAS_A_CODE.match(reply):
        return reply
    for beginning, better in THE_LIBRARYS.items():
        if reply.startswith(beginning):
            return better
    return f"{reply[:3]} {reply[0]}.0.0 {reply[4:]}" if FAILED.match(reply) else reply
