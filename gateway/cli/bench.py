"""`gateway bench`: the measurements that the README quotes, reproducible with one command."""

from __future__ import annotations

import io
import os
import platform
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from gateway.cli import show
from gateway.cli.bench_accuracy import bench_accuracy
from gateway.cli.bench_console import bench_console
from gateway.cli.bench_decide import bench_decide
from gateway.cli.bench_extract import bench_extract
from gateway.cli.bench_scan import bench_scan
from gateway.cli.bench_seal import seal as bench_seal
from gateway.cli.bench_smtp import bench_smtp
from gateway.cli.opening import read_settings
from gateway.config.load import load_policies
from gateway.config.settings import Settings
from gateway.daemon.assembly import build_house, start_inspector
from gateway.daemon.inspectors import Inspectors
from gateway.daemon.runner import Runner
from gateway.daemon.service import LedgerWriter
from gateway.errors import GatewayError
from gateway.intake import Arrival
from gateway.intake.door import MainDoor
from gateway.model.transfer import Origin
from gateway.store.embedded import Store, open_store
from gateway.system.clock import MachineClock
from gateway.system.programs import run
from gateway.testing.documents import docx, mail
from gateway.testing.homes import make_home

SENDER = "staff@bench.example"
RECIPIENT = "friend@partner.example"
PROSE = "The committee met on Tuesday and agreed the programme for the spring. "


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one run measured. Rates are transfers per second of wall time."""

    accepted: float
    walked: float
    states: Counter[str]
    median_ms: float
    slowest_ms: float


@click.group()
def bench() -> None:
    """Measure this gateway on this machine.

    \b
    Example:
      gateway bench pipeline --transfers 400
      gateway bench extract
      gateway bench scan
      gateway bench decide
      gateway bench accuracy CORPUS
      gateway bench seal
      gateway bench smtp
      gateway bench console
    """


bench.add_command(bench_accuracy)
bench.add_command(bench_console)
bench.add_command(bench_decide)
bench.add_command(bench_extract)
bench.add_command(bench_scan)
bench.add_command(bench_seal)
bench.add_command(bench_smtp)


@bench.command()
@click.option("--transfers", default=400, show_default=True, type=click.IntRange(20), help="How many a round.")
@click.option("--rounds", default=3, show_default=True, type=click.IntRange(1), help="Rounds; the median is quoted.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def pipeline(config: Path, transfers: int, rounds: int, *, as_json: bool) -> None:
    """Measure the whole walk: accept durably, inspect in the sandbox, decide, seal, verify, deliver or hold, record.

    The mix is 60 % harmless 10 kB mails, 30 % PROTECT documents that are sealed (AES-256 ZIP, verified by 7z) and
    10 % RESTRICTED documents that are held. In the same run 7z alone seals the same documents, as a yardstick.

    \b
    Example:
      gateway bench pipeline --transfers 400 --rounds 3
    """
    settings = read_settings(config)
    measured = [_round(settings, transfers) for _ in range(rounds)]
    walked = statistics.median(each.walked for each in measured)
    yardstick = _seven_zip(50)
    figures = {
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Linux {platform.release()}",
        "transfers": transfers,
        "rounds": rounds,
        "accepted_per_second": round(statistics.median(each.accepted for each in measured)),
        "walked_per_second": round(walked, 1),
        "inspect_ms_median": round(statistics.median(each.median_ms for each in measured)),
        "inspect_ms_slowest": round(max(each.slowest_ms for each in measured)),
        "ended_as": dict(measured[-1].states),
        "7z_alone_seals_per_second": round(yardstick, 1),
        "ratio_walk_to_7z_alone": round(walked / yardstick, 2),
    }
    if as_json:
        show.print_json(figures)
    else:
        show.table(("figure", "value"), list(figures.items()))


def arrivals(count: int) -> Iterator[Arrival]:
    """Yield the mix: of ten, six harmless mails, three PROTECT documents, one RESTRICTED document."""
    for number in range(count):
        turn = number % 10
        text = f"Item {number}. " + PROSE * 140
        if turn < 6:  # noqa: PLR2004 - six of ten
            content = mail(SENDER, RECIPIENT, f"Minutes {number}", text)
            yield _arrival(Origin.MAIL, f"message-{number}.eml", content, message=True)
        else:
            header = "RESTRICTED" if turn == 9 else "PROTECT - PERSONAL"  # noqa: PLR2004 - one of ten
            yield _arrival(Origin.COMMAND, f"plan-{number}.docx", docx([text], header=header), message=False)


def _arrival(origin: Origin, name: str, content: bytes, *, message: bool) -> Arrival:
    return Arrival(
        origin=origin, sender=SENDER, recipients=(RECIPIENT,), parts=[(name, io.BytesIO(content))], message=message
    )


@contextmanager
def _gateway(settings: Settings) -> Iterator[tuple[Store, Runner]]:
    with tempfile.TemporaryDirectory(prefix="gateway-bench-") as folder:
        own = make_home(settings, Path(folder))
        policy = load_policies(own.paths.policies)
        with start_inspector(own) as inspector:
            store = open_store(state=own.paths.state, vault=own.paths.quarantine, clock=MachineClock())
            house = build_house(own, store, Inspectors(inspector), lambda: policy)
            runner = Runner(house, store, limits=own.scheduler.limits(own.inspection.workers))
            writer = LedgerWriter(store.ledger, store.database.settle, store.search.catch_up)
            writer.start()
            try:
                yield store, runner
            finally:
                runner.stop()
                writer.stop()
                store.close()


def _round(settings: Settings, count: int) -> Round:
    prepared = list(arrivals(count))
    with _gateway(settings) as (store, runner):
        door = MainDoor(store.transfers, store.vault, MachineClock())
        begin = time.perf_counter()
        with ThreadPoolExecutor(8) as doors:
            for _ in doors.map(door.admit, prepared):
                pass
        accepting = time.perf_counter() - begin
        begin = time.perf_counter()
        runner.start()
        _until_settled(store)
        walking = time.perf_counter() - begin
        ended = list(store.transfers.find(limit=count + 1))
    if len(ended) != count:
        raise GatewayError(f"{count} transfers went in, {len(ended)} are there", hint="this is a defect: report it")
    states = Counter(str(delivery.state) for transfer in ended for delivery in transfer.deliveries)
    times = sorted(transfer.inspection.elapsed_ms for transfer in ended if transfer.inspection)
    return Round(
        accepted=count / accepting,
        walked=count / walking,
        states=states,
        median_ms=statistics.median(times),
        slowest_ms=times[-1],
    )


def _until_settled(store: Store) -> None:
    """Wait until no transfer has anything left to do by itself, at most ten minutes."""
    for _ in range(12_000):
        if store.wakes.next_due() is None:
            return
        time.sleep(0.05)
    raise GatewayError("transfers did not settle in ten minutes", hint="this is a defect: report it")


def _seven_zip(count: int) -> float:
    """Return how many such documents 7z alone seals per second, one process each as a person would."""
    content = docx([PROSE * 140], header="PROTECT - PERSONAL")
    with tempfile.TemporaryDirectory(prefix="gateway-bench-") as folder:
        source = Path(folder) / "plan.docx"
        source.write_bytes(content)
        begin = time.perf_counter()
        for number in range(count):
            target = str(Path(folder) / f"{number}.zip")
            word = "-pa-made-up-passphrase"  # on the command line, as nobody should
            command = ("7z", "a", "-tzip", "-mem=AES256", "-mx1", word, target, str(source))
            if run(command).code != 0:
                raise GatewayError("7z did not seal the yardstick", hint="run 7z by hand to see why")
        return count / (time.perf_counter() - begin)
