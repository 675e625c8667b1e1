"""A real gateway in a process of its own, in a folder of its own, as an operator would start it."""

from __future__ import annotations

import json
import os
import re
import signal
import smtplib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Final, TypeVar

from gateway.model.lifecycle import ENDED, DeliveryState, NoticeState, TransferState
from gateway.model.transfer import Transfer
from gateway.record import plain
from gateway.store.embedded import Store, open_store
from gateway.system.clock import MachineClock

T = TypeVar("T")

EVERY: Final = 100_000
PATIENCE: Final = 180.0  # seconds for a process, on a machine that has much else to do
ROOT = Path(__file__).parents[2]
STAFF = "staff@exampleshire.example"
FRIEND = "friend@partner.example"
CONFIG = """\
home: {home}
organisation:
  name: Exampleshire Council
  help: it.help@exampleshire.example
  internal_domains: [exampleshire.example]
paths:
  policies: {policies}
folders:
  sender: staff@exampleshire.example
  quiet: {quiet}
  scan_every: 1 s
mail:
  listen: 127.0.0.1:0
channels:
{channels}
notices:
  channel: folder
  from: gateway@exampleshire.example
officers:
  - name: First Officer
    address: officer@exampleshire.example
    accounts: ["@owner"]
retries:
  first: 1 s
  longest: 2 s
  give_up_after: {give_up_after}
"""
FOLDERS = "\n".join(
    f"  {name}: {{kind: folder, path: delivered/{name}, trial: {'true' if name == 'secure-mail' else 'false'}}}"
    for name in ("internal", "secure-mail", "internet")
)


def write_config(
    home: Path, *, channels: str = FOLDERS, quiet: str = "1 s", give_up_after: str = "1 h", policies: Path | None = None
) -> Path:
    """Write a configuration for a gateway under `home` and return its path."""
    config = home / "config" / "gateway.yaml"
    config.parent.mkdir(parents=True)
    chosen = policies or ROOT / "policies"
    config.write_text(
        CONFIG.format(home=home, policies=chosen, channels=channels, quiet=quiet, give_up_after=give_up_after)
    )
    return config


