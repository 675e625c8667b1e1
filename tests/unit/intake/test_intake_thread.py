"""A reply to what was protected is known by the Message-ID that the gateway gave it."""

from __future__ import annotations

import email
import email.policy
import io
from dataclasses import replace

import pytest

from gateway.intake import Arrival
from gateway.intake.door import MainDoor
from gateway.intake.thread import MOST, references
from gateway.model.tier import Tier
from gateway.model.transfer import Origin, Transfer
from gateway.model.verdict import Obligation
from gateway.protect import Plain
from gateway.protect.content import Held
from gateway.protect.methods.zip_check import own_reader
from gateway.protect.methods.zip_writer import ZipEncryptor
from gateway.protect.seal import Protector
from gateway.system.ids import serial, transfer_id
from gateway.testing.values import NOON, SteppingClock, a_transfer, a_verdict
from tests.unit.intake.memory_store import MemoryTransfers, MemoryVault
from tests.unit.protect.sealing import Kept, seal

OURS = ("t-6740a1b2-7kq4m9xx2p", "d-1")


def mail(fields: str) -> bytes:
    return f"From: a@b.example\r\n{fields}\r\nSubject: Re: x\r\n\r\nIn-Reply-To: <t-9.d-9@x>\r\n".encode()


@pytest.mark.parametrize(
    "fields",
    [
        "In-Reply-To: <t-6740a1b2-7kq4m9xx2p.d-1@council.example>",
        "References: <a@b.example>\r\n <t-6740a1b2-7kq4m9xx2p.d-1@council.example>\r\n\t<c@d.example>",
        "REFERENCES:<x@y><t-6740a1b2-7kq4m9xx2p.d-1@council.example>\r\nIn-Reply-To: <c@d.example>",
        "In-Reply-To: Your message of Monday <t-6740a1b2-7kq4m9xx2p.d-1@elsewhere.example> (a comment)",
    ],
)
def test_what_it_refers_to_is_read(fields: str) -> None:
    assert references(mail(fields)) == (OURS,)


@pytest.mark.parametrize(
    "fields",
    [
        "In-Reply-To: <d-1.t-1@x.example>",
        "In-Reply-To: t-1.d-1@x.example",
        "X-References: <t-1.d-1@x.example>",
        "Subject: In-Reply-To: <t-1.d-1@x.example>",
        "In-Reply-To: <t-" + "1" * 5000 + ".d-1@x.example>",
        "In-Reply-To: \u00e9",
    ],
)
def test_everything_else_is_not(fields: str) -> None:
    assert references(mail(fields)) == ()


def test_of_many_the_last_are_looked_up() -> None:
    many = " ".join(f"<t-{number}.d-1@x.example>" for number in range(10_000))
    found = references(mail(f"References: {many}"))
    assert len(found) == MOST
    assert found[0] == ("t-9999", "d-1")


def test_what_the_gateway_writes_is_what_is_read() -> None:
    kept, reference = Kept(), transfer_id(NOON)
    protector = Protector("Council", [ZipEncryptor(checkers=[own_reader])])
    letter = Plain(name="a.txt", media_type="text/plain", content=Held(b"hello"))
    sealed, _ = seal(protector, [letter], kept, as_message=True, reference=reference)
    written = email.message_from_bytes(kept.objects[sealed.parts[0].object_id], policy=email.policy.default)
    assert references(mail(f"In-Reply-To: {written['Message-ID']}")) == ((reference, "d-1"),)
    real = (reference, serial("d"))
    assert references(mail(f"In-Reply-To: <{real[0]}.{real[1]}@x.example>")) == (real,)


def reply_to(*reference: str, known: Transfer | None = None) -> Transfer:
    transfers = MemoryTransfers()
    if known:
        transfers.kept[known.id] = known
    arrival = Arrival(
        origin=Origin.MAIL, sender="a@b.example", recipients=("c@d.example",), parts=[("x", io.BytesIO(b"x"))],
        refers_to=(("t-0", "d-1"), (reference[0], reference[1])),
    )  # fmt: skip
    return MainDoor(transfers, MemoryVault(), SteppingClock()).admit(arrival)


@pytest.mark.parametrize(
    ("tier", "obligations", "is_protected"),
    [
        (Tier.PROTECT, [], True),
        (Tier.TOP_SECRET, [], True),
        (Tier.OFFICIAL, [Obligation.SEAL_AES256], True),
        (Tier.UNMARKED, [Obligation.TLS_VERIFIED], True),
        (Tier.OFFICIAL, [Obligation.MARK_SUBJECT, Obligation.DISCLOSURE_RECORD], False),
    ],
)
def test_a_reply_is_protected_as_what_it_answers_was(
    tier: Tier,
    obligations: list[Obligation],
    is_protected: bool,  # noqa: FBT001 - a table
) -> None:
    sent = a_transfer(verdict=replace(a_verdict(), tier=tier, obligations=frozenset(obligations)))
    assert reply_to(*OURS, known=sent).protected_thread is is_protected
    assert not reply_to(OURS[0], "d-2", known=sent).protected_thread, "another recipient's delivery"
    assert not reply_to("t-6740a1b2-7kq4m9xx2q", "d-1", known=sent).protected_thread
    assert not reply_to(*OURS).protected_thread, "nobody knows it"
    assert not reply_to(*OURS, known=a_transfer()).protected_thread, "nobody decided on it yet"
