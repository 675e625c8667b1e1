"""What a subject line asks for. Only the answer is kept: a subject may say as much as the content."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

REPLIES: Final = re.compile(r"^\s*((re|fw|fwd|aw|wg)\s*(\[\d+\])?\s*:\s*)+")
IN_BRACKETS: Final = re.compile(r"[\[(]\s*(encrypt|secure)\s*[\])]")
AT_AN_END: Final = re.compile(r"^encrypt\b(?!-)|(?<![\w-])encrypt[.!]?$")


def asks_for_encryption(subject: str) -> bool:
    """Say whether a subject asks for a sealed form (seed S3 section 4.4; `[secure]` is NHSmail's word).

    `Encrypt` counts as a whole word at the start or the end, after any `Re:` or `Fwd:`; `[encrypt]` and `[secure]`
    count anywhere. Asking only ever adds protection.
    """
    plain = unicodedata.normalize("NFKC", subject).casefold().strip()
    plain = REPLIES.sub("", plain).strip()
    return bool(IN_BRACKETS.search(plain) or AT_AN_END.search(plain))
