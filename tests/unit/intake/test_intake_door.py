from __future__ import annotations

import hashlib
import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import NotAccepted, StorageFull, StoreError
from gateway.intake import Arrival
from gateway.intake.door import MainDoor
from gateway.model.lifecycle import DeliveryState, TransferState
from gateway.model.record import Event
from gateway.model.transfer import Origin
from gateway.store import tlog
from gateway.store.ledger import entry_bytes
from gateway.system import ids
from tests.unit.intake.memory_store import HandClock, MemoryTransfers, MemoryVault


@pytest.fixture
def transfers() -> MemoryTransfers:
    return MemoryTransfers()


@pytest.fixture
def vault() -> MemoryVault:
    return MemoryVault()


@pytest.fixture
def door(transfers: MemoryTransfers, vault: MemoryVault) -> MainDoor:
    return MainDoor(transfers, vault, HandClock())


def arrival(*parts: tuple[str, bytes]) -> Arrival:
    return Arrival(
        origin=Origin.COMMAND,
        sender="Sender@Force.POLICE.UK",
        recipients=("b@NHS.net", "a@nhs.net", "b@nhs.NET"),
        parts=[(name, io.BytesIO(content)) for name, content in parts or [("plan.txt", b"content")]],
        subject="about the plan",
    )


def test_an_admitted_transfer_is_received_durable_and_woken(
    door: MainDoor, transfers: MemoryTransfers, vault: MemoryVault
) -> None:
    transfer = door.admit(arrival(("a.txt", b"one"), ("b.txt", b"three")))
    assert transfers.get(transfer.id) == transfer
    assert transfer.state is TransferState.RECEIVED
    assert transfer.version == 1
    assert transfer.sender == "Sender@force.police.uk"
    assert [delivery.recipient for delivery in transfer.deliveries] == ["b@nhs.net", "a@nhs.net"]
    assert {delivery.state for delivery in transfer.deliveries} == {DeliveryState.UNDECIDED}
    assert len({delivery.id for delivery in transfer.deliveries}) == 2
    assert [vault.read(part.object_id) for part in transfer.parts] == [b"one", b"three"]
    assert [part.sha256 for part in transfer.parts] == [hashlib.sha256(c).hexdigest() for c in (b"one", b"three")]
    assert transfers.wakes == {transfer.id: transfer.received_at}


def test_the_first_entry_holds_addresses_counts_and_hashes_but_no_names(
    door: MainDoor, transfers: MemoryTransfers
) -> None:
    transfer = door.admit(arrival(("secret name.txt", b"one")))
    [entry] = transfers.entries
    assert entry.event is Event.TRANSFER_RECEIVED
    assert entry.transfer_id == transfer.id
    assert dict(entry.facts) == {
        "origin": "command",
        "sender": "Sender@force.police.uk",
        "recipients": ["b@nhs.net", "a@nhs.net"],
        "parts": 1,
        "size": 3,
        "digest": hashlib.sha256(f"{hashlib.sha256(b'one').hexdigest()}\n".encode()).hexdigest(),
        "sha256": [hashlib.sha256(b"one").hexdigest()],
    }


@pytest.mark.parametrize(
    "broken",
    [
        replace(arrival(), recipients=()),
        replace(arrival(), recipients=("nobody",)),
        replace(arrival(), recipients=("a@nhs.net", " b@nhs.net")),
        replace(arrival(), sender="no address"),
        replace(arrival(), parts=()),
    ],
    ids=["no recipient", "malformed recipient", "one malformed of two", "malformed sender", "no part"],
)
def test_what_cannot_become_a_transfer_leaves_nothing_behind(
    broken: Arrival, door: MainDoor, transfers: MemoryTransfers, vault: MemoryVault
) -> None:
    with pytest.raises(NotAccepted):
        door.admit(broken)
    assert not transfers.kept
    assert not vault.kept


def test_no_room_for_the_second_part_takes_the_first_back(
    door: MainDoor, transfers: MemoryTransfers, vault: MemoryVault
) -> None:
    vault.failure, vault.failing_after = StorageFull("no room"), 1
    with pytest.raises(StorageFull):
        door.admit(arrival(("a", b"1"), ("b", b"2")))
    assert not transfers.kept
    assert not vault.kept


def test_no_room_for_the_commit_takes_the_content_back(
    door: MainDoor, transfers: MemoryTransfers, vault: MemoryVault
) -> None:
    transfers.failure = StorageFull("no room for the database")
    with pytest.raises(StorageFull):
        door.admit(arrival(("a", b"1"), ("b", b"2")))
    assert not vault.kept