class Gateway:
    """`gateway run` under our eyes: start, stop, kill, ask; `under` is a program that runs it."""

    def __init__(self, config: Path, *, under: Sequence[str] = ()) -> None:
        self.config = config
        self.home = config.parent.parent
        self._under = tuple(under)
        self.port = 0
        self._process: subprocess.Popen[str] | None = None
        self.log = self.home / "gateway.log"
        self.ask("init")

    def ask(self, *arguments: str, code: int = 0, stdin: str = "") -> str:
        """Run a command; return what it printed. Its exit code must be `code`."""
        given, said = self.try_to(*arguments, stdin=stdin)
        assert given == code, f"gateway {arguments} gave {given}: {said}"
        return said

    def try_to(self, *arguments: str, stdin: str = "") -> tuple[int, str]:
        """Run a command; return its exit code and what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "gateway", "--config", str(self.config), *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    def ask_json(self, *arguments: str, code: int = 0) -> list[dict[str, Any]]:
        """Run a command with --json; return the objects it printed."""
        return [json.loads(line) for line in self.ask(*arguments, "--json", code=code).split("\n") if line[:1] == "{"]

    def start(self) -> None:
        """Start the daemon and wait until it says where it listens."""
        log: IO[str] = self.log.open("a")
        self._process = subprocess.Popen(
            [
                *(*self._under, sys.executable, "-m", "gateway", "--config", str(self.config)),
                *("run", "--only", "daemon", "--log", "json"),
            ],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
        log.close()
        assert self._process.stdout is not None
        for line in self._process.stdout:
            found = re.search(r"SMTP at \S+:(\d+)", line)
            if found:
                self.port = int(found[1])
                return
        raise AssertionError(f"the gateway did not start: {self.log.read_text()[-2000:]}")

    def stop(self) -> int:
        """Ask it to stop, as an operator does; return its exit code."""
        assert self._process is not None
        self._process.terminate()
        code = self._process.wait(timeout=PATIENCE)
        self._close()
        return code

    def hang_up(self) -> None:
        """Ask the daemon to read its policy again at once."""
        assert self._process is not None
        self._process.send_signal(signal.SIGHUP)

    def kill(self, *, group: bool = True) -> None:
        """Kill the daemon at once, and its workers with it unless told otherwise."""
        assert self._process is not None
        (os.killpg if group else os.kill)(self._process.pid, signal.SIGKILL)
        self._process.wait(timeout=PATIENCE)
        self._close()

    def wait_for_its_end(self) -> int:
        """Wait until the daemon ends by itself; return its exit code."""
        assert self._process is not None
        code = self._process.wait(timeout=PATIENCE)
        self._close()
        return code

    def ends_by_itself(self, *, within: float) -> bool:
        """Say whether the daemon ends by itself within so many seconds."""
        assert self._process is not None
        try:
            self._process.wait(timeout=within)
        except subprocess.TimeoutExpired:
            return False
        self._close()
        return True

    @property
    def pid(self) -> int:
        """The process that runs."""
        assert self._process is not None
        return self._process.pid

    def children(self) -> list[int]:
        """Return the processes below the daemon: those that prepare workers, and workers."""
        if self._process is None:
            return []
        found, parents = list[int](), {self._process.pid}
        for path in sorted(Path("/proc").glob("[0-9]*/stat"), key=lambda each: int(each.parent.name)):
            with suppress(OSError):
                parent = int(path.read_text().rpartition(")")[2].split()[1])
                if parent in parents:
                    found.append(int(path.parent.name))
                    parents.add(found[-1])
        return found

    def _close(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._process = None

    @property
    def is_running(self) -> bool:
        """True between start and stop."""
        return self._process is not None

    def drop(self, name: str, content: bytes, *, to: str = FRIEND) -> Path:
        """Put a file into the outbound folder as a person would: written beside it, then moved in."""
        folder = self.home / "outbound" / "to" / to
        folder.mkdir(parents=True, exist_ok=True)
        scratch = folder / f".{name}.part"
        scratch.write_bytes(content)
        return scratch.rename(folder / name)

    def mail(self, message: bytes, *, sender: str = STAFF, to: str | list[str] = FRIEND) -> str:
        """Send a message with a real client; return the transfer id from the answer."""
        with smtplib.SMTP("127.0.0.1", self.port, timeout=PATIENCE) as client:
            client.ehlo()
            client.mail(sender)
            for each in [to] if isinstance(to, str) else to:
                client.rcpt(each)
            code, answer = client.data(message)
        assert code == 250, answer
        found = re.search(rb"(t-[0-9a-z-]+)", answer)
        assert found, answer
        return found[1].decode()

    @contextmanager
    def beside(self) -> Iterator[Store]:
        """Open its database, as whoever has the host can."""
        store = open_store(state=self.home / "state", vault=self.home / "quarantine", clock=MachineClock())
        try:
            yield store
        finally:
            store.close()

    def transfers(self) -> list[dict[str, Any]]:
        """Return every transfer, read beside it: a command for each look takes the time of those who work with it."""
        with self.beside() as store:
            return [as_told(each) for each in store.transfers.find(limit=EVERY)]

    def states(self) -> list[str]:
        """Return the state of every delivery."""
        return [each["state"] for transfer in self.transfers() for each in transfer["deliveries"]]

    def settled(self, count: int, *, seconds: float = PATIENCE) -> list[dict[str, Any]]:
        """Wait until `count` transfers are there and none is under way; return them."""

        def look() -> list[dict[str, Any]] | None:
            with self.beside() as store:
                found = list(store.transfers.find(limit=EVERY))
            return [*map(as_told, found)] if len(found) >= count and all(map(is_settled, found)) else None

        return wait_for(look, f"{count} settled transfers", seconds=seconds)

    def notices(self) -> list[str]:
        """Return the texts of the notices in the folder."""
        return [path.read_text() for path in sorted((self.home / "outbound" / "notices").glob("*.txt"))]

    def delivered(self) -> list[Path]:
        """Return every file that was delivered, but for the pages that say how to open it."""
        return [path for path in self._handed_over() if HOW_TO_OPEN not in path.name]

    def pages(self) -> list[Path]:
        """Return the pages that lie beside sealed files and say how to open them."""
        return [path for path in self._handed_over() if HOW_TO_OPEN in path.name]

    def _handed_over(self) -> list[Path]:
        return sorted(path for path in (self.home / "delivered").rglob("*") if path.is_file())

    def everywhere_else(self) -> Iterator[Path]:
        """Yield every file of the installation that must not hold content in clear."""
        for folder in ("state", "quarantine", "outbound"):
            for place, _, names in os.walk(self.home / folder):  # what goes away meanwhile is passed over
                yield from (path for path in (Path(place, name) for name in names) if path.is_file())
        yield self.log


def as_told(transfer: Transfer) -> dict[str, Any]:
    """Return a transfer as programs read it."""
    told: dict[str, Any] = json.loads(json.dumps(plain.transfer(transfer)))
    return told


def content_of(path: Path) -> bytes:
    """Return what is in a file of an installation that works; nothing where it has gone away meanwhile."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def is_settled(transfer: Transfer) -> bool:
    """Say whether nothing can move before a person acts: it is finished, or something is held and was told so.

    A delivery ends in one commit and its notice is written in another: in between nothing waits, and more is to come.
    """
    if transfer.state is TransferState.FINISHED:
        return True
    held = [each for each in transfer.deliveries if each.state is DeliveryState.HELD]
    return (
        transfer.state is TransferState.DECIDED
        and bool(held)
        and all(each.told is each.state for each in held)
        and all(each.state in ENDED for each in transfer.deliveries if each not in held)
        and all(notice.state is not NoticeState.WAITING for notice in transfer.notices)
    )


HOW_TO_OPEN = "how-to-open-"
TRANSFER_ID = re.compile("t-[0-9a-f]{8}-[0-9a-z]{10}")


def without_ids(text: str) -> str:
    """Return a text without the ids of transfers: any three digits stand in one by chance."""
    return TRANSFER_ID.sub("", text)


def wait_for(look: Callable[[], T | None], what: str, *, seconds: float = PATIENCE) -> T:
    """Return what `look` finds, once it finds something."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError(f"waited {seconds} s in vain for {what}")
