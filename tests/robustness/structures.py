"""Damage to the structure of a mail: boundaries, encodings, parts within parts; and mails of a size that hurts."""

from __future__ import annotations

import base64
import random
import re
from collections.abc import Callable
from typing import Final

from tests.robustness.headers import CRLF, head_of, joined
from tests.robustness.lines import place

BOUNDARY: Final = re.compile(rb"(?i)boundary\s*=\s*\"?([^\"\s;]+)")
DELIMITER: Final = re.compile(rb"(?m)^--[^\r\n]+")
CHARSET: Final = re.compile(rb"(?i)(charset\s*=\s*)\"?[\w.-]+\"?")
CODING: Final = re.compile(rb"(?im)^(content-transfer-encoding:)[^\r]*")
BASE64: Final = re.compile(rb"(?m)^[A-Za-z0-9+/]{40,76}=*\r$")
CHARSETS: Final = (
    b"utf-8",
    b"us-ascii",
    b"utf-16",
    b"utf-32",
    b"utf-7",
    b"x-unknown",
    b'""',
    b"ibm037",
    b"iso-2022-jp",
    b"hz",
    b"gb18030",
    b"koi8-r",
    b"macintosh",
    b"unicode-1-1-utf-7",
    b"idna",
    b"rot13",
    b"base64",
    b"big5",
    b"windows-1252",
)
CODINGS: Final = (
    b" base64",
    b" quoted-printable",
    b" 7bit",
    b" 8bit",
    b" binary",
    b" x-uuencode",
    b" x-yenc",
    b"",
    b" base64\r\n base64",
    b" gzip",
)
CODES: Final = (
    b"====",
    b"!!!!",
    b"QUJD",
    b"=",
    b"A",
    b"=\r\n\r\n=",
    b"-_-_",
    b"=3D=",
    b"=ZZ",
    b"=0",
    b"=0D=0A.=0D=0A",
    b"  ",
    b"\xff\xff",
)


def other_boundary(data: bytes, chance: random.Random) -> bytes:
    """Let one boundary, or one delimiter, be another."""
    found = list(chance.choice((BOUNDARY, DELIMITER)).finditer(data))
    if not found:
        return data
    one = chance.choice(found)
    odd = (
        one[0] + b"x",
        one[0][:-1],
        one[0] + b"--",
        one[0].swapcase(),
        b"--",
        one[0] + b" \t",
        b" " + one[0],
        one[0] + b"\xe9",
    )
    return data[: one.start()] + chance.choice(odd) + data[one.end() :]


def delimiters(data: bytes, chance: random.Random) -> bytes:
    """Put a delimiter of the mail somewhere else, or take one away."""
    found = list(DELIMITER.finditer(data))
    if not found:
        return data
    one = chance.choice(found)
    if chance.random() < 0.5:
        return data[: one.start()] + data[one.end() + 2 :]
    at = place(data, chance)
    return data[:at] + CRLF + one[0] + CRLF + data[at:]


def other_charset(data: bytes, chance: random.Random) -> bytes:
    """Claim another character set."""
    return CHARSET.sub(lambda found: found[1] + chance.choice(CHARSETS), data, count=chance.randint(1, 3))


def other_coding(data: bytes, chance: random.Random) -> bytes:
    """Claim another transfer encoding, everywhere or once."""
    return CODING.sub(lambda found: found[1] + chance.choice(CODINGS), data, count=chance.randint(0, 2))


def broken_code(data: bytes, chance: random.Random) -> bytes:
    """Break what is encoded."""
    found = list(BASE64.finditer(data))
    at = chance.choice(found).start() + chance.randrange(40) if found else place(data, chance)
    return data[:at] + chance.choice(CODES) + data[at:]


def within(data: bytes, chance: random.Random) -> bytes:
    """Put the mail into another one, in one of many ways."""
    coding, body = chance.choice(
        ((b"", data), (b"Content-Transfer-Encoding: base64\r\n", base64.encodebytes(data).replace(b"\n", CRLF)))
    )
    kind = chance.choice(
        (
            b"message/rfc822",
            b"message/global",
            b"text/rfc822-headers",
            b"application/octet-stream; name=a.eml",
            b"message/news",
        )
    )
    return _mixed(
        [b"Content-Type: text/plain\r\n\r\nsee below", b"Content-Type: " + kind + CRLF + coding + CRLF + body], b"w"
    )


def nested(data: bytes, chance: random.Random) -> bytes:
    """Put the body into many multiparts, or many mails."""
    return _nested(data, chance, chance.choice((2, 5, 12, 17, 30, 60)))


