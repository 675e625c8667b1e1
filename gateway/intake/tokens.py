"""The addresses that a sender may answer to: each says what an answer does, to which transfer, and until when.

    answer+HHHHHHHHRRRRRRRRRRTTTTTMMMMMMMMMMMMMMMMMMMMMMMMMM@own.domain        at most 64 characters before the @
           transfer's id     until the proof

The proof is the first 130 bits of an HMAC-SHA256 over all of it, the transfer's sender and all its deliveries, and of a
reply the question that it answers. `until` are hours since 1970. Who has no such address, or another sender's, can do
nothing with it; whoever gets at one must also send as that sender, past the mail server of the organisation. One that
was used is worth nothing: what it is for can be done once (`quarantine.review`).
"""

from __future__ import annotations

import hmac
import re
from datetime import UTC, datetime, timedelta
from typing import Final

from gateway.model.record import Act
from gateway.model.transfer import Transfer
from gateway.system.ids import ALPHABET

HOUR: Final = timedelta(hours=1)
WRITTEN: Final = re.compile(
    rf"(?P<act>{Act.ANSWER}|{Act.RECALL}|{Act.REPLY})\+"
    rf"(?P<seconds>[0-9a-f]{{8}})(?P<random>[{ALPHABET}]{{10}})(?P<until>[0-9a-f]{{5}})(?P<proof>[{ALPHABET}]{{26}})"
)
OURS: Final = re.compile(r"t-([0-9a-f]{8})-([0-9a-z]{10})")
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
BITS: Final = 5


class Given:
    """What an address says that was given to somebody: not known to be ours until it is proved."""

    def __init__(self, local_part: str) -> None:
        """Read what stands before the `@`; `ValueError` when it is no such address. Capitals do not matter."""
        found = WRITTEN.fullmatch(local_part.lower())
        if found is None:
            raise ValueError("it is none of our addresses")
        self.act = Act(found["act"])
        self.transfer_id = f"t-{found['seconds']}-{found['random']}"
        self.until = EPOCH + HOUR * int(found["until"], 16)
        self.proof = found["proof"]


class Tokens:
    """Gives addresses and knows them again, by a key of its own."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def give(self, act: Act, transfer: Transfer, until: datetime) -> str:
        """Return what stands before the `@`, good for this until the end of that hour; empty without such an id."""
        found = OURS.fullmatch(transfer.id)
        if found is None:
            return ""
        hours = -(-(until - EPOCH) // HOUR)
        return f"{act}+{found[1]}{found[2]}{hours:05x}{self._proof(act, transfer, hours)}"

    def is_ours(self, given: Given, transfer: Transfer) -> bool:
        """Say whether we gave it for this transfer, in a time that does not depend on what is wrong with it."""
        hours = (given.until - EPOCH) // HOUR
        return hmac.compare_digest(given.proof, self._proof(given.act, transfer, hours))

    def _proof(self, act: Act, transfer: Transfer, hours: int) -> str:
        deliveries = [each.id for each in transfer.deliveries]
        question = transfer.open_question if act is Act.REPLY else None
        asked = [question.id] if question else []  # so that an old address does not answer another question
        said = "\0".join([act, transfer.id, str(hours), transfer.sender.casefold(), *deliveries, *asked])
        digest = int.from_bytes(hmac.digest(self._key, said.encode(), "sha256")[:17], "big") >> 6
        return "".join(ALPHABET[digest >> shift & 31] for shift in range(125, -1, -BITS))
