"""What a subject line asks for. Only the answer is kept: a subject may say as much as the content."""

from __future__ import annotations

import re
from typing import Final

from gateway.model.normal_form import nfkc

REPLIES: Final = re.compile(r"^\s*(?:(?:re|fw|fwd|aw|wg)\s*(?:\[\d+\])?\s*:\s*)++", re.IGNORECASE)
IN_BRACKETS: Final = re.compile(r"[\[(]\s*(encrypt|secure)\s*[\])]")
AT_AN_END: Final = re.compile(r"^encrypt\b(?!-)|(?<![\w-])encrypt[.!]?$")
IN_THE_WAY: Final = re.compile(rf" ?{IN_BRACKETS.pattern} ?", re.IGNORECASE)
IN_FRONT: Final = re.compile(r"^(?:encrypt\b(?!-)[ :;,.|\u2013\u2014-]*)+", re.IGNORECASE)
BEHIND: Final = re.compile(r"(?<![\w-])encrypt[.!]?$", re.IGNORECASE)
WORD: Final = len("encrypt.")
JOINS: Final = " :;,|\u2013\u2014-"
"""What joins the word at the end to the rest of a subject."""
LONGEST: Final = 3_000
"""Characters of a subject out of which words are taken. Nobody writes a longer one."""
MOST: Final = 20  # times that taking words out may bring others together


def asks_for_encryption(subject: str) -> bool:
    """Say whether a subject asks for a sealed form (seed S3 section 4.4; `[secure]` is NHSmail's word).

    `Encrypt` counts as a whole word at the start or the end, after any `Re:` or `Fwd:`; `[encrypt]` and `[secure]`
    count anywhere. One of more than `LONGEST` characters asks, whatever it says. Asking only ever adds protection.
    """
    return len(subject) > LONGEST or has_wish(subject)


def has_wish(subject: str) -> bool:
    """Say whether a word that asks for encryption stands in a subject, however long that is."""
    plain = REPLIES.sub("", " ".join(nfkc(subject).casefold().split()))
    return bool(IN_BRACKETS.search(plain) or AT_AN_END.search(plain))


def without_wish(subject: str) -> str:
    """Return a subject without the words that ask for encryption, on one line; as it is where there are none.

    What remains asks no more. Only where letters that look like those of such a word were used are all of them
    written plainly (NFKC). Nothing remains of one that is full of such words within each other, or of a long one
    with such a word (see `LONGEST`).
    """
    if not has_wish(subject):
        return subject
    if len(subject) > LONGEST:
        return ""
    left = " ".join(subject.split())
    for plainly in (False, True):
        left = nfkc(left) if plainly and asks_for_encryption(left) else left
        for _ in range(MOST):
            if not asks_for_encryption(left):
                return left
            left = _shortened(left)
    return "" if asks_for_encryption(left) else left


def _shortened(subject: str) -> str:
    """Return a subject without what asks for encryption in plain letters, and without what joined it to the rest."""
    replies = REPLIES.match(subject)
    start = replies.end() if replies else 0
    rest = IN_FRONT.sub("", IN_THE_WAY.sub(" ", subject[start:]).strip())
    while found := BEHIND.search(rest, max(0, len(rest) - WORD)):
        rest = rest[: found.start()].rstrip(JOINS)
    return (subject[:start] + rest).strip()
