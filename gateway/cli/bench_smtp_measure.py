"""What `gateway bench smtp` measures: acceptance, the whole walk, how long one takes, and memory for a large one."""

from __future__ import annotations

import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final, Protocol

from gateway.cli.bench_child import KIB_IN_MIB, MEGA, in_child
from gateway.cli.bench_smtp_load import KIND_OF_SIZE, RECIPIENT, SENDER, SESSIONS
from gateway.config.settings import Settings
from gateway.errors import GatewayError
from gateway.model.lifecycle import DeliveryState
from gateway.model.transfer import Delivery
from gateway.system import programs
from gateway.system.clock import MachineClock
from gateway.testing.mail_filters import FILTERS
from gateway.testing.postfix import Postfix, Sink, lacking, where
from gateway.testing.running import RunningGateway

LOAD: Final = "gateway.cli.bench_smtp_load"
POSTFIX: Final = "Postfix"
SIZES: Final = {10_000: ("10 kB", 1.2), 100_000: ("100 kB", 0.8)}
"""Bytes of a message, how it is called, and the least ratio to Postfix that is asked."""
WALKS: Final = {"plain": ("plain mails of 10 kB", 100.0), "mixed": ("mix, 30 % with a DOCX, PDF or XLSX", 30.0)}
SLOWER: Final = {"amavisd-new": 20, "rspamd": 1}
"""How many times fewer messages a peer gets, so that a round of it takes no longer than one of ours."""
WARM_UP: Final = 20
NO_PROGRESS: Final = 120.0  # seconds without a message at the next hop before something is wrong
STEADY: Final = 20.0  # seconds of steady mail
MOST_LATE: Final = 1000.0  # ms
LARGE: Final = 50 * MEGA
MOST_MEMORY: Final = 120.0  # MiB


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A figure of ours and, where there is one, of a peer: medians. What is asked is of the ratio where `of_ratio`."""

    what: str
    unit: str
    ours: float
    peer: str = ""
    theirs: float = 0.0
    least: float | None = None
    most: float | None = None
    of_ratio: bool = False

    @property
    def ratio(self) -> float:
        """Ours in theirs, 0 without a peer."""
        return self.ours / self.theirs if self.theirs else 0.0

    @property
    def asked(self) -> str:
        """What is asked, in words; empty where nothing is."""
        bound = self.most if self.least is None else self.least
        if bound is None:
            return ""
        return f"{'at most' if self.least is None else 'at least'} {bound:g}{' x' if self.of_ratio else ''}"

    @property
    def verdict(self) -> str:
        """Whether it is met; empty where nothing is asked."""
        value = self.ratio if self.of_ratio else self.ours
        if self.least is not None:
            return "met" if value >= self.least else "not met"
        if self.most is not None:
            return "met" if value <= self.most else "not met"
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How much is measured. `left_out` gets a sentence for each peer that is not there."""

    settings: Settings
    messages: int
    rounds: int
    peers: bool
    left_out: list[str] = field(default_factory=list)


class Server(Protocol):
    """Takes mail at a port of the loopback."""

    @property
    def port(self) -> int:
        """Where it listens."""


class NextHop(Server, Protocol):
    """Takes what is relayed, and counts."""

    def sent(self) -> int:
        """Return how many messages it is done with."""


Starts = Callable[[], AbstractContextManager[Server]]
Rates = Mapping[str, list[float]]


def next_hop() -> Postfix | Sink:
    """Return what takes the mail: a Postfix that discards it; where none can be started, smtp-sink."""
    return Sink() if lacking() else Postfix()


