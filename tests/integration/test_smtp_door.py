"""The mail door over a real socket."""

from __future__ import annotations

import smtplib
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gateway.errors import GatewayError, NotAccepted, StorageFull, StoreError
from gateway.intake.accept import Acceptor
from gateway.intake.door import MainDoor
from gateway.intake.mail import MailDoor
from gateway.model.transfer import Origin, Transfer
from gateway.model.verdict import Obligation, Outcome
from gateway.store.embedded import create_keys, open_store
from gateway.system.clock import MachineClock
from gateway.testing.values import a_transfer, a_verdict
from tests.integration.reception import Reception
from tests.integration.wire import Wire

pytestmark = pytest.mark.network

MESSAGE = b"Subject: =?utf-8?Q?caf=C3=A9?=\r\nFrom: a@force.police.uk\r\n\r\n.dot\r\nbody\r\n"


def stuffed(message: bytes) -> bytes:
    return message.removesuffix(b"\r\n").replace(b"\r\n.", b"\r\n..")


def test_the_yes_names_a_transfer_that_is_there(reception: Reception) -> None:
    with Wire(reception.address) as wire:
        wire.begin()
        answer = wire.send(stuffed(MESSAGE))
    [transfer] = reception.admitted
    assert answer == f"250 2.0.0 Ok: accepted as {transfer.id}"
    assert transfer.origin is Origin.MAIL
    assert transfer.message
    assert transfer.sender == "a@force.police.uk"
    assert [delivery.recipient for delivery in transfer.deliveries] == ["b@nhs.net"]
    assert not transfer.encrypt_requested
    assert reception.sent(transfer) == MESSAGE
    first, second, _ = reception.content(transfer).split(b"\r\n")[:3]
    assert first == b"Received: from client.example ([127.0.0.1])"
    assert second == f"\tby gw.example (secure-transfer-gateway) with ESMTP id {transfer.id};".encode()


def test_what_an_encoded_subject_asks_for_is_kept_and_the_subject_is_not(reception: Reception) -> None:
    with smtplib.SMTP(*reception.address, timeout=60) as client:
        client.sendmail("a@b.example", ["b@nhs.net"], "Subject: =?utf-8?b?W3NlY3VyZV0gY2Fmw6k=?=\r\n\r\nx")
    [transfer] = reception.admitted
    assert transfer.encrypt_requested
    assert "caf\u00e9" not in repr(transfer)  # not a part of it: three letters may stand in a random id


def test_a_reply_to_what_was_protected_and_those_in_sight_are_known(reception: Reception) -> None:
    sent = a_transfer(verdict=a_verdict(Outcome.DELIVER, Obligation.SEAL_AES256))
    reception.transfers.kept[sent.id] = sent
    seen = 'To: "Lee <Ann@one.example>, bob@two.example'
    for reference in (f"<{sent.id}.d-1@council.example>", f"<{sent.id}.d-2@council.example>"):
        with smtplib.SMTP(*reception.address, timeout=60) as client:
            client.sendmail("a@b.example", ["b@nhs.net"], f"{seen}\r\nReferences: <x@y>\r\n {reference}\r\n\r\nx")
    _, reply, other = reception.admitted
    assert (reply.protected_thread, other.protected_thread) == (True, False)
    assert reply.shown == {"ann@one.example", "bob@two.example"}


def test_the_yes_waits_for_the_commit_and_others_are_served_meanwhile(reception: Reception) -> None:
    committing, go_on = threading.Event(), threading.Event()
    commit = reception.transfers.commit

    def slow(*args: object, **words: object) -> Transfer:
        committing.set()
        assert go_on.wait(60)
        return commit(*args, **words)  # type: ignore[arg-type]

    reception.transfers.commit = slow  # type: ignore[method-assign]
    with Wire(reception.address) as wire, ThreadPoolExecutor() as pool:
        wire.begin()
        answer = pool.submit(wire.send, b"Subject: x\r\n\r\nx")
        assert committing.wait(60)
        with Wire(reception.address) as other:
            assert other.say("NOOP").startswith("250")
        assert not answer.done()
        assert not reception.admitted
        go_on.set()
        assert answer.result(60).startswith("250 2.0.0")
    assert len(reception.admitted) == 1


