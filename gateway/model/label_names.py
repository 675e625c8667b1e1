"""By what a property or a header field is called: whether a labelling product wrote it."""

from __future__ import annotations

import re
from typing import Final

_LABEL: Final = re.compile(
    r"msip_label|^bj(document|label|saver|cl[a-z])|^(?-i:bj[A-Z])|titus|sio-label|confidentialitylabel"
    r"|classification|protective.?marking|security.?label|^x-([\w-]*(marking|classif|-label$)|label|bj|boldon|sio)"
    r"|^(docslabel|docindexref|sisl)$",
    re.IGNORECASE,
)


def is_label(name: str) -> bool:
    """Say whether a name is one that Purview, Boldon James, Titus, STANAG 4774 or RFC 7444 programs give a label."""
    return bool(_LABEL.search(name))
