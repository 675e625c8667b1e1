"""How a connection to a mail server is protected: four levels, as Postfix names them, and nothing decided silently."""

from __future__ import annotations

import hashlib
import ssl
from enum import StrEnum

from gateway.errors import GatewayError


class TlsLevel(StrEnum):
    """What a connection must be, mildest first."""

    NONE = "none"
    MAY = "may"
    ENCRYPT = "encrypt"
    VERIFY = "verify"


def context(level: TlsLevel, ca_file: str = "") -> ssl.SSLContext | None:
    """Return the settings of a level: TLS 1.2 or later always (RFC 8996), certificate and host name for `verify`.

    With a `ca_file` only its authorities count, otherwise the machine's. `GatewayError` when it cannot be read.
    """
    if level is TlsLevel.NONE:
        return None
    try:
        settings = ssl.create_default_context(cafile=ca_file or None)
    except OSError as error:  # an ssl.SSLError is one too
        raise GatewayError(
            f"the certificate authorities in {ca_file} cannot be read", hint="give a file with PEM certificates"
        ) from error
    settings.minimum_version = ssl.TLSVersion.TLSv1_2
    if level is not TlsLevel.VERIFY:
        settings.check_hostname = False
        settings.verify_mode = ssl.CERT_NONE
    return settings


def describe(connection: ssl.SSLObject, level: TlsLevel) -> str:
    """Return version, cipher, the SHA-256 of the peer's certificate, and whether that was verified."""
    cipher = connection.cipher()
    certificate = connection.getpeercert(binary_form=True) or b""
    digest = hashlib.sha256(certificate).hexdigest()
    checked = "verified" if level is TlsLevel.VERIFY else "not verified"
    return f"{connection.version()} {cipher[0] if cipher else '?'} sha256:{digest} {checked}"
