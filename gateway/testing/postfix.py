"""A real Postfix of its own: configuration, queue, data and log in one folder, on free ports of the loopback.

postfix(1) starts as root only; nothing that an installed Postfix uses is touched.
"""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from gateway.errors import GatewayError
from gateway.system import programs

PATH: Final = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))
"""Debian keeps servers outside an ordinary user's PATH."""
PATIENCE: Final = 60.0  # seconds for a server to start or stop

# `ipc_timeout`: a daemon that asks another while both are told to stop waits so long, and the command `stop` with it.
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
message_size_limit = 104857600
ipc_timeout = 30s
alias_maps =
alias_database =
smtpd_tls_security_level = none
smtp_tls_security_level = none
smtp_dns_support_level = disabled
smtpd_peername_lookup = no
smtpd_client_connection_rate_limit = 0
smtpd_client_connection_count_limit = 0
smtp_line_length_limit = 0
"""
DAEMONS: Final = """\
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
SERVICES: Final = """\
{port}    inet  n  -  n  -     -  smtpd
filter    unix  -  -  n  -     {filters}  smtp -o smtp_send_xforward_command=yes
"""
DISCARDING: Final = {"default_transport": "discard:", "relay_transport": "discard:"}


def where(name: str) -> str:
    """Return the path of a program, empty where it is not installed."""
    return shutil.which(name, path=PATH) or ""


_PORTS: Final = (10_000 + (os.getpid() * 131 + step) % 20_000 for step in count())
"""Where to look for a free port, each once in twenty thousand."""


def free_port() -> int:
    """Return a port of the loopback that nobody listens on, and that is lent to nobody else as long as we run.

    It is below those that the system gives to outgoing connections (ip_local_port_range), one of which could take it
    before it is used; each process begins somewhere else.
    """
    for each in _PORTS:
        with suppress(OSError), socket.create_server(("127.0.0.1", each)):
            _claim(each)
            return each
    raise RuntimeError("no port is free")


def _claim(port: int) -> None:
    """Claim a port by a name that one process of this machine can have, until it ends; `OSError` where another has it.

    A server is started on the port only later: whoever looked for one meanwhile would find it free too.
    """
    with socket.socket(socket.AF_UNIX) as claim:
        claim.bind(f"\0gateway-free-port-{port}")
        claim.detach()  # left open to the end


@contextmanager
def refusing_port() -> Iterator[int]:
    """Lend a port of the loopback that refuses every connection: it is taken, so that nobody else comes to listen."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def is_listening(port: int) -> bool:
    """Say whether somebody answers at a port of the loopback."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True


def wait_until(is_so: Callable[[], object], what: str, *, seconds: float = PATIENCE) -> None:
    """Wait for what another process does; `GatewayError` when it is not so in the end."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise GatewayError(f"waited {seconds:.0f} s in vain: {what}")
        time.sleep(0.02)


def remove(folder: Path) -> None:
    """Remove a folder in which programs that were told to end may still be writing, or removing files of theirs."""

    def is_gone() -> bool:
        shutil.rmtree(folder, ignore_errors=True)
        return not folder.exists()

    wait_until(is_gone, f"{folder} is removed")


def lacking() -> str:
    """Return why no Postfix can be started here, empty where one can."""
    if not where("postfix"):
        return "Postfix is not installed"
    return "" if os.geteuid() == 0 else "Postfix starts as root only"


class Server:
    """Start it with `with`; then it listens at `port`. `services` are lines of master.cf, `settings` of main.cf."""

    def __init__(self, port: int, services: str, settings: Mapping[str, str]) -> None:
        self.port = port
        self._services = services
        self._settings = settings
        self._folder = Path()

    def __enter__(self) -> Self:
        """Start, and return once it listens."""
        self._folder = Path(tempfile.mkdtemp(prefix="postfix-"))
        self._folder.chmod(0o755)  # the daemons are another user
        for name in ("config", "queue", "data"):
            (self._folder / name).mkdir()
        shutil.chown(self._folder / "data", "postfix")
        settings = MAIN.format(folder=self._folder) + "".join(f"{k} = {v}\n" for k, v in self._settings.items())
        (self._folder / "config/main.cf").write_text(settings)
        (self._folder / "config/master.cf").write_text(DAEMONS + self._services)
        try:
            self._run("postfix", "start")
            wait_until(lambda: is_listening(self.port), "Postfix listens")
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it and remove its folder."""
        self._end()

    def _end(self) -> None:
        try:
            self._run("postfix", "stop")
        finally:
            remove(self._folder)  # its master is gone, the others end a moment later

    def waiting(self) -> int:
        """Return how many messages are in its queue."""
        return len(self._run("postqueue", "-j").splitlines())

    def log(self) -> str:
        """Return what it wrote of itself so far."""
        path = self._folder / "log"
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def _run(self, program: str, word: str) -> bytes:
        ran = programs.run([where(program), "-c", str(self._folder / "config"), word], environment={"PATH": PATH})
        if ran.code != 0:
            raise GatewayError(f"{program} {word} failed", hint=ran.complaint.decode("utf-8", "replace")[-2000:])
        return ran.output


class Postfix(Server):
    """One to measure: it takes mail at `port` and, as it is, discards what it took.

    `settings` are lines of main.cf in place of those that discard; at most `filters` deliveries at once go through the
    transport `filter`.
    """

    def __init__(self, settings: Mapping[str, str] = DISCARDING, *, filters: int = 2) -> None:
        port = free_port()
        super().__init__(port, SERVICES.format(port=port, filters=filters), settings)
        self._read = self._sent = 0

    def sent(self) -> int:
        """Return how many messages were handed on, or discarded, since the start: what its log says."""
        path = self._folder / "log"
        if path.exists():
            with path.open("rb") as log:
                log.seek(self._read)
                new = log.read()
            whole = new[: new.rfind(b"\n") + 1]  # the line being written comes next time
            self._read += len(whole)
            self._sent += whole.count(b" status=sent ")
        return self._sent


class Sink:
    """Postfix's smtp-sink(1), which any account may run: takes everything and keeps nothing. Start it with `with`."""

    def __init__(self) -> None:
        self.port = free_port()
        self._process: programs.Program | None = None
        self._folder = Path()

    def __enter__(self) -> Self:
        """Start, and return once it listens."""
        self._folder = Path(tempfile.mkdtemp(prefix="sink-"))
        with (self._folder / "counters").open("wb") as counters:
            as_nobody = ["-u", "nobody"] if os.geteuid() == 0 else []
            command = [where("smtp-sink"), *as_nobody, "-c", f"127.0.0.1:{self.port}", "512"]
            self._process = programs.start(command, None, None, output=counters.fileno(), complaint=counters.fileno())
        try:
            wait_until(lambda: is_listening(self.port), "smtp-sink listens")
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it and remove its folder."""
        self._end()

    def _end(self) -> None:
        if self._process:
            self._process.kill()
            self._process.communicate()
        remove(self._folder)

    def sent(self) -> int:
        """Return how many messages came since the start: the last `mesg=` that it printed."""
        whole = (self._folder / "counters").read_bytes().rpartition(b"\r")[0]
        return int(whole.rpartition(b"mesg=")[2] or 0)
