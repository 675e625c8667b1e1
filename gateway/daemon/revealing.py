"""Shows an officer what was found: one value with a few words around it, or the passages of all of it, masked.

That they ask is in the ledger before anything is opened. The content is opened in a hardened worker, and what is taken
of it is sealed at once for the key that the officer's page drew; it lies in the database for a minute, to be fetched
once. It is in no log, and on no disk in clear.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from gateway.classify.mask import mask
from gateway.classify.passages import AROUND, DOT, by_segment, passages_of
from gateway.daemon.inspectors import Inspectors
from gateway.errors import GatewayError
from gateway.extract.names import clean_name
from gateway.model.inspection import Finding, GapKind, Inspection, OpenedPart, Segment
from gateway.model.passage import Unshown
from gateway.model.record import Act, Instruction
from gateway.model.transfer import Part, Transfer
from gateway.quarantine.revealing import check_read, check_reveal
from gateway.store import Vault
from gateway.store.exchange import SHOWN, plain_passages
from gateway.store.exchange import answer as leave_answer
from gateway.store.parcels import SqlParcels
from gateway.system.clock import Clock
from gateway.system.log import get_log

LONGEST: Final = 2_000  # characters of what was found; what is longer is cut
MOST_FILES: Final = 20  # files of a transfer that are opened for passages, and
FOR: Final = 20.0  # seconds after which no further one is: who asked waits
MOST: Final = 200  # passages that are shown
UNKNOWN: Final = frozenset({GapKind.TOO_MANY, GapKind.DETECTOR_FAILED})
"""Gaps with which nobody knows what else stands near what was found: no words around it are shown."""


class Revealer:
    """Carries out what officers ask to see, and leaves the answer where whoever filed the instruction fetches it."""

    def __init__(self, vault: Vault, inspectors: Inspectors, parcels: SqlParcels, clock: Clock) -> None:
        self._vault, self._inspectors, self._parcels, self._clock = vault, inspectors, parcels, clock

    def __call__(self, transfer: Transfer, instruction: Instruction) -> None:
        """Leave what was asked for, or in words why not. Never raises: that somebody asked is recorded already."""
        show = self._passages if instruction.act is Act.READ else self._value
        try:
            answer: Mapping[str, object] = show(transfer, instruction)
        except Exception as error:  # noqa: BLE001 - whatever a page asked for must not hold the transfer up
            get_log().error("reveal:failed", transfer=transfer.id, error=type(error).__name__)
            answer = {"trouble": Unshown.FAULT}
        try:
            leave_answer(self._parcels, SHOWN, instruction.id, instruction.key, answer, self._clock.now())
        except GatewayError as error:
            get_log().error("reveal:failed", transfer=transfer.id, error=type(error).__name__)

    def _value(self, transfer: Transfer, instruction: Instruction) -> Mapping[str, object]:
        finding = check_reveal(transfer, instruction)
        for part in transfer.parts:
            if clean_name(part.name) != _root(finding.part):
                continue
            for each in self._opened(part):
                if each.part == finding.part and (text := _text(each, finding.segment, [finding])) is not None:
                    before, after = _around(text, finding, transfer.inspection)
                    value = text[finding.start : finding.end][:LONGEST]
                    return {"before": before, "value": value, "after": after}
        return {"trouble": _why_gone(transfer)}

    def _passages(self, transfer: Transfer, instruction: Instruction) -> Mapping[str, object]:
        seen = check_read(transfer, instruction)
        if _is_unknown(seen):
            return {"trouble": Unshown.NOT_ALL}
        segments = dict(self._segments(transfer, seen))
        passages = tuple(islice(passages_of(seen, segments), MOST))
        return plain_passages(passages) if passages else {"trouble": _why_gone(transfer)}

    def _segments(self, transfer: Transfer, seen: Inspection) -> Iterator[tuple[tuple[str, int], Segment]]:
        """Yield each segment in which something was found and still stands, and those that may bear the marking."""
        found, end = by_segment(seen.findings), self._clock.monotonic() + FOR
        marked = (seen.marking.part, seen.marking.where) if seen.marking else None
        roots = {_root(part) for part, _ in (*found, *([marked] if marked else ()))}
        files = (each for each in transfer.parts if clean_name(each.name) in roots)
        for file in islice(files, MOST_FILES):
            if self._clock.monotonic() >= end:
                return
            for each in self._opened(file):
                for number, segment in enumerate(each.segments):
                    own = found.get((each.part, number), [])
                    if (own or (each.part, segment.where) == marked) and _text(each, number, own) is not None:
                        yield (each.part, number), segment

    def _opened(self, part: Part) -> Sequence[OpenedPart]:
        with self._inspectors.lend() as inspector:
            return inspector.extract(part.name, self._vault.read(part.object_id)).parts


def _why_gone(transfer: Transfer) -> Unshown:
    return Unshown.LOCKED if transfer.passwords_object_id else Unshown.GONE


def _root(path: str) -> str:
    return path.partition("/")[0]


def _is_unknown(seen: Inspection) -> bool:
    return any(gap.kind in UNKNOWN for gap in seen.gaps)


def _text(opened: OpenedPart, segment: int, findings: Sequence[Finding]) -> str | None:
    """Return the text of a segment, None where something else stands at the place of one of these findings."""
    if segment >= len(opened.segments):
        return None
    text = opened.segments[segment].text
    values = ((each, text[each.start : each.end]) for each in findings)
    return text if all(value and mask(each.entity, value) == each.masked for each, value in values) else None


def _around(text: str, finding: Finding, inspection: Inspection | None) -> tuple[str, str]:
    """Return the words before and after what was found; what else was found there is hidden, for one value is shown.

    Nothing where not all was found: nobody knows what else stands there.
    """
    if inspection is None or _is_unknown(inspection):
        return "", ""
    shown = list(text)
    for each in inspection.findings:
        if (each.part, each.segment) == (finding.part, finding.segment):
            shown[each.start : each.end] = DOT * len(shown[each.start : each.end])
    around = "".join(shown)
    return around[max(0, finding.start - AROUND) : finding.start], around[finding.end : finding.end + AROUND]
