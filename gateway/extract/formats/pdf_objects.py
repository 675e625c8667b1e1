"""Strings and files in the objects of a PDF, wherever they hang: annotations, fields, scripts, bookmarks, attachments.

Every object of the file is looked at, also those that no page leads to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast

import pikepdf

from gateway.extract import Inner, Limits
from gateway.model.inspection import Gap, GapKind, Segment, Where

ANNOTATED = frozenset({"/Contents", "/RC", "/Subj", "/DA", "/CA"})
FILLED_IN = frozenset({"/V", "/DV", "/TU", "/TM", "/Opt"})
_NOT_WORDS = """
    /ID /CheckSum /Ordering /Registry /Lookup /Panose /Lang /CharSet /M /CreationDate /ModDate /NM /DA /Cert
    /ByteRange /O /U /OE /UE /Perms /FontFamily /LastModified /DSS /VRI /Certs /OCSPs /CRLs
"""
NOT_WORDS = frozenset(_NOT_WORDS.split())
DEEPEST = 50
Found = Segment | Inner | Gap


def objects(document: pikepdf.Pdf, limits: Limits) -> Iterator[Found]:
    """Yield the strings of all objects by kind, and every attached file with its name if it has one."""
    texts: dict[Where, dict[str, None]] = {}
    properties = document.docinfo.objgen if "/Info" in document.trailer else (0, 0)
    taken: set[tuple[int, int]] = set()
    unnamed: list[pikepdf.Object] = []
    for item in cast("Iterable[object]", document.objects):
        if not isinstance(item, pikepdf.Object) or (item.is_indirect and item.objgen == properties):
            continue
        if isinstance(item, pikepdf.Dictionary | pikepdf.Array | pikepdf.Stream):
            _strings(item, "", texts, 0)
        if isinstance(item, pikepdf.Dictionary | pikepdf.Stream):
            yield from _named_files(item, taken, limits)
            if isinstance(item.get("/JS"), pikepdf.Stream):
                script = item["/JS"].read_bytes().decode("utf-8", "replace")
                yield Segment(where=Where.HIDDEN, text=script, name="script")
        if isinstance(item, pikepdf.Stream) and item.get("/Type") == "/EmbeddedFile":
            unnamed.append(item)
    for stream in unnamed:
        yield from _file("attachment", stream, taken, limits)
    for where, found in texts.items():
        yield Segment(where=where, text="\n".join(found), name="objects")


def _strings(item: pikepdf.Object, key: str, texts: dict[Where, dict[str, None]], depth: int) -> None:
    """Gather the strings of one object and of what is written inside it, not of what it refers to."""
    if isinstance(item, pikepdf.String):
        text = str(item)
        if text.strip() and key not in NOT_WORDS:
            where = Where.ANNOTATION if key in ANNOTATED else Where.FIELD if key in FILLED_IN else Where.HIDDEN
            texts.setdefault(where, {})[text] = None
    elif depth < DEEPEST and isinstance(item, pikepdf.Array):
        for child in item:
            _strings_within(child, key, texts, depth)
    elif depth < DEEPEST and isinstance(item, pikepdf.Dictionary | pikepdf.Stream):
        if item.get("/Type") == "/Sig" or item.get("/Filter") == "/Standard":
            return  # a signature or the encryption dictionary: bytes, not words
        for name, child in item.items():
            _strings_within(child, str(name), texts, depth)


def _strings_within(child: object, key: str, texts: dict[Where, dict[str, None]], depth: int) -> None:
    """Go one step in, unless it is a reference (met by itself) or a plain number."""
    if isinstance(child, pikepdf.Object) and not child.is_indirect:
        _strings(child, key, texts, depth + 1)


def _named_files(item: pikepdf.Object, taken: set[tuple[int, int]], limits: Limits) -> Iterator[Found]:
    """Yield the files that a file specification names (ISO 32000-2, 7.11.4)."""
    if isinstance(item.get("/EF"), pikepdf.Dictionary):
        name = str(item.get("/UF") or item.get("/F") or item.get("/Desc") or "attachment")
        yield Segment(where=Where.ATTACHMENT_NAME, text=name)
        for stream in item["/EF"].values():
            if isinstance(stream, pikepdf.Stream):
                yield from _file(name, stream, taken, limits)


def _file(name: str, stream: pikepdf.Object, taken: set[tuple[int, int]], limits: Limits) -> Iterator[Found]:
    """Yield one attached file, once. Its declared size is only a first check; memory is bounded by the sandbox."""
    if stream.objgen in taken:
        return
    taken.add(stream.objgen)
    parameters = stream.get("/Params")
    declared = parameters.get("/Size") if isinstance(parameters, pikepdf.Dictionary) else None
    if isinstance(declared, int) and declared > limits.part_size:
        yield Gap(part=name, kind=GapKind.TOO_LARGE, detail="part_size")
    else:
        yield Inner(name=name, data=stream.read_bytes())
