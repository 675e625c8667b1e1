"""Finds certificates in a mail message: attached keys, the certificates of an S/MIME signature, an Autocrypt header.

Who wrote the message is not known: a certificate in it is no more than a proposal.
"""

from __future__ import annotations

import base64
import binascii
import email.utils
from collections.abc import Iterator
from email.message import Message
from typing import Final

from gateway.errors import NotAccepted, NotSealed
from gateway.protect.keys.found import Found
from gateway.protect.keys.record import Source
from gateway.protect.keys.x509_read import each_recipient, looks_like_x509
from gateway.protect.parsed import parsed

MOST: Final = 200  # parts that are looked at
KEY: Final = "application/pgp-keys"  # RFC 3156 section 7
X509: Final = frozenset(  # RFC 8551, RFC 2585, and what programs write
    {
        "application/pkcs7-mime",
        "application/pkcs7-signature",
        "application/pkix-cert",
        "application/x-pkcs7-certificates",
        "application/x-pkcs7-mime",
        "application/x-pkcs7-signature",
        "application/x-x509-ca-cert",
        "application/x-x509-email-cert",
        "application/x-x509-user-cert",
    }
)
X509_ENDINGS: Final = (".cer", ".crt", ".der", ".p7b", ".p7c", ".p7s", ".pem")
KEY_ENDINGS: Final = (".asc", ".gpg", ".key", ".pgp")
KEY_BLOCK: Final = b"-----BEGIN PGP PUBLIC KEY BLOCK-----"
OF_KEYS: Final = frozenset({0x98, 0x99, 0x9A, 0xC6})
"""The first byte of a binary public key: a packet of kind 6 (RFC 9580 section 4.2)."""


def found_in(message: bytes, where: str) -> tuple[Found, ...]:
    """Return what may be a certificate in a message, each once; `where` says which message it is.

    Raises `NotAccepted` where it cannot be read.
    """
    try:
        return _found_in(message, where)
    except (RecursionError, ValueError, LookupError, TypeError, NotSealed):  # what is raised over hostile messages
        raise NotAccepted(f"{where} cannot be read as a message", hint="save the attached key by itself") from None


def _found_in(message: bytes, where: str) -> tuple[Found, ...]:
    whole = parsed(message)
    found: dict[bytes, Found] = {}
    for number, part in enumerate(whole.walk()):
        if number >= MOST:
            break
        for each in _in_part(part, where):
            found.setdefault(each.content, each)
    announced = _autocrypt(whole, where)
    if announced is not None:
        found.setdefault(announced.content, announced)
    return tuple(found.values())


def _in_part(part: Message, where: str) -> Iterator[Found]:
    if part.is_multipart():
        return
    name = (part.get_filename() or "").lower()
    kind = part.get_content_type()
    is_x509 = kind in X509 or name.endswith(X509_ENDINGS)
    is_key = kind == KEY or name.endswith(KEY_ENDINGS)
    content = part.get_payload(decode=True) if is_x509 or is_key else None
    if not isinstance(content, bytes) or not content:
        return
    shown = f"{where}, {part.get_filename() or kind}"
    if looks_like_x509(content):
        for each in _recipients(content):
            yield Found(where=shown, content=each, source=Source.MAIL)
    elif kind == KEY or KEY_BLOCK in content or content[0] in OF_KEYS:
        yield Found(where=shown, content=content, source=Source.MAIL)


def _recipients(content: bytes) -> list[bytes]:
    """Return the recipients' certificates of a PKCS#7 or certificate part; what cannot be read comes out as it is."""
    try:
        return each_recipient(content)
    except NotSealed:
        return [content]


def _autocrypt(message: Message, where: str) -> Found | None:
    """Return the key that the sender's program announces (Autocrypt 1.1 section 2); several headers count as none."""
    headers = message.get_all("Autocrypt", [])
    if len(headers) != 1:
        return None
    fields = dict(each.strip().partition("=")[::2] for each in str(headers[0]).split(";"))
    address = fields.get("addr", "").strip().lower()
    sender = email.utils.parseaddr(str(message.get("From", "")))[1].lower()
    if not address or address != sender:
        return None
    try:
        content = base64.b64decode("".join(fields.get("keydata", "").split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    return Found(where=f"{where}, Autocrypt", content=content, source=Source.MAIL, names=address) if content else None
