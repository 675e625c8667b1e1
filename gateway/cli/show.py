"""How data is printed: JSON for programs, tables for people."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import click

from gateway.cli.opening import open_store, read_settings
from gateway.extract import Extraction
from gateway.model.inspection import Inspection, Marking, OpenedPart, Remark, RemarkKind
from gateway.model.lifecycle import DeliveryState
from gateway.model.transfer import Delivery, Transfer
from gateway.record import plain as as_plain

MOST_FINDINGS: Final = 50
"""How many findings a person is shown; programs get all."""
MOST_SEGMENTS: Final = 20
"""How many segments of a part a person is shown, unless all text is asked for."""
FIRST_WORDS: Final = 100
"""Characters of a segment, likewise."""
REMARKS: Final = {
    RemarkKind.NAMED_OTHERWISE: "its name says another type",
    RemarkKind.NAMES_IN_PIECES: "the model for names saw pieces of it; rules read all of it",
    RemarkKind.NOT_PROTECTED: "encrypted, but opens without a password",
    RemarkKind.SEVERAL_TYPES: "a file of several types; read as each of them",
    RemarkKind.UNLOCKED: "opened with a password that the sender gave",
}


def print_json(value: object) -> None:
    """Print one JSON object on one line."""
    click.echo(json.dumps(value, ensure_ascii=False, separators=(", ", ": ")))


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows in columns; on a terminal long cells fold, in a pipe a row is a line and nothing is cut."""
    lines = [tuple(headings), *(tuple(inert(str(cell)) for cell in row) for row in rows)]
    if sys.stdout.isatty():
        _folding_table(lines)
        return
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    widths[-1] = 0  # nothing follows the last column
    for line in lines:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)))


def _folding_table(lines: Sequence[Sequence[str]]) -> None:
    from rich.console import Console  # noqa: PLC0415 - slow to import, needed only on a terminal
    from rich.table import Table  # noqa: PLC0415 - the same

    folding = Table(*lines[0], box=None, pad_edge=False, header_style="bold")
    for line in lines[1:]:
        folding.add_row(*line)
    Console(soft_wrap=False, highlight=False, markup=False).print(folding)


def say(text: str) -> None:
    """Print one line for a person."""
    click.echo(inert(text))


def inert(text: str) -> str:
    """Return text that cannot steer a terminal: names come from outside."""
    return "".join(character if character.isprintable() else "?" for character in text)


def plain(value: object) -> str:
    """Return a fact of the ledger as a person writes it: lists with commas, `-` for nothing."""
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ",".join(f"{key}:{plain(each)}" for key, each in value.items()) or "-"
    if isinstance(value, list | tuple):
        return ",".join(plain(each) for each in value) or "-"
    return str(value)


def standing(delivery: Delivery) -> str:
    """Return where a delivery stands, for a person: the state's word, or what it waits for once it may be sent.

    A form that goes as it is has the state `sealed` too, which would mislead whoever did not draw the lifecycle.
    """
    if delivery.state is not DeliveryState.SEALED:
        return str(delivery.state)
    if delivery.attempt_open:
        return f"being delivered, attempt {delivery.attempts}"
    if not delivery.attempts:
        return f"waiting to deliver, not before {delivery.due:%H:%M} UTC" if delivery.due else "waiting to deliver"
    when = f", next {delivery.due:%H:%M:%S} UTC" if delivery.due else ""
    return f"waiting to deliver, attempt {delivery.attempts}{when}"


def one_transfer(config: Path, transfer_id: str, *, as_json: bool) -> None:
    """Print the transfer with this id, or the one whose id begins so; `NotFound`."""
    with open_store(read_settings(config)) as store:
        found = store.transfers.get(transfer_id)
        waiting = store.transfers.instructions(found.id)
    if as_json:
        print_json(as_plain.transfer(found))
        return
    print_transfer(found)
    for each in waiting:
        when = f" until {each.not_before:%H:%M:%S} UTC" if each.not_before else ""
        say(f"  waits{when}: {each.act} by {each.officer}: {each.reason}")


def print_transfer(shown: Transfer) -> None:
    """Print a transfer for a person: what came in, what was found, what became of each recipient."""
    say(f"{shown.id}  from {shown.sender}  received {shown.received_at:%Y-%m-%d %H:%M:%S} UTC")
    if shown.reason or shown.consent:
        say(f"reason: {shown.reason or '-'}  consent: {shown.consent or '-'}")
    table(("part", "bytes"), [(part.name, part.size) for part in shown.parts])
    if shown.inspection is not None:
        click.echo()
        print_inspection(shown.inspection)
    for delivery in shown.deliveries:
        click.echo()
        _print_delivery(delivery)
        for question in (each for each in shown.questions if each.delivery_id == delivery.id):
            say(f"  {question.officer} asked at {question.at:%d %b %H:%M}: {question.text}")
            if question.answered_at:
                say(f"  the sender answered at {question.answered_at:%d %b %H:%M}: {question.answer}")


