"""Passages: the words around findings, with what was found masked, as an officer reads them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gateway.model.inspection import Where

A_PLACE: Final = 12
"""Findings of one place that are listed, and around which there are passages; a list of a thousand helps nobody."""

MARKING: Final = "MARKING"
"""What stands for an entity at a protective marking, which is shown as it is."""


class Unshown(StrEnum):
    """Why what an officer asked to see cannot be shown."""

    FAULT = "fault"  # of ours
    GONE = "gone"  # something else stands at its place
    LOCKED = "locked"  # it opened with a password of its sender, which was destroyed
    NOT_ALL = "not_all"  # not everything was found, so nobody knows what else stands around it


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Words of a passage. With an `entity` they are what was found, masked; without one they stand there so."""

    text: str
    entity: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """Where in which part it stands (as its findings say), and its words in order."""

    part: str
    where: Where
    runs: tuple[Run, ...]
