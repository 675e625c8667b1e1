"""What a connection with a mail server must be, by levels as Postfix names them."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class TlsLevel(StrEnum):
    """What a connection must be.

    `none` and `may` take what they get, `encrypt` takes any certificate. The rest prove who is at the far side: by an
    authority and the name (`verify`), by the key itself (`pin`), by what the recipient's domain publishes over HTTPS
    (`mta-sts`) or in signed DNS (`dane`). The last two fall back to `may` where a domain publishes nothing.
    """

    NONE = "none"
    MAY = "may"
    ENCRYPT = "encrypt"
    VERIFY = "verify"
    PIN = "pin"
    MTA_STS = "mta-sts"
    DANE = "dane"


PROVING: Final = frozenset({TlsLevel.VERIFY, TlsLevel.PIN, TlsLevel.MTA_STS, TlsLevel.DANE})
"""Levels at which a delivery that demands verified TLS may be tried: it goes only where it is proved."""
