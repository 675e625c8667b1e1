"""Which lane is served next, by a hand clock: nobody who is slow, or has much waiting, delays anybody else."""

from __future__ import annotations

import heapq
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.daemon.lanes import PROBES, UNREACHABLE, Lanes, PlaceIn
from gateway.model.lane import HOUSE, INSPECT, SLOW, Limit, Limits, lane_to
from gateway.store.lanes import Closed
from gateway.testing.values import NOON, SteppingClock

SECOND = timedelta(seconds=1)
NHS, POLICE, SCHOOL = lane_to("nhs"), lane_to("police"), lane_to("school")


@dataclass
class Kept:
    """What is kept of lanes that are not open."""

    closed: dict[str, tuple[datetime, int]] = field(default_factory=dict)

    def close(self, lane: str, until: datetime, failures: int) -> None:
        self.closed[lane] = (until, failures)

    def reopen(self, lane: str) -> None:
        del self.closed[lane]


def lanes(clock: SteppingClock | None = None, **limits: object) -> Lanes:
    return Lanes(Limits(**limits), clock or SteppingClock(), Kept())  # type: ignore[arg-type]  # settings of the test


def learn(board: Lanes, *due: str, closed: Mapping[str, Closed] | None = None) -> None:
    board.begin_look()
    board.learn(due, closed or {})


def test_lanes_take_turns_and_each_has_no_more_than_its_places() -> None:
    board = lanes(deliveries=20, each=Limit(at_once=2))
    learn(board, NHS, POLICE)
    taken = [board.take() for _ in range(6)]
    assert Counter(taken) == {NHS: 2, POLICE: 2, "": 2}
    assert {taken[0], taken[1]} == {NHS, POLICE}
    board.leave(NHS)
    assert board.take() == NHS


@given(
    slow=st.lists(st.integers(1, 600), min_size=1, max_size=12),
    others=st.integers(1, 4),
    at=st.integers(0, 900),
    at_once=st.integers(1, 6),
    deliveries=st.integers(6, 20),
)
def test_slow_partners_delay_a_message_to_another_by_one_place_at_the_most(
    slow: list[int], others: int, at: int, at_once: int, deliveries: int
) -> None:
    """Each slow partner takes so many seconds, and more wait for them than ever go.

    Whoever comes new, at a time, goes at once or when a place comes free; so do several, one place each. Slow ones
    that were never served, because there are fewer places than partners, are new as well.
    """
    clock = SteppingClock()
    board = lanes(clock, deliveries=deliveries, each=Limit(at_once=at_once))
    partners = {lane_to(f"slow-{number}"): seconds for number, seconds in enumerate(slow)}
    coming = [lane_to(f"new-{number}") for number in range(others)]
    running: list[tuple[int, int, str]] = []
    begun: list[str] = []

    def fill(now: int, new: list[str]) -> None:
        clock.at = NOON + now * SECOND
        learn(board, *partners, *new)
        while lane := board.take():
            begun.append(lane)
            heapq.heappush(running, (now + partners.get(lane, 1), len(begun), lane))
            if lane in new:
                new.remove(lane)
                learn(board, *partners, *new)

    def end_first(new: list[str]) -> None:
        now, _, lane = heapq.heappop(running)
        board.leave(lane)
        fill(now, new)

    fill(0, [])
    while running[0][0] < at:
        end_first([])
    new = len(coming) + len(partners.keys() - set(begun))
    fill(at, coming)
    freed = 0
    while coming:
        end_first(coming)
        freed += 1
    assert freed <= new


@pytest.mark.parametrize(("silent", "more"), [(1, POLICE), (4, POLICE), (9, POLICE), (10, "")])
def test_silent_destinations_leave_a_place_to_one_more(silent: int, more: str) -> None:
    """Four with five places each once had all twenty."""
    board = lanes(deliveries=20, each=Limit(at_once=5))
    away = [lane_to("direct", f"silent-{number}.example") for number in range(silent)]
    learn(board, *away)
    taken = Counter(iter(board.take, ""))
    assert taken.keys() == set(away), "every one has its first"
    learn(board, *away, POLICE)
    assert board.take() == more


def test_one_destination_alone_has_its_places() -> None:
    board = lanes(deliveries=20, each=Limit(at_once=11))
    learn(board, NHS)
    assert Counter(iter(board.take, "")) == {NHS: 11}


