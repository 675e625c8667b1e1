"""Bombs: files that grow, multiply or climb without end. All in one child of its own, whose memory is measured.

By its high-water mark in /proc: that of getrusage(2) begins with what the parent had.
"""

from __future__ import annotations

import bz2
import io
import json
import lzma
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from gateway.testing.canaries.archive_bytes import by_libarchive, cms, gzipped, literal, rar_5, tarred
from gateway.testing.canaries.archive_bytes import zipped as archive

MEGABYTE = 1_000_000
MEMORY = 512 * MEGABYTE
SECONDS = 10  # of a processor
OPEN = """
import json, pathlib, re, sys, time
from gateway.extract import Limits
from gateway.extract.builtin import builtin
from gateway.extract.walk import extract

extractors = builtin()
for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    begun = time.process_time()
    extraction = extract(path.name, path.read_bytes(), Limits(), extractors)
    print(json.dumps({
        "name": path.name, "seconds": time.process_time() - begun, "parts": len(extraction.parts),
        "gaps": sorted({f"{gap.kind}: {gap.detail}" for gap in extraction.gaps}),
        "memory": 1024 * int(re.search(r"VmHWM:\\s*(\\d+)", pathlib.Path("/proc/self/status").read_text())[1]),
    }))
"""


def zeros(size: int, level: int = 9) -> bytes:
    """Return a deflated stream of `size` zeros, made of one piece over and over."""
    packer = zlib.compressobj(level, zlib.DEFLATED, -15)
    piece = packer.compress(bytes(10 * MEGABYTE)) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(bytes(10 * MEGABYTE)) + packer.flush(zlib.Z_FULL_FLUSH)
    return piece + again * (size // (10 * MEGABYTE) - 1) + packer.flush()


def local(name: bytes, packed: int, size: int, crc: int, method: int = 8) -> bytes:
    return struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, method, 0, 33, crc, packed, size, len(name), 0) + name


def central(name: bytes, packed: int, size: int, crc: int, offset: int, method: int = 8) -> bytes:
    head = struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, method, 0, 33, crc, packed, size, len(name), 0, 0, 0, 0, 0,
                       offset)  # fmt: skip
    return head + name


def closed(body: bytes, directory: bytes, count: int) -> bytes:
    here = min(count, 0xFFFF)
    record = b""
    if count > here:
        at = len(body) + len(directory)
        record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, len(directory), len(body))
        record += struct.pack("<4sLQL", b"PK\6\7", 0, at, 1)
    return (
        body + directory + record + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, here, here, len(directory), len(body), 0)
    )


def zip_of_zeros() -> bytes:
    """10 GB that claim to be a kilobyte."""
    packed = zeros(10_000 * MEGABYTE)
    head = local(b"a.txt", len(packed), 1000, 0)
    return closed(head + packed, central(b"a.txt", len(packed), 1000, 0, 0), 1)


def matryoshka() -> bytes:
    """As 42.zip is: sixteen archives in each of sixteen, five times over, and 4 GB at the bottom of each."""
    data = archive({"0.dll": bytes(40 * MEGABYTE)})
    for level in range(5):
        data = archive({f"lib {level}{number:x}.zip": data for number in range(16)})
    return data


def million() -> bytes:
    """A million entries with the same octet in each."""
    head, crc = local(b"000000", 1, 1, zlib.crc32(b"x"), 0) + b"x", zlib.crc32(b"x")
    whole = central(b"......", 1, 1, crc, 0, 0)
    return closed(head, b"".join(whole[:-6] + b"%06d" % number for number in range(MEGABYTE)), MEGABYTE)


def overlapping() -> bytes:
    """D. Fifield, "A better zip bomb": each entry quotes the header of the next, and then is the next."""
    packed, content = zeros(10 * MEGABYTE), bytes(10 * MEGABYTE)
    files: list[tuple[bytes, int, int, int]] = []
    body = b""
    for number in range(40):
        name, crc = b"%03d" % number, zlib.crc32(content)
        files.append((name, len(packed), len(content), crc))
        head = local(name, len(packed), len(content), crc)
        body = head + packed
        packed, content = struct.pack("<BHH", 0, len(head), len(head) ^ 0xFFFF) + body, head + content
    directory, at = b"", 0
    for name, packed_size, size, crc in reversed(files):
        directory += central(name, packed_size, size, crc, at)
        at += len(local(name, 0, 0, 0)) + 5
    return closed(body, directory, len(files))


def seven_zip_dictionary() -> bytes:
    """A 7z whose dictionary claims 4 GB."""
    data = bytearray(by_libarchive({"a.txt": b"text " * 1000}, "7zip", options="compression=lzma1"))
    at = data.rfind(b"\x03\x01\x01\x05\x5d")
    assert at > 0
    data[at + 5 : at + 9] = b"\xff\xff\xff\xff"
    start, size = struct.unpack_from("<2Q", data, 12)
    struct.pack_into("<L", data, 28, zlib.crc32(data[32 + start : 32 + start + size]))
    struct.pack_into("<L", data, 8, zlib.crc32(data[12:32]))
    return bytes(data)


