"""Signatures beside a message (RFC 8551 3.5.3): certificates hold names, and a signature may carry content inside."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gateway.extract import Inner, Limits, media
from gateway.model.inspection import Gap, GapKind, Segment, Where

NO_CONTENT = bytes.fromhex("300b06092a864886f70d010701")  # RFC 5652 5.2: encapContentInfo without eContent
PRINTABLE = re.compile(rb"[\x20-\x7e]{5,}")
SHORT = 64_000


class SignatureExtractor:
    """Reads detached CMS signatures; a signed message with its content inside is not opened."""

    name = "signature"
    media_types = frozenset({media.SIGNATURE})

    def open(self, data: bytes, limits: Limits) -> Iterable[Segment | Inner | Gap]:
        """Return the names in the certificates, or a gap."""
        del limits  # nothing is inflated
        if NO_CONTENT not in data[:200] or len(data) > SHORT:
            yield Gap(part="", kind=GapKind.UNSUPPORTED, detail="opaque signed message")
        strings = b"\n".join(PRINTABLE.findall(data)).decode("ascii")
        if strings:
            yield Segment(where=Where.PROPERTY, text=strings, name="certificates")