def test_inspection_and_the_house_have_places_of_their_own() -> None:
    board = lanes(inspect=1, slow=1, house=1, deliveries=1)
    learn(board, INSPECT, SLOW, HOUSE, NHS)
    assert {board.take() for _ in range(4)} == {INSPECT, SLOW, HOUSE, NHS}
    assert board.take() == ""


def test_whoever_carries_a_transfer_on_needs_a_place_there() -> None:
    board = lanes(inspect=2, house=1, each=Limit(at_once=1))
    learn(board, INSPECT)
    one, two = PlaceIn(board, board.take()), PlaceIn(board, board.take())
    assert one.enter(NHS)
    assert one.lane == NHS
    assert not two.enter(NHS)
    assert (two.lane, two.wanted) == (INSPECT, NHS)
    assert two.enter(POLICE)
    board.leave(one.lane)
    assert two.enter(NHS)


def test_the_last_place_is_for_those_who_wait() -> None:
    board = lanes(inspect=3, each=Limit(at_once=2))
    learn(board, INSPECT)
    places = [PlaceIn(board, board.take()) for _ in range(2)]
    learn(board, INSPECT, NHS)
    assert places[0].enter(NHS)
    assert not places[1].enter(NHS)
    assert board.take() in {INSPECT, NHS}


def test_what_can_go_elsewhere_does_not_wait_for_a_lane_that_is_closed() -> None:
    board = lanes(each=Limit(at_once=1))
    learn(board, POLICE, closed={NHS: Closed(held_by="officer", held_at=NOON)})
    busy = PlaceIn(board, board.take())
    place = PlaceIn(board, HOUSE)
    assert not place.enter(NHS)
    assert not place.enter(POLICE)
    assert (busy.lane, place.wanted) == (POLICE, POLICE)


def test_no_more_begin_in_a_minute_than_the_rate_lets() -> None:
    clock = SteppingClock()
    board = lanes(clock, named={"nhs": Limit(at_once=5, a_minute=3)})
    begun: deque[datetime] = deque()
    for _ in range(400):
        learn(board, NHS)
        if lane := board.take():
            place = PlaceIn(board, lane)
            begun.extend([clock.at] * place.enter(NHS))
            board.leave(place.lane)
        clock.move(SECOND)
    assert len(begun) >= 400 / 60 * 3 - 3
    assert all(sum(one <= other < one + 60 * SECOND for other in begun) <= 3 for one in begun)


def test_a_domain_has_the_limit_of_its_channel_unless_it_has_its_own() -> None:
    limits = Limits(
        each=Limit(at_once=7), named={"direct": Limit(at_once=3), "direct/police.example": Limit(at_once=1)}
    )
    at_once = [limits.of(lane_to("direct", domain)).at_once for domain in ("police.example", "nhs.example")]
    assert at_once == [1, 3]
    assert limits.of(lane_to("smarthost")).at_once == 7


def test_who_cannot_be_reached_is_closed_and_then_tried_by_one_at_a_time() -> None:
    clock = SteppingClock()
    kept = Kept()
    board = Lanes(Limits(each=Limit(at_once=5)), clock, kept)
    learn(board, NHS, POLICE)
    waits = []
    for failures in range(1, 9):
        closed = {lane: Closed(until=until, failures=number) for lane, (until, number) in kept.closed.items()}
        learn(board, NHS, POLICE, closed=closed)
        board.missed(NHS)
        until, number = kept.closed[NHS]
        assert number == failures
        waits.append(until - clock.at)
        if failures >= UNREACHABLE:
            assert board.is_closed(NHS)
            assert not board.is_closed(POLICE)
            board.missed(NHS)
            assert kept.closed[NHS] == (until, number), "what was begun before counts no more"
        clock.at = until
    assert waits[: UNREACHABLE - 1] == [timedelta(0)] * (UNREACHABLE - 1)
    assert waits[UNREACHABLE - 1 :] == [PROBES.wait(n) for n in range(1, 9 - UNREACHABLE + 1)]


def test_a_probe_goes_alone_and_one_answer_opens_the_lane() -> None:
    clock = SteppingClock()
    kept = Kept(closed={NHS: (NOON, UNREACHABLE)})
    board = Lanes(Limits(each=Limit(at_once=5)), clock, kept)
    learn(board, NHS, closed={NHS: Closed(until=NOON, failures=UNREACHABLE)})
    assert [board.take(), board.take()] == [NHS, ""]
    PlaceIn(board, NHS).attempted(NHS, answered=True)
    assert kept.closed == {}
    assert [board.take() for _ in range(5)] == [NHS] * 4 + [""]


