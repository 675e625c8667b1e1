"""How a connection to a mail server is protected, and nothing decided silently.

RFC 3207 (STARTTLS), 8314 (TLS from the first byte), 8996 (no TLS before 1.2), 8461 (MTA-STS), 7672 (DANE).
"""

from __future__ import annotations

import hashlib
import ssl

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.deliver.level import TlsLevel
from gateway.errors import GatewayError


def context(level: TlsLevel, ca_file: str = "") -> ssl.SSLContext | None:
    """Return the settings of a level: TLS 1.2 or later always (RFC 8996), certificate and host name for `verify`.

    With a `ca_file` only its authorities count, otherwise the machine's. `GatewayError` when it cannot be read. What
    `pin` and `dane` demand is matched by hand after the handshake: Python's TLS knows neither.
    """
    if level is TlsLevel.NONE:
        return None
    if level is not TlsLevel.VERIFY:
        unchecked = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE
        unchecked.minimum_version = ssl.TLSVersion.TLSv1_2
        return unchecked
    try:
        settings = ssl.create_default_context(cafile=ca_file or None)
    except OSError as error:  # an ssl.SSLError is one too
        raise GatewayError(
            f"the certificate authorities in {ca_file} cannot be read", hint="give a file with PEM certificates"
        ) from error
    settings.minimum_version = ssl.TLSVersion.TLSv1_2
    return settings


def public_key(certificate: bytes) -> bytes:
    """Return the public key of a certificate (both DER) as SubjectPublicKeyInfo (RFC 5280); `ValueError` for none."""
    key = x509.load_der_x509_certificate(certificate).public_key()
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def key_digest(certificate: bytes) -> str:
    """Return the SHA-256 of a certificate's public key in hexadecimal: what `pins` holds; `ValueError`."""
    return hashlib.sha256(public_key(certificate)).hexdigest()


def describe(connection: ssl.SSLObject, proof: str) -> str:
    """Return version, cipher, the SHA-256 of the peer's certificate, and how that was proved."""
    cipher = connection.cipher()
    digest = hashlib.sha256(connection.getpeercert(binary_form=True) or b"").hexdigest()
    return f"{connection.version()} {cipher[0] if cipher else '?'} sha256:{digest} {proof}"
