"""`gateway bench accuracy`: precision and recall on labelled material, beside Presidio on the same documents."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from gateway.cli import show
from gateway.cli.bench_accuracy_tables import as_json, print_measured
from gateway.model.inspection import COUNTS_FROM
from gateway.testing.accuracy import Corpus
from gateway.testing.accuracy.folders import read_corpora
from gateway.testing.accuracy.measure import OURS, Measured, build, measure


@click.command("accuracy")
@click.argument("corpora", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--peers/--no-peers", default=True, show_default=True, help="Ask Presidio too, where it is installed.")
@click.option(
    "--peer-python",
    default=Path(sys.executable),
    show_default="this one",
    type=click.Path(path_type=Path),
    help="The interpreter that has Presidio.",
)
@click.option("--limit", default=0, type=click.IntRange(0), help="Only so many documents of each corpus.")
@click.option(
    "--threshold",
    default=COUNTS_FROM,
    show_default=True,
    type=click.FloatRange(0, 1),
    help="Findings that are less sure do not count.",
)
@click.option("--worklist", type=click.Path(path_type=Path), help="Write what was missed and what was false, masked.")
@click.option("--json", "json_wanted", is_flag=True, help="One JSON object.")
def bench_accuracy(
    corpora: Sequence[Path],
    peer_python: Path,
    limit: int,
    threshold: float,
    worklist: Path | None,
    *,
    peers: bool,
    json_wanted: bool,
) -> None:
    """Measure precision, recall and F1 by entity, each with its Wilson interval at 95 %, on labelled documents.

    Known by their structure: {notes: [{text, gold, preserve}]}, lists of {full_text, spans}, JSON lines of {text,
    annotations}, tables of (entity, text_json, expected_...), (scheme, number, label), (sort_code, account, valid),
    (source, label, text_json) and (kind, string), folders with gold.tsv or labels.tsv, and folders or archives of
    ordinary documents. Your own: JSON lines of {"text", "spans": [{"start", "end", "entity"}], "marking", "bait"}.

    Presidio is asked in a process of its own and counted from a score of 0.35, twice: as it comes, and with its UK
    detectors. pip install 'secure-transfer-gateway[bench]', here or in another environment.

    \b
    Example:
      gateway bench accuracy letters.jsonl --no-peers
      gateway bench accuracy corpora/* --peer-python other/bin/python --worklist missed.txt
    """
    read = [_limited(each, limit) for path in corpora for each in read_corpora(path)]
    ours, peer = build(), peer_python if peers else None
    measured: list[Measured] = []
    for corpus in read:
        size = sum(len(case.content or case.text) for case in corpus.cases)
        click.echo(f"{corpus.name}: {len(corpus.cases)} documents, {size // 1000} kB", err=True)
        one = measure(corpus, ours, threshold=threshold, peer=peer)
        if one.missing:
            click.echo(f"presidio is left out: {one.missing}", err=True)
            peer = None  # said once
        measured.append(one)
        if not json_wanted:
            print_measured(one)
    if json_wanted:
        show.print_json({"threshold": threshold, "corpora": [as_json(each) for each in measured]})
    if worklist:
        lines = [f"{one.corpus.name}: {lapse}" for one in measured for lapse in one.tallies[OURS].lapses]
        worklist.write_text("\n".join(sorted(lines)) + "\n", encoding="utf-8")


def _limited(corpus: Corpus, limit: int) -> Corpus:
    return replace(corpus, cases=corpus.cases[:limit]) if limit else corpus
