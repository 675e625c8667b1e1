"""A reply to what was protected is known: by the Message-ID of the gateway, or by the one that the mail came with."""

from __future__ import annotations

import email
import email.policy
import io
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.intake import Arrival
from gateway.intake.door import MainDoor
from gateway.intake.thread import MOST, MOST_TRANSFERS, digest, own_digest, references
from gateway.model.tier import Tier
from gateway.model.transfer import Origin, Transfer
from gateway.model.verdict import Obligation, Verdict
from gateway.protect import Plain
from gateway.protect.content import Held
from gateway.protect.methods.zip_check import own_reader
from gateway.protect.methods.zip_writer import ZipEncryptor
from gateway.protect.seal import Protector
from gateway.system.ids import serial, transfer_id
from gateway.testing.values import NOON, SteppingClock, a_transfer, a_verdict
from tests.unit.intake.memory_store import MemoryTransfers, MemoryVault
from tests.unit.protect.sealing import Kept, seal

OURS = "t-6740a1b2-7kq4m9xx2p.d-1@council.example"
THEIRS = "ab12@pc.council.example"


def mail(fields: str) -> bytes:
    return f"From: a@b.example\r\n{fields}\r\nSubject: Re: x\r\n\r\nIn-Reply-To: <t-9.d-9@x>\r\n".encode()


@pytest.mark.parametrize(
    ("fields", "ids"),
    [
        (f"In-Reply-To: <{OURS}>", [OURS]),
        (f"References: <a@b.example>\r\n <{OURS}>\r\n\t<c@d.example>", ["c@d.example", OURS, "a@b.example"]),
        (f"REFERENCES:<x@y><{OURS.upper()}>\r\nIn-Reply-To: <c@d.example>", ["c@d.example", OURS, "x@y"]),
        (f"In-Reply-To: Your message of Monday <{OURS}> (a comment)", [OURS]),
        ("In-Reply-To: <ab12@\r\n pc.Council.example>", [THEIRS]),
        (f"In-Reply-To: {THEIRS} ", [THEIRS]),
        (f"References: {THEIRS}\r\n x@y", ["x@y", THEIRS]),
        (f"References: <{THEIRS}> <{THEIRS}>\r\nIn-Reply-To: <{THEIRS}>", [THEIRS]),
    ],
)
def test_what_it_refers_to_is_read_the_last_one_first(fields: str, ids: list[str]) -> None:
    assert list(references(mail(fields))) == ids


@pytest.mark.parametrize(
    "fields",
    [
        "X-References: <t-1.d-1@x.example>",
        "Subject: In-Reply-To: <t-1.d-1@x.example>",
        "In-Reply-To: <t-" + "1" * 5000 + ".d-1 x.example>",
        "In-Reply-To: \u00e9",
        "In-Reply-To: <> < > <",
        "In-Reply-To:",
    ],
)
def test_everything_else_is_not(fields: str) -> None:
    assert references(mail(fields)) == ()


def test_of_many_the_last_are_looked_up() -> None:
    many = " ".join(f"<t-{number}.d-1@x.example>" for number in range(10_000))
    found = references(mail(f"References: {many}"))
    assert len(found) == MOST
    assert found[0] == "t-9999.d-1@x.example"


@given(st.binary(max_size=300))
def test_no_bytes_in_these_fields_stop_the_door(field: bytes) -> None:
    content = b"References: " + field + b"\r\nMessage-ID: " + field + b"\r\n\r\n"
    assert len(own_digest(content)) in {0, 64}
    assert len(references(content)) <= MOST


@pytest.mark.parametrize(
    "written",
    ["<ab12@pc.council.example>", "<AB12@pc.Council.example> (sent)", "\r\n <ab12@pc.\r\n\tcouncil.example>", THEIRS],
)
def test_its_own_id_is_the_same_however_it_is_written(written: str) -> None:
    assert own_digest(mail(f"Message-ID: {written}")) == digest(THEIRS)


@pytest.mark.parametrize(
    "fields", ["X-Message-ID: <a@b>", "Resent-Message-ID: <a@b>", "Message-ID: ", "Message-ID: <>"]
)
def test_a_mail_may_have_none(fields: str) -> None:
    assert own_digest(mail(fields)) == ""