def test_content_that_a_commit_may_have_named_is_never_destroyed(
    door: MainDoor, transfers: MemoryTransfers, vault: MemoryVault
) -> None:
    transfers.failure, transfers.after_commit = StoreError("the answer was lost"), True
    with pytest.raises(StoreError):
        door.admit(arrival())
    [transfer] = transfers.kept.values()
    assert vault.read(transfer.parts[0].object_id) == b"content"


def test_knocking_twice_with_the_same_id_admits_once(door: MainDoor, transfers: MemoryTransfers) -> None:
    named = replace(arrival(), transfer_id=ids.transfer_id(HandClock().now()))
    first = door.admit(named)
    again = door.admit(replace(arrival(), transfer_id=named.transfer_id))
    assert again == first
    assert first.id == named.transfer_id
    assert len(transfers.entries) == 1


def test_the_null_sender_may_send(door: MainDoor) -> None:
    assert door.admit(replace(arrival(), sender="<>")).sender == ""


def test_names_are_made_storable_and_told_apart(door: MainDoor) -> None:
    transfer = door.admit(arrival(("x/a.txt", b""), ("x/a.txt", b""), ("caf\udce9\0.doc", b""), ("", b""), ("", b"")))
    assert [part.name for part in transfer.parts] == [
        "x/a.txt",
        "x/a (2).txt",
        "caf\ufffd\ufffd.doc",
        "unnamed",
        "unnamed (2)",
    ]


@given(st.lists(st.text(max_size=8), min_size=1, max_size=12))
def test_every_part_has_a_name_of_its_own_that_can_be_written_down(names: list[str]) -> None:
    door = MainDoor(MemoryTransfers(), MemoryVault(), HandClock())
    kept = [part.name for part in door.admit(arrival(*((name, b"") for name in names))).parts]
    assert len(set(kept)) == len(names)
    assert all(name.encode() for name in kept)


def test_a_thousand_long_addresses_and_parts_fit_into_the_first_entry(
    door: MainDoor, transfers: MemoryTransfers
) -> None:
    addresses = tuple(f"{'x' * 220}{number:04}@nhs.net" for number in range(1000))
    many = replace(arrival(*((f"{number}.txt", b"") for number in range(1000))), recipients=addresses)
    door.admit(many)
    [entry] = transfers.entries
    assert len(entry_bytes(entry)) < 2000
    assert (entry.facts["parts"], entry.facts["recipient_count"]) == (1000, 1000)
    said = "".join(f"{address}\n" for address in addresses)
    assert entry.facts["recipients_digest"] == hashlib.sha256(said.encode()).hexdigest()
    empty = hashlib.sha256(b"").hexdigest()
    assert entry.facts["digest"] == hashlib.sha256(f"{empty}\n".encode() * 1000).hexdigest()
    assert not {"sha256", "recipients"} & set(entry.facts)


@pytest.mark.parametrize("letter", ["x", "\u00e9", "\U00010400"], ids=["ASCII", "two bytes", "four bytes"])
def test_the_most_and_longest_addresses_that_are_listed_fit_into_an_entry(
    letter: str, door: MainDoor, transfers: MemoryTransfers
) -> None:
    local = letter * (240 // len(letter.encode()))
    addresses = tuple(f"{local}{number:02}@nhs.net" for number in range(50))
    door.admit(replace(arrival(), recipients=addresses, sender=addresses[0]))
    [entry] = transfers.entries
    assert entry.facts["recipients"] == list(addresses)
    assert len(entry_bytes(entry)) < tlog.LONGEST


@pytest.mark.parametrize("failure", [ValueError("a ledger entry is too long"), TypeError("no codec")])
def test_a_transfer_that_cannot_be_written_down_leaves_no_content_behind(
    failure: Exception, door: MainDoor, transfers: MemoryTransfers, vault: MemoryVault
) -> None:
    transfers.failure = failure
    with pytest.raises(type(failure)):
        door.admit(arrival())
    assert not vault.kept


def test_a_mistake_while_the_transfer_is_built_leaves_no_content_behind(
    door: MainDoor, vault: MemoryVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.intake.door.received", lambda _: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        door.admit(arrival())
    assert not vault.kept


def test_the_account_that_brought_it_is_carried_and_recorded(door: MainDoor, transfers: MemoryTransfers) -> None:
    assert door.admit(replace(arrival(), account="jsmith")).account == "jsmith"
    assert transfers.entries[0].facts["account"] == "jsmith"