@pytest.mark.parametrize(
    ("failure", "answer"),
    [
        (StorageFull("no room: 12 bytes left"), "452 4.3.1 insufficient storage, try again later"),
        (StoreError("SELECT secret"), "451 4.3.0 temporary failure, try again later"),
        (NotAccepted("never"), "554 5.6.0 the message cannot be accepted"),
        (RuntimeError("our mistake, with content"), "451 4.3.0 temporary failure, try again later"),
    ],
    ids=["full", "store", "not accepted", "our mistake"],
)
def test_trouble_has_its_own_answer_says_nothing_and_the_connection_goes_on(
    reception: Reception, failure: Exception, answer: str, capfd: pytest.CaptureFixture[str]
) -> None:
    reception.transfers.failure = failure
    with Wire(reception.address) as wire:
        wire.begin()
        assert wire.send(b"Subject: marker-7\r\n\r\nmarker-7") == answer
        assert not reception.admitted
        reception.transfers.failure = None
        wire.begin()
        assert wire.send(b"Subject: x\r\n\r\nx").startswith("250 2.0.0")
    said = "".join(capfd.readouterr())
    assert "marker-7" not in said
    assert "secret" not in said
    assert "our mistake" not in said


def test_the_greeting_announces_what_is_true_and_no_more(reception: Reception) -> None:
    with Wire(reception.address) as wire:
        assert wire.greeting == "220 gw.example ESMTP"
        wire.write(b"EHLO client.example\r\n")
        announced = {line[4:] for line in wire.lines()[1:]}
    assert announced == {f"SIZE {1 << 20}", "8BITMIME", "SMTPUTF8", "PIPELINING", "ENHANCEDSTATUSCODES", "DSN"}


def test_pipelined_commands_are_answered_in_order(reception: Reception) -> None:
    with Wire(reception.address) as wire:
        wire.say("EHLO client.example")
        wire.write(
            b"MAIL FROM:<a@b.example>\r\nRCPT TO:<c@nhs.net>\r\nRCPT TO:<bad>\r\nRCPT TO:<d@nhs.net>\r\nDATA\r\n"
        )
        assert [wire.reply()[:3] for _ in range(5)] == ["250", "250", "553", "250", "354"]
        wire.write(b"Subject: x\r\n\r\nx\r\n.\r\nQUIT\r\n")
        assert [wire.reply()[:3] for _ in range(2)] == ["250", "221"]
    [transfer] = reception.admitted
    assert [delivery.recipient for delivery in transfer.deliveries] == ["c@nhs.net", "d@nhs.net"]


def test_the_null_sender_passes(reception: Reception) -> None:
    with Wire(reception.address) as wire:
        wire.begin(sender="")
        assert wire.send(b"Subject: undelivered mail\r\n\r\nx").startswith("250")
    assert reception.admitted[0].sender == ""


def test_international_addresses_and_header_fields_pass_as_they_are(reception: Reception) -> None:
    message = "Subject: caf\u00e9\r\nTo: j\u00fcrgen@b\u00fccher.example\r\n\r\nx\r\n".encode()
    with smtplib.SMTP(*reception.address, timeout=60) as client:
        client.sendmail(
            "zo\u00eb@force.police.uk", ["j\u00fcrgen@b\u00fccher.example"], message, ["SMTPUTF8", "BODY=8BITMIME"]
        )
    [transfer] = reception.admitted
    assert transfer.sender == "zo\u00eb@force.police.uk"
    assert [each.recipient for each in transfer.deliveries] == ["j\u00fcrgen@xn--bcher-kva.example"]
    assert reception.sent(transfer) == message
    assert b"with UTF8SMTP id" in reception.content(transfer)
    with Wire(reception.address) as wire:
        wire.say("EHLO client.example")
        wire.say("MAIL FROM:<a@b.example>")
        wire.write("RCPT TO:<j\u00fcrgen@nhs.net>\r\n".encode())
        assert wire.reply().startswith("553 5.6.7")


