"""What the far side answered, made fit to be kept: untrusted text, cut down."""

from __future__ import annotations

import re
from typing import Final

from gateway.deliver import Result
from gateway.errors import TryLater, Undeliverable
from gateway.model.transfer import Reply

LONGEST: Final = 200  # characters
ENHANCED: Final = re.compile(r"(?P<code>[245]\.[0-9]{1,3}\.[0-9]{1,3})(?: |$)")
"""An enhanced code as it begins an answer (RFC 2034 section 4, RFC 3463 section 2)."""
FULL: Final = frozenset({452, 552})
CROWDED: Final = frozenset({"", "4.5.3", "5.5.3"})


def printable(untrusted: str) -> str:
    """Return at most 200 characters of printable ASCII, on one line; anything else becomes a question mark."""
    line = " ".join(untrusted.split())
    return "".join(letter if " " <= letter <= "~" else "?" for letter in line[:LONGEST])


def reply_of(host: str, code: int, untrusted: str) -> Reply:
    """Return what a mail server said, taken apart. An enhanced code of another class than the code counts as text."""
    lines = [each.strip() for each in untrusted.splitlines()] or [""]
    found = ENHANCED.match(lines[0])
    enhanced = found["code"] if found and found["code"][0] == str(code)[0] else ""
    text = " ".join(each.removeprefix(enhanced).strip() for each in lines) if enhanced else untrusted
    return Reply(host=host, code=code, enhanced=enhanced, text=printable(text))


def said(reply: Reply) -> str:
    """Return an answer on one line, as a person reads it."""
    return printable(" ".join(filter(None, (str(reply.code), reply.enhanced, reply.text))))


def is_crowded(reply: Reply) -> bool:
    """Say whether RCPT was answered that there are too many recipients (RFC 5321 section 4.5.3.1.10).

    That is nothing against this one, who may be named in the next transaction. Old servers say it with 552.
    """
    return reply.code in FULL and reply.enhanced in CROWDED


def against(reply: Reply, *, about_message: bool) -> Result:
    """Return what an answer comes to that is none of success.

    5xx is the last word about a message (RFC 5321 section 4.2.1); from a server that was given none yet, it waits.
    """
    words = f"{reply.host} answered: {said(reply)}"
    is_last = about_message and 500 <= reply.code <= 599  # noqa: PLR2004 - permanent negative replies
    return Result(trouble=Undeliverable(words) if is_last else TryLater(words), reply=reply)
