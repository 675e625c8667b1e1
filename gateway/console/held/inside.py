"""Which parts were opened in the files of a transfer, for a page: as many as a row holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.model.inspection import MOST_NAMES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.console.words.tongue import Tongue
    from gateway.model.inspection import Inspection

SHOWN: Final = 20
"""Names that a page lists."""


def inside(inspection: Inspection | None, tongue: Tongue) -> tuple[Sequence[str], str]:
    """Return the names of the outermost parts, and in words how many are not listed; empty where none are."""
    names = inspection.names if inspection else ()
    if len(names) <= SHOWN:
        return names, ""
    if len(names) >= MOST_NAMES:  # nobody counted those that were not kept
        return names[:SHOWN], tongue.say("and more")
    return names[:SHOWN], tongue.several("and %(num)s more", "and %(num)s more", len(names) - SHOWN)
