"""Mail for measuring: every message another, in ordinary sentences; some carry a document. The same each time."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage
from email.policy import SMTP
from typing import Final

from gateway.testing.sizeable import portable_document, word_document, workbook

BODY: Final = 9_600  # characters; with its header such a mail has 10 kB
_WHO: Final = (
    *("The committee", "The clerk", "Our surveyor", "The library", "The parish", "A neighbour", "The head teacher"),
    *("The bridge group", "The allotment society", "Our caretaker", "The market", "The works team", "The choir"),
)
_DID: Final = (
    *("met and agreed", "asked again about", "has read", "will look at", "wants to move", "wrote down", "put off"),
    *("is content with", "would rather keep", "has mended", "measured", "walked through", "drew up"),
)
_WHAT: Final = (
    *("the programme for the spring", "the new path along the river", "the opening hours", "the winter gritting round"),
    *(
        "the fence behind the playground",
        "the order of the summer fair",
        "the old notice boards",
        "the roof of the hall",
    ),
    *("the lamp at the crossing", "the list of open questions", "the minutes of the last meeting"),
)
_WHEN: Final = (
    *("before the recess", "after a long talk", "with the others", "as it did before", "without much delay"),
    *("if the weather holds", "in good time", "once the frost is over", "as soon as there is room"),
)
_KINDS: Final = ("docx", "pdf", "xlsx")
_LINES: Final = 10_000  # apart, so that no two documents have a line in common
TEN: Final = 10
ATTACHED: Final = frozenset({1, 4, 8})  # of ten messages of the mix these carry a document


def prose(number: int, size: int) -> str:
    """Return `size` characters of sentences in lines as people wrap them, others for each number."""
    state, sentences, length = number * 2_654_435_761 + 1, [], 0
    while length < size:
        words = []
        for choice in (_WHO, _DID, _WHAT, _WHEN):
            state = (state * 1_103_515_245 + 12_345) % (1 << 31)
            words.append(choice[(state >> 8) % len(choice)])
        sentences.append(" ".join(words) + ".")
        length += len(sentences[-1]) + 1
    return "\n".join(sentences)[:size]


def plain(number: int) -> bytes:
    """Return a message of 10 kB without attachments."""
    return _message(number).as_bytes()


def mixed(number: int) -> bytes:
    """Return a message of the mix: of ten, three carry a Word document, a PDF or a workbook of an everyday size."""
    made = _message(number)
    turn = number % TEN
    if turn in ATTACHED:
        kind = _KINDS[sorted(ATTACHED).index(turn)]
        content, subtype = document(kind, number)
        made.add_attachment(content, maintype="application", subtype=subtype, filename=f"report-{number}.{kind}")
        made.set_boundary(f"=_{number}_bench")
    return made.as_bytes()


def document(kind: str, number: int) -> tuple[bytes, str]:
    """Return a document of this kind, another for each number, and its subtype of `application`."""
    first = number * _LINES
    office = "vnd.openxmlformats-officedocument"
    if kind == "docx":
        return word_document(first=first), f"{office}.wordprocessingml.document"
    if kind == "xlsx":
        return workbook(first=first), f"{office}.spreadsheetml.sheet"
    return portable_document(first=first), "pdf"


def large(number: int, size: int) -> bytes:
    """Return a message of about `size` bytes, nearly all of it a text file."""
    made = _message(number)
    text = prose(number, size // 100).encode()
    whole = b"".join(b"%d. %s\n" % (piece, text) for piece in range(100))
    lines_and_base64 = 78 / 57  # of 57 bytes come 76 characters and a line's end
    made.add_attachment(whole[: int(size / lines_and_base64)], maintype="text", subtype="plain", filename="minutes.txt")
    made.set_boundary(f"=_{number}_bench")
    return made.as_bytes()


MATERIAL: Final[dict[str, Callable[[int], bytes]]] = {"plain": plain, "mixed": mixed}


def _message(number: int) -> EmailMessage:
    made = EmailMessage(policy=SMTP)
    made["From"], made["To"] = "Clerk <clerk@bench.example>", "Friend <friend@partner.example>"
    made["Subject"] = prose(number, 60).splitlines()[0]
    made["Date"], made["Message-ID"] = "Sun, 22 Nov 2026 09:00:00 +0000", f"<{number}@bench.example>"
    made.set_content(prose(number, BODY))
    return made
