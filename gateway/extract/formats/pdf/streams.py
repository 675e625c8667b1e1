"""Streams of a PDF that are neither pages nor pictures: attached files, packets of XML, scripts, and what is left over.

What is left over hangs where no reader looks, or nowhere at all: earlier contents of a page, private data of a program.
Text is text; the rest is a part of its own, so that what nobody can open is a gap.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, Final
from xml.parsers import expat

import pikepdf
from pikepdf import settings

from gateway.extract import Inner, Limits, media
from gateway.extract.formats.leaves import EntityDeclared, properties
from gateway.extract.formats.office.markup import Markup
from gateway.extract.formats.pdf.contents import LETTERS, MOST_BYTES, SHOWS_TEXT
from gateway.extract.formats.pdf.objects import Inventory, Key
from gateway.extract.formats.pdf.words import plain_of_rich, text_of
from gateway.extract.kinds_of_text import kind_of_text
from gateway.model.inspection import Gap, GapKind, Segment, Where

CHUNK: Final = 1 << 20
LZW_RATIO: Final = 1400
USED: Final = re.compile(
    rb'"/(?:FontFile[23]?|ToUnicode|CIDToGIDMap|CIDSet|Encoding|UseCMap|DestOutputProfile|ICCBased|Contents|TR2?|BG2?'
    rb'|UCR2?|HT|Function|Functions|Data)"[:,]\s*\[?\s*((?:"\d+ \d+ R",?\s*)+)'
)
REFERENCE: Final = re.compile(rb"(\d+) (\d+) R")
OWN_KIND: Final = frozenset({"/FunctionType", "/ShadingType", "/HalftoneType", "/CMapName", "/PatternType"})
FONT_KINDS: Final = frozenset({"/Type1C", "/CIDFontType0C", "/OpenType"})
MARKS: Final = re.compile(rb"endobj|(?<![^\s])(?:\d{1,10}\s{1,9}\d{1,5}\s{1,9}obj|xref|startxref|trailer)\b")
LONGEST_FIRST_LINE: Final = 20
RUN_OF_TEXT: Final = re.compile(rb"[\t\x20-\x7e]{8,}")
PLAIN_KINDS: Final = frozenset({media.TEXT, media.CSV, media.TSV, media.JSON})
Found = Segment | Inner | Gap

settings.set_qpdf_limits(  # of memory for one stream; what is larger is refused, and counted
    flate_max_memory=MOST_BYTES, png_max_memory=MOST_BYTES, run_length_max_memory=MOST_BYTES, dct_max_memory=MOST_BYTES
)


def inflated(raw: bytes, most: int) -> bytes | None:
    """Return deflated data, as much as can be inflated, or None when it is more than `most`."""
    whole, pieces, size = zlib.decompressobj(), [], 0
    rest = raw
    while rest and not whole.eof:
        try:
            piece = whole.decompress(rest, CHUNK)
        except zlib.error:
            break
        rest, size = whole.unconsumed_tail, size + len(piece)
        if size > most:
            return None
        pieces.append(piece)
    return b"".join(pieces)


def is_bomb(stream: pikepdf.Object, most: int = MOST_BYTES) -> bool:
    """Say whether a stream holds more than `most` bytes, without holding them."""
    packed, before = filters(stream), settings.qpdf_limit_errors()
    if not packed:
        return False
    if "/LZWDecode" in packed or "/LZW" in packed:
        return bool(stream.get("/Length", 0) * LZW_RATIO > most)
    if packed in (["/FlateDecode"], ["/Fl"]):
        whole, size, rest = zlib.decompressobj(), 0, stream.read_raw_bytes()
        while rest and not whole.eof and size <= most:
            try:
                size += len(whole.decompress(rest, CHUNK))
            except zlib.error:
                break
            rest = whole.unconsumed_tail
        return size > most
    try:
        stream.read_bytes()
    except pikepdf.PdfError:
        return settings.qpdf_limit_errors() > before
    return False


def filters(stream: pikepdf.Object) -> list[str]:
    """Return how a stream is packed, the outermost first."""
    said = stream.get("/Filter")
    return [str(each) for each in said] if isinstance(said, pikepdf.Array) else [str(said)] if said is not None else []


def bombs(document: pikepdf.Pdf, inventory: Inventory) -> bool:
    """Say whether any stream that a reader of pages may unpack holds more than it may."""
    return any(
        is_bomb(document.get_object(*key)) for key in inventory.large if key not in inventory.files
    )  # fmt: skip


def files(document: pikepdf.Pdf, inventory: Inventory, limits: Limits) -> Iterator[Found]:
    """Yield every attached file, once."""
    for key, name in inventory.files.items():
        stream = document.get_object(*key)
        if isinstance(stream, pikepdf.Stream):
            yield _file(name or "attachment", stream, min(limits.part_size, limits.total_size))


def _file(name: str, stream: pikepdf.Object, most: int) -> Found:
    """Return one attached file, or why it is not read."""
    packed, before = filters(stream), settings.qpdf_limit_errors()
    try:
        if packed == ["/FlateDecode"] and "/DecodeParms" not in stream:
            raw = stream.read_raw_bytes()
            data = inflated(raw, most)
            if data is None or (raw and not data):
                kind = GapKind.TOO_LARGE if data is None else GapKind.CORRUPT
                return Gap(part=name, kind=kind, detail="total_size" if data is None else "attached file")
        else:
            data = stream.read_bytes()
    except pikepdf.PdfError:
        is_large = settings.qpdf_limit_errors() > before
        kind = GapKind.TOO_LARGE if is_large else GapKind.CORRUPT
        return Gap(part=name, kind=kind, detail="stream" if is_large else "attached file")
    return Inner(name=name, data=data)


def packets(document: pikepdf.Pdf, inventory: Inventory) -> Iterator[Found]:
    """Yield the words of every XMP packet, of the document or of anything in it, and of an XFA form."""
    for key in inventory.packets:
        yield from _read(document, key, lambda raw: _xml(raw, "xmp"))
    pieces: list[bytes] = []
    for key in inventory.form:
        stream = document.get_object(*key)
        if isinstance(stream, pikepdf.Stream):
            pieces.append(stream.read_bytes())
    if pieces:
        yield from _xml(b"".join(pieces), "xfa")


def _xml(raw: bytes, name: str) -> list[Found]:
    """Return the words of a packet; of one that is not well-formed, everything that is no tag."""
    text = text_of(raw.strip(b"\0 \r\n\t"))
    xml = text[max(0, text.find("<")) :].rstrip("\0 \r\n\t")
    packet = re.sub(r"^(<\?xml[^>]*?)\s+encoding\s*=\s*[\"'][^\"']*[\"']", r"\1", xml).encode("utf-8", "replace")
    if not packet:
        return []
    where = Where.PROPERTY if name == "xmp" else Where.FIELD
    try:
        if name == "xmp":
            return list(properties(packet))
        form = Markup(where, name)
        form.read(packet)
        return list(form.segments())
    except EntityDeclared as trouble:
        return [Gap(part=name, kind=GapKind.CORRUPT, detail=type(trouble).__name__)]
    except (expat.ExpatError, ValueError, KeyError, IndexError):
        return [Segment(where=where, text=plain_of_rich(text) + "\n" + text, name=name)]


def _read(document: pikepdf.Pdf, key: Key, act: Any) -> Iterator[Found]:  # noqa: ANN401 - from bytes to what is found
    """Yield what a function makes of a stream's data; a gap where it will not unpack."""
    stream = document.get_object(*key)
    if not isinstance(stream, pikepdf.Stream):
        return
    try:
        found = act(stream.read_bytes())
    except pikepdf.PdfError:
        yield Gap(part="", kind=GapKind.CORRUPT, detail=f"stream {key[0]}")
    else:
        yield from found