def test_what_the_gateway_writes_is_what_is_read() -> None:
    kept, reference = Kept(), transfer_id(NOON)
    protector = Protector("Council", [ZipEncryptor(checkers=[own_reader])])
    letter = Plain(name="a.txt", media_type="text/plain", content=Held(b"hello"))
    sealed, _ = seal(protector, [letter], kept, as_message=True, reference=reference)
    written = email.message_from_bytes(kept.objects[sealed.parts[0].object_id], policy=email.policy.default)
    first = replace(protected(), id=reference)
    assert reply_to(*references(mail(f"In-Reply-To: {written['Message-ID']}")), known=[first]).protected_thread
    real = replace(first, deliveries=(replace(first.deliveries[0], id=serial("d")),))
    answered = references(mail(f"In-Reply-To: <{real.id}.{real.deliveries[0].id}@x.example>"))
    assert reply_to(*answered, known=[real]).protected_thread


def sent(verdict: Verdict | None, *, name: str = OURS.partition(".")[0]) -> Transfer:
    return replace(a_transfer(verdict=verdict), id=name, message_id=digest(THEIRS))


def protected() -> Transfer:
    return sent(replace(a_verdict(), tier=Tier.PROTECT))


def reply_to(*references: str, known: Sequence[Transfer] = ()) -> Transfer:
    transfers = MemoryTransfers({each.id: each for each in known})
    arrival = Arrival(
        origin=Origin.MAIL, sender="a@b.example", recipients=("c@d.example",), parts=[("x", io.BytesIO(b"x"))],
        refers_to=("t-0.d-1@x", "unknown@x", *references),
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
    verdict = replace(a_verdict(), tier=tier, obligations=frozenset(obligations))
    known = [sent(verdict)]
    assert reply_to(OURS, known=known).protected_thread is is_protected
    assert reply_to(THEIRS, known=known).protected_thread is is_protected
    assert not reply_to(OURS.replace("d-1", "d-2"), known=known).protected_thread, "another recipient's delivery"
    assert not reply_to(OURS.replace("x2p", "x2q"), known=known).protected_thread
    assert not reply_to(OURS, THEIRS).protected_thread, "nobody knows it"
    assert not reply_to(OURS, THEIRS, known=[sent(None)]).protected_thread, "undecided"


def test_one_protected_recipient_of_many_will_do() -> None:
    plain = replace(a_verdict(), tier=Tier.OFFICIAL, obligations=frozenset())
    first = protected().deliveries[0]
    both = replace(protected(), deliveries=(replace(first, id="d-0", verdict=plain), first))
    assert reply_to(THEIRS, known=[both]).protected_thread
    assert not reply_to(OURS.replace("d-1", "d-0"), known=[both]).protected_thread, "this one was told to go openly"


def test_a_mail_that_came_in_several_transactions_is_protected_by_any_of_them() -> None:
    plain = replace(a_verdict(), tier=Tier.OFFICIAL, obligations=frozenset())
    copies = [sent(plain, name=f"t-{n}-") for n in range(30)]
    assert not reply_to(THEIRS, known=copies).protected_thread
    assert reply_to(THEIRS, known=[protected(), *copies]).protected_thread


def test_many_references_to_what_came_many_times_cost_a_bounded_number_of_looks() -> None:
    class Counting(MemoryTransfers):
        looks = 0

        def get(self, transfer_id: str) -> Transfer:
            self.looks += 1
            return super().get(transfer_id)

    transfers = Counting()
    for number in range(MOST):
        for copy in range(50):
            one = replace(sent(None, name=f"t-{number}-{copy}-"), message_id=digest(f"{number}@x"))
            transfers.kept[one.id] = one
    arrival = Arrival(
        origin=Origin.MAIL, sender="a@b.example", recipients=("c@d.example",), parts=[("x", io.BytesIO(b"x"))],
        refers_to=tuple(f"{number}@x" for number in range(MOST)),
    )  # fmt: skip
    assert not MainDoor(transfers, MemoryVault(), SteppingClock()).admit(arrival).protected_thread
    assert transfers.looks == MOST_TRANSFERS
