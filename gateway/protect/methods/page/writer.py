"""Writes the page: neutral text in front, and the files behind it in AES-256-GCM, one chunk after the other.

The script and the style are the same bytes in every page; nothing about a transfer stands in them. Cryptography is
pyca's; the reader that verifies uses neither this module nor that library.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from string import Template
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from gateway.errors import NotSealed
from gateway.protect.content import chunks
from gateway.protect.methods.page.inside import Item, listing
from gateway.system.pipes import Writable

ITERATIONS: Final = 600_000
SALT: Final = 32
KEY: Final = 32
CHUNK: Final = 4 * 1024 * 1024
LENGTH: Final = 8  # bytes that say how long the list is
APART: Final = re.compile(r"[\s-]+", re.ASCII)
POLICY: Final = (
    "default-src 'none'; script-src '{script}'; style-src '{style}'; base-uri 'none'; form-action 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
BEGIN: Final = '<script type="application/json" id="sealed">{}</script>\n'
PIECE: Final = '<script type="application/octet-stream;base64" id="chunk-{}">'
END: Final = "</body>\n</html>\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What stands readable: who sent it, by which reference, and whom to ask."""

    organisation: str
    help_contact: str
    reference: str


def write(items: Sequence[Item], words: str, outside: Outside, target: Writable) -> None:
    """Write a page that holds the items. No more than a few chunks are in memory at any time."""
    head = listing(items)
    size = LENGTH + len(head) + sum(item.content.size for item in items)
    salt = secrets.token_bytes(SALT)
    key, check = _derive(words, salt)
    parameters = _parameters(size, salt, check)
    target.write(_front(outside).encode())
    target.write(BEGIN.format(parameters).encode("ascii"))
    cipher, about, count = AESGCM(key), parameters.encode("ascii"), _count(size)
    number = -1
    for number, chunk in enumerate(_chunks(_archive(head, items))):
        sealed = cipher.encrypt(_nonce(number, is_last=number == count - 1), chunk, about)
        target.write(PIECE.format(number).encode("ascii"))
        target.write(base64.b64encode(sealed))
        target.write(b"</script>\n")
    if number != count - 1:
        raise NotSealed("a file changed while it was sealed")
    target.write(END.encode("ascii"))


def passphrase(words: str) -> bytes:
    """Return a passphrase as the page reads it: small letters, one hyphen where there are hyphens or spaces."""
    typed = APART.sub("-", words).strip("-").lower()
    if not typed or not words.isascii():
        raise NotSealed("the passphrase must be ASCII characters, and not spaces and hyphens alone")
    return typed.encode("ascii")


def _derive(words: str, salt: bytes) -> tuple[bytes, bytes]:
    """Return the key and the value by which a wrong passphrase is told from a damaged file."""
    both = PBKDF2HMAC(hashes.SHA512(), 2 * KEY, salt, ITERATIONS).derive(passphrase(words))
    return both[:KEY], both[KEY:]


def _parameters(size: int, salt: bytes, check: bytes) -> str:
    """Return what a reader must know before it can open anything; every chunk is bound to exactly this text."""
    return json.dumps(
        {
            "format": "sealed-page",
            "version": 1,
            "kdf": "PBKDF2-HMAC-SHA-512",
            "iterations": ITERATIONS,
            "salt": base64.b64encode(salt).decode("ascii"),
            "check": base64.b64encode(check).decode("ascii"),
            "cipher": "AES-256-GCM",
            "chunk": CHUNK,
            "chunks": _count(size),
            "size": size,
        },
        separators=(",", ":"),
    )


def _count(size: int) -> int:
    return -(-size // CHUNK)


def _nonce(number: int, *, is_last: bool) -> bytes:
    """Return 12 bytes that no other chunk under this key has. The key is for one page only: its salt is fresh."""
    return bytes(7) + number.to_bytes(4, "big") + bytes([is_last])


def _archive(head: bytes, items: Sequence[Item]) -> Iterator[bytes]:
    yield len(head).to_bytes(LENGTH, "big") + head
    for item in items:
        yield from chunks(item.content)


def _chunks(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the same bytes in chunks of one size, the last one shorter."""
    held = bytearray()
    for piece in pieces:
        held += piece
        while len(held) >= CHUNK:
            yield bytes(held[:CHUNK])
            del held[:CHUNK]
    if held:
        yield bytes(held)


def _front(outside: Outside) -> str:
    """Return everything before the sealed part, with the policy that lets only this script and this style work."""
    script, style = _file("page.js"), _file("page.css")
    return Template(_file("template.html")).substitute(
        policy=POLICY.format(script=_hash(script), style=_hash(style)),
        script=script,
        style=style,
        organisation=html.escape(outside.organisation),
        help=html.escape(outside.help_contact),
        reference=html.escape(outside.reference),
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")


@cache
def _file(name: str) -> str:
    return resources.files("gateway.protect.methods.page").joinpath(name).read_text(encoding="utf-8")
