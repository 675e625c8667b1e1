"""What a delivery owes after it was sealed: to wait, to be recalled, to be recorded, to be told to a role."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from gateway import pipeline
from gateway.config.load import load_policies
from gateway.decide.policy import Route, Written
from gateway.deliver import Consignment
from gateway.errors import NotFound, TryLater
from gateway.intake import Arrival
from gateway.intake.door import MainDoor
from gateway.model.facts import Circumstances
from gateway.model.inspection import MarkingStatus
from gateway.model.lifecycle import DeliveryState, TransferState
from gateway.model.record import RECALLED, Act, Event, Instruction
from gateway.model.schedule import Schedule
from gateway.model.tier import Tier
from gateway.model.transfer import Evidence, Notice, Origin, Receipt, Sealed, SealedPart, Transfer
from gateway.model.verdict import Network, Obligation, Outcome, Reason, Verdict
from gateway.moves.house import CHANGED, House, Step, commit
from gateway.protect.seal import Protector
from gateway.store.embedded import Store, create_keys, open_store
from gateway.testing.values import SteppingClock, an_inspection

D = DeliveryState
MINUTES: Final = timedelta(minutes=1)
ROUTE: Final = Route(
    id="internet", says="", written=Written(file="", line=1, column=1), network=Network.PUBLIC, channel="c",
    serves=frozenset(), folder=False, recipient="",
)  # fmt: skip
POLICY: Final = replace(load_policies(Path(__file__).parents[3] / "policies"), routes={"internet": ROUTE})


@dataclass(slots=True)
class Channel:
    """Keeps when it handed over what; away as long as it is told to be."""

    clock: SteppingClock
    name: str = "c"
    takes_messages: bool = False
    away: bool = False
    sent: list[datetime] = field(default_factory=list)

    def send(self, consignment: Consignment) -> Receipt:
        if self.away:
            raise TryLater(f"away for {consignment.recipient}")
        self.sent.append(self.clock.now())
        return Receipt(channel=self.name, at=self.clock.now(), answer="250 ok")


@dataclass(slots=True)
class World:
    """A house on a real store, a clock that is moved by hand, and what was told to whom."""

    store: Store
    clock: SteppingClock
    channel: Channel
    house: House
    told: list[tuple[str, str, str]]

    def sealed(self, *obligations: str, delay: timedelta | None = None, passphrase: bool = False) -> Transfer:
        """Return a transfer whose only delivery has just been sealed, as the move `protect` leaves it."""
        arrival = Arrival(
            origin=Origin.FOLDER, sender="staff@council.example", recipients=("friend@partner.example",),
            parts=[("Anna.txt", io.BytesIO(b"a note"))], account="jsmith", reason="agreed",
        )  # fmt: skip
        transfer = MainDoor(self.store.transfers, self.store.vault, self.clock).admit(arrival)
        inspected = replace(transfer, state=TransferState.INSPECTED, inspection=an_inspection())
        transfer = commit(Step(before=transfer, after=inspected), self.house)
        verdict = Verdict(
            recipient="friend@partner.example", route="internet", network=Network.PUBLIC, outcome=Outcome.DELIVER,
            obligations=frozenset(obligations), would_pass_if=(), policy="0" * 64,
            reasons=(Reason(rule="a-rule", file="f.yaml", line=1, says="it may go"),),
        )  # fmt: skip
        cleared = replace(transfer.deliveries[0], state=D.CLEARED, verdict=verdict)
        decided = replace(transfer.with_delivery(cleared), state=TransferState.DECIDED)
        transfer = commit(Step(before=transfer, after=decided), self.house)
        part, secret = (self.store.vault.put(io.BytesIO(content)) for content in (b"sealed", b"a-b-c"))
        form = Sealed(
            delivery_id=cleared.id, method="zip", message=False, needs_verified_tls=False, rule="a-rule",
            parts=(SealedPart(name="s.zip", media_type="a/b", object_id=part.id, size=part.size, sha256=part.sha256),),
            evidence=Evidence(method="zip", cipher="AES-256", verified_by="7z"),
            secret_object_id=secret.id if passphrase else "",
        )  # fmt: skip
        now = self.clock.now()
        ready = replace(cleared, state=D.SEALED, sealed=form, begun=now, due=now + delay if delay else None)
        objects = (part, secret) if passphrase else (part,)
        return commit(Step(before=transfer, after=transfer.with_delivery(ready), objects=objects), self.house)

    def walk(self, transfer: Transfer, until: timedelta = timedelta()) -> Transfer:
        """Advance for as long as something is due within a time from now."""
        end = self.clock.now() + until
        due: datetime | None = self.clock.now()
        while due is not None and due <= end:
            self.clock.at = max(self.clock.at, due)
            due = pipeline.advance(transfer.id, self.house)
        self.clock.at = end
        return self.store.transfers.get(transfer.id)

    def entries(self, transfer: Transfer, event: Event) -> list[Mapping[str, object]]:
        """Return the facts of the ledger's entries of one kind about a transfer."""
        self.store.ledger.integrate()
        found = (json.loads(line) for line in self.store.ledger.entries())
        return [each["facts"] for each in found if (each["transfer"], each["event"]) == (transfer.id, event.value)]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    clock = SteppingClock()
    create_keys(tmp_path / "state")
    store = open_store(state=tmp_path / "state", vault=tmp_path / "vault", clock=clock)
    channel = Channel(clock)
    told: list[tuple[str, str, str]] = []

    def post(_: Transfer, notice: Notice, text: str) -> None:
        told.append((notice.about, notice.to, text))

    house = House(
        transfers=store.transfers, vault=store.vault, clock=clock, policy=lambda: POLICY,
        inspect=lambda _: an_inspection(), protector=Protector("Council", ()), channels={"c": channel}, post=post,
        may_tell=lambda *_: True, internal_domains=frozenset(), help_contact="it@council.example",
        schedule=Schedule(first=5 * MINUTES, longest=60 * MINUTES, give_up_after=24 * 60 * MINUTES),
        roles={"dpo": ("dpo@council.example",)},
        known=lambda _, delivery: {"partner": f"of {delivery.recipient}"},
    )  # fmt: skip
    yield World(store, clock, channel, house, told)
    store.close()


