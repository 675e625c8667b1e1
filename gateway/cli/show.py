"""How data is printed: JSON for programs, tables for people."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

import click

from gateway.extract import Extraction
from gateway.model.inspection import Finding, Gap, Inspection, Marking
from gateway.model.transfer import Transfer


def as_json(value: object) -> None:
    """Print one JSON object on one line."""
    click.echo(json.dumps(value, ensure_ascii=False, separators=(", ", ": ")))


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows in columns; on a terminal long cells fold, in a pipe nothing is cut."""
    from rich.console import Console  # noqa: PLC0415 - slow to import, needed only where something is printed
    from rich.table import Table  # noqa: PLC0415 - the same

    plain = Table(*headings, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        plain.add_row(*(_inert(str(cell)) for cell in row))
    console = Console(soft_wrap=False, highlight=False, markup=False)
    if not console.is_terminal:
        console.width = 400
    console.print(plain)


def _inert(text: str) -> str:
    """Return text that cannot steer a terminal: names come from outside."""
    return "".join(character if character.isprintable() else "?" for character in text)


def marking(found: Marking | None) -> Mapping[str, object] | None:
    """Return a marking as the contracts print it."""
    if found is None:
        return None
    return {
        "scheme": found.scheme,
        "tier": found.tier.label,
        "text": found.text,
        "where": str(found.where),
        "score": found.score,
    }


def finding(found: Finding) -> Mapping[str, object]:
    """Return a finding as the contracts print it."""
    return {
        "detector": found.detector,
        "entity": found.entity,
        "part": found.part,
        "segment": found.segment,
        "where": str(found.where),
        "start": found.start,
        "end": found.end,
        "confidence": found.confidence,
        "why": list(found.why),
        "masked": found.masked,
    }


def gap(found: Gap) -> Mapping[str, object]:
    """Return a gap as the contracts print it."""
    return {"part": found.part, "kind": str(found.kind), "detail": found.detail}


def inspection(path: str, seen: Inspection, effective_tier: str) -> Mapping[str, object]:
    """Return an inspection as contracts 2.1 print it."""
    return {
        "path": path,
        "media_type": seen.media_type,
        "marking": marking(seen.marking),
        "marking_status": str(seen.marking_status),
        "effective_tier": effective_tier,
        "findings": [finding(each) for each in seen.findings],
        "people": seen.people,
        "gaps": [gap(each) for each in seen.gaps],
        "elapsed_ms": round(seen.elapsed_ms, 1),
    }


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
        "gaps": [gap(each) for each in seen.gaps],
    }


def transfer(shown: Transfer) -> Mapping[str, object]:
    """Return a transfer as programs read it: states, reasons and masked findings, no content."""
    return {
        "id": shown.id,
        "state": str(shown.state),
        "origin": str(shown.origin),
        "sender": shown.sender,
        "received_at": shown.received_at.isoformat(),
        "parts": [{"name": part.name, "size": part.size, "sha256": part.sha256} for part in shown.parts],
        "marking": marking(shown.inspection.marking) if shown.inspection else None,
        "gaps": [gap(each) for each in shown.inspection.gaps] if shown.inspection else [],
        "findings": [finding(each) for each in shown.inspection.findings] if shown.inspection else [],
        "deliveries": [
            {
                "id": each.id,
                "recipient": each.recipient,
                "state": str(each.state),
                "route": each.verdict.route if each.verdict else "",
                "rules": [reason.rule for reason in each.verdict.reasons] if each.verdict else [],
                "reasons": [reason.says for reason in each.verdict.reasons] if each.verdict else [],
                "would_pass_if": list(each.verdict.would_pass_if) if each.verdict else [],
                "method": each.sealed.method if each.sealed else "",
                "attempts": each.attempts,
                "due": each.due.isoformat() if each.due else None,
                "trouble": each.trouble,
            }
            for each in shown.deliveries
        ],
        "notices": [{"about": each.about, "to": each.to, "state": str(each.state)} for each in shown.notices],
    }
