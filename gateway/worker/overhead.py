"""What the sandbox adds to a tiny file: the same extraction asked of a warm worker and called in this process."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from typing import Final

from gateway.extract import Aids, Extraction, Limits
from gateway.extract.builtin import builtin
from gateway.extract.walk import extract
from gateway.worker.inspector import Inspector
from gateway.worker.setup import Setup

ASKS: Final = 300
WARMING: Final = 50
NAME, CONTENT = "note.txt", b"Minutes of the flower show: the committee met on Tuesday.\n"


def overhead(asks: int = ASKS) -> Mapping[str, float]:
    """Return medians in milliseconds over `asks` calls of each kind, which take turns: both meet the same machine.

    `sandboxed_ms` and `in_process_ms` are one call, `added_ms` is the difference, `fresh_worker_ms` is what the first
    call of a fresh worker costs more. A worker is fresh once in a hundred files.
    """
    extractors, limits, aids = builtin(), Limits(), Aids()

    def in_process() -> Extraction:
        return extract(NAME, CONTENT, limits, extractors, aids)

    warm = Inspector.start(workers=1, documents=WARMING + 10 * asks, setup=Setup())
    fresh = Inspector.start(workers=1, documents=1, setup=Setup())
    try:

        def sandboxed() -> Extraction:
            return warm.extract(NAME, CONTENT)

        for _ in range(WARMING):
            if sandboxed() != in_process():
                raise AssertionError
        pairs = [(_milliseconds(sandboxed), _milliseconds(in_process)) for _ in range(asks)]
        first = [_milliseconds(lambda: fresh.extract(NAME, CONTENT)) for _ in range(max(10, asks // 10))]
    finally:
        warm.close()
        fresh.close()
    behind_walls, plain = (statistics.median(times) for times in zip(*pairs, strict=True))
    return {
        "sandboxed_ms": round(behind_walls, 4),
        "in_process_ms": round(plain, 4),
        "added_ms": round(behind_walls - plain, 4),
        "fresh_worker_ms": round(statistics.median(first) - behind_walls, 2),
    }


def _milliseconds(call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - begun)