def measure_acceptance(wanted: Wanted) -> Iterator[Row]:
    """Measure how many messages a second are taken, by ours and by Postfix, in turns, each fresh."""
    words = {
        "door": "accept {}, door and store only, nothing walks",
        "whole": "accept {}, the whole gateway, which walks meanwhile",
    }
    with next_hop() as hop:
        starts: dict[str, Starts] = {
            "door": lambda: RunningGateway(wanted.settings, hop.port, door=True),
            "whole": lambda: RunningGateway(wanted.settings, hop.port),
        }
        if wanted.peers and not _left_out(wanted, lacking()):
            starts[POSTFIX] = Postfix
        for size, (called, least) in SIZES.items():
            count = max(WARM_UP, wanted.messages * min(SIZES) // size)
            rates = _turns(starts, wanted.rounds, partial(_taken, count, size))
            theirs = statistics.median(rates[POSTFIX]) if POSTFIX in rates else 0.0
            for name, sentence in words.items():
                yield Row(
                    what=sentence.format(called),
                    unit="messages/s",
                    ours=statistics.median(rates[name]),
                    peer=POSTFIX if theirs else "",
                    theirs=theirs,
                    least=least if theirs else None,
                    of_ratio=True,
                )


def measure_walk(wanted: Wanted) -> Iterator[Row]:
    """Measure how many messages a second are inspected, decided and handed over, beside filters in the same place."""
    ours = "gateway"
    states: Counter[str] = Counter()
    with next_hop() as hop:
        starts: dict[str, Starts] = {ours: lambda: RunningGateway(wanted.settings, hop.port)}
        for peer in FILTERS if wanted.peers else ():
            if not _left_out(wanted, peer.lacking() or lacking()):
                starts[peer.name] = partial(peer, hop.port, workers=wanted.settings.inspection.workers)
        for kind, (called, least) in WALKS.items():

            def run(server: Server, name: str, kind: str = kind) -> float:
                rate = walk(server, hop, kind, max(WARM_UP, wanted.messages // SLOWER.get(name, 1)))
                if isinstance(server, RunningGateway):
                    states.update(_methods(server, kind))
                return rate

            rates = _turns(starts, wanted.rounds, run)
            median = statistics.median(rates[ours])
            yield Row(what=f"walk, {called}", unit="messages/s", ours=median, least=least)
            for name in rates:
                if name != ours:
                    theirs = statistics.median(rates[name])
                    yield Row(what=f"walk, {called}", unit="messages/s", ours=median, peer=name, theirs=theirs)
    sealed = sum(number for method, number in states.items() if method != "none")
    yield Row(what="of the mix, sealed on the way", unit=f"of {states.total()}", ours=sealed)


def measure_latency(wanted: Wanted) -> Iterator[Row]:
    """Measure from acceptance to hand-over at half of the rate that the same gateway can walk, mail coming steadily."""
    middle, late, rates = list[float](), list[float](), list[float]()
    with next_hop() as hop:
        for _ in range(wanted.rounds):
            with RunningGateway(wanted.settings, hop.port) as server:
                rate = walk(server, hop, "plain", wanted.messages) / 2
                since = MachineClock().now()
                count = max(WARM_UP, round(rate * min(STEADY, wanted.messages / rate)))
                _send(server, hop, "plain", count, first=wanted.messages, rate=rate)
                taken = _recorded(server, since, count)
            cuts = statistics.quantiles(taken, n=100, method="inclusive")
            middle.append(cuts[49])
            late.append(cuts[98])
            rates.append(rate)
    at = f"at {statistics.median(rates):.0f} messages/s"
    yield Row(what=f"from acceptance to hand-over {at}, median", unit="ms", ours=statistics.median(middle))
    row = Row(what=f"the same, 99 of 100 {at}", unit="ms", ours=statistics.median(late), most=MOST_LATE)
    yield row


def measure_memory(wanted: Wanted, size: int = LARGE) -> Iterator[Row]:
    """Measure how much the daemon's process grows above idle while one large message passes."""
    grew = list[float]()
    with next_hop() as hop:
        for _ in range(wanted.rounds):
            with RunningGateway(wanted.settings, hop.port) as server:
                _send(server, hop, "plain", WARM_UP)
                idle = memory_of(server.pid, "VmRSS")
                Path(f"/proc/{server.pid}/clear_refs").write_text(
                    "5", encoding="ascii"
                )  # the peak starts anew: proc(5)
                _send(server, hop, KIND_OF_SIZE, size)
                grew.append(memory_of(server.pid, "VmHWM") - idle)
    what = f"daemon above idle, one message of {size // MEGA} MB"
    yield Row(what=what, unit="MiB", ours=statistics.median(grew), most=MOST_MEMORY)


def walk(server: Server, hop: NextHop, kind: str, count: int) -> float:
    """Return messages a second from the first MAIL to the last hand-over, once the server is warm."""
    _send(server, hop, kind, WARM_UP, first=1_000_000)
    return count / _send(server, hop, kind, count)


def _recorded(server: RunningGateway, since: datetime, count: int) -> list[float]:
    """Return the latencies of so many messages, once all are recorded: the next hop has each a moment before that."""
    until = time.monotonic() + NO_PROGRESS
    while len(taken := latencies(server, since)) < count and time.monotonic() < until:
        time.sleep(0.05)
    if len(taken) != count:
        raise GatewayError(f"{count} messages were handed over, {len(taken)} of them are recorded")
    return taken


def latencies(server: RunningGateway, since: datetime) -> list[float]:
    """Return ms from acceptance to hand-over of what was accepted since then."""
    with server.store() as store:
        return [
            1000 * (each.receipt.at - transfer.received_at).total_seconds()
            for transfer in store.transfers.find(limit=MEGA)
            for each in transfer.deliveries
            if each.receipt and transfer.received_at >= since
        ]


def memory_of(pid: int, name: str) -> float:
    """Return MiB of a process: VmRSS is what it has, VmHWM the most it had (proc(5))."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines()
    return next(int(line.split()[1]) / KIB_IN_MIB for line in lines if line.startswith(f"{name}:"))


def _turns(starts: Mapping[str, Starts], rounds: int, measure: Callable[[Server, str], float]) -> Rates:
    rates: defaultdict[str, list[float]] = defaultdict(list)
    for _ in range(rounds):
        for name, start in starts.items():
            with start() as server:
                rates[name].append(measure(server, name))
    return rates


def _taken(count: int, size: int, server: Server, _name: str) -> float:
    """Return how many messages a second Postfix's own load generator gets rid of, over connections that are kept."""
    _smtp_source(server.port, WARM_UP, size)
    begun = time.perf_counter()
    _smtp_source(server.port, count, size)
    return count / (time.perf_counter() - begun)


def _smtp_source(port: int, count: int, size: int) -> None:
    words = f"-d -s {SESSIONS} -m {count} -l {size} -f {SENDER} -t {RECIPIENT} inet:127.0.0.1:{port}"
    ran = programs.run([where("smtp-source"), *words.split()], seconds=NO_PROGRESS)
    if ran.code != 0:
        raise GatewayError("smtp-source failed", hint=ran.complaint.decode("utf-8", "replace")[-2000:])


def _send(server: Server, hop: NextHop, kind: str, count: int, *, first: int = 0, rate: float = 0) -> float:
    """Send messages and wait until they are at the next hop; return the seconds from the first MAIL to the last."""
    before = hop.sent()
    told = in_child(LOAD, str(server.port), kind, str(first), str(count), str(rate))
    wanted = before + (1 if kind == KIND_OF_SIZE else count)
    seen, moment = hop.sent(), time.monotonic()
    while seen < wanted:
        time.sleep(0.01)
        if (now := hop.sent()) > seen:
            seen, moment = now, time.monotonic()
        elif time.monotonic() - moment > NO_PROGRESS:
            raise GatewayError(f"{wanted - before} messages went in, {seen - before} came out")
    return moment - told["began"]


def _methods(server: RunningGateway, kind: str) -> Iterator[str]:
    """Yield how each message of the mix was sealed; of plain ones nothing."""
    if kind == "mixed":
        with server.store() as store:
            for transfer in store.transfers.find(limit=MEGA):
                yield from (_method(each) for each in transfer.deliveries)


def _method(delivery: Delivery) -> str:
    if delivery.state is not DeliveryState.DELIVERED or delivery.sealed is None:
        return "none"
    return delivery.sealed.method


def _left_out(wanted: Wanted, why: str) -> bool:
    if why and why not in wanted.left_out:
        wanted.left_out.append(why)
    return bool(why)
