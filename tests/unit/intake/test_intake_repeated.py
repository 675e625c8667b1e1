"""A mail that its client sent again, because it did not read our answer, is accepted once more and marked."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from gateway.intake.accept import Acceptor
from gateway.intake.door import MainDoor
from gateway.intake.message import Message
from gateway.model.record import Event
from gateway.model.transfer import Transfer
from tests.unit.intake.memory_store import HandClock, MemoryTransfers, MemoryVault

LETTER = Message(
    sender="clerk@council.example",
    recipients=("a@partner.example", "b@partner.example"),
    content=b"Message-ID: <1@pc>\r\nX-Gateway-Password: quetzal\r\nSubject: x\r\n\r\nhello\r\n",
    client="192.0.2.1",
    helo="pc",
    dsn={},
    dsn_recipients=(),
)


@dataclass
class Doorstep:
    """A mail door over a store in memory."""

    clock: HandClock = field(default_factory=HandClock)
    transfers: MemoryTransfers = field(default_factory=MemoryTransfers)
    vault: MemoryVault = field(default_factory=MemoryVault)

    def take(self, message: Message) -> Transfer:
        door = MainDoor(self.transfers, self.vault, self.clock)
        reply = Acceptor(door, hostname="gw.example", clock=self.clock)(message)
        assert reply.startswith("250 2.0.0 "), reply
        return self.transfers.kept[reply.rpartition(" ")[2]]


@pytest.fixture
def doorstep() -> Doorstep:
    return Doorstep()


def test_the_second_names_the_first_and_both_are_ours(doorstep: Doorstep) -> None:
    first = doorstep.take(LETTER)
    doorstep.clock.move(600)
    second = doorstep.take(LETTER)
    assert (first.repeats, second.repeats) == ("", first.id)
    assert len(doorstep.transfers.kept) == 2
    assert second.id in doorstep.transfers.wakes
    assert doorstep.vault.read(second.parts[0].object_id).endswith(b"\r\n\r\nhello\r\n")
    said = [entry.facts.get("repeats") for entry in doorstep.transfers.entries]
    assert said == [None, first.id]
    assert {entry.event for entry in doorstep.transfers.entries} == {Event.TRANSFER_RECEIVED}


def test_what_only_asks_neither_repeats_nor_is_repeated(doorstep: Doorstep) -> None:
    asked = [doorstep.take(replace(LETTER, preview=True)) for _ in range(2)]
    assert [each.repeats for each in asked] == ["", ""]
    sent = doorstep.take(LETTER)
    assert sent.repeats == ""
    assert doorstep.take(replace(LETTER, preview=True)).repeats == ""
    assert doorstep.take(LETTER).repeats == sent.id


def test_a_third_names_the_one_before_it(doorstep: Doorstep) -> None:
    made = []
    for _ in range(3):
        made.append(doorstep.take(LETTER))
        doorstep.clock.move(60)
    assert [each.repeats for each in made] == ["", made[0].id, made[1].id]


@pytest.mark.parametrize(("seconds", "is_known"), [(3_600, True), (3_600.001, False)])
def test_after_an_hour_it_is_another_mail(doorstep: Doorstep, seconds: float, is_known: bool) -> None:  # noqa: FBT001 - a table
    first = doorstep.take(LETTER)
    doorstep.clock.move(seconds)
    assert doorstep.take(LETTER).repeats == (first.id if is_known else "")


@pytest.mark.parametrize(
    "message",
    [
        replace(LETTER, sender="other@council.example"),
        replace(LETTER, recipients=LETTER.recipients[:1]),
        replace(LETTER, recipients=(*LETTER.recipients, "c@partner.example")),
        replace(LETTER, content=LETTER.content + b"\r\n"),
        replace(LETTER, content=LETTER.content.replace(b"Subject: x", b"Subject: y")),
        replace(LETTER, content=LETTER.content.replace(b"<1@pc>", b"<2@pc>")),
    ],
    ids=["sender", "fewer recipients", "more recipients", "body", "header", "id"],
)
def test_what_differs_is_another_mail(doorstep: Doorstep, message: Message) -> None:
    doorstep.take(LETTER)
    assert doorstep.take(message).repeats == ""


@pytest.mark.parametrize(
    "message",
    [
        replace(LETTER, recipients=tuple(reversed(LETTER.recipients))),
        replace(LETTER, recipients=("b@PARTNER.example", *LETTER.recipients)),
        replace(LETTER, client="192.0.2.2", helo="other"),
        replace(LETTER, content=LETTER.content.replace(b"quetzal", b"other")),
    ],
    ids=["order of recipients", "a recipient twice", "by another host", "another password"],
)
def test_what_says_nothing_of_the_mail_does_not_count(doorstep: Doorstep, message: Message) -> None:
    first = doorstep.take(LETTER)
    assert doorstep.take(message).repeats == first.id


def test_what_has_no_id_is_not_known(doorstep: Doorstep) -> None:
    nameless = replace(LETTER, content=b"Subject: x\r\n\r\nhello\r\n")
    doorstep.take(nameless)
    assert doorstep.take(nameless).repeats == ""


def test_what_is_kept_of_the_content_does_not_tell_a_password(doorstep: Doorstep) -> None:
    """A hash over the password as well would be a way to try passwords, long after it was destroyed."""
    with_word = doorstep.take(LETTER)
    without = doorstep.take(replace(LETTER, content=LETTER.content.replace(b"X-Gateway-Password: quetzal\r\n", b"")))
    assert with_word.sent_sha256 == without.sent_sha256
