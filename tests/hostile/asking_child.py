"""Starts the hostile child, attacks in every way, and inspects a letter; prints what came of it as JSON.

Each argument is one go: `sound`, or `degraded` with leave to run so.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from gateway.errors import Unsound
from gateway.system.sandbox import Patience, Pool, WorkerLost
from gateway.testing.policies import SHIPPED
from gateway.worker import Inspector
from gateway.worker.setup import Setup

HERE = Path(__file__).parent
ATTACKS = ("read_file", "write_file", "list_folder", "connect_inet", "execute", "other_descriptors")


def attack(pool: Pool, name: str) -> str:
    """Return what an attack came to: the error that it met, or what became of the worker."""
    try:
        return pool.ask(name.encode(), b"", Patience(seconds=20)).decode()
    except WorkerLost:
        return "lost"


def attempt(*, allow_degraded: bool) -> dict[str, object]:
    """Return the answer to every attack, and the findings of a letter; or why nothing started."""
    child = (sys.executable, "-P", str(HERE / "hostile_child.py"))
    try:
        pool = Pool(child, b"", size=1, memory=2 << 30, deadline=20, allow_degraded=allow_degraded)
    except Unsound as trouble:
        return {"unsound": trouble.message}
    attacks = {name: attack(pool, name) for name in ATTACKS}
    pool.close()
    inspector = Inspector.start(workers=1, allow_degraded=allow_degraded, setup=Setup(policies=SHIPPED))
    seen = inspector.inspect("letter.txt", b"PROTECT\n\nNHS number 943 476 5919\n")
    inspector.close()
    found = [finding.entity for finding in seen.findings]
    return {"user": os.geteuid(), "attacks": attacks, "found": found, "gaps": [gap.kind for gap in seen.gaps]}


if __name__ == "__main__":
    sys.stdout.write(json.dumps([attempt(allow_degraded=leave == "degraded") for leave in sys.argv[1:]]))
