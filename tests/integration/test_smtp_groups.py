"""One transaction for several recipients: each has its own answer, and none is sent to again for another's."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace

import pytest

from gateway.deliver import Consignment, GroupChannel
from gateway.deliver.level import TlsLevel
from gateway.deliver.mail import MOST_RECIPIENTS, SmtpChannel
from gateway.errors import NotSealed, TryLater, Undeliverable
from gateway.model.transfer import Reply
from tests.integration.sink import USUAL, Sink
from tests.unit.deliver.consignments import consignment

pytestmark = pytest.mark.network

MESSAGE = b"Subject: x\r\n\r\nbody\r\n"
ONE, TWO, THREE = "one@nhs.net", "two@nhs.net", "three@nhs.net"
ALL = (ONE, TWO, THREE)


def channel(sink: Sink) -> SmtpChannel:
    return SmtpChannel("relay", host="127.0.0.1", port=sink.port, tls=TlsLevel.NONE, timeout=60)


def group(*recipients: str, message: bytes = MESSAGE) -> Sequence[Consignment]:
    return [consignment(message, recipient=each) for each in recipients]


def said(sink: Sink, verb: str) -> list[str]:
    return [command for command in sink.commands if command.startswith(verb)]


def test_all_go_in_one_transaction() -> None:
    with Sink() as sink:
        relay = channel(sink)
        assert isinstance(relay, GroupChannel)
        results = relay.send_group(group(*ALL))
        relay.close()
    assert said(sink, "RCPT") == [f"RCPT TO:<{each}>" for each in ALL]
    assert len(said(sink, "MAIL")) == len(sink.messages) == 1
    assert all(result.receipt and result.receipt.answer.startswith("250") for result in results)
    assert {result.reply for result in results} == {
        Reply(host="127.0.0.1", code=250, enhanced="2.0.0", text="Ok: queued as 4711")
    }


def test_each_recipient_has_an_answer_of_its_own() -> None:
    answers = {f"RCPT TO:<{TWO}>": "450 4.2.1 mailbox busy", f"RCPT TO:<{THREE}>": "550 5.1.1 no such user here"}
    with Sink(answers=answers) as sink:
        relay = channel(sink)
        accepted, busy, unknown = relay.send_group(group(*ALL))
        relay.close()
    assert accepted.receipt
    assert isinstance(busy.trouble, TryLater)
    assert isinstance(unknown.trouble, Undeliverable)
    assert busy.reply == Reply(host="127.0.0.1", code=450, enhanced="4.2.1", text="mailbox busy")
    assert unknown.reply == Reply(host="127.0.0.1", code=550, enhanced="5.1.1", text="no such user here")
    assert unknown.trouble.message == "127.0.0.1 answered: 550 5.1.1 no such user here"
    assert len(sink.messages) == 1


def test_where_nobody_is_taken_no_message_is_sent() -> None:
    with Sink(answers={"RCPT": "550 5.7.1 no"}) as sink:
        relay = channel(sink)
        results = relay.send_group(group(*ALL))
        relay.close()
    assert [type(result.trouble) for result in results] == [Undeliverable] * 3
    assert not said(sink, "DATA")


@pytest.mark.parametrize(
    ("verb", "answer", "kind", "code"),
    [
        ("MAIL", "550 5.7.1 not you", Undeliverable, 550),
        ("MAIL", "451 4.3.0 not now", TryLater, 451),
        ("DATA", "554 5.5.1 no", Undeliverable, 554),
        ("END", "552 5.3.4 too big", Undeliverable, 552),
        ("END", "451 4.3.0 disk full", TryLater, 451),
        ("END", "", TryLater, None),
    ],
)
def test_an_answer_about_the_message_is_that_of_all_who_were_taken(
    verb: str, answer: str, kind: type[Exception], code: int | None
) -> None:
    answers = {verb: answer, f"RCPT TO:<{THREE}>": "553 5.1.3 bad"}
    with Sink(answers=answers) as sink:
        relay = channel(sink)
        one, two, three = relay.send_group(group(*ALL))
        relay.close()
    assert type(one.trouble) is type(two.trouble) is kind
    assert (one.reply and one.reply.code) == (two.reply and two.reply.code) == code
    if verb == "MAIL":
        assert type(three.trouble) is kind
    else:
        assert three.reply
        assert three.reply.code == 553


def test_a_server_that_takes_few_at_once_is_asked_for_the_rest_later() -> None:
    answers = {f"RCPT TO:<{each}>": "452 4.5.3 too many recipients" for each in (TWO, THREE)}
    with Sink(answers=answers) as sink:
        relay = channel(sink)
        results = relay.send_group(group(*ALL))
        relay.close()
    assert [bool(result.receipt) for result in results] == [True, False, False]


@pytest.mark.parametrize("crowded", ["452 4.5.3 too many recipients", "552 5.5.3 too many", "452 no", "552 no"])
def test_a_server_that_takes_few_at_once_gets_the_rest_at_once_in_further_transactions(crowded: str) -> None:
    """RFC 5321 section 4.5.3.1.10: old servers say 552, and mean no more by it than 452."""
    crowd = [f"user{number}@nhs.net" for number in range(7)]
    with Sink(crowd=3, crowded=crowded) as sink:
        relay = channel(sink)
        results = relay.send_group(group(*crowd))
        relay.close()
    assert all(result.receipt for result in results)
    assert len(sink.messages) == 3
    assert sink.connections == 1


def test_a_server_that_takes_nobody_is_not_asked_for_ever() -> None:
    with Sink(crowd=0, crowded="552 too many recipients") as sink:
        relay = channel(sink)
        results = relay.send_group(group(*ALL))
        relay.close()
    assert [type(result.trouble) for result in results] == [TryLater] * 3
    assert len(said(sink, "MAIL")) == 1


def test_a_full_mailbox_is_no_crowd() -> None:
    with Sink(answers={f"RCPT TO:<{TWO}>": "552 5.2.2 mailbox full"}) as sink:
        relay = channel(sink)
        _, full, _ = relay.send_group(group(*ALL))
        relay.close()
    assert isinstance(full.trouble, Undeliverable)
    assert len(said(sink, "MAIL")) == 1


@pytest.mark.parametrize(
    ("verb", "answer", "in_doubt"),
    [
        ("RCPT", "", False),
        ("DATA", "", False),
        ("END", "", True),
        ("END", "354 what", True),
        ("END", "not an answer at all", True),
        ("END", "451 4.3.0 disk full", False),
        ("END", "554 5.6.0 no", False),
    ],
)
def test_what_was_sent_and_not_answered_is_in_doubt(verb: str, answer: str, *, in_doubt: bool) -> None:
    with Sink(answers={verb: answer}) as sink:
        relay = channel(sink)
        [result] = relay.send_group(group(ONE))
        relay.close()
    assert result.trouble
    assert result.in_doubt is in_doubt
    assert result.met, "it was reached, whatever came then"


def test_an_attempt_has_an_end_and_what_was_said_until_then_counts() -> None:
    """A server that answers nothing must not be waited for until somebody else takes the delivery for forgotten."""
    over = threading.Event()
    with Sink(answers={f"RCPT TO:<{TWO}>": "550 5.1.1 no such user"}, before_end=lambda: over.wait(60)) as sink:
        relay = SmtpChannel("relay", host="127.0.0.1", port=sink.port, tls=TlsLevel.NONE, timeout=60, longest=8)
        one, two, _ = relay.send_group(group(*ALL))
        over.set()
        relay.close()
    assert isinstance(one.trouble, TryLater)
    assert one.in_doubt
    assert isinstance(two.trouble, Undeliverable)


def test_all_parts_of_a_crowd_share_one_end() -> None:
    crowd = [f"user{number}@nhs.net" for number in range(2 * MOST_RECIPIENTS)]
    over = threading.Event()
    with Sink(before_end=lambda: over.wait(60)) as sink:
        relay = SmtpChannel("relay", host="127.0.0.1", port=sink.port, tls=TlsLevel.NONE, timeout=60, longest=12)
        results = relay.send_group(group(*crowd))
        over.set()
        relay.close()
    assert [result.in_doubt for result in results] == [True] * MOST_RECIPIENTS + [False] * MOST_RECIPIENTS


def test_a_crowd_goes_in_several_transactions() -> None:
    crowd = [f"user{number}@nhs.net" for number in range(2 * MOST_RECIPIENTS + 1)]
    with Sink() as sink:
        relay = channel(sink)
        results = relay.send_group(group(*crowd))
        relay.close()
    assert all(result.receipt for result in results)
    assert len(said(sink, "MAIL")) == 3
    assert sink.connections == 1, "one after the other"
    assert sorted(said(sink, "RCPT")) == sorted(f"RCPT TO:<{each}>" for each in crowd)


def test_an_address_that_the_server_cannot_write_fails_alone() -> None:
    with Sink() as sink:
        relay = channel(sink)
        results = relay.send_group(group(ONE, "jörg@nhs.net", "a\x01b@nhs.net"))
        relay.close()
    assert results[0].receipt
    assert [type(result.trouble) for result in results[1:]] == [Undeliverable] * 2
    assert "SMTPUTF8" not in said(sink, "MAIL")[0]


def test_what_demands_proof_is_refused_for_the_whole_group_by_a_channel_without() -> None:
    asked = [consignment(MESSAGE, recipient=each, needs_verified_tls=True) for each in ALL]
    with Sink() as sink:
        results = channel(sink).send_group(asked)
    assert [type(result.trouble) for result in results] == [NotSealed] * 3
    assert not sink.commands


def reporting(**wanted: object) -> Consignment:
    known = {"returns": "HDRS", "envelope_id": "QQ+2B314", "notify": frozenset({"SUCCESS", "DELAY"})}
    known["original"] = "rfc822;Bob@example.org"
    return replace(consignment(MESSAGE, recipient=ONE), **(known | wanted))  # type: ignore[arg-type]  # all are fields


def test_reports_that_the_sender_wants_are_asked_of_the_next_server() -> None:
    with Sink(extensions=[*USUAL, "DSN"]) as sink:
        relay = channel(sink)
        receipt = relay.send(reporting())
        relay.close()
    assert said(sink, "MAIL")[0].endswith(" RET=HDRS ENVID=QQ+2B314")
    assert said(sink, "RCPT") == [f"RCPT TO:<{ONE}> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;Bob@example.org"]
    assert receipt.dsn


def test_a_server_without_reports_is_asked_for_none() -> None:
    with Sink() as sink:
        relay = channel(sink)
        receipt = relay.send(reporting())
        relay.close()
    assert said(sink, "RCPT") == [f"RCPT TO:<{ONE}>"]
    assert not receipt.dsn


@pytest.mark.parametrize(
    "hostile",
    [
        {"envelope_id": "a b"},
        {"envelope_id": "a\r\nRCPT TO:<c@d>"},
        {"envelope_id": "x" * 101},
        {"original": "rfc822;a b"},
        {"original": "no-type"},
        {"returns": "ALL SMTPUTF8"},
        {"notify": frozenset({"SUCCESS\r\nDATA"})},
    ],
)
def test_a_parameter_that_is_none_is_left_out(hostile: dict[str, object]) -> None:
    with Sink(extensions=[*USUAL, "DSN"]) as sink:
        relay = channel(sink)
        relay.send(reporting(**hostile))
        relay.close()
    [name] = hostile
    word = {"envelope_id": "ENVID", "original": "ORCPT", "returns": "RET", "notify": "NOTIFY"}[name]
    assert not [command for command in sink.commands if word in command]
    assert len(sink.messages) == 1
