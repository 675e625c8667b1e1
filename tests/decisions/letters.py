"""The letters of the hand-written tables, and what each one means.

D  deliver as it is                                     T  over verified TLS
S  sealed with AES-256, neutral outside                 V  the same, and recorded and kept as a disclosure
P  the same, and recorded and kept as a disclosure      R  as it is, and recorded and kept as a disclosure
E  sealed with AES-256, for removable media             W  the same, and recorded and kept as a disclosure
Q  quarantine   A  quarantine, and the sender is asked for a reason   X  refuse

A `+` behind a letter: the gateway marks the subject and a header, because the sender's marking says too little.
A `*` behind that: it is kept as a disclosure about the safety of a child.
Sources: S4 Appendix 2B (PROTECT over the public internet, RESTRICTED), S3 4.4 ("automatically secure" domains), S4 4.2
(marking), S1 8.1(a) and Appendix 11 (record of disclosure), S4 Appendix 2B, Disposal (retention), S3 4.5 (removable
media).
"""

from __future__ import annotations

from typing import Final

from gateway.model.verdict import Obligation, Outcome, Verdict

O = Obligation  # noqa: E741 - short, in a table
SEALED: Final = frozenset({O.SEAL_AES256, O.NEUTRAL_SUBJECT})
RECORDED: Final = frozenset({O.DISCLOSURE_RECORD, "retain:disclosure"})
MARKED: Final = frozenset({O.MARK_SUBJECT, O.MARK_HEADER})
ABOUT_A_CHILD: Final = frozenset({"retain:safeguarding"})
SIGNS: Final = (("+", MARKED), ("*", ABOUT_A_CHILD))
NONE: Final = frozenset[str]()
MEANS: Final = {
    "D": (Outcome.DELIVER, NONE),
    "S": (Outcome.DELIVER, SEALED),
    "P": (Outcome.DELIVER, SEALED | RECORDED),
    "E": (Outcome.DELIVER, frozenset({O.SEAL_AES256})),
    "W": (Outcome.DELIVER, frozenset({O.SEAL_AES256}) | RECORDED),
    "T": (Outcome.DELIVER, frozenset({O.TLS_VERIFIED})),
    "V": (Outcome.DELIVER, frozenset({O.TLS_VERIFIED}) | RECORDED),
    "R": (Outcome.DELIVER, RECORDED),
    "Q": (Outcome.QUARANTINE, NONE),
    "A": (Outcome.QUARANTINE, frozenset({O.ASK_REASON})),
    "X": (Outcome.REFUSE, NONE),
}


def letter_of(verdict: Verdict) -> str:
    """Return the letter of a verdict; every verdict of the tables has one."""
    obligations, signs = verdict.obligations, ""
    for sign, means in SIGNS:
        if obligations >= means:
            obligations, signs = obligations - means, signs + sign
    (letter,) = (letter for letter, means in MEANS.items() if means == (verdict.outcome, obligations))
    return letter + signs


def rows_of(table: str, names: int) -> list[tuple[list[str], list[str]]]:
    """Return the rows of a table: the words that name a row (between bars), and its cells."""
    rows = [line.split("|") for line in table.strip().splitlines()]
    return [([each.strip() for each in row[:names]], row[names].split()) for row in rows]
