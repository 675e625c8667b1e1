"""Runs a program as on a kernel that lacks a wall: its system calls are answered as such a kernel answers them.

python poorer_kernel.py landlock,seccomp SCRIPT ARGUMENTS
"""

from __future__ import annotations

import errno
import runpy
import sys
from pathlib import Path

import pyseccomp

LANDLOCK_CREATE = 444
PRCTL_OF_SECCOMP = (21, 22)  # PR_GET_SECCOMP, PR_SET_SECCOMP


def take_away(walls: set[str]) -> None:
    """Answer the system calls of these walls with an error, here and in every process from here on."""
    rules = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    if "landlock" in walls:
        rules.add_rule(pyseccomp.ERRNO(errno.ENOSYS), LANDLOCK_CREATE)
    if "seccomp" in walls:
        rules.add_rule(pyseccomp.ERRNO(errno.ENOSYS), "seccomp")
        for operation in PRCTL_OF_SECCOMP:
            rules.add_rule(pyseccomp.ERRNO(errno.EINVAL), "prctl", pyseccomp.Arg(0, pyseccomp.EQ, operation))
    rules.load()


if __name__ == "__main__":
    missing, script = sys.argv[1:3]
    sys.argv = sys.argv[2:]
    sys.path.insert(0, str(Path(__file__).parents[2]))
    take_away({wall for wall in missing.split(",") if wall})
    runpy.run_path(script, run_name="__main__")
