"""The second reader of AE-2 containers: reads what pyzipper writes, refuses everything else."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest
import pyzipper
from hypothesis import given, settings
from hypothesis import strategies as st
from pyzipper.zipfile_aes import AESZipInfo

from gateway.errors import NotSealed
from gateway.protect import Plain, ae2, container
from gateway.protect.container_check import own_reader

WORDS = "one-two-three"
ENTRIES = [("contents.txt", b"list"), ("document-1.csv", b"a,b\r\n" * 100), ("document-2", b"")]


def weaker(bits: int, version: int) -> bytes:
    target = io.BytesIO()
    with pyzipper.AESZipFile(target, "w", encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(WORDS.encode())
        archive.setencryption(pyzipper.WZ_AES, nbits=bits, force_wz_aes_version=version)
        archive.writestr(AESZipInfo("contents.txt"), b"list")
    return target.getvalue()


@settings(max_examples=25)
@given(st.lists(st.binary(max_size=300), min_size=1, max_size=4))
def test_what_was_written_is_read(contents: list[bytes]) -> None:
    entries = [(f"document-{number}", content) for number, content in enumerate(contents)]
    assert ae2.read(container.write(entries, WORDS), WORDS) == entries


def test_another_passphrase_is_refused() -> None:
    with pytest.raises(ValueError, match=r"passphrase|altered"):
        ae2.read(container.write(ENTRIES, WORDS), "one-two-four")


def test_every_flipped_bit_is_noticed() -> None:
    whole = container.write([("a.txt", b"0123456789")], WORDS)
    noticed = 0
    for at in range(len(whole)):
        flipped = whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
        try:
            same = ae2.read(flipped, WORDS) == [("a.txt", b"0123456789")]
        except (ValueError, struct.error):
            same = False
        noticed += not same
    # versions, flags' other bits, dates and attributes carry no content; everything sealed is covered
    sealed = slice(30 + 5 + 11, 30 + 5 + 11 + 16 + 2 + 10 + 10)
    assert noticed > 80
    for at in range(*sealed.indices(len(whole))):
        with pytest.raises(ValueError, match=r"passphrase|altered"):
            ae2.read(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :], WORDS)


@pytest.mark.parametrize(("bits", "version"), [(128, 2), (192, 2), (256, 1)])
def test_less_than_ae2_with_256_bits_is_refused(bits: int, version: int) -> None:
    with pytest.raises(ValueError, match="not AE-2 with AES-256"):
        ae2.read(weaker(bits, version), WORDS)


def test_a_plain_zip_is_refused() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("contents.txt", b"list")
    with pytest.raises(NotSealed, match="not AE-2"):
        own_reader(target.getvalue(), [("contents.txt", b"list")], WORDS, "other")


def test_something_before_between_or_behind_is_refused() -> None:
    whole = container.write(ENTRIES, WORDS)
    for hidden in (b"x" + whole, whole + b"x"):
        with pytest.raises(ValueError, match=r"end record|between"):
            ae2.read(hidden, WORDS)


@given(st.binary(max_size=200))
def test_any_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(NotSealed, match="the container"):
        own_reader(data, ENTRIES, WORDS, "other")


def test_other_content_than_sealed_is_refused() -> None:
    with pytest.raises(NotSealed, match="does not hold what was sealed"):
        own_reader(container.write(ENTRIES, WORDS), [*ENTRIES[:-1], ("document-2", b"x")], WORDS, "other")


def test_a_container_that_opens_with_another_passphrase_is_refused() -> None:
    with pytest.raises(NotSealed, match="another passphrase"):
        own_reader(container.write(ENTRIES, WORDS), ENTRIES, WORDS, WORDS)


def test_without_any_checker_nothing_is_sealed() -> None:
    sealing = container.ZipEncryptor(checkers=())
    with pytest.raises(NotSealed, match="nobody but the writer"):
        sealing.seal([Plain(name="a", media_type="text/plain", content=b"x")], "a@b.example", "secure-1")
    absent = container.ZipEncryptor(checkers=(lambda *_: "", own_reader))
    sealed = absent.seal([Plain(name="a", media_type="text/plain", content=b"x")], "a@b.example", "secure-1")
    assert sealed.evidence.verified_by == "own AE-2 reader"
