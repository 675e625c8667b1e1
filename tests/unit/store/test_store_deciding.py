"""Two officers and one delivery: whoever is first is first, and nobody is two persons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import pytest

from gateway.errors import Conflict, GatewayError, NotPermitted
from gateway.model.record import Act, Instruction
from gateway.model.transfer import Release, Transfer
from gateway.store.embedded import Store, create_keys, open_store
from gateway.system import ids
from gateway.system.clock import MachineClock
from gateway.testing.held_values import held_again, hold
from gateway.testing.store_values import NOW, D, make_instruction, step

NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    create_keys(tmp_path / "state")
    opened = open_store(state=tmp_path / "state", vault=tmp_path / "vault", clock=MachineClock())
    yield opened
    opened.close()


def by(transfer: Transfer, name: str, act: Act = Act.RELEASE, more: Mapping[str, Any] = NOTHING) -> Instruction:
    """Return somebody's decision on the first delivery."""
    own = {"officer": name, "officer_address": f"{name}@council.example", "officer_account": f"console:p-{name}"}
    return replace(make_instruction(transfer), id=ids.serial("i"), act=act, **{**own, **more})


def seen(store: Store, transfer: Transfer) -> int:
    (held,) = store.held.of(transfer.id)
    return held.version


def carried_out(store: Store, transfer: Transfer, instruction: Instruction) -> Transfer:
    """Let a release be carried out, and the delivery be held again for a second person."""
    first = transfer.deliveries[0]
    release = Release(
        officer=instruction.officer,
        reason="seen",
        at=NOW,
        address=instruction.officer_address,
        account=instruction.officer_account,
    )
    released = replace(first, state=D.UNDECIDED, releases=(*first.releases, release))
    after = store.transfers.commit(
        transfer, replace(transfer, deliveries=(released,)), entries=[], instruction_done=instruction.id
    )
    return held_again(store, after)


def test_of_many_who_decide_at_once_one_instruction_is_filed_and_the_others_are_told_who(store: Store) -> None:
    transfer = hold(store)
    version = seen(store, transfer)

    def decide(number: int) -> str:
        act = Act.RELEASE if number % 2 else Act.REFUSE
        try:
            store.transfers.instruct(by(transfer, f"o{number}", act), seen=version)
        except Conflict as error:
            return error.message
        return ""

    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(decide, range(8)))
    (filed,) = store.transfers.instructions(transfer.id)
    assert said.count("") == 1
    assert all(each.startswith(f"{filed.officer} filed a {filed.act}") for each in said if each)


def test_what_changed_since_it_was_seen_is_not_decided(store: Store) -> None:
    transfer = hold(store)
    (held,) = store.held.of(transfer.id)
    store.held.claim(held, by="p-other", now=NOW)
    with pytest.raises(Conflict, match="p-other was first"):
        store.transfers.instruct(by(transfer, "late"), seen=held.version)
    assert store.transfers.instructions(transfer.id) == ()
    store.transfers.instruct(by(transfer, "other"), seen=held.version + 1)


def test_what_was_decided_since_it_was_seen_is_not_decided_again_and_it_says_by_whom(store: Store) -> None:
    transfer = hold(store)
    version = seen(store, transfer)
    first = by(transfer, "first")
    store.transfers.instruct(first, seen=version)
    again = carried_out(store, transfer, first)
    with pytest.raises(Conflict, match="first was first: a release"):
        store.transfers.instruct(by(again, "second"), seen=version)
    gone = step(store, again, deliveries=(replace(again.deliveries[0], state=D.REFUSED),))
    with pytest.raises(Conflict, match="first was first"):
        store.transfers.instruct(by(gone, "second"), seen=version)


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"officer": "Another Name", "officer_address": "another@council.example"},
        {"officer": "Another Name", "officer_account": "console:p-another"},
        {"officer": "FIRST", "officer_address": "another@council.example", "officer_account": ""},
        {"officer": "Another", "officer_address": "First+tag@COUNCIL.example.", "officer_account": ""},
    ],
    ids=["themselves", "the same account", "the same address", "the same name", "the same mailbox"],
)
def test_nobody_is_the_second_person_to_their_own_release(store: Store, more: dict[str, str]) -> None:
    transfer = hold(store)
    first = by(transfer, "first")
    store.transfers.instruct(first)
    with pytest.raises(NotPermitted, match="a second person is needed"):
        store.transfers.instruct(by(transfer, "first", more=more))
    again = carried_out(store, transfer, first)
    for version in (None, seen(store, again)):
        with pytest.raises(NotPermitted, match="a second person is needed"):
            store.transfers.instruct(by(again, "first", more=more), seen=version)
    assert store.transfers.instructions(again.id) == ()
    store.transfers.instruct(by(again, "second"), seen=seen(store, again))


