"""How else a value may be written: what is looked for where it should have been hidden, and hidden where it stands.

Case, spaces and what stands between its letters and digits do not count, nor whatever the normal form folds.
"""

from __future__ import annotations

import re
from typing import Final

from gateway.model.normalise import normalise
from gateway.protect.html_text import plain

NO_SIGN: Final = re.compile(r"[\W_]+")
TELLING: Final = 8  # letters and digits by which a value is known however it is written
HIDDEN: Final = "\u2022"
CUT: Final = "\u2026"


def said(text: str) -> str:
    """Return a text as it is compared, with single blanks."""
    return plain(normalise(text)).casefold()


def squeezed(text: str) -> str:
    """Return the letters and digits of a text as they are compared."""
    return NO_SIGN.sub("", said(text))


def spelling(value: str) -> re.Pattern[str]:
    """Return what finds a value in a normal form: of a short one the words with blanks between them, whole.

    A plus sign is a blank in what a form sends.
    """
    signs = squeezed(value)
    if len(signs) >= TELLING:
        return re.compile(r"[\W_]*+".join(map(re.escape, signs)), re.IGNORECASE)
    words = r"[\s+]+".join(map(re.escape, said(value).split()))
    return re.compile(rf"(?<![^\W_]){words}(?![^\W_])", re.IGNORECASE)


def form_of(masked: str) -> re.Pattern[str] | None:
    """Return what every value that is masked so looks like in its normal form; None where too much is left out."""
    if CUT in masked or HIDDEN not in masked:
        return None
    signs = {HIDDEN: r"[^\W_]", " ": r"\s+"}
    body = "".join(signs.get(sign) or re.escape(sign) for sign in plain(masked))
    return re.compile(rf"(?<![^\W_]){body}(?![^\W_])")
