"""What need not change passes byte for byte, and signatures that were made before still verify behind us."""

from __future__ import annotations

import base64
import re
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from gateway.protect.outward import Privacy, Trace
from tests.integration.passage import Passage, behind_trace, passage

pytestmark = pytest.mark.network

CORPORA: Final = Path(__file__).parents[3] / "shared" / "corpora"
LINE_END: Final = re.compile(rb"\r\n|\r|\n")
HEAD: Final = b"From: officer@council.example\r\nTo: alice@partner.example\r\nDate: Sun, 22 Nov 2026 09:30:00 +0000\r\n"
SIGNED_BODY: Final = (
    b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\ncaf\xc3\xa9 \t\r\n\r\n\r\n"
)

LETTERS: Final = {
    "plain": HEAD + b"Subject: Minutes\r\n\r\nThe show went well.\r\n",
    "dots": HEAD + b"Subject: dots\r\n\r\n.\r\n..\r\n.x\r\n\r\n.\r\n",
    "8-bit": HEAD + b"Subject: caf\xc3\xa9\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\r\n\xe9\xff\x80\xa0\r\n",
    "long lines": HEAD + b"Subject: " + b"x" * 1_500 + b"\r\n\r\n" + b"y" * 100_000 + b"\r\n" + b"z" * 999 + b"\r\n",
    "white space": HEAD + b"SUBJECT:\tx \t \r\n  folded\r\n \t\r\nx-empty:\r\n\r\n \t\r\n  trailing  \r\n\r\n\r\n\r\n",
    "the line of a mail folder": b"From root@pc-17 Sun Nov 22 09:30:00 2026\r\n"
    + HEAD
    + b"Subject: x\r\n\r\nFrom x\r\n",
    "no body": HEAD + b"Subject: x\r\n",
    "empty body": HEAD + b"Subject: x\r\n\r\n",
    "no header": b"\r\nall of it is body\r\n",
    "no fields": b"this is no field\r\nnor this\r\n\r\nbody\r\n",
    "strange MIME": HEAD
    + b'Content-Type: multipart/mixed; boundary="a;b"; boundary=c\r\nContent-Type: a/b\r\n\r\n--a;b\r\n\r\n--c\r\n'
    + b"Content-Transfer-Encoding: base64\r\n\r\n!!!!\r\n--a;b--\r\nepilogue\r\n--a;b\r\n",
    "never ends": HEAD + b"Content-Type: multipart/mixed; boundary=x\r\n\r\npreamble\r\n--x\r\n\r\n--x\r\n--y",
    "encoded words": HEAD + b"Subject: =?utf-8?q?=5Bx=5D?= =?x?y?z?=\r\n =?utf-8?b?////?=\r\n\r\nx\r\n",
    "other fields": HEAD
    + b"Resent-To: c@d.example\r\nReturn-Path: <x@y>\r\nX-Mailer: a\r\nmsip_labels: b\r\n\r\nx\r\n",
    "PGP signed": HEAD
    + b'Content-Type: multipart/signed; micalg=pgp-sha1; protocol="application/pgp-signature"; boundary=s\r\n'
    b"\r\n--s\r\n"
    + SIGNED_BODY
    + b"--s\r\nContent-Type: application/pgp-signature\r\n\r\n-----BEGIN PGP SIGNATURE-----\r\n\r\niQ==\r\n-----END PGP"
    b" SIGNATURE-----\r\n--s--\r\n",
}


@pytest.fixture(scope="module")
def way() -> Iterator[Passage]:
    with passage() as opened:
        yield opened


@pytest.mark.parametrize("letter", LETTERS.values(), ids=LETTERS)
def test_a_mail_passes_byte_for_byte(way: Passage, letter: bytes) -> None:
    answer, arrived = way.carry(letter)
    assert answer.startswith("250 "), answer
    whole = letter if letter.endswith(b"\r\n") else letter + b"\r\n"  # RFC 5321 section 4.1.1.4
    assert behind_trace(arrived) == whole


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def signed(letter: bytes, key: rsa.RSAPrivateKey, canonical: tuple[bytes, bytes], fields: list[bytes]) -> bytes:
    """Return a letter with a DKIM signature in front (RFC 6376)."""
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    found = [each for each in fields if re.search(rb"^" + each + rb"[ \t]*:", letter, re.IGNORECASE | re.MULTILINE)]
    made = dkim.sign(letter, b"s", b"council.example", pem, canonicalize=canonical, include_headers=found)
    return bytes(made) + letter


def verifies(message: bytes, key: rsa.RSAPrivateKey) -> bool:
    """Say whether a DKIM signature verifies, with the key in the place of DNS."""
    der = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    record = b"v=DKIM1; k=rsa; p=" + base64.b64encode(der)
    return bool(dkim.verify(message, dnsfunc=lambda *_, **__: record))


FIELDS: Final = [
    b"from",
    b"to",
    b"subject",
    b"date",
    b"content-type",
    b"content-transfer-encoding",
    b"x-originating-ip",
]
RELAXED, SIMPLE = b"relaxed", b"simple"


