"""Looks over the policy files that classify reads, without building a classifier: what is wrong, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.classify.builtin import builtin
from gateway.classify.declared import FILE, declarations, declared
from gateway.classify.informed import informed
from gateway.classify.marking.labels.rules import rules_of
from gateway.classify.marking.schemes import parse_schemes
from gateway.model.document import Complaints, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from gateway.errors import Complaint


def check(policies: Mapping[str, str], entities: AbstractSet[str] | None) -> tuple[Complaint, ...]:
    """Return every complaint about schemes, labels, lexicons and declared detectors; `entities` are what policy knows.

    `policies` are the texts of the files by name; without `entities` those of declared detectors are not looked at.
    """
    complaints = Complaints()
    for step in (parse_schemes, rules_of, declared):
        with complaints:
            step(policies)
    with complaints:
        informed(builtin(), policies)
    with complaints:
        complaints.add(*_strangers(policies, entities))
    return tuple(complaints.found)


def _strangers(policies: Mapping[str, str], entities: AbstractSet[str] | None) -> Iterator[Complaint]:
    """Yield the names that declared detectors share with one that is built in, and entities that no rule can name."""
    if FILE not in policies:
        return
    taken = {each.name for each in builtin()}
    document, listed = declarations(policies[FILE])
    for number, each in enumerate(listed):
        if each.name in taken:
            message = f"there is a detector '{each.name}' that is built in; name yours otherwise"
            yield document.complaint(("detectors", number, "name"), message)
        if entities is not None and each.entity not in entities:
            known = nearest(each.entity, entities)
            message = f"no rule can name '{each.entity}'; add it to 'entities_of_plugins' in tiers.yaml, or {known}"
            yield document.complaint(("detectors", number, "entity"), message)
