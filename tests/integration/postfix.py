"""A real Postfix of its own: configuration, queue, data and log in one folder, on free ports of the loopback."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import pytest

PATH: Final = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))
PATIENCE: Final = 60.0  # seconds to wait for something that will happen; nothing is judged by how long it took

MAIN: Final = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
myhostname = mx.test
mydestination =
local_recipient_maps =
inet_interfaces = loopback-only
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
message_size_limit = 52428800
alias_maps =
alias_database =
smtpd_tls_security_level = none
smtp_tls_security_level = none
smtp_dns_support_level = disabled
smtpd_peername_lookup = no
smtpd_client_connection_rate_limit = 0
smtpd_client_connection_count_limit = 0
smtp_line_length_limit = 0
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 2s
"""

MASTER: Final = """\
pickup    unix  n  -  n  60    1  pickup
cleanup   unix  n  -  n  -     0  cleanup
qmgr      unix  n  -  n  300   1  qmgr
rewrite   unix  -  -  n  -     -  trivial-rewrite
bounce    unix  -  -  n  -     0  bounce
defer     unix  -  -  n  -     0  bounce
trace     unix  -  -  n  -     0  bounce
verify    unix  -  -  n  -     1  verify
flush     unix  n  -  n  1000? 0  flush
proxymap  unix  -  -  n  -     -  proxymap
smtp      unix  -  -  n  -     -  smtp
relay     unix  -  -  n  -     -  smtp
showq     unix  n  -  n  -     -  showq
error     unix  -  -  n  -     -  error
retry     unix  -  -  n  -     -  error
discard   unix  -  -  n  -     -  discard
anvil     unix  -  -  n  -     1  anvil
scache    unix  -  -  n  -     1  scache
tlsmgr    unix  -  -  n  1000? 1  tlsmgr
postlog   unix-dgram n - n -   1  postlogd
"""


class Postfix:
    """Start it with `with`. `services` are lines of master.cf, in which `{port}` and `{name}` ports may stand."""

    def __init__(self, services: str, settings: Mapping[str, str], **ports: int) -> None:
        self.ports = {name: free_port() for name in ("port", "again")} | ports
        self._services = services.format(**self.ports)
        self._settings = {name: value.format(**self.ports) for name, value in settings.items()}
        self._folder = Path(tempfile.mkdtemp(prefix="postfix-", dir="/tmp"))

    def __enter__(self) -> Self:
        if os.geteuid() != 0:
            shutil.rmtree(self._folder)
            pytest.skip("needs root: Postfix starts as nobody else")
        self._folder.chmod(0o755)  # the daemons are another user
        for name in ("config", "queue", "data"):
            (self._folder / name).mkdir()
        shutil.chown(self._folder / "data", "postfix")
        settings = MAIN.format(folder=self._folder) + "".join(f"{k} = {v}\n" for k, v in self._settings.items())
        (self._folder / "config/main.cf").write_text(settings)
        (self._folder / "config/master.cf").write_text(MASTER + self._services)
        self.command("start")
        wait_until(self.is_listening)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.command("stop")
        shutil.rmtree(self._folder)

    def command(self, word: str) -> None:
        """Run `postfix start`, `stop` or `flush`."""
        done = subprocess.run(
            ["postfix", "-c", str(self._folder / "config"), word],
            env={"PATH": PATH},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, done.stderr + self.log()

    @property
    def address(self) -> tuple[str, int]:
        """Where its first service listens."""
        return "127.0.0.1", self.ports["port"]

    def is_listening(self) -> bool:
        try:
            socket.create_connection(self.address, timeout=5).close()
        except OSError:
            return False
        return True

    def waiting(self) -> int:
        """Return how many messages are in its queue."""
        done = subprocess.run(
            ["postqueue", "-c", str(self._folder / "config"), "-j"],
            env={"PATH": PATH},
            capture_output=True,
            timeout=PATIENCE,
            check=True,
        )
        return len(done.stdout.splitlines())

    def log(self) -> str:
        path = self._folder / "log"
        return path.read_text() if path.exists() else ""


def free_port() -> int:
    """Return a port of the loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def wait_until(is_so: Callable[[], object]) -> None:
    """Wait for something that another process does; fail when it is not so in the end."""
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def smtp_source(address: tuple[str, int], count: int, *, sessions: int = 5, size: int = 2000) -> None:
    """Send messages with Postfix's own load generator; every one must be taken."""
    words = f"smtp-source -m {count} -s {sessions} -l {size} -N -f load@force.police.uk -t sink@nhs.net"
    subprocess.run(
        [*words.split(), f"inet:{address[0]}:{address[1]}"],
        env={"PATH": PATH},
        check=True,
        capture_output=True,
        timeout=PATIENCE,
    )
