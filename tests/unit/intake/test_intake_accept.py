"""What the mail door makes of one message: its bytes, what its header says, and what its client asked for."""

from __future__ import annotations

import hashlib
import re
import tracemalloc
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.intake import Arrival
from gateway.intake.accept import Acceptor
from gateway.intake.door import MainDoor
from gateway.intake.header import top
from gateway.intake.joined import Joined
from gateway.intake.message import Message
from gateway.intake.urgency import is_urgent
from gateway.model.content import Readable
from gateway.model.transfer import Transfer
from gateway.testing.values import a_transfer
from tests.unit.intake.memory_store import HandClock, MemoryTransfers, MemoryVault

LETTER = Message(
    sender="clerk@council.example", recipients=("a@partner.example",), content=b"Subject: x\r\n\r\nhello\r\n",
    client="192.0.2.1", helo="pc", dsn={}, dsn_recipients=(),
)  # fmt: skip


def taken(message: Message) -> tuple[Transfer, bytes]:
    """Return the transfer that became of a message, and its content."""
    transfers, vault = MemoryTransfers(), MemoryVault()
    reply = Acceptor(MainDoor(transfers, vault, HandClock()), hostname="gw.example", clock=HandClock())(message)
    assert reply.startswith("250 2.0.0 "), reply
    (transfer,) = transfers.kept.values()
    return transfer, vault.read(transfer.parts[0].object_id)


WHOLE = [
    b"",
    b"\r\n",
    b"\r\nno header\r\n",
    b"Subject: no body\r\n",
    b"Subject: no end",
    b"Subject: x\r\n\r\n",
    b"Subject: x\r\n\r\nbody without an end",
    b"Subject: x\r\n\r\nSubject: y\r\n\r\nmore\r\n\r\n",
    b"no field at all\r\n\r\nbody",
    b"Subject: x\r\n y\r\n\r\n\xff\xfe\x80 8 bits\r\n",
    b"Subject: x\r\n\r\n" + b"a long line " * 10_000 + b"\r\n",
]


@pytest.mark.parametrize("content", WHOLE, ids=range(len(WHOLE)))
def test_all_of_it_is_kept_behind_our_trace(content: bytes) -> None:
    transfer, kept = taken(replace(LETTER, content=content))
    assert kept.startswith(b"Received: from pc ")
    assert kept.endswith(content)
    trace = kept[: len(kept) - len(content)]
    assert trace.count(b"\r\n") == trace.count(b"\r\n\t") + 1, "one field, and nothing else"
    assert transfer.sent_sha256 == hashlib.sha256(content).hexdigest()


@given(
    st.lists(
        st.sampled_from(
            [b"a: b\r\n", b"\r\n", b" \r\n", b"x", b"X-Transfer-Reason: c\r\n", b"x-gateway-password: d\r\n"]
        )
    )
)
def test_only_the_fields_for_the_gateway_are_missing(pieces: list[bytes]) -> None:
    content = b"a: b\r\n" + b"".join(pieces)
    _, kept = taken(replace(LETTER, content=content))
    header = top(content)
    after_trace = kept.partition(b";\r\n\t")[2].partition(b"\r\n")[2]
    lines = re.compile(
        rb"^(?:x-transfer-reason|x-gateway-password)[ \t]*:.*\r\n(?:[ \t].*(?:\r\n|\Z))*", re.IGNORECASE | re.MULTILINE
    )
    assert after_trace == lines.sub(b"", header) + content[len(header) :]


@given(st.lists(st.binary(max_size=8), max_size=8), st.integers(min_value=1, max_value=9))
def test_joined_pieces_are_read_as_one(pieces: list[bytes], size: int) -> None:
    source = Joined(*pieces)
    read = list(iter(lambda: source.read(size), b""))
    assert b"".join(read) == b"".join(pieces)
    assert all(len(each) <= size for each in read)
    assert source.read(size) == b""


@pytest.mark.parametrize(
    ("fields", "urgent"),
    [
        ("Importance: high", True),
        ("IMPORTANCE:\r\n High", True),
        ("X-Priority: 1 (Highest)", True),
        ("X-Priority: 2", True),
        ("X-Priority: 1(Highest)", True),
        ("Priority: urgent", True),
        ("Importance: low\r\nX-Priority: 1", True),
        ("Importance: normal", False),
        ("Importance: highly unlikely", False),
        ("X-Priority: 3 (Normal)", False),
        ("X-Priority: 11", False),
        ("Priority: non-urgent", False),
        ("X-Importance: high", False),
        ("Subject: Importance: high", False),
        ("Importance:", False),
    ],
)
def test_what_calls_itself_urgent(fields: str, urgent: bool) -> None:  # noqa: FBT001 - a table
    content = f"From: a@b.example\r\n{fields}\r\n\r\nImportance: high\r\n".encode()
    assert is_urgent(content) is urgent
    assert taken(replace(LETTER, content=content))[0].urgent is urgent


def test_what_its_client_asked_of_reports_is_kept() -> None:
    transfer, _ = taken(
        replace(
            LETTER,
            recipients=("a@partner.example", "b@partner.example", "c@partner.example", "a@PARTNER.example"),
            dsn={"RET": "hdrs", "ENVID": "QQ314159+2B"},
            dsn_recipients=(
                {"NOTIFY": "success,FAILURE", "ORCPT": "rfc822;A+2Bx@partner.example"},
                {"NOTIFY": "NEVER"},
                {},
                {"NOTIFY": "NEVER"},
            ),
        )
    )
    assert (transfer.returns, transfer.envelope_id) == ("HDRS", "QQ314159+2B")
    assert [(each.recipient, each.notify, each.original) for each in transfer.deliveries] == [
        ("a@partner.example", {"SUCCESS", "FAILURE"}, "rfc822;A+2Bx@partner.example"),
        ("b@partner.example", {"NEVER"}, ""),
        ("c@partner.example", frozenset(), ""),
    ]


@pytest.mark.parametrize("notify", ["NEVER,SUCCESS", "ALWAYS", "SUCCESS,,DELAY", "SUCCESS\r\nX", ""])
def test_what_is_not_understood_of_it_is_left_out(notify: str) -> None:
    wrong = {"NOTIFY": notify, "ORCPT": "no type\r\nX: y"}
    transfer, _ = taken(replace(LETTER, dsn={"RET": "SOME", "ENVID": "a b\r\n"}, dsn_recipients=(wrong,)))
    assert (transfer.returns, transfer.envelope_id) == ("", "")
    (delivery,) = transfer.deliveries
    assert (delivery.notify, delivery.original) == (frozenset(), "")


def test_a_large_message_is_not_copied_on_its_way_in() -> None:
    """The vault takes it a piece at a time; nothing else may hold it again."""

    class Passing:
        """A door that reads as the vault does."""

        def admit(self, arrival: Arrival) -> Transfer:
            source: Readable = arrival.parts[0][1]
            while source.read(1 << 20):
                pass
            return a_transfer()

    content = b"Message-ID: <a@b>\r\nX-Gateway-Password: quetzal\r\nSubject: x\r\n\r\n" + b"x" * 50_000_000
    message = replace(LETTER, content=content)
    tracemalloc.start()
    try:
        Acceptor(Passing(), hostname="gw.example")(message)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 5_000_000


def test_who_wrote_it_is_kept_beside_whom_the_envelope_names() -> None:
    content = b"From: Jo <Jo@council.example>\r\nSender: sam@council.example\r\n\r\nhello\r\n"
    transfer, _ = taken(replace(LETTER, content=content))
    assert transfer.sender == "clerk@council.example"
    assert transfer.authors == {"jo@council.example", "sam@council.example"}
