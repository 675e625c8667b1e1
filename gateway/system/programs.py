"""Starts other programs (gpg, 7z, openssl), with a clean environment, a deadline, and secrets on pipes only.

`run` is for what fits into memory; `pipes.pipe` for content of any size.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from gateway.errors import NotInstalled

SAFE_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "TMPDIR")
PATIENCE: Final = 120.0  # seconds for a program to do something small

Program: TypeAlias = "subprocess.Popen[bytes]"
"""A program that runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a program answered. `output` and `complaint` are raw and untrusted."""

    code: int
    output: bytes
    complaint: bytes


_found: dict[tuple[str, str], str] = {}


def find(name: str) -> str:
    """Return the program's path; `NotInstalled` with the fix when it is not installed.

    Where it was found before it is not looked for again, as long as it is there.
    """
    wanted = (name, os.environ.get("PATH", ""))
    known = _found.get(wanted)
    if known and os.access(known, os.X_OK):
        return known
    path = shutil.which(name)
    if path is None:
        raise NotInstalled(f"the program {name} is not installed", hint=f"install the package that ships {name}")
    _found[wanted] = path
    return path


def run(
    command: Sequence[str],
    *,
    stdin: bytes = b"",
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    seconds: float = PATIENCE,
    files: Sequence[int] = (),
) -> Ran:
    """Run a program to its end; a secret goes to `stdin`, or to one of `files` (descriptors), never into `command`.

    Raises `TimeoutError` when the deadline passes (the program and its children are killed).
    """
    with start(command, environment, folder, output=subprocess.PIPE, files=files) as process:
        try:
            output, complaint = process.communicate(stdin, timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait()  # not communicate(): a daemon that left the session may hold the pipes for ever
            raise TimeoutError(command[0]) from None
        except BaseException:  # somebody pressed Ctrl-C
            os.killpg(process.pid, 9)
            raise
    return Ran(code=process.returncode, output=output, complaint=complaint)


def start(
    command: Sequence[str],
    environment: Mapping[str, str] | None,
    folder: Path | None,
    *,
    output: int,
    source: int = subprocess.PIPE,
    complaint: int = subprocess.PIPE,
    files: Sequence[int] = (),
) -> Program:
    """Start a program in a session of its own, with the environment of `SAFE_ENVIRONMENT` and no more.

    `source` (its standard input), `output` and `complaint` are descriptors, `subprocess.PIPE` or `DEVNULL`; `files` are
    further ones that it inherits.
    """
    kept = {name: os.environ[name] for name in SAFE_ENVIRONMENT if name in os.environ} | dict(environment or {})
    return subprocess.Popen(
        [find(command[0]), *command[1:]],
        stdin=source,
        stdout=output,
        stderr=complaint,
        env=kept,
        cwd=folder,
        pass_fds=tuple(files),
        start_new_session=True,
    )
