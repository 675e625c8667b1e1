"""What a mail says of its own priority: `Importance` and `Priority` (RFC 2156 5.3.4 and 5.3.6, RFC 4021), `X-Priority`.

The first is what mail programs show as "high importance", the last what older ones write for it. Who calls their mail
urgent has it handed over before other mail, and nothing else: no rule knows of it.
"""

from __future__ import annotations

from typing import Final

from gateway.intake.fields import taken_out

URGENT: Final = {
    b"Importance": frozenset({"high"}),
    b"Priority": frozenset({"urgent"}),
    b"X-Priority": frozenset({"1", "2"}),
}
"""The fields, and the first words of theirs that say so."""


def is_urgent(content: bytes) -> bool:
    """Say whether a message calls itself urgent."""
    return any(_first_word(said) in words for name, words in URGENT.items() for said in taken_out(content, name)[1])


def _first_word(said: str) -> str:
    return next(iter(said.lower().replace("(", " ").split()), "")
