"""Notices of all transfers by how they stand: every one on one page, the newest transfer first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.errors import NotFound
from gateway.model.lifecycle import DeliveryState, NoticeState, TransferState
from gateway.model.transfer import Transfer
from gateway.store.embedded import Store, create_keys, open_store
from gateway.system.clock import MachineClock
from gateway.testing.store_values import NOW, accept, make_notice, make_transfer, move, step


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    create_keys(tmp_path / "state")
    opened = open_store(state=tmp_path / "state", vault=tmp_path / "vault", clock=MachineClock())
    yield opened
    opened.close()


def told(store: Store, number: int, *states: NoticeState) -> Transfer:
    transfer = accept(store, make_transfer(received_at=NOW + timedelta(minutes=number)))
    waiting = tuple(replace(make_notice(), deliveries=(transfer.deliveries[0].id,)) for _ in states)
    with_notices = step(store, transfer, notices=waiting)
    ended = tuple(replace(each, state=state) for each, state in zip(waiting, states, strict=True))
    return step(store, with_notices, notices=ended)


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_pages_hold_every_one_once(store: Store, limit: int) -> None:
    failed, waiting, sent = NoticeState.FAILED, NoticeState.WAITING, NoticeState.SENT
    made = [told(store, n, failed, sent, failed, waiting) for n in range(4)]
    wanted = [
        (one.id, notice.id)
        for one in reversed(made)
        for notice in reversed(one.notices)
        if notice.state is NoticeState.FAILED
    ]
    found, place = list[tuple[str, str]](), ""
    while True:
        page = store.notices.standing(NoticeState.FAILED, place=place, limit=limit)
        assert len(page.rows) <= limit
        found += [(each.transfer_id, each.notice.id) for each in page.rows]
        if not page.next:
            break
        place = page.next
    assert found == wanted
    assert {each.notice.state for each in store.notices.standing(NoticeState.WAITING).rows} == {NoticeState.WAITING}


def test_it_says_whose_it_is_and_whether_that_is_over(store: Store) -> None:
    one = told(store, 1, NoticeState.FAILED)
    (found,) = store.notices.standing(NoticeState.FAILED).rows
    assert (found.transfer_id, found.sender, found.is_over) == (one.id, one.sender, False)
    assert found.notice == one.notices[0]
    decided = step(store, step(store, one, state=TransferState.INSPECTED), state=TransferState.DECIDED)
    step(store, move(store, decided, DeliveryState.REFUSED), state=TransferState.FINISHED)
    assert store.notices.standing(NoticeState.FAILED).rows[0].is_over


@pytest.mark.parametrize("place", ["x", "WzAsMV0", "WzAsInQiLCJ4Il0"])
def test_a_place_that_no_page_gave_is_nowhere(store: Store, place: str) -> None:
    with pytest.raises(NotFound):
        store.notices.standing(NoticeState.FAILED, place=place)
