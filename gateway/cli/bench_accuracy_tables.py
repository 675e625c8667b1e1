"""How accuracy is printed: a table by entity and reader, then a line for everything else that was counted."""

from __future__ import annotations

from collections.abc import Iterator

import click

from gateway.cli import show
from gateway.testing.accuracy.measure import OURS, PRESIDIO, PRESIDIO_AND_UK, Measured
from gateway.testing.accuracy.scoring import Counts, Tally
from gateway.testing.accuracy.wilson import Ratio

HEADINGS = ("entity", "reader", "right", "false", "missed", "unsure", "precision", "recall", "F1", "any label")


def print_measured(measured: Measured) -> None:
    """Print everything about one corpus."""
    documents = len(measured.corpus.cases)
    click.echo("")
    show.say(f"{measured.corpus.name}: {documents} documents, {measured.characters // 1000} kB of text")
    for line in measured.corpus.left_out:
        show.say(f"  left out: {line}")
    if not documents:
        return
    if measured.about:
        show.say(f"  peer: {measured.about}" + (f", failed on {measured.failed}" if measured.failed else ""))
    rows = list(_rows(measured))
    if rows:
        show.table(HEADINGS, rows)
    for reader, tally in measured.tallies.items():
        for line in _lines(tally):
            show.say(f"  {reader}: {line}")
    rates = ", ".join(f"{reader} {rate / 1e6:.3g}" for reader, rate in measured.rates.items())
    click.echo(f"  MB/s a core: {rates}")


def _rows(measured: Measured) -> Iterator[tuple[object, ...]]:
    names = sorted({entity for tally in measured.tallies.values() for entity in tally.entities})
    for entity in names:
        counted = {reader: tally.entities.get(entity) for reader, tally in measured.tallies.items()}
        yield from _rows_of(entity, counted)
    if len(names) > 1:
        yield from _rows_of("all", {reader: tally.total() for reader, tally in measured.tallies.items()})


def _rows_of(entity: str, counted: dict[str, Counts | None]) -> Iterator[tuple[object, ...]]:
    """Yield a row for each reader; one for Presidio where its UK detectors make no difference."""
    if counted.get(PRESIDIO) == counted.get(PRESIDIO_AND_UK):
        counted = {reader: counts for reader, counts in counted.items() if reader != PRESIDIO_AND_UK}
    for reader, counts in counted.items():
        if counts is not None:
            yield _row(entity, reader, counts)


def _row(entity: str, reader: str, counts: Counts) -> tuple[object, ...]:
    return (
        entity, reader, counts.found, counts.false, counts.missed, counts.unsure,
        counts.precision, counts.recall, counts.f1, counts.any_label,
    )  # fmt: skip


def others(tally: Tally) -> dict[str, Ratio]:
    """Return the shares that are no entity's: bait, characters, ordinary documents, markings."""
    total, characters = tally.total(), tally.chars
    right, missed, false = characters["found"], characters["missed"], characters["false"]
    shares = {
        "false findings of all": Ratio(part=total.false, of=tally.findings),
        "bait kept": Ratio(part=tally.bait_kept, of=tally.bait),
        "characters, precision": Ratio(part=right, of=right + false),
        "characters, recall": Ratio(part=right, of=right + missed),
        "characters, F1": Ratio(part=right, of=right + (missed + false) / 2),
        "characters, F2": Ratio(part=right, of=right + (4 * missed + false) / 5),
        "ordinary documents with a UK identifier": Ratio(part=tally.uk_documents, of=tally.ordinary),
        "ordinary documents that seem about health": Ratio(part=tally.ordinary_health, of=tally.ordinary),
        "markings as labelled": Ratio(part=tally.marking_right, of=tally.marking_judged),
    }
    shares |= {
        f"attack {name}, any label, of what it knows": counts.recall for name, counts in tally.under_attack().items()
    }
    return {name: share for name, share in shares.items() if share.of}


def _lines(tally: Tally) -> Iterator[str]:
    for name, share in others(tally).items():
        per_thousand = f", {1000 * share.part / share.of:.1f} per 1,000" if name.startswith("ordinary") else ""
        yield f"{name} {share} of {share.of:g}{per_thousand}"
    if tally.documents_with:
        told = ", ".join(f"{entity} {count}" for entity, count in sorted(tally.documents_with.items()))
        yield f"ordinary documents with: {told}"
    if tally.marking_judged or tally.marked or tally.suspected or tally.health_documents:
        yield f"marked {tally.marked}, suspected {tally.suspected}, health {tally.health_documents} documents"
    if tally.gaps:
        yield "gaps: " + ", ".join(f"{kind} {count}" for kind, count in sorted(tally.gaps.items()))


def as_json(measured: Measured) -> dict[str, object]:
    """Return everything about one corpus."""
    return {
        "corpus": measured.corpus.name,
        "documents": len(measured.corpus.cases),
        "characters": measured.characters,
        "left_out": list(measured.corpus.left_out),
        "peer": measured.about,
        "characters_a_second": {reader: round(rate) for reader, rate in measured.rates.items()},
        "readers": {reader: _tally(tally) for reader, tally in measured.tallies.items()},
        "lapses": [str(lapse) for lapse in measured.tallies[OURS].lapses] if measured.tallies else [],
    }


def _tally(tally: Tally) -> dict[str, object]:
    return {
        "entities": {entity: _counts(counts) for entity, counts in sorted(tally.entities.items())},
        "all": _counts(tally.total()),
        "shares": {name: share.as_json() for name, share in others(tally).items()},
        "ordinary_documents_with": dict(sorted(tally.documents_with.items())),
        "marked": tally.marked,
        "suspected": tally.suspected,
        "health_documents": tally.health_documents,
        "gaps": dict(sorted(tally.gaps.items())),
    }


def _counts(counts: Counts) -> dict[str, object]:
    return {
        "right": counts.found,
        "false": counts.false,
        "missed": counts.missed,
        "of_them_unsure": counts.unsure,
        "precision": counts.precision.as_json(),
        "recall": counts.recall.as_json(),
        "f1": counts.f1.as_json(),
        "any_label": counts.any_label.as_json(),
    }
