"""Documents written out with their places marked: `«title»` becomes the canary of the place "title"."""

from __future__ import annotations

import re
from typing import Final

from gateway.testing.canaries import Cage

PLACE: Final = re.compile("«([^»~]*)(?:~([^»]*))?»")
CUT: Final = 6


def filled(template: str, put: Cage) -> str:
    """Return a template with a canary in every place; what stands behind a `~` is put into the middle of the word."""

    def word(match: re.Match[str]) -> str:
        made = put(match[1])
        return made if match[2] is None else f"{made[:CUT]}{match[2]}{made[CUT:]}"

    return PLACE.sub(word, template)
