"""A message that kills whoever carries it is held after a few tries, and everybody else's goes meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.daemon.runner import POISONOUS, Runner
from gateway.extract import Limits
from gateway.model.inspection import GapKind, Inspection
from gateway.model.lifecycle import DeliveryState
from gateway.model.transfer import Transfer
from gateway.store.embedded import Store, create_keys, open_store
from gateway.system.clock import MachineClock
from gateway.system.sandbox import Pool, describe_kernel
from gateway.testing.policies import SHIPPED
from gateway.worker import Inspector
from gateway.worker.setup import Setup
from tests.unit.daemon.carrying import SlowChannel, admit, carried, house, states

HERE = Path(__file__).parent
CHILD = (sys.executable, "-P", str(HERE / "poisoned_child.py"))
HELD, DELIVERED = {DeliveryState.HELD}, {DeliveryState.DELIVERED}
FRIEND = "friend@partner.example"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    create_keys(tmp_path / "state")
    opened = open_store(state=tmp_path / "state", vault=tmp_path / "vault", clock=MachineClock())
    yield opened
    opened.close()


@pytest.mark.skipif(not all(describe_kernel().values()), reason="this kernel has no landlock or seccomp")
@pytest.mark.parametrize("deed", [b"ABORT now", b"HANG now"])
def test_content_that_kills_its_worker_each_time_is_held_and_the_rest_goes(store: Store, deed: bytes) -> None:
    pool = Pool(CHILD, Setup(policies=SHIPPED).write(), size=2, memory=2 << 30, deadline=60.0)
    inspector = Inspector(pool, deadline=60.0, part_deadline=10.0, limits=Limits(), clock=MachineClock())

    def inspect(transfer: Transfer) -> Inspection:
        (part,) = transfer.parts
        return inspector.inspect(part.name, store.vault.read(part.object_id))

    poison = [admit(store, FRIEND, content=deed) for _ in range(2)]
    others = [admit(store, FRIEND) for _ in range(4)]
    carried(store, Runner(house(store, SlowChannel(), inspect), store))
    pool.close()
    assert [states(store, each) for each in poison] == [HELD] * 2
    assert [states(store, each) for each in others] == [DELIVERED] * 4
    for each in poison:
        seen = store.transfers.get(each.id).inspection
        assert seen is not None
        assert {gap.kind for gap in seen.gaps} <= {GapKind.CRASHED, GapKind.TIMEOUT}


@pytest.mark.timeout(600)
def test_content_that_kills_the_daemon_each_time_is_held_and_the_rest_goes_before(tmp_path: Path) -> None:
    create_keys(tmp_path / "state")
    store = open_store(state=tmp_path / "state", vault=tmp_path / "vault", clock=MachineClock())
    poison = admit(store, FRIEND, name="poison.txt")
    others = [admit(store, FRIEND) for _ in range(8)]
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent.parent)}
    deaths, gone_after, ahead = 0, None, 0
    for _ in range(4 * POISONOUS):  # restarted at once after each death, and later again when it waits
        command = [sys.executable, str(HERE / "deadly_daemon.py"), str(tmp_path), str(ahead)]
        code = subprocess.run(command, check=False, env=environment, capture_output=True, timeout=120).returncode
        assert code in {0, -signal.SIGKILL}
        deaths += code != 0
        ahead += 300 * (code == 0)
        if gone_after is None and all(states(store, each) == DELIVERED for each in others):
            gone_after = deaths
        if states(store, poison) == HELD:
            break
    store_held = store.transfers.get(poison.id).inspection
    store.close()
    assert deaths == POISONOUS
    assert gone_after is not None
    assert gone_after < POISONOUS, "the others went before it was held"
    assert store_held is not None
    assert [gap.kind for gap in store_held.gaps] == [GapKind.CRASHED]
