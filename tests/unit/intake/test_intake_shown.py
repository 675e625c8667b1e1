"""Who is in sight of everybody else: To and Cc, never Bcc; and who wrote it: From and Sender."""

from __future__ import annotations

import io

import pytest

from gateway.intake import Arrival
from gateway.intake.door import MOST_SHOWN, MainDoor
from gateway.intake.trace import authors, shown
from gateway.model.transfer import Origin
from gateway.testing.values import SteppingClock
from tests.unit.intake.memory_store import MemoryTransfers, MemoryVault

HEAD = b"""From: a@x.example\r
To: Ann <Ann.Lee@One.example>,\r
\tward@nhs.net\r
cc: "Khan, Bilal" <bilal@two.example>, broken, undisclosed-recipients:;\r
Bcc: hidden@three.example\r
Subject: To: nobody@four.example\r
\r
To: body@five.example\r
"""
MANY = [f"p{number}@firm{number}.example" for number in range(40)]


def test_to_and_cc_are_shown_and_nothing_else_is() -> None:
    assert shown(HEAD) == {"ann.lee@one.example", "ward@nhs.net", "bilal@two.example"}


def test_what_cannot_be_read_shows_nobody() -> None:
    assert shown(b"To: \xff\xfe\r\n\r\n") == frozenset()
    assert shown(b"\r\nTo: a@b.example\r\n") == frozenset()
    assert shown(b"") == frozenset()
    assert shown(b"To: @, a@, @b, " + b"a" * 100_000 + b"@b\r\n\r\n") == frozenset()


@pytest.mark.parametrize(
    "start",
    [
        '"Lee <', "(Lee, ", "Lee) <", "Board: ", "Lee, Ann <ann@x.example>, ", '"a\\" <', "<<<", "[", "(" * 5000,
        '"' * 5001, "a@b.example; ", ", , , ", "'", "=?utf-8?q?=22?= <", "(x" * 1000 + ")", "x" * 200_000 + " ",
    ],
    ids=lambda start: repr(start[:12]),
)  # fmt: skip
@pytest.mark.parametrize("between", [", ", ";", ",\r\n ", " "])
def test_no_sign_that_never_closes_hides_anybody(start: str, between: str) -> None:
    assert shown(f"To: {start}{between.join(MANY)}\r\nSubject: x\r\n\r\n".encode()) >= set(MANY)


def test_what_only_a_parser_can_read_counts_too() -> None:
    assert shown(b"Cc: ann(of the ward)@one.example, o'brien@two.example, 'x@three.example'\r\n\r\n") >= {
        "ann@one.example", "o'brien@two.example", "x@three.example",
    }  # fmt: skip


def admitted(addresses: frozenset[str]) -> frozenset[str]:
    door = MainDoor(MemoryTransfers(), MemoryVault(), SteppingClock())
    arrival = Arrival(
        origin=Origin.MAIL, sender="a@b.example", recipients=("one@firm.example",), parts=[("x", io.BytesIO(b"x"))],
        shown=addresses,
    )  # fmt: skip
    return door.admit(arrival).shown


def test_those_whom_another_transaction_serves_are_kept_too() -> None:
    assert admitted(frozenset({"One@Firm.example", *MANY})) == {"one@firm.example", *MANY}


def test_no_more_are_kept_than_anybody_counts() -> None:
    assert len(admitted(frozenset(f"p{number}@firm.example" for number in range(5_000)))) == MOST_SHOWN


def test_who_wrote_it_stands_in_from_and_sender() -> None:
    head = b"From: Jo <Jo.Bright@One.example>,\r\n\tdesk@one.example\r\nSender: sam@one.example\r\nTo: a@b.example\r\n"
    assert authors(head) == {"jo.bright@one.example", "desk@one.example", "sam@one.example"}
    assert authors(b"To: a@b.example\r\n\r\nFrom: body@one.example\r\n") == frozenset()
    assert authors(b'From: "Lee <' + b", ".join(each.encode() for each in MANY) + b"\r\n\r\n") >= set(MANY)


def test_no_more_of_who_wrote_it_are_kept_either() -> None:
    door = MainDoor(MemoryTransfers(), MemoryVault(), SteppingClock())
    arrival = Arrival(
        origin=Origin.MAIL, sender="a@b.example", recipients=("one@firm.example",), parts=[("x", io.BytesIO(b"x"))],
        authors=frozenset(f"P{number}@firm.example" for number in range(5_000)),
    )  # fmt: skip
    kept = door.admit(arrival).authors
    assert (len(kept), "p0@firm.example" in kept) == (MOST_SHOWN, True)
