"""Values as programs read them: JSON's own kinds, the same for the terminal, the API and exports. No content.

Fields of findings, markings and inspections are those of the contracts, 2.1 to 2.3.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.model.inspection import Finding, Gap, Inspection, Marking, Remark
from gateway.model.transfer import Transfer
from gateway.record.passphrases import shown_to


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
        "shown": found.shown,
        "descriptors": list(found.descriptors),
        "caveats": list(found.caveats),
        "notes": list(found.notes),
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
        "key": found.key,
    }


def gap(found: Gap) -> Mapping[str, object]:
    """Return a gap as the contracts print it."""
    return {"part": found.part, "kind": str(found.kind), "detail": found.detail}


def remark(found: Remark) -> Mapping[str, object]:
    """Return a remark as programs read it."""
    return {"part": found.part, "kind": str(found.kind), "detail": found.detail}


def inspection(path: str, seen: Inspection, effective_tier: str) -> Mapping[str, object]:
    """Return an inspection as contracts 2.1 print it."""
    return {
        "path": path,
        "media_type": seen.media_type,
        "marking": marking(seen.marking),
        "marking_status": str(seen.marking_status),
        "thread": marking(seen.thread),
        "effective_tier": effective_tier,
        "findings": [finding(each) for each in seen.findings],
        "people": seen.people,
        "gaps": [gap(each) for each in seen.gaps],
        "remarks": [remark(each) for each in seen.remarks],
        "elapsed_ms": round(seen.elapsed_ms, 1),
    }


def transfer(shown: Transfer) -> Mapping[str, object]:
    """Return a transfer as programs read it: states, reasons and masked findings, no content."""
    return {
        "id": shown.id,
        "state": str(shown.state),
        "origin": str(shown.origin),
        "sender": shown.sender,
        "received_at": shown.received_at.isoformat(),
        "reason": shown.reason,
        "consent": shown.consent,
        "preview": shown.preview,
        "parts": [{"name": part.name, "size": part.size, "sha256": part.sha256} for part in shown.parts],
        "marking": marking(shown.inspection.marking) if shown.inspection else None,
        "gaps": [gap(each) for each in shown.inspection.gaps] if shown.inspection else [],
        "remarks": [remark(each) for each in shown.inspection.remarks] if shown.inspection else [],
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
        "questions": [
            {
                "delivery": each.delivery_id,
                "officer": each.officer,
                "at": each.at.isoformat(),
                "question": each.text,
                "answer": each.answer,
                "answered_at": each.answered_at.isoformat() if each.answered_at else None,
            }
            for each in shown.questions
        ],
        "notices": [{"about": each.about, "to": shown_to(each), "state": str(each.state)} for each in shown.notices],
    }
