"""Who is let in, and how much: nobody can take all of it."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from gateway.intake.smtp_limits import MOST_REMEMBERED, TOO_MANY, TOO_MANY_OF_YOURS, Gate, Limits, Recent


@dataclass
class Hand:
    """A clock that is turned by hand."""

    time: float = 1000.0

    def __call__(self) -> float:
        return self.time


def test_connections_are_counted_in_all_and_for_each_client() -> None:
    gate = Gate(Limits(connections=3, per_client=2), Hand())
    assert [gate.enter("a"), gate.enter("a"), gate.enter("a")] == ["", "", TOO_MANY_OF_YOURS]
    assert [gate.enter("b"), gate.enter("b")] == ["", TOO_MANY]
    gate.leave("a")
    assert gate.enter("c") == ""


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 60))))
def test_bytes_in_flight_are_bounded_for_all_and_half_for_one_and_are_given_back(sizes: list[tuple[str, int]]) -> None:
    gate = Gate(Limits(in_flight=100), Hand())
    shares = []
    for client, size in sizes:
        share = gate.share(client)
        share.__enter__()
        was = gate._bytes.copy()
        if not share.reach(size):
            assert gate._bytes == was
            assert sum(was.values()) + size > 100 or was[client] + size > 50
        shares.append(share)
        assert sum(gate._bytes.values()) <= 100
        assert all(taken <= 50 for taken in gate._bytes.values())
    for share in shares:
        share.__exit__()
    assert not gate._bytes


def test_a_share_grows_with_its_message() -> None:
    gate = Gate(Limits(in_flight=100), Hand())
    with gate.share("a") as share:
        assert share.reach(30)
        assert share.reach(20)
        assert share.reach(50)
        assert not share.reach(51)
        assert not gate.has_room("a", 1)
        assert gate.has_room("b", 50)
    assert gate.has_room("a", 50)


def test_messages_are_counted_within_a_minute() -> None:
    hand = Hand()
    gate = Gate(Limits(messages_a_minute=2), hand)
    gate.sent("a")
    hand.time += 30
    gate.sent("a")
    assert gate.is_too_fast("a")
    assert not gate.is_too_fast("b")
    hand.time += 30
    assert not gate.is_too_fast("a")
    gate.sent("a")
    assert gate.is_too_fast("a")


def test_without_a_bound_nothing_is_counted() -> None:
    gate = Gate(Limits(), Hand())
    for _ in range(1000):
        gate.sent("a")
    assert not gate.is_too_fast("a")


def test_what_is_remembered_is_bounded_and_the_oldest_go_first() -> None:
    recent = Recent(1, 60.0)
    for number in range(MOST_REMEMBERED + 1):
        recent.add(str(number), 0.0)
    assert not recent.is_full("0", 1.0)
    assert recent.is_full(str(MOST_REMEMBERED), 1.0)
