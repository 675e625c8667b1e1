"""The vault beside raw AES-GCM: what the format, the hash and the key cost. For `gateway bench seal`."""

from __future__ import annotations

import io
import os
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import GCM

from gateway.cli.bench_child import MEGA, PIECE, memory, write_random
from gateway.store import StoredObject
from gateway.store.embedded import Store, create_keys, open_store
from gateway.system.clock import MachineClock
from gateway.testing.store_values import accept

TAG: Final = 16
KEY: Final = bytes(range(32))
NONCE: Final = bytes(12)


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultFigures:
    """MB/s from file to file, medians; ratios are of the medians. `peak` is MiB above the idle process, the largest."""

    size: int
    rounds: int
    raw_write: float
    vault_write: float
    write_ratio: float
    raw_read: float
    vault_read: float
    read_ratio: float
    peak: float


def measure_vault(*, size: int = 200 * MEGA, rounds: int = 5, folder: Path | None = None) -> VaultFigures:
    """Measure how fast content goes into the vault and out of it, beside raw AES-256-GCM with no format at all.

    Raw is one GCM stream of pyca/cryptography, read and written a mebibyte at a time into the same piece of memory.
    Both sides read the same file, warm in the page cache, write another file and flush it to the disk before the
    clock stops. The vault also hashes with SHA-256, derives and wraps a key for the object, and flushes its folder.
    Each figure comes from a fresh process; the four take turns in every round. `folder` is where the files lie.
    """
    with tempfile.TemporaryDirectory(prefix="gateway-vault-", dir=folder) as place:
        home = Path(place)
        write_random(home / "content", size)
        create_keys(home / "state")
        seconds: dict[str, list[float]] = defaultdict(list)
        peaks = [0.0]
        for _ in range(rounds):
            for name in ACTS:
                taken, peak = _in_a_fresh_process(name, home)
                seconds[name].append(taken)
                if name.startswith("vault"):
                    peaks.append(peak)
    speed = {name: size / MEGA / statistics.median(taken) for name, taken in seconds.items()}
    return VaultFigures(
        size=size,
        rounds=rounds,
        raw_write=round(speed["raw_write"], 1),
        vault_write=round(speed["vault_write"], 1),
        write_ratio=round(speed["vault_write"] / speed["raw_write"], 3),
        raw_read=round(speed["raw_read"], 1),
        vault_read=round(speed["vault_read"], 1),
        read_ratio=round(speed["vault_read"] / speed["raw_read"], 3),
        peak=round(max(peaks), 1),
    )


def _in_a_fresh_process(name: str, home: Path) -> tuple[float, float]:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as child:
        return child.submit(_measured, name, str(home)).result()


def _measured(name: str, home: str) -> tuple[float, float]:
    """Return how many seconds an act takes, and its peak of memory in MiB above the process before it."""
    return ACTS[name](Path(home))


def _timed(act: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds of an act, and how far memory rose above what it was: proc(5), clear_refs and VmHWM."""
    Path("/proc/self/clear_refs").write_text("5")
    idle = memory("VmRSS")
    begin = time.perf_counter()
    act()
    return time.perf_counter() - begin, memory() - idle


def _raw_write(home: Path) -> tuple[float, float]:
    encryptor = Cipher(AES(KEY), GCM(NONCE)).encryptor()

    def act() -> None:
        _through(home / "content", home / "raw", encryptor.update_into)
        encryptor.finalize()

    return _timed(act)


def _raw_read(home: Path) -> tuple[float, float]:
    decryptor = Cipher(AES(KEY), GCM(NONCE)).decryptor()

    def act() -> None:
        _through(home / "raw", home / "clear", decryptor.update_into)

    return _timed(act)


def _through(source: Path, target: Path, change: Callable[[bytes, memoryview], int]) -> None:
    """Change a file into another, durable on return."""
    place = memoryview(bytearray(PIECE + TAG))
    with source.open("rb", buffering=0) as reading, target.open("wb", buffering=0) as writing:
        while piece := reading.read(PIECE):
            writing.write(place[: change(piece, place)])
        os.fsync(writing.fileno())


def _vault_write(home: Path) -> tuple[float, float]:
    with _opened(home) as store, (home / "content").open("rb", buffering=0) as source:
        store.vault.put(io.BytesIO(bytes(1000)))  # loads what is loaded late
        kept: list[StoredObject] = []
        figures = _timed(lambda: kept.append(store.vault.put(source)))
        accept(store, objects=kept)
        (home / "object").write_text(kept[0].id)
    return figures


def _vault_read(home: Path) -> tuple[float, float]:
    object_id = (home / "object").read_text()

    def act() -> None:
        with (home / "clear").open("wb") as target:
            store.vault.copy(object_id, target)
            target.flush()
            os.fsync(target.fileno())

    with _opened(home) as store:
        figures = _timed(act)
        store.vault.destroy(object_id)
    return figures


@contextmanager
def _opened(home: Path) -> Iterator[Store]:
    store = open_store(state=home / "state", vault=home / "vault", clock=MachineClock())
    try:
        yield store
    finally:
        store.close()


ACTS: Final[Mapping[str, Callable[[Path], tuple[float, float]]]] = {
    "raw_write": _raw_write,
    "vault_write": _vault_write,
    "raw_read": _raw_read,
    "vault_read": _vault_read,
}
