"""What is taken out of the header of mail on its way outside."""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import AfterValidator

from gateway.model.validation import Strict
from gateway.protect.outward import INTERNAL, NEEDED, Privacy, Trace

NAME: Final = re.compile(r"[A-Za-z0-9-]{1,76}\*?")
NOT_HERE: Final = "Received"


def _field(given: str) -> str:
    if not NAME.fullmatch(given):
        raise ValueError(f"'{given}' is no name of a header field; write for example X-Originating-IP or X-Source-*")
    lost = sorted(each for each in NEEDED if given.lower() == each or _begins(each, given.lower()))
    if given.lower() == NOT_HERE.lower():
        raise ValueError(f"'{given}' has a setting of its own; set 'received'")
    if lost:
        raise ValueError(f"'{given}' would take out {lost[0]}, which mail needs; write a longer name")
    return given


def _begins(name: str, wanted: str) -> bool:
    return wanted.endswith("*") and name.startswith(wanted[:-1])


Field: TypeAlias = Annotated[str, AfterValidator(_field)]


class PrivacySettings(Strict):
    """What people outside need not know. `received` is for the trace that machines inside left."""

    received: Literal["keep", "anonymise", "strip"] = "keep"
    headers: tuple[Field, ...] = INTERNAL

    def privacy(self, wish_kept: frozenset[str]) -> Privacy:
        """Return it as protect takes it, with the channels that keep the word that asks for encryption."""
        return Privacy(received=Trace(self.received), fields=self.headers, wish_kept=wish_kept)
