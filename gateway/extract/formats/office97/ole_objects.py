"""Embedded OLE objects, and whatever lies in an OLE file beside the document itself.

Files packed in ([MS-OLEDS] 2.3.6), packages, macros, custom XML, property sets, pictures of objects. A storage that is
a document is handed on as a file of its own.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator
from typing import Final

from gateway.extract import Found, Inner, Limits, media
from gateway.extract.decoding import decode
from gateway.extract.formats.leaves import label_info
from gateway.extract.formats.office97.office_art import bitmap, placeable
from gateway.extract.formats.office97.ole import OUT_OF_PLACE, Path, Storage, key_of, spoken, strings
from gateway.extract.formats.office97.ole_properties import is_property_set, property_segments
from gateway.extract.formats.office97.vba import macros
from gateway.extract.identify import identify
from gateway.model.inspection import Gap, GapKind, Segment, Where

DOCUMENTS: Final = frozenset(
    {"worddocument", "workbook", "book", "powerpoint document", "encryptedpackage", "__properties_version1.0"}
    | {"\tdrmcontent", "visiodocument", "quill"}
)
SAID: Final = re.compile(  # streams of which the letters are all there is to read
    r"\x01(compobj|ole|ole10fmtprogid|ole10itemname|oleformat)|\x03(objinfo|linkinfo|ocxname|ocxdata|pic|accsobjsiteinfo)"
    r"|\x06(dataspaces|primary)|dataspacemap|dataspaceinfo|version|\tdrm.*|drm.*|strongencryption.*"
    r"|project|projectwm|projectlk|_vba_project|vbframe|\x03vbframe|f|o|ctls|equation native|encryptioninfo"
    r"|revision log|user names|current user|text_content|ksoproductbuildver|properties_stream|list data|smarttags|xml",
    re.IGNORECASE,
)
EQUATION: Final = re.compile(rb"[\x02\x12\x22\x42\x52\x62][\x80-\x97](.)", re.DOTALL)
METAFILE: Final = re.compile(rb"[\1\2]\0\x09\0\0[\1\3]")
BITMAP, ENHANCED = 8, 14
PACKED_FILE: Final = 2


class OleExtractor:
    """Opens OLE files that are no Office document: embedded objects, packed files, macro projects."""

    name = "ole"
    media_types = frozenset({media.OLE})

    def open(self, data: bytes, limits: Limits) -> Iterable[Found]:  # noqa: ARG002 - nothing is unpacked here
        """Return what is in every stream."""
        storage = Storage(data)
        yield from spoken(beside(storage), storage)


def beside(storage: Storage, read: Iterable[Path] = (), *, locked: bool = False) -> Iterator[Found]:
    """Yield what is in an OLE file beside the streams already read. Of a locked one, only what lies open is read."""
    yield from storage.defects()
    done = {key_of(path) for path in read}
    left = [path for path in storage.paths if key_of(path) not in done]
    if locked:
        left = [
            path
            for path in left
            if path[-1].startswith("\5") or path[0].startswith("\6") or "label" in path[-1].lower()
        ]
    for prefix in _documents(left):
        left = [path for path in left if path[: len(prefix)] != prefix]
        try:
            yield Inner(name=prefix[-1], data=storage.within(prefix))
        except OUT_OF_PLACE as trouble:
            yield Gap(part=prefix[-1], kind=GapKind.CORRUPT, detail=f"stream: {type(trouble).__name__}")
    projects = {path[:-1] for path in left if path[-1].lower() == "dir" and path[-2:-1] and path[-2].lower() == "vba"}
    for project in sorted(projects):
        yield from _project(storage, [path for path in left if path[:-1] == project])
    for found in storage.streams([path for path in left if path[:-1] not in projects]):
        if isinstance(found, Gap):
            yield found
        elif found[0][-1] == "\3PICT" and storage.has(*found[0][:-1], "\3META"):  # the same picture, for a Macintosh
            yield Segment(where=Where.PROPERTY, text=strings(found[1]), name="preview")
        else:
            yield from _stream(*found)


def _documents(paths: list[Path]) -> list[Path]:
    """Return the storages that are documents, but for those within one of them."""
    found = sorted({path[:-1] for path in paths if len(path) > 1 and path[-1].lower() in DOCUMENTS}, key=len)
    return [each for each in found if not any(each[: len(other)] == other for other in found if other != each)]


def _project(storage: Storage, paths: list[Path]) -> Iterator[Found]:
    """Read a macro project."""
    contents = dict[str, bytes]()
    for found in storage.streams(paths):
        if isinstance(found, Gap):
            yield found
        else:
            contents[found[0][-1]] = found[1]
    yield from macros(contents)


def _stream(path: Path, content: bytes) -> Iterator[Found]:
    """Read one stream by its name; one that says nothing is handed on, to be told by what is in it."""
    name = path[-1]
    kind = name.lower()
    if not content:
        return
    if is_property_set(content) and name.startswith(("\5", "\3")):
        yield from _properties(content)
    elif "labelinfo" in kind.replace(" ", "") and b"<" in content:
        yield from label_info(content[content.find(b"<") :])
    elif kind == "\1ole10native":
        yield from _packed(content)
    elif kind.startswith(("\2olepres", "\3eprint", "\3meta", "\3print", "\3pict")):
        yield from _preview(kind, content)
    elif SAID.fullmatch(name) or kind.startswith("__srp_") or (kind == "contents" and content[:1] == b"\0"):
        yield Segment(where=Where.PROPERTY, text=_said(kind, content), name=name.strip("\1\3\5\6"))
    else:
        yield Segment(where=Where.ATTACHMENT_NAME, text=name)
        yield Inner(name=name, data=content)


def _said(kind: str, content: bytes) -> str:
    """Return the letters of a stream. Those of an equation stand one by one."""
    if kind == "equation native":
        return b"".join(EQUATION.findall(content)).decode("latin-1")
    return decode(content, "cp1252") if kind == "project" else strings(content)


def _properties(content: bytes) -> Iterator[Found]:
    """Read a property set; a broken one is a gap, and its letters are kept."""
    try:
        yield from property_segments(content)
    except (struct.error, ValueError, IndexError):
        yield Gap(part="", kind=GapKind.CORRUPT, detail="property set")
        yield Segment(where=Where.PROPERTY, text=strings(content), name="raw")


def _packed(content: bytes) -> Iterator[Found]:
    """Take out a file that was packed in, with its names; data of an old program is handed on as it is."""
    try:
        names, start, size = _head(content)
    except (struct.error, ValueError):
        yield from _old(content[4:])
        return
    for name in dict.fromkeys(names):
        yield Segment(where=Where.ATTACHMENT_NAME, text=name)
    yield Inner(name=names[1] or names[0], data=content[start : start + size])
    yield Segment(where=Where.ATTACHMENT_NAME, text=strings(content[start + size :]), name="unicode")


def _head(content: bytes) -> tuple[list[str], int, int]:
    """Read what stands before a packed file: its names, where it begins, its length. `struct.error`, `ValueError`."""
    names, at = list[str](), 6
    (kind,) = struct.unpack_from("<H", content, 4)
    for _ in range(2):
        end = content.index(b"\0", at)
        names.append(decode(content[at:end], "cp1252"))
        at = end + 1
    (length,) = struct.unpack_from("<4xL", content, at)
    names.append(decode(content[at + 8 : at + 8 + length].rstrip(b"\0"), "cp1252"))
    at += 8 + length
    (size,) = struct.unpack_from("<L", content, at)
    if kind != PACKED_FILE or at + 4 + size > len(content):
        raise ValueError("no packed file, or one that is cut short")
    return names, at + 4, size


def _old(content: bytes) -> Iterator[Found]:
    """Read the data of a program of before OLE 2: an equation by its letters, anything else by what it is."""
    letters = b"".join(EQUATION.findall(content))
    if letters and len(content) < 4096:  # noqa: PLR2004 - one formula
        yield Segment(where=Where.BODY, text=letters.decode("latin-1"), name="equation")
    else:
        yield Inner(name="native", data=content)


def _preview(kind: str, content: bytes) -> Iterator[Found]:
    """Hand on the picture that stands for an object ([MS-OLEDS] 2.3.4)."""
    picture, name = b"", "preview"
    if kind.startswith("\2olepres"):
        try:
            form, content = _presentation(content)
        except struct.error:
            yield Gap(part=name, kind=GapKind.CORRUPT, detail="presentation")
            return
        if not content:
            return
        if form == BITMAP:
            picture = bitmap(content)
    if not picture:
        start = METAFILE.search(content, 0, 64)
        picture = placeable(content[start.start() :]) if start else content
    if identify(picture)[0].media_type == media.UNKNOWN:  # a picture of a Macintosh, mostly
        yield Segment(where=Where.PROPERTY, text=strings(content), name=name)
        yield Gap(part=name, kind=GapKind.IMAGE_NOT_READ, detail=kind.strip("\1\2\3"))
    else:
        yield Inner(name=name, data=picture)


def _presentation(content: bytes) -> tuple[int, bytes]:
    """Return the clipboard format and the data of a presentation stream."""
    (marker,) = struct.unpack_from("<L", content)
    at, form = 4, 0
    if marker in {0xFFFFFFFF, 0xFFFFFFFE}:
        (form,) = struct.unpack_from("<L", content, at)
        at += 4
    else:
        at += marker
    (device,) = struct.unpack_from("<L", content, at)
    at += max(4, device)
    (size,) = struct.unpack_from("<24xL", content, at)
    return form, content[at + 28 : at + 28 + size]
