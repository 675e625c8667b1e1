"""What whoever keeps the gateway running lives through with its master key, beside the running gateway."""

from __future__ import annotations

import os
import time

import pytest

from gateway.testing.documents import docx
from tests.scenarios.gateway_process import Gateway, wait_for

pytestmark = [pytest.mark.network, pytest.mark.needs("7z"), pytest.mark.needs("gpg")]
HELD = docx(["Dear colleague,", "The plan is attached."], header="RESTRICTED")


def is_rotated(gateway: Gateway) -> bool:
    """Rotate; say whether it came to its end. It must be made again where something was written under the old key."""
    code, said = gateway.try_to("vault", "rotate")
    assert "wrapped anew" in said
    assert code == 0 or "something was written under the old key meanwhile" in said, said
    return code == 0


def test_the_key_is_changed_while_the_gateway_works_and_nothing_is_lost(gateway: Gateway) -> None:
    gateway.drop("plan.docx", HELD)
    gateway.settled(1)
    (before,) = gateway.ask_json("vault", "status")
    for number in range(4):
        gateway.drop(f"minutes-{number}.txt", b"Minutes of the flower show\n" * 20_000)
        wait_for(lambda: is_rotated(gateway), "a rotation that need not be made again")
    gateway.settled(5)
    assert gateway.states().count("delivered") == 4
    (after,) = gateway.ask_json("vault", "status")
    assert before["keepers"][0]["key"] not in {each["key"] for each in after["keepers"]}
    assert list(after["objects_by_key"]) == [after["keepers"][0]["key"]]
    (verified,) = gateway.ask_json("vault", "verify")
    assert verified["wrong"] == []
    assert verified["objects"] >= 5
    held = next(each for each in gateway.transfers() if each["state"] == "decided")
    gateway.ask("held", "release", held["id"], "--reason", "agreed by telephone")
    wait_for(lambda: "release" in gateway.ask("ledger", "show", "--transfer", held["id"]), "the release")
    assert "another gateway runs" not in gateway.log.read_text()


def test_a_gateway_whose_key_is_gone_does_not_start_and_says_which(gateway: Gateway) -> None:
    gateway.drop("plan.docx", HELD)
    gateway.settled(1)
    gateway.stop()
    key = gateway.home / "state" / "keys" / "master.key"
    kept = key.read_bytes()
    key.write_bytes(bytes(32))
    assert "under a master key that is not here" in gateway.ask("run", code=1)
    key.write_bytes(kept)
    gateway.start()


def test_content_that_no_transfer_names_is_gone_the_day_after(gateway: Gateway) -> None:
    gateway.stop()
    folder = gateway.home / "quarantine" / "ab"
    folder.mkdir(exist_ok=True)
    old, young = folder / f"o-{'a' * 25}", folder / f"o-{'b' * 25}"
    for body in (old, young):
        body.write_bytes(b"what a step left that died")
    os.utime(old, (time.time() - 100_000,) * 2)
    gateway.start()
    wait_for(lambda: not old.exists(), "the sweep")
    assert young.exists()
