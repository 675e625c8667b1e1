"""The second reader of AE-2 containers: reads what the writer writes, refuses everything else."""

from __future__ import annotations

import hashlib
import hmac
import io
import struct
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
import pyzipper
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given, settings
from hypothesis import strategies as st
from pyzipper.zipfile_aes import AESZipInfo

from gateway.errors import NotSealed
from gateway.protect import Plain
from gateway.protect.content import Held
from gateway.protect.methods import ae2
from gateway.protect.methods.zip_check import own_reader
from gateway.protect.methods.zip_cipher import PIECE, Ae2, Ae2ZipFile
from gateway.protect.methods.zip_writer import ZipEncryptor, write
from tests.unit.protect.contents import Changing

WORDS = "one-two-three"
ENTRIES = [("contents.txt", b"list"), ("document-1.csv", b"a,b\r\n" * 100), ("document-2", b"")]


def container(entries: list[tuple[str, bytes]]) -> bytes:
    target = io.BytesIO()
    with Ae2ZipFile(target, WORDS) as archive:
        for name, content in entries:
            archive.writestr(AESZipInfo(name), content)
    return target.getvalue()


def read(whole: bytes, words: str = WORDS) -> tuple[list[str], bytes]:
    target = io.BytesIO()
    names = [entry.name for entry in ae2.read(io.BytesIO(whole), words, target)]
    return names, target.getvalue()


def joined(entries: list[tuple[str, bytes]]) -> tuple[list[str], bytes]:
    return [name for name, _ in entries], b"".join(content for _, content in entries)


def check(whole: bytes, entries: list[tuple[str, bytes]], folder: Path, other: str = "other") -> str:
    file = folder / "c.zip"
    file.write_bytes(whole)
    return own_reader(file, [(name, Held(content)) for name, content in entries], WORDS, other)


