"""`gateway bench seal` for the page that opens itself: how fast it is written and verified, and with how much memory.

Each round is a fresh process, which reads a file of random bytes, writes the page and has the second reader open it.
Import time is left out. There is no peer to stand beside it; how long a browser takes to open one is in the decision
record 0024.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.cli.bench_child import MEGA, in_child, memory, write_random
from gateway.protect import Plain, passphrase
from gateway.protect.content import InFile
from gateway.protect.methods.page import inside, reader, writer

OUTSIDE: Final = writer.Outside(organisation="Bench", help_contact="nobody", reference="t-1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Medians over the rounds: seconds, MB/s of both together, and MiB. `grew` is what sealing added to the peak."""

    megabytes: int
    write_seconds: float
    verify_seconds: float
    speed: float
    page_megabytes: float
    peak: float
    grew: float


def measure_page(
    megabytes: Sequence[int] = (1, 25, 200), rounds: int = 5, folder: Path | None = None
) -> list[Measured]:
    """Seal files of these sizes, so many times each; the sizes take turns."""
    with tempfile.TemporaryDirectory(prefix="bench-page-", dir=folder) as made:
        files = {size: Path(made) / f"{size}.bin" for size in megabytes}
        for size, file in files.items():
            write_random(file, size * MEGA)
        told: dict[int, list[Mapping[str, float]]] = {size: [] for size in files}
        for number in range(rounds + 1):  # the first one warms up
            for size, file in files.items():
                told[size] += [in_child(__name__, str(file))][: 1 if number else 0]
    return [_medians(size, runs) for size, runs in told.items()]


def _medians(megabytes: int, runs: Sequence[Mapping[str, float]]) -> Measured:
    def median(name: str) -> float:
        return statistics.median(each[name] for each in runs)

    return Measured(
        megabytes=megabytes,
        write_seconds=round(median("write"), 3),
        verify_seconds=round(median("verify"), 3),
        speed=round(statistics.median(megabytes / (each["write"] + each["verify"]) for each in runs), 1),
        page_megabytes=round(median("size") / MEGA, 2),
        peak=round(median("peak"), 1),
        grew=round(median("grew"), 1),
    )


def main(arguments: Sequence[str]) -> None:
    """Seal one file and verify it; tell the seconds, and the peak memory of this process in MiB."""
    source = Path(arguments[0])
    page, words = source.with_suffix(".html"), passphrase.draw()
    items = inside.arrange([Plain(name="content", media_type="application/octet-stream", content=InFile(source))])
    before, began = memory(), time.perf_counter()
    with page.open("wb") as target:
        writer.write(items, words, OUTSIDE, target)
    written = time.perf_counter()
    reader.check(page, items, words, passphrase.draw())
    verified = time.perf_counter()
    told = {
        "write": written - began,
        "verify": verified - written,
        "size": page.stat().st_size,
        "peak": memory(),
        "grew": memory() - before,
    }
    page.unlink()
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1:])