def print_inspection(seen: Inspection) -> None:
    """Print markings with their evidence, masked findings with why, people, gaps and remarks."""
    say(f"marking: {words_of(seen.marking)} ({seen.marking_status})")
    if seen.thread:
        say(f"marking of the mail that it quotes: {words_of(seen.thread)}")
    if seen.people is not None:
        say(f"people: {seen.people}")
    if seen.findings:
        table(
            ("found", "masked", "where", "sure", "because"),
            [
                (each.entity, each.masked, f"{each.part} {each.where}", each.confidence, ", ".join(each.why))
                for each in seen.findings[:MOST_FINDINGS]
            ],
        )
    if len(seen.findings) > MOST_FINDINGS:
        click.echo(f"and {len(seen.findings) - MOST_FINDINGS} more findings; --json has all")
    if seen.gaps:
        table(("not inspected", "why", "detail"), [(each.part, each.kind, each.detail) for each in seen.gaps])
    print_remarks(seen.remarks)


def print_remarks(remarks: Sequence[Remark]) -> None:
    """Print for a person what is worth knowing of parts that were read."""
    if remarks:
        table(("note", "what", "detail"), [(each.part, REMARKS[each.kind], each.detail) for each in remarks])


def print_extraction(seen: Extraction, *, whole: bool) -> None:
    """Print what extract saw for a person: where each piece of text stood, and its first words or all of it."""
    for part in seen.parts:
        say(f"{part.part}  {part.media_type}")
        for segment in part.segments if whole else part.segments[:MOST_SEGMENTS]:
            where = f"{segment.where} ({segment.name})" if segment.name else str(segment.where)
            if whole:
                say(f"  [{where}]")
                for line in segment.text.splitlines():
                    say(f"    {line.expandtabs(4)}")
            else:
                say(f"  {where}: {_first_words(segment.text)}")
        _say_rest(part, whole=whole)
    if seen.gaps:
        table(("not seen", "why", "detail"), [(each.part, each.kind, each.detail) for each in seen.gaps])
    print_remarks(seen.remarks)


def _first_words(text: str) -> str:
    line = " ".join(text[: 4 * FIRST_WORDS].split())
    more = len(text) > 4 * FIRST_WORDS or len(line) > FIRST_WORDS
    return f"{line[:FIRST_WORDS]} ... ({len(text)} characters)" if more else line


def _say_rest(part: OpenedPart, *, whole: bool) -> None:
    rest = len(part.segments) - MOST_SEGMENTS
    if not part.segments:
        say("  (no text)")
    elif rest > 0 and not whole:
        say(f"  and {rest} more pieces of text; --text shows all, --json for programs")


def _print_delivery(delivery: Delivery) -> None:
    made = f"; attempts made: {delivery.attempts}" if delivery.attempts else ""
    say(f"to {delivery.recipient}: {standing(delivery)}  (delivery {delivery.id}{made})")
    if delivery.trouble:
        say(f"  {delivery.trouble}")
    for reason in delivery.verdict.reasons if delivery.verdict else ():
        say(f"  {reason.says}  [{reason.rule}, {reason.file}:{reason.line}]")
    for release in delivery.releases:
        roles = f" ({', '.join(release.roles)})" if release.roles else ""
        wanted = f", to be sealed as {release.method} or as strongly" if release.method else ""
        wanted += ", with what was found masked" if release.redact else ""
        say(f"  released by {release.officer}{roles} at {release.at:%d %b %H:%M}{wanted}: {release.reason}")
    for way in delivery.verdict.would_pass_if if delivery.verdict else ():
        say(f"  would pass if {way}")


def words_of(found: Marking | None) -> str:
    """Return a marking in words: what it says, where it stood, how sure that is, and what is wrong with it."""
    if found is None:
        return "none"
    today = f", today {found.shown}" if found.shown and found.shown != found.tier.label else ""
    wrong = f"; {', '.join(found.notes)}" if found.notes else ""
    return f"{found.text} [{found.tier.label}{today}] in {found.where} of {found.part}, score {found.score}{wrong}"


def extraction(path: str, seen: Extraction) -> Mapping[str, object]:
    """Return what extract saw as contracts 2.2 print it."""
    return {
        "path": path,
        "media_type": seen.parts[0].media_type if seen.parts else "",
        "parts": [
            {
                "part": part.part,
                "media_type": part.media_type,
                "sha256": part.sha256,
                "segments": [
                    {"where": str(each.where), "text": each.text, "name": each.name} for each in part.segments
                ],
            }
            for part in seen.parts
        ],
        "gaps": [as_plain.gap(each) for each in seen.gaps],
        "remarks": [as_plain.remark(each) for each in seen.remarks],
    }
