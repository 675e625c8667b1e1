"""Shows an officer what one finding found: the words at its place and a few around them, for their eyes only.

That they ask is in the ledger before anything is opened. The content is opened in a hardened worker, and what is taken
of it is sealed at once for the key that the officer's page drew; it lies in the database for a minute, to be fetched
once. It is in no log, and on no disk in clear.
"""

from __future__ import annotations

from typing import Final

from gateway.classify.mask import mask
from gateway.daemon.inspectors import Inspectors
from gateway.errors import GatewayError
from gateway.extract.names import clean_name
from gateway.model.inspection import Finding, GapKind, Inspection
from gateway.model.record import Instruction
from gateway.model.transfer import Part, Transfer
from gateway.quarantine.revealing import check_reveal
from gateway.store import Vault
from gateway.store.exchange import REVEAL
from gateway.store.exchange import answer as leave_answer
from gateway.store.parcels import SqlParcels
from gateway.system.clock import Clock
from gateway.system.log import get_log

AROUND: Final = 60  # characters before what was found, and as many after it
LONGEST: Final = 2_000  # characters of what was found; what is longer is cut
GONE: Final = "it cannot be shown: what was found is not at its place any more"
DOT: Final = "\u2022"  # stands for a character that is not shown
LOCKED: Final = "it cannot be shown: it opened with a password of its sender, which was destroyed"
OUR_FAULT: Final = "it cannot be shown: something went wrong while it was opened"


class Revealer:
    """Carries out `Act.REVEAL`, and leaves the answer where whoever filed the instruction fetches it."""

    def __init__(self, vault: Vault, inspectors: Inspectors, parcels: SqlParcels, clock: Clock) -> None:
        self._vault, self._inspectors, self._parcels, self._clock = vault, inspectors, parcels, clock

    def __call__(self, transfer: Transfer, instruction: Instruction) -> None:
        """Leave what was asked for, or in words why not. Never raises: that somebody asked is recorded already."""
        try:
            answer = self._shown(transfer, instruction)
        except Exception as error:  # noqa: BLE001 - whatever a page asked for must not hold the transfer up
            get_log().error("reveal:failed", transfer=transfer.id, error=type(error).__name__)
            answer = {"trouble": OUR_FAULT}
        key = instruction.found.key if instruction.found else ""
        try:
            leave_answer(self._parcels, REVEAL, instruction.id, key, answer, self._clock.now())
        except GatewayError as error:
            get_log().error("reveal:failed", transfer=transfer.id, error=type(error).__name__)

    def _shown(self, transfer: Transfer, instruction: Instruction) -> dict[str, str]:
        finding = check_reveal(transfer, instruction)
        for part in transfer.parts:
            if clean_name(part.name) != finding.part.partition("/")[0]:
                continue
            if (text := self._taken(part, finding)) is not None:
                before, after = _around(text, finding, transfer.inspection)
                return {
                    "before": before,
                    "value": text[finding.start : finding.end][:LONGEST],
                    "after": after,
                    "entity": finding.entity,
                    "where": str(finding.where),
                }
        return {"trouble": LOCKED if transfer.passwords_object_id else GONE}

    def _taken(self, part: Part, finding: Finding) -> str | None:
        """Return the segment in which a finding stands, None where something else stands at its place."""
        with self._inspectors.lend() as inspector:
            opened = inspector.extract(part.name, self._vault.read(part.object_id))
        for each in opened.parts:
            if each.part == finding.part and finding.segment < len(each.segments):
                text = each.segments[finding.segment].text
                value = text[finding.start : finding.end]
                if value and mask(finding.entity, value) == finding.masked:
                    return text
        return None


def _around(text: str, finding: Finding, inspection: Inspection | None) -> tuple[str, str]:
    """Return the words before and after what was found; what else was found there is hidden, for one value is shown.

    Nothing where not all was found: too much of it, and nobody knows what else stands there.
    """
    if inspection is None or any(gap.kind is GapKind.TOO_MANY for gap in inspection.gaps):
        return "", ""
    shown = list(text)
    for each in inspection.findings:
        if (each.part, each.segment) == (finding.part, finding.segment):
            shown[each.start : each.end] = DOT * len(shown[each.start : each.end])
    around = "".join(shown)
    return around[max(0, finding.start - AROUND) : finding.start], around[finding.end : finding.end + AROUND]