@pytest.mark.parametrize("canonical", [(RELAXED, SIMPLE), (SIMPLE, SIMPLE), (RELAXED, RELAXED)], ids=str)
@pytest.mark.parametrize("name", ["plain", "dots", "8-bit", "long lines", "white space", "strange MIME", "PGP signed"])
def test_a_dkim_signature_made_before_verifies_behind(
    way: Passage, key: rsa.RSAPrivateKey, name: str, canonical: tuple[bytes, bytes]
) -> None:
    letter = signed(LETTERS[name], key, canonical, FIELDS)
    assert verifies(letter, key)
    _, arrived = way.carry(letter)
    assert verifies(arrived, key)
    assert not verifies(arrived.replace(b"Date: Sun", b"Date: Mon"), key), "it does look"


@pytest.mark.parametrize("canonical", [(RELAXED, SIMPLE), (SIMPLE, SIMPLE)], ids=str)
def test_it_verifies_whatever_becomes_of_the_trace(key: rsa.RSAPrivateKey, canonical: tuple[bytes, bytes]) -> None:
    letter = signed(
        b"Received: from pc-17 by pc-18; Sun, 22 Nov 2026 09:29:58 +0000\r\n" + LETTERS["plain"], key, canonical, FIELDS
    )
    for wanted in Trace:
        with passage(Privacy(received=wanted)) as hidden:
            _, arrived = hidden.carry(letter)
        assert (b"pc-17" in arrived) is (wanted is Trace.KEEP)
        assert verifies(arrived, key)


@pytest.mark.parametrize(
    ("field", "changed"),
    [(b"X-Originating-IP: [10.1.2.3]\r\n", b""), (b"Subject: [encrypt] Minutes\r\n", b"Subject: Minutes\r\n")],
)
def test_what_must_change_breaks_the_signature_that_covers_it(
    way: Passage, key: rsa.RSAPrivateKey, field: bytes, changed: bytes
) -> None:
    letter = signed(HEAD + field + b"\r\nx\r\n", key, (RELAXED, SIMPLE), FIELDS)
    _, arrived = way.carry(letter)
    assert field not in arrived
    assert changed in arrived
    assert not verifies(arrived, key)


@pytest.mark.needs("openssl")
def test_an_smime_signature_made_before_verifies_behind(way: Passage, tmp_path: Path) -> None:
    body, signed_mail = tmp_path / "body", tmp_path / "signed.eml"
    body.write_bytes(SIGNED_BODY)

    def openssl(*words: str | Path) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True, cwd=tmp_path)

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "k", "-out", "c", "-subj", "/CN=officer")
    openssl("cms", "-sign", "-in", body, "-signer", "c", "-inkey", "k", "-out", signed_mail, "-crlfeol", "-binary")
    letter = HEAD + LINE_END.sub(b"\r\n", signed_mail.read_bytes())
    _, arrived = way.carry(letter)
    assert behind_trace(arrived) == letter
    signed_mail.write_bytes(arrived)
    checked = openssl("cms", "-verify", "-in", signed_mail, "-CAfile", "c", "-purpose", "any", "-binary", "-crlfeol")
    assert b"caf\xc3\xa9" in checked.stdout


def packed_mails(path: Path) -> Iterator[bytes]:
    with tarfile.open(path) as archive:
        for member in archive:
            file = archive.extractfile(member)
            if file and member.name.endswith(".eml"):
                yield file.read()


def loose_mails(folder: Path) -> Iterator[bytes]:
    yield from (path.read_bytes() for path in sorted(folder.rglob("*.eml")))


SETS: Final[dict[str, Callable[[], Iterator[bytes]]]] = {
    "spamassassin_mime": lambda: packed_mails(CORPORA / "spamassassin_mime" / "mail.tar.gz"),
    "mail_parser_fixtures": lambda: loose_mails(CORPORA / "mail_parser_fixtures"),
    "tika_extraction": lambda: loose_mails(CORPORA / "tika_extraction" / "plain"),
}
GONE: Final = re.compile(
    rb"^(?:(?:resent-)?bcc|apparently-to|(?:x-)?(?:delivered|envelope)-to|x-original-to|x-rcpt-to|x-originating-ip|"
    rb"x-(?:gateway|ms-exchange-(?:organization|crosspremises))-[^:\r]*)[ \t]*:"
    rb"(?:[^\r]|\r\n[ \t])*\r\n",
    re.IGNORECASE | re.MULTILINE,
)


@pytest.mark.parametrize("name", SETS)
def test_every_mail_of_a_corpus_passes_byte_for_byte_or_is_refused(way: Passage, name: str) -> None:
    if not (CORPORA / name).is_dir():
        pytest.skip(f"the corpus {name} is not here")
    passed = changed = 0
    for raw in SETS[name]():
        letter = LINE_END.sub(b"\r\n", raw)
        letter = letter if letter.endswith(b"\r\n") else letter + b"\r\n"
        answer, arrived = way.carry(letter)
        if not answer.startswith("250 "):
            assert re.match(r"5[0-9]{2} 5\.", answer), answer
            assert b"\0" in letter, "nothing else is a reason"
            continue
        top, end, rest = letter.partition(b"\r\n\r\n")
        wanted = GONE.sub(b"", top + b"\r\n")[:-2] + end + rest
        assert behind_trace(arrived) == wanted
        passed += 1
        changed += wanted != letter
    assert passed > changed
    assert passed >= 2
