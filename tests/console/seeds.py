"""Transfers as the gateway would have them in quarantine: decided by the policy that ships, committed step by step.

What was found is made up; no content stands behind it. File names are hostile where their comment says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from gateway.decide.facts import circumstances_of, common_to_all
from gateway.decide.policy import Policy
from gateway.model.inspection import Finding, Gap, GapKind, Inspection, Marking, MarkingStatus, Where
from gateway.model.lifecycle import TransferState
from gateway.model.record import Entry, Event
from gateway.model.tier import Tier
from gateway.model.transfer import Delivery, Origin, Part, Transfer
from gateway.moves.inside import STATE_OF, judge
from gateway.record.entries import entries_between
from gateway.store.embedded import Store
from gateway.system import ids
from tests.console.house import POLICY

INTERNAL: Final = ("council.example",)
MARKUP: Final = "<img src=x onerror=alert(1)>.zip"
"""A file name that is markup."""
BACKWARDS: Final = "statement\u202efdp.exe"
"""A file name that a right-to-left override shows as `statementexe.pdf`."""
LONG: Final = "a" * 200 + ".docx"
MASKS: Final = {
    "NINO": "QQ ••••56 C",
    "DATE_OF_BIRTH": "••/••/1984",
    "NHS_NUMBER": "••• ••• 1234",
    "PERSON_NAME": "K••••, S.",
    "UK_ADDRESS": "•• •••••• Road",
    "BANK_ACCOUNT": "•••• 4417",
    "HEALTH": "•••••••• (health)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """One transfer. `found` counts findings by entity, `to` are its recipients.

    Without `places` all stands in the text; with them some of it stands in headers. `inside` was opened in them.
    """

    files: Sequence[tuple[str, int]]
    sender: str = "amira.khan@council.example"
    to: Sequence[str] = ("jo.bright@examplemail.example",)
    found: Mapping[str, int] | None = None
    marking: Marking | None = None
    status: MarkingStatus = MarkingStatus.NONE
    gaps: Sequence[GapKind] = ()
    people: int | None = 0
    age: timedelta = timedelta(hours=1)
    message: bool = False
    reason: str = ""
    can: frozenset[str] = frozenset({"zip", "pdf", "html"})
    account: str = ""
    places: bool = True
    inside: Sequence[str] = ()


def marked(tier: Tier, where: Where = Where.HEADER, *, part: str = "", score: int = 95) -> Marking:
    return Marking(scheme="gpms", tier=tier, text=tier.label, where=where, part=part, score=score, shown=tier.label)


USUAL: Final = (
    Seed(
        files=[("casework-Q2-final.xlsx", 412_000)],
        found={"NINO": 14, "DATE_OF_BIRTH": 9},
        marking=marked(Tier.OFFICIAL_SENSITIVE),
        status=MarkingStatus.MARKED,
        people=23,
        age=timedelta(days=1, hours=3),
        reason="This is the agreed monthly return",
    ),
    Seed(
        files=[("Board paper, annex B.docx", 1_200_000), ("Board paper.docx", 800_000)],
        sender="dan.price@council.example",
        to=("clerk@partner.example", "chair@partner.example", "board@partner.example"),
        marking=marked(Tier.SECRET),
        status=MarkingStatus.MARKED,
        age=timedelta(hours=23),
    ),
    Seed(
        files=[("pupil-list.csv", 88_000)],
        sender="office@council.example",
        to=("returns@agency.example",),
        found={"PERSON_NAME": 312, "DATE_OF_BIRTH": 312},
        people=312,
        age=timedelta(hours=5),
    ),
    Seed(
        files=[("scan_0417.pdf", 6_800_000)],
        sender="frontdesk@council.example",
        to=("gp.surgery@health.example",),
        gaps=(GapKind.ENCRYPTED,),
        people=None,
        age=timedelta(hours=3),
    ),
    Seed(files=[(MARKUP, 22_000_000)], gaps=(GapKind.TOO_DEEP,), people=None, age=timedelta(minutes=48)),
    Seed(
        files=[("minutes June.odt", 41_000)],
        sender="clerk@council.example",
        to=tuple(f"member{n}@parish.example" for n in range(15)),
        found={"UK_ADDRESS": 1, "NHS_NUMBER": 6},
        people=6,
        age=timedelta(minutes=31),
    ),
    Seed(files=[(BACKWARDS, 910_000)], gaps=(GapKind.CORRUPT,), people=None, age=timedelta(minutes=20)),
    Seed(files=[(LONG, 1_000)], gaps=(GapKind.UNSUPPORTED,), people=None, age=timedelta(minutes=5)),
)


def plant(store: Store, seed: Seed, now: datetime, policy: Policy = POLICY) -> Transfer:
    """Bring a transfer in, have it inspected as the seed says, and decided by the policy; return how it stands."""
    at = now - seed.age
    made = Transfer(
        id=ids.transfer_id(at),
        origin=Origin.MAIL if seed.message else Origin.FOLDER,
        sender=seed.sender,
        received_at=at,
        parts=tuple(
            Part(name=name, object_id=ids.object_id(), size=size, sha256=f"{number + 10:02x}" * 32)
            for number, (name, size) in enumerate(seed.files)
        ),
        deliveries=tuple(Delivery(id=ids.serial("d"), recipient=each) for each in seed.to),
        message=seed.message,
        reason=seed.reason,
        account=seed.account,
    )
    facts = {"sender": seed.sender, "recipients": list(seed.to), "parts": len(seed.files)}
    received = Entry(event=Event.TRANSFER_RECEIVED, at=at, transfer_id=made.id, facts=facts)
    known = store.transfers.commit(None, made, entries=[received])
    known = _step(store, known, replace(known, state=TransferState.INSPECTED, inspection=inspection_of(seed)), at)
    return _step(store, known, decided(known, at, policy, seed.can), at)


def decided(transfer: Transfer, now: datetime, policy: Policy = POLICY, can: frozenset[str] = frozenset()) -> Transfer:
    """Return the transfer with every undecided delivery decided."""
    inspection = transfer.inspection
    assert inspection is not None
    common = common_to_all(transfer, inspection, at=now, internal_domains=INTERNAL)
    after = replace(transfer, state=TransferState.DECIDED)
    for delivery in transfer.deliveries:
        if delivery.state.value == "undecided":
            known = circumstances_of(common, delivery, can=can, internal_domains=INTERNAL, is_new=True)
            verdict = judge(known, policy=policy, observed=None)
            state = STATE_OF[verdict.outcome]
            after = after.with_delivery(replace(delivery, circumstances=known, verdict=verdict, state=state))
    return after


def inspection_of(seed: Seed) -> Inspection:
    """Return what was found: findings spread over the files, a few to a segment."""
    names = [name for name, _ in seed.files]
    findings = [
        Finding(
            detector=entity.casefold(),
            entity=entity,
            part=names[number % len(names)],
            segment=number // 4,
            where=Where.BODY if number % 3 or not seed.places else Where.HEADER,
            start=number * 20,
            end=number * 20 + 12,
            confidence=0.95 if number % 5 else 0.4,
            why=("checksum", "label") if number % 5 else ("shape",),
            masked=MASKS.get(entity, "••••"),
        )
        for entity, count in (seed.found or {}).items()
        for number in range(count)
    ]
    return Inspection(
        media_type="application/octet-stream",
        marking=replace(seed.marking, part=names[0]) if seed.marking else None,
        marking_status=seed.status,
        findings=tuple(findings),
        people=seed.people,
        gaps=tuple(Gap(part=names[0], kind=kind) for kind in seed.gaps),
        elapsed_ms=12.0,
        names=tuple(seed.inside),
    )


def _step(store: Store, before: Transfer, after: Transfer, at: datetime) -> Transfer:
    return store.transfers.commit(before, after, entries=entries_between(before, after, at))


def garden(store: Store, now: datetime) -> list[Transfer]:
    """Plant the usual transfers; return them in their order."""
    return [plant(store, seed, now) for seed in USUAL]
