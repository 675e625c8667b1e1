from __future__ import annotations

import bz2
import io
import lzma
import struct
import zipfile
import zlib

import pytest
import pyzipper

from gateway.extract import Aids, Extraction, Limits
from gateway.extract.walk import extract
from gateway.model.inspection import GapKind, RemarkKind, Where
from gateway.testing.canaries.archive_bytes import by_libarchive
from tests.hostile.test_extract_bombs import central, closed, local
from tests.unit.extract.reading import EXTRACTORS, archive, kinds, opened, texts, word

SECRET = b"943 476 5919"
CRC = zlib.crc32(SECRET)


def gaps(extraction: Extraction) -> list[tuple[str, GapKind, str]]:
    return [(gap.part, gap.kind, gap.detail) for gap in extraction.gaps]


def with_passwords(data: bytes, *passwords: str) -> Extraction:
    return extract("a.zip", data, Limits(), EXTRACTORS, Aids(passwords=passwords))


def aes(bits: int, password: bytes) -> bytes:
    target = io.BytesIO()
    with pyzipper.AESZipFile(target, "w", compression=pyzipper.ZIP_DEFLATED) as file:
        file.setpassword(password)
        file.setencryption(pyzipper.WZ_AES, nbits=bits)
        file.writestr("secret.txt", SECRET)
    return target.getvalue()


