"""kill -9, again and again: what was acknowledged is there, what is there is whole."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from gateway.model.lifecycle import TransferState
from gateway.store.database import Database
from gateway.store.embedded import DATABASE, KEYS, LEDGER, create_keys, open_store
from gateway.store.verify import verify_ledger
from gateway.system.clock import MachineClock

ROOT = Path(__file__).resolve().parents[3]
ROUNDS = 8

WRITING = """
import io, itertools, secrets, sys, threading
from dataclasses import replace
from pathlib import Path
from gateway.model.lifecycle import TransferState
from gateway.store.embedded import open_store
from gateway.system.clock import MachineClock
from gateway.testing.store_values import NOW, accept, make_entry, make_transfer, step

home = Path(sys.argv[1])
store = open_store(state=home / "state", vault=home / "vault", clock=MachineClock())
lock = threading.Lock()

def write(number):
    for turn in itertools.count():
        content = secrets.token_bytes(300_000 if turn % 3 == 0 else 3_000)
        stored = store.vault.put(io.BytesIO(content))
        transfer = accept(store, make_transfer(), objects=[stored], wake=NOW)
        with lock:
            print("accepted", transfer.id, stored.id, stored.sha256, flush=True)
        step(store, transfer, state=TransferState.INSPECTED)
        with lock:
            print("inspected", transfer.id, flush=True)

def integrate():
    while True:
        store.ledger.integrate()

for number in range(4):
    threading.Thread(target=write, args=(number,)).start()
threading.Thread(target=integrate).start()
"""


def killed_after(home: Path, lines: int) -> list[list[str]]:
    """Run the writing child until it has acknowledged so many steps; kill it; return all that it acknowledged."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITING, str(home)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        told = [process.stdout.readline().split() for _ in range(lines)]
        os.kill(process.pid, signal.SIGKILL)
        told += [line.split() for line in process.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
    assert process.returncode == -signal.SIGKILL
    return told


def test_every_acknowledged_step_survives_every_kill(tmp_path: Path) -> None:
    create_keys(tmp_path / "state")
    accepted: dict[str, tuple[str, str]] = {}
    inspected: set[str] = set()
    older: bytes | None = None
    key = (tmp_path / "state" / KEYS / "ledger.vkey").read_text()
    for turn in range(ROUNDS):
        for event, transfer_id, *content in killed_after(tmp_path, 10 + 7 * turn):
            if event == "accepted":
                accepted[transfer_id] = (content[0], content[1])
            else:
                inspected.add(transfer_id)
        store = open_store(state=tmp_path / "state", vault=tmp_path / "vault", clock=MachineClock())
        store.ledger.integrate()
        verified = verify_ledger(tmp_path / "state" / LEDGER, key, older_checkpoint=older)
        older = (tmp_path / "state" / LEDGER / "checkpoint").read_bytes()
        found = {transfer.id: transfer for transfer in store.transfers.find(limit=100_000)}
        assert accepted.keys() <= found.keys()
        assert verified.size == len(found)  # one entry each, and none without its transfer
        assert all(found[one].state is TransferState.INSPECTED for one in inspected)
        store.close()
    read_all(tmp_path, accepted)


def test_two_processes_write_at_once_and_neither_loses(tmp_path: Path) -> None:
    create_keys(tmp_path / "state")
    with ThreadPoolExecutor(2) as both:
        told = [line for lines in both.map(lambda _: killed_after(tmp_path, 60), range(2)) for line in lines]
    accepted = {line[1]: (line[2], line[3]) for line in told if line[0] == "accepted"}
    store = open_store(state=tmp_path / "state", vault=tmp_path / "vault", clock=MachineClock())
    store.ledger.integrate()
    found = {transfer.id for transfer in store.transfers.find(limit=100_000)}
    entries = [json.loads(entry)["transfer"] for entry in store.ledger.entries()]
    store.close()
    assert accepted.keys() <= found
    assert sorted(entries) == sorted(found)
    key = (tmp_path / "state" / KEYS / "ledger.vkey").read_text()
    assert verify_ledger(tmp_path / "state" / LEDGER, key, older_checkpoint=None).size == len(found)
    read_all(tmp_path, accepted)


def read_all(home: Path, accepted: dict[str, tuple[str, str]]) -> None:
    store = open_store(state=home / "state", vault=home / "vault", clock=MachineClock())
    assert len(accepted) > ROUNDS
    for object_id, digest in accepted.values():
        assert store.vault._row(object_id).sha256 == digest
        store.vault.read(object_id)  # verifies the digest
    store.close()
    database = Database(home / "state" / DATABASE)
    with database.read() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").first() is None
    database.close()
