"""Files written into a text: base64 (RFC 4648), uuencode (POSIX), yEnc, armoured messages (RFC 9580, RFC 7468).

What is long and decodes to something that can be opened is opened; a key, a token or a hash decodes to noise, and stays
what it is.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from typing import Final

from gateway.extract import Inner, media
from gateway.extract.decoding import is_prose
from gateway.extract.identify import identify
from gateway.model.inspection import Gap, GapKind, Segment, Where

ARMOUR: Final = re.compile(r"^([ \t>|]{0,20})-----BEGIN (PGP MESSAGE|PKCS7|CMS|ENCRYPTED MESSAGE)\b", re.MULTILINE)
BEGIN: Final = re.compile(r"^begin(-base64)? [0-7]{3,4} ([^\r\n]{1,255})\r?\n", re.MULTILINE)
LETTERS: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"
SIX_BITS: Final = bytes(97 if byte in LETTERS else 32 for byte in range(256))
RUN: Final = b"a" * 56
SLICE: Final = 1 << 16
BLOCK: Final = re.compile(
    r"[A-Za-z0-9+/_-]{56,}+"
    r"(?:[ \t]*+\r?\n[ \t>|]{0,8}+[A-Za-z0-9+/_-]{4,}+(?=={0,2}[ \t]*+(?:\r?\n|\Z)))*+"
)
NOT_SIX_BITS: Final = re.compile(r"[^A-Za-z0-9+/_-]+")
TO_STANDARD: Final = str.maketrans("-_", "+/")
LEAST_LETTERS, LEAST_LINES = 200, 3
ARMOUR_HEAD = 400  # the first line of an armour and its headers
Y_BEGIN: Final = re.compile(
    rb"^=ybegin [^\r\n]{0,300}name=([^\r\n]{1,200})\r?\n(?:=ypart [^\r\n]*\r?\n)?", re.MULTILINE
)
Y_ESCAPED: Final = re.compile(rb"=(.)", re.DOTALL)
Y_BACK: Final = bytes((byte - 42) % 256 for byte in range(256))
OFTEN_NOISE: Final = frozenset({media.PGP, "audio/mpeg"})
PLAIN: Final = frozenset({media.TEXT, media.CSV, media.TSV})
Found = Segment | Inner | Gap


def pasted(text: str) -> Iterator[Found]:
    """Yield every file that stands in a text, and every encrypted message."""
    yield from armoured(text)
    yield from uuencoded(text)
    yield from in_base64(text)


def armoured(text: str) -> Iterator[Inner | Gap]:
    """Yield the armoured messages in a text, to be told by their content; one without an end is a gap."""
    if "-----BEGIN " not in text:
        return
    done = 0
    endless: set[str] = set()
    for match in ARMOUR.finditer(text):
        label = match[2]
        if match.start() < done or label in endless:
            continue
        end = text.find(f"-----END {label}-----", match.end())
        if end < 0 or label == "ENCRYPTED MESSAGE":
            endless.add(label)
            yield Gap(part="", kind=GapKind.ENCRYPTED, detail="OpenPGP" if label == "PGP MESSAGE" else "CMS")
            continue
        done = end
        yield _block(label, match[1], text[match.start() + len(match[1]) : end])


def _block(label: str, quote: str, block: str) -> Inner | Gap:
    """Return one armoured message, without the marks of a reply around it."""
    if quote:
        block = block.replace(f"\n{quote}", "\n")
    if label == "PGP MESSAGE":
        return Inner(name="message.asc", data=f"{block}-----END {label}-----\n".encode("utf-8", "replace"))
    try:
        return Inner(name="message.p7m", data=binascii.a2b_base64(block.partition("\n")[2].encode("ascii", "replace")))
    except binascii.Error:
        return Gap(part="", kind=GapKind.ENCRYPTED, detail="CMS")


def in_base64(text: str) -> Iterator[Inner]:
    """Yield what long stretches of base64 stand for, where that is a file that can be opened, or a text."""
    at = _next_run(text, 0)
    while at >= 0:
        match = BLOCK.match(text, at)
        if match is None:
            return
        data = b"" if _is_armoured(text, at) else _decoded(match[0])
        if data and _is_something(data, match[0].count("\n")):
            yield Inner(name="base64", data=data)
        at = _next_run(text, match.end())


def _next_run(text: str, start: int) -> int:
    """Return where the next stretch of base64 begins, or -1; slice by slice, as a text may be large."""
    for at in range(start, len(text), SLICE):
        letters = text[at : at + SLICE + len(RUN) - 1].encode("ascii", "replace").translate(SIX_BITS)
        found = letters.find(RUN)
        if found >= 0:
            return at + found
    return -1


def _is_armoured(text: str, at: int) -> bool:
    """Say whether a stretch of base64 is that of a key, a signature or a certificate (RFC 7468)."""
    before = text[max(0, at - ARMOUR_HEAD) : at]
    return before.rfind("-----BEGIN ") > before.rfind("-----END ")


def _decoded(block: str) -> bytes:
    """Return the bytes of a stretch of base64, without what is too short for one at its end."""
    kept = NOT_SIX_BITS.sub("", block).translate(TO_STANDARD)
    if len(kept) < LEAST_LETTERS:
        return b""
    kept = kept[: len(kept) - (len(kept) % 4 == 1)]
    return binascii.a2b_base64(kept + "==")


def _is_something(data: bytes, lines: int) -> bool:
    """Say whether bytes are a file that something opens, or text: noise is neither.

    A token of one line now and then begins as an OpenPGP packet does, or as sound.
    """
    kinds = {sighting.media_type for sighting in identify(data)}
    if kinds == {media.UNKNOWN} or (lines < LEAST_LINES and kinds <= OFTEN_NOISE):
        return False
    return bool(kinds - PLAIN) or is_prose(data)


def uuencoded(text: str) -> Iterator[Found]:
    """Open files written into a text the old way (POSIX uuencode)."""
    done = 0
    for match in BEGIN.finditer(text) if "\nbegin" in text or text.startswith("begin") else ():
        if match.start() < done:
            continue
        done = text.find("\n====" if match[1] else "\nend", match.end() - 1)
        if done < 0:
            return
        yield Segment(where=Where.ATTACHMENT_NAME, text=match[2])
        yield _uudecoded(match[2], text[match.end() : done].encode("ascii", "replace"), in_64=bool(match[1]))


def _uudecoded(name: str, lines: bytes, *, in_64: bool) -> Inner | Gap:
    """Decode the lines of one file."""
    try:
        if in_64:
            return Inner(name=name, data=binascii.a2b_base64(lines))
        return Inner(name=name, data=b"".join(binascii.a2b_uu(line) for line in lines.splitlines() if line.strip()))
    except (binascii.Error, ValueError):
        return Gap(part=name, kind=GapKind.CORRUPT, detail="uuencode")


def y_encoded(data: bytes) -> Iterator[Found]:
    """Open files written as yEnc: each byte plus 42, what would be a control character behind an equals sign."""
    done = 0
    for match in Y_BEGIN.finditer(data) if b"=ybegin " in data else ():
        if match.start() < done:
            continue
        done = data.find(b"\n=yend", match.end())
        if done < 0:
            return
        name = match[1].decode("utf-8", "replace").strip()
        body = data[match.end() : done].replace(b"\r", b"").replace(b"\n", b"")
        body = Y_ESCAPED.sub(lambda each: bytes([(each[1][0] - 64) % 256]), body)
        yield Segment(where=Where.ATTACHMENT_NAME, text=name)
        yield Inner(name=name, data=body.translate(Y_BACK))
