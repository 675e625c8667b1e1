"""CMS and OpenPGP: what is encrypted is a gap that names its cipher; what is not is opened."""

from __future__ import annotations

import base64
import subprocess
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.extract import Extraction
from gateway.model.inspection import GapKind, Where
from gateway.testing.canaries.archive_bytes import cms, der, literal, zipped
from tests.unit.extract.reading import opened, texts

LETTER = b"Content-Type: text/plain\r\n\r\nNHS number 943 476 5919\r\n"
TIKA = Path("../shared/corpora/tika_extraction/encrypted/testPGPEncrypted.gpg")
_AES = "6086480165030401"


def gaps(extraction: Extraction) -> list[tuple[GapKind, str]]:
    return [(gap.kind, gap.detail) for gap in extraction.gaps]


def oid(digits: str) -> bytes:
    return der(6, bytes.fromhex(digits))


def enveloped(cipher: bytes, kind: str = "2a864886f70d010703", recipient: bytes = b"") -> bytes:
    """Return enveloped data (RFC 5652 6.1) whose content nobody can open."""
    content = der(0x30, oid("2a864886f70d010701"), cipher, der(0x80, bytes(64)))
    return der(0x30, oid(kind), der(0xA0, der(0x30, der(2, b"\0"), der(0x31, der(0x30, recipient)), content)))


RC2 = der(0x30, oid("2a864886f70d0302"), der(0x30, der(2, b"\0\xa0"), der(4, bytes(8))))


@pytest.mark.parametrize(
    ("data", "cipher"),
    [
        (enveloped(der(0x30, oid(_AES + "2a"), der(4, bytes(16)))), "AES-256"),
        (enveloped(der(0x30, oid(_AES + "02"), der(4, bytes(16)))), "AES-128"),
        (enveloped(der(0x30, oid(_AES + "16"), der(4, bytes(16)))), "AES-192"),
        (enveloped(der(0x30, oid("2a864886f70d0307"), der(4, bytes(8)))), "3DES"),
        (enveloped(RC2), "RC2-40"),
        (enveloped(der(0x30, oid(_AES + "2e")), "2a864886f70d0109100117"), "AES-256"),
        (enveloped(der(0x30, oid("2b0e030207"))), "DES"),
        (enveloped(der(0x30, oid("2a0304"))), "CMS"),
        (enveloped(der(0x30, oid(_AES + "2a")), recipient=der(0x30, oid(_AES + "05"))), "AES-128"),
    ],
    ids=["aes-256", "aes-128", "aes-192", "3des", "rc2", "aes-256-gcm", "des", "unknown", "key wrapped by aes-128"],
)
def test_encrypted_cms_names_its_cipher(data: bytes, cipher: str) -> None:
    assert gaps(opened(data, "smime.p7m")) == [(GapKind.ENCRYPTED, cipher)]
    assert gaps(opened(base64.encodebytes(data), "smime.p7m")) == [(GapKind.ENCRYPTED, cipher)]


def pem(data: bytes, label: str = "PKCS7") -> bytes:
    return f"-----BEGIN {label}-----\n{base64.encodebytes(data).decode()}-----END {label}-----\n".encode()


def in_pieces(content: bytes) -> bytes:
    """Return signed data of indefinite length, and the content in pieces (X.690 8.1.3.6, 8.7.3)."""
    pieces = b"".join(der(4, content[at : at + 7]) for at in range(0, len(content), 7))
    end = b"\0\0"
    inner = b"\x30\x80" + oid("2a864886f70d010701") + b"\xa0\x80\x24\x80" + pieces + end * 3
    signed = b"\x30\x80" + der(2, b"\1") + der(0x31) + inner + der(0x31) + end
    return b"\x30\x80" + oid("2a864886f70d010702") + b"\xa0\x80" + signed + end * 2


@pytest.mark.parametrize(
    "data",
    [
        cms("signed", LETTER), cms("compressed", LETTER), in_pieces(LETTER), pem(cms("signed", LETTER)),
        pem(in_pieces(LETTER), "CMS"), base64.encodebytes(cms("compressed", LETTER)),
    ],
    ids=["signed", "compressed", "indefinite lengths", "pem", "indefinite lengths in pem", "base64"],
)  # fmt: skip
def test_cms_that_is_not_encrypted_is_opened(data: bytes) -> None:
    extraction = opened(data, "letter.eml.p7m")
    assert extraction.parts[1].part == "letter.eml.p7m/1/letter.eml"
    assert texts(extraction, Where.BODY) == "NHS number 943 476 5919\r\n"
    assert (extraction.gaps, extraction.remarks) == ((), ())