def recall(transfer: Transfer, world: World, account: str = "jsmith") -> None:
    world.store.transfers.instruct(
        Instruction(
            id="i-1",
            transfer_id=transfer.id,
            delivery_id=transfer.deliveries[0].id,
            act=Act.RECALL,
            officer=account,
            officer_address="",
            officer_account=account,
            reason="wrong attachment",
            at=world.clock.now(),
        )
    )


def test_what_is_delayed_is_told_at_once_and_goes_when_it_is_due(world: World) -> None:
    transfer = world.sealed("delay:10m", delay=10 * MINUTES, passphrase=True)
    begun = world.clock.now()
    waiting = world.walk(transfer)
    assert [(about, to) for about, to, _ in world.told] == [("waiting", "staff@council.example")]
    assert waiting.deliveries[0].state is D.SEALED
    assert not world.channel.sent
    done = world.walk(transfer, 10 * MINUTES)
    assert world.channel.sent == [begun + 10 * MINUTES]
    assert done.state is TransferState.FINISHED
    assert [about for about, _, _ in world.told] == ["waiting", "delivered"]
    assert "a-b-c" in world.told[1][2], "the passphrase was kept until then"


def test_a_delay_takes_nothing_from_the_time_for_retries(world: World) -> None:
    transfer = world.sealed("delay:9999m", delay=9999 * MINUTES)
    world.channel.away = True
    begun = world.clock.now()
    held = world.walk(transfer, 9999 * MINUTES + 12 * 60 * MINUTES)
    assert held.deliveries[0].state is D.SEALED
    assert held.deliveries[0].attempts > 5
    assert held.deliveries[0].begun == begun + 9999 * MINUTES
    assert [about for about, _, _ in world.told] == ["waiting", "late"]
    assert world.walk(transfer, 24 * 60 * MINUTES).deliveries[0].state is D.UNDELIVERABLE


def test_what_its_sender_recalls_does_not_go_and_its_passphrase_is_destroyed(world: World) -> None:
    transfer = world.walk(world.sealed("delay:10m", delay=10 * MINUTES, passphrase=True))
    sealed = transfer.deliveries[0].sealed
    assert sealed is not None
    recall(transfer, world)
    done = world.walk(transfer, 60 * MINUTES)
    assert (done.deliveries[0].state, done.deliveries[0].trouble) == (D.REFUSED, RECALLED)
    assert not world.channel.sent
    assert [about for about, _, _ in world.told] == ["waiting", "recalled"]
    assert "a-b-c" not in "".join(text for _, _, text in world.told)
    with pytest.raises(NotFound):
        world.store.vault.read(sealed.secret_object_id)
    assert world.entries(transfer, Event.DELIVERY_REFUSED) == [
        {"recipient": "friend@partner.example", "trouble": RECALLED, "sender": "jsmith", "reason": "wrong attachment"}
    ]
    assert done.state is TransferState.FINISHED


