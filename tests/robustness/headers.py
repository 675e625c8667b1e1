"""Damage to the header of a mail: fields twice, mangled, folded, huge, and those that speak to the gateway."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

CRLF: Final = b"\r\n"
NAMES: Final = (
    b"Subject",
    b"From",
    b"To",
    b"Cc",
    b"Bcc",
    b"Resent-Bcc",
    b"Message-ID",
    b"Date",
    b"Content-Type",
    b"MIME-Version",
    b"Content-Transfer-Encoding",
    b"Content-Disposition",
    b"References",
    b"In-Reply-To",
    b"Reply-To",
    b"Sender",
    b"Received",
    b"Return-Path",
    b"X-Gateway-Password",
    b"X-Gateway-Anything",
    b"X-Transfer-Reason",
    b"Priority",
    b"X-Transfer-Consent",
    b"X-MS-Exchange-Organization-SCL",
    b"X-Originating-IP",
    b"X-Protective-Marking",
    b"Auto-Submitted",
    b"List-Id",
    b"Importance",
    b"DKIM-Signature",
    b"Thread-Index",
    b"HP-Outer",
    b"Sensitivity",
)
VALUES: Final = (
    b"",
    b" ",
    b"[encrypt] x",
    b"Encrypt",
    b"=?utf-8?q?=5Bencrypt=5D?= x",
    b"=?utf-8?b?W2VuY3J5cHRd?=",
    b"[SECURE] y",
    b"=?utf-8?q?=?=",
    b"=?x?y?z?=",
    b"=?utf-8?b?////?=",
    b"=?utf-16?b?2AA=?=",
    b"=?unicode-1-1-utf-7?q?+AGEA?=",
    b"=?utf-8?q?" + b"=20" * 300 + b"?=",
    b"=?utf-8*en?q?x?=",
    b"=?utf-7?q?+ADw-?=",
    b"=?idna?q?xn--?=",
    b"=?punycode?q?a-\xff?=",
    b"=?utf-8?q?a=0D=0ABcc:=20x@y.example?=",
    b"=?rot13?q?uryyb?=",
    b"=?zlib?b?eJw=?=",
    b"<x@y>",
    b"<",
    b"<>",
    b"<<<>>>",
    b"a@b@c",
    b'"a"@b.example',
    b"a@[127.0.0.1]",
    b"(((((" * 50,
    b'"' * 99,
    b"a@b.example," * 400,
    b"=?utf-8?q?a?= <b@c.example>",
    b"undisclosed-recipients:;",
    b"group: a@b.example, c@d.example;",
    b"text/plain",
    b"text/html; charset=x-unknown",
    b'text/plain; charset="utf-16"',
    b"text/plain; charset=utf-7",
    b"text/plain; charset*0=ut; charset*1=f-8",
    b"text/plain; charset*=us-ascii'en'utf-8; charset=ebcdic-cp-gb",
    b"multipart/mixed",
    b"multipart/mixed; boundary=",
    b'multipart/mixed; boundary=""',
    b"multipart/mixed; boundary=x; boundary=y",
    b"multipart/mixed; boundary*0=x; boundary*1=y",
    b"multipart/mixed; boundary*=utf-8''x%20y",
    b"multipart/x",
    b"/",
    b"a/b/c",
    b"message/rfc822",
    b"message/partial; id=x; number=1; total=2",
    b'message/external-body; access-type=local-file; name="/etc/passwd"',
    b"application/octet-stream; name*=utf-8''..%2F..%2Fetc%2Fpasswd",
    b"application/pkcs7-mime; smime-type=enveloped-data",
    b'multipart/encrypted; protocol="application/pgp-encrypted"; boundary=x',
    b"application/ms-tnef",
    b"text/rtf",
    b"base64",
    b"quoted-printable",
    b"7bit",
    b"8bit",
    b"binary",
    b"x-uuencode",
    b"base64, 7bit",
    b"gzip",
    b"BASE64 (x)",
    b'attachment; filename="a\\"b.docx"',
    b"attachment; filename*0*=utf-8''%ff%fe; filename*1=x",
    b"inline; filename=" + b"x" * 3000,
    b"Mon, 32 Foo 99999 99:99:99 +9999",
    b"1",
    b"VER=2018.1, NS=gov.au, SEC=OFFICIAL",
    b"auto-generated",
    b"given",
    b"refused",
    b"because\r\n it must",
    b"\xff\xfe\xfd",
    "caf\u00e9 \u65e5\u672c".encode(),
    b"\x07\x1b[31m",
    b"x" * 5_000,
    b"x\r\n " * 300 + b"y",
    b"a\r\n\t\r\n b",
    b"from a by b; Sun, 22 Nov 2026 09:29:58 +0000",
    b"<" + b"a" * 2_000 + b"@b>",
    b"<a@b> " * 500,
)
"""What stands in fields where somebody was careless, or was not."""


def head_of(data: bytes) -> tuple[list[bytes], bytes]:
    """Return the header's fields, with their folded lines but without their last line ending, and all that follows."""
    top, end, rest = data.partition(b"\r\n\r\n")
    fields: list[bytes] = []
    for line in top.split(CRLF):
        if fields and line[:1] in {b" ", b"\t"}:
            fields[-1] += CRLF + line
        else:
            fields.append(line)
    return fields, end + rest


