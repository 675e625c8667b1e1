"""What the cover of a sealed PDF says, in plain words: from whom, what is inside, how to save it, whom to ask."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gateway.protect.listing import Item
from gateway.protect.methods.pdf_text import UNKNOWN, plain
from gateway.protect.readable import readable

UNFIT: Final = 3
"""The code with which the child says that a document cannot be encrypted by itself."""

KILO: Final = 1000
LONGEST: Final = 200_000  # characters of a message that are shown: about 80 pages
STEPS: Final = (
    "Save this document, and open it with a PDF program, for example Adobe Acrobat Reader.",
    "Find the paper clip at the side of the window. It lists the files.",
    "Choose a file, and then Save.",
)
BROWSER: Final = "The PDF view of a web browser shows this page, but may not show the files."
LETTERS: Final = (
    "Some letters cannot be drawn on this page and stand as question marks. Inside the files all are right."
)
CUT: Final = "The message is longer than what is shown here. All of it is in the file message.txt."


class Kind(StrEnum):
    """What a block of text is, by its name among the standard structure types (14.8.4)."""

    TITLE = "H1"
    HEADING = "H2"
    TEXT = "P"
    ITEM = "LI"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who sends, and whom to ask."""

    organisation: str
    help_contact: str


def blocks(
    items: Sequence[Item], sender: Sender, reference: str, marking: str, message: bytes | None
) -> list[tuple[str, str]]:
    """Return the blocks of the cover, each as its kind and its text."""
    said = [(kind.value, text) for kind, text in _blocks(items, sender, reference, marking, message)]
    if any(plain(text).count(UNKNOWN) > text.count(UNKNOWN) for _, text in said):
        said.append((Kind.TEXT.value, LETTERS))
    return said


def _blocks(
    items: Sequence[Item], sender: Sender, reference: str, marking: str, message: bytes | None
) -> Iterator[tuple[Kind, str]]:
    thing = "message" if message is not None else ("file" if len(items) == 1 else "files")
    yield (
        Kind.TITLE,
        f"A protected {thing} from {sender.organisation}"
        if thing != "files"
        else (f"Protected files from {sender.organisation}"),
    )
    yield Kind.TEXT, f"Reference: {reference}"
    if marking:
        yield Kind.TEXT, f"Protective marking: {marking}"
    if message is not None:
        yield from _message(message)
    yield Kind.HEADING, "The files inside this document"
    for each in items:
        says = f": {each.says}" if each.says not in {each.entry, ""} else ""
        yield Kind.ITEM, f"{each.entry} ({size(each.content.size)}){says}"
    yield Kind.HEADING, "How to save a file"
    for number, step in enumerate(STEPS, start=1):
        yield Kind.ITEM, f"{number}. {step}"
    yield Kind.TEXT, BROWSER
    yield Kind.HEADING, "If you have a question"
    yield Kind.TEXT, f"If you did not expect this, or anything looks wrong, ask {sender.help_contact} first."


def _message(message: bytes) -> Iterator[tuple[Kind, str]]:
    text = readable(message).text
    head, _, body = text.partition("\r\n\r\n")
    yield Kind.HEADING, "The message"
    yield Kind.TEXT, head
    for paragraph in body[:LONGEST].split("\r\n\r\n"):
        if paragraph.strip():
            yield Kind.TEXT, paragraph.strip("\r\n")
    if len(body) > LONGEST:
        yield Kind.TEXT, CUT


def size(count: int) -> str:
    """Return a size as people read it, in units of the SI."""
    if count < KILO:
        return f"{count} byte{'' if count == 1 else 's'}"
    megabytes = count / KILO**2
    return f"{count / KILO:.1f} kB" if megabytes < 1 else f"{megabytes:.1f} MB"
