"""Signed CMS messages (RFC 5652 5): a signature beside a message, or around it (RFC 8551 3.5).

What is signed inside is taken out and opened. Certificates hold names, which are shown.
"""

from __future__ import annotations

from collections.abc import Iterable

from gateway.extract import Inner, Limits, media
from gateway.extract.cms_kinds import SIGNED, der_of
from gateway.extract.formats.sealed.cms import behind, encapsulated, strings_of, unwrapped
from gateway.extract.formats.sealed.security_label import security_labels
from gateway.model.der import octets
from gateway.model.inspection import Gap, GapKind, Segment, Where


class SignatureExtractor:
    """Reads signed CMS messages: the content, where there is one inside, and the names in the certificates."""

    name = "signature"
    media_types = frozenset({media.SIGNATURE})

    def open(self, data: bytes, limits: Limits) -> Iterable[Segment | Inner | Gap]:
        """Return the signed content and the names in the certificates."""
        del limits  # nothing is inflated
        der = der_of(data)
        kind, parts = unwrapped(der)
        if kind != SIGNED:
            yield Gap(part="", kind=GapKind.UNSUPPORTED, detail="not signed data")
        content = encapsulated(der, parts)
        beside = der
        if content is not None:
            yield Inner(name="", data=octets(der, content))
            beside = der[: content.start] + der[content.after :]
        yield from security_labels(beside)
        if said := strings_of(beside):
            yield Segment(where=Where.PROPERTY, text=said, name="certificates")
        yield from behind(der)