def joined(fields: list[bytes], rest: bytes) -> bytes:
    """Return a mail of these fields."""
    return CRLF.join(fields) + rest


def _at(fields: list[bytes], chance: random.Random) -> int:
    return chance.randrange(len(fields) + 1)


def add_field(data: bytes, chance: random.Random) -> bytes:
    """Add one to three fields, as often as not ones that are there already."""
    fields, rest = head_of(data)
    for _ in range(chance.randint(1, 3)):
        colon = chance.choice((b": ", b": ", b": ", b":", b" :", b"\t: ", b" : ", b":\r\n ", b" "))
        fields.insert(_at(fields, chance), chance.choice(NAMES) + colon + chance.choice(VALUES))
    return joined(fields, rest)


def change_field(data: bytes, chance: random.Random) -> bytes:
    """Let a field that is there say something else."""
    fields, rest = head_of(data)
    at = chance.randrange(len(fields))
    fields[at] = fields[at].partition(b":")[0] + b": " + chance.choice(VALUES)
    return joined(fields, rest)


def twice(data: bytes, chance: random.Random) -> bytes:
    """Say a field twice."""
    fields, rest = head_of(data)
    fields.insert(_at(fields, chance), chance.choice(fields))
    return joined(fields, rest)


def lose_field(data: bytes, chance: random.Random) -> bytes:
    """Lose fields."""
    fields, rest = head_of(data)
    for _ in range(chance.randint(1, 4)):
        if fields:
            del fields[chance.randrange(len(fields))]
    return joined(fields, rest)


def other_name(data: bytes, chance: random.Random) -> bytes:
    """Give a field another name, or the same in another case, or with something odd around it."""
    fields, rest = head_of(data)
    at = chance.randrange(len(fields))
    name, colon, value = fields[at].partition(b":")
    odd = (
        name.upper(),
        name.lower(),
        name + b" ",
        b" " + name,
        name + b"\x0b",
        b"\x0c" + name,
        b"",
        name + b"\xe9",
        b">" + name,
        chance.choice(NAMES),
        name + b"\xc2\xa0",
        b"\xef\xbb\xbf" + name,
        name.replace(b"-", b"_"),
    )
    fields[at] = chance.choice(odd) + colon + value
    return joined(fields, rest)


def fold(data: bytes, chance: random.Random) -> bytes:
    """Fold a field in places where nobody folds."""
    fields, rest = head_of(data)
    at = chance.randrange(len(fields))
    field = fields[at]
    for _ in range(chance.randint(1, 6)):
        cut = chance.randrange(len(field) + 1)
        field = field[:cut] + CRLF + chance.choice((b" ", b"\t", b"   ", b" \t ", b" \r\n ")) + field[cut:]
    fields[at] = field
    return joined(fields, rest)


def no_field(data: bytes, chance: random.Random) -> bytes:
    """Put a line into the header that is no field."""
    fields, rest = head_of(data)
    odd = (
        b"garbage",
        b"From staff@exampleshire.example Sun Nov 22 09:00:00 2026",
        b">From x",
        b"--x",
        b": y",
        b":",
        b"\tx",
        b"  ",
        b"http://a.example/b:c",
        b"Subject",
        b"(comment): x",
        b"=20",
        b"-----BEGIN PGP MESSAGE-----",
        b"Bcc",
    )
    fields.insert(_at(fields, chance), chance.choice(odd))
    return joined(fields, rest)


def shuffle_fields(data: bytes, chance: random.Random) -> bytes:
    """Bring the fields into another order."""
    fields, rest = head_of(data)
    chance.shuffle(fields)
    return joined(fields, rest)


def many_hops(data: bytes, chance: random.Random) -> bytes:
    """Make it look as if it had come far."""
    fields, rest = head_of(data)
    hop = b"Received: from a by b; Sun, 22 Nov 2026 09:29:58 +0000"
    by_us = b"Received: from a\r\n\tby gw.exampleshire.example (secure-transfer-gateway) with ESMTP id x; "
    ours = by_us + b"Sun, 22 Nov 2026 09:29:58 +0000"
    return joined([*[chance.choice((hop, hop, ours))] * chance.choice((1, 2, 3, 49, 51, 80)), *fields], rest)


def markings(data: bytes, chance: random.Random) -> bytes:
    """Say in a header how it is marked."""
    fields, rest = head_of(data)
    said = (
        b"Subject: PROTECT",
        b"X-Protective-Marking: PROTECT",
        b"Subject: [OFFICIAL] x",
        b"Sensitivity: Company-Confidential",
        b"X-Classification: OFFICIAL-SENSITIVE",
        b"msip_labels: MSIP_Label_1_Enabled=True; MSIP_Label_1_Name=PROTECT;",
    )
    fields.insert(_at(fields, chance), chance.choice(said))
    return joined(fields, rest)


ALL: Final[tuple[Callable[[bytes, random.Random], bytes], ...]] = (
    add_field,
    add_field,
    add_field,
    change_field,
    change_field,
    twice,
    lose_field,
    other_name,
    fold,
    no_field,
    shuffle_fields,
    many_hops,
    markings,
)
