"""Keyed hashes of what identifies a person, so that a record can be searched for somebody without naming anybody.

BLAKE2b with a key of the installation (RFC 7693); 128 bits. Who has the record and not the key learns nothing from it,
though there are few enough NHS numbers to try them all; who has the key and a number finds every transfer with it.
Source: seed S1 8.1(d) and 14, subject access: "details of to whom it has been disclosed".
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from gateway.classify.detectors.cro_number import parse_cro
from gateway.classify.detectors.pnc_id import parse_pnc

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.classify import Detection

IDENTIFYING: Final = frozenset(
    {
        *("CHI_NUMBER", "CRO_NUMBER", "DRIVING_LICENCE", "EMAIL_ADDRESS", "HC_NUMBER", "HOSPITAL_NUMBER", "NHS_NUMBER"),
        *("NINO", "PASSPORT", "PNC_ID", "PRISON_NUMBER", "ULN", "UPN", "UTR"),
    }
)
"""Entities whose value stands for one person, for good: the row of a register is another's when it is loaded again."""
SIZE: Final = 16
_PLAIN: Final = re.compile(r"[\W_]")
_AS_IT_STANDS: Final = frozenset({"EMAIL_ADDRESS"})
"""Where points tell one person from another."""
_LENGTHS: Final = {"DRIVING_LICENCE": 16, "NINO": 8}
"""What identifies, without the suffix or the issue number that is often left out."""


class SearchKeys:
    """Makes the keys. Without a secret there are none."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def key(self, detection: Detection, written: str) -> str:
        """Return the key of a detection, `written` as it stands in the text; empty where it identifies nobody."""
        if not self._secret or detection.entity not in IDENTIFYING:
            return ""
        return search_key(self._secret, detection.entity, detection.value or written)


@lru_cache(maxsize=4_096)
def search_key(secret: bytes, entity: str, value: str) -> str:
    """Return the key, in hexadecimal, of a value as somebody writes it: blanks, dashes and case do not count.

    Nor does the suffix of a NINO, nor the length of the year and of the serial number in what the police give.
    """
    plain = _plain(entity, value)
    return hashlib.blake2b(f"{entity}\0{plain}".encode(), key=secret, digest_size=SIZE).hexdigest()


def _plain(entity: str, value: str) -> str:
    if entity in _AS_IT_STANDS:
        return value.strip().upper()
    form = _FORMS[entity](value.strip()) if entity in _FORMS else None
    plain = _PLAIN.sub("", form[0] if form else value).upper()
    return plain[: _LENGTHS.get(entity)]


_FORMS: Final[Mapping[str, Callable[[str], tuple[str, bool] | None]]] = {"CRO_NUMBER": parse_cro, "PNC_ID": parse_pnc}
