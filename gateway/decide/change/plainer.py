"""Makes an example plainer, so that a person understands it at once: without what does not matter, by a real route."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, replace
from typing import Any, Final

from gateway.decide.policy import Policy
from gateway.decide.proof.axes import OTHER, PLAIN
from gateway.model.facts import Facts

TOGETHER: Final = (
    ("marking", "marking_status"),
    ("entities",),
    ("people",),
    ("gaps",),
    ("size",),
    ("approvals", "approved_by"),
    ("approved_by",),
    ("partner", "partner_kind", "agreement", "due_diligence"),
    ("agreement", "due_diligence"),
    ("due_diligence",),
    ("country", "abroad"),
    ("abroad",),
    *((name,) for name in ("descriptors", "caveats", "under_marked", "recipients", "recipient_is", "unit")),
    *((name,) for name in ("encrypt_requested", "protected_thread", "reason_given", "consent", "hours", "day")),
    *((name,) for name in ("sender", "recipient")),
)
"""Fields that are made plain together, because each means nothing without the other."""
ORDINARY: Final = {"can": frozenset({"zip"})}
"""What anybody has; an example that does not turn on it is easier to believe with it."""


def plainer(facts: Facts, policies: Sequence[Policy], is_such: Callable[[Facts], bool]) -> Facts:
    """Return facts with as much made plain as leaves them such an example."""
    for change in _changes(facts, policies):
        changed = replace(facts, **_still(facts, change))
        if changed != facts and is_such(changed):
            facts = changed
    return facts


def unusual(facts: Facts) -> int:
    """Return how many facts are not the plainest."""
    return sum(getattr(facts, field.name) != getattr(PLAIN, field.name) for field in fields(Facts))


def _changes(facts: Facts, policies: Sequence[Policy]) -> Iterator[dict[str, Any]]:
    for names in TOGETHER:
        yield {name: getattr(PLAIN, name) for name in names}
    yield from ({"entities": each} for each, _ in facts.entities)
    for name in ("gaps", "recipient_is", "descriptors", "caveats", "can"):
        yield from ({name: each} for each in sorted(getattr(facts, name)))
    yield ORDINARY
    if facts.route == OTHER:
        for policy in policies:
            for route in policy.routes.values():
                if route.network is facts.network and facts.domain_status in route.serves:
                    yield {"route": route.id}


def _still(facts: Facts, change: dict[str, Any]) -> dict[str, Any]:
    """Return a change of facts as they are now: what names one of several leaves the others."""
    made = dict(change)
    for name, value in change.items():
        now = getattr(facts, name)
        if isinstance(now, frozenset) and not isinstance(value, frozenset):
            made[name] = now - {value}
        elif name == "entities" and isinstance(value, str):
            made[name] = tuple(each for each in now if each[0] != value)
    return made
