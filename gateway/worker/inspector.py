"""The daemon's side: hands content to a worker and turns whatever happens into an `Inspection`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from gateway.extract import Extraction, Limits
from gateway.extract.names import clean_name
from gateway.model.inspection import Gap, GapKind, Inspection, MarkingStatus
from gateway.system.clock import Clock, MachineClock
from gateway.system.sandbox import LONGEST, Lost, Patience, Pool, WorkerLost, python_command
from gateway.worker.setup import Setup
from gateway.worker.wire import Asked, Mode, parse_extraction, parse_inspection, parse_place, write_request

UNREAD = "application/octet-stream"
DEADLINE = 300.0
PART_DEADLINE = 60.0
MEMORY = 2 << 30
DOCUMENTS = 100
MOST_LOST = 5  # places in one part that cost a worker each; content that ends more of them is not read further
MOST_PICTURES = 10_000
LONGEST_INSPECTION = 128 << 20


@dataclass(slots=True, kw_only=True)
class _Asking:
    """One part being asked about, with what was lost at it so far. `top` is its name as gaps call it.

    `again`: a worker ended, for which somebody else may be to blame, so another one reads the same once more.
    """

    asked: Asked
    top: str
    left: float
    again: bool = False
    lost: dict[str, GapKind] = field(default_factory=dict)

    def note(self, trouble: WorkerLost) -> Gap | None:
        """Note that a worker was lost within the part; return the gap for all of it when that cannot be helped.

        The first that ended costs nothing but the time. What a worker says it was at is believed only so far as to
        pass over it next time: whatever it names becomes a gap, and a worker that is lost where it should have passed
        over, or says nonsense, costs the whole part.
        """
        kind = GapKind.TIMEOUT if trouble.kind is Lost.TIMEOUT else GapKind.CRASHED
        self.left -= trouble.seconds
        if trouble.kind is Lost.ENDED and not self.again and self.left > 0:
            self.again = True
            return None
        try:
            place = parse_place(trouble.at, self.top) if trouble.at else self.top
        except ValueError:
            place = self.top
        if place == self.top or place in self.lost or len(self.lost) == MOST_LOST or self.left <= 0:
            return Gap(part=self.top, kind=kind, detail="worker")
        self.lost[place] = kind
        return None

    def and_lost(self, gaps: Sequence[Gap]) -> tuple[Gap, ...]:
        """Return the gaps with one for each place where a worker was lost, also where the next one says of none."""
        noted = {(gap.part, gap.kind) for gap in gaps} | {(f"{gap.part}#{gap.detail}", gap.kind) for gap in gaps}
        missing = [place for place in self.lost.items() if place not in noted]
        return (*gaps, *(Gap(part=part, kind=kind, detail="worker") for part, kind in missing))


class Inspector:
    """Inspects content in hardened workers. Thread-safe: several runners may ask at once.

    `read_with` is the hash of the policy files that they were started with, where whoever started them says it.
    """

    read_with: str = ""

    def __init__(
        self, pool: Pool, *, deadline: float, limits: Limits, clock: Clock, part_deadline: float = PART_DEADLINE
    ) -> None:
        self._pool, self._deadline, self._part_deadline = pool, deadline, part_deadline
        self._limits, self._clock = limits, clock

    @classmethod
    def start(
        cls,
        *,
        workers: int = 2,
        deadline: float = DEADLINE,
        part_deadline: float = PART_DEADLINE,
        memory: int = MEMORY,
        documents: int = DOCUMENTS,
        limits: Limits | None = None,
        allow_degraded: bool = False,
        setup: Setup,
    ) -> Inspector:
        """Start the workers. A file has `deadline` seconds, each part within it `part_deadline`, a worker `memory`.

        A worker is replaced after so many `documents`. Raises `Unsound` where walls or plug-ins are missing.
        """
        pool = Pool(
            python_command("gateway.worker"),
            setup.write(),
            size=workers,
            memory=memory,
            deadline=deadline,
            documents=documents,
            allow_degraded=allow_degraded,
        )
        return cls(
            pool, deadline=deadline, part_deadline=part_deadline, limits=limits or Limits(), clock=MachineClock()
        )

    def inspect(
        self,
        name: str,
        content: bytes,
        *,
        seconds: float | None = None,
        pages: int | None = None,
        passwords: Sequence[str] = (),
    ) -> Inspection:
        """Return what extract and classify say about one file. Never raises for content: trouble is a `Gap`.

        `seconds` and `pages` are what is left of a transfer's time and of its budget of pictures.
        """
        begun = self._clock.monotonic()
        asking = self._asking(Mode.INSPECT, name, passwords, seconds, pages)
        answer = self._ask(asking, content)
        elapsed = 1000 * (self._clock.monotonic() - begun)
        if isinstance(answer, bytes):
            try:
                seen = parse_inspection(answer, elapsed)
            except ValueError:  # the child answers nonsense
                answer = Gap(part=asking.top, kind=GapKind.CRASHED, detail="answer")
            else:
                return replace(seen, gaps=asking.and_lost(seen.gaps)) if asking.lost else seen
        return Inspection(
            media_type=UNREAD,
            marking=None,
            marking_status=MarkingStatus.NONE,
            findings=(),
            people=None,
            gaps=asking.and_lost((answer,)),
            elapsed_ms=elapsed,
        )

    def extract(self, name: str, content: bytes, *, passwords: Sequence[str] = ()) -> Extraction:
        """Return all text of one file, for `gateway extract`. Never raises for content."""
        asking = self._asking(Mode.EXTRACT, name, passwords)
        answer = self._ask(asking, content)
        if isinstance(answer, bytes):
            try:
                seen = parse_extraction(answer)
            except ValueError:  # the child answers nonsense
                answer = Gap(part=asking.top, kind=GapKind.CRASHED, detail="answer")
            else:
                return replace(seen, gaps=asking.and_lost(seen.gaps))
        return Extraction(parts=(), gaps=asking.and_lost((answer,)))

    def _asking(
        self,
        mode: Mode,
        name: str,
        passwords: Sequence[str],
        seconds: float | None = None,
        pages: int | None = None,
    ) -> _Asking:
        left = self._deadline if seconds is None else min(seconds, self._deadline)
        limits = self._limits if pages is None else replace(self._limits, pages=min(pages, self._limits.pages))
        asked = Asked(mode=mode, name=name, limits=limits, seconds=left, passwords=tuple(passwords))
        return _Asking(asked=asked, top=clean_name(name), left=left)

    def _ask(self, asking: _Asking, content: bytes) -> bytes | Gap:
        """Return a worker's answer, or the gap that stands for it.

        A worker that is lost within the part costs what it was at: another one reads the rest in the time left. One
        that was killed may have been killed from outside: a fresh one reads the same once more first.
        """
        if len(content) > self._limits.part_size:
            return Gap(part=asking.top, kind=GapKind.TOO_LARGE, detail="part_size")
        while True:
            is_first = not (asking.again or asking.lost)
            asked = asking.asked if is_first else replace(asking.asked, seconds=asking.left, lost=asking.lost)
            patience = Patience(
                seconds=asking.left,
                part=self._part_deadline,
                steps=4 * asked.limits.parts + MOST_PICTURES,
                longest=LONGEST_INSPECTION if asked.mode is Mode.INSPECT else LONGEST,
                once=bool(asked.passwords),
                fresh=asking.again,
            )
            try:
                return self._pool.ask(write_request(asked), content, patience)
            except WorkerLost as trouble:
                gap = asking.note(trouble)
                if gap:
                    return gap

    def close(self) -> None:
        """End the workers."""
        self._pool.close()
