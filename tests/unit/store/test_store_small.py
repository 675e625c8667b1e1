"""The small tables beside the console: saved views, boards, parcels, policies, and decisions over many."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.errors import Busy, Conflict, NotAccepted, NotFound, NotPermitted
from gateway.model.bulk import Bulk, BulkItem, BulkState, Result
from gateway.model.held import HeldQuery, Why
from gateway.model.record import Act
from gateway.store import parcels
from gateway.store.embedded import Store, create_keys, open_store
from gateway.store.parcels import Parcel, Side
from gateway.system.clock import MachineClock
from gateway.testing.held_values import hold
from gateway.testing.store_values import MINUTE, NOW, D, move

UNREAD = HeldQuery(why=frozenset({Why.UNREAD}))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    create_keys(tmp_path / "state")
    opened = open_store(state=tmp_path / "state", vault=tmp_path / "vault", clock=MachineClock())
    yield opened
    opened.close()


def bulk(total: int, name: str = "b-1") -> Bulk:
    return Bulk(
        id=name,
        person_id="p-1",
        at=NOW,
        state=BulkState.RUNNING,
        act=Act.REFUSE,
        reason="test data",
        query="why=unread",
        total=total,
    )


def with_result(item: BulkItem, result: Result, words: str = "") -> BulkItem:
    return replace(item, result=result, words=words)


def test_a_decision_over_many_is_about_what_fitted_when_it_was_made(store: Store) -> None:
    mine = [hold(store, at=NOW + number * MINUTE) for number in range(3)]
    hold(store, about="people")
    made = store.bulks.create(bulk(3), UNREAD, store.bulks.seen(UNREAD))
    hold(store)
    items = store.bulks.next(made.id)
    assert [item.transfer_id for item in items] == [each.id for each in mine]
    assert [item.position for item in items] == [1, 2, 3]
    assert [item.version for item in items] == [store.held.of(each.id)[0].version for each in mine]
    assert store.bulks.get(made.id) == made == bulk(3)
    assert store.bulks.running() == (made,)


@pytest.mark.parametrize(("shown", "error"), [(1, Conflict), (3, Conflict)])
def test_a_decision_over_another_number_than_was_shown_is_not_made(
    store: Store, shown: int, error: type[Exception]
) -> None:
    for _ in range(2):
        hold(store)
    with pytest.raises(error, match="2 fit by now"):
        store.bulks.create(bulk(shown), UNREAD, store.bulks.seen(UNREAD))
    with pytest.raises(NotFound):
        store.bulks.get("b-1")
    with pytest.raises(NotFound, match="nothing that is held fits"):
        store.bulks.create(bulk(0), HeldQuery(words=("nobody",)), {})


def test_a_decision_over_as_many_others_is_not_made(store: Store) -> None:
    left, stayed = hold(store), hold(store)
    seen = store.bulks.seen(UNREAD)
    move(store, left, D.REFUSED)
    hold(store)
    with pytest.raises(Conflict, match="not what you were shown"):
        store.bulks.create(bulk(2), UNREAD, seen)
    with pytest.raises(NotFound):
        store.bulks.get("b-1")
    seen = store.bulks.seen(UNREAD)
    held = store.held.of(stayed.id)[0]
    store.held.claim(held, by="p-1", now=NOW)
    with pytest.raises(Conflict, match="not what you were shown"):  # somebody has it now
        store.bulks.create(bulk(2), UNREAD, seen)
    assert store.bulks.create(bulk(2), UNREAD, store.bulks.seen(UNREAD)).total == 2


def test_it_goes_on_where_it_was_counts_each_result_once_and_is_finished_at_its_end(store: Store) -> None:
    for number in range(5):
        hold(store, at=NOW + number * MINUTE)
    made = store.bulks.create(bulk(5), UNREAD, store.bulks.seen(UNREAD))
    first, second = store.bulks.next(made.id, 2)
    told = [with_result(first, Result.FILED), with_result(second, Result.REFUSED, "it is your own")]
    store.bulks.record(made.id, told)
    came = store.bulks.record(made.id, told)
    assert (came.done, came.failed, came.state) == (2, 1, BulkState.RUNNING)
    left = store.bulks.next(made.id)
    assert [item.position for item in left] == [3, 4, 5]
    came = store.bulks.record(made.id, [with_result(item, Result.MISSED) for item in left])
    assert (came.done, came.failed, came.state) == (5, 4, BulkState.FINISHED)
    assert not store.bulks.next(made.id)
    assert not store.bulks.running()
    assert store.bulks.stop(made.id).state is BulkState.FINISHED
    failed = store.bulks.items(made.id, failed=True, limit=3)
    assert [(item.position, item.result, item.words) for item in failed.rows] == [
        (2, Result.REFUSED, "it is your own"),
        (3, Result.MISSED, ""),
        (4, Result.MISSED, ""),
    ]
    rest = store.bulks.items(made.id, failed=True, limit=3, place=failed.next)
    assert [item.position for item in rest.rows] == [5]
    assert store.bulks.items(made.id, failed=True, limit=3, place=rest.previous).rows == failed.rows


def test_what_is_stopped_yields_nothing_more(store: Store) -> None:
    for _ in range(3):
        hold(store)
    made = store.bulks.create(bulk(3), UNREAD, store.bulks.seen(UNREAD))
    (first,) = store.bulks.next(made.id, 1)
    assert store.bulks.stop(made.id).state is BulkState.STOPPED
    assert store.bulks.next(made.id) == ()
    came = store.bulks.record(made.id, [with_result(first, Result.FILED)])
    assert (came.done, came.state) == (1, BulkState.STOPPED)
    assert store.bulks.newest() == (came,)


def test_a_saved_view_is_its_persons_own_and_replaced_by_its_name(store: Store) -> None:
    store.views.save("p-1", "  My   RESTRICTED ", "tier=RESTRICTED")
    store.views.save("p-1", "My RESTRICTED", "tier=RESTRICTED&order=oldest")
    store.views.save("p-2", "Theirs", "why=bulk")
    assert store.views.of("p-1") == {"My RESTRICTED": "tier=RESTRICTED&order=oldest"}
    with pytest.raises(NotFound):
        store.views.remove("p-1", "Theirs")
    store.views.remove("p-1", "My RESTRICTED")
    assert store.views.of("p-1") == {}


@pytest.mark.parametrize(("name", "query"), [("", "a=b"), (" ", "a=b"), ("x" * 81, "a=b"), ("x", "y" * 2001)])
def test_a_view_that_is_too_long_or_has_no_name_is_not_saved(store: Store, name: str, query: str) -> None:
    with pytest.raises(NotPermitted):
        store.views.save("p-1", name, query)


def test_nobody_has_more_than_fifty_views(store: Store) -> None:
    for number in range(50):
        store.views.save("p-1", f"view {number}", "a=b")
    store.views.save("p-1", "view 7", "a=c")
    with pytest.raises(NotPermitted, match="50"):
        store.views.save("p-1", "one more", "a=b")
    store.views.save("p-2", "one more", "a=b")


def test_a_board_says_the_newest_and_nothing_once_it_is_taken_down(store: Store) -> None:
    assert store.boards.read("doctor") is None
    store.boards.put_up("doctor", [{"what": "é", "level": 1}], NOW)
    store.boards.put_up("doctor", {"findings": []}, NOW + MINUTE)
    board = store.boards.read("doctor")
    assert board
    assert (board.at, board.value) == (NOW + MINUTE, {"findings": []})
    store.boards.take_down("doctor")
    assert store.boards.read("doctor") is None
    with pytest.raises(ValueError, match="too long"):
        store.boards.put_up("doctor", "x" * 4_000_001, NOW)


def test_a_policy_is_kept_from_when_it_was_first_in_force(store: Store) -> None:
    store.policies.save("aa", {"rules/a.yaml": "rules: []\n"}, NOW)
    store.policies.save("bb", {"rules/a.yaml": "rules: [é]\n"}, NOW + MINUTE)
    store.policies.save("aa", {}, NOW + 2 * MINUTE)
    assert [(each.hash, each.at) for each in store.policies.newest()] == [("bb", NOW + MINUTE), ("aa", NOW)]
    assert store.policies.files("aa") == {"rules/a.yaml": "rules: []\n"}
    with pytest.raises(NotFound):
        store.policies.files("cc")


def parcel(
    name: str = "1", *, to: Side = Side.DAEMON, key: str = "k", body: bytes = b"sealed", minutes: int = 5
) -> Parcel:
    return Parcel(id=name, kind="try", goes_to=to, key=key, body=body, at=NOW, expires=NOW + timedelta(minutes=minutes))


def test_a_parcel_is_taken_once_by_the_side_it_is_for(store: Store) -> None:
    first, second, back = parcel("1"), parcel("2"), parcel("3", to=Side.CONSOLE, key="2")
    for each in (first, second, back):
        store.parcels.leave(each)
    with pytest.raises(Conflict):
        store.parcels.leave(first)
    assert store.parcels.take_about(Side.DAEMON, "2", NOW) is None
    assert store.parcels.take_about(Side.CONSOLE, "2", NOW) == back
    assert store.parcels.take_about(Side.CONSOLE, "2", NOW) is None
    assert store.parcels.take(Side.DAEMON, NOW, 1) == (first,)
    assert store.parcels.take(Side.DAEMON, NOW) == (second,)
    assert store.parcels.take(Side.DAEMON, NOW) == ()


def test_of_many_who_take_at_once_each_parcel_has_one_taker(store: Store) -> None:
    for number in range(20):
        store.parcels.leave(parcel(f"{number:02d}"))
    with ThreadPoolExecutor(8) as pool:
        taken = [
            each.id for found in pool.map(lambda _: store.parcels.take(Side.DAEMON, NOW, 5), range(8)) for each in found
        ]
    assert sorted(taken) == [f"{number:02d}" for number in range(20)]


def test_a_parcel_that_expired_is_not_taken_and_leaves_the_database(store: Store) -> None:
    store.parcels.leave(parcel("1", minutes=1))
    store.parcels.leave(parcel("2", minutes=9))
    later = NOW + MINUTE
    assert [each.id for each in store.parcels.take(Side.DAEMON, later, 1)] == ["2"]
    store.parcels.expire(later)
    with store.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM parcels").scalar() == 0


def test_there_is_room_for_so_many_parcels_and_no_more(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parcels, "MOST", 2)
    monkeypatch.setattr(parcels, "LARGEST", 10)
    monkeypatch.setattr(parcels, "MOST_BYTES", 15)
    with pytest.raises(NotAccepted):
        store.parcels.leave(parcel("1", body=b"x" * 11))
    store.parcels.leave(parcel("1", body=b"x" * 10))
    with pytest.raises(Busy):
        store.parcels.leave(parcel("2", body=b"x" * 10))
    store.parcels.leave(parcel("2", body=b"x"))
    with pytest.raises(Busy):
        store.parcels.leave(parcel("3", body=b""))
    store.parcels.leave(parcel("4", to=Side.CONSOLE, body=b"x" * 10))
    later = NOW + timedelta(minutes=6)
    store.parcels.leave(replace(parcel("5", body=b"x" * 10), at=later, expires=later + MINUTE))


def test_what_moves_on_meanwhile_stays_an_item_of_the_decision(store: Store) -> None:
    transfer = hold(store)
    made = store.bulks.create(bulk(1), UNREAD, store.bulks.seen(UNREAD))
    move(store, transfer, D.REFUSED)
    (item,) = store.bulks.next(made.id)
    with pytest.raises(NotFound):
        store.held.get(item.transfer_id, item.delivery_id)
