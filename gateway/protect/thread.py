"""Lets an answer to a sealed message reach its sender and find its place, by what tells nothing of the content.

Mail programs put messages together by In-Reply-To and References (RFC 5322 section 3.6.4). The outside of a sealed
message names what the message itself names, and last the message itself: its sender knows it by its own id, its
recipient only knows the outside. So an answer is shown below what was sent, and a second letter below the first.
Of what an old thread names, ids of other domains are left out: they say who else took part. Only the message that is
answered is named wherever it came from, because the recipient's domain often has a provider's servers write its ids.

Outside it comes from the envelope's sender, whose domain sends it (SPF, DMARC). Where the message is from somebody
else, as with what an application sends, or wants its answers elsewhere, the outside says so in Reply-To.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from email.utils import getaddresses
from typing import Final

from gateway.protect import compose

MOST: Final = 20  # ids, the last ones: an old thread has hundreds
ID: Final = re.compile(rb"<[!-;=?A-~]{1,250}@[!-;=?A-~]{1,250}>")
READ: Final = 64 * 1024  # bytes of a field, the last ones
LONGEST: Final = 1_000  # bytes of a field in which one address is looked for


def threaded(head: compose.Head, message: bytes) -> compose.Head:
    """Return the outside of a message with where its answers go, and the ids that it names and has."""
    fields = [(compose.field_name(field), field.partition(b":")[2]) for field in compose.header(message)[0]]

    def named(wanted: bytes) -> list[bytes]:
        return [value for name, value in fields if name == wanted]

    answers, references, own = (_ids(named(each)) for each in (b"in-reply-to", b"references", b"message-id"))
    domains = [address.lower().rpartition("@")[2] for address in (head.sender, head.recipient)]
    answered = answers[-1:]
    return replace(
        head,
        answers=tuple(answered),
        references=_last([*(each for each in references if _is_of(each, domains)), *answered, *own[:1]]),
        reply_to=_other_than(head.sender, named(b"reply-to") or named(b"from")),
    )


def _ids(values: Iterable[bytes]) -> list[str]:
    return [found.decode("ascii") for value in values for found in ID.findall(value[-READ:])]


def _is_of(message_id: str, domains: Iterable[str]) -> bool:
    """Say whether a message's id is of one of these domains, or of a host below it."""
    host = message_id.lower().rpartition("@")[2].removesuffix(">")
    return any(host == each or host.endswith(f".{each}") for each in domains if each)


def _last(ids: list[str]) -> tuple[str, ...]:
    """Return the last ids, each where it stands last."""
    return tuple(reversed(list(dict.fromkeys(reversed(ids)))[:MOST]))


def _other_than(sender: str, values: list[bytes]) -> str:
    """Return the one address in a field, empty where there are more, none that is plain, or the sender's own."""
    if len(values) != 1 or len(values[0]) > LONGEST:
        return ""
    try:
        found = [address for _, address in getaddresses([" ".join(values[0].decode("latin-1").split())])]
    except RecursionError:  # comments within comments, hundreds deep
        return ""
    if len(found) != 1 or not (found[0].isascii() and compose.ADDRESS.fullmatch(found[0])):
        return ""
    return "" if found[0].lower() == sender.lower() else found[0]
