"""Takes out of a message that goes unsealed what would tell outside what it is about: subject and names of files.

    Subject: Secure message from …           and no Thread-Topic, Thread-Index, Keywords or Comments
    Content-Disposition: attachment; filename="document-1.docx"

Every byte of content stays. Where a name cannot be taken out for sure, as in what is signed, or where an attached
message shows its own subject, `NotSealed`. As with a marking, another parser reads the result once more.
"""

from __future__ import annotations

import email
import email.policy
import email.utils
import re
from collections.abc import Iterator
from email.message import Message
from itertools import count
from typing import Final, TypeAlias

from gateway.errors import NotSealed
from gateway.protect import compose
from gateway.protect.bodies import DEEPEST, UNTOUCHABLE, children_of, head_of, leaves
from gateway.protect.naming import neutral_name
from gateway.protect.parsed import parsed
from gateway.protect.readable import decoded

NAMING: Final = frozenset({b"content-type", b"content-disposition"})
DESCRIBING: Final = frozenset({b"content-description", b"content-location"})
NAMES: Final = ("filename", "name")
SAYS_NOTHING: Final = re.compile(r"document-[0-9]{1,6}(\.[a-z0-9]{1,8})?|smime\.p7[ms]|(signature|encrypted)\.asc")
MESSAGES: Final = frozenset({"message/global", "message/rfc822"})
BY_HAND: Final = "rename what is attached and send it again, or ask an officer"

Change: TypeAlias = tuple[int, int, bytes]
"""(where a header begins, where it ends, what stands there instead)"""


def neutral(message: bytes, subject: str) -> bytes:
    """Return a message with this subject and with names of files that say nothing; `NotSealed`."""
    before = compose.pass_through(message, subject=subject)
    done = before
    for start, end, header in reversed(list(_changes(before, (0, len(before)), count(1)))):
        done = done[:start] + header + done[end:]
    _read_again(before, done)
    return done


def _changes(
    message: bytes, place: tuple[int, int], numbers: Iterator[int], *, depth: int = 0, fixed: bool = False
) -> Iterator[Change]:
    """Yield the headers that must change, in their order. Those of parts that are `fixed` cannot."""
    if depth > DEEPEST:
        raise NotSealed("the parts of the message are nested too deep")
    start, end = place
    fields, head, begin = head_of(message, start, end)
    kind = head.get_content_type()
    if kind in MESSAGES:
        raise NotSealed("a message that is attached shows its own subject", hint=BY_HAND)
    telling = [name for name in _names(head) if not SAYS_NOTHING.fullmatch(name)]
    if telling or any(compose.field_name(field) in DESCRIBING for field in fields):
        if fixed:
            raise NotSealed("what is signed or encrypted has a name that cannot be changed", hint=BY_HAND)
        name = neutral_name(next(numbers), decoded(telling[0])) if telling else ""
        newline = b"\r\n" if b"\r\n" in message else b"\n"
        yield start, begin, b"".join([*_renamed(fields, name, newline), newline])
    if head.get_content_maintype() == "multipart":
        for child in children_of(message, head, (begin, end)):
            yield from _changes(message, child, numbers, depth=depth + 1, fixed=fixed or kind in UNTOUCHABLE)


def _names(head: Message) -> Iterator[str]:
    for field in NAMING:
        for name in NAMES:
            value = head.get_param(name, header=field.decode("ascii"))
            if value:
                yield email.utils.collapse_rfc2231_value(value)


def _renamed(fields: list[bytes], name: str, newline: bytes) -> Iterator[bytes]:
    """Yield the header fields of a part, with another name where there is one."""
    for field in fields:
        title = compose.field_name(field)
        if title in NAMING and name:
            yield _with_name(field, name) + newline
        elif title not in DESCRIBING:
            yield field


def _with_name(field: bytes, name: str) -> bytes:
    read = email.message_from_bytes(field.rstrip(b"\r\n") + b"\r\n\r\n", policy=email.policy.compat32)
    (title,) = read.keys()
    for each in NAMES:
        if read.get_param(each, header=title):
            read.set_param(each, name, header=title)
    try:
        return f"{title}: {' '.join(str(read[title]).split())}".encode("ascii")
    except UnicodeEncodeError:
        raise NotSealed("the header of the message is not well formed") from None


def _read_again(before: bytes, after: bytes) -> None:
    """Require of the standard library's parser the same content, and no name that says anything."""
    old, new = map(parsed, (before, after))
    if leaves(old) != leaves(new):
        raise NotSealed("the message does not have the same parts once its names are taken out")
    if not all(SAYS_NOTHING.fullmatch(name) for part in new.walk() for name in _names(part)):
        raise NotSealed("the message still shows the name of a file", hint=BY_HAND)
