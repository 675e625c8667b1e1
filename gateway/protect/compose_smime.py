"""Builds S/MIME messages. Pure: bytes and values in, bytes out (RFC 8551, RFC 1847, RFC 9788)."""

from __future__ import annotations

import base64
import re
import secrets
from email.mime.nonmultipart import MIMENonMultipart
from typing import Final

from gateway.protect.compose import Head

ENTITY: Final = "message/rfc822; hp=cipher"
"""What is sealed as the whole of a message, with its true headers. An attached message is none: it is a file."""
BARE_LF: Final = re.compile(rb"(?<!\r)\n")
SIGNED: Final = """\
Content-Type: multipart/signed; protocol="application/pkcs7-signature";\r
 micalg=sha-256; boundary="{boundary}"\r
\r
--{boundary}\r
"""
SIGNATURE: Final = """\
\r
--{boundary}\r
Content-Type: application/pkcs7-signature; name="smime.p7s"\r
Content-Transfer-Encoding: base64\r
Content-Disposition: attachment; filename="smime.p7s"\r
\r
"""
END: Final = "--{boundary}--\r\n"


def media_type(*, gcm: bool) -> str:
    """Return the media type of a sealed file (RFC 8551 section 3.2.2)."""
    return f"application/pkcs7-mime; smime-type={'authEnveloped-data' if gcm else 'enveloped-data'}"


def canonical(entity: bytes) -> bytes:
    """Return an entity with CRLF at the ends of its lines, as it is signed and sealed (RFC 8551 section 3.1.1)."""
    return BARE_LF.sub(b"\r\n", entity)


def multipart_signed(entity: bytes, signature: bytes) -> bytes:
    """Return a canonical entity with its signature (DER) beside it (RFC 8551 section 3.5.3).

    Programs that cannot verify it still show it; it is also what Outlook, Thunderbird and Apple Mail write themselves.
    """
    boundary = f"smime-{secrets.token_hex(16)}"
    signed, between, end = (each.format(boundary=boundary).encode() for each in (SIGNED, SIGNATURE, END))
    return b"".join([signed, entity, between, _base64(signature), end])


def smime_mime(head: Head, sealed: bytes, kind: str) -> bytes:
    """Return the message that is one sealed file of this media type (RFC 8551 section 3.3), neutral outside."""
    _, _, smime_type = kind.partition("smime-type=")
    parameters = {"smime-type": smime_type, "name": "smime.p7m"}
    message = MIMENonMultipart("application", "pkcs7-mime", policy=head.policy, **parameters)
    for name, value in head.fields():
        message[name] = value
    message["Content-Transfer-Encoding"] = "base64"
    message["Content-Disposition"] = 'attachment; filename="smime.p7m"'
    headers = message.as_bytes(policy=head.policy)
    return headers + _base64(sealed)


def _base64(content: bytes) -> bytes:
    return base64.encodebytes(content).replace(b"\n", b"\r\n")
