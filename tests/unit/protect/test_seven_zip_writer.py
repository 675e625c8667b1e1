"""The bytes of a 7z archive, against the published format: read here with `hashlib`, `zlib` and a cipher."""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import NotSealed
from gateway.protect import Plain
from gateway.protect.content import Held, whole
from gateway.protect.listing import arrange, arrange_named
from gateway.protect.methods import seven_zip_writer as writer
from gateway.protect.methods.seven_zip import SevenZipEncryptor
from tests.unit.protect.contents import Changing

WORDS = "one-two-three"
SALT = bytes(range(16))


def test_the_key_is_derived_as_the_format_says() -> None:
    slow = hashlib.sha256()
    for number in range(1 << 19):
        slow.update(SALT + WORDS.encode("utf-16-le") + number.to_bytes(8, "little"))
    assert writer.derived(WORDS, SALT) == slow.digest()


def read_number(data: bytes) -> int:
    """Read a packed number as `7zFormat.txt` says."""
    source = io.BytesIO(data)
    first, mask, value = source.read(1)[0], 0x80, 0
    for at in range(8):
        if not first & mask:
            return value + ((first & (mask - 1)) << (8 * at))
        value |= source.read(1)[0] << (8 * at)
        mask >>= 1
    return value


@given(st.one_of(st.integers(0, 2**64 - 1), st.integers(0, 64).map(lambda bit: min(1 << bit, 2**64 - 1))))
def test_numbers_are_packed_as_the_format_says(number: int) -> None:
    assert read_number(writer._number(number)) == number


@given(st.lists(st.booleans(), min_size=1, max_size=40))
def test_flags_are_packed_highest_first(flags: list[bool]) -> None:
    packed = writer._bits(flags)
    assert len(packed) == -(-len(flags) // 8)
    assert [bool(packed[at // 8] & (0x80 >> at % 8)) for at in range(len(flags))] == flags


def opened(archive: bytes) -> tuple[bytes, bytes]:
    """Return the content and the header within, both still packed as in the archive but opened."""
    crc, offset, size, header_crc = struct.unpack("<LQQL", archive[8:32])
    assert archive[:8] == b"7z\xbc\xaf\x27\x1c\x00\x04"
    assert zlib.crc32(archive[12:32]) == crc
    encoded = archive[32 + offset :]
    assert len(encoded) == size
    assert zlib.crc32(encoded) == header_crc
    assert encoded[0] == 0x17
    outer = encoded.index(bytes.fromhex("06f10701")) + 4
    assert encoded[outer : outer + 3] == bytes([34, 0xD3, 0xFF])
    salt, vector = encoded[outer + 3 : outer + 19], encoded[outer + 19 : outer + 35]
    key = writer.derived(WORDS, salt)
    at = read_number(encoded[2:])
    header = _open(key, vector, archive[32 + at : 32 + offset])
    inner = header.find(bytes.fromhex("06f10701")) + 4
    if inner < 4:
        return b"", header
    assert header[inner + 3 : inner + 19] == salt
    return _open(key, header[inner + 19 : inner + 35], archive[32 : 32 + at]), header


def _open(key: bytes, vector: bytes, sealed: bytes) -> bytes:
    return Cipher(algorithms.AES(key), modes.CBC(vector)).decryptor().update(sealed)


@pytest.mark.parametrize("sizes", [[0], [1], [15], [16], [17], [0, 5, 0], [3, 4, 1 << 20], [(1 << 20) + 1]])
def test_files_stand_one_after_the_other_and_names_in_the_sealed_header(sizes: list[int], tmp_path: Path) -> None:
    entries = [(f"Änne-{number}", Held(b"Anna Example. " * (size // 14 + 1))) for number, size in enumerate(sizes)]
    entries = [(name, Held(held.content[:size])) for (name, held), size in zip(entries, sizes, strict=True)]
    file = tmp_path / "a.7z"
    writer.write(entries, WORDS, file)
    archive = file.read_bytes()
    content, header = opened(archive)
    total = sum(sizes)
    assert content[:total] == b"".join(held.content for _, held in entries)
    assert content[total:] == bytes(-total % 16)
    for name, held in entries:
        assert name.encode("utf-16-le") in header
        assert name.encode("utf-16-le") not in archive
        assert not held.size or struct.pack("<L", zlib.crc32(held.content)) in header
    assert b"Anna Ex" not in archive
    assert WORDS.encode() not in archive
    assert WORDS.encode("utf-16-le") not in archive


def test_the_same_files_never_make_the_same_bytes(tmp_path: Path) -> None:
    one, other = tmp_path / "1", tmp_path / "2"
    for file in (one, other):
        writer.write([("a", Held(bytes(64)))], WORDS, file)
    assert one.read_bytes()[32:96] != other.read_bytes()[32:96]


@pytest.mark.parametrize("content", [Changing(10, 11), Changing(10, 9)])
def test_content_that_changes_meanwhile_is_not_sealed(content: Changing, tmp_path: Path) -> None:
    with pytest.raises(NotSealed, match="changed while"):
        writer.write([("a", content)], WORDS, tmp_path / "a.7z")


def test_no_passphrase_seals_nothing(tmp_path: Path) -> None:
    with pytest.raises(NotSealed, match="no passphrase"):
        writer.write([("a", Held(b"x"))], "", tmp_path / "a.7z")


def test_without_the_program_the_method_is_not_available(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not SevenZipEncryptor().may_seal_for("a@b.example")
    with pytest.raises(NotSealed, match="not installed"):
        SevenZipEncryptor().seal([Plain(name="a", media_type="a/b", content=Held(b"x"))], "", "s", tmp_path, WORDS)
    assert list(tmp_path.iterdir()) == []


def named(*names: str, marking: str = "") -> list[Plain]:
    return [Plain(name=name, media_type="a/b", content=Held(b"x"), marking=marking) for name in names]


def test_names_that_stay_readable_are_neutral_and_the_list_has_the_true_ones() -> None:
    items = arrange(named("Anna.csv", "b/Anna.csv", marking="OFFICIAL"))
    assert [item.entry for item in items] == ["contents.txt", "document-1.csv", "document-2.csv"]
    listing = whole(items[0].content)
    assert listing.decode("utf-8-sig") == (
        "Protective marking: OFFICIAL\r\n\r\ndocument-1.csv: Anna.csv\r\ndocument-2.csv: Anna.csv\r\n"
    )


@pytest.mark.parametrize(
    ("parts", "entries"),
    [
        (named("Anna.csv"), ["Anna.csv"]),
        (named("Anna.csv", "ANNA.csv"), ["Anna.csv", "ANNA-2.csv"]),
        (named("contents.txt", marking="OFFICIAL"), ["contents.txt", "contents-2.txt"]),
        (named("../../etc/passwd", ""), ["passwd", "file"]),
    ],
)
def test_names_that_are_hidden_are_the_true_ones(parts: list[Plain], entries: list[str]) -> None:
    assert [item.entry for item in arrange_named(parts)] == entries