def test_the_first_person_may_still_refuse_it(store: Store) -> None:
    transfer = hold(store)
    first = by(transfer, "first")
    store.transfers.instruct(first)
    again = carried_out(store, transfer, first)
    store.transfers.instruct(by(again, "first", Act.REFUSE), seen=seen(store, again))


def test_after_a_trouble_the_same_person_may_let_it_be_tried_again(store: Store) -> None:
    transfer = hold(store)
    first = by(transfer, "first")
    store.transfers.instruct(first)
    again = carried_out(store, transfer, first)
    between = step(store, again, deliveries=(replace(again.deliveries[0], state=D.UNDECIDED),))
    cleared = step(store, between, deliveries=(replace(between.deliveries[0], state=D.CLEARED),))
    failed = step(store, cleared, deliveries=(cleared.deliveries[0].held("the channel failed"),))
    store.transfers.instruct(by(failed, "first"), seen=seen(store, failed))


def test_a_release_of_one_delivery_says_nothing_of_another(store: Store) -> None:
    transfer = hold(store, recipients=2)
    store.transfers.instruct(by(transfer, "first"))
    other = replace(by(transfer, "first"), delivery_id=transfer.deliveries[1].id)
    store.transfers.instruct(other)
    assert len(store.transfers.instructions(transfer.id)) == 2


def test_what_decides_nothing_needs_no_version_and_does_not_wait_for_a_decision(store: Store) -> None:
    transfer = hold(store)
    store.transfers.instruct(by(transfer, "first"))
    store.transfers.instruct(by(transfer, "second", Act.ASK))
    assert len(store.transfers.instructions(transfer.id)) == 2


def test_two_processes_file_one_instruction_between_them(store: Store, tmp_path: Path) -> None:
    transfer = hold(store)
    other = open_store(state=tmp_path / "state", vault=tmp_path / "vault", clock=MachineClock())
    try:
        version = seen(store, transfer)

        def decide(number: int) -> bool:
            try:
                (store, other)[number % 2].transfers.instruct(by(transfer, f"o{number}"), seen=version)
            except GatewayError:
                return False
            return True

        with ThreadPoolExecutor(6) as pool:
            assert sum(pool.map(decide, range(6))) == 1
    finally:
        other.close()
    assert len(store.transfers.instructions(transfer.id)) == 1


@pytest.mark.parametrize(
    "whose",
    [
        {"sender": "First+tag@council.example"},
        {"sender": "shared@council.example", "authors": frozenset({"desk@council.example", "first@council.example"})},
    ],
)
def test_nobody_files_a_release_of_what_is_their_own(store: Store, whose: dict[str, Any]) -> None:
    transfer = step(store, hold(store), **whose)
    with pytest.raises(NotPermitted, match=r"first@council\.example is party to"):
        store.transfers.instruct(by(transfer, "first"))
    assert store.transfers.instructions(transfer.id) == ()
    store.transfers.instruct(by(transfer, "second"))


def test_what_was_kept_before_who_wrote_it_was_is_released_as_ever(store: Store) -> None:
    transfer = hold(store)
    old = "UPDATE transfers SET value = json_remove(value, '$.authors')"
    assert store.database.write(lambda connection: connection.exec_driver_sql(old).rowcount) == 1
    assert store.transfers.get(transfer.id).authors == frozenset()
    store.transfers.instruct(by(transfer, "first"))
    assert len(store.transfers.instructions(transfer.id)) == 1
