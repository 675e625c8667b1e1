"""Detectors that read policy files before they can work: lexicons, tables, rules of the operator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from gateway.model.document import Complaints

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.classify import Detector, Examiner


@runtime_checkable
class Informed(Protocol):
    """What a detector or examiner offers that has to read first."""

    def read(self, policies: Mapping[str, str]) -> Detector | Examiner:
        """Return what can work, from the texts of the policy files by name; `Invalid` with every complaint."""


def informed(detectors: Sequence[Detector | Examiner], policies: Mapping[str, str]) -> list[Detector | Examiner]:
    """Return the detectors, each with what it reads; `Invalid` with the complaints of all of them."""
    ready: list[Detector | Examiner] = []
    complaints = Complaints()
    for each in detectors:
        with complaints:
            ready.append(each.read(policies) if isinstance(each, Informed) else each)
    complaints.settle()
    return ready
