from __future__ import annotations

import subprocess
import tempfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.protect.armour import armour, crc24


@pytest.mark.parametrize(
    ("data", "crc"),
    [
        (b"", 0xB704CE),
        (b"123456789", 0x21CF02),  # the check value of the catalogue of parametrised CRC algorithms, CRC-24/OPENPGP
    ],
)
def test_known_checksums(data: bytes, crc: int) -> None:
    assert crc24(data) == crc


@given(st.binary(max_size=200))
def test_two_octets_at_a_time_is_the_same_as_bit_by_bit(data: bytes) -> None:
    crc = 0xB704CE
    for octet in data:
        crc ^= octet << 16
        for _ in range(8):
            crc = crc << 1 ^ (0x1864CFB if crc & 0x800000 else 0)
    assert crc24(data) == crc & 0xFFFFFF


@pytest.mark.needs("gpg")
@settings(max_examples=10)
@given(st.binary(min_size=1, max_size=200))
def test_gpg_takes_the_armour_off_again(data: bytes) -> None:
    with tempfile.TemporaryDirectory(prefix="k") as home:
        command = ["gpg", f"--homedir={home}", "--batch", "--no-options", "--no-tty", "--dearmor"]
        for ending in (b"", b"1", b"12"):  # every padding
            ran = subprocess.run(command, input=armour(data + ending), capture_output=True, check=False)
            assert (ran.returncode, ran.stdout) == (0, data + ending)