def old_keys(octets: bytes, state: list[int]) -> None:
    """Mix octets into the three keys of the old encryption (APPNOTE 6.1.5)."""
    for octet in octets:
        state[0] = zlib.crc32(bytes([octet]), state[0] ^ 0xFFFFFFFF) ^ 0xFFFFFFFF
        state[1] = ((state[1] + (state[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        state[2] = zlib.crc32(bytes([state[1] >> 24]), state[2] ^ 0xFFFFFFFF) ^ 0xFFFFFFFF


def zip_crypto(password: bytes, content: bytes = SECRET) -> bytes:
    """Return a ZIP of one stored entry under the old encryption."""
    state = [0x12345678, 0x23456789, 0x34567890]
    old_keys(password, state)
    cipher = bytearray()
    for octet in bytes(11) + bytes([zlib.crc32(content) >> 24]) + content:
        mixed = state[2] | 2
        cipher.append(octet ^ ((mixed * (mixed ^ 1) >> 8) & 0xFF))
        old_keys(bytes([octet]), state)
    head = bytearray(local(b"secret.txt", len(cipher), len(content), zlib.crc32(content), 0))
    listed = bytearray(central(b"secret.txt", len(cipher), len(content), zlib.crc32(content), 0, 0))
    head[6] |= 1
    listed[8] |= 1
    return closed(bytes(head) + bytes(cipher), bytes(listed), 1)


LOCKED = [
    (zip_crypto(b"caf\xc3\xa9"), "ZipCrypto"),
    (aes(128, "café".encode()), "AES-128"),
    (aes(192, "café".encode()), "AES-192"),
    (aes(256, "café".encode()), "AES-256"),
]


@pytest.mark.parametrize(("data", "cipher"), LOCKED, ids=[cipher for _, cipher in LOCKED])
def test_an_encrypted_entry_is_opened_with_the_senders_password_and_with_no_other(data: bytes, cipher: str) -> None:
    shut = with_passwords(data, "wrong", "worse")
    assert gaps(shut) == [("a.zip/secret.txt", GapKind.ENCRYPTED, cipher)]
    assert "943" not in texts(shut)
    extraction = with_passwords(data, "wrong", "café")
    assert gaps(extraction) == []
    assert texts(extraction, Where.BODY) == SECRET.decode()
    assert [(remark.kind, remark.detail) for remark in extraction.remarks] == [(RemarkKind.UNLOCKED, cipher)]


def test_an_entry_with_an_empty_password_is_not_protected() -> None:
    extraction = opened(zip_crypto(b""), "a.zip")
    assert texts(extraction, Where.BODY) == SECRET.decode()
    assert [(remark.kind, remark.detail) for remark in extraction.remarks] == [(RemarkKind.NOT_PROTECTED, "ZipCrypto")]


def test_each_entry_has_its_own_password() -> None:
    target = io.BytesIO()
    with pyzipper.AESZipFile(target, "w", encryption=pyzipper.WZ_AES) as file:
        for name, password in (("a.txt", b"one"), ("b.txt", b"two"), ("c.txt", b"three")):
            file.setpassword(password)
            file.writestr(name, name)
    extraction = with_passwords(target.getvalue(), "two", "one")
    assert texts(extraction, Where.BODY) == "a.txt\nb.txt"
    assert gaps(extraction) == [("a.zip/c.txt", GapKind.ENCRYPTED, "AES-256")]


def test_strong_encryption_is_named_and_never_tried() -> None:
    data = bytearray(zip_crypto(b""))
    data[data.find(b"PK\1\2") + 8] |= 1 << 6
    assert gaps(opened(bytes(data), "a.zip")) == [("a.zip/secret.txt", GapKind.ENCRYPTED, "strong encryption")]


def by_method(method: int) -> bytes:
    """Return SECRET packed by a method."""
    if method == 14:
        alone = lzma.compress(SECRET, lzma.FORMAT_ALONE)
        return b"\x09\x04\x05\x00" + alone[:5] + alone[13:]
    if method == 93:
        return by_libarchive({"x": SECRET}, "raw", "zstd")
    return {0: SECRET, 12: bz2.compress(SECRET), 95: lzma.compress(SECRET)}[method]


@pytest.mark.parametrize("method", [0, 12, 14, 93, 95])
def test_every_method_is_undone(method: int) -> None:
    packed = by_method(method)
    data = bytearray(
        closed(
            local(b"a.txt", len(packed), 12, CRC, method) + packed,
            central(b"a.txt", len(packed), 12, CRC, 0, method),
            1,
        )
    )
    if method == 14:
        data[6] |= 2
        data[data.find(b"PK\1\2") + 8] |= 2
    extraction = opened(bytes(data), "a.zip")
    assert (texts(extraction, Where.BODY), gaps(extraction)) == (SECRET.decode(), [])


@pytest.mark.parametrize(("method", "named"), [(9, "deflate64"), (1, "shrink"), (6, "implode"), (77, "method 77")])
def test_a_method_that_nobody_undoes_is_named(method: int, named: str) -> None:
    data = closed(local(b"a", 1, 1, 0, method) + b"x", central(b"a", 1, 1, 0, 0, method), 1)
    assert gaps(opened(data, "a.zip")) == [("a.zip/a", GapKind.UNSUPPORTED, named)]


def test_a_zip_of_the_64_bit_kind_is_read() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as file, file.open("a.txt", "w", force_zip64=True) as entry:
        entry.write(SECRET)
    extraction = opened(target.getvalue(), "a.zip")
    assert (texts(extraction, Where.BODY), gaps(extraction)) == (SECRET.decode(), [])


class Pipe(io.RawIOBase):
    """A file in which nobody can go back, so that sizes come behind the content."""

    def __init__(self) -> None:
        self.written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self.written += data
        return len(data)


def streamed() -> bytes:
    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a.txt", SECRET)
        file.writestr("b.txt", b"second")
    return bytes(pipe.written)


def test_sizes_behind_the_content_are_found() -> None:
    extraction = opened(streamed(), "a.zip")
    assert (texts(extraction, Where.BODY), gaps(extraction)) == ("943 476 5919\nsecond", [])


def test_a_cut_archive_is_read_up_to_the_cut() -> None:
    data = streamed()
    extraction = opened(data[: data.find(b"PK\1\2")], "a.zip")
    assert texts(extraction, Where.BODY) == "943 476 5919\nsecond"
    assert gaps(extraction) == [("a.zip", GapKind.CORRUPT, "no directory")]


def test_another_content_in_the_local_header_is_read_too() -> None:
    """A reader that goes by the directory sees stored text, one that goes by the headers sees what is deflated."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(SECRET) + packer.flush()
    data = closed(
        local(b"hidden.txt", len(packed), 12, CRC) + packed,
        central(b"harmless", len(packed), len(packed), zlib.crc32(packed), 0, 0),
        1,
    )
    extraction = opened(data, "a.zip")
    assert SECRET.decode() in texts(extraction, Where.BODY)
    assert texts(extraction, Where.ATTACHMENT_NAME).split("\n") == ["harmless", "hidden.txt"]


def test_two_directories_are_both_read() -> None:
    first, second = archive({"first.txt": "FIRST"}), archive({"second.txt": "SECOND"})
    extraction = opened(first + second, "a.zip")
    assert set(texts(extraction, Where.BODY).split("\n")) == {"FIRST", "SECOND"}
    assert gaps(extraction) == []


def test_an_archive_stored_within_another_is_read_once() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as file:
        file.writestr("first.txt", "first")
        file.writestr("letter.docx", word("<w:p><w:r><w:t>943 476 5919</w:t></w:r></w:p>"))
    found = opened(target.getvalue())
    assert not gaps(found)
    assert texts(found, Where.BODY).count("943 476 5919") == 1
    assert [part.part for part in found.parts] == ["file", "file/1/first.txt", "file/2/letter.docx"]


def test_a_directory_in_the_comment_of_another_is_read() -> None:
    outer = bytearray(archive({"first.txt": "FIRST"}))
    inner = archive({"second.txt": "SECOND"})
    struct.pack_into("<H", outer, len(outer) - 2, len(inner))
    extraction = opened(bytes(outer) + inner, "a.zip")
    assert {"FIRST", "SECOND"} <= set(texts(extraction, Where.BODY).split("\n"))


def test_what_stands_before_and_behind_is_read() -> None:
    extraction = opened(b"\0\1\2 BEFORE " * 20 + archive({"a.txt": "x"}) + b" BEHIND " * 10, "a.bin")
    assert "BEHIND" in texts(extraction)
    assert kinds(extraction) == {GapKind.UNSUPPORTED}  # what stands before is of no known type


def test_words_between_entries_are_read() -> None:
    one = local(b"a", 1, 1, zlib.crc32(b"x"), 0) + b"x"
    body = one + b"943 476 5919" + one
    crc = zlib.crc32(b"x")
    extraction = opened(closed(body, central(b"a", 1, 1, crc, 0, 0) + central(b"a", 1, 1, crc, len(one) + 12, 0), 2))
    assert texts(extraction, Where.HIDDEN) == "943 476 5919"


def test_two_entries_of_one_name_are_two_parts() -> None:
    body, directory = b"", b""
    for content in (b"FIRST", b"OTHER"):
        head = local(b"a.txt", 5, 5, zlib.crc32(content), 0)
        directory += central(b"a.txt", 5, 5, zlib.crc32(content), len(body), 0)
        body += head + content
    assert texts(opened(closed(body, directory, 2)), Where.BODY) == "FIRST\nOTHER"


@pytest.mark.parametrize(("size", "crc", "detail"), [(5, CRC, "size"), (12, 1, "checksum")])
def test_a_lying_header_is_a_gap_and_the_content_is_shown(size: int, crc: int, detail: str) -> None:
    data = closed(local(b"a.txt", 12, size, crc, 0) + SECRET, central(b"a.txt", 12, size, crc, 0, 0), 1)
    extraction = opened(data, "a.zip")
    assert gaps(extraction) == [("a.zip/a.txt", GapKind.CORRUPT, detail)]
    assert texts(extraction, Where.BODY) == SECRET.decode()


def test_a_split_archive_is_a_gap() -> None:
    data = bytearray(archive({"a.txt": "x"}))
    struct.pack_into("<HH", data, len(data) - 18, 1, 1)
    assert ("a.zip", GapKind.UNSUPPORTED, "split archive") in gaps(opened(bytes(data), "a.zip"))


def test_a_name_in_an_extra_field_is_shown() -> None:
    entry = zipfile.ZipInfo("plain.txt")
    other = b"\1" + struct.pack("<L", zlib.crc32(b"plain.txt")) + "Größe.txt".encode()
    entry.extra = struct.pack("<HH", 0x7075, len(other)) + other + struct.pack("<HH", 0x9999, 12) + SECRET
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as file:
        file.writestr(entry, b"x")
    extraction = opened(target.getvalue(), "a.zip")
    assert texts(extraction, Where.ATTACHMENT_NAME).split("\n") == ["plain.txt", "Größe.txt"]
    assert texts(extraction, Where.PROPERTY).split("\n")[0] == SECRET.decode()


def test_many_entries_that_nothing_opens_are_given_up() -> None:
    """Each would cost ten tries: after a hundred in a row no more are made, and each is a gap all the same."""
    locked = zip_crypto(b"unknown")
    at = locked.find(b"PK\1\2")
    directory = b"".join(locked[at:-22].replace(b"secret.txt", b"%010d" % number) for number in range(150))
    extraction = with_passwords(closed(locked[:at], directory, 150), *"abcdefghij")
    assert {kind for _, kind, _ in gaps(extraction)} == {GapKind.ENCRYPTED}
    assert len(extraction.gaps) == 150
