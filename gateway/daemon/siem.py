"""Tells collectors what is in the ledger, in its order, from where each had come: at least once.

Syslog over TCP has no answers (RFC 5425, RFC 6587): what was written may lie unread in a buffer of either side when
the connection ends. So a collector has come as far as its connection outlived by a minute, with everything handed
over to its machine; what was written after that is told again over the next connection.
"""

from __future__ import annotations

import fcntl
import json
import socket
import ssl
import struct
import termios
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from itertools import islice
from typing import Final, Protocol

from gateway import __version__
from gateway.config.siem import SiemSettings
from gateway.deliver.level import TlsLevel
from gateway.deliver.tls import context
from gateway.model.record import Event
from gateway.model.schedule import Schedule
from gateway.record.siem import Format, Line, cef, ecs, ocsf, rfc5424
from gateway.store import Ledger
from gateway.store.boards import SqlBoards
from gateway.store.codec import read_time
from gateway.store.embedded import Store
from gateway.system.clock import Clock
from gateway.system.log import get_log

FORMATS: Final[Mapping[str, Format]] = {
    "rfc5424": lambda line: rfc5424.framed(rfc5424.message(line)),
    "cef": lambda line: rfc5424.framed(cef.message(line)),
    "ecs": lambda line: ecs.message(line) + b"\n",
    "ocsf": lambda line: ocsf.message(line) + b"\n",
}
"""Syslog is framed by counting octets; JSON is one object a line (RFC 8259 text holds no raw line's end)."""

AT_ONCE: Final = 200  # entries in one write
LOOK_EVERY: Final = 1.0  # seconds
SETTLED: Final = 60.0  # seconds that a connection must outlive what was written to it
PATIENCE: Final = 10.0  # seconds for a connection, and for one write
AGAIN: Final = Schedule(first=timedelta(seconds=2), longest=timedelta(minutes=5), give_up_after=timedelta.max)


class Cursors(Protocol):
    """Where it is kept how far each collector has come."""

    def read(self, name: str) -> int | None:
        """Return the number of the next entry for it; None for one that is new."""

    def write(self, name: str, number: int) -> None:
        """Note it, durably."""


class OnBoards:
    """Keeps it on boards of the store."""

    def __init__(self, boards: SqlBoards, clock: Clock) -> None:
        self._boards, self._clock = boards, clock

    def read(self, name: str) -> int | None:
        """Return the number of the next entry for it; None for one that is new."""
        board = self._boards.read(f"siem:{name}")
        return None if board is None else int(board.value)

    def write(self, name: str, number: int) -> None:
        """Note it, durably."""
        self._boards.put_up(f"siem:{name}", number, self._clock.now())


def collectors(settings: Mapping[str, SiemSettings], store: Store, clock: Clock) -> Sequence[Collector]:
    """Return those that the settings name; `GatewayError` when their authorities cannot be read."""
    cursors = OnBoards(store.boards, clock)
    return [Collector(name, each, store.ledger, cursors, store.ledger.count) for name, each in settings.items()]


def behind(told: Sequence[Collector]) -> Mapping[str, float]:
    """Return how many entries each collector was not told yet, by name."""
    return {each.name: each.behind() for each in told}


def line_of(number: int, entry: bytes, host: str) -> Line:
    """Return a committed entry of the ledger as it is told."""
    plain = json.loads(entry)
    return Line(
        number=number,
        event=Event(plain["event"]),
        at=read_time(plain["at"]),
        transfer=plain["transfer"],
        delivery=plain["delivery"],
        facts=plain["facts"],
        host=host,
        version=__version__,
    )


