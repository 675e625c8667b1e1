"""The daemon's side: hands content to a worker and turns whatever happens into an `Inspection`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from gateway.extract import Extraction, Limits
from gateway.extract.names import clean_name
from gateway.model.inspection import Gap, GapKind, Inspection, MarkingStatus
from gateway.system.clock import Clock, MachineClock
from gateway.system.sandbox import Lost, Pool, WorkerLost, python_command
from gateway.worker.wire import Mode, parse_extraction, parse_inspection, request

UNREAD = "application/octet-stream"
DEADLINE = 30.0
MEMORY = 2 << 30
NO_PLUGINS: Mapping[str, Sequence[str]] = {}


class Inspector:
    """Inspects content in hardened workers. Thread-safe: several runners may ask at once."""

    def __init__(self, pool: Pool, *, deadline: float, limits: Limits, clock: Clock) -> None:
        self._pool, self._deadline, self._limits, self._clock = pool, deadline, limits, clock

    @classmethod
    def start(
        cls,
        *,
        workers: int = 2,
        deadline: float = DEADLINE,
        memory: int = MEMORY,
        limits: Limits | None = None,
        allow_degraded: bool = False,
        schemes: str | None,
        plugins: Mapping[str, Sequence[str]] = NO_PLUGINS,
    ) -> Inspector:
        """Start the workers. `deadline` in seconds and `memory` in bytes are per part and worker.

        `schemes` is the YAML text of the marking schemes; None starts workers that only extract. `plugins` names
        entry points by kind (`extractors`, `detectors`). Raises `Unsound` where walls or plug-ins are missing.
        """
        setup = json.dumps({"schemes": schemes, "plugins": {kind: list(names) for kind, names in plugins.items()}})
        pool = Pool(
            python_command("gateway.worker"),
            setup.encode(),
            size=workers,
            memory=memory,
            deadline=deadline,
            allow_degraded=allow_degraded,
        )
        return cls(pool, deadline=deadline, limits=limits or Limits(), clock=MachineClock())

    def inspect(self, name: str, content: bytes, *, seconds: float | None = None) -> Inspection:
        """Return what extract and classify say about one part. Never raises for content: trouble is a `Gap`.

        `seconds` is what is left of a transfer's time; a part has never more than the workers' deadline.
        """
        begun = self._clock.monotonic()
        answer = self._ask(Mode.INSPECT, name, content, seconds)
        elapsed = 1000 * (self._clock.monotonic() - begun)
        if isinstance(answer, bytes):
            try:
                return parse_inspection(answer, elapsed)
            except ValueError:  # the child answers nonsense
                answer = Gap(part=clean_name(name), kind=GapKind.CRASHED, detail="answer")
        return Inspection(
            media_type=UNREAD,
            marking=None,
            marking_status=MarkingStatus.NONE,
            findings=(),
            people=None,
            gaps=(answer,),
            elapsed_ms=elapsed,
        )

    def extract(self, name: str, content: bytes) -> Extraction:
        """Return all text of one part, for `gateway extract`. Never raises for content."""
        answer = self._ask(Mode.EXTRACT, name, content)
        if isinstance(answer, bytes):
            try:
                return parse_extraction(answer)
            except ValueError:  # the child answers nonsense
                answer = Gap(part=clean_name(name), kind=GapKind.CRASHED, detail="answer")
        return Extraction(parts=(), gaps=(answer,))

    def _ask(self, mode: Mode, name: str, content: bytes, seconds: float | None = None) -> bytes | Gap:
        """Return a worker's answer, or the gap that stands for it."""
        if len(content) > self._limits.part_size:
            return Gap(part=clean_name(name), kind=GapKind.TOO_LARGE, detail="part_size")
        try:
            return self._pool.ask(
                *request(mode, name, self._limits, content), seconds=min(seconds or self._deadline, self._deadline)
            )
        except WorkerLost as lost:
            kind = GapKind.TIMEOUT if lost.kind is Lost.TIMEOUT else GapKind.CRASHED
            return Gap(part=clean_name(name), kind=kind, detail="worker")

    def close(self) -> None:
        """End the workers."""
        self._pool.close()