def leftovers(document: pikepdf.Pdf, inventory: Inventory, contents: set[Key]) -> Iterator[Found]:
    """Yield what scripts and long values hold, sounds and models as gaps, and what hangs where no reader looks."""
    for key, place in inventory.speaking.items():
        stream = document.get_object(*key)
        if isinstance(stream, pikepdf.Stream):
            text = text_of(stream.read_bytes())
            yield Segment(where=place.where, name=place.name, text=plain_of_rich(text) if "</" in text else text)
    for kind in sorted(set(inventory.media.values())):
        yield Gap(part="", kind=GapKind.UNSUPPORTED, detail=kind)
    passed_over = contents | set(inventory.speaking) | set(inventory.form) | set(inventory.files)
    unknown = {
        key: said
        for key, said in inventory.plain.items()
        if key not in passed_over and key not in inventory.drawings and not _says(said, inventory)
    }
    if unknown:
        for key in unknown.keys() - _used(document):
            yield from _read(document, key, lambda raw, number=key[0]: _unknown(raw, number))


def _says(said: Mapping[str, Any], inventory: Inventory) -> bool:
    """Say whether a stream's own dictionary tells what it is: a function, a profile, a font, a table of hints."""
    if OWN_KIND & said.keys() or said.get("/Subtype") in FONT_KINDS or isinstance(said.get("/N"), int):
        return True
    return "/Length1" in said or (inventory.is_linear and isinstance(said.get("/S"), int))


