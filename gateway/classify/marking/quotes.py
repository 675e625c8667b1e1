"""What a mail quotes: `>` lines, and what stands below the headers that mail programs write above a quoted message.

What stands at the very top of a text is the text itself, not a quotation: there, nobody has said anything above it.
Sources: RFC 3676, section 4.5 (`>`); the headers as Outlook, Thunderbird, Apple Mail, Gmail and Notes write them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gateway.classify.marking.lines import Line

_HEADER: Final = re.compile(
    r"(?im)^[ \t*]*(?:"
    r"-{2,}[ \t]*(?:original message|original appointment|forwarded message|forwarded by|reply message)[^\n]*"
    r"|begin forwarded message:[^\n]*"
    r"|from:[ \t*]*[^\s*][^\n]{0,300}\n(?:[^\n]{0,300}\n){0,2}?[ \t*]*(?:sent|date):[^\n]*"
    r"|on [^\n]{6,250}(?:\n[^\n]{1,120})?(?<=wrote:)[ \t\r]*$"
    r")"
)
_WROTE: Final = "wrote:"
_CUES: Final = (
    *("forwarded by", "forwarded message", "from:", "original appointment", "original message", "reply message"),
    _WROTE,
)
"""One of these is in the first line of a header, `wrote:` in the first or second: words are found much sooner."""
_FIELD: Final = re.compile(
    r"(?i)(?:from|sent|to|cc|bcc|date|subject|importance|attachments?|reply-to|classification"
    r"|content-[a-z-]{1,40}|in-reply-to|message-id|mime-version|received|references|return-path)[ \t*]*:"
)
_SUBJECT: Final = re.compile(r"(?i)^[ \t>*]*subject[ \t*]*:[ \t*]*(.{1,300})$")
_LONGEST_HEADER: Final = 400
"""How far the `wrote:` of a header may be from where it begins. Characters."""
_REACH: Final = 2_000
_EDGE: Final = 3
_MARK: Final = " \t>\r"


class Quotes:
    """Which lines of a text are quoted, and which of those begin or end a quoted message."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._from: int | None = None

    @property
    def start(self) -> int:
        """Where everything below is quoted; the length of the text when nothing is."""
        if self._from is None:
            header = next((each for each in _headers(self._text) if self._quotes_the_rest(each)), None)
            self._from = header.start() if header else len(self._text)
        return self._from

    def _quotes_the_rest(self, header: re.Match[str]) -> bool:
        """Say whether all that follows is quoted: not where nobody spoke before, or where `>` says what is quoted."""
        if all(not line.strip(_MARK) or is_header(line) for line in self._text[: header.start()].split("\n")):
            return False
        behind = self._text[header.end() : header.end() + _REACH].lstrip()
        return not (header.group().rstrip().lower().endswith("wrote:") and behind.startswith(">"))

    def holds(self, line: Line) -> bool:
        """Say whether the line is quoted."""
        return is_quoted(line.text) or line.start >= self.start

    def is_first(self, line: Line) -> bool:
        """Say whether the line is among the first of a quoted message."""
        return self._is_near(line, self._above(line.start))

    def is_last(self, line: Line) -> bool:
        """Say whether the line is among the last of a quoted message."""
        return self._is_near(line, self._below(line.end))

    def _above(self, at: int) -> Iterator[str]:
        """Yield the lines above, the nearest first."""
        reach = max(0, at - _REACH)
        while at > reach:
            begin = self._text.rfind("\n", reach, at - 1) + 1 or reach
            yield self._text[begin : at - 1]
            at = begin

    def _below(self, at: int) -> Iterator[str]:
        """Yield the lines below, the nearest first."""
        reach = min(len(self._text), at + _REACH)
        while at < reach:
            end = self._text.find("\n", at + 1, reach)
            end = end if end >= 0 else reach
            yield self._text[at + 1 : end]
            at = end

    def is_repeated(self, _line: Line) -> bool:
        """No quoted message has pages."""
        return False

    @staticmethod
    def _is_near(line: Line, others: Iterable[str]) -> bool:
        """Say whether fewer than three lines that say something stand between the line and the message's edge."""
        marked = is_quoted(line.text)
        said = 0
        for each in others:
            if is_header(each) or (marked and each.strip() and not is_quoted(each)):
                return True
            said += bool(each.strip(_MARK))
            if said >= _EDGE:
                return False
        return True


def _headers(text: str) -> Iterator[re.Match[str]]:
    """Yield what `_HEADER` finds in the text, looked for in the lines with a cue."""
    end = 0
    for begin in sorted(_lines_with_cues(text)):
        header = _HEADER.match(text, begin) if begin >= end else None
        if header:
            end = header.end()
            yield header


def _lines_with_cues(text: str) -> set[int]:
    """Return where the lines begin that hold a cue, and those above a `wrote:`."""
    begins: set[int] = set()
    lowered = text.replace("\u0130", "I").lower()  # the small letter of which is two characters
    for cue in _CUES:
        at = lowered.find(cue)
        while at >= 0:
            begin = text.rfind("\n", 0, at) + 1
            begins.add(begin)
            if begin and cue == _WROTE:
                begins.add(text.rfind("\n", 0, begin - 1) + 1)
            end = text.find("\n", at)
            at = lowered.find(cue, end) if end >= 0 else -1
    return begins


def may_begin_quotation(text: str, start: int, end: int) -> bool:
    """Say at a glance whether the header of a quoted message may begin within the span."""
    lowered = text[start : end + _LONGEST_HEADER].lower()
    return any(cue in lowered for cue in _CUES)


def is_header(line: str) -> bool:
    """Say whether a line is of the header of a message, or announces one."""
    bare = line.strip(_MARK + "*")
    return bool(_FIELD.match(bare)) or bool(_HEADER.match(bare)) or bare.lower().endswith("wrote:")


def is_quoted(line: str) -> bool:
    """Say whether a line bears the mark of quotation; `>>> RESTRICTED <<<` is adorned, and nobody's quotation."""
    return line.lstrip().startswith(">") and not line.rstrip().endswith("<")


def unquoted(text: str) -> str:
    """Return a line without the marks of quotation before it."""
    return text.lstrip(_MARK) if is_quoted(text) else text


def quoted_subject(line: str) -> str:
    """Return the subject that a line of a quoted message's header gives, or nothing."""
    found = _SUBJECT.match(line)
    return found.group(1) if found else ""
