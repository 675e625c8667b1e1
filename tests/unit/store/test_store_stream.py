"""Streams are Tink's: the tink package reads ours, we read its, and neither reads what was touched."""

from __future__ import annotations

import base64
import io
import json
import secrets

import pytest
import tink
from hypothesis import given, settings
from hypothesis import strategies as st
from tink import secret_key_access, streaming_aead
from tink.proto import aes_gcm_hkdf_streaming_pb2, common_pb2

from gateway.errors import Damaged
from gateway.store.stream import HEADER, SEGMENT, TAG, decrypt, encrypt, encrypted, read_fully

KEY = bytes(range(32))
DATA = b"bound to this"
FIRST = SEGMENT - HEADER - TAG
NEXT = SEGMENT - TAG
SIZES = [0, 1, 100, FIRST - 1, FIRST, FIRST + 1, FIRST + NEXT - 1, FIRST + NEXT, FIRST + NEXT + 1, 3 * SEGMENT]


def tink_primitive() -> streaming_aead.StreamingAead:
    streaming_aead.register()
    parameters = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingParams(
        ciphertext_segment_size=SEGMENT, derived_key_size=32, hkdf_hash_type=common_pb2.SHA256
    )
    key = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingKey(version=0, key_value=KEY, params=parameters)
    keyset = {
        "primaryKeyId": 1,
        "key": [
            {
                "keyData": {
                    "typeUrl": "type.googleapis.com/google.crypto.tink.AesGcmHkdfStreamingKey",
                    "value": base64.b64encode(key.SerializeToString()).decode(),
                    "keyMaterialType": "SYMMETRIC",
                },
                "status": "ENABLED",
                "keyId": 1,
                "outputPrefixType": "RAW",
            }
        ],
    }
    handle = tink.json_proto_keyset_format.parse(json.dumps(keyset), secret_key_access.TOKEN)
    return handle.primitive(streaming_aead.StreamingAead)


def sealed(content: bytes, key: bytes = KEY, data: bytes = DATA) -> bytes:
    target = io.BytesIO()
    encrypt(key, data, io.BytesIO(content), target)
    return target.getvalue()


def opened(body: bytes, key: bytes = KEY, data: bytes = DATA) -> bytes:
    target = io.BytesIO()
    decrypt(key, data, io.BytesIO(body), target)
    return target.getvalue()


@pytest.mark.parametrize("size", SIZES)
def test_tink_reads_what_we_write(size: int) -> None:
    content = secrets.token_bytes(size)
    with tink_primitive().new_decrypting_stream(io.BytesIO(sealed(content)), DATA) as reader:
        assert reader.read() == content


@pytest.mark.parametrize("size", [each for each in SIZES if each <= FIRST])
def test_tink_reads_what_we_write_at_once(size: int) -> None:
    content = secrets.token_bytes(size)
    with tink_primitive().new_decrypting_stream(io.BytesIO(encrypted(KEY, DATA, content)), DATA) as reader:
        assert reader.read() == content


def test_what_takes_two_segments_is_not_written_at_once() -> None:
    with pytest.raises(ValueError, match="more than one segment"):
        encrypted(KEY, DATA, bytes(FIRST + 1))


class Kept(io.BytesIO):
    """Keeps its content when tink closes it."""

    def close(self) -> None:
        """Stay open."""


@pytest.mark.parametrize("size", SIZES)
def test_we_read_what_tink_writes(size: int) -> None:
    content, target = secrets.token_bytes(size), Kept()
    with tink_primitive().new_encrypting_stream(target, DATA) as writer:
        writer.write(content)
    assert opened(target.getvalue()) == content


@pytest.mark.parametrize("size", SIZES)
def test_we_read_what_we_write_and_it_is_no_longer_than_it_must_be(size: int) -> None:
    content = secrets.token_bytes(size)
    body = sealed(content)
    assert opened(body) == content
    segments = 1 + max(0, -(-(size - FIRST) // NEXT))
    assert len(body) == HEADER + size + segments * TAG


@given(content=st.binary(max_size=300), at=st.integers(min_value=0), flip=st.integers(min_value=1, max_value=255))
def test_a_changed_byte_is_found_wherever_it_is(content: bytes, at: int, flip: int) -> None:
    body = bytearray(sealed(content))
    body[at % len(body)] ^= flip
    with pytest.raises(Damaged):
        opened(bytes(body))


@given(content=st.binary(max_size=300), cut=st.integers(min_value=1))
def test_a_cut_is_found_wherever_it_is(content: bytes, cut: int) -> None:
    body = sealed(content)
    with pytest.raises(Damaged):
        opened(body[: -(cut % len(body)) or -1])


@pytest.mark.parametrize("kept", [SEGMENT, 2 * SEGMENT, SEGMENT - 1, 2 * SEGMENT + 1])
def test_a_cut_at_a_segment_is_found(kept: int) -> None:
    body = sealed(bytes(2 * SEGMENT + 1000))
    with pytest.raises(Damaged):
        opened(body[:kept])


def test_segments_that_change_places_or_come_twice_are_found() -> None:
    body = sealed(bytes(4 * SEGMENT))
    parts = [body[at : at + SEGMENT] for at in range(0, len(body), SEGMENT)]
    for wrong in ([0, 2, 1, 3, 4], [0, 1, 1, 2, 3, 4], [0, 1, 3, 4], [0, 1, 2, 3, 4, 4]):
        with pytest.raises(Damaged):
            opened(b"".join(parts[number] for number in wrong))


def test_bytes_after_the_end_are_found() -> None:
    for content in (b"", b"x", bytes(FIRST), bytes(FIRST + NEXT)):
        with pytest.raises(Damaged):
            opened(sealed(content) + b"\0")


@given(data=st.binary(max_size=40).filter(lambda data: data != DATA))
@settings(max_examples=20)
def test_other_associated_data_opens_nothing(data: bytes) -> None:
    with pytest.raises(Damaged):
        opened(sealed(b"content"), data=data)


def test_another_key_opens_nothing() -> None:
    with pytest.raises(Damaged):
        opened(sealed(b"content"), key=bytes(32))


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_a_key_of_another_size_is_a_mistake(size: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        sealed(b"", key=bytes(size))


def test_a_source_is_read_to_its_end_however_little_it_gives() -> None:
    class Drops(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 0, 7))

    assert read_fully(Drops(bytes(100)), 90) == bytes(90)
    assert read_fully(Drops(bytes(100)), 200) == bytes(100)
