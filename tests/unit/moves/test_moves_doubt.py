"""What may have gone out though nobody said so: it is marked as a possible duplicate, and never sent without need."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from gateway.daemon.runner import LEASE
from gateway.deliver import Consignment, Result
from gateway.deliver.attempt import has_answered
from gateway.deliver.mail import LONGEST
from gateway.errors import NotProved, StorageFull, TryLater, Undeliverable
from gateway.model.lifecycle import TransferState
from gateway.model.record import Event
from gateway.model.tier import Tier
from gateway.model.transfer import Receipt, Reply, Transfer
from gateway.moves.house import House
from gateway.moves.outside import give_up
from gateway.store.embedded import Store, create_keys, open_store
from gateway.store.transfers import SqlTransfers
from gateway.testing.values import SteppingClock, an_inspection
from tests.unit.moves.test_moves_together import D, Relay, admit, carry, entries, house, of, states

CALM: Final = an_inspection(Tier.OFFICIAL)
PROTECTED: Final = an_inspection(Tier.PROTECT)
BUSY: Final = Result(trouble=TryLater("mx answered: 450"), reply=Reply(host="mx", code=450), met=True)
LOST: Final = Result(trouble=TryLater("the connection with mx broke off"), met=True, in_doubt=True)
GONE: Final = Result(trouble=Undeliverable("mx answered: 550"), reply=Reply(host="mx", code=550), met=True)


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
def store(tmp_path: Path, clock: SteppingClock) -> Iterator[Store]:
    create_keys(tmp_path / "state")
    opened = open_store(state=tmp_path / "state", vault=tmp_path / "vault", clock=clock)
    yield opened
    opened.close()


def dies(_: Consignment) -> Result | None:
    raise KeyboardInterrupt


def fails(_: Consignment) -> Result | None:
    raise RuntimeError


def in_turn(
    transfer: Transfer, carrying: House, relay: Relay, *answers: Callable[[Consignment], Result | None]
) -> Transfer:
    """Carry on an hour later for each answer."""
    assert isinstance(carrying.clock, SteppingClock)
    for answer in answers:
        relay.answer = answer
        carrying.clock.move(timedelta(hours=5))
        transfer = carry(transfer, carrying)
    return transfer


def marks(store: Store) -> list[object]:
    return [facts["possibly_duplicate"] for facts in entries(store, Event.DELIVERY_ATTEMPTED)]


def test_all_that_follows_a_lost_answer_may_be_a_duplicate(store: Store, clock: SteppingClock) -> None:
    relay = Relay(clock, lambda _: BUSY)
    carrying = house(store, clock, relay, seen=CALM)
    transfer = carry(admit(store, clock, "a@x.example"), carrying)
    done = in_turn(transfer, carrying, relay, lambda _: LOST, lambda _: BUSY, lambda _: None)
    assert states(done) == [D.DELIVERED]
    assert marks(store) == [False, False, True, True]


def test_all_that_follows_a_crash_may_be_a_duplicate(store: Store, clock: SteppingClock) -> None:
    relay = Relay(clock, dies)
    carrying = house(store, clock, relay, seen=CALM)
    transfer = admit(store, clock, "a@x.example")
    with pytest.raises(KeyboardInterrupt):
        carry(transfer, carrying)
    in_turn(transfer, carrying, relay, lambda _: BUSY, lambda _: None)
    assert marks(store) == [False, True, True]


def test_what_is_held_after_a_crash_is_marked_when_it_goes_on(store: Store, clock: SteppingClock) -> None:
    carrying = house(store, clock, Relay(clock, dies), seen=CALM)
    transfer = admit(store, clock, "a@x.example")
    with pytest.raises(KeyboardInterrupt):
        carry(transfer, carrying)
    held = give_up(store.transfers.get(transfer.id)).after
    assert states(held) == [D.HELD]
    assert of(held).in_doubt


def test_who_may_have_it_is_not_told_that_it_certainly_failed(store: Store, clock: SteppingClock) -> None:
    relay = Relay(clock, lambda _: LOST)
    carrying = house(store, clock, relay, seen=CALM)
    done = in_turn(carry(admit(store, clock, "a@x.example"), carrying), carrying, relay, lambda _: GONE)
    assert states(done) == [D.UNDELIVERABLE]
    assert "may have reached them" in of(done).trouble


def test_a_channel_that_fails_in_a_way_of_its_own_is_tried_again(store: Store, clock: SteppingClock) -> None:
    relay = Relay(clock, fails)
    carrying = house(store, clock, relay, seen=CALM)
    waiting = carry(admit(store, clock, "a@x.example"), carrying)
    assert states(waiting) == [D.SEALED]
    assert of(waiting).due
    done = in_turn(waiting, carrying, relay, lambda _: None)
    assert states(done) == [D.DELIVERED]
    assert marks(store) == [False, True]


class FullTransfers(SqlTransfers):
    """Has no room for what comes with several steps."""

    def commit(self, before: Transfer | None, after: Transfer, **more: Any) -> Transfer:  # noqa: ANN401 - passed on
        if more.get("through"):
            raise StorageFull("there is no room")
        return super().commit(before, after, **more)


def test_what_was_handed_over_is_kept_though_what_follows_cannot_be(store: Store, clock: SteppingClock) -> None:
    relay = Relay(clock)
    carrying = house(store, clock, relay, seen=CALM)
    full = FullTransfers(store.database, store.vault.require)
    done = carry(admit(store, clock, "a@x.example", "b@x.example"), replace(carrying, transfers=full))
    assert states(done) == [D.DELIVERED] * 2
    assert len(relay.sent) == 1
    assert done.state is TransferState.FINISHED


def test_a_proof_that_was_given_ends_the_wait_for_it(store: Store, clock: SteppingClock) -> None:
    """Else a server that failed once, hours ago, has no time left to mend what fails now."""
    relay = Relay(clock, lambda _: Result(trouble=NotProved("its certificate is not accepted")))
    carrying = house(store, clock, relay, seen=PROTECTED)
    transfer = carry(admit(store, clock, "ward@nhs.net"), carrying)
    assert of(transfer).unproved
    answered = in_turn(transfer, carrying, relay, lambda _: BUSY)
    assert not of(answered).unproved
    again = in_turn(answered, carrying, relay, lambda _: Result(trouble=NotProved("once more")))
    assert states(again) == [D.SEALED]
    assert of(again).unproved == clock.now()


def test_a_far_side_that_hangs_up_in_the_middle_is_one_that_answers(clock: SteppingClock) -> None:
    receipt = Receipt(channel="relay", at=clock.now(), answer="250 ok")
    away, hung_up = Result(trouble=TryLater("refused")), Result(trouble=TryLater("broke off"), met=True)
    unproved = Result(trouble=NotProved("no TLS"))
    assert has_answered([away, hung_up])
    assert has_answered([Result(receipt=receipt)])
    assert has_answered([away, unproved]) is False
    assert has_answered([unproved]) is None


def test_a_hand_over_ends_long_before_somebody_else_may_take_it_up() -> None:
    assert LEASE.total_seconds() / 2 >= LONGEST + 300
