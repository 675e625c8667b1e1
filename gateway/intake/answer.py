"""What a sender wrote into an answer, above what their mail program quotes: plain text, or the text of a page.

Read with the standard library's parser, from messages of bounded size, and cut to what a ledger entry holds. Nothing of
it is kept but those words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes
from html.parser import HTMLParser
from itertools import takewhile
from typing import Final

from gateway.errors import NotAccepted
from gateway.model.parameters import are_readable

LARGEST: Final = 1_000_000  # bytes; mail programs send a picture or two with a signature
MOST_DELIMITERS: Final = 1_000  # lines that may begin or end a part
LONGEST_TEXT: Final = 100_000  # characters that are looked at
BLOCKS: Final = frozenset({"p", "div", "br", "tr", "li", "blockquote", "h1", "h2", "h3", "hr", "table"})
UNSEEN: Final = frozenset({"script", "style", "head", "title"})
MARK: Final = re.compile(r"-{3} .{10,60} -{3}")
"""The line that our notices ask to write above (`record.sentences.Sentences.write_above`)."""
QUOTED: Final = re.compile(
    r"""\s*(?:
        >.*                                                             # what is quoted
      | -{2,}\ ?(?:original\ message|forwarded\ message|neges\ wreiddiol).*       # Outlook
      | _{10,}                                                          # Outlook's line
      | (?:from|oddi\ wrth|o)\s*:\s.*@.*                                # its header, quoted
      | (?:on|ar)\b.{5,200}\b(?:wrote|ysgrifennodd|wedi\ ysgrifennu)\b.*:?     # "On Monday, the gateway wrote:"
      | --\ ?                                                           # the signature: RFC 3676 section 4.3
    )""",
    re.IGNORECASE | re.VERBOSE,
)
BLANKS: Final = re.compile(r"\s+")
WROTE: Final = re.compile(r".*\b(?:wrote|ysgrifennodd|wedi ysgrifennu)\b.*:", re.IGNORECASE)


def answer(message: bytes) -> list[str]:
    """Return the lines that the sender wrote, none where they wrote nothing; `NotAccepted` when it cannot be read."""
    lines = list(text(message))
    pairs = zip(lines, [*lines[1:], ""], strict=False)  # each with the one below it
    return [line for line, _ in takewhile(lambda pair: not _is_end(*pair), pairs)]


def _is_end(line: str, below: str) -> bool:
    """Say whether what is quoted begins with a line; mail programs also break who wrote what into two."""
    is_broken = WROTE.fullmatch(below) and not QUOTED.fullmatch(below) and QUOTED.fullmatch(f"{line} {below}")
    return bool(QUOTED.fullmatch(line) or MARK.search(line) or is_broken)


def text(message: bytes) -> Iterator[str]:
    """Yield the lines of the text of a message, without those that are blank; `NotAccepted`."""
    if len(message) > LARGEST:
        raise NotAccepted(
            "the message is too large for an answer", hint="write a sentence or two, with nothing attached"
        )
    if message.count(b"\n--") > MOST_DELIMITERS or not are_readable(message):  # the parser grows slow on them
        raise NotAccepted("the message has too many parts for an answer", hint="write plain text")
    try:
        whole = _body(message)[:LONGEST_TEXT]
    except (LookupError, ValueError, TypeError, AttributeError, RecursionError, AssertionError):  # as parsers do
        raise NotAccepted("the message cannot be read", hint="write plain text") from None
    return (line.rstrip() for line in whole.splitlines() if line.strip())


def _body(message: bytes) -> str:
    """Return the first plain text that is not attached, or else the words of the first page."""
    page = ""
    for part in message_from_bytes(message).walk():
        kind = part.get_content_type()
        if part.get_content_disposition() == "attachment" or kind not in {"text/plain", "text/html"}:
            continue
        said = part.get_payload(decode=True)
        content = said.decode(part.get_content_charset("utf-8"), "replace") if isinstance(said, bytes) else ""
        if kind == "text/plain":
            return content
        page = page or content
    return _Page(page).words()


class _Page(HTMLParser):
    """The words of a page, a line for each block."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self._lines: list[str] = []
        self._unseen = 0
        self.feed(page[: 3 * LONGEST_TEXT])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - its interface
        self._unseen += tag in UNSEEN
        self._lines += ["\n"] if tag in BLOCKS else []

    def handle_endtag(self, tag: str) -> None:
        self._unseen = max(0, self._unseen - (tag in UNSEEN))
        self._lines += ["\n"] if tag in BLOCKS else []

    def handle_data(self, data: str) -> None:
        self._lines += [] if self._unseen else [BLANKS.sub(" ", data)]

    def words(self) -> str:
        """Return all of it."""
        return "".join(self._lines)
