"""`gateway bench scan`: how fast classify reads, everything on, beside ripgrep, google-re2 and Presidio."""

from __future__ import annotations

import gc
import resource
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import click

from gateway.classify.assess import Classifier
from gateway.classify.builtin import builtin
from gateway.classify.matching_re2 import Re2Engine
from gateway.cli import show
from gateway.cli.bench_scan_readers import (
    ENGINE,
    MEGA,
    OURS,
    PRESIDIO,
    RIPGREP,
    RIPGREP_EVERY,
    Material,
    Rate,
    own_readers,
    part_of,
    presidio,
    ripgrep,
)
from gateway.errors import GatewayError
from gateway.model.inspection import COUNTS_FROM
from gateway.testing.scan_material import dense, prose

Rates = Mapping[str, Mapping[str, float]]
TARGETS: Final = (
    ("prose, MB/s a core", "prose", OURS, "", 200.0),
    ("dense, MB/s a core", "dense", OURS, "", 50.0),
    ("prose, everything on, x ripgrep", "prose", OURS, RIPGREP, 0.75),
    ("prose, engine only, x ripgrep", "prose", ENGINE, RIPGREP, 0.75),
    ("dense, everything on, x ripgrep that tells every match", "dense", OURS, RIPGREP_EVERY, 0.75),
    ("prose, x presidio", "prose", OURS, PRESIDIO, 300.0),
    ("dense, x presidio", "dense", OURS, PRESIDIO, 300.0),
)
"""What is compared: kind, whose rate, divided by whose, and the least it should be."""
LOAD_TARGET: Final = 10.0
FLOOD: Final = "write to a.person@example.org and go on, "


