r"""Reads an RTF document into texts, each where it stood, and the bytes of its pictures and objects.

One pass over the tokens. A group keeps its state on a stack, as the specification has it ("Conventions of an RTF
Reader"). Beyond `DEEPEST` groups nothing is stacked any more, and all is read still; whatever a group holds is taken
when it ends, or when the file does. What a reader would skip (the text for programs without Unicode, long control
words) is kept apart.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from gateway.extract.formats.code_pages import MANY_BYTES, table_of
from gateway.extract.formats.rtf.words import (
    BINARY,
    BYTES,
    CLOSED,
    LARGEST,
    LONGEST_NUMBER,
    LONGEST_WORD,
    OPENED,
    RUN,
    SYMBOLS,
    TEXT,
    TOKEN,
    WORD,
)  # fmt: skip
from gateway.model.inspection import Where

Place: TypeAlias = tuple[Where, str]
Act: TypeAlias = "Callable[[Rtf, int | None], None]"
End: TypeAlias = "Callable[[], None]"

DEEPEST: Final = 10_000
MOST_RUNS: Final = 20_000
BODY: Final[Place] = (Where.BODY, "")
HIDDEN: Final[Place] = (Where.HIDDEN, "vanish")
DELETED: Final[Place] = (Where.TRACKED, "")
ASIDES: Final = (HIDDEN, DELETED)
HALF = re.compile("[\ud800-\udfff]")


class Groups(list[str]):
    """The sink of a destination in which every group is a value of its own."""

    __slots__ = ()


class Escaped(bytes):
    r"""A byte that was written as `\'hh` among hexadecimal digits: readers differ on whether it counts."""

    __slots__ = ()


class Bytes(list["str | bytes"]):
    """The sink of a destination that holds bytes."""

    __slots__ = ()


Sink: TypeAlias = "list[str] | Bytes"


class Rtf:
    """One document while it is read. `found` takes what was taken out whole, as (kind, pieces)."""

    def __init__(self, text: str, acts: Mapping[str, Act], unknown: Callable[[str], Act]) -> None:
        self.text, self.acts, self.unknown = text, acts, unknown
        self.sinks: dict[Place, list[str]] = {}
        self.place: Place | None = BODY  # None while a value or bytes are gathered
        self.base: Sink = self.sink(BODY)
        self.out: Sink = self.base
        self.stack: list[tuple[Sink, Sink, Place | None, int, int | None, int, End | None]] = []
        self.surplus = 0  # groups that are open beyond `DEEPEST`
        self.flags = 0  # bit n: text goes to ASIDES[n]
        self.font: int | None = None
        self.uc = 1
        self.skip = 0
        self.end: End | None = None
        self.seen: dict[Place, tuple[int, int]] = {}  # how far the running text was when text was last put aside
        self.lead = b""  # the first half of a character
        self.ansi, self.default_font = "cp1252", 0
        self.fonts: dict[int, str] = {}
        self.values: list[tuple[str, str, str]] = []  # (kind, name, value)
        self.html: list[str] | None = None  # the sink of the HTML that is kept within, and of the body beside it
        self.mirror: list[str] = []
        self.name = self.blip = ""
        self.data: list[tuple[str, str, Bytes]] = []  # (destination, picture type, pieces), to be handed on at once
        self.skipped: list[str] = []
        self.odd: dict[str, None] = {}  # control words that are none: somebody wrote something else
        self.troubles: dict[str, None] = {}
        self.runs: dict[str, tuple[tuple[Act, int | None], ...]] = {}
        self.words: dict[str, tuple[Act, int | None] | None] = {}
        self.ended_at = -1

    def sink(self, place: Place) -> list[str]:
        """Return the list that gathers the text of one place."""
        return self.sinks.setdefault(place, [])

    def read(self, at: int) -> int:
        """Read on from `at`. Return where to go on, when bytes were found that want handing on; -1 at the end."""
        for match in TOKEN.finditer(self.text, at):
            kind = match.lastindex
            if kind == RUN:
                run = match[1]
                acts = self.runs.get(run)
                for act, number in self.compiled(run) if acts is None else acts:
                    act(self, number)
            elif kind == TEXT:
                chunk = match[2]
                if self.skip or self.lead or "\n" in chunk or "\r" in chunk or not chunk.isascii():
                    self.write(chunk)
                else:
                    self.out.append(chunk)
            elif kind == OPENED:
                self.open()
            elif kind is not None and (on := self.other(kind, match)):
                return on
        return -1

    def other(self, kind: int, match: re.Match[str]) -> int:
        """Take the end of a group, bytes, or a symbol. Return where to go on, or 0 where nothing needs handing on."""
        if kind == CLOSED:
            if self.close(match.end()):
                return -1 if self.ended_at >= 0 else match.end()
        elif kind == BINARY:
            return self.binary(match.end(), match[BINARY])
        elif kind == BYTES:
            self.escaped(match[BYTES])
        else:
            self.symbol(match[kind])
        return 0

    def compiled(self, run: str) -> tuple[tuple[Act, int | None], ...]:
        r"""Return what the control words of a run do, in order. After `\u`, any word counts as a character to skip."""
        acts: list[tuple[Act, int | None]] = []
        known, marked, counts = self.words, "", False
        for piece in run.split("\\")[1:]:
            word = marked + piece
            does = known[word] if word in known else self.word(word)
            if does is not None:
                acts.append(does)
                counts = counts or piece[0] == "u"
            elif counts:
                acts.append((_count, None))
            marked = "*" if piece[0] == "*" else ""
        if len(self.runs) < MOST_RUNS:
            self.runs[run] = tuple(acts)
        return tuple(acts)

    def word(self, piece: str) -> tuple[Act, int | None] | None:
        """Return what one control word does, with its number; None for one that only says how text looks."""
        found = WORD.match(piece)
        if found is None:
            return None
        if len(found[2]) > LONGEST_WORD or abs(int((found[3] or "0")[:12])) > LARGEST:
            self.odd[found[0]] = None
        act = self.acts.get(found[2]) or (self.unknown(found[2]) if found[1] else None)
        number = int(found[3]) if found[3] and len(found[3]) <= LONGEST_NUMBER else None
        does = None if act is None else (act, number)
        if len(self.words) < MOST_RUNS:
            self.words[piece] = does
        return does

    def open(self) -> None:
        """Begin a group."""
        self.skip = 0
        if self.lead:
            self.flush()
        if len(self.stack) < DEEPEST:
            self.stack.append((self.out, self.base, self.place, self.flags, self.font, self.uc, self.end))
            self.end = None
            if type(self.out) is Groups:
                self.out.append("\0")
        else:
            self.surplus += 1

    def close(self, at: int) -> bool:
        """End a group; say whether there is something to hand on, or the document ends `at` here."""
        self.skip = 0
        if self.lead:
            self.flush()
        if self.surplus:
            self.surplus -= 1
            return False
        if not self.stack:
            return False
        end = self.end
        self.out, self.base, self.place, self.flags, self.font, self.uc, self.end = self.stack.pop()
        if end is not None:
            end()
        if not self.stack:
            self.ended_at = at
        return bool(self.data) or not self.stack

    def finish(self) -> None:
        """End every group that the file leaves open."""
        self.flush()
        self.surplus = 0
        while self.stack:
            self.close(len(self.text))
        if self.end is not None:
            self.end()

    def at_end(self, end: End) -> None:
        """Have something done when the group ends, after what was to be done already."""
        before = self.end

        def both() -> None:
            if before is not None:
                before()
            end()

        self.end = end if before is None else both

    def enter(self, sink: Sink, place: Place | None) -> None:
        """Let the rest of the group go to another sink."""
        self.flush()
        self.base = self.out = sink
        self.place, self.flags = place, 0

    def flag(self, bit: int, *, on: bool) -> None:
        """Switch hidden or deleted text on or off; within values and bytes it means nothing."""
        self.flags = self.flags | bit if on else self.flags & ~bit
        if self.place is None:
            return
        self.out = self.base
        if self.flags:
            place = DELETED if self.flags & 2 else HIDDEN
            self.out = aside = self.sink(place)
            if aside and self.seen.get(place) != (id(self.base), len(self.base)):  # there was other text in between
                aside.append("\n")
            self.seen[place] = id(self.base), len(self.base)

    def separate(self, separator: str) -> None:
        """End a paragraph or a cell, in what is hidden or deleted too."""
        self.base.append(separator)
        for place in ASIDES:
            aside = self.sinks.get(place)
            if aside and aside[-1] != "\n":
                aside.append("\n")

    def write(self, chunk: str) -> None:
        """Take text that is to be skipped in part, or not plain ASCII; line ends in the file mean nothing."""
        if isinstance(self.out, Bytes):
            self.out.append(chunk)
            return
        chunk = chunk.replace("\r", "").replace("\n", "")
        if self.skip:
            self.keep_skipped(chunk[: self.skip])
            chunk, self.skip = chunk[self.skip :], max(0, self.skip - len(chunk))
        if chunk.isascii() and not self.lead:
            self.out.append(chunk)
        else:
            self.out.append(self.decoded(chunk.encode("latin-1")))

    def escaped(self, run: str) -> None:
        r"""Take bytes written as `\'hh`."""
        raw = bytes.fromhex(run.replace("\\'", " "))
        if isinstance(self.out, Bytes):
            self.out.append(Escaped(raw))
            return
        if self.skip:
            self.keep_skipped(raw[: self.skip].decode(self.codec(), "replace"))
            raw, self.skip = raw[self.skip :], max(0, self.skip - len(raw))
        if raw:
            self.out.append(self.decoded(raw))

    def decoded(self, raw: bytes) -> str:
        """Return bytes as the code page of the font has them; half a character waits for its other half."""
        codec = self.codec()
        if codec not in MANY_BYTES:
            table = table_of(codec)
            return "".join([table[byte] for byte in raw])
        raw, self.lead = self.lead + raw, b""
        try:
            return raw.decode(codec)
        except UnicodeDecodeError as trouble:
            if trouble.end == len(raw) and trouble.start >= len(raw) - 3:
                raw, self.lead = raw[: trouble.start], raw[trouble.start :]
        return raw.decode(codec, "gateway.windows")

    def codec(self) -> str:
        """Return the code page of the font, by Python's name; one that nobody knows is noted."""
        codec = self.fonts.get(self.default_font if self.font is None else self.font) or self.ansi
        if not codec:
            self.troubles["code page"] = None
        return codec or "cp1252"

    def flush(self) -> None:
        """Take half a character that nothing followed."""
        if self.lead:
            raw, self.lead = self.lead, b""
            self.out.append(raw.decode("cp1252", "gateway.windows"))

    def symbol(self, char: str) -> None:
        r"""Take a control symbol: a character, a paragraph (`\` before a line end), or nothing."""
        if char in "\r\n":
            self.separate("\n")
        elif self.skip:
            self.skip -= 1
        else:
            self.out.append(SYMBOLS.get(char, ""))
            if char.isalnum():
                self.keep_skipped(char)

    def unicode(self, number: int) -> None:
        r"""Take a character by its number, and skip what stands there for programs that do not know it."""
        if isinstance(self.out, Bytes):
            return
        self.flush()
        number = number + 0x10000 if number < 0 else number
        if 0 < number <= 0x10FFFF:  # noqa: PLR2004 - the last character of Unicode
            self.out.append(chr(number))
        self.skip = self.uc

    def keep_skipped(self, chars: str) -> None:
        """Keep letters and digits that a reader passes over: a program without Unicode shows them."""
        if any(char.isalnum() and char.isascii() for char in chars):
            self.skipped.append(chars)

    def binary(self, at: int, digits: str) -> int:
        r"""Take the bytes after `\bin`; where there are not as many, read them as RTF. Return where to go on."""
        size = int(digits) if len(digits) <= LONGEST_NUMBER else len(self.text)
        if size <= 0:
            return at
        if size > len(self.text) - at:
            self.troubles["binary data cut short"] = None
            return at
        raw = self.text[at : at + size].encode("latin-1")
        if isinstance(self.out, Bytes):
            self.out.append(raw)
        else:
            self.skip = max(0, self.skip - 1)
            self.data.append(("bin", "", Bytes([raw])))
        return at + size

    def text_of(self, sink: list[str]) -> str:
        """Return what a sink gathered, with halves of characters beyond the first plane put together."""
        text = "".join(sink)
        if not text.isascii() and HALF.search(text):
            text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return text


def _count(document: Rtf, _number: int | None) -> None:
    """Count a word that says how text looks among those to be skipped."""
    document.skip = max(0, document.skip - 1)
