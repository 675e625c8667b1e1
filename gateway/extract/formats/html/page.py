"""Reads a page off its tags, after the parser has mended it and written it out again.

As written (HTML Living Standard 13.3) every element that is opened is closed, text holds no `<`, and no tag holds a
`>`, but for scripts, styles and comments, which are taken out first. The same tags come again and again, so what each
does is worked out once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from gateway.extract import Inner
from gateway.extract.data_address import data_address, unquoted
from gateway.extract.formats.html.cells import Marks, ends, widths
from gateway.extract.formats.html.tags import BLOCKS, BRING_IN, CELLS, INLINE, LAYOUT, NAMES, VOID
from gateway.extract.unescape import plain, plain_style
from gateway.model.inspection import Gap, Segment, Where

RAW = re.compile(
    r"<(script|style|xmp|iframe|noembed|noframes|plaintext)(?=[\s>])([^>]*)>(.*?)</\1>|<!--(.*?)-->", re.DOTALL
)
HEAD = re.compile(r"<([^>]*)>")
ANY_TAG = re.compile(r"<(/?[A-Za-z][^\s>/]{0,60})?[^>]{0,4096}>")
ATTRIBUTE = re.compile(r'[ \n]([^\s=]+=)"([^"]*)"')
SPECIAL = ("%", "&", "data:", "DATA:", "Data:")
LEAST = 4
IN_STYLE = re.compile(r"data:[^,()]{0,100},[^)\"'\s]+", re.IGNORECASE)
UNSEEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])|opacity\s*:\s*0(?![.\d])", re.IGNORECASE
)
DOCTYPE = "!DOCTYPE html"
MEASURE = re.compile(r"[a-z-]{1,16}|#[0-9A-Fa-f]{3,8}|[\d.]{1,6}(?:px|pt|em|%)?")
LONGEST_NAME = 100
CELL, END, MORE, ROW, TABLE = "\ufdd0", "\ufdd1", "\ufdd2", "\ufdd3", "\ufdd4"  # no characters: marks for a while
BLANKS = " \t\n"
ENDS = re.compile(ends(CELL, END, MORE, ROW, BLANKS))
MARKS = Marks(begin=CELL, end=END, more=MORE, rows=ROW, blanks=BLANKS, ends=ENDS)
SHOWN = {CELL: "", END: "\t", MORE: "\t", ROW: "\n", TABLE: "\n"}


def separator(tag: str) -> str:
    """Return what a tag puts between the texts around it, by its name; that of a closing one begins with a slash.

    An element that HTML does not know is inline.
    """
    name = tag.removeprefix("/")
    if name in CELLS:
        return "\t" if tag != name else ""
    return "\n" if name in BLOCKS else ""


def _name(head: str) -> str:
    """Return the name of an element by what stands in its tag; that of a cell counts as known."""
    name = head.partition(" ")[0].removeprefix("/")
    return "td" if name in CELLS else name


def without_tags(text: str) -> str:
    """Return a text without what may be tags, separated as they would."""
    return ANY_TAG.sub(lambda match: separator(match[1].lower()) if match[1] else "", text)


def _words(written: str) -> str:
    """Return text as it was before it was written out."""
    if "&" in written:
        written = written.replace("&nbsp;", "\xa0").replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"')
        written = written.replace("&amp;", "&")
    return written


def _mark(tag: str) -> str:
    """Return what stands for a tag until all is joined: what it puts between texts, or the mark of a cell or a row."""
    name = tag.removeprefix("/")
    if name in CELLS:
        return CELL if tag == name else END
    return ROW if name == "tr" else TABLE if name == "table" else separator(tag)


def _in_order(heads: list[str], marks: dict[str, str], wide: dict[str, int]) -> list[str]:
    """Return the marks of all tags as they come."""
    found = [marks[head] for head in heads]
    if wide:
        MARKS.widen(found, heads, wide)
    return found


def _joined(pieces: list[str]) -> str:
    """Return the words of texts with marks between them."""
    text = "".join(pieces)
    if TABLE in text or ROW in text or CELL in text:
        text = MARKS.without_empty_ends(MARKS.on_rows(text))
        for mark, shown in SHOWN.items():
            text = text.replace(mark, shown)
    return _words(text)


def _pairs(heads: list[str]) -> dict[tuple[str, str], None]:
    """Return each attribute in some tags once: what stands before its value, with the equals sign, and the value."""
    pieces = "\n".join(heads).split('"')
    pairs = dict.fromkeys(zip(pieces[::2], pieces[1::2], strict=False))
    if all(before.endswith("=") for before in {before for before, _ in pairs}):
        return pairs
    if len(heads) == 1:  # a quotation mark in a name
        return pairs | {(" tag=", heads[0]): None}
    return {pair: None for head in heads for pair in _pairs([head])}


class Page:
    """What is read off one page. `scripts` holds styles too; `values` and `layout` are of attributes, each once."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.unseen: list[str] = []
        self.comments: list[str] = []
        self.scripts: list[str] = []
        self.values: dict[str, None] = {}
        self.apart: list[str] = []
        self.layout: dict[str, None] = {}
        self.found: list[Segment | Inner | Gap] = []
        self.hiding_styles: list[str] = []

    def read(self, written: str) -> None:
        """Take in a page as the parser wrote it."""
        top, closed, rest = RAW.sub(self._set_aside, written).partition("</head>")
        self._read_top(top if closed else "")
        pieces = HEAD.split(rest if closed else top)
        heads = pieces[1::2]
        kinds = set(heads)
        marks = {head: _mark(head.partition(" ")[0]) for head in kinds}
        told = [head for head in kinds if '="' in head]
        self.attributes(told)
        wide = widths(told)
        separators = _in_order(heads, marks, wide)
        if hiding := self._hiding(kinds, told):
            self._read_hidden(pieces, separators, hiding)
        else:
            pieces[1::2] = separators
            self.seen.append(_joined(pieces))
        self._unknown(pieces, heads, marks, wide)

    def _unknown(self, pieces: list[str], heads: list[str], marks: dict[str, str], wide: dict[str, int]) -> None:
        """Read a page once more where it has elements that HTML does not know: a style sheet may set them apart."""
        apart = {head for head, mark in marks.items() if not mark and _name(head) not in INLINE}
        for head in apart:
            marks[head] = "\n"
            if not head.startswith("/"):
                self.values[head] = None  # what looks like a name may be words, or an address
        if apart and self.seen:
            pieces[1::2] = _in_order(heads, marks, wide)
            words = _joined(pieces)
            if words.split() != self.seen[-1].split():
                self.apart.append(words)

    def _read_top(self, top: str) -> None:
        """Take in what stands before the body: the title, and whatever else."""
        pieces = HEAD.split(top)
        self.comments += [f"{head}\n" for head in pieces[1::2] if head[:1] in {"?", "!"} and head != DOCTYPE]
        self.attributes(pieces[1::2])
        for head, text in zip(pieces[1::2], pieces[2::2], strict=True):
            words = _words(text)
            if head.startswith("title") and words.strip():
                self.found.append(Segment(where=Where.PROPERTY, text=words, name="title"))
            elif words.strip():
                self.unseen.append(f"{words}\n")

    def _set_aside(self, match: re.Match[str]) -> str:
        """Keep what is no mark-up of the page: comments, scripts, styles, frames that are not shown."""
        tag, head, text, comment = match.groups()
        if comment is not None:
            if "<" in comment:  # what looks like tags may be words: without them for values that they cut, and as it is
                self.comments.append(f"{without_tags(comment)}\n")
            self.comments.append(f"{comment}\n")
            return ""
        self.attributes([f"{tag}{head}"])
        if tag in {"script", "style"}:
            shown = plain_style(text) if tag == "style" else plain(text)
            self.scripts += [f"{text}\n", f"{shown}\n" if shown != text else ""]
            return ""
        self.unseen += [f"{without_tags(text)}\n", f"{text}\n" if "<" in text else ""]
        return "\n"

    def _hiding(self, kinds: Iterable[str], told: Iterable[str]) -> frozenset[str]:
        """Return the tags that hide what is in their elements."""
        found = [head for head in kinds if head.startswith(("template", "title"))]
        found += [head for head in told if " hidden=" in head]
        for style in self.hiding_styles:
            found += [head for head in told if style in head]
        return frozenset(head for head in found if head.partition(" ")[0] not in VOID)

    def _read_hidden(self, pieces: list[str], separators: list[str], hiding: frozenset[str]) -> None:
        """Tell what is hidden from what is not: an element hides all that is in it."""
        seen: list[str] = [pieces[0]]
        unseen: list[str] = []
        inside = 0  # how many elements are open since the one that hides
        for head, separator, text in zip(pieces[1::2], separators, pieces[2::2], strict=True):
            if inside or head in hiding:
                unseen += (separator if inside else "\n", text)
                if head.startswith("/"):
                    inside -= 1
                    if not inside:
                        unseen.pop()
                        seen.append(text)
                elif head.partition(" ")[0] not in VOID:
                    inside += 1
            else:
                seen += (separator, text)
        self.seen.append(_joined(seen))
        self.unseen.append(_joined(unseen))

    def attributes(self, heads: list[str]) -> None:
        """Keep every value that may hold words; those of layout apart."""
        pairs = _pairs(heads)
        names = {before: before.rpartition(" ")[2][:-1] for before in {before for before, _ in pairs}}
        self.values |= dict.fromkeys(
            name for name in names.values() if name not in NAMES and not name.startswith(("on", "aria-"))
        )
        layout = {before for before, name in names.items() if name in LAYOUT}
        told = [pair for pair in pairs if pair[0] not in layout and len(pair[1]) >= LEAST]
        values = dict.fromkeys([value for _, value in told])
        joined = "\n".join(values)
        if "srcdoc" in names.values() or any(mark in joined for mark in SPECIAL):
            for before, value in told:
                self._value(names[before], _words(value))
        else:
            self.values |= values
        for value in dict.fromkeys([value for before, value in pairs if before in layout and len(value) >= LEAST]):
            if not MEASURE.fullmatch(value):
                self._layout(value)
        if any("meta " in before for before in names):
            for head in heads:
                if head.startswith("meta "):
                    self._meta({name[:-1]: value for name, value in ATTRIBUTE.findall(head)})

    def _value(self, name: str, value: str) -> None:
        """Keep the value of one attribute: a file within it, a page, or words."""
        if name in BRING_IN and "data:" in value[:20].lower() and (file := list(data_address(value))):
            self.found.extend(file)
            self.values[value.partition(",")[0]] = None
        elif name == "srcdoc":
            self.found.append(Inner(name="srcdoc.html", data=f"<body>{value}".encode("utf-8", "replace")))
        else:
            self.values[unquoted(value).decode("utf-8", "replace") if "%" in value else value] = None

    def _layout(self, value: str) -> None:
        """Keep a value of layout; one may say that an element is not shown, or has a picture behind it."""
        words = _words(value)
        self.layout[words] = None
        style = plain_style(words)
        if UNSEEN.search(style):
            self.hiding_styles.append(f'style="{value}"')
        for address in IN_STYLE.findall(style) if "data:" in style else ():
            self.found.extend(data_address(address))

    def _meta(self, said: dict[str, str]) -> None:
        """Keep a property of the page."""
        name = said.get("name") or said.get("property") or said.get("http-equiv") or said.get("itemprop") or ""
        text = _words(said.get("content", ""))
        if text:
            self.found.append(Segment(where=Where.PROPERTY, text=text, name=_words(name)[:LONGEST_NAME]))
