"""`gateway bench extract`: what comes out, how fast, and what the sandbox costs, beside the peers in the same run."""

from __future__ import annotations

import statistics
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import click

from gateway.cli import show
from gateway.cli.bench_peers import Reads, peers
from gateway.extract import Aids, Extraction, Extractor, Limits
from gateway.extract.builtin import builtin
from gateway.extract.walk import extract as walk
from gateway.testing.canaries import CanaryDocument, all_documents
from gateway.testing.sizeable import sizeable
from gateway.worker.ocr import open_reader
from gateway.worker.overhead import overhead

OURS = "gateway"


@click.command("extract")
@click.option("--rounds", default=7, show_default=True, type=click.IntRange(3), help="Rounds; the median is quoted.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def bench_extract(rounds: int, *, as_json: bool) -> None:
    """Measure extraction: canaries found, documents a second and core, cost of the sandbox.

    Canaries are unique words, one in every hiding place of a format. Speed is process time, one document after the
    other, all readers taking turns in each round. Peers that are not installed are left out:
    pip install 'secure-transfer-gateway[bench]'.

    \b
    Example:
      gateway bench extract --rounds 7
    """
    warnings.simplefilter("ignore")  # those of the peers
    found, rates, added = canaries(), speed(rounds), overhead()
    if as_json:
        show.print_json({"canaries": found, "speed": rates, "sandbox": dict(added)})
        return
    click.echo("canaries found, of those planted")
    _table(found)
    click.echo("documents a second and core (process time, median), and how many times as fast as the peer")
    _table(rates)
    click.echo("sandbox, warm, a tiny text (wall time, medians)")
    show.table(("figure", "value"), list(added.items()))


def canaries() -> dict[str, dict[str, int]]:
    """Count, by format, the canaries that each reader finds as words of their own."""
    reader = open_reader()
    aids, extractors = Aids(reader=reader), builtin()
    found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for document in all_documents():
        row = found[document.kind]
        row["planted"] += len(document.canaries)
        text = all_text(walk(document.name, document.data, Limits(), extractors, aids))
        row[OURS] += len(document.canaries) - len(document.missing(text))
        for name, read in peers(document.kind).items():
            row[name] += _found(document, read)
    return {kind: dict(row) for kind, row in found.items()}


def all_text(extraction: Extraction) -> str:
    """Return all text of an extraction, with the names of its parts."""
    texts = [f"{segment.text}\n{segment.name}" for part in extraction.parts for segment in part.segments]
    return "\n".join([*texts, *(part.part for part in extraction.parts)])


def _found(document: CanaryDocument, read: Reads) -> int:
    """Return how many canaries a peer finds; one that fails finds none."""
    try:
        return len(document.canaries) - len(document.missing(read(document.data)))
    except Exception:  # noqa: BLE001 - whatever a peer raises is its result
        return 0


def speed(rounds: int) -> dict[str, dict[str, object]]:
    """Measure process time by format; all readers take turns in each round."""
    extractors = builtin()
    rates: dict[str, dict[str, object]] = {}
    for kind, data in sizeable():
        readers: dict[str, Callable[[bytes], object]] = {OURS: partial(_walk, f"sample.{kind}", extractors)}
        readers |= peers(kind.partition(",")[0])
        times: dict[str, list[float]] = defaultdict(list)
        for _ in range(rounds + 1):  # the first warms up
            for name, read in readers.items():
                times[name].append(_seconds(read, data))
        median = {name: statistics.median(taken[1:]) for name, taken in times.items()}
        rates[kind] = {name: round(1 / taken, 1) for name, taken in median.items()}
        rates[kind] |= {f"x {name}": round(taken / median[OURS], 2) for name, taken in median.items() if name != OURS}
    return rates


def _walk(name: str, extractors: Sequence[Extractor], data: bytes) -> Extraction:
    return walk(name, data, Limits(), extractors)


def _seconds(read: Callable[[bytes], object], data: bytes) -> float:
    """Return the process time of one reading, from as many as take a tenth of a second."""
    begin, count = time.process_time(), 0
    while time.process_time() - begin < 0.1:  # noqa: PLR2004 - as the docstring says
        read(data)
        count += 1
    return (time.process_time() - begin) / count


def _table(rows: Mapping[str, Mapping[str, object]]) -> None:
    """Print figures by format."""
    names = list(dict.fromkeys(name for row in rows.values() for name in row))
    show.table(("format", *names), [(kind, *(row.get(name, "") for name in names)) for kind, row in rows.items()])
