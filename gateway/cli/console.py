"""Starts the console: a process of its own, beside the daemon or alone."""

from __future__ import annotations

import ctypes
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from gateway.cli.opening import inside_state
from gateway.config.settings import Settings
from gateway.system import programs
from gateway.system.log import get_log

if TYPE_CHECKING:
    from gateway.console.frame.desk import Desk
    from gateway.store.embedded import Store

PR_SET_PDEATHSIG: Final = 1
GRACE: Final = 15.0  # seconds for requests under way
AGAIN: Final = 5.0  # seconds before a console that ended is started anew; each time that it ends at once, twice as many
LONGEST: Final = 300.0
AT_ONCE: Final = 60.0  # seconds: a console that runs no longer has not really started
IN_A_ROW: Final = 3
"""So often it may end at once before that is said on its own: the first time may have been a start too early."""


def build_desk(settings: Settings, store: Store) -> Desk:
    """Return what the pages share; of the settings they get what they need, and no key."""
    from gateway.console.frame.desk import Desk  # noqa: PLC0415 - pulls in the pages
    from gateway.console.frame.render import Renderer  # noqa: PLC0415 - as above
    from gateway.console.policy.in_force import PolicyInForce  # noqa: PLC0415 - as above
    from gateway.system.clock import MachineClock  # noqa: PLC0415 - as above

    clock = MachineClock()
    return Desk(
        organisation=settings.organisation.name,
        help=settings.organisation.help,
        settings=settings.console,
        store=store,
        clock=clock,
        render=Renderer(settings.console.look, clock),
        policy=PolicyInForce(store),
        officers=tuple(each.officer() for each in settings.officers),
        largest=settings.mail.max_size,
        methods=tuple(settings.protect.methods),
    )


def serve(settings: Settings, *, with_parent: bool) -> None:
    """Serve the console in this process, confined to what it needs.

    `with_parent` ends it when the daemon that started it has ended.
    """
    from gateway.cli.console_walls import confined  # noqa: PLC0415 - pulls in the database
    from gateway.console.serve import serve as serve_desk  # noqa: PLC0415 - pulls in the pages
    from gateway.store.embedded import open_store  # noqa: PLC0415 - pulls in the database
    from gateway.system.clock import MachineClock  # noqa: PLC0415 - as above

    if with_parent:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)  # prctl(2)
    with inside_state(settings), confined(settings):
        store = open_store(state=settings.paths.state, vault=settings.paths.quarantine, clock=MachineClock())
        try:
            serve_desk(build_desk(settings, store), lambda: _announce(settings.console.reached_at))
        finally:
            store.close()


def _announce(address: str) -> None:
    with suppress(BrokenPipeError):  # whoever read it left, and the console goes on
        click.echo(f"the console is at {address}")


def pause_after(failures: int, again: float = AGAIN) -> float:
    """Return how many seconds to wait once it ended at once so often in a row."""
    return float(min(again * 2 ** min(failures - 1, 10), LONGEST))


class ConsoleProcess:
    """The console as a child of the daemon: started anew when it ends by itself, and ended with it.

    Its words go where ours go, so why it ended stands just before what is said here of it.
    """

    def __init__(self, config: Path, *, as_json: bool, again: float = AGAIN) -> None:
        self._again = again
        log = ["--log", "json" if as_json else "text"]
        self._command = [
            *(sys.executable, "-m", "gateway", "--config", str(config)),
            *("run", "--only", "console", "--with-parent", *log),
        ]
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="console")

    def start(self) -> None:
        """Start it."""
        self._thread.start()

    def stop(self) -> None:
        """End it, and return when it has ended."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            begun = time.monotonic()
            code = self._run_once()
            if self._stopping.is_set():
                return
            failures = failures + 1 if time.monotonic() - begun < AT_ONCE else 1
            pause = pause_after(failures, self._again)
            get_log().error("console:ended", code=code, failures=failures)
            if failures >= IN_A_ROW:
                click.echo(
                    f"gateway: the console does not start: it ended {failures} times in a row, each time at once; why "
                    f"stands above. The gateway works without it; the next try is in {pause:.0f} s",
                    err=True,
                )
            self._stopping.wait(pause)

    def _run_once(self) -> int | None:
        """Run it until it ends by itself or is to end; return its exit code."""
        with programs.start(
            self._command,
            None,
            None,
            source=subprocess.DEVNULL,
            output=sys.stdout.fileno(),
            complaint=sys.stderr.fileno(),
        ) as process:
            while process.poll() is None and not self._stopping.wait(1.0):
                pass
            if process.poll() is None:
                self._end(process)
        return process.returncode

    @staticmethod
    def _end(process: programs.Program) -> None:
        process.terminate()
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
