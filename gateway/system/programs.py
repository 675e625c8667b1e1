"""Starts other programs (gpg, 7z), with a clean environment, a deadline, and secrets on pipes only."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.errors import Unsound

SAFE_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "TMPDIR")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a program answered. `output` and `complaint` are raw and untrusted."""

    code: int
    output: bytes
    complaint: bytes


def find(name: str) -> str:
    """Return the program's path; `Unsound` with the fix when it is not installed."""
    path = shutil.which(name)
    if path is None:
        raise Unsound(f"the program {name} is not installed", hint=f"install the package that ships {name}")
    return path


def run(
    command: Sequence[str],
    *,
    stdin: bytes = b"",
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    seconds: float = 120,
) -> Ran:
    """Run a program to its end; a secret goes to `stdin`, never into `command`.

    Raises `TimeoutError` when the deadline passes (the program and its children are killed).
    """
    kept = {name: os.environ[name] for name in SAFE_ENVIRONMENT if name in os.environ} | dict(environment or {})
    with subprocess.Popen(
        [find(command[0]), *command[1:]],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=kept,
        cwd=folder,
        start_new_session=True,
    ) as process:
        try:
            output, complaint = process.communicate(stdin, timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait()  # not communicate(): a daemon that left the session may hold the pipes for ever
            raise TimeoutError(command[0]) from None
    return Ran(code=process.returncode, output=output, complaint=complaint)