class Collector:
    """One collector, on a thread of its own: one that is away delays no other."""

    def __init__(
        self,
        name: str,
        settings: SiemSettings,
        ledger: Ledger,
        cursors: Cursors,
        size: Callable[[], int],
        settled: float = SETTLED,
    ) -> None:
        self.name = name
        self._settings, self._ledger, self._cursors, self._size = settings, ledger, cursors, size
        self._settled = settled
        self._written: int | None = None  # the next entry for this connection; None: from where the cursor stands
        self._mark: tuple[int, float] | None = None  # an entry, and when everything before it had been written
        self._tls = context(TlsLevel.VERIFY, str(settings.ca_file or "")) if settings.is_tls else None
        self._host = socket.gethostname()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"siem-{name}")
        self._connection: socket.socket | None = None
        self.failures = 0

    def start(self) -> None:
        """Start the thread; one that is new is told what comes from now on."""
        if self._cursors.read(self.name) is None:
            self._cursors.write(self.name, self._size())
        self._thread.start()

    def stop(self) -> None:
        """End it; what was not told is told after the next start."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()
        self._hang_up()

    def behind(self) -> int:
        """Return how many entries it was not told yet."""
        return max(0, self._size() - self._next())

    def tell(self) -> int:
        """Tell it the next entries; return how many there were. `OSError` when it cannot be reached."""
        if self._connection is not None and _has_ended(self._connection):
            self._hang_up()
        start = self._next()
        entries = list(islice(self._ledger.entries(start), AT_ONCE))
        told = [line for line in self._lines(start, entries) if line.sort.family in self._settings.tell]
        if told:
            self._connected().sendall(b"".join(map(FORMATS[self._settings.format], told)))
        self._written = start + len(entries)
        self._settle(self._written)
        return len(entries)

    def _next(self) -> int:
        return self._written if self._written is not None else self._cursors.read(self.name) or 0

    def _settle(self, written: int) -> None:
        """Note how far it has come, once that can no longer be lost with the connection."""
        now = time.monotonic()
        if self._mark is None and written > (self._cursors.read(self.name) or 0):
            self._mark = written, now
        if self._mark is None:
            return
        number, since = self._mark
        if self._connection is None or (now - since >= self._settled and _is_handed_over(self._connection)):
            self._cursors.write(self.name, number)
            self._mark = None

    def _lines(self, start: int, entries: Sequence[bytes]) -> Iterable[Line]:
        return (line_of(number, entry, self._host) for number, entry in enumerate(entries, start))

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                wait = 0.0 if self.tell() == AT_ONCE else LOOK_EVERY
                self.failures = 0
            except Exception as error:  # noqa: BLE001 - whatever it was, the thread goes on, and the log says it
                self._hang_up()
                self.failures += 1
                wait = AGAIN.wait(self.failures).total_seconds()
                get_log().warning("siem:missed", channel=self.name, failures=self.failures, error=error)
            self._stopping.wait(wait)

    def try_out(self) -> str:
        """Connect, tell nothing and hang up; return what stands in the way, empty for nothing."""
        try:
            self._connected()
        except (OSError, ValueError) as error:
            return str(error) or type(error).__name__
        finally:
            self._hang_up()
        return ""

    def _connected(self) -> socket.socket:
        if self._connection is None:
            plain = socket.create_connection((self._settings.host, self._settings.port), PATIENCE)
            self._connection = plain
            if self._tls is not None:
                self._connection = self._tls.wrap_socket(plain, server_hostname=self._settings.host)
        return self._connection

    def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        self._written = self._mark = None
        if connection is not None:
            connection.close()


def _has_ended(connection: socket.socket) -> bool:
    """Say whether the far side closed it, which a write would notice too late."""
    connection.settimeout(0)
    try:
        return connection.recv(1) == b""
    except (BlockingIOError, InterruptedError, ssl.SSLWantReadError):
        return False
    except OSError:
        return True
    finally:
        connection.settimeout(PATIENCE)


def _is_handed_over(connection: socket.socket) -> bool:
    """Say whether the far machine acknowledged everything that was written (Linux' SIOCOUTQ, which is TIOCOUTQ)."""
    waiting = fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, struct.pack("i", 0))
    return struct.unpack("i", waiting) == (0,)