def another_part(data: bytes, chance: random.Random) -> bytes:
    """Add a part with something in it that no good program writes."""
    found = list(DELIMITER.finditer(data))
    odd = (
        b"Content-Type: text/plain; charset=utf-16\r\n\r\n" + "PROTECT".encode("utf-16"),
        b"Content-Type: application/zip; name=a.zip\r\nContent-Transfer-Encoding: base64\r\n\r\nUEsDBBQAAAAI",
        b"Content-Type: text/html\r\n\r\n<html><body><!-- <script>x</script> <p hidden>" + b"<div>" * 300,
        b"begin 644 a.txt\r\n#86)C\r\n`\r\nend\r\n",
        b"Content-Type: application/pdf\r\n\r\n%PDF-1.7\r\n1 0 obj\r\n<<>>",
        b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\nAction: failed",
        b"Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=",
        b"\r\n-----BEGIN PGP MESSAGE-----\r\n\r\nhQ==\r\n-----END PGP MESSAGE-----",
        b"Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\nSUMMARY:x",
    )
    if not found:
        return _mixed([b"\r\n" + data.partition(b"\r\n\r\n")[2], chance.choice(odd)], b"p")
    one = chance.choice(found)
    return data[: one.start()] + one[0].removesuffix(b"--") + CRLF + chance.choice(odd) + CRLF + data[one.start() :]


def around(data: bytes, chance: random.Random) -> bytes:
    """Write in front of the first part, or behind the last."""
    fields, rest = head_of(data)
    words = chance.choice(
        (
            b"This is a multi-part message.\r\n",
            b"PROTECT\r\n",
            b"--x--\r\n",
            b"Content-Type: text/html\r\n\r\n<p>x</p>\r\n",
        )
    )
    return joined(fields, rest[:4] + words + rest[4:]) if chance.random() < 0.5 else data + words


def many_parts(_data: bytes, chance: random.Random) -> bytes:
    """Ten thousand parts."""
    return _mixed([b"\r\n" + str(number).encode() for number in range(chance.choice((3_000, 10_000)))], b"m")


def very_deep(data: bytes, chance: random.Random) -> bytes:
    """Hundreds of multiparts within one another."""
    return _nested(data[:5_000], chance, chance.choice((150, 500)))


def huge_header(data: bytes, chance: random.Random) -> bytes:
    """A header of a megabyte, in one field, in one line or in many fields."""
    filling = chance.choice(
        (
            b"X-Long: " + b"x" * 990_000,
            b"X-Folded: " + b"x\r\n " * 200_000 + b"y",
            CRLF.join([b"X-Many: y"] * 90_000),
            b"To: " + b"a@b.example, " * 70_000,
            b"References: " + b"<a@b> " * 150_000,
            b"Subject: " + b"=?utf-8?q?x?= " * 60_000,
            b"To: " + b"(" * 300_000,
            b"Content-Type: text/plain; " + b"a=b; " * 100_000,
        )
    )
    return filling + CRLF + data


def huge_line(data: bytes, chance: random.Random) -> bytes:
    """A line of a megabyte, or a little more than may be."""
    return data + chance.choice((b"x", b" ", b"<", b"=41")) * chance.choice((300_000, 1_100_000)) + CRLF


ALL: Final[tuple[Callable[[bytes, random.Random], bytes], ...]] = (
    other_boundary,
    other_boundary,
    delimiters,
    delimiters,
    other_charset,
    other_coding,
    other_coding,
    broken_code,
    broken_code,
    within,
    nested,
    another_part,
    another_part,
    around,
)
LARGE: Final[tuple[Callable[[bytes, random.Random], bytes], ...]] = (many_parts, very_deep, huge_header, huge_line)


def _mixed(parts: list[bytes], boundary: bytes) -> bytes:
    top = b"From: staff@exampleshire.example\r\nTo: friend@partner.example\r\nSubject: parts\r\nMIME-Version: 1.0\r\n"
    kind = b"Content-Type: multipart/mixed; boundary=" + boundary + CRLF + CRLF
    return top + kind + b"".join(b"--" + boundary + CRLF + part + CRLF for part in parts) + b"--" + boundary + b"--\r\n"


def _nested(data: bytes, chance: random.Random, depth: int) -> bytes:
    body = data.partition(b"\r\n\r\n")[2]
    as_mail = chance.random() < 0.3
    inner = b"Content-Type: text/plain\r\n\r\n" + body
    for level in range(depth):
        edge = str(level).encode() if chance.random() < 0.9 else b"same"
        kind = b"message/rfc822\r\n\r\n" if as_mail and level % 2 else b""
        opened = b"Content-Type: multipart/mixed; boundary=b" + edge + b"\r\n\r\n--b" + edge + CRLF
        inner = b"Content-Type: " + kind + opened + inner if kind else opened + inner
        inner += b"\r\n--b" + edge + b"--"
    return b"From: staff@exampleshire.example\r\nTo: friend@partner.example\r\nSubject: deep\r\n" + inner + CRLF
