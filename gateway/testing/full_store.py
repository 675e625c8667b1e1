"""A store full of transfers, a tenth of them held, as a large organisation's is after some years: for the console.

Made up, and the same each time. Rows are written as the store would write them, from a few patterns: a million
transfers take some minutes, most of it for the index.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Connection

from gateway.model.facts import Circumstances
from gateway.model.held import OF_FACTS
from gateway.model.inspection import Finding, Inspection, MarkingStatus, Where
from gateway.model.lifecycle import DeliveryState, TransferState
from gateway.model.record import Entry, Event
from gateway.model.tier import Tier
from gateway.model.transfer import Delivery, Origin, Part, Transfer
from gateway.model.verdict import Network, Outcome, Reason, Verdict
from gateway.store import codec, held_rows, rows
from gateway.store.embedded import Store
from gateway.store.ledger import entry_bytes
from gateway.store.prepared import driver_of
from gateway.testing.people import Draw, make_people

EVERY: Final = timedelta(seconds=20)
BATCH: Final = 2_000
ONE_HELD_OF: Final = 10
ID, SENDER, RECIPIENT, NAME, HASH = "t-00000000-0000000000", "s@pattern", "r@pattern", "name.pattern", "f" * 64
TOPICS: Final = ("minutes", "casework", "referral", "care-plan", "report", "schedule", "invoice", "panel", "transport")
DOMAINS: Final = ("nhs.example", "police.example", "court.example", "charity.example", "mail.example")
KINDS: Final = tuple((sorted(facts) or ["network"])[0] for facts in OF_FACTS.values())
"""A fact for each kind of reason that something is held for."""
TIERS: Final = (*(Tier.UNMARKED,) * 16, Tier.OFFICIAL, *(Tier.PROTECT,) * 2, Tier.RESTRICTED)
OFFICERS: Final = 30
STAFF: Final = 2_000
PEOPLE: Final = 20_000


def fill(store: Store, count: int, until: datetime, *, one_held_of: int = ONE_HELD_OF) -> None:
    """Write so many transfers of one delivery each, the last one at `until`, into an empty store, and index them."""
    draw = Draw("full store")
    begin = until - count * EVERY
    for first in range(0, count, BATCH):
        made = [
            _rows(draw, begin + number * EVERY, number, is_held=number % one_held_of == 0)
            for number in range(first, min(first + BATCH, count))
        ]
        store.database.write(lambda connection, made=made: _write(connection, made))  # type: ignore[misc]  # bound now
    while store.search.catch_up():
        pass


Made = tuple[rows.Row, rows.Row, rows.Row | None, Sequence[bytes]]


def _write(connection: Connection, made: Sequence[Made]) -> int:
    driver = driver_of(connection)
    for table, found in (
        ("transfers", [transfer for transfer, _, _, _ in made]),
        ("deliveries", [delivery for _, delivery, _, _ in made]),
        ("held", [held for _, _, held, _ in made if held]),
    ):
        if found:
            names = tuple(found[0])
            marks = ", ".join(f":{name}" for name in names)
            driver.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", found)  # noqa: S608 - ours
    (last,) = driver.execute("SELECT coalesce(max(seq), -1) FROM ledger").fetchone()
    lines = [line for _, _, _, entries in made for line in entries]
    driver.executemany("INSERT INTO ledger (seq, entry) VALUES (?, ?)", list(enumerate(lines, last + 1)))
    return len(made)


def _rows(draw: Draw, at: datetime, number: int, *, is_held: bool) -> Made:
    """Return the rows of a transfer, of its delivery and of what is held, and its entries in the ledger."""
    kind, tier = KINDS[draw.below(len(KINDS))], TIERS[draw.below(len(TIERS))]
    row, delivery, held = _pattern(kind if is_held else "", tier, Origin.FOLDER if draw.below(5) == 0 else Origin.MAIL)
    said = {
        ID: f"t-{int(at.timestamp()):08x}-{number:010d}",
        SENDER: f"{people()[draw.below(STAFF)]}@council.example",
        RECIPIENT: f"{people()[draw.below(PEOPLE)]}@{draw.of(DOMAINS)}",
        NAME: f"{draw.of(TOPICS)}-{draw.of(TOPICS)}-{draw.below(10_000)}.docx",
        HASH: hash_of(number),
    }
    moment = codec.write_time(at)
    own = _said(row, said) | {"received_at": moment}
    share = _said(delivery, said)
    waits = None
    if held:
        assigned = "" if draw.below(3) else f"p-{draw.below(OFFICERS)}"
        waits = _said(held, said) | {"received_at": moment, "held_at": moment, "assigned_to": assigned}
        waits |= {"asked": draw.below(20) == 0, "second": draw.below(25) == 0, "size": 1_000 + draw.below(9_000_000)}
    return own, share, waits, tuple(_entries(said[ID], at, is_held=is_held))


def _entries(transfer_id: str, at: datetime, *, is_held: bool) -> Iterator[bytes]:
    events = (
        [Event.TRANSFER_RECEIVED, Event.TRANSFER_INSPECTED, Event.DELIVERY_HELD]
        if is_held
        else [Event.TRANSFER_RECEIVED]
    )
    for event in events:
        yield entry_bytes(Entry(event=event, at=at, transfer_id=transfer_id, facts={"size": 1}))


@lru_cache(maxsize=1)
def people() -> Sequence[str]:
    """Return everybody as their addresses begin, staff first."""
    everybody = make_people(PEOPLE)
    return [f"{each.given}.{each.family}{number % 9 or ''}".lower() for number, each in enumerate(everybody)]


def hash_of(number: int) -> str:
    """Return the SHA-256 of the one file of a transfer, by its number."""
    return hashlib.sha256(b"%d" % number).hexdigest()


def _said(row: rows.Row, said: dict[str, str]) -> rows.Row:
    """Return a row of a pattern with names in place of those that stand for them."""
    found: dict[str, Any] = {}
    for column, value in row.items():
        text = value
        if isinstance(text, str):
            for mark, name in said.items():
                text = text.replace(mark, name)
        found[column] = text
    return found


@lru_cache(maxsize=1024)
def _pattern(kind: str, tier: Tier, door: Origin) -> tuple[rows.Row, rows.Row, rows.Row | None]:
    """Return the rows of a transfer and its delivery that is held for a kind of reason, or with none, delivered."""
    at = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
    verdict = Verdict(
        recipient=RECIPIENT,
        route=("public", "nhsmail", "pnn")[int(tier) % 3],
        network=Network.PUBLIC,
        outcome=Outcome.QUARANTINE if kind else Outcome.DELIVER,
        obligations=frozenset(),
        reasons=(
            Reason(rule=f"hold/{kind or 'none'}", file="f.yaml", line=1, says=f"It waits for {kind}.", about=(kind,)),
        ),
        would_pass_if=(),
        policy="0" * 64,
        tier=tier,
    )
    state = DeliveryState.HELD if kind else DeliveryState.DELIVERED
    known = Circumstances(at=at, sender=SENDER, recipient=RECIPIENT, marking=tier)
    delivery = Delivery(id="d-1", recipient=RECIPIENT, state=state, verdict=verdict, circumstances=known)
    transfer = Transfer(
        id=ID,
        origin=door,
        sender=SENDER,
        received_at=at,
        parts=(Part(name=NAME, object_id="o-1", size=1_000, sha256=HASH),),
        deliveries=(delivery,),
        message=door is Origin.MAIL,
        state=TransferState.DECIDED if kind else TransferState.FINISHED,
        inspection=_inspection(12 if kind else 1),
        version=3,
    )
    share = {**rows.DELIVERY.to_row(delivery), "transfer_id": ID, "position": 0}
    held = held_rows.row_of(transfer, delivery, at, held_rows.names_of(transfer)) if kind else None
    return rows.TRANSFER.to_row(transfer), share, held


def _inspection(findings: int) -> Inspection:
    found = Finding(
        detector="nhs_number",
        entity="NHS_NUMBER",
        part=NAME,
        segment=1,
        where=Where.BODY,
        start=10,
        end=22,
        confidence=0.9,
        why=("its check digit is right", "the words before it say so"),
        masked="943 *** ****",
        key="0123456789abcdef",
    )
    return Inspection(
        media_type="application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        marking=None,
        marking_status=MarkingStatus.NONE,
        findings=tuple(replace(found, start=10 + 20 * number, end=22 + 20 * number) for number in range(findings)),
        people=findings,
        gaps=(),
        elapsed_ms=12.0,
    )
