"""What a subject line asks for. Only the answer is kept: a subject may say as much as the content."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

REPLIES: Final = re.compile(r"^\s*((re|fw|fwd|aw|wg)\s*(\[\d+\])?\s*:\s*)+", re.IGNORECASE)
IN_BRACKETS: Final = re.compile(r"[\[(]\s*(encrypt|secure)\s*[\])]")
AT_AN_END: Final = re.compile(r"^encrypt\b(?!-)|(?<![\w-])encrypt[.!]?$")
JOINED: Final = re.compile(
    r"^encrypt\b(?!-)[\s:;,.|\u2013\u2014-]*|[\s:;,|\u2013\u2014-]*(?<![\w-])encrypt[.!]?$", re.IGNORECASE
)
"""The same with what joins it to the rest of the subject."""


def asks_for_encryption(subject: str) -> bool:
    """Say whether a subject asks for a sealed form (seed S3 section 4.4; `[secure]` is NHSmail's word).

    `Encrypt` counts as a whole word at the start or the end, after any `Re:` or `Fwd:`; `[encrypt]` and `[secure]`
    count anywhere. Asking only ever adds protection.
    """
    plain = unicodedata.normalize("NFKC", subject).casefold().strip()
    plain = REPLIES.sub("", plain).strip()
    return bool(IN_BRACKETS.search(plain) or AT_AN_END.search(plain))


def without_wish(subject: str) -> str:
    """Return a subject without the words that ask for encryption, on one line; as it is where there are none.

    What remains asks no more. Only where letters that look like those of such a word were used are all of them
    written plainly (NFKC).
    """
    left = subject
    for plainly in (False, True):
        left = unicodedata.normalize("NFKC", left) if plainly and asks_for_encryption(left) else left
        shorter = _shortened(left)
        while asks_for_encryption(left) and shorter != left:
            left, shorter = shorter, _shortened(shorter)
    return "" if asks_for_encryption(left) else left


def _shortened(subject: str) -> str:
    """Return a subject without what asks for encryption in plain letters, and without what joined it to the rest."""
    replies = REPLIES.match(subject)
    start = replies.end() if replies else 0
    rest = re.sub(rf"\s*{IN_BRACKETS.pattern}\s*", " ", subject[start:], flags=re.IGNORECASE).strip()
    return (subject[:start] + JOINED.sub("", rest)).strip()
