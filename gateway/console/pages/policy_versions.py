"""Which policy is in force since when, which were before, and what differs between two of them."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from gateway.console.frame.visit import Visit
from gateway.console.policy.sheet import KINDS, cases_of, compared, proof_of
from gateway.console.policy.versions import Version, version
from gateway.console.roles import Permission
from gateway.console.routes import Page
from gateway.console.words import mark
from gateway.decide.change.compare import Direction
from gateway.errors import NotFound
from gateway.model.board import PolicyBoard
from gateway.store.pinned import pinned
from gateway.store.policies import Saved

DIRECTIONS: Final = {
    Direction.MILDER: (mark("Milder"), "red"),
    Direction.STRICTER: (mark("Stricter"), "yellow"),
    Direction.OTHER: (mark("Otherwise"), "grey"),
}
MOST: Final = 40
"""Examples that a page shows."""


def overview(visit: Visit) -> Response:
    """Show what is in force, and which versions there are."""
    store, policy = visit.desk.store, visit.desk.policy()
    saved = store.policies.newest()
    kept = version(store, policy.hash) if policy and any(each.hash == policy.hash for each in saved) else None
    return visit.show(
        "policy/overview.html",
        policy=policy,
        standing=pinned(store.boards, PolicyBoard),
        saved=saved,
        choices=_choices(visit, saved),
        proof=proof_of(policy) if policy else None,
        cases=cases_of(policy, kept.files) if policy and kept else None,
    )


def difference(visit: Visit) -> Response:
    """Show in words what differs between two versions, and what the second decides otherwise."""
    store, saved = visit.desk.store, visit.desk.store.policies.newest()
    before, after = _chosen(visit, "before", saved), _chosen(visit, "after", saved)
    return visit.show(
        "policy/difference.html",
        before=before.policy,
        after=after.policy,
        compared=compared(before, after),
        kinds=KINDS,
        directions=DIRECTIONS,
        most=MOST,
        since={each.hash: each.at for each in store.policies.newest()},
    )


def _chosen(visit: Visit, name: str, saved: tuple[Saved, ...]) -> Version:
    wanted = visit.query.get(name, "")
    if all(each.hash != wanted for each in saved):
        raise NotFound("there is no such version of the policy", hint="choose two under Policy")
    return version(visit.desk.store, wanted)


def _choices(visit: Visit, saved: tuple[Saved, ...]) -> list[tuple[str, str]]:
    tongue, now = visit.tongue, visit.desk.clock.now()
    return [(each.hash, f"{tongue.time(each.at, now)}: {each.hash[:12]}") for each in saved]


PAGES: Final = (
    Page(method="GET", path="/policy", act=overview, needs=Permission.POLICY_READ),
    Page(method="GET", path="/policy/difference", act=difference, needs=Permission.POLICY_READ),
)
