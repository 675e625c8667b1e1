"""The texts that a reader of a mail message is shown, found by their bytes, so that all else stays as it is.

RFC 2046 5.1: of alternatives a reader shows one, so each counts; of related parts the root; of mixed ones all that are
not attached, and the first of them is what the message says. What is signed or encrypted (RFC 1847, RFC 8551) cannot be
touched. Whatever two programs might read in two ways raises `NotSealed`.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from email.message import Message
from itertools import islice
from typing import Final

from gateway.errors import NotSealed
from gateway.protect import compose
from gateway.protect.parsed import parsed

PLAIN: Final = "text/plain"
HTML: Final = "text/html"
UNTOUCHABLE: Final = frozenset(
    {
        "application/pkcs7-mime",
        "application/x-pkcs7-mime",
        "multipart/encrypted",
        "multipart/signed",
    }
)
INLINE_PGP: Final = b"-----BEGIN PGP "
DEEPEST: Final = 16
MOST: Final = 10_000  # parts of one part; each takes a part of a millisecond
AS_IT_IS: Final = frozenset({"", "7bit", "8bit", "binary"})
ONCE: Final = frozenset({b"content-type", b"content-transfer-encoding", b"content-disposition"})
WIDTH: Final = 76  # RFC 2045 6.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """One text of a message: what it is, how it is written, and where its bytes stand.

    `is_main` where it is (an alternative of) what the message says. `untouchable` says why it may not be changed.
    """

    kind: str
    charset: str
    coding: str
    start: int
    end: int
    is_main: bool = True
    untouchable: str = ""


def bodies(message: bytes) -> tuple[Body, ...]:
    """Return the texts of a message in their order; `NotSealed` where it is not plain what a reader shows."""
    return tuple(_entity(message, 0, len(message), depth=0))


def text_of(message: bytes, body: Body) -> bytes:
    """Return what a text is once its transfer encoding is undone; `NotSealed` where readers may differ."""
    raw = message[body.start : body.end]
    try:
        if body.coding == "base64":
            return binascii.a2b_base64(b"".join(raw.split()), strict_mode=True)
        if body.coding == "quoted-printable":
            return binascii.a2b_qp(raw)
    except binascii.Error:
        raise NotSealed("a text of the message is not well encoded") from None
    if body.coding not in AS_IT_IS:
        raise NotSealed("a text of the message has a transfer encoding that the gateway does not write")
    return raw


def replaced(message: bytes, changes: Sequence[tuple[Body, bytes]]) -> bytes:
    """Return the message with new texts, each written as the old one was. Every other byte stays."""
    for body, text in sorted(changes, key=lambda each: each[0].start, reverse=True):
        old = message[body.start : body.end]
        message = message[: body.start] + _written(text, old, body) + message[body.end :]
    return message


def _written(text: bytes, old: bytes, body: Body) -> bytes:
    newline = b"\r\n" if b"\r\n" in old else b"\n"
    if body.coding == "base64":
        code = binascii.b2a_base64(text, newline=False)
        lines = [code[at : at + WIDTH] for at in range(0, len(code), WIDTH)]
        return newline.join(lines) + (newline if old.endswith(b"\n") else b"")
    if body.coding == "quoted-printable":
        code = binascii.b2a_qp(text, istext=True)
        if binascii.a2b_qp(code) != text:
            raise NotSealed("a text of the message cannot be written in quoted-printable again")
        return code
    return text


def _entity(message: bytes, start: int, end: int, *, depth: int) -> Iterator[Body]:
    """Yield the texts of one part with its headers at `start`."""
    if depth > DEEPEST:
        raise NotSealed("the parts of the message are nested too deep")
    _, head, begin = head_of(message, start, end)
    kind = head.get_content_type()
    if kind in UNTOUCHABLE:
        yield Body(kind=kind, charset="", coding="", start=begin, end=end, untouchable="it is signed or encrypted")
    elif head.get_content_maintype() == "multipart":
        yield from _several(message, head, (begin, end), depth)
    elif kind in {PLAIN, HTML} and not _is_attached(head):
        coding = str(head.get("content-transfer-encoding", "")).strip().lower()
        charset = head.get_content_charset("us-ascii")
        body = Body(kind=kind, charset=charset, coding=coding, start=begin, end=end)
        has_pgp = INLINE_PGP in text_of(message, body)
        yield replace(body, untouchable="it is signed or encrypted") if has_pgp else body


def head_of(message: bytes, start: int, end: int) -> tuple[list[bytes], Message, int]:
    """Return the header fields of the part that begins at `start`, the same parsed, and where its content begins."""
    fields, content, _ = compose.split(message[start:end])
    names = [compose.field_name(field) for field in fields]
    if any(names.count(name) > 1 for name in ONCE):
        raise NotSealed("a part of the message says twice what it is")
    head = parsed(b"".join(fields) + b"\r\n")
    if len(head.keys()) != len(fields):
        raise NotSealed("the header of the message is not well formed")
    return fields, head, end - len(content)


def _several(message: bytes, head: Message, place: tuple[int, int], depth: int) -> Iterator[Body]:
    kind, children = head.get_content_subtype(), children_of(message, head, place)
    if kind == "digest" or (kind == "related" and head.get_param("start") is not None):
        raise NotSealed("it is not plain which part of the message is shown")
    if kind == "related":
        children = children[:1]
    has_main = False
    for first, last in children:
        found = list(_entity(message, first, last, depth=depth + 1))
        if kind == "alternative" and not found:
            raise NotSealed("the message has an alternative text of a kind that the gateway does not write")
        is_main = kind in {"alternative", "related"} or not has_main
        yield from (body if is_main else replace(body, is_main=False) for body in found)
        has_main = has_main or bool(found)


def children_of(message: bytes, head: Message, place: tuple[int, int]) -> list[tuple[int, int]]:
    """Return where each part of a part with this header begins and ends: 1 to `MOST` of them, or `NotSealed`."""
    boundary = head.get_boundary("")
    coding = str(head.get("content-transfer-encoding", "")).strip().lower()
    if boundary and boundary.isascii() and coding in AS_IT_IS:
        children = list(islice(_children(message, boundary, place), MOST + 1))
        if 0 < len(children) <= MOST:
            return children
    raise NotSealed("the parts of the message cannot be told apart")


def _children(message: bytes, boundary: str, place: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """Yield where each part between the delimiters begins and ends (RFC 2046 5.1.1)."""
    start, end = place
    line = re.compile(rb"(?:(?<=\n)|\A)--" + re.escape(boundary.encode("ascii")) + rb"(--)?[ \t]*(?:\r?\n|\Z)")
    content = message[start:end]
    begun: int | None = None
    for found in line.finditer(content):
        if begun is not None:
            before = found.start()
            before -= 1 if content.endswith(b"\n", 0, before) else 0
            before -= 1 if content[max(begun, before - 1) : before] == b"\r" else 0
            yield start + begun, start + max(begun, before)
        begun = found.end()
        if found[1]:
            return
    if begun is not None:
        yield start + begun, end


def leaves(message: Message) -> list[tuple[str, bytes]]:
    """Return the kind and the decoded content of every part that holds any, in their order."""
    found = [(part.get_content_type(), part.get_payload(decode=True)) for part in message.walk()]
    return [(kind, content) for kind, content in found if isinstance(content, bytes)]


def _is_attached(head: Message) -> bool:
    return head.get_content_disposition() == "attachment" or head.get_filename() is not None