def test_dsn_parameters_reach_the_transfer_and_malformed_ones_are_refused(reception: Reception) -> None:
    with Wire(reception.address) as wire:
        wire.say("EHLO client.example")
        assert wire.say("MAIL FROM:<a@b.example> RET=SOME").startswith("501 5.5.4")
        assert wire.say("MAIL FROM:<a@b.example> ret=hdrs ENVID=Qq+2B1").startswith("250 2.1.0")
        assert wire.say("RCPT TO:<bad@nhs.net> NOTIFY=NEVER,DELAY").startswith("501 5.5.4")
        assert wire.say("RCPT TO:<c@nhs.net> NOTIFY=never").startswith("250 2.1.5")
        assert wire.say("RCPT TO:<d@nhs.net> ORCPT=rfc822;D@Ivory.EDU").startswith("250 2.1.5")
        assert wire.say("DATA").startswith("354")
        assert wire.send(b"Subject: x\r\n\r\nx").startswith("250")
    [transfer] = reception.admitted
    assert (transfer.returns, transfer.envelope_id) == ("HDRS", "Qq+2B1")
    assert [(each.recipient, each.original) for each in transfer.deliveries] == [
        ("c@nhs.net", ""),
        ("d@nhs.net", "rfc822;D@Ivory.EDU"),
    ]
    assert "NEVER" in transfer.deliveries[0].notify


def test_dsn_parameters_are_taken_and_do_not_stick(reception: Reception) -> None:
    with Wire(reception.address) as wire:
        wire.say("EHLO client.example")
        assert wire.say("MAIL FROM:<a@b.example> RET=HDRS ENVID=QQ314159 SIZE=100").startswith("250")
        assert wire.say("RCPT TO:<c@nhs.net> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;Carol@Ivory.EDU").startswith("250")
        assert wire.say("DATA").startswith("354")
        assert wire.send(b"Subject: x\r\n\r\nx").startswith("250")
        wire.begin()
        assert wire.send(b"Subject: y\r\n\r\ny").startswith("250")
    assert len(reception.admitted) == 2


def test_xforward_is_for_listed_peers() -> None:
    with Reception() as closed, Wire(closed.address) as wire:
        wire.say("EHLO client.example")
        assert wire.say("XFORWARD ADDR=192.0.2.7").startswith("550")
    with Reception(xforward_peers=("127.0.0.1",)) as listed, Wire(listed.address) as wire:
        wire.write(b"EHLO client.example\r\n")
        assert "250 XFORWARD NAME ADDR PROTO HELO SOURCE PORT IDENT" in wire.lines()
        assert wire.say("XFORWARD NAME=spike.example ADDR=192.0.2.7").startswith("250")
        assert wire.say("XFORWARD HELO=s+2Dpike.example PROTO=ESMTP").startswith("250")
        assert wire.say("MAIL FROM:<a@b.example>").startswith("250")
        assert wire.say("XFORWARD ADDR=192.0.2.8").startswith("503")
        wire.say("RCPT TO:<c@nhs.net>")
        wire.say("DATA")
        assert wire.send(b"Subject: x\r\n\r\nx").startswith("250")
        [transfer] = listed.admitted
        assert listed.content(transfer).startswith(b"Received: from s-pike.example ([192.0.2.7])\r\n")


def test_a_declared_and_an_undeclared_excess_are_refused(reception: Reception) -> None:
    with Wire(reception.address) as wire:
        wire.say("EHLO client.example")
        assert wire.say(f"MAIL FROM:<a@b.example> SIZE={2 << 20}").startswith("552")
        wire.begin()
        assert wire.send((b"x" * 998 + b"\r\n") * 1100).startswith("552")
        wire.begin()
        assert wire.send(b"Subject: x\r\n\r\nx").startswith("250")
    assert len(reception.admitted) == 1