@pytest.mark.parametrize("closed", [Closed(held_by="officer", held_at=NOON), Closed(until=NOON + SECOND, failures=3)])
def test_nothing_is_taken_of_a_lane_that_is_not_open(closed: Closed) -> None:
    board = lanes()
    learn(board, NHS, SCHOOL, closed={NHS: closed})
    assert [board.take() for _ in range(6)] == [SCHOOL] * 5 + [""]
    learn(board, NHS)
    assert board.take() == NHS


def test_what_is_noted_during_a_look_is_not_forgotten_by_it() -> None:
    board = lanes()
    board.begin_look()
    board.note(NHS)
    board.learn((), {})
    assert board.take() == NHS
    board.emptied(NHS, board.turn)
    board.leave(NHS)
    learn(board)
    assert board.take() == ""


def test_a_lane_found_empty_is_left_alone_at_once_but_for_what_was_noted_meanwhile() -> None:
    """A thread once asked for the same nothing until the next look, and for ever when looks had ended."""
    board = lanes()
    board.note(NHS)
    turn = board.turn
    board.emptied(NHS, turn)
    assert board.take() == ""
    board.note(NHS)
    board.emptied(NHS, turn)
    assert board.take() == NHS


def test_a_channel_that_is_held_holds_its_domains_and_one_that_is_away_does_not() -> None:
    domain, other = lane_to("direct", "police.example"), lane_to("directory", "police.example")
    board = lanes()
    learn(board, domain, other, closed={lane_to("direct"): Closed(held_by="officer", held_at=NOON)})
    assert [board.is_closed(each) for each in (domain, other)] == [True, False]
    assert {board.take() for _ in range(6)} == {other, ""}
    learn(board, domain, closed={lane_to("direct"): Closed(until=NOON + SECOND, failures=UNREACHABLE)})
    assert board.take() == domain


class Looking(Kept):
    """A look of the daemon's goes on while a lane is changed: it read before, and its word comes after."""

    board: Lanes
    said: Mapping[str, Closed] = MappingProxyType({})

    def close(self, lane: str, until: datetime, failures: int) -> None:
        learn(self.board, lane, closed=self.said)
        super().close(lane, until, failures)
        self.board.learn((lane,), self.said)

    def reopen(self, lane: str) -> None:
        learn(self.board, lane, closed=self.said)
        super().reopen(lane)
        self.board.learn((lane,), self.said)


def test_a_look_that_read_before_a_failure_does_not_forget_it() -> None:
    kept = Looking()
    kept.board = board = Lanes(Limits(), SteppingClock(), kept)
    for failures in range(1, UNREACHABLE + 1):
        board.begin_look()
        board.missed(NHS)
        assert kept.closed[NHS][1] == failures
    assert board.is_closed(NHS)
    learn(board, NHS)
    assert not board.is_closed(NHS), "what the database says later counts: somebody flushed it"


def test_a_look_that_read_before_an_answer_does_not_close_what_it_opened_nor_open_what_is_held() -> None:
    kept = Looking(closed={NHS: (NOON, UNREACHABLE)})
    kept.board = board = Lanes(Limits(each=Limit(at_once=2)), SteppingClock(), kept)
    kept.said = {NHS: Closed(until=NOON + SECOND, failures=UNREACHABLE)}
    learn(board, NHS, closed=kept.said)
    board.reached(NHS)
    assert not board.is_closed(NHS)
    kept.closed, kept.said = {NHS: (NOON, 1)}, {NHS: Closed(failures=1, held_by="officer", held_at=NOON)}
    learn(board, NHS, closed={NHS: Closed(failures=1)})
    board.reached(NHS)
    assert board.is_closed(NHS), "somebody held it meanwhile"


def test_nothing_is_kept_in_memory_of_destinations_where_nothing_happens() -> None:
    clock = SteppingClock()
    board = lanes(clock, each=Limit(a_minute=5))
    for number in range(100):
        place = PlaceIn(board, HOUSE)
        assert place.enter(lane_to("direct", f"partner-{number}.example"))
        board.leave(place.lane)
    clock.move(61 * SECOND)
    learn(board, INSPECT)
    assert size_of(board) < 10


def size_of(board: Lanes) -> int:
    """Return how much is kept by lane, of whatever kind."""
    return sum(len(each) for each in vars(board).values() if isinstance(each, dict | set))
