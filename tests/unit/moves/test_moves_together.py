"""Deliveries that go together, and routes that fail to prove how safe they are: sealed, held, or tried again."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from gateway import pipeline
from gateway.config.load import load_policies
from gateway.decide.unproved import UNPROVED
from gateway.deliver import Consignment, Result
from gateway.errors import NotPermitted, NotProved, NotSealed, TryLater, Undeliverable
from gateway.intake import Arrival
from gateway.intake.door import MainDoor
from gateway.model.content import whole
from gateway.model.inspection import Inspection
from gateway.model.lifecycle import DeliveryState
from gateway.model.record import Act, Event, Instruction, Officer
from gateway.model.schedule import Schedule
from gateway.model.tier import Tier
from gateway.model.transfer import Delivery, Origin, Receipt, Release, Reply, Transfer
from gateway.model.verdict import Network, Obligation
from gateway.moves.house import House
from gateway.protect.methods.zip_check import own_reader
from gateway.protect.methods.zip_writer import ZipEncryptor
from gateway.protect.seal import Protector
from gateway.quarantine.review import check, check_answer
from gateway.store.embedded import Store, create_keys, open_store
from gateway.testing.values import SteppingClock, an_inspection

D = DeliveryState
POLICY: Final = load_policies(Path(__file__).parents[3] / "policies")
MESSAGE: Final = b"From: a@council.example\r\nTo: b@nhs.net\r\nSubject: x\r\n\r\nbody\r\n"
DAYS: Final = Schedule(first=timedelta(minutes=5), longest=timedelta(hours=4), give_up_after=timedelta(days=5))
BAD: Final = "its certificate is not accepted"
Answer = Callable[[Consignment], Result | None]


@dataclass
class Relay:
    """Takes messages for several at once; `answer` says what becomes of a recipient, taken where it says nothing."""

    clock: SteppingClock
    answer: Answer = lambda _: None
    name: str = "relay"
    takes_messages: bool = True
    sent: list[list[Consignment]] = field(default_factory=list)

    def send(self, consignment: Consignment) -> Receipt:
        raise AssertionError(f"{consignment.recipient} goes in a group")

    def send_group(self, consignments: Sequence[Consignment]) -> Sequence[Result]:
        self.sent.append(list(consignments))
        taken = Result(receipt=Receipt(channel=self.name, at=self.clock.now(), answer="250 ok"))
        return [self.answer(each) or taken for each in consignments]

    @property
    def recipients(self) -> list[list[str]]:
        return [[each.recipient for each in group] for group in self.sent]


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
def store(tmp_path: Path, clock: SteppingClock) -> Iterator[Store]:
    create_keys(tmp_path / "state")
    opened = open_store(state=tmp_path / "state", vault=tmp_path / "vault", clock=clock)
    yield opened
    opened.close()


def house(store: Store, clock: SteppingClock, relay: Relay, *, seen: Inspection, may_seal: bool = True) -> House:
    sealing = [ZipEncryptor(checkers=[own_reader])] if may_seal else []
    return House(
        transfers=store.transfers,
        vault=store.vault,
        clock=clock,
        policy=lambda: POLICY,
        inspect=lambda _: seen,
        protector=Protector("Council", sealing),
        channels={route.channel: relay for route in POLICY.routes.values()},
        post=lambda *_: None,
        may_tell=lambda *_: True,
        schedule=DAYS,
        internal_domains=frozenset({"council.example"}),
        help_contact="it@council.example",
        officers=(Officer(name="First", address="first@council.example", accounts=("first",)),),
    )


def admit(store: Store, clock: SteppingClock, *recipients: str) -> Transfer:
    arrival = Arrival(
        origin=Origin.MAIL,
        sender="a@council.example",
        recipients=recipients,
        parts=[("message.eml", io.BytesIO(MESSAGE))],
        message=True,
        returns="HDRS",
        envelope_id="QQ314",
    )
    return MainDoor(store.transfers, store.vault, clock).admit(arrival)


def carry(transfer: Transfer, carrying: House) -> Transfer:
    """Make every move that is due now."""
    while (due := pipeline.advance(transfer.id, carrying)) is not None and due <= carrying.clock.now():
        pass
    return carrying.transfers.get(transfer.id)


def entries(store: Store, event: Event) -> list[Mapping[str, object]]:
    return [entry["facts"] for entry in map(json.loads, store.ledger.entries()) if entry["event"] == event]


def states(transfer: Transfer) -> list[DeliveryState]:
    return [each.state for each in transfer.deliveries]


CALM: Final = an_inspection(Tier.OFFICIAL)
PROTECTED: Final = an_inspection(Tier.PROTECT)


def test_mail_that_goes_unsealed_is_one_form_in_one_attempt(store: Store, clock: SteppingClock) -> None:
    relay = Relay(clock)
    done = carry(
        admit(store, clock, "a@x.example", "b@x.example", "c@y.example"), house(store, clock, relay, seen=CALM)
    )
    assert relay.recipients == [["a@x.example", "b@x.example", "c@y.example"]]
    assert states(done) == [D.DELIVERED] * 3
    forms = [each.sealed for each in done.deliveries if each.sealed]
    assert len({form.parts[0].object_id for form in forms}) == 1
    assert [form.delivery_id for form in forms] == [each.id for each in done.deliveries]
    assert {each.attempts for each in done.deliveries} == {1}
    [group] = relay.sent
    assert {(each.returns, each.envelope_id) for each in group} == {("HDRS", "QQ314")}


def test_what_is_sealed_goes_to_each_alone(store: Store, clock: SteppingClock) -> None:
    relay = Relay(clock)
    done = carry(admit(store, clock, "a@x.example", "b@x.example"), house(store, clock, relay, seen=PROTECTED))
    assert relay.recipients == [["a@x.example"], ["b@x.example"]]
    assert len({each.sealed.parts[0].object_id for each in done.deliveries if each.sealed}) == 2


def test_those_who_were_taken_are_not_sent_to_again(store: Store, clock: SteppingClock) -> None:
    busy = Reply(host="mx", code=450, enhanced="4.2.1", text="busy")

    def answer(asked: Consignment) -> Result | None:
        if asked.recipient.startswith("b"):
            return Result(trouble=TryLater("mx answered: 450"), reply=busy) if len(relay.sent) < 3 else None
        unknown = Reply(host="mx", code=550, enhanced="5.1.1", text="no such user")
        gone = Result(trouble=Undeliverable("mx answered: 550"), reply=unknown)
        return gone if asked.recipient.startswith("c") else None

    relay = Relay(clock, answer)
    carrying = house(store, clock, relay, seen=CALM)
    transfer = carry(admit(store, clock, "a@x.example", "b@x.example", "c@x.example"), carrying)
    assert states(transfer) == [D.DELIVERED, D.SEALED, D.UNDELIVERABLE]
    assert [each.reply and each.reply.code for each in transfer.deliveries] == [None, 450, 550]
    for _ in range(2):
        clock.move(timedelta(hours=1))
        transfer = carry(transfer, carrying)
    assert states(transfer) == [D.DELIVERED, D.DELIVERED, D.UNDELIVERABLE]
    assert relay.recipients == [["a@x.example", "b@x.example", "c@x.example"], ["b@x.example"], ["b@x.example"]]


def test_a_group_that_a_crash_cut_short_is_possibly_a_duplicate_for_each(store: Store, clock: SteppingClock) -> None:
    def dies(_: Consignment) -> Result | None:
        raise KeyboardInterrupt

    relay = Relay(clock, dies)
    carrying = house(store, clock, relay, seen=CALM)
    transfer = admit(store, clock, "a@x.example", "b@x.example")
    with pytest.raises(KeyboardInterrupt):
        carry(transfer, carrying)
    assert [each.attempt_open for each in store.transfers.get(transfer.id).deliveries] == [True, True]
    relay.answer = lambda _: None
    done = carry(transfer, carrying)
    assert states(done) == [D.DELIVERED] * 2
    sent = [[whole(content) for _, content in group[0].contents] for group in relay.sent]
    assert sent[0] == sent[1], "the same message, with the same Message-ID"
    attempts = [facts["possibly_duplicate"] for facts in entries(store, Event.DELIVERY_ATTEMPTED)]
    assert attempts == [False, False, True, True]


# routes that promise verified TLS


def unproved(asked: Consignment) -> Result | None:
    """Prove nothing, as a server with a bad certificate does; what needs no proof is taken."""
    return Result(trouble=NotProved(BAD)) if asked.sealed.needs_verified_tls else None


def after_an_hour(transfer: Transfer, carrying: House, clock: SteppingClock) -> tuple[Transfer, Transfer]:
    """Return the transfer after the first try, and after all tries of more than an hour."""
    first = carry(transfer, carrying)
    last = first
    for _ in range(8):
        clock.move(timedelta(minutes=10))
        last = carry(transfer, carrying)
    return first, last


def of(transfer: Transfer) -> Delivery:
    return transfer.deliveries[0]


def test_a_route_that_is_not_proved_is_tried_again_and_then_what_it_carries_is_sealed(
    store: Store, clock: SteppingClock
) -> None:
    relay = Relay(clock, unproved)
    first, last = after_an_hour(admit(store, clock, "ward@nhs.net"), house(store, clock, relay, seen=PROTECTED), clock)
    assert (of(first).state, of(first).trouble) == (D.SEALED, BAD)
    assert of(last).state is D.DELIVERED
    sent = [each for group in relay.sent for each in group]
    assert {each.sealed.method for each in sent[:-1]} == {"none"}
    assert all(each.sealed.needs_verified_tls for each in sent[:-1]), "in clear it was only offered to a proved route"
    assert sent[-1].sealed.evidence.cipher == "AES-256"
    assert sent[-1].sealed.unproved
    verdict = of(last).verdict
    assert verdict
    assert verdict.network is Network.PUBLIC
    assert {Obligation.SEAL_AES256} <= verdict.obligations
    assert Obligation.TLS_VERIFIED not in verdict.obligations
    [facts] = entries(store, Event.DELIVERY_UNPROVED)
    assert facts["recipient"] == "ward@nhs.net"
    assert BAD in str(facts["trouble"])
    assert not entries(store, Event.DELIVERY_RELEASED)


def test_where_it_cannot_be_sealed_either_it_is_held_and_a_release_tries_the_route_again(
    store: Store, clock: SteppingClock
) -> None:
    relay = Relay(clock, unproved)
    carrying = house(store, clock, relay, seen=PROTECTED, may_seal=False)
    _, held = after_an_hour(admit(store, clock, "ward@nhs.net"), carrying, clock)
    assert of(held).state is D.HELD
    assert not of(held).unproved
    verdict = of(held).verdict
    assert verdict
    assert (of(held).trouble, verdict.reasons[-1]) == ("", UNPROVED), "the verdict says why, the ledger what was wrong"
    [facts] = entries(store, Event.DELIVERY_UNPROVED)
    assert BAD in str(facts["trouble"])
    relay.answer = lambda _: None  # they mended it
    instruction = Instruction(
        id="i-1", transfer_id=held.id, delivery_id=of(held).id, act=Act.RELEASE, officer="First",
        officer_address="first@council.example", reason="they mended it", at=clock.now(), officer_account="first",
    )  # fmt: skip
    store.transfers.instruct(instruction)
    done = carry(held, carrying)
    assert of(done).state is D.DELIVERED
    assert relay.sent[-1][0].sealed.needs_verified_tls


def test_what_no_rule_wants_proved_goes_over_verified_tls_proved_all_the_same(
    store: Store, clock: SteppingClock
) -> None:
    """The rules took the network at its word; a channel that asks each domain may find nothing published."""
    relay = Relay(clock, unproved)
    _, last = after_an_hour(admit(store, clock, "ward@nhs.net"), house(store, clock, relay, seen=CALM), clock)
    *tried, [sealed] = relay.sent
    assert tried
    assert all(each.sealed.needs_verified_tls for [each] in tried), "in clear it was only offered to a proved route"
    [cleared, _] = entries(store, Event.DELIVERY_CLEARED)
    assert Obligation.TLS_VERIFIED not in str(cleared["obligations"])
    assert (of(last).state, sealed.sealed.evidence.cipher) == (D.DELIVERED, "AES-256")


def test_what_rules_hold_once_it_was_not_proved_is_answered_and_released_as_what_rules_hold(
    store: Store, clock: SteppingClock
) -> None:
    """Its trouble would have said otherwise: no answer taken, and one officer enough where rules want two."""
    relay = Relay(clock, unproved)
    _, held = after_an_hour(
        admit(store, clock, "ward@nhs.net"), house(store, clock, relay, seen=PROTECTED, may_seal=False), clock
    )
    verdict = of(held).verdict
    assert verdict
    asking = replace(verdict, obligations=verdict.obligations | {Obligation.ASK_REASON})
    act = Release(officer="First", reason="it is theirs", at=clock.now(), address="first@council.example")
    asked = held.with_delivery(replace(of(held), verdict=asking, releases=(act,)))
    instruction = Instruction(
        id="i-1", transfer_id=held.id, delivery_id=of(held).id, act=Act.ANSWER, officer=held.sender,
        officer_address=held.sender, reason="because", at=clock.now(),
    )  # fmt: skip
    assert check_answer(asked, instruction) == asked.deliveries
    release = replace(instruction, act=Act.RELEASE, officer="First", officer_address="first@council.example")
    with pytest.raises(NotPermitted, match="second person"):
        check(asked, release)


def test_a_route_that_proves_itself_within_the_hour_carries_it_as_it_was(store: Store, clock: SteppingClock) -> None:
    relay = Relay(clock, unproved)
    carrying = house(store, clock, relay, seen=PROTECTED)
    transfer = carry(admit(store, clock, "ward@nhs.net"), carrying)
    relay.answer = lambda _: None
    clock.move(timedelta(minutes=30))
    done = carry(transfer, carrying)
    assert of(done).state is D.DELIVERED
    assert of(done).receipt
    assert not entries(store, Event.DELIVERY_UNPROVED)


def test_patience_may_be_none_at_all(store: Store, clock: SteppingClock) -> None:
    relay = Relay(clock, unproved)
    carrying = replace(house(store, clock, relay, seen=PROTECTED), prove_within=timedelta())
    assert of(carry(admit(store, clock, "ward@nhs.net"), carrying)).state is D.DELIVERED
    assert [group[0].sealed.method for group in relay.sent] == ["none", "zip"]


def test_what_needs_no_proof_waits_for_days_where_the_channel_demands_one(store: Store, clock: SteppingClock) -> None:
    relay = Relay(clock, lambda _: Result(trouble=NotProved(BAD)))
    _, last = after_an_hour(admit(store, clock, "friend@x.example"), house(store, clock, relay, seen=CALM), clock)
    assert (of(last).state, of(last).unproved) == (D.SEALED, None)


def test_a_channel_that_can_never_prove_it_holds_at_once(store: Store, clock: SteppingClock) -> None:
    relay = Relay(clock, lambda _: Result(trouble=NotSealed("the channel does not verify TLS")))
    held = carry(admit(store, clock, "ward@nhs.net"), house(store, clock, relay, seen=PROTECTED))
    assert of(held).state is D.HELD
    assert "could not be proved safe" in of(held).trouble
