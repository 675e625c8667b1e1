"""A whole gateway in a process of its own and in a folder of its own, for measuring it as it runs."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from gateway.config.channels import ChannelSettings, FolderSettings
from gateway.config.settings import Settings
from gateway.errors import GatewayError
from gateway.store.embedded import Store, open_store
from gateway.system import programs
from gateway.system.clock import MachineClock
from gateway.testing.postfix import remove

LISTENS: Final = re.compile(rb"SMTP at \S+:(\d+)")
SAID: Final = re.compile(rb"listens at port (\d+)")
STOPPING: Final = 60.0  # seconds that a daemon has to stop
MOST: Final = "64 MB"
"""The largest message, so that one of 50 MB passes."""


class RunningGateway:
    """Start it with `with`; it takes mail at `port` and relays to `next_hop`, both ports of the loopback.

    Policies, and how it inspects, are those of `settings`; everything else is its own. What must prove TLS goes into a
    folder. With `door` only the mail door runs, with its store: nothing that was accepted is walked.
    """

    def __init__(self, settings: Settings, next_hop: int, *, door: bool = False) -> None:
        self.port = 0
        self._settings = settings
        self._next_hop = next_hop
        self._door = door
        self._home = Path()
        self._process: programs.Program | None = None

    def __enter__(self) -> Self:
        """Start, and return once it listens."""
        self._home = Path(tempfile.mkdtemp(prefix="gateway-bench-"))
        try:
            self._start()
        except BaseException:
            self.kill()
            remove(self._home)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it and remove its folder."""
        self.kill()
        remove(self._home)  # its workers were killed too, and are not waited for

    @property
    def pid(self) -> int:
        """The daemon's process."""
        if self._process is None:
            raise GatewayError("the gateway does not run")
        return self._process.pid

    def stop(self) -> None:
        """Ask it to stop, as an operator does, and wait until it has."""
        if self._process is not None:
            self._process.terminate()
            self._process.communicate(timeout=STOPPING)
            self._process = None

    def kill(self) -> None:
        """End it and its workers at once: what it still had to do is of no interest."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.communicate()
            self._process = None

    @contextmanager
    def store(self) -> Iterator[Store]:
        """Open its store, beside it or after it."""
        store = open_store(state=self._home / "state", vault=self._home / "quarantine", clock=MachineClock())
        try:
            yield store
        finally:
            store.close()

    def _start(self) -> None:
        config = self._home / "config" / "gateway.yaml"
        config.parent.mkdir()
        config.write_text(json.dumps(own_configuration(self._settings, self._home, self._next_hop)), encoding="utf-8")
        gateway, environment = [sys.executable, "-m", "gateway", "--config", str(config)], python_path()
        ran = programs.run([*gateway, "init"], environment=environment)
        if ran.code != 0:
            raise GatewayError("gateway init failed", hint=ran.complaint.decode("utf-8", "replace")[-2000:])
        command = [sys.executable, "-m", "gateway.cli.bench_smtp_door", str(config)]
        log = self._home / "log"
        with log.open("wb") as complaint:
            self._process = programs.start(
                command if self._door else [*gateway, "run", "--only", "daemon", "--log", "json"],
                environment,
                None,
                output=subprocess.PIPE,
                complaint=complaint.fileno(),
            )
        for line in self._process.stdout or ():
            if found := (SAID if self._door else LISTENS).search(line):
                self.port = int(found[1])
                return
        raise GatewayError("the gateway did not start", hint=log.read_text("utf-8", "replace")[-2000:])


def python_path() -> dict[str, str]:
    """Return the environment in which a child finds the same modules."""
    return {"PYTHONPATH": os.pathsep.join(sys.path)}


def own_configuration(settings: Settings, home: Path, next_hop: int) -> dict[str, object]:
    """Return what stands in the configuration of a gateway under `home` that relays to a port of the loopback."""
    return {
        "home": str(home),
        "organisation": {
            "name": settings.organisation.name,
            "help": settings.organisation.help,
            "internal_domains": list(settings.organisation.internal_domains),
        },
        "paths": {"policies": str(settings.paths.policies)},
        "folders": {"sender": f"staff@{settings.organisation.internal_domains[0]}"},
        "mail": {"listen": "127.0.0.1:0", "max_size": MOST},
        "channels": {name: _channel(name, each, next_hop) for name, each in settings.channels.items()},
        "notices": {"channel": "folder"},
        "officers": [{"name": "Bench Officer", "address": "officer@bench.example", "accounts": ["@owner"]}],
        "inspection": {
            "workers": settings.inspection.workers,
            "documents": settings.inspection.documents,
            "allow_degraded": settings.inspection.allow_degraded,
            "names": settings.inspection.names,
        },
    }


def _channel(name: str, channel: ChannelSettings, next_hop: int) -> dict[str, object]:
    proves = channel.trial if isinstance(channel, FolderSettings) else channel.proves
    if proves:
        return {"kind": "folder", "path": f"delivered/{name}", "trial": True}
    return {"kind": "smtp", "host": "127.0.0.1", "port": next_hop, "tls": "none"}
