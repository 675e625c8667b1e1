"""What lies inside the seal of a page: files under their true names, and the list that goes before them.

A whole mail message also comes as `message.txt`, which the page shows, and with its attachments beside it, so that a
person without a mail program can read it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from gateway.errors import NotSealed
from gateway.protect import Content, Plain
from gateway.protect.content import Held, chunks, whole
from gateway.protect.naming import distinct, extension, file_name
from gateway.protect.order import MESSAGE
from gateway.protect.readable import readable

LIMIT: Final = 200 * 1024 * 1024  # bytes: a browser holds all of it in memory, and its base64 as well
READABLE: Final = {".csv": "text/csv", ".txt": "text/plain"}  # what the page can show; all else is only saved


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One file inside. `is_shown` has the page show its text at once."""

    name: str
    media_type: str
    content: Content
    marking: str = ""
    is_shown: bool = False


def arrange(parts: Sequence[Plain]) -> list[Item]:
    """Return what goes inside; `NotSealed` where there is nothing, or more than a browser can open."""
    if not parts:
        raise NotSealed("there is nothing to seal")
    _limit(part.content.size for part in parts)
    is_message = len(parts) == 1 and parts[0].media_type == MESSAGE
    items = _message(parts[0]) if is_message else [_item(part) for part in parts]
    _limit(item.content.size for item in items)
    names = distinct(item.name for item in items)
    return [replace(item, name=name) for name, item in zip(names, items, strict=True)]


def listing(items: Sequence[Item]) -> bytes:
    """Return the list that goes before the files: JSON in UTF-8. Reads each content once, for its SHA-256."""
    files = []
    for item in items:
        digest, size = hashlib.sha256(), 0
        for piece in chunks(item.content):
            digest.update(piece)
            size += len(piece)
        files.append(
            {
                "name": item.name,
                "media_type": item.media_type,
                "size": size,
                "sha256": digest.hexdigest(),
                "marking": item.marking,
                "shown": item.is_shown,
            }
        )
    return json.dumps({"files": files}, ensure_ascii=False).encode("utf-8", "replace")


def _limit(sizes: Iterable[int]) -> None:
    if sum(sizes) > LIMIT:
        raise NotSealed(
            f"the files are larger than {LIMIT // 2**20} MiB, more than a page that opens itself may hold",
            hint="the methods pgp, smime, zip and 7z take files of any size",
        )


def _item(part: Plain) -> Item:
    return Item(name=file_name(part.name), media_type=part.media_type, content=part.content, marking=part.marking)


def _message(message: Plain) -> list[Item]:
    """Return a message to read, its attachments, and the whole of it for a mail program."""
    read = readable(whole(message.content))
    text = Held(read.text.encode("utf-8", "replace"))
    attached = [
        Item(
            name=file_name(name),
            media_type=READABLE.get(extension(name), "application/octet-stream"),
            content=Held(content),
            marking=message.marking,
        )
        for name, content in read.attachments
    ]
    return [
        Item(name="message.txt", media_type="text/plain", content=text, marking=message.marking, is_shown=True),
        *attached,
        Item(name="message.eml", media_type=MESSAGE, content=message.content, marking=message.marking),
    ]