def test_nobody_else_recalls_it_and_that_they_tried_is_recorded(world: World) -> None:
    transfer = world.sealed("delay:10m", delay=10 * MINUTES)
    recall(transfer, world, account="another")
    assert world.walk(transfer, 10 * MINUTES).deliveries[0].state is D.DELIVERED
    (tried,) = world.entries(transfer, Event.INSTRUCTION_REFUSED)
    assert (tried["act"], tried["officer"]) == ("recall", "another")


def test_a_recall_that_comes_too_late_changes_nothing(world: World) -> None:
    transfer = world.walk(world.sealed("delay:10m", delay=10 * MINUTES), 10 * MINUTES)
    recall(transfer, world)
    assert world.walk(transfer).deliveries[0].state is D.DELIVERED
    assert len(world.entries(transfer, Event.INSTRUCTION_REFUSED)) == 1


def test_what_waits_is_held_where_a_policy_that_came_meanwhile_would_not_let_it_go(world: World) -> None:
    transfer = world.walk(world.sealed("delay:10m", delay=10 * MINUTES, passphrase=True))
    delivery = transfer.deliveries[0]
    known = Circumstances(
        at=world.clock.now(), sender=transfer.sender, recipient=delivery.recipient, marking=Tier.RESTRICTED,
        marking_status=MarkingStatus.MARKED, can=frozenset({"zip"}),
    )  # fmt: skip
    kept = transfer.with_delivery(replace(delivery, circumstances=known))
    transfer = world.walk(commit(Step(before=transfer, after=kept), world.house), 10 * MINUTES)
    assert (transfer.deliveries[0].state, transfer.deliveries[0].trouble) == (D.HELD, CHANGED)
    assert not world.channel.sent
    assert [about for about, _, _ in world.told] == ["waiting", "held"]


def test_a_disclosure_is_recorded_with_the_delivery(world: World) -> None:
    transfer = world.walk(world.sealed(Obligation.DISCLOSURE_RECORD))
    (facts,) = world.entries(transfer, Event.DISCLOSURE_RECORDED)
    assert facts["partner"] == "of friend@partner.example"
    assert facts["reason"] == "agreed"
    assert facts["answer"] == "250 ok"
    assert world.entries(world.walk(world.sealed()), Event.DISCLOSURE_RECORDED) == []


def test_a_role_is_told_once_and_tried_again_where_it_cannot_be_told(world: World) -> None:
    failing = [True]

    def post(_: Transfer, notice: Notice, text: str) -> None:
        if failing[0] and notice.about.startswith("tell:"):
            raise TryLater("no mail server")
        world.told.append((notice.about, notice.to, text))

    world.house = replace(world.house, post=post)
    transfer = world.walk(world.sealed("tell:dpo", "tell:nobody"))
    assert [about for about, _, _ in world.told] == ["delivered"]
    assert transfer.state is TransferState.DECIDED, "not finished while somebody is to be told"
    failing[0] = False
    done = world.walk(transfer, 10 * MINUTES)
    assert [(about, to) for about, to, _ in world.told] == [
        ("delivered", "staff@council.example"), ("tell:dpo", "dpo@council.example"),
    ]  # fmt: skip
    assert "Anna" not in world.told[1][2]
    assert done.state is TransferState.FINISHED
    assert done.deliveries[0].roles_told == {"delivered:dpo"}
    assert [each["about"] for each in world.entries(done, Event.NOTICE_SENT)] == ["delivered", "tell:dpo"]


def test_a_machine_is_never_answered_and_a_role_is_told_all_the_same(world: World) -> None:
    transfer = world.sealed("tell:dpo")
    nobody = commit(Step(before=transfer, after=replace(transfer, sender="")), world.house)
    world.walk(nobody)
    assert [(about, to) for about, to, _ in world.told] == [("tell:dpo", "dpo@council.example")]
