"""A policy that was loaded since leads nothing that was decided before another way, nor with less care than it asks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, cast

import pytest

from gateway.config.load import read_set
from gateway.decide.evaluate import decide
from gateway.decide.facts import facts_for
from gateway.deliver import Channel
from gateway.model.facts import Circumstances
from gateway.model.transfer import Delivery
from gateway.model.verdict import Network
from gateway.moves.house import CHANGED, NO_CHANNEL, channel_of
from gateway.testing.values import NOON, a_sealed, a_verdict
from tests.unit.daemon.small_policies import change, write_small

INTERNAL = replace(a_verdict(route="internal"), network=Network.INTERNAL)
DELIVERY = Delivery(id="d-1", recipient="friend@council.example", verdict=INTERNAL)
WITHIN = "network: internal, channel: internal, serves: [internal], "


@dataclass(frozen=True)
class Named:
    """A channel that is only named."""

    name: str


def channel_for(delivery: Delivery, folder: Path) -> object:
    channels = {name: cast("Channel", Named(name)) for name in ("internal", "internet")}
    return channel_of(delivery, read_set(folder).parsed(), channels)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_small(tmp_path / "policies")


def test_the_channel_is_that_of_the_route_that_was_chosen(folder: Path) -> None:
    assert channel_for(DELIVERY, folder) == Named("internal")
    assert channel_for(replace(DELIVERY, verdict=a_verdict(route="internet")), folder) == Named("internet")


def test_another_channel_over_the_same_network_will_do_for_what_is_not_sealed_yet(folder: Path) -> None:
    change(folder, "routes.yaml", "channel: internal", "channel: internet")
    assert channel_for(DELIVERY, folder) == Named("internet")
    assert channel_for(replace(DELIVERY, sealed=a_sealed()), folder) == Named("internet"), "sealed before it was kept"


def test_what_was_sealed_for_one_channel_is_handed_to_no_other(folder: Path) -> None:
    sealed = replace(DELIVERY, sealed=replace(a_sealed(), channel="internal"))
    assert channel_for(sealed, folder) == Named("internal")
    change(folder, "routes.yaml", "channel: internal", "channel: internet")
    assert channel_for(sealed, folder) == CHANGED


def test_a_route_that_crosses_another_network_now_has_no_channel_for_it(folder: Path) -> None:
    change(folder, "routes.yaml", "serves: [unknown, retired]", "serves: [unknown]")
    change(folder, "routes.yaml", WITHIN, "network: public, channel: internet, serves: [retired], ")
    assert channel_for(DELIVERY, folder) == NO_CHANNEL


def test_a_route_that_is_gone_and_a_delivery_without_a_verdict_have_none(folder: Path) -> None:
    assert channel_for(replace(DELIVERY, verdict=replace(INTERNAL, route="pigeon")), folder) == NO_CHANNEL
    assert channel_for(replace(DELIVERY, verdict=None), folder) == NO_CHANNEL


def decided(folder: Path, *, size: int = 1000) -> Delivery:
    """Return a delivery that the policy in a folder let go."""
    known = Circumstances(at=NOON, sender="me@council.example", recipient="friend@partner.example", size=size)
    policy = read_set(folder).parsed()
    verdict = decide(policy, facts_for(policy, known))
    return Delivery(id="d-1", recipient=known.recipient, circumstances=known, verdict=verdict)


def test_what_another_policy_lets_go_as_well_goes(folder: Path) -> None:
    delivery = decided(folder)
    change(folder, "rules/all.yaml", "What is large waits.", "What is large waits for an officer.")
    assert channel_for(delivery, folder) == Named("internet")


STRICTER: Final = {
    "held": ("rules/all.yaml", "size: {at_least: 1000000}", "size: {at_least: 1000}"),
    "owing more": (
        "rules/all.yaml",
        "then: {outcome: deliver}",
        "then: {outcome: deliver, obligations: ['delay:10m']}",
    ),
    "by another route": ("routes.yaml", "serves: [unknown, retired]", "serves: [retired]"),
}


@pytest.mark.parametrize(("name", "old", "new"), STRICTER.values(), ids=STRICTER)
def test_what_the_policy_in_force_would_not_let_go_so_is_held(folder: Path, name: str, old: str, new: str) -> None:
    delivery = decided(folder)
    assert channel_for(delivery, folder) == Named("internet")
    change(folder, name, old, new)
    assert channel_for(delivery, folder) in {CHANGED, NO_CHANNEL}


def test_what_was_decided_with_more_care_than_is_asked_now_goes(folder: Path) -> None:
    name, old, new = STRICTER["owing more"]
    change(folder, name, old, new)
    delivery = decided(folder)
    change(folder, name, new, old)
    assert channel_for(delivery, folder) == Named("internet")


def test_what_was_decided_before_circumstances_were_kept_is_taken_as_it_was(folder: Path) -> None:
    delivery = replace(decided(folder), circumstances=None)
    change(folder, *STRICTER["held"])
    assert channel_for(delivery, folder) == Named("internet")