def test_long_lines_of_real_programs_pass(reception: Reception) -> None:
    with Wire(reception.address) as wire:
        wire.begin()
        assert wire.send(b"Subject: x\r\n\r\n" + b"y" * 500_000).startswith("250")
    assert reception.sent(reception.admitted[0]) == b"Subject: x\r\n\r\n" + b"y" * 500_000 + b"\r\n"


def test_a_looping_message_is_refused_for_good(reception: Reception) -> None:
    hop = b"Received: from a by b; Sun, 22 Nov 2026 07:00:00 +0000\r\n"
    with Wire(reception.address) as wire:
        wire.begin()
        assert wire.send(hop * 51 + b"\r\nx").startswith("554 5.4.6")
        wire.begin()
        assert wire.send(hop * 50 + b"\r\nx").startswith("250")
    assert len(reception.admitted) == 1


def test_more_recipients_than_the_bound_are_put_off(reception: Reception) -> None:
    with Wire(reception.address) as wire:
        wire.say("EHLO client.example")
        wire.say("MAIL FROM:<a@b.example>")
        answers = [wire.say(f"RCPT TO:<r{number}@nhs.net>")[:3] for number in range(1001)]
    assert answers == ["250"] * 1000 + ["452"]


def test_many_senders_at_once_are_all_admitted_once(reception: Reception) -> None:
    def send(number: int) -> None:
        with smtplib.SMTP(*reception.address, timeout=60) as client:
            client.sendmail("a@b.example", [f"r{number}@nhs.net"], f"Subject: {number}\r\n\r\nx")

    with ThreadPoolExecutor(max_workers=40) as pool:
        list(pool.map(send, range(120)))
    recipients = [delivery.recipient for transfer in reception.admitted for delivery in transfer.deliveries]
    assert sorted(recipients) == sorted(f"r{number}@nhs.net" for number in range(120))


def test_stopping_lets_a_message_on_its_way_in_finish(reception: Reception, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.intake.mail.GRACE", 60)
    with Wire(reception.address) as wire:
        wire.begin()
        wire.write(b"Subject: x\r\n\r\nx\r\n")
        stopper = threading.Thread(target=reception.door.stop)
        stopper.start()
        wire.write(b".\r\n")
        assert wire.reply().startswith("250 2.0.0")
        stopper.join()
    reception.door.stop()
    assert len(reception.admitted) == 1


def test_a_port_that_is_taken_is_said_in_one_sentence(reception: Reception) -> None:
    host, port = reception.address
    second = MailDoor(Acceptor(MainDoor(reception.transfers, reception.vault, reception.clock)), host, port)
    with pytest.raises(GatewayError) as refused:
        second.start()
    assert f"cannot listen for mail on {host} port {port}" in str(refused.value)


def test_a_thousand_long_recipients_are_taken_and_fit_into_the_ledger(tmp_path: Path) -> None:
    create_keys(tmp_path / "state")
    store = open_store(state=tmp_path / "state", vault=tmp_path / "vault", clock=MachineClock())
    main = MainDoor(store.transfers, store.vault, MachineClock())
    door = MailDoor(Acceptor(main, hostname="gw.example"), port=0, hostname="gw.example")
    door.start()
    try:
        with smtplib.SMTP(*door.address, timeout=60) as client:
            many = [f"{'x' * 200}{number}@nhs.net" for number in range(1000)]
            assert client.sendmail("a@force.police.uk", many, "Subject: x\r\n\r\nx") == {}
        [transfer] = store.transfers.find()
        assert len(transfer.deliveries) == 1000
        assert store.ledger.integrate() == 1
    finally:
        door.stop()
        store.close()


def test_a_message_that_cannot_be_recorded_is_deferred_and_leaves_no_body_behind(reception: Reception) -> None:
    reception.transfers.failure = ValueError("a ledger entry of 254000 bytes is too long")
    with Wire(reception.address) as wire:
        for _ in range(3):
            wire.begin()
            assert wire.send(b"Subject: x\r\n\r\nx").startswith("451")
    assert not reception.vault.kept
