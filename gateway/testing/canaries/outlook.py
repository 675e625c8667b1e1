"""Outlook messages ([MS-OXMSG]) and winmail.dat ([MS-OXTNEF]) with a canary in every place where words can stand."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from gateway.testing.canaries import Cage, CanaryDocument
from gateway.testing.compound import Tree, compound

INTEGER, STRING, UNICODE, BINARY, OBJECT, STRINGS, TIME = 0x03, 0x1E, 0x1F, 0x102, 0x0D, 0x101F, 0x40
STRING_SETS = bytes.fromhex("2903020000000000c000000000000046")  # PS_PUBLIC_STRINGS
HEADER_SET = bytes.fromhex("8603020000000000c000000000000046")  # PS_INTERNET_HEADERS
APPOINTMENT = bytes.fromhex("0220060000000000c000000000000046")  # PSETID_Appointment
LABEL = "MSIP_Label_0a1b2c3d-0000-4000-8000-000000000001_Name"
Value: TypeAlias = str | bytes | int | Sequence[str]
Values: TypeAlias = dict[tuple[int, int], Value]
Names: TypeAlias = Mapping[int, tuple[bytes, int | str]]


def wrapped(rtf: bytes) -> bytes:
    """Return RTF in its wrapper, not compressed ([MS-OXRTFCP] 2.1.3.1)."""
    return struct.pack("<II4sI", len(rtf) + 12, len(rtf), b"MELA", 0) + rtf


def compressed(rtf: bytes) -> bytes:
    """Return compressed RTF that consists of literals only."""
    body = b"".join(b"\0" + rtf[at : at + 8].ljust(8) for at in range(0, len(rtf), 8))
    end = b"\1" + ((207 + len(body) // 9 * 8) % 4096 << 4).to_bytes(2, "big")
    return struct.pack("<II4sI", len(body) + len(end) + 12, -(-len(rtf) // 8) * 8, b"LZFu", 0) + body + end


def streams(properties: Values, before: int) -> Tree:
    """Return the streams of a storage that holds properties, by (number, type). `before` is how long its header is."""
    tree: dict[str, bytes | Tree] = {}
    fixed = bytearray(before)
    for (tag, kind), value in properties.items():
        name = f"__substg1.0_{tag:04X}{kind:04X}"
        if isinstance(value, int):
            fixed += struct.pack("<HHIQ", kind, tag, 6, value)
            continue
        fixed += struct.pack("<HHIQ", kind, tag, 6, len(value))
        if isinstance(value, bytes | str):
            tree[name] = _raw(kind, value)
        else:
            tree[name] = b"".join(struct.pack("<I", 2 * len(each) + 2) for each in value)
            tree |= {f"{name}-{at:08X}": _raw(UNICODE, each) + b"\0\0" for at, each in enumerate(value)}
    return {"__properties_version1.0": bytes(fixed), **tree}


def _raw(kind: int, value: str | bytes) -> bytes:
    """Return a value as its type is kept."""
    if isinstance(value, bytes):
        return value
    return value.encode("cp1252") if kind == STRING else value.encode("utf-16-le")


def names(entries: Sequence[tuple[bytes, int | str]]) -> Tree:
    """Return the storage that names the properties 0x8000, 0x8001 and so on."""
    guids = list(dict.fromkeys(guid for guid, _ in entries))
    rows, texts = bytearray(), bytearray()
    for at, (guid, called) in enumerate(entries):
        is_text = isinstance(called, str)
        rows += struct.pack("<IHH", len(texts) if is_text else called, 3 + guids.index(guid) << 1 | is_text, at)
        if isinstance(called, str):
            raw = called.encode("utf-16-le")
            texts += struct.pack("<I", len(raw)) + raw + bytes(-len(raw) % 4)
    values = (b"".join(guids), bytes(rows), bytes(texts))
    return {f"__substg1.0_{2 + at:04X}0102": value for at, value in enumerate(values)}


def documents() -> Iterator[CanaryDocument]:
    """Yield the documents."""
    cage = Cage.of("msg")
    yield cage.document("canary.msg", compound(_message(cage)))
    cage = Cage.of("tnef")
    yield cage.document("winmail.dat", _winmail(cage))


def _message(cage: Cage) -> Tree:
    """Return a message with recipients, attachments, an object and a message within it."""
    named = names(
        [
            (STRING_SETS, "Keywords"),
            (STRING_SETS, LABEL),
            (HEADER_SET, "X-Protective-Marking"),
            (STRING_SETS, "bjDocumentSecurityLabel"),
            (APPOINTMENT, 0x8208),
            (STRING_SETS, "CaseFile"),
            (STRING_SETS, cage("name of a property")),
        ]
    )
    inner: Values = {
        (0x0037, UNICODE): cage("subject of a message within"),
        (0x1000, UNICODE): cage("body of a message within"),
        (0x8001, UNICODE): cage("label of a message within"),
    }
    deepest = streams({(0x1000, UNICODE): cage("body two messages deep")}, 24)
    file: Values = {
        (0x3701, BINARY): cage("attached file").encode(),
        (0x3704, UNICODE): f"{cage('short name')}.txt",
        (0x3707, UNICODE): f"{cage('long name')}.txt",
        (0x3001, UNICODE): f"{cage('display name of a file')}.txt",
        (0x370E, UNICODE): f"text/{cage('media type of a file')}",
        (0x3712, UNICODE): cage("content identifier of a file"),
    }
    within = {
        **streams(inner, 24),
        "__attach_version1.0_#00000000": {**streams({}, 8), "__substg1.0_3701000D": deepest},
    }
    return {
        "__nameid_version1.0": named,
        **streams({**_own(cage), **_named(cage)}, 32),
        "__recip_version1.0_#00000000": streams(_recipient(cage), 8),
        "__attach_version1.0_#00000000": streams(file, 8),
        "__attach_version1.0_#00000001": {
            **streams({(0x3001, UNICODE): cage("display name of a message within")}, 8),
            "__substg1.0_3701000D": within,
        },
        "__attach_version1.0_#00000002": {
            **streams({}, 8),
            "__substg1.0_3701000D": {"Text": cage("attached object").encode()},
        },
        "unheard-of": cage("a stream of no known name").encode(),
    }


def _own(cage: Cage) -> Values:
    """Return the properties of the message itself."""
    head = f"From: {cage('sender in the headers')} <a@example.org>\r\nSubject: {cage('subject in the headers')}\r\n"
    head += f"X-Protective-Marking: {cage('marking in the headers')}\r\n"
    head += f"X-Note: =?utf-8?q?{cage('encoded header')}?=\r\n"
    html = f"<html><body><p title='{cage('attribute of the HTML body')}'>{cage('HTML body')}</p></body></html>"
    rtf = rf"{{\rtf1\ansi\fromhtml1 {{\*\htmltag84 <p title='{cage('attribute in encapsulated HTML')}'>}}"
    rtf += rf"{cage('encapsulated HTML')}{{\*\htmltag92 </p>}}\htmlrtf  {cage('RTF beside HTML')}\htmlrtf0 }}"
    return {
        (0x0037, UNICODE): cage("subject"),
        (0x0070, UNICODE): cage("conversation topic"),
        (0x1000, UNICODE): cage("body"),
        (0x1013, BINARY): html.encode(),
        (0x1009, BINARY): compressed(rtf.encode()),
        (0x007D, UNICODE): head,
        (0x0C1A, UNICODE): cage("sender's name"),
        (0x0C1F, UNICODE): f"{cage('sender s address')}@example.org",
        (0x0E04, UNICODE): cage("to"),
        (0x0E03, UNICODE): cage("cc"),
        (0x0E02, UNICODE): cage("bcc"),
        (0x0042, STRING): cage("on behalf of, in 8 bits"),
        (0x0041, BINARY): b"\0\0\0\0" + cage("entry identifier").encode("utf-16-le") + b"\0\0",
        (0x3A16, UNICODE): cage("company of a contact"),
        (0x3FFD, INTEGER): 1252,
    }


def _named(cage: Cage) -> Values:
    """Return named properties, in the order in which they are named."""
    return {
        (0x8000, STRINGS): (cage("category"), cage("second category")),
        (0x8001, UNICODE): cage("Purview label"),
        (0x8002, UNICODE): cage("protective marking property"),
        (0x8003, UNICODE): cage("Boldon James label"),
        (0x8004, UNICODE): cage("place of an appointment"),
        (0x8005, UNICODE): cage("user-defined field"),
    }


def _recipient(cage: Cage) -> Values:
    """Return the properties of a recipient."""
    return {
        (0x3001, UNICODE): cage("recipient's name"),
        (0x3003, UNICODE): f"{cage('recipient s address')}@example.org",
        (0x39FE, UNICODE): f"{cage('SMTP address')}@example.org",
    }


def attribute(level: int, identifier: int, content: bytes) -> bytes:
    """Return an attribute of TNEF, with its checksum."""
    return struct.pack("<BII", level, identifier, len(content)) + content + struct.pack("<H", sum(content) & 0xFFFF)


def winmail(*attributes: bytes) -> bytes:
    """Return a TNEF file."""
    version = attribute(1, 0x00089006, b"\0\0\1\0")
    return (
        b"\x78\x9f\x3e\x22\1\0" + version + attribute(1, 0x00069007, struct.pack("<II", 1252, 0)) + b"".join(attributes)
    )


def properties(values: Mapping[tuple[int, int], str | bytes], called: Names | None = None) -> bytes:
    """Return a list of properties as TNEF writes them, by (number, type); `called` are the names of named ones."""
    out = bytearray(struct.pack("<I", len(values)))
    for (tag, kind), value in values.items():
        out += struct.pack("<HH", kind, tag)
        if called and tag in called:
            out += _name(*called[tag])
        raw = value if isinstance(value, bytes) else value.encode("utf-16-le") + b"\0\0"
        out += struct.pack("<II", 1, len(raw)) + raw + bytes(-len(raw) % 4)
    return bytes(out)


def _name(guid: bytes, called: int | str) -> bytes:
    """Return the name of a property."""
    if isinstance(called, int):
        return guid + struct.pack("<II", 0, called)
    raw = called.encode("utf-16-le") + b"\0\0"
    return guid + struct.pack("<II", 1, len(raw)) + raw + bytes(-len(raw) % 4)


def _winmail(cage: Cage) -> bytes:
    """Return a winmail.dat with properties, recipients, attachments and a message within it."""
    rtf = rf"{{\rtf1\ansi {cage('compressed body')}}}"
    own = properties(
        {
            (0x0037, UNICODE): cage("subject property"),
            (0x1009, BINARY): wrapped(rtf.encode()),
            (0x1013, BINARY): f"<html><body>{cage('HTML body')}</body></html>".encode(),
            (0x8000, UNICODE): cage("Purview label"),
            (0x8001, UNICODE): cage("place of an appointment"),
        },
        {0x8000: (STRING_SETS, LABEL), 0x8001: (APPOINTMENT, 0x8208)},
    )
    row = properties({(0x3001, UNICODE): cage("recipient's name"), (0x3003, UNICODE): cage("recipient's address")})
    nested = winmail(attribute(1, 0x00018004, cage("subject of a message within").encode() + b"\0"))
    message = bytes.fromhex("0703020000000000c000000000000046") + nested
    attached: dict[tuple[int, int], str | bytes] = {(0x3701, OBJECT): message}
    attached[(0x3001, UNICODE)] = cage("name of a message within")
    return winmail(
        attribute(1, 0x00018004, cage("subject").encode() + b"\0"),
        attribute(1, 0x0002800C, cage("body").encode() + b"\0"),
        attribute(1, 0x00008000, bytes(8) + cage("from").encode() + b"\0"),
        attribute(1, 0x00069003, own),
        attribute(1, 0x00069004, struct.pack("<I", 1) + row),
        attribute(2, 0x00069002, bytes(14)),
        attribute(2, 0x00018010, f"{cage('attachment title')}.txt".encode() + b"\0"),
        attribute(2, 0x0006800F, cage("attached file").encode()),
        attribute(2, 0x00069005, properties({(0x3707, UNICODE): f"{cage('long name')}.txt"})),
        attribute(2, 0x00069002, bytes(14)),
        attribute(2, 0x00069005, properties(attached)),
        attribute(1, 0x00061234, b"\0\0" + cage("attribute of no known number").encode()),
    )