def _used(document: pikepdf.Pdf) -> set[Key]:
    """Return the streams that hang where fonts, colours and functions do."""
    used: set[Key] = set()
    for item in document.objects:
        if isinstance(item, pikepdf.Object):
            for found in USED.findall(item.to_json(dereference=True)):
                used.update((int(number), int(generation)) for number, generation in REFERENCE.findall(found))
    return used


def _unknown(raw: bytes, number: int) -> Iterator[Found]:
    """Yield text as text, of a page that is not shown what it shows, and anything else as a part."""
    text = text_of(raw)
    if text and b"BT" in raw and SHOWS_TEXT.search(raw):
        text = (
            "\n".join(re.sub(r"\\(.)", r"\1", one.decode("latin-1")) for one, _ in LETTERS.findall(raw)) + "\n" + text
        )
    if text:
        yield Segment(where=Where.HIDDEN, text=text, name="stream")
    elif raw.strip(b"\0 \r\n\t"):
        yield Inner(name=f"stream-{number}", data=raw)


def around(data: bytes) -> Iterator[Found]:
    """Yield what stands before a file begins and after it ends, where that is more than blanks."""
    start, end = data.find(b"%PDF-", 0, 2000), data.rfind(b"%%EOF")
    if start > 0 and data[:start].strip(b"\0 \r\n\t\xef\xbb\xbf"):
        yield Inner(name="before-start", data=data[:start])
    if end > 0 and data[end + 5 :].strip(b"\0 \r\n\t\x1a"):
        yield Inner(name="after-end", data=data[end + 5 :].lstrip(b"\r\n"))
    for stray in _between(data, max(0, start)):
        if words := RUN_OF_TEXT.findall(stray):
            kind = kind_of_text(stray)
            yield (
                Segment(where=Where.HIDDEN, text=b"\n".join(words).decode("ascii"), name="between objects")
                if kind in PLAIN_KINDS
                else Inner(name="between-objects", data=stray)
            )


def _between(data: bytes, start: int) -> Iterator[bytes]:
    """Yield what stands where neither objects nor tables do: comments, which programs other than PDF readers show."""
    at = data.find(b"\n", start, start + LONGEST_FIRST_LINE) + 1  # behind the first line, and then behind an object
    for mark in MARKS.finditer(data, start):
        if mark[0] == b"endobj":
            at = at or mark.end()
            continue
        stray = data[at : mark.start()].strip() if at else b""
        if stray:
            yield stray
        at = 0
