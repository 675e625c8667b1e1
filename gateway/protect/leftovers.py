"""Looks for what should have been hidden, in everything that goes: texts, pages, attachments, names and headers.

Not in the fields of a message that say from whom to whom it goes, and by which way: without them it cannot go, and
those who get it know them.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from contextlib import suppress
from email.message import Message
from typing import Final
from urllib.parse import unquote

from gateway.errors import NotSealed
from gateway.model.inspection import Finding
from gateway.model.normalise import normalise
from gateway.protect import Plain
from gateway.protect.content import whole
from gateway.protect.html_text import shown
from gateway.protect.parsed import parsed
from gateway.protect.readable import decoded
from gateway.protect.spans import Mask
from gateway.protect.spellings import NO_SIGN, TELLING, form_of, said, spelling, squeezed

ADDRESSING: Final = frozenset(
    {"cc", "delivered-to", "errors-to", "from", "in-reply-to", "message-id", "received", "references", "reply-to"}
    | {"resent-from", "resent-sender", "resent-to", "return-path", "sender", "to", "x-original-to"}
)
ADDRESSES: Final = frozenset({"EMAIL_ADDRESS", "IP_ADDRESS", "PERSON_NAME"})
MOST_QUOTED: Final = 4  # readings of one text: as it is, and three times unquoted
LARGEST: Final = 64 << 20  # bytes of a part that is searched


def is_addressed(message: bytes, finding: Finding, mask: Mask) -> bool:
    """Say whether a finding is an address, or a name beside one, in the fields that a message is sent by."""
    form = form_of(finding.masked) if finding.entity in ADDRESSES else None
    fields = [normalise(decoded(str(value))) for name, value in parsed(message).items() if name.lower() in ADDRESSING]
    return form is not None and any(
        mask(finding.entity, seen[0]) == finding.masked for field in fields for seen in form.finditer(field)
    )


def refuse_leftovers(parts: Sequence[Plain], values: Sequence[str], *, message: bool) -> None:
    """Raise `NotSealed` where one of the values is still in a part, however it is spaced and in whatever case."""
    if not values:
        return
    wanted = {said(value): squeezed(value) for value in values}
    telling = {signs for signs in wanted.values() if len(signs) >= TELLING}
    forms = [spelling(value) for value, signs in wanted.items() if 0 < len(signs) < TELLING]
    for number, part in enumerate(parts, start=1):
        if part.content.size > LARGEST:
            raise NotSealed(f"part {number} cannot be redacted: it is too large to be searched")
        content = whole(part.content)
        for text in _message_texts(content) if message else _texts(content, "utf-8", part.name):
            words = said(text)
            signs = NO_SIGN.sub("", words)
            if any(value in signs for value in telling) or any(form.search(words) for form in forms):
                raise NotSealed(f"part {number} cannot be redacted: a value that was found stands elsewhere in it")


def _message_texts(message: bytes) -> Iterator[str]:
    for part in parsed(message).walk():
        for name, value in part.items():
            if name.lower() not in ADDRESSING:
                yield from _unquoted(decoded(str(value)))
        yield from (str(each) for each in (part.preamble, part.epilogue) if each)
        content = part.get_payload(decode=True)
        if isinstance(content, bytes):
            yield from _texts(content, _charset(part))


def _texts(content: bytes, charset: str, name: str = "") -> Iterator[str]:
    """Yield some bytes as text, and their name, in every way that a reader might take them."""
    for text in (name, *_decodings(content, charset)):
        yield from _unquoted(text)


def _unquoted(text: str) -> Iterator[str]:
    """Yield a text as it is, and as it is once its percent signs are undone (RFC 3986 2.1): links hold values so."""
    for _ in range(MOST_QUOTED):
        yield text
        further = unquote(text)
        if further == text:
            return
        text = further


def _decodings(content: bytes, charset: str) -> Iterator[str]:
    """Yield some bytes as text: by their character set, as a page, and with both kinds of two bytes to a letter."""
    try:
        text = content.decode(charset, "replace")
    except LookupError:
        text = content.decode("utf-8", "replace")
    yield text
    if "<" in text or "&" in text:
        yield html.unescape(text)
        with suppress(NotSealed):  # no page that could be followed; its source was looked at
            yield shown(text)
    if b"\0" in content:
        yield from (content.decode(wide, "replace") for wide in ("utf-16-le", "utf-16-be"))


def _charset(part: Message) -> str:
    charset = part.get_content_charset("utf-8")
    return "utf-8" if charset == "us-ascii" else charset