def weaker(bits: int, version: int) -> bytes:
    target = io.BytesIO()
    with pyzipper.AESZipFile(target, "w", encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(WORDS.encode())
        archive.setencryption(pyzipper.WZ_AES, nbits=bits, force_wz_aes_version=version)
        archive.writestr(AESZipInfo("contents.txt"), b"list")
    return target.getvalue()


def by_pyzipper(entries: list[tuple[str, bytes]]) -> bytes:
    target = io.BytesIO()
    with pyzipper.AESZipFile(target, "w", encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(WORDS.encode())
        for name, content in entries:
            archive.writestr(AESZipInfo(name), content)
    return target.getvalue()


@settings(max_examples=25)
@given(st.lists(st.binary(max_size=300), min_size=1, max_size=4))
def test_what_was_written_is_read(contents: list[bytes]) -> None:
    entries = [(f"document-{number}", content) for number, content in enumerate(contents)]
    assert read(container(entries)) == joined(entries)


@pytest.mark.parametrize("size", [1 << 16, PIECE - 16, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 5])
def test_pyzippers_own_cipher_and_ours_read_each_other(size: int) -> None:
    entries = [("a", bytes(range(251)) * (size // 251 + 1)), ("b", b"x")]
    entries[0] = "a", entries[0][1][:size]
    assert read(by_pyzipper(entries)) == joined(entries)
    with pyzipper.AESZipFile(io.BytesIO(container(entries))) as archive:
        archive.setpassword(WORDS.encode())
        assert [(name, archive.read(name)) for name in archive.namelist()] == entries


@given(st.lists(st.integers(0, PIECE), max_size=4))
@settings(max_examples=20)
def test_pieces_of_any_size_make_one_stream(sizes: list[int]) -> None:
    class Now:
        def submit(self, work: object, *arguments: object) -> object:
            work(*arguments)  # type: ignore[operator]
            return self

        def result(self) -> None:
            """Say nothing."""

    cipher = Ae2(WORDS.encode(), Now())  # type: ignore[arg-type]
    sealed = b"".join(bytes(cipher.encrypt(bytes(size))) for size in sizes)
    header = cipher.encryption_header()
    keys = hashlib.pbkdf2_hmac("sha1", WORDS.encode(), header[:16], 1000, 66)
    assert header[16:] == keys[64:]
    assert cipher.flush() == hmac.digest(keys[32:64], sealed, "sha1")[:10]
    assert sealed == _stream(keys[:32], sum(sizes))


def _stream(key: bytes, size: int) -> bytes:
    counters = b"".join(number.to_bytes(16, "little") for number in range(1, size // 16 + 2))
    return Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(counters)[:size]  # noqa: S305 - the oracle


def test_no_passphrase_seals_nothing() -> None:
    with pytest.raises(ValueError, match="no passphrase"), Ae2ZipFile(io.BytesIO(), "") as archive:
        archive.writestr(AESZipInfo("a"), b"x")


def test_another_passphrase_is_refused() -> None:
    with pytest.raises(ValueError, match=r"passphrase|altered"):
        read(container(ENTRIES), "one-two-four")


def test_every_flipped_bit_is_noticed() -> None:
    whole = container([("a.txt", b"0123456789")])
    noticed = 0
    for at in range(len(whole)):
        flipped = whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
        try:
            same = read(flipped) == (["a.txt"], b"0123456789")
        except (ValueError, struct.error):
            same = False
        noticed += not same
    # versions, flags' other bits, dates and attributes carry no content; everything sealed is covered
    sealed = slice(30 + 5 + 11, 30 + 5 + 11 + 16 + 2 + 10 + 10)
    assert noticed > 80
    for at in range(*sealed.indices(len(whole))):
        with pytest.raises(ValueError, match=r"passphrase|altered"):
            read(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])


@pytest.mark.parametrize(("bits", "version"), [(128, 2), (192, 2), (256, 1)])
def test_less_than_ae2_with_256_bits_is_refused(bits: int, version: int) -> None:
    with pytest.raises(ValueError, match="not AE-2 with AES-256"):
        read(weaker(bits, version))


def test_a_plain_zip_is_refused(tmp_path: Path) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("contents.txt", b"list")
    with pytest.raises(NotSealed, match="not AE-2"):
        check(target.getvalue(), [("contents.txt", b"list")], tmp_path)


def test_something_before_between_or_behind_is_refused() -> None:
    whole = container(ENTRIES)
    for hidden in (b"x" + whole, whole + b"x"):
        with pytest.raises(ValueError, match=r"end record|between"):
            read(hidden)


@given(st.binary(max_size=200))
def test_any_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"short|end record"):
        read(data)


@given(st.integers(0, 10_000), st.binary(min_size=1, max_size=8))
def test_damage_anywhere_is_a_value_error_or_no_damage(place: int, other: bytes) -> None:
    whole = bytearray(DAMAGED)
    place %= len(whole)
    whole[place : place + len(other)] = other
    with suppress(ValueError):
        assert read(bytes(whole))[1] == joined(ENTRIES)[1]


DAMAGED = container(ENTRIES)


def test_other_content_than_sealed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotSealed, match="does not hold what was sealed"):
        check(container(ENTRIES), [*ENTRIES[:-1], ("document-2", b"x")], tmp_path)


def test_a_container_that_opens_with_another_passphrase_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotSealed, match="another passphrase"):
        check(container(ENTRIES), ENTRIES, tmp_path, WORDS)


def test_without_any_checker_nothing_is_sealed(tmp_path: Path) -> None:
    parts = [Plain(name="a", media_type="text/plain", content=Held(b"x"))]
    with pytest.raises(NotSealed, match="nobody but the writer"):
        ZipEncryptor(checkers=()).seal(parts, "a@b.example", "secure-1", tmp_path, WORDS)
    absent = ZipEncryptor(checkers=(lambda *_: "", own_reader))
    sealed = absent.seal(parts, "a@b.example", "secure-1", tmp_path, WORDS)
    assert sealed.evidence.verified_by == "own AE-2 reader"


@pytest.mark.parametrize("content", [Changing(10, 11), Changing(10, 9), Changing(0, PIECE + 1)])
def test_content_that_changes_meanwhile_is_not_sealed(content: Changing, tmp_path: Path) -> None:
    with pytest.raises(NotSealed, match="changed while"):
        write([("a", content)], WORDS, tmp_path / "c.zip")


def test_an_entry_marked_for_zip64_is_read() -> None:
    """From about 1.9 GiB on pyzipper marks an entry so, whatever its true size."""
    target = io.BytesIO()
    with Ae2ZipFile(target, WORDS) as archive, archive.open(AESZipInfo("a"), "w", force_zip64=True) as entry:
        entry.write(b"content")
    assert b"\x01\x00\x10\x00" in target.getvalue()
    assert read(target.getvalue()) == (["a"], b"content")
    lying = target.getvalue().replace(struct.pack("<QQ", 7, 35), struct.pack("<QQ", 8, 36), 1)
    with pytest.raises(ValueError, match="does not agree"):
        read(lying)


def test_zip64_end_records_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """From 2 GiB on pyzipper writes them, though the plain record has room up to 4 GiB."""
    monkeypatch.setattr("pyzipper.zipfile.ZIP_FILECOUNT_LIMIT", 2)
    whole = container(ENTRIES)
    assert b"PK\x06\x07" in whole
    assert read(whole) == joined(ENTRIES)
    size, start = struct.unpack_from("<2L", whole, len(whole) - 10)
    full = whole[:-22] + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, size, start, 0)
    with pytest.raises(ValueError, match="do not agree"):  # 4.4.1.4: three entries do fit
        read(full)
    for at in range(len(whole) - 22 - 20 - 56, len(whole) - 22):
        damaged = whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
        with suppress(ValueError):
            assert read(damaged) == joined(ENTRIES)
