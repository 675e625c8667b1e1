"""Values of the model for tests: whole, plain, and easy to change with `dataclasses.replace`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from gateway.model.inspection import Finding, Gap, GapKind, Inspection, Marking, MarkingStatus, Where
from gateway.model.lifecycle import DeliveryState, TransferState
from gateway.model.tier import Tier
from gateway.model.transfer import Delivery, Evidence, Origin, Part, Sealed, SealedPart, Transfer
from gateway.model.verdict import Network, Obligation, Outcome, Reason, Verdict

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class SteppingClock:
    """A clock that stands still until it is moved."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def now(self) -> datetime:
        """Return the time it was last moved to."""
        return self.at

    def monotonic(self) -> float:
        """Return seconds since noon."""
        return (self.at - NOON).total_seconds()

    def move(self, by: timedelta) -> None:
        """Let time pass."""
        self.at += by


def an_inspection(
    tier: Tier | None = None, *, findings: tuple[Finding, ...] = (), gaps: tuple[GapKind, ...] = ()
) -> Inspection:
    """Return an inspection with a marking in a header, or none."""
    marking = Marking(
        scheme="gpms", tier=tier or Tier.UNMARKED, text=(tier or Tier.UNMARKED).label,
        where=Where.HEADER, part="plan.docx", score=95,
    )  # fmt: skip
    return Inspection(
        media_type="application/octet-stream",
        marking=marking if tier else None,
        marking_status=MarkingStatus.MARKED if tier else MarkingStatus.NONE,
        findings=findings,
        people=None,
        gaps=tuple(Gap(part="plan.docx", kind=kind) for kind in gaps),
        elapsed_ms=1.0,
    )


def a_finding(entity: str = "NHS_NUMBER", *, masked: str = "943 … 19", confidence: float = 0.95) -> Finding:
    """Return a finding in the body of a part."""
    return Finding(
        detector=entity.lower(), entity=entity, part="plan.docx", segment=0, where=Where.BODY,
        start=10, end=22, confidence=confidence, why=("checksum", "label"), masked=masked,
    )  # fmt: skip


def a_verdict(
    outcome: Outcome = Outcome.DELIVER, *obligations: Obligation, route: str = "internet", says: str = "it may go"
) -> Verdict:
    """Return a verdict for the recipient of `a_transfer`."""
    return Verdict(
        recipient="friend@partner.example", route=route, network=Network.PUBLIC, outcome=outcome,
        obligations=frozenset(obligations),
        reasons=(Reason(rule="a-rule", file="rules/sample.yaml", line=3, says=says),),
        would_pass_if=("it bore no marking",), policy="0" * 64,
    )  # fmt: skip


def a_sealed(*, secret: str = "") -> Sealed:
    """Return a sealed form of one file."""
    return Sealed(
        delivery_id="d-1", method="zip" if secret else "none", message=False,
        parts=(SealedPart(name="secure.zip", media_type="application/zip", object_id="o-9", size=9, sha256="9" * 64),),
        evidence=Evidence(method="zip", cipher="AES-256", verified_by="7z"),
        needs_verified_tls=False, rule="a-rule", secret_object_id=secret,
    )  # fmt: skip


def a_transfer(
    *states: DeliveryState,
    state: TransferState = TransferState.DECIDED,
    inspection: Inspection | None = None,
    verdict: Verdict | None = None,
) -> Transfer:
    """Return a transfer of one file, with one delivery for each state given (one, undecided, if none is)."""
    chosen = states or (DeliveryState.UNDECIDED,)
    return Transfer(
        id="t-6740a1b2-7kq4m9xx2p",
        origin=Origin.FOLDER,
        sender="staff@council.example",
        received_at=NOON,
        parts=(Part(name="plan.docx", object_id="o-1", size=5, sha256="5" * 64),),
        deliveries=tuple(
            Delivery(id=f"d-{number}", recipient=f"friend{number}@partner.example", state=each, verdict=verdict)
            for number, each in enumerate(chosen, 1)
        ),
        state=state,
        inspection=inspection,
    )
