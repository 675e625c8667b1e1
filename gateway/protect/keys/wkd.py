"""Asks the Web Key Directory of a recipient's domain (draft-koch-openpgp-webkey-service, section 3.1).

Over HTTPS only: who answers is the domain's web server, and the officer judges what that is worth.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

import idna
from cryptography.hazmat.primitives import hashes

from gateway.errors import NotAccepted, NotFound
from gateway.protect.keys.found import Found
from gateway.protect.keys.judged import LARGEST
from gateway.protect.keys.record import Source
from gateway.protect.keys.web import REDIRECTIONS, NoSuchHost, Request, Web

ALPHABET: Final = "ybndrfg8ejkmcpqxot1uwisza345h769"  # z-base-32 (RFC 6189 section 5.1.6)


def addresses_of(address: str) -> tuple[str, str]:
    """Return where the key of a mail address is published: by the advanced method, and by the direct one."""
    local, _, given = address.rpartition("@")
    try:
        domain = idna.encode(given.lower(), uts46=True).decode("ascii")
    except idna.IDNAError:
        domain = ""
    if not local or not domain:
        raise NotAccepted(f"'{address}' is not a plain address", hint="write name@domain")
    digest = hashes.Hash(hashes.SHA1())  # noqa: S303 - the draft's name for a file, it protects nothing
    digest.update("".join(each.lower() if each.isascii() else each for each in local).encode())
    tail = f"hu/{z_base_32(digest.finalize())}?l={quote(local, safe='')}"
    return (
        f"https://openpgpkey.{domain}/.well-known/openpgpkey/{domain}/{tail}",
        f"https://{domain}/.well-known/openpgpkey/{tail}",
    )


def z_base_32(content: bytes) -> str:
    """Return bytes in z-base-32, whose number of bits must be a multiple of five."""
    number, digits = int.from_bytes(content), len(content) * 8 // 5
    return "".join(ALPHABET[number >> 5 * each & 31] for each in reversed(range(digits)))


def look_up(address: str, web: Web) -> Found:
    """Return what the directory has for an address; `NotFound`, `TryLater`, `NotAccepted`.

    The direct method is for domains whose name `openpgpkey` does not exist, and for no others.
    """
    advanced, direct = addresses_of(address)
    try:
        content = web.fetch(_request(advanced))
    except NoSuchHost:
        content = web.fetch(_request(direct))
    if not content:
        raise NotFound(f"the Web Key Directory has no key for {address}", hint="ask its owner for it")
    return Found(where=f"the Web Key Directory, for {address}", content=content, source=Source.WKD, names=address)


def _request(url: str) -> Request:
    return Request(url=url, most=LARGEST, redirections=REDIRECTIONS)
