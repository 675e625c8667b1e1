"""What lies in a container of several files: the files, the readable form of a message, and a list of it all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Final

from gateway.protect import Content, Plain
from gateway.protect.content import Held, whole
from gateway.protect.naming import distinct, file_name, neutral_name
from gateway.protect.order import MESSAGE
from gateway.protect.readable import readable

LIST: Final = "contents.txt"
NEWLINE: Final = "\r\n"  # whoever opens it may have nothing better than Notepad


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing to go into a container, under the name that it bears there; `says` is its line in the list."""

    entry: str
    says: str
    content: Content


def arrange(parts: Sequence[Plain]) -> list[Item]:
    """Return what goes into a container whose names stay readable: all neutral, the true ones in the list inside."""
    heading, items = _items(parts)
    numbers = count(1)
    named = [replace(each, entry=each.entry or neutral_name(next(numbers), each.says)) for each in items]
    lines = [f"{each.entry}: {each.says}" for each in named]
    return [_list([*_markings(parts), *heading, *lines]), *named]


def arrange_named(parts: Sequence[Plain]) -> list[Item]:
    """Return what goes into a container that hides its names: the true ones, and a list where a marking is owed."""
    markings = _markings(parts)
    items = under_true_names(parts, *([LIST] if markings else []))
    return [*([_list([*markings, *(each.entry for each in items)])] if markings else []), *items]


def under_true_names(parts: Sequence[Plain], *taken: str) -> list[Item]:
    """Return the parts under their true names, no two of them the same, and none that is taken."""
    _, items = _items(parts)
    names = distinct([*taken, *(each.entry or each.says for each in items)])[len(taken) :]
    return [replace(each, entry=name) for name, each in zip(names, items, strict=True)]


def _items(parts: Sequence[Plain]) -> tuple[list[str], list[Item]]:
    """Return the heading of the list and the things; a thing that has its name from outside has no entry yet."""
    if len(parts) != 1 or parts[0].media_type != MESSAGE:
        return [], [Item(entry="", says=file_name(part.name), content=part.content) for part in parts]
    message = parts[0].content
    read = readable(whole(message))
    items = [
        Item(entry="message.eml", says="the whole message, for a mail program", content=message),
        Item(entry="message.txt", says="the message, to read", content=Held(read.text.encode("utf-8-sig", "replace"))),
    ]
    attached = (Item(entry="", says=file_name(name), content=Held(content)) for name, content in read.attachments)
    return [read.heading + NEWLINE], [*items, *attached]


def _markings(parts: Sequence[Plain]) -> list[str]:
    markings = dict.fromkeys(part.marking for part in parts if part.marking)
    return [f"Protective marking: {marking}{NEWLINE}" for marking in markings]


def _list(lines: Sequence[str]) -> Item:
    listing = NEWLINE.join([*lines, ""]).encode("utf-8-sig", "replace")
    return Item(entry=LIST, says="this list", content=Held(listing))
