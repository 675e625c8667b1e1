r"""What each control word of RTF does to the reader (Rich Text Format Specification 1.9.1; [MS-OXRTFEX] for HTML)."""

from __future__ import annotations

from typing import Final

from gateway.extract.formats.code_pages import FONT_CHARSETS, codec_of
from gateway.extract.formats.rtf.reader import BODY, Act, Bytes, Groups, Place, Rtf
from gateway.extract.formats.rtf.words import (
    ANSI_PAGES,
    BOXES,
    BREAKS,
    CHARACTERS,
    DATA,
    IN_PLACE,
    NO_WORDS,
    NUMBERS,
    PICTURES,
    PLACES,
    PROPERTIES,
)  # fmt: skip
from gateway.model.inspection import Where

LONGEST_NAME: Final = 64
FONTS: Final = PLACES["fonttbl"]
FALLBACK: Final = PLACES["upr"]
HIDES, DELETES = 1, 2


def unknown(word: str) -> Act:
    r"""Return what a destination marked `\*` does that is not known here."""
    return _stay if word in IN_PLACE else _goes_to((Where.HIDDEN, word[:LONGEST_NAME]))


def _stay(_document: Rtf, _number: int | None) -> None:
    """Leave the text where it is."""


def _goes_to(place: Place) -> Act:
    """Return the act of a destination with a segment of its own."""

    def act(document: Rtf, _number: int | None) -> None:
        _enter(document, place)

    return act


def _enter(document: Rtf, place: Place) -> None:
    sink = document.sink(place)
    document.enter(sink, place)

    def end() -> None:
        if sink and sink[-1] != "\n":
            sink.append("\n")

    document.at_end(end)


def _box(document: Rtf, _number: int | None) -> None:
    """Enter a text box: of a header it is the header's."""
    where = document.place[0] if document.place else Where.TEXTBOX
    if document.place != FALLBACK:
        _enter(document, (where if where in {Where.HEADER, Where.FOOTER} else Where.TEXTBOX, "textbox"))


def _value(kind: str, name: str) -> Act:
    """Return the act of a destination whose text is one value. Without a `name`, it has that which was read last."""

    def act(document: Rtf, _number: int | None) -> None:
        sink: list[str] = []
        called = name or document.name
        document.enter(sink, None)
        document.at_end(lambda: document.values.append((kind, called, document.text_of(sink).strip())))

    return act


def _names(document: Rtf, _number: int | None) -> None:
    r"""Read the name of the value that follows: `\propname`, `\sn`."""
    sink: list[str] = []
    document.enter(sink, None)

    def end() -> None:
        document.name = document.text_of(sink).strip()

    document.at_end(end)


def _variable(document: Rtf, _number: int | None) -> None:
    """Read a document variable: a group with its name, and one with its value."""
    sink = Groups()
    document.enter(sink, None)

    def end() -> None:
        _, name, *values = (*document.text_of(sink).split("\0", 2), "")
        document.values.append(("custom", name.strip(), " ".join(values).replace("\0", " ").strip()))

    document.at_end(end)


def _number(word: str) -> Act:
    """Return the act of a destination that usually holds no words; if it does, they are hidden text."""

    def act(document: Rtf, _number: int | None) -> None:
        sink: list[str] = []
        document.enter(sink, None)

        def end() -> None:
            text = "".join(char for char in document.text_of(sink) if char >= " ").strip()
            if not NO_WORDS.fullmatch(text):
                document.sink((Where.HIDDEN, word)).extend((text, "\n"))

        document.at_end(end)

    return act


def _bytes(word: str) -> Act:
    """Return the act of a destination that holds bytes."""

    def act(document: Rtf, _number: int | None) -> None:
        sink = Bytes()
        document.enter(sink, None)
        document.blip = ""
        document.at_end(lambda: document.data.append((word, document.blip, sink)))

    return act


def _picture(ending: str) -> Act:
    def act(document: Rtf, _number: int | None) -> None:
        document.blip = ending

    return act


def _puts(char: str) -> Act:
    def act(document: Rtf, _number: int | None) -> None:
        if document.skip:
            document.skip -= 1
        else:
            document.flush()
            document.out.append(char)

    return act


