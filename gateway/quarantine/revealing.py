"""An officer wants to see what a finding found, or read the words around all of them: who may, and what it is."""

from __future__ import annotations

import base64
import binascii
from typing import Final

from gateway.errors import NotFound, NotPermitted
from gateway.model.inspection import Finding, Inspection
from gateway.model.record import Instruction
from gateway.model.transfer import Transfer
from gateway.quarantine.party import check_reason, held_delivery, refuse_party

KEY_SIZE: Final = 32  # bytes of an X25519 public key (RFC 7748)


def check_reveal(transfer: Transfer, instruction: Instruction) -> Finding:
    """Return the finding whose words are to be shown: one of a held delivery, to an officer who is no party to it.

    Raises `NotFound` when it is not held or there is no such finding, `NotPermitted` when the officer is party to it,
    when the key to which it is to be sealed is none, or when the reason is missing or too long.
    """
    _check_asker(transfer, instruction)
    check_reason(instruction)
    wanted = instruction.found
    if wanted is None:
        raise NotPermitted("it is not said what to show", hint="ask for it on the page of the transfer")
    place = (wanted.part, wanted.segment, wanted.start, wanted.end, wanted.entity)
    for finding in transfer.inspection.findings if transfer.inspection else ():
        if (finding.part, finding.segment, finding.start, finding.end, finding.entity) == place:
            return finding
    raise NotFound(f"{transfer.id} has no such finding", hint="it was read again meanwhile; load the page anew")


def check_read(transfer: Transfer, instruction: Instruction) -> Inspection:
    """Return the inspection whose findings are to be shown among the words around them, masked; no reason is needed.

    Raises as `check_reveal`, and `NotFound` where nothing was found.
    """
    _check_asker(transfer, instruction)
    seen = transfer.inspection
    if seen is None or not (seen.findings or seen.marking):
        raise NotFound(f"nothing was found in {transfer.id}", hint="load the page anew")
    return seen


def _check_asker(transfer: Transfer, instruction: Instruction) -> None:
    """Refuse who may not see content of it: whoever is party to any of its deliveries."""
    held_delivery(transfer, instruction)
    for each in transfer.deliveries:  # what one recipient's delivery shows is what all of them would get
        refuse_party(transfer, each, address=instruction.officer_address, account=instruction.officer_account)
    if not _is_key(instruction.key):
        raise NotPermitted("it is not said to whose key to show it", hint="ask for it on the page of the transfer")


def _is_key(text: str) -> bool:
    try:
        return len(base64.b64decode(text, validate=True)) == KEY_SIZE
    except (binascii.Error, ValueError):
        return False
