"""What stands in clear in a PDF that was just encrypted: read by ourselves, every byte outside of the streams.

The format encrypts strings and streams; names, numbers and structure only within streams of objects (ISO 32000-2, 7.5.7
and 7.6.2). So all objects are to lie in those. What cannot is the dictionary of each stream, the catalogue, the
encryption and the cross-references: their keys and names must be on the list here, and their other values indirect.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

_KEYS: Final = """
Type Subtype Length Length1 Length2 Length3 Filter DecodeParms N First Extends Size W Index Info Root Encrypt
Width Height BitsPerComponent ColorSpace ImageMask Interpolate Decode Mask SMask SMaskInData Intent Matte Name
BBox Matrix Resources FormType Group Ref LastModified PieceInfo StructParent StructParents OC OPI Metadata
Alternate Alternates Range Domain Encode Order Function FunctionType BitsPerSample BitsPerCoordinate BitsPerFlag
VerticesPerRow ShadingType Background AntiAlias PatternType PaintType TilingType XStep YStep Shading
CMapName UseCMap CIDSystemInfo WMode Params AF Measure PtData
Predictor Columns Colors EarlyChange K Rows BlackIs1 EndOfLine EncodedByteAlign EndOfBlock DamagedRowsBeforeError
ColorTransform JBIG2Globals
Extensions ADBE BaseVersion ExtensionLevel Version Pages PageLabels PageLayout PageMode Names Dests Outlines Threads
OpenAction AA URI AcroForm StructTreeRoot MarkInfo Lang SpiderInfo OutputIntents OCProperties Collection
ViewerPreferences NeedsRendering DSS DPartRoot Legal Requirements
"""
_VALUES: Final = """
XObject Image Form Pattern Metadata XML ObjStm XRef EmbeddedFile CMap Catalog Type1C CIDFontType0C OpenType
FlateDecode LZWDecode ASCII85Decode ASCIIHexDecode RunLengthDecode CCITTFaxDecode DCTDecode JPXDecode JBIG2Decode
DeviceGray DeviceRGB DeviceCMYK 1.3 1.4 1.5 1.6 1.7 2.0
"""
VALUES: Final = frozenset(f"/{name}".encode() for name in _VALUES.split())
HARMLESS: Final = VALUES | {f"/{name}".encode() for name in _KEYS.split()}
"""Names that may stand in clear: those of the format itself, which say of what kind a stream is and no more."""

BEGIN: Final = re.compile(rb"%PDF-\d\.\d\n%[\x80-\xff]{4}\n")
OBJECT: Final = re.compile(rb"(\d{1,9}) 0 obj\n(<<.*?>>)\n(stream|endobj)\n", re.DOTALL)
AFTER: Final = re.compile(rb"\n?endstream\nendobj\n")
END: Final = re.compile(rb"startxref\n(\d{1,12})\n%%EOF\n")
LENGTH: Final = re.compile(rb"/Length (\d{1,12})(?! \d)\b")
TOKEN: Final = re.compile(rb"\s+|<<|>>|\[(?!\s*[\d.+-])|\]|[+-]?[\d.]+|true|false|null|R\b|(/[^\s/<>\[\](){}%]*)")
OF_TABLE: Final = re.compile(rb"/ID \[<[0-9a-f]{32}><[0-9a-f]{32}>\]|/(?:W|Index) \[[ \d]+\]")
STRING: Final = re.compile(rb"<[0-9A-Fa-f]+>|\((?:\\.|[^\\)])*\)", re.DOTALL)
WINDOW: Final = 8192  # bytes: no dictionary in clear is longer
ALONE: Final = 2  # objects that are no streams: the catalogue and the encryption
BLOCK: Final = 16  # bytes: what AES-CBC writes is a multiple


class Bytes(Protocol):
    """A file, or bytes."""

    def __len__(self) -> int:
        """Return how many there are."""

    def __getitem__(self, place: slice, /) -> bytes:
        """Return some of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Object:
    """An object outside of the streams of objects: where it is, and its dictionary."""

    start: int
    end: int
    number: bytes
    text: bytes
    length: int | None

    @property
    def is_table(self) -> bool:
        return b"/Type /XRef" in self.text


def is_closed(document: Bytes) -> bool:
    """Say whether all of a PDF is encrypted by AESV3, revision 6, but for names of the format itself and numbers.

    It takes the one form in which qpdf writes with streams of objects: any other, and anything unexpected, is False.
    """
    apart: dict[bytes, bytes] = {}
    last: _Object | None = None
    for each in _objects(document):
        if last and last.is_table:
            return False
        last = each
        if each.length is None and len(apart) < ALONE:
            apart[each.number] = each.text
        elif each.length is None or not (each.is_table or _is_of_nothing_but_form(each)):
            return False
    if last is None or not last.is_table or len(document) - last.end > WINDOW:
        return False
    end = END.fullmatch(document[last.end : len(document)])
    return end is not None and int(end[1]) == last.start and _are_fit(apart, last.text)


def _objects(document: Bytes) -> Iterator[_Object]:
    """Yield the objects from the beginning; no more where anything is not as expected."""
    begin = BEGIN.match(document[0:WINDOW])
    at = begin.end() if begin else len(document)
    while found := OBJECT.match(document[at : at + WINDOW]):
        end, length = at + found.end(), None
        if found[3] == b"stream":
            lengths = LENGTH.findall(found[2])
            length = int(lengths[0]) if len(lengths) == 1 else len(document)
            after = AFTER.match(document[end + length : end + length + WINDOW])
            if not after:
                return
            end += length + after.end()
        yield _Object(start=at, end=end, number=found[1], text=found[2], length=length)
        at = end


def _is_of_nothing_but_form(stream: _Object) -> bool:
    return _is_telling_nothing(stream.text) and (stream.length or 0) % BLOCK == 0


def _is_telling_nothing(text: bytes) -> bool:
    at = 0
    while found := TOKEN.match(text, at):
        if found[1] and found[1] not in HARMLESS:
            return False
        at = found.end()
    return at == len(text)


def _are_fit(apart: dict[bytes, bytes], table: bytes) -> bool:
    """Say whether what stands alone is the catalogue, which tells nothing, and an encryption of everything."""
    named = [re.search(rb"/%s (\d{1,9}) 0 R" % key, table) for key in (b"Root", b"Encrypt")]
    if not all(named) or sorted(apart) != sorted(each[1] for each in named if each):
        return False
    root, encryption = (apart[each[1]] for each in named if each)
    return all(map(_is_telling_nothing, (root, OF_TABLE.sub(b"", table)))) and _is_aesv3(encryption)


def _is_aesv3(encryption: bytes) -> bool:
    """Say whether streams, strings, files and metadata are encrypted by AESV3, revision 6 (7.6.4)."""
    text = STRING.sub(b"", encryption)
    asked = (rb"/R 6\b", rb"/V 5\b", rb"/Length 256\b", rb"/CFM /AESV3\b", rb"/StmF /StdCF\b", rb"/StrF /StdCF\b")
    barred = (rb"/Identity", rb"/EncryptMetadata false", rb"/AESV2", rb"/CFM /V2\b", rb"/EFF /(?!StdCF)")
    return all(re.search(each, text) for each in asked) and not any(re.search(each, text) for each in barred)