def lzma_dictionary() -> bytes:
    data = bytearray(lzma.compress(b"text", lzma.FORMAT_ALONE))
    data[1:5] = b"\xff\xff\xff\xff"
    return bytes(data)


def sparse() -> bytes:
    """A TAR whose one file claims eight terabytes of holes."""
    records = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": str(1 << 43),
               "GNU.sparse.name": "a"}  # fmt: skip
    return tarred({"a": b"1\n0\n1\n".ljust(512, b"\0") + b"x"}, records=records)


def nested_gzip() -> bytes:
    data = bytes(100 * MEGABYTE)
    for _ in range(7):
        data = gzipped(data)
    return data


def many_folders() -> bytes:
    """Names of ten thousand folders each, all of them new."""
    return archive({"/".join(f"{number}x{each}" for each in range(7000)): b"" for number in range(40)})


BOMBS: Mapping[str, tuple[Callable[[], bytes], str]] = {
    "zeros.gz": (lambda: gzipped(bytes(100 * MEGABYTE)) * 100, "too_large: part_size"),
    "zeros.bz2": (lambda: bz2.compress(bytes(10 * MEGABYTE)) * 1000, "too_large: ratio"),
    "zeros.xz": (lambda: lzma.compress(bytes(100 * MEGABYTE), preset=0) * 100, "too_large: part_size"),
    "zeros.zst": (lambda: by_libarchive({"x": bytes(200 * MEGABYTE)}, "raw", "zstd"), "too_large: ratio"),
    "zeros.Z": (lambda: by_libarchive({"x": bytes(60 * MEGABYTE)}, "raw", "compress"), "too_large: ratio"),
    "zeros.7z": (lambda: by_libarchive({"x": bytes(25 * MEGABYTE)}, "7zip"), "too_large: ratio"),
    "zeros.zip": (zip_of_zeros, "too_large: part_size"),
    "zeros.pgp": (lambda: literal(bytes(60 * MEGABYTE)), "too_large: ratio"),
    "zeros.p7m": (lambda: cms("compressed", bytes(60 * MEGABYTE)), "too_large: ratio"),
    "zeros.tgz": (lambda: gzipped(tarred({"a": bytes(100 * MEGABYTE)})), "too_large: ratio"),
    "members.gz": (lambda: gzipped(gzipped(b"") * 900_000), "too_many: members"),
    "matryoshka.zip": (matryoshka, "too_large: ratio"),
    "million.zip": (million, "too_many: parts"),
    "million.tar.gz": (lambda: gzipped(tarred({"a": b""})[:512] * 38_000), "too_many: parts"),
    "overlapping.zip": (overlapping, "too_large: ratio"),
    "dictionary.7z": (seven_zip_dictionary, ""),
    "dictionary.lzma": (lzma_dictionary, "too_large: memory"),
    "sparse.tar": (sparse, "too_large: part_size"),
    "nested.gz": (nested_gzip, "too_large: ratio"),
    "folders.zip": (many_folders, ""),
    "headers.zip": (lambda: b"PK\3\4" * 5_000_000, "corrupt: no directory"),
    "blocks.rar": (lambda: rar_5({"a": b"x"})[:-8] + b"\0\0\0\0\3\2\2\2" * 2_000_000, "corrupt: damaged"),
    "records.tar": (lambda: tarred({"a": b"x"}, records={"comment": "9" * 900_000}), ""),
}


@pytest.fixture(scope="module")
def readings(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    folder: Path = tmp_path_factory.mktemp("bombs")
    for name, (make, _) in BOMBS.items():
        (folder / name).write_bytes(make())
    done = subprocess.run(
        [sys.executable, "-c", OPEN, str(folder)], capture_output=True, text=True, check=True, timeout=500
    )
    return {reading["name"]: reading for reading in map(json.loads, done.stdout.splitlines())}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_ends_soon_in_little_memory(readings: Mapping[str, Any], name: str) -> None:
    reading = readings[name]
    assert reading["seconds"] < SECONDS
    assert reading["memory"] < MEMORY
    assert not BOMBS[name][1] or BOMBS[name][1] in reading["gaps"]
    assert reading["parts"] <= 10_000


def test_the_overlapping_bomb_is_one() -> None:
    """Else the test above proves nothing: every entry must open, and all of them quote the same kernel."""
    bomb = overlapping()
    with zipfile.ZipFile(io.BytesIO(bomb)) as witness:
        sizes = [len(witness.read(entry)) for entry in witness.infolist()[::20]]
    assert all(size >= 10 * MEGABYTE for size in sizes)
    assert len(bomb) < MEGABYTE
