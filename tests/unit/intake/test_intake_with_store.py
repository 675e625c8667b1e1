"""The doors with the embedded store behind them, and a process that is really killed."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gateway.intake import Arrival
from gateway.intake.accept import Acceptor
from gateway.intake.door import MainDoor
from gateway.intake.folder import FolderDoor
from gateway.intake.message import Message
from gateway.model.transfer import Origin
from gateway.store.embedded import Store, create_keys, open_store
from gateway.system import ids
from gateway.system.clock import MachineClock

SCANNER = """
import sys
from pathlib import Path
from gateway.intake.door import MainDoor
from gateway.intake.folder import FolderDoor
from gateway.store.embedded import open_store
from gateway.system.clock import MachineClock

class Clock(MachineClock):
    ticks = 0.0
    def monotonic(self):
        Clock.ticks += 100.0
        return Clock.ticks

home = Path(sys.argv[1])
store = open_store(state=home / "state", vault=home / "vault", clock=Clock())
door = FolderDoor(MainDoor(store.transfers, store.vault, Clock()), store.transfers, home / "outbound",
                  lambda: {"nhsmail": "inbox@nhs.net"}, "folders@force.police.uk", clock=Clock())
door.scan()
print("looked once", flush=True)
print(len(door.scan()), flush=True)
store.close()
"""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    create_keys(tmp_path / "state")
    opened = open_store(state=tmp_path / "state", vault=tmp_path / "vault", clock=MachineClock())
    yield opened
    opened.close()


@pytest.mark.parametrize("size", [0, 1, 300_000])
def test_an_admitted_transfer_is_whole_recorded_and_due(store: Store, size: int) -> None:
    content = b"x" * size
    door = MainDoor(store.transfers, store.vault, MachineClock())
    named = ids.transfer_id(MachineClock().now())

    def knock() -> Arrival:
        return Arrival(
            origin=Origin.FOLDER,
            sender="a@force.police.uk",
            recipients=("b@nhs.net",),
            parts=[("caf\udce9.txt", io.BytesIO(content))],
            transfer_id=named,
        )

    transfer = door.admit(knock())
    assert store.transfers.get(named) == transfer == door.admit(knock())
    [part] = transfer.parts
    assert (part.size, part.sha256) == (size, hashlib.sha256(content).hexdigest())
    assert store.vault.read(part.object_id) == content
    assert store.ledger.integrate() == 1
    assert len(list(store.transfers.find())) == 1
    due = store.wakes.next_due()
    assert due is not None
    assert due <= MachineClock().now()


def test_a_door_that_is_killed_again_and_again_admits_every_file_exactly_once(store: Store, tmp_path: Path) -> None:
    route = tmp_path / "outbound/nhsmail"
    route.mkdir(parents=True)
    for number in range(60):
        (route / f"{number}.txt").write_text(str(number))
    (route / "case").mkdir()
    (route / "case/a.txt").write_text("a")
    (route / "case/b.txt").write_text("b")
    for left in (55, 40, 20):
        with subprocess.Popen([sys.executable, "-c", SCANNER, str(tmp_path)], stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == b"looked once\n"
            while child.poll() is None and len(list(route.iterdir())) > left:
                pass
            child.kill()
        assert child.returncode in {-9, 0}
        assert len(list(route.iterdir())) <= left
    door = FolderDoor(
        MainDoor(store.transfers, store.vault, MachineClock()),
        store.transfers,
        tmp_path / "outbound",
        lambda: {"nhsmail": "inbox@nhs.net"},
        "folders@force.police.uk",
        quiet=0.0,
    )
    door.scan()
    door.scan()
    transfers = list(store.transfers.find(limit=1000))
    assert sorted(part.name for transfer in transfers for part in transfer.parts) == sorted(
        [*(f"{number}.txt" for number in range(60)), "case/a.txt", "case/b.txt"]
    )
    assert len(transfers) == 61
    assert {len(transfer.parts) for transfer in transfers} == {1, 2}
    assert list(route.iterdir()) == []
    assert list((tmp_path / "outbound/.work").iterdir()) == []


def test_a_thousand_parts_and_the_account_come_back_from_the_database(store: Store) -> None:
    door = MainDoor(store.transfers, store.vault, MachineClock())
    transfer = door.admit(
        Arrival(
            origin=Origin.FOLDER,
            sender="a@force.police.uk",
            recipients=tuple(f"{'x' * 200}{number}@nhs.net" for number in range(1000)),
            parts=[(f"pack/{number}.txt", io.BytesIO(b"")) for number in range(1000)],
            account="jsmith",
        )
    )
    kept = store.transfers.get(transfer.id)
    assert kept == transfer
    assert kept.account == "jsmith"
    assert store.ledger.integrate() == 1


def test_of_one_mail_that_comes_many_times_at_the_same_moment_all_but_the_first_are_marked(store: Store) -> None:
    accept = Acceptor(MainDoor(store.transfers, store.vault, MachineClock()), hostname="gw.example")
    message = Message(
        sender="clerk@council.example",
        recipients=("a@partner.example",),
        content=b"Message-ID: <1@pc>\r\nSubject: x\r\n\r\nhello\r\n",
        client="192.0.2.1",
        helo="pc",
        dsn={},
        dsn_recipients=(),
    )
    with ThreadPoolExecutor(max_workers=8) as several:
        replies = list(several.map(accept, [message] * 24))
    taken = [store.transfers.get(reply.rpartition(" ")[2]) for reply in replies]
    assert len({each.id for each in taken}) == 24
    assert [each.repeats for each in taken].count("") == 1
    assert {each.repeats for each in taken} <= {"", *(each.id for each in taken)}
    assert all(each.repeats != each.id for each in taken)
    said = [json.loads(line) for line in store.ledger.entries()]
    told = {each["transfer"]: each["facts"].get("repeats", "") for each in said}
    assert told == {each.id: each.repeats for each in taken}