def test_what_stands_behind_a_signature_is_read() -> None:
    extraction = opened(cms("signed", b"") + zipped({"a.txt": b"943 476 5919"}), "a.p7s")
    assert "943 476 5919" in texts(extraction, Where.BODY)


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Make a key and a certificate, and a letter."""
    folder = tmp_path_factory.mktemp("openssl")
    (folder / "letter").write_bytes(LETTER)
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key", "-out", "cert"]
    subprocess.run([*command, "-subj", "/CN=Jane Canary"], cwd=folder, check=True, capture_output=True)
    return folder  # type: ignore[return-value]


def openssl(folder: Path, *arguments: str) -> bytes:
    command = ["openssl", "cms", *arguments, "-in", "letter", "-outform", "DER"]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True).stdout


@pytest.mark.needs("openssl")
@pytest.mark.parametrize(
    ("cipher", "named"),
    [("-aes256", "AES-256"), ("-aes-256-gcm", "AES-256"), ("-aes128", "AES-128"), ("-des3", "3DES")],
)
@pytest.mark.parametrize("stream", [[], ["-stream"]], ids=["der", "ber"])
def test_messages_of_openssl_name_their_cipher(signer: Path, cipher: str, named: str, stream: list[str]) -> None:
    data = openssl(signer, "-encrypt", cipher, *stream, "-recip", "cert")
    assert gaps(opened(data, "smime.p7m")) == [(GapKind.ENCRYPTED, named)]


@pytest.mark.needs("openssl")
@pytest.mark.parametrize("how", [["-nodetach"], ["-nodetach", "-stream"]], ids=["der", "ber"])
def test_a_message_that_openssl_signed_is_opened(signer: Path, how: list[str]) -> None:
    extraction = opened(openssl(signer, "-sign", "-binary", *how, "-signer", "cert", "-inkey", "key"), "smime.p7m")
    assert texts(extraction, Where.BODY) == "NHS number 943 476 5919\r\n"
    assert "Jane Canary" in texts(extraction, Where.PROPERTY)
    assert extraction.gaps == ()


@pytest.mark.needs("openssl")
def test_a_signature_beside_a_message_shows_its_names(signer: Path) -> None:
    extraction = opened(openssl(signer, "-sign", "-binary", "-signer", "cert", "-inkey", "key"), "smime.p7s")
    assert "Jane Canary" in texts(extraction, Where.PROPERTY)
    assert (len(extraction.parts), extraction.gaps, extraction.remarks) == (1, (), ())


def packet(tag: int, body: bytes) -> bytes:
    return bytes([0xC0 | tag, 0xFF]) + len(body).to_bytes(4, "big") + body


PKESK = packet(1, b"\3" + bytes(8) + b"\1" + bytes(32))
SEIPD_1 = packet(18, b"\1" + bytes(60))
SALTED = b"\3\x08" + bytes(8) + b"\x60"


@pytest.mark.parametrize(
    ("data", "cipher"),
    [
        (PKESK + SEIPD_1, "OpenPGP"),
        (packet(3, b"\4\x09" + SALTED) + SEIPD_1, "AES-256"),
        (packet(3, b"\4\x07" + SALTED) + SEIPD_1, "AES-128"),
        (packet(3, b"\4\x09" + SALTED + bytes(33)) + SEIPD_1, "OpenPGP"),
        (packet(3, b"\4\x09" + SALTED) + PKESK + SEIPD_1, "OpenPGP"),
        (PKESK + packet(18, b"\2\x09\2\6" + bytes(60)), "AES-256"),
        (PKESK + packet(18, b"\2\x07\2\6" + bytes(60)), "AES-128"),
        (packet(3, b"\6\x1d\x07" + bytes(30)) + packet(18, b"\2\x09\2\6" + bytes(60)), "AES-128"),
        (PKESK + packet(20, b"\1\x09\2\x10" + bytes(60)), "AES-256"),
        (packet(3, b"\4\x09" + SALTED) + packet(9, bytes(60)), "OpenPGP"),
    ],
    ids=[
        "public key", "password", "password, aes-128", "password around a key", "password or public key", "version 2",
        "version 2, aes-128", "the weaker of two", "gnupg's own", "no integrity",
    ],
)  # fmt: skip
def test_encrypted_openpgp_names_what_it_shows(data: bytes, cipher: str) -> None:
    assert gaps(opened(data, "a.pgp")) == [(GapKind.ENCRYPTED, cipher)]
    armoured = b"-----BEGIN PGP MESSAGE-----\nComment: SECRET project\n\n" + base64.encodebytes(data)
    extraction = opened(armoured + b"=AAAA\n-----END PGP MESSAGE-----\n", "a.asc")
    assert gaps(extraction) == [(GapKind.ENCRYPTED, cipher)]
    assert texts(extraction, Where.COMMENT) == "Comment: SECRET project"


def test_a_real_message_is_recognised() -> None:
    if not TIKA.exists():
        pytest.skip(f"needs {TIKA}")
    assert gaps(opened(TIKA.read_bytes(), TIKA.name)) == [(GapKind.ENCRYPTED, "OpenPGP")]


@pytest.mark.needs("gpg")
@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["-c", "--cipher-algo", "AES256"], [(GapKind.ENCRYPTED, "AES-256")]),
        (["-c", "--cipher-algo", "AES128", "-a"], [(GapKind.ENCRYPTED, "AES-128")]),
        (["--store"], []),
        (["--store", "-z", "0", "-a"], []),
        (["--store", "--compress-algo", "bzip2"], []),
    ],
)
def test_messages_of_gnupg(tmp_path: Path, options: list[str], found: list[tuple[GapKind, str]]) -> None:
    command = [
        "gpg",
        "--homedir",
        str(tmp_path),
        "--batch",
        "--no-options",
        "--pinentry-mode",
        "loopback",
        "--passphrase",
        "x",
    ]
    command += ["--set-filename", "plan.txt", *options]
    data = subprocess.run(command, input=b"943 476 5919", check=True, capture_output=True).stdout
    subprocess.run(["gpgconf", "--homedir", str(tmp_path), "--kill", "all"], check=False, capture_output=True)
    extraction = opened(data, "a.gpg")
    assert gaps(extraction) == found
    if not found:
        assert texts(extraction, Where.BODY) == "943 476 5919"
        assert "plan.txt" in texts(extraction, Where.ATTACHMENT_NAME)


def test_lengths_in_parts_are_put_together() -> None:
    body = b"b\0" + bytes(4) + b"943 476 5919" * 100
    parts = bytes([0xCB, 0xE0 | 9]) + body[:512] + bytes([0xE0 | 8]) + body[512:768]
    parts += bytes([0xFF]) + (len(body) - 768).to_bytes(4, "big") + body[768:]
    extraction = opened(parts, "a.pgp")
    assert texts(extraction, Where.BODY) == "943 476 5919" * 100
    assert extraction.gaps == ()


def test_words_in_keys_and_signatures_are_shown() -> None:
    notation = bytes([20]) + b"\x80\0\0\0\0\4\0\6note" + b"SECRET"
    hashed = bytes([len(notation)]) + notation
    signature = b"\4\x10\1\x08" + len(hashed).to_bytes(2, "big") + hashed + bytes(20)
    key = packet(6, b"\4" + bytes(40)) + packet(13, b"Jane Canary <jane@example.org>") + packet(2, signature)
    said = texts(opened(key, "a.pgp"), Where.PROPERTY)
    assert "Jane Canary <jane@example.org>" in said
    assert "noteSECRET" in said


def test_a_secret_key_is_a_gap() -> None:
    assert gaps(opened(packet(5, b"\4" + bytes(40)), "a.pgp")) == [(GapKind.UNSUPPORTED, "OpenPGP secret key")]


def test_text_behind_an_armoured_message_is_read() -> None:
    armoured = b"-----BEGIN PGP MESSAGE-----\n\n" + base64.encodebytes(PKESK + SEIPD_1) + b"-----END PGP MESSAGE-----\n"
    extraction = opened(armoured + b"PS: 943 476 5919", "a.asc")
    assert texts(extraction, Where.BODY) == "PS: 943 476 5919"


def test_a_tower_of_compressed_packets_stops() -> None:
    data = packet(11, b"b\0" + bytes(4) + b"x")
    for _ in range(20):
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        data = packet(8, b"\1" + packer.compress(data) + packer.flush())
    assert gaps(opened(data, "a.pgp")) == [(GapKind.TOO_DEEP, "packets")]


@pytest.mark.parametrize("data", [literal(LETTER), cms("signed", LETTER), cms("compressed", LETTER), in_pieces(LETTER)])
def test_a_cut_message_is_a_gap_or_shows_what_there_is(data: bytes) -> None:
    for cut in range(20, len(data) - 1, 5):
        extraction = opened(data[:cut], "a")
        assert extraction.gaps or texts(extraction).strip(), cut
