"""Which mail a machine wrote by itself: nobody there reads an answer (RFC 3834 section 2, RFC 2076 3.9)."""

from __future__ import annotations

from typing import Final

from gateway.intake.fields import taken_out

SUBMITTED: Final = b"Auto-Submitted"
PRECEDENCE: Final = b"Precedence"
NOT: Final = "no"
IN_BULK: Final = frozenset({"bulk", "junk", "list"})


def is_automatic(message: bytes) -> bool:
    """Say whether a message says of itself that it was written or answered by a machine, or sent in bulk.

    Auto-Submitted may have parameters behind its word (RFC 3834 section 5); any other word than `no` counts.
    """
    said = {each.partition(";")[0].partition("(")[0].strip().lower() for each in taken_out(message, SUBMITTED)[1]}
    return bool(said - {NOT, ""}) or any(each.strip().lower() in IN_BULK for each in taken_out(message, PRECEDENCE)[1])