@click.command("scan")
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(1), help="Rounds; the median is quoted.")
@click.option("--megabytes", default=24, show_default=True, type=click.IntRange(1), help="How much prose.")
@click.option("--peers/--no-peers", default=True, show_default=True, help="Measure ripgrep and Presidio too.")
@click.option(
    "--peer-python",
    default=Path(sys.executable),
    show_default="this one",
    type=click.Path(path_type=Path),
    help="The interpreter that has Presidio.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def bench_scan(rounds: int, megabytes: int, peer_python: Path, *, peers: bool, as_json: bool) -> None:
    """Measure how fast classify reads text, everything built in switched on.

    Documents of 64 kB: prose, in which little is found, and dense data, with about 10,000 finds a megabyte. All readers
    take turns in each round; the first warms up. Peers that are not installed are left out: ripgrep is a package of
    that name, Presidio comes with pip install 'secure-transfer-gateway[bench]', here or in another environment.

    \b
    Example:
      gateway bench scan --rounds 5
      gateway bench scan --peer-python other/bin/python --json
    """
    classifier, built = build()
    materials = [
        Material.of("prose", prose(megabytes * MEGA)),
        Material.of("dense", dense(max(1, megabytes // 4) * MEGA)),
    ]
    rates, left_out = speed(materials, classifier, rounds, peer_python if peers else None, with_ripgrep=peers)
    figures = built | {
        f"{each.kind}, {name}": value for each in materials for name, value in counted(each, classifier).items()
    }
    figures |= flood(classifier)
    figures["peak memory of the bench, MB"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    judged = targets(rates, figures)
    if as_json:
        show.print_json({"rates": rates, "targets": judged, "figures": figures, "left_out": left_out})
        return
    names = list(dict.fromkeys(name for row in rates.values() for name in row))
    click.echo("MB/s of one core (medians)")
    show.table(("reader", *rates), [(name, *(rates[kind].get(name, "") for kind in rates)) for name in names])
    click.echo("targets")
    show.table(("figure", "measured", "at least", ""), [(*row.values(),) for row in judged])
    show.table(("figure", "value"), list(figures.items()))
    for line in left_out:
        show.say(f"left out: {line}")


class _Kept:
    """Keeps compiled databases in memory."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load(self, fingerprint: str) -> bytes:
        """Return the database of a fingerprint, empty when there is none."""
        return self._kept.get(fingerprint, b"")

    def keep(self, fingerprint: str, database: bytes) -> None:
        """Keep a database."""
        self._kept[fingerprint] = database


def build() -> tuple[Classifier, dict[str, float]]:
    """Build everything, and again with the database that was kept; return a classifier and what that took."""
    from gateway.testing.policies import SHIPPED  # noqa: PLC0415 - reads files

    before, begun, kept = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter(), _Kept()
    classifier = Classifier.build(builtin(), SHIPPED, databases=kept)
    built = time.perf_counter()
    gc.collect()
    gc.freeze()  # as a worker does
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    Classifier.build(builtin(), SHIPPED, databases=kept)
    patterns = classifier.patterns
    figures = {
        "build everything, s": round(built - begun, 2),
        "the same with a kept database, s": round(time.perf_counter() - built, 2),
        "memory that building took, MB": round(memory / 1024),
        "patterns": sum(not pattern.term for pattern in patterns),
        "terms of lexicons": sum(pattern.term for pattern in patterns),
    }
    return classifier, figures | database(classifier)


def database(classifier: Classifier) -> dict[str, float]:
    """Return the size of the saved database and how long loading takes (median of 9), where the engine can save."""
    engine = classifier.engine
    saved = getattr(engine, "saved", bytes)()
    if not saved:
        return {}
    from gateway.classify.matching import load_database  # noqa: PLC0415 - absent on some machines

    taken = []
    for _ in range(9):
        begun = time.perf_counter()
        if load_database(saved) is None:
            raise GatewayError("the saved database does not load", hint="this is a defect: report it")
        taken.append(1000 * (time.perf_counter() - begun))
    return {"database, MB": round(len(saved) / MEGA, 2), "database loads, ms": round(statistics.median(taken), 2)}


def speed(
    materials: Sequence[Material], classifier: Classifier, rounds: int, python: Path | None, *, with_ripgrep: bool
) -> tuple[dict[str, dict[str, float]], list[str]]:
    """Measure rates by kind and reader, all taking turns in each round; and tell which peers were left out."""
    left_out: list[str] = []
    readers: dict[tuple[str, str], Rate] = {}
    other = Re2Engine(classifier.patterns)
    for material in materials:
        for name, rate in own_readers(material, classifier, other).items():
            readers[material.kind, name] = rate
        asked, missing = presidio(material, python) if python else (None, "")
        if asked:
            readers[material.kind, PRESIDIO] = asked
        elif missing and missing not in left_out:
            left_out.append(missing)
    with ripgrep(materials if with_ripgrep else (), classifier.patterns) as lent:
        if with_ripgrep and not lent:
            left_out.append("ripgrep is not installed")
        readers |= lent
        measured = take_turns(readers, rounds, left_out)
    rates: dict[str, dict[str, float]] = defaultdict(dict)
    for (kind, name), each in measured.items():
        rates[kind][name] = round(statistics.median(each), 3)
    return dict(rates), left_out


def take_turns(
    readers: Mapping[tuple[str, str], Rate], rounds: int, left_out: list[str]
) -> dict[tuple[str, str], list[float]]:
    """Let all readers read in each round, the first of which does not count; one that fails is left out."""
    measured: dict[tuple[str, str], list[float]] = defaultdict(list)
    failed: set[tuple[str, str]] = set()
    for number in range(rounds + 1):
        for key, rate in readers.items():
            if key in failed or (not number and key[1] == PRESIDIO):  # it warms up by itself
                continue
            try:
                taken = rate()
            except GatewayError as trouble:
                failed.add(key)
                left_out.append(f"{key[1]}, {key[0]}: {trouble.message}")
                continue
            if number:
                measured[key].append(taken)
    return measured


def counted(material: Material, classifier: Classifier) -> dict[str, float]:
    """Return how many candidates and findings a megabyte of the material has."""
    candidates = findings = 0
    find: Callable[[str], object] = classifier.engine.find
    for document in material.documents:
        candidates += len(getattr(find(document), "spans", ()))
        found = classifier.classify((part_of(document),)).findings
        findings += sum(each.confidence >= COUNTS_FROM for each in found)
    mega = material.size / MEGA
    return {"candidates a MB": round(candidates / mega), "findings a MB": round(findings / mega)}


def flood(classifier: Classifier) -> dict[str, float]:
    """Return what becomes of a text that is one find after the other: how many are kept, the gaps, the rate."""
    text = FLOOD * (10 * MEGA // len(FLOOD))
    begun = time.process_time()
    classified = classifier.classify((part_of(text),))
    taken = time.process_time() - begun
    return {
        "flood of 10 MB, finds": text.count("@"),
        "flood, findings kept": len(classified.findings),
        "flood, gaps": len(classified.gaps),
        "flood, MB/s": round(len(text) / MEGA / taken, 1),
    }


def targets(rates: Rates, figures: Mapping[str, float]) -> list[dict[str, object]]:
    """Return each target that could be measured, and whether it is met."""
    judged: list[dict[str, object]] = []
    for what, kind, ours, peer, least in TARGETS:
        rate, other = rates[kind].get(ours), rates[kind].get(peer) if peer else 1.0
        if rate and other:
            value = rate / other
            judged.append(
                {"figure": what, "measured": round(value, 2), "target": least, "verdict": _met(value >= least)}
            )
    if "database loads, ms" in figures:
        took = figures["database loads, ms"]
        row = {"figure": "database loads, ms (at most)", "measured": took, "target": LOAD_TARGET}
        judged.append(row | {"verdict": _met(took < LOAD_TARGET)})
    return judged


def _met(met: bool) -> str:  # noqa: FBT001 - the one thing it is about
    return "met" if met else "not met"
