"""Law 9 on real processes: killed at every step, and at random under load; nothing lost, nothing leaked."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from gateway.testing.documents import docx, mail
from tests.scenarios.gateway_process import FRIEND, PATIENCE, STAFF, Gateway, content_of, write_config

pytestmark = [pytest.mark.network, pytest.mark.needs("7z"), pytest.mark.needs("gpg")]
CANARY = "CANARYQUETZAL"
KILLS = 8


@contextmanager
def crashing(config: Path) -> Iterator[Callable[[str, int], int]]:
    """Yield what runs a gateway until its death; it returns -9 when it died as asked, 0 when nothing was left to do."""
    script = Path(__file__).parent / "crashing_gateway.py"
    command = [sys.executable, str(script), str(config)]
    pipe = subprocess.PIPE
    with (
        (config.parent.parent / "gateway.log").open("a") as log,
        subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=log, text=True) as process,
    ):
        asked, answered = process.stdin, process.stdout
        assert asked is not None
        assert answered is not None

        def crash(when: str, number: int) -> int:
            asked.write(f"{when} {number}\n")
            asked.flush()
            return int(answered.readline())

        yield crash


def nothing_leaked(gateway: Gateway) -> None:
    """No file of the installation but what was delivered unsealed holds the canary in clear."""
    leaks = [path for path in gateway.everywhere_else() if CANARY.encode() in content_of(path)]
    assert leaks == []


def waits_in_the_list(gateway: Gateway) -> set[str]:
    """Return the transfers that officers are shown as held, counted as often as they are rows."""
    with closing(sqlite3.connect(gateway.home / "state" / "gateway.db")) as database:
        rows = [row for (row,) in database.execute("SELECT transfer_id FROM held")]
        (counted,) = database.execute("SELECT coalesce(sum(waiting), 0) FROM held_counts").fetchone()
    assert counted == len(rows)
    return set(rows)


def held(transfers: Iterable[dict[str, Any]]) -> set[str]:
    """Return the transfers with something held."""
    return {each["id"] for each in transfers if any(share["state"] == "held" for share in each["deliveries"])}


def paths_walked(gateway: Gateway) -> dict[str, list[str]]:
    """Return the events of each transfer, in order."""
    walked: dict[str, list[str]] = {}
    for entry in gateway.ask_json("ledger", "show"):
        walked.setdefault(entry["transfer"], []).append(entry["event"])
    return walked


def test_killed_at_every_step_each_transfer_still_ends_as_it_should(tmp_path: Path) -> None:
    gateway = Gateway(write_config(tmp_path))
    gateway.log.touch()
    gateway.drop("harmless.txt", f"{CANARY} minutes".encode())
    gateway.drop("protect.docx", docx([f"{CANARY} letter"], header="PROTECT"))
    gateway.drop("restricted.docx", docx([f"{CANARY} plan"], header="RESTRICTED"))
    deaths = 0
    with crashing(gateway.config) as crash:
        for _ in range(60):
            # before the next commit; after the world was told but before that is recorded; after a commit, and another
            codes = [crash(*each) for each in (("before", 1), ("before", 2), ("after", 1), ("after", 2))]
            assert set(codes) <= {0, -9}, gateway.log.read_text()[-2000:]
            deaths += codes.count(-9)
            if set(codes) == {0}:
                break
        else:
            pytest.fail("it never came to an end")
        assert deaths >= 10, "the walk has fewer steps than thought"
        assert crash("never", 0) == 0
    transfers = {each["parts"][0]["name"]: each for each in gateway.transfers()}
    states = {name: each["deliveries"][0]["state"] for name, each in transfers.items()}
    assert states == {"harmless.txt": "delivered", "protect.docx": "delivered", "restricted.docx": "held"}
    assert waits_in_the_list(gateway) == held(transfers.values()), "what is held is shown, and nothing else"
    assert len(gateway.delivered()) == 2, "a folder receives each delivery exactly once"
    sealed = next(path for path in gateway.delivered() if path.suffix == ".zip")
    assert CANARY.encode() not in sealed.read_bytes()
    nothing_leaked(gateway)
    assert list((gateway.home / "outbound" / "to" / FRIEND).iterdir()) == []
    assert "verified" in gateway.ask("ledger", "verify")
    for name, transfer in transfers.items():
        walked = paths_walked(gateway)[transfer["id"]]
        assert walked[:2] == ["transfer:received", "transfer:inspected"], name
        assert walked.count("transfer:received") == 1, name
        assert len(set(walked) & {"delivery:delivered", "delivery:held"}) == 1, name
        assert walked.count("delivery:delivered") <= 1, name
    assert len(gateway.notices()) >= 3, "every sender was told the end"


def test_a_delivery_that_kills_the_gateway_each_time_is_held_after_five_times(tmp_path: Path) -> None:
    gateway = Gateway(write_config(tmp_path))
    gateway.drop("minutes.txt", b"minutes")
    with crashing(gateway.config) as crash:
        assert crash("after", 2) == -9, "received; inspected, decided and sealed"
        assert [crash("before", 2) for _ in range(5)] == [-9] * 5, "attempted, and dead before the answer is recorded"
        assert crash("never", 0) == 0
    (transfer,) = gateway.transfers()
    (delivery,) = transfer["deliveries"]
    assert delivery["state"] == "held"
    assert "failed repeatedly" in delivery["trouble"]
    assert any("has not been sent" in notice for notice in gateway.notices())


def test_killed_at_random_under_load_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    gateway = Gateway(write_config(tmp_path))
    chance = random.Random(20261122)  # noqa: S311 - the same kills each time
    acknowledged: list[str] = []
    dropped = 0
    for round_number in range(KILLS):
        gateway.start()
        for number in range(chance.randint(2, 6)):
            name = f"{round_number}-{number}"
            gateway.drop(
                f"{name}.docx", docx([f"{CANARY} {name}"], header=chance.choice(["", "PROTECT", "RESTRICTED"]))
            )
            dropped += 1
            acknowledged.append(gateway.mail(mail(STAFF, FRIEND, f"Minutes {name}", f"PROTECT\n\n{CANARY} {name}\n")))
        if round_number == KILLS // 2:  # who dies six times in a row without a move is held: a slow machine makes few
            gateway.settled(len(acknowledged) + dropped, seconds=2 * PATIENCE)
        time.sleep(chance.uniform(0, 2.5))
        gateway.kill()
    gateway.start()
    transfers = gateway.settled(len(acknowledged) + dropped, seconds=2 * PATIENCE)
    assert gateway.stop() == 0
    known = Counter(each["id"] for each in transfers)
    assert set(acknowledged) <= set(known), "a message that was acknowledged is gone"
    by_origin = Counter(each["origin"] for each in transfers)
    assert by_origin["folder"] == dropped, "each dropped file is exactly one transfer"
    assert all(wanted(each) for each in transfers)
    assert waits_in_the_list(gateway) == held(transfers), "what is held is shown, and nothing else"
    nothing_leaked(gateway)
    for path in gateway.delivered():
        if path.suffix == ".zip":
            assert CANARY.encode() not in path.read_bytes()
    assert "verified" in gateway.ask("ledger", "verify")


def wanted(transfer: dict[str, Any]) -> bool:
    """Say whether a transfer ended as its marking demands."""
    tier = transfer["marking"]["tier"] if transfer["marking"] else "UNMARKED"
    (delivery,) = transfer["deliveries"]
    expected = {
        "UNMARKED": ("delivered", "none"),
        "PROTECT": ("delivered", "zip"),
        "RESTRICTED": ("held", ""),
    }[tier]
    return (delivery["state"], delivery["method"]) == expected
