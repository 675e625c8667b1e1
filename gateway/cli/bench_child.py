"""What the measurements of sealing share: a fresh process for each, its peak of memory, and content to seal."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from gateway.errors import GatewayError
from gateway.system import programs

MEGA: Final = 1_000_000
PIECE: Final = 1 << 20
HOUR: Final = 3600.0
KIB_IN_MIB: Final = 1024


def in_child(module: str, *arguments: str) -> Mapping[str, float]:
    """Run a measurement, a module of ours, in a fresh process; return what it tells as one JSON object."""
    command = [sys.executable, "-m", module, *arguments]
    ran = programs.run(command, environment={"PYTHONPATH": os.pathsep.join(sys.path)}, seconds=HOUR)
    if ran.code != 0:
        hint = ran.complaint.decode("utf-8", "replace")[-2000:]
        raise GatewayError(f"a measurement failed: {' '.join(arguments[:2])}", hint=hint)
    told: Mapping[str, float] = json.loads(ran.output)
    return told


def memory(name: str = "VmHWM") -> float:
    """Return MiB of this process, its peak by default (proc(5)): getrusage counts what its parent had before it."""
    lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
    return next(int(line.split()[1]) / KIB_IN_MIB for line in lines if line.startswith(f"{name}:"))


def write_random(path: Path, size: int) -> None:
    """Write content that nothing can compress, and flush it."""
    with path.open("wb") as target:
        for start in range(0, size, PIECE):
            target.write(os.urandom(min(PIECE, size - start)))
        target.flush()
        os.fsync(target.fileno())
