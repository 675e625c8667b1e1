"""A PDF that carries files: pages to read, and the files attached inside. Tagged, so that it can be heard as well.

ISO 32000-2: structure in 14.7 and 14.8, embedded files in 7.11.4, associated files in 14.13, standard fonts in 9.6.2.2.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import pikepdf
from pikepdf import Array, Dictionary, Name, String

from gateway.protect.methods.pdf_text import lines, plain
from gateway.protect.methods.pdf_words import Kind

PAGE: Final = 595, 842  # A4, in points
MARGIN: Final = 62
ROOM: Final = PAGE[0] - 2 * MARGIN
TOP: Final = PAGE[1] - 84
BOTTOM: Final = 84
SMALL: Final = 9


SIZES: Final = {Kind.TITLE: 20, Kind.HEADING: 14, Kind.TEXT: 11, Kind.ITEM: 11}
BEFORE: Final = {Kind.TITLE: 0, Kind.HEADING: 14, Kind.TEXT: 6, Kind.ITEM: 4}


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One paragraph. Line ends within it are kept."""

    kind: Kind
    text: str


@dataclass(slots=True)
class _Page:
    """A page under construction: its operators, and how much room is left above the bottom."""

    page: Dictionary
    content: list[bytes] = field(default_factory=list)
    at: float = TOP
    marks: list[Dictionary] = field(default_factory=list)


class Cover:
    """Puts blocks on pages, one below the other, and the structure beside them."""

    def __init__(self, title: str, marking: str) -> None:
        self._document = pikepdf.new()
        self._title = title
        self._marking = marking
        helvetica = {"/Type": Name.Font, "/Subtype": Name.Type1, "/Encoding": Name.WinAnsiEncoding}
        self._fonts = Dictionary(
            F1=self._add(Dictionary(helvetica | {"/BaseFont": Name.Helvetica})),
            F2=self._add(Dictionary(helvetica | {"/BaseFont": Name("/Helvetica-Bold")})),
        )
        self._root = self._add(Dictionary(Type=Name.StructTreeRoot))
        self._body = self._add(Dictionary(Type=Name.StructElem, S=Name.Document, P=self._root, K=Array()))
        self._list: Dictionary | None = None
        self._pages: list[_Page] = []

    def _add(self, thing: Dictionary) -> Dictionary:
        return self._document.make_indirect(thing)

    def write(self, blocks: Iterable[Block]) -> None:
        """Put the blocks on pages."""
        for block in blocks:
            self._block(block)

    def _block(self, block: Block) -> None:
        element = self._element(block)
        size, bold = SIZES[block.kind], block.kind in {Kind.TITLE, Kind.HEADING}
        self._space(BEFORE[block.kind])
        if bold:
            self._keep(5 * size)  # no heading at the foot of a page
        marked: _Page | None = None
        for paragraph in block.text.splitlines() or [""]:
            for line in lines(plain(paragraph), size, ROOM, bold=bold):
                self._keep(1.4 * size)
                page = self._pages[-1]
                if page is not marked:
                    self._close(marked)
                    self._open(element, page)
                    marked = page
                page.at -= 1.4 * size
                page.content.append(_line(f"{line} ", MARGIN, page.at, size, "F2" if bold else "F1"))
        self._close(marked)

    def _element(self, block: Block) -> Dictionary:
        """Return the structure element of a block; items one after the other make a list."""
        parent = self._body
        if block.kind is Kind.ITEM:
            if self._list is None:
                self._list = self._child(self._body, "/L")
            parent = self._child(self._list, "/LI")
        else:
            self._list = None
        element = self._child(parent, "/LBody" if block.kind is Kind.ITEM else f"/{block.kind}")
        if plain(block.text) != block.text:
            element.ActualText = String(block.text)  # what is heard and copied is what was written (14.9.4)
        return element

    def _child(self, parent: Dictionary, kind: str) -> Dictionary:
        child = self._add(Dictionary(Type=Name.StructElem, S=Name(kind), P=parent, K=Array()))
        parent.K.append(child)
        return child

    def _keep(self, height: float) -> None:
        """Begin a new page unless there is so much room."""
        if self._pages and self._pages[-1].at - height >= BOTTOM:
            return
        number = len(self._pages)
        page = Dictionary(
            Type=Name.Page,
            MediaBox=Array([0, 0, *PAGE]),
            Resources=Dictionary(Font=self._fonts),
            StructParents=number,
            Tabs=Name.S,
        )
        self._pages.append(_Page(self._add(page)))

    def _space(self, height: float) -> None:
        if self._pages:
            self._pages[-1].at -= height

    def _open(self, element: Dictionary, page: _Page) -> None:
        number = len(page.marks)
        page.content.append(f"{element.S} <</MCID {number}>> BDC\n".encode())
        element.K.append(Dictionary(Type=Name.MCR, Pg=page.page, MCID=number))
        page.marks.append(element)

    def _close(self, page: _Page | None) -> None:
        if page is not None:
            page.content.append(b"EMC\n")

    def finish(self, files: Sequence[tuple[str, bytes, str]]) -> pikepdf.Pdf:
        """Return the document with files attached: each with its name, content and relationship (14.13.2)."""
        document, numbers = self._document, Array()
        for number, page in enumerate(self._pages):
            content = b"".join(page.content) + self._edges(number + 1)
            page.page.Contents = document.make_stream(content)
            document.pages.append(pikepdf.Page(page.page))
            numbers.append(number)
            numbers.append(document.make_indirect(Array(page.marks)))
        self._root.K = self._body
        self._root.ParentTree = self._add(Dictionary(Nums=numbers))
        self._root.ParentTreeNextKey = len(self._pages)
        root = document.Root
        root.StructTreeRoot, root.MarkInfo, root.Lang = self._root, Dictionary(Marked=True), String("en-GB")
        root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
        with document.open_metadata(set_pikepdf_as_editor=False) as metadata:
            metadata["dc:title"], metadata["dc:language"] = self._title, ["en-GB"]
        if files:
            root.PageMode = Name.UseAttachments
        for name, content, relationship in files:
            kind = Name(f"/{relationship}")
            document.attachments[name] = pikepdf.AttachedFileSpec(document, content, filename=name, relationship=kind)
        root.AF = Array([document.attachments[name].obj for name, _, _ in files])
        return document

    def _edges(self, number: int) -> bytes:
        """Return what stands at the edges of every page: the marking, and where one is."""
        place = f"Page {number} of {len(self._pages)}"
        edges = [_line(place, MARGIN, BOTTOM - 34, SMALL, "F1")]
        if self._marking:
            marking = next(lines(plain(self._marking), SMALL, ROOM, bold=True))
            edges += [_line(marking, MARGIN, at, SMALL, "F2") for at in (TOP + 34, BOTTOM - 48)]
        return b"/Artifact BMC\n" + b"".join(edges) + b"EMC\n"


def _line(text: str, x: float, y: float, size: float, font: str) -> bytes:
    shown = text.encode("cp1252", "replace").hex().encode()
    return b"BT /%s %g Tf %g %g Td <%s> Tj ET\n" % (font.encode(), size, x, y, shown)
