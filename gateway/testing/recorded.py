"""Made-up circumstances of a council's outgoing mail, the same each time, and a store full of what was decided of them.

A year of mail of 2,000 people: mostly ordinary letters with a few personal data, some of it marked, some to many,
some not read in full, a tenth of it released by an officer. Hardly two are the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from sqlalchemy import Connection, insert

from gateway.decide.evaluate import judge_facts
from gateway.decide.facts import facts_for
from gateway.decide.policy import Policy
from gateway.model.facts import Circumstances, Consent, Counted
from gateway.model.inspection import GapKind, MarkingStatus
from gateway.model.lifecycle import DeliveryState, TransferState
from gateway.model.tier import Tier
from gateway.model.transfer import Delivery, Origin, Part, Transfer
from gateway.model.verdict import Network, Outcome, Reason, Verdict
from gateway.store import codec, rows, tables
from gateway.store.database import Database
from gateway.testing.people import Draw

BEGIN: Final = datetime(2025, 12, 1, 6, 0, tzinfo=UTC)
STEP: Final = timedelta(seconds=31)
OWN: Final = "exampleshire.example"
BATCH: Final = 2_000
STAFF: Final = 2_000
OUTSIDE: Final = 20_000
"""How many people outside there are to write to; a few get most of it."""

DOMAINS: Final = ("nhs.net", "police.uk", "gsi.gov.uk", "st-elsewhere.example", "midshire-police.example", "gmail.com")
MARKINGS: Final = (
    *(Tier.UNMARKED,) * 80, *(Tier.OFFICIAL,) * 9, *(Tier.PROTECT,) * 8,
    *(Tier.OFFICIAL_SENSITIVE,) * 2, Tier.RESTRICTED,
)  # fmt: skip
"""The tiers of a hundred transfers."""
KINDS: Final = (0, 0, 1, 2, 3, 5)
FOUND: Final = (
    "EMAIL_ADDRESS", "UK_PHONE", "UK_POSTCODE", "UK_ADDRESS", "PERSON_NAME", "DATE_OF_BIRTH", "NHS_NUMBER", "NINO",
    "BANK_ACCOUNT", "SORT_CODE", "PAYMENT_CARD", "UPN", "HEALTH", "OFFENCE", "CHILD_SAFEGUARDING", "ETHNICITY",
    "LEGAL_PRIVILEGE", "COMMERCIAL", "STATUTE_BARRED_HEALTH",
)  # fmt: skip
SENDER: Final = "the.sender@pattern.example"
RECIPIENT: Final = "the.recipient@pattern.example"
STATE_OF: Final = {
    Outcome.DELIVER: DeliveryState.DELIVERED,
    Outcome.QUARANTINE: DeliveryState.HELD,
    Outcome.REFUSE: DeliveryState.REFUSED,
}


def circumstances(count: int, *, seed: str = "") -> Iterator[Circumstances]:
    """Yield so many circumstances, later ones later in time."""
    draw = Draw(f"recorded {seed}")
    for number in range(count):
        yield _circumstances(draw, BEGIN + number * STEP)


def _circumstances(draw: Draw, at: datetime) -> Circumstances:
    tier = MARKINGS[draw.below(100)]
    marked = MarkingStatus.MARKED if draw.below(10) else MarkingStatus.SUSPECTED
    recipient = _recipient(draw)
    found = draw.some(FOUND, KINDS[draw.below(len(KINDS))])
    everybody = _few(draw, 60)
    approvals = int(_is(draw, 10))
    return Circumstances(
        at=at,
        sender=f"{_name(draw.below(STAFF))}@{OWN}",
        recipient=recipient,
        internal=recipient.endswith(f"@{OWN}"),
        marking=tier,
        marking_status=marked if tier > Tier.UNMARKED else MarkingStatus.NONE,
        attachment_above=_is(draw, 1),
        descriptors=frozenset({"PERSONAL"}) if tier is Tier.PROTECT and _is(draw, 30) else frozenset(),
        entities=tuple(sorted((each, _few(draw, 40)) for each in found)),
        people=_few(draw, 200) if found else 0,
        gaps=frozenset({tuple(GapKind)[draw.below(len(GapKind))]}) if _is(draw, 3) else frozenset(),
        size=1_000 + _few(draw, 30_000_000),
        recipients=((Counted.ALL, everybody), (Counted.EXTERNAL, everybody)),
        can=frozenset({"zip", "pgp"}) if _is(draw, 10) else frozenset({"zip"}),
        is_new=_is(draw, 20),
        is_protected_thread=_is(draw, 3),
        encrypt_requested=_is(draw, 5),
        reason_given=_is(draw, 20),
        consent=Consent.GIVEN if _is(draw, 10) else Consent.NONE,
        approvals=approvals,
        approved_by=frozenset({"caldicott-guardian"}) if approvals and _is(draw, 10) else frozenset(),
    )


def _recipient(draw: Draw) -> str:
    """Return a colleague or somebody in a company, and in three of five cases somebody whom the policy may know."""
    number = _few(draw, OUTSIDE)
    kind = draw.below(5)
    if not kind:
        return f"{_name(number % STAFF)}@{OWN}"
    if kind == 1:
        return f"{_name(number)}@company{number % 900}.example"
    return f"{_name(number)}@{DOMAINS[number % len(DOMAINS)]}"


def _name(number: int) -> str:
    return f"person.{number}"


def _few(draw: Draw, most: int) -> int:
    """Return a number from 1 to `most`, a small one much sooner."""
    return 1 + most * draw.below(1_000) ** 6 // 10**18


def _is(draw: Draw, percent: int) -> bool:
    return draw.below(100) < percent


def fill(database: Database, policy: Policy, count: int, *, seed: str = "") -> None:
    """Write so many transfers of one delivery each, decided by a policy, into an empty store: 10,000 a second or so."""
    everything = circumstances(count, seed=seed)
    for begin in range(0, count, BATCH):
        numbers = range(begin, min(begin + BATCH, count))
        both = [_rows(policy, known, number) for number, known in zip(numbers, everything, strict=False)]

        def write(connection: Connection, both: Sequence[tuple[rows.Row, rows.Row]] = both) -> None:
            connection.execute(insert(tables.transfers), [transfer for transfer, _ in both])
            connection.execute(insert(tables.deliveries), [delivery for _, delivery in both])

        database.write(write)


def _rows(policy: Policy, known: Circumstances, number: int) -> tuple[rows.Row, rows.Row]:
    """Return the rows of a transfer and of its one delivery, as the store would write them."""
    facts = facts_for(policy, known)
    judged = judge_facts(policy, facts)
    decided = judged.outcome, judged.obligations, judged.reasons
    transfer, delivery = (dict(row) for row in _pattern(policy.hash, facts.route, facts.network, *decided))
    transfer["id"] = delivery["transfer_id"] = f"t-{int(known.at.timestamp()):08x}-{number:010d}"
    transfer["received_at"] = codec.write_time(known.at)
    transfer["value"] = transfer["value"].replace(SENDER, known.sender)
    delivery["value"] = delivery["value"].replace(RECIPIENT, known.recipient)
    delivery["verdict"] = delivery["verdict"].replace(RECIPIENT, known.recipient)
    delivery["circumstances"] = codec.dumps(Circumstances, known)
    return transfer, delivery


@lru_cache(maxsize=4096)
def _pattern(
    policy: str,
    route: str,
    network: Network,
    outcome: Outcome,
    obligations: frozenset[str],
    reasons: tuple[Reason, ...],
) -> tuple[rows.Row, rows.Row]:
    """Return the rows of a transfer that was decided so, with names that stand for the addresses."""
    verdict = Verdict(
        recipient=RECIPIENT,
        route=route,
        network=network,
        outcome=outcome,
        obligations=obligations,
        reasons=reasons,
        would_pass_if=(),
        policy=policy,
    )
    delivery = Delivery(id="d-1", recipient=RECIPIENT, state=STATE_OF[outcome], verdict=verdict)
    is_over = outcome is not Outcome.QUARANTINE
    transfer = Transfer(
        id="t-1",
        origin=Origin.MAIL,
        sender=SENDER,
        received_at=BEGIN,
        parts=(Part(name="message.eml", object_id="o-1", size=1, sha256="0" * 64),),
        deliveries=(delivery,),
        message=True,
        state=TransferState.FINISHED if is_over else TransferState.DECIDED,
        version=1,
    )
    return rows.TRANSFER.to_row(transfer), {**rows.DELIVERY.to_row(delivery), "position": 0}
