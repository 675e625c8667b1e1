"""CMS containers of S/MIME (RFC 5652, RFC 8551): how they are encrypted, and what is in those that are not.

Enveloped data (RFC 5652 6) and authenticated enveloped data (RFC 5083) are a gap that names the cipher. Compressed data
(RFC 3274) is inflated, and what is merely wrapped is taken out. DER and BER, bare, in base64, or with PEM lines.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from typing import Final

from gateway.extract import Inner, Limits, media
from gateway.extract.cms_kinds import (
    AUTH_ENVELOPED,
    COMPRESSED,
    DATA,
    ENCRYPTED,
    ENVELOPED,
    PKCS_7,
    SMIME_ARC,
    der_of,
)  # fmt: skip
from gateway.extract.formats.sealed.security_label import security_labels
from gateway.extract.unpack import Inflater, room_for, unpack
from gateway.model.der import OBJECT_IDENTIFIER, SEQUENCE, SET, Malformed, Node, children, node, octets
from gateway.model.inspection import Gap, GapKind, Segment, Where

CONTEXT_0: Final = 0xA0
_AES: Final = bytes.fromhex("6086480165030401")
CIPHERS: Final = {  # RFC 3565, RFC 5084, RFC 3370, RFC 3657, RFC 8103
    **{_AES + bytes([number]): "AES-128" for number in (2, 5, 6, 7)},
    **{_AES + bytes([number]): "AES-192" for number in (22, 25, 26, 27)},
    **{_AES + bytes([number]): "AES-256" for number in (42, 45, 46, 47)},
    bytes.fromhex("2a864886f70d0307"): "3DES",
    bytes.fromhex("2a864886f70d0302"): "RC2",
    bytes.fromhex("2a864886f70d0304"): "RC4",
    bytes.fromhex("2b0e030207"): "DES",
    bytes.fromhex("2a83088c9a4b3d01010102"): "Camellia-128",
    bytes.fromhex("2a83088c9a4b3d01010103"): "Camellia-192",
    bytes.fromhex("2a83088c9a4b3d01010104"): "Camellia-256",
    SMIME_ARC[:-1] + bytes([3, 18]): "ChaCha20-Poly1305",
}
RC2_BITS: Final = {160: 40, 120: 64, 58: 128}  # RFC 3370 5.2: what the parameter says
WRAPS: Final = {  # ciphers that wrap the key for a recipient: where one is weaker, it is the strength
    SMIME_ARC[:-1] + bytes([3, 6]): "3DES",
    SMIME_ARC[:-1] + bytes([3, 7]): "RC2",
    bytes.fromhex("2a864886f70d0307"): "3DES",
    bytes.fromhex("2a864886f70d0302"): "RC2",
    _AES + bytes([5]): "AES-128",
    _AES + bytes([25]): "AES-192",
}
ORDER: Final = ("RC2-40", "DES", "RC2-64", "RC2", "RC2-128", "RC4", "3DES", "AES-128", "Camellia-128", "AES-192",
                "Camellia-192", "ChaCha20-Poly1305", "Camellia-256", "AES-256")  # fmt: skip
STRINGS: Final = re.compile(rb"[\x20-\x7e]{5,}|(?:\0[\x20-\x7e]){5,}")


def unwrapped(data: bytes) -> tuple[bytes, list[Node]]:
    """Return what a ContentInfo says it holds, and the elements of that (RFC 5652 3)."""
    outer = list(children(data, node(data, 0)))
    if len(outer) < 2 or outer[0].tag != OBJECT_IDENTIFIER:  # noqa: PLR2004 - a type and its content
        raise Malformed
    kind, inner = outer[0].of(data), next(children(data, outer[1]))
    return kind, [inner] if kind == DATA else list(children(data, inner))


def encapsulated(data: bytes, parts: list[Node]) -> Node | None:
    """Return the octet string that a structure carries, if it carries any (RFC 5652 5.2)."""
    for part in parts:
        if part.tag != SEQUENCE:
            continue
        fields = list(children(data, part))
        is_content = (
            fields and fields[0].tag == OBJECT_IDENTIFIER and fields[0].of(data).startswith((PKCS_7, SMIME_ARC))
        )
        if is_content:
            return next(children(data, fields[1])) if len(fields) > 1 and fields[1].tag == CONTEXT_0 else None
    return None


def strings_of(data: bytes) -> str:
    """Return the words in a structure: names in certificates, and in attributes that nothing protects."""
    return "\n".join(run.replace(b"\0", b"").decode("ascii") for run in STRINGS.findall(data))


def behind(data: bytes) -> Iterator[Inner | Gap]:
    """Yield what stands behind the structure, or a gap where it has no end."""
    outer = node(data, 0)
    if not outer.is_whole:
        yield Gap(part="", kind=GapKind.CORRUPT, detail="truncated")
    if rest := data[outer.after :].strip(b"\0\r\n"):
        yield Inner(name="after-end", data=rest)


class CmsExtractor:
    """Names the cipher of CMS messages, and opens those without one."""

    name = "cms"
    media_types = frozenset({media.CMS})

    def open(self, data: bytes, limits: Limits) -> Iterable[Segment | Inner | Gap]:
        """Return what is inside; for what is encrypted a gap with its cipher."""
        der = der_of(data)
        kind, parts = unwrapped(der)
        if kind in {ENVELOPED, AUTH_ENVELOPED, ENCRYPTED}:
            yield from security_labels(der)
            yield Gap(part="", kind=GapKind.ENCRYPTED, detail=_cipher(der, parts))
            return
        content = parts[0] if kind == DATA else encapsulated(der, parts)
        if content is None:
            yield Gap(part="", kind=GapKind.UNSUPPORTED, detail="no content")
            return
        yield from _inner(octets(der, content), limits, is_compressed=kind == COMPRESSED)
        around = der[: content.start] + der[content.after :]
        yield from security_labels(around)
        if said := strings_of(around):
            yield Segment(where=Where.PROPERTY, text=said, name="structure")
        yield from behind(der)


def _inner(content: bytes, limits: Limits, *, is_compressed: bool) -> Iterator[Inner | Gap]:
    """Yield the content, inflated where it is compressed: RFC 3274 knows zlib alone."""
    if is_compressed:
        out, packed = io.BytesIO(), content
        run = unpack(lambda: Inflater(15), packed, 0, out, room_for(len(packed), limits))
        if run.fault:
            yield Gap(part="", kind=run.fault.kind, detail=run.fault.detail)
            if run.fault.kind is GapKind.TOO_LARGE:
                return
        content = out.getvalue()
    yield Inner(name="", data=content)


def _cipher(data: bytes, parts: list[Node]) -> str:
    """Name the cipher of the content, or the weaker one that wraps its key; `CMS` where neither is known."""
    found = ""
    for part in parts:
        if part.tag != SEQUENCE:
            continue
        fields = list(children(data, part))
        if len(fields) < 2 or fields[0].tag != OBJECT_IDENTIFIER or fields[1].tag != SEQUENCE:  # noqa: PLR2004 - a type and an algorithm
            continue
        found = _algorithm(data, fields[1])
        break
    recipients = b"".join(part.of(data) for part in parts if part.tag == SET)
    wraps = [name for oid, name in WRAPS.items() if bytes([OBJECT_IDENTIFIER, len(oid)]) + oid in recipients]
    known = [name for name in (found, *wraps) if name in ORDER]
    return min(known, key=ORDER.index) if found in ORDER else found or "CMS"


def _algorithm(data: bytes, algorithm: Node) -> str:
    """Name an algorithm; one with a scheme inside (PBES2, RFC 8018 6.2) by that."""
    fields = list(children(data, algorithm))
    name = CIPHERS.get(fields[0].of(data), "") if fields else ""
    if name == "RC2":
        said = next((each for each in children(data, fields[1]) if each.tag == 0x02), None) if len(fields) > 1 else None  # noqa: PLR2004 - an integer
        bits = RC2_BITS.get(int.from_bytes(said.of(data), "big")) if said else None
        return f"RC2-{bits}" if bits else "RC2"
    if not name:
        whole = algorithm.of(data)
        name = next((each for oid, each in CIPHERS.items() if bytes([6, len(oid)]) + oid in whole), "")
    return name
