"""ZIP archives (APPNOTE 6.3.10). Declared sizes are checked first, and no more than that is inflated."""

from __future__ import annotations

import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator

from gateway.extract import Inner, Limits, media
from gateway.extract.locked import zip_cipher
from gateway.extract.names import name_segments
from gateway.model.inspection import Gap, GapKind, Segment, Where

LOCAL_HEADER = 30
DATA_DESCRIPTOR = 24  # the longest trailer that may follow an entry
TROUBLE = (  # what zipfile and its decompressors raise for one bad entry; the others are still read
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
    IndexError,
)


def entries_of(archive: zipfile.ZipFile, limits: Limits) -> Iterator[tuple[str, bytes] | Gap]:
    """Yield each entry's name and content, or the gap that stands for it. Folders hold nothing and are passed over."""
    spent = 0
    for number, entry in enumerate(archive.infolist()):
        if number >= limits.parts:
            yield Gap(part="", kind=GapKind.TOO_MANY, detail="parts")
            return
        if entry.is_dir() and not entry.file_size:
            continue
        spent += entry.file_size
        if entry.file_size > limits.part_size or spent > limits.total_size:
            detail = "part_size" if entry.file_size > limits.part_size else "total_size"
            yield Gap(part=entry.filename, kind=GapKind.TOO_LARGE, detail=detail)
            spent -= entry.file_size
        elif cipher := zip_cipher(entry):
            yield Gap(part=entry.filename, kind=GapKind.ENCRYPTED, detail=cipher)
        else:
            try:
                yield entry.filename, archive.read(entry)
            except TROUBLE as trouble:
                yield Gap(part=entry.filename, kind=GapKind.CORRUPT, detail=type(trouble).__name__)


def outside(archive: zipfile.ZipFile, data: bytes) -> bytes:
    """Return the bytes that belong to no entry and not to the directory: another reader may see files there."""
    kept, at = [], 0
    for entry in sorted(archive.infolist(), key=lambda entry: entry.header_offset):
        start = entry.header_offset
        if start - at > DATA_DESCRIPTOR:
            kept.append(data[at:start])
        name_and_extra = struct.unpack("<HH", data[start + 26 : start + LOCAL_HEADER].ljust(4, b"\0"))
        at = max(at, start + LOCAL_HEADER + sum(name_and_extra) + entry.compress_size)
    directory = archive.start_dir
    if directory - at > DATA_DESCRIPTOR:
        kept.append(data[at:directory])
    end = data.rfind(b"PK\x05\x06")
    kept.append(data[end + 22 + len(archive.comment) :])
    found = b"\n".join(kept)
    return found if found.strip(b"\0\n ") else b""


class ZipExtractor:
    """Opens plain ZIP archives."""

    name = "zip"
    media_types = frozenset({media.ZIP})

    def open(self, data: bytes, limits: Limits) -> Iterable[Segment | Inner | Gap]:
        """Return every entry, every name, the comments, and what lies between the entries."""
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            listed = archive.infolist()[: limits.parts]
            yield from name_segments(entry.filename for entry in listed)
            comments = [archive.comment, *(entry.comment for entry in listed)]
            if any(comments):
                said = b"\n".join(comment for comment in comments if comment)
                yield Segment(where=Where.COMMENT, text=said.decode("utf-8", "replace"))
            for found in entries_of(archive, limits):
                yield found if isinstance(found, Gap) else Inner(name=found[0], data=found[1])
            if left := outside(archive, data):
                yield Inner(name="outside-entries", data=left)
