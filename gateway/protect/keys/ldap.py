"""Asks an LDAP directory for a recipient's certificates, by the program ldapsearch of OpenLDAP.

Attributes: userCertificate and userSMIMECertificate (RFC 4523, RFC 2798), pgpKey of OpenPGP key servers. The address
goes in by a pipe, escaped: neither a filter nor a command line is made of what somebody wrote.
"""

from __future__ import annotations

import base64
import binascii
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.errors import NotFound, TryLater
from gateway.protect.keys.found import Found
from gateway.protect.keys.record import Source
from gateway.system import programs

SECONDS: Final = 15
MOST: Final = 20  # entries, and certificates of all of them
LARGEST: Final = 8 << 20  # bytes of an answer
NO_SUCH_OBJECT: Final = 32  # result code (RFC 4511 section 4.1.9)
ATTRIBUTES: Final = ("usercertificate", "usersmimecertificate", "pgpkey")
HARMLESS: Final = re.compile(rb"[^A-Za-z0-9@._+-]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """A directory: `ldap://` or `ldaps://`, and the entry below which it is searched."""

    url: str
    base: str


def escaped(address: str) -> bytes:
    """Return an address as a value within a filter (RFC 4515 section 3): all but the harmless is written as numbers."""
    return HARMLESS.sub(lambda found: b"\\" + found[0].hex().encode(), address.encode())


def look_up(address: str, directory: Directory) -> tuple[Found, ...]:
    """Return what the directory has for an address; `NotFound`, `TryLater`, `Unsound` without the program."""
    command = ["ldapsearch", "-x", "-LLL", "-o", "ldif-wrap=no", "-o", f"nettimeout={SECONDS}", "-l", str(SECONDS)]
    command += ["-z", str(MOST), "-H", directory.url, "-b", directory.base, "-s", "sub", "-f", "-", "(mail=%s)"]
    with tempfile.TemporaryDirectory(prefix="l") as folder:  # in an empty folder it finds no settings of its own
        try:
            ran = programs.run(
                [*command, "userCertificate", "userSMIMECertificate", "pgpKey"],
                stdin=escaped(address) + b"\n",
                folder=Path(folder),
                seconds=2 * SECONDS,
            )
        except TimeoutError:
            raise TryLater("the LDAP directory does not answer") from None
    if ran.code not in {0, NO_SUCH_OBJECT}:
        raise TryLater(f"the LDAP directory could not be asked (ldapsearch ended with {ran.code})")
    if len(ran.output) > LARGEST:
        raise TryLater("the LDAP directory answers with too much")
    found = list(dict.fromkeys(values(ran.output)))[:MOST]
    if not found:
        raise NotFound(f"the LDAP directory has no certificate for {address}", hint="ask its owner for it")
    where = f"the LDAP directory, for {address}"
    return tuple(Found(where=where, content=each, source=Source.LDAP, names=address) for each in found)


def values(ldif: bytes) -> Iterator[bytes]:
    """Yield the values of certificate attributes in an answer (RFC 2849). References to other places are let be."""
    for line in re.sub(rb"\r?\n ", b"", ldif).splitlines():
        name, colon, value = line.partition(b":")
        attribute = name.decode("latin-1").lower().partition(";")[0]
        if not colon or attribute not in ATTRIBUTES or value[:1] == b"<":
            continue
        if value[:1] != b":":
            yield value.strip(b" ")
            continue
        try:
            yield base64.b64decode(value[1:].strip(b" "), validate=True)
        except binascii.Error:
            continue