def _separates(separator: str) -> Act:
    def act(document: Rtf, _number: int | None) -> None:
        document.separate(separator)

    return act


def _flags(bit: int) -> Act:
    def act(document: Rtf, number: int | None) -> None:
        document.flag(bit, on=number != 0)

    return act


def _plain(document: Rtf, _number: int | None) -> None:
    document.font = None
    document.flag(HIDES | DELETES, on=False)


def _unicode(document: Rtf, number: int | None) -> None:
    document.unicode(number or 0)


def _skips(document: Rtf, number: int | None) -> None:
    document.uc = 1 if number is None else max(0, number)


def _page(document: Rtf, number: int | None) -> None:
    document.ansi = codec_of(number or 0)


def _ansi(page: int) -> Act:
    def act(document: Rtf, _number: int | None) -> None:
        document.ansi = codec_of(page)

    return act


def _default_font(document: Rtf, number: int | None) -> None:
    document.default_font = number or 0


def _font(document: Rtf, number: int | None) -> None:
    document.flush()
    document.font = number or 0


def _charset(document: Rtf, number: int | None) -> None:
    if document.place == FONTS and document.font is not None:
        document.fonts[document.font] = codec_of(FONT_CHARSETS.get(number or 0, -1))


def _font_page(document: Rtf, number: int | None) -> None:
    if document.place == FONTS and document.font is not None:
        document.fonts[document.font] = codec_of(number or 0)


def _unicode_instead(document: Rtf, _number: int | None) -> None:
    r"""Let the Unicode half of `\upr` go to where the whole stands."""
    if len(document.stack) > 1:
        _, base, place, flags, *_ = document.stack[-2]
        document.enter(base, place)
        document.flag(flags, on=True)


class _Mirror(list[str]):
    """The body of an RTF that was made of HTML: what is written there belongs to both."""

    __slots__ = ("body", "html")

    def __init__(self, body: list[str], html: list[str]) -> None:
        super().__init__()
        self.body, self.html = body, html

    def append(self, text: str) -> None:
        """Write to both."""
        self.body.append(text)
        self.html.append(text)


def _from_html(document: Rtf, _number: int | None) -> None:
    """Begin to gather the HTML that this document was made of."""
    if document.html is None:
        document.html = []
        body = document.sink(BODY)
        document.mirror = _Mirror(body, document.html)
        if document.base is body:
            document.base = document.out = document.mirror


def _not_html(document: Rtf, number: int | None) -> None:
    if document.html is not None and document.place == BODY:
        document.base = document.sink(BODY) if number != 0 else document.mirror
        document.flag(0, on=True)


def _tag(document: Rtf, _number: int | None) -> None:
    if document.html is None:
        _enter(document, (Where.HIDDEN, "htmltag"))
    else:
        document.enter(document.html, None)


ACTS: Final[dict[str, Act]] = {
    **{word: _goes_to(place) for word, place in PLACES.items()},
    **{word: _value("property", word) for word in PROPERTIES},
    **{word: _number(word) for word in NUMBERS},
    **{word: _bytes(word) for word in DATA},
    **{word: _picture(ending) for word, ending in PICTURES.items()},
    **dict.fromkeys(BOXES, _box),
    **{word: _puts(char) for word, char in CHARACTERS.items()},
    **{word: _separates(separator) for word, separator in BREAKS.items()},
    **{word: _ansi(page) for word, page in ANSI_PAGES.items()},
    "v": _flags(HIDES),
    "deleted": _flags(DELETES),
    "mvf": _flags(DELETES),
    "plain": _plain,
    "u": _unicode,
    "uc": _skips,
    "ansicpg": _page,
    "deff": _default_font,
    "f": _font,
    "fcharset": _charset,
    "cpg": _font_page,
    "ud": _unicode_instead,
    "propname": _names,
    "sn": _names,
    "staticval": _value("custom", ""),
    "linkval": _value("custom", ""),
    "sv": _value("shape", ""),
    "docvar": _variable,
    **dict.fromkeys(("bkmkstart", "bkmkend", "atnrefstart"), _value("bookmark", "bookmarks")),
    "fromhtml": _from_html,
    "htmlrtf": _not_html,
    "htmltag": _tag,
}
