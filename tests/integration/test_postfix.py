"""The doors next to a real Postfix: as its relay host, as its content filter, and with it as the next hop."""

from __future__ import annotations

import re
import smtplib
from pathlib import Path

import pytest

from gateway.deliver.level import TlsLevel
from gateway.deliver.mail import SmtpChannel
from gateway.errors import StorageFull, StoreError, Undeliverable
from gateway.intake.accept import Acceptor
from gateway.intake.door import MainDoor
from gateway.intake.mail import MailDoor
from gateway.store.embedded import create_keys, open_store
from gateway.system.clock import MachineClock
from tests.integration.postfix import Postfix, free_port, smtp_source, wait_until
from tests.integration.reception import Reception
from tests.integration.sink import Sink
from tests.unit.deliver.consignments import consignment

pytestmark = [pytest.mark.network, pytest.mark.needs("postfix", "smtp-source"), pytest.mark.timeout(300)]

SUBMISSION = "127.0.0.1:{port} inet n - n - - smtpd\n"
RELAY = {"relayhost": "[127.0.0.1]:{gateway}"}
FILTER = """\
127.0.0.1:{port}  inet n - n - -  smtpd -o content_filter=gw:[127.0.0.1]:{gateway}
127.0.0.1:{again} inet n - n - -  smtpd -o content_filter=
    -o receive_override_options=no_unknown_recipient_checks,no_header_body_checks,no_milters,no_address_mappings
    -o smtpd_authorized_xforward_hosts=127.0.0.0/8
    -o smtpd_recipient_restrictions=permit_mynetworks,reject
gw unix - - n - 20 smtp -o smtp_send_xforward_command=yes -o disable_mime_output_conversion=yes
    -o smtp_generic_maps= -o max_use=20
"""
BODY = "Subject: caf\u00e9\r\nFrom: a@force.police.uk\r\n\r\n.dot\r\n..two\r\n" + "x" * 5000 + "\r\nend\r\n"


def send(address: tuple[str, int], *, sender: str = "a@force.police.uk", options: tuple[str, ...] = ()) -> None:
    with smtplib.SMTP(*address, local_hostname="client.example", timeout=60) as client:
        client.sendmail(sender, ["b@nhs.net", "c@nhs.net"], BODY.encode(), mail_options=[*options, "BODY=8BITMIME"])


def below_headers(message: bytes) -> bytes:
    """Return the message without the trace fields and the rest of the header."""
    return message.partition(b"\r\n\r\n")[2]


def test_postfix_relays_to_the_mail_door_and_content_arrives_whole(reception: Reception) -> None:
    with Postfix(SUBMISSION, RELAY, gateway=reception.address[1]) as postfix:
        send(postfix.address)
        wait_until(lambda: reception.admitted)
        wait_until(lambda: "status=sent (250 2.0.0 Ok: accepted as t-" in postfix.log())
    [transfer] = reception.admitted
    assert {delivery.recipient for delivery in transfer.deliveries} == {"b@nhs.net", "c@nhs.net"}
    assert below_headers(reception.content(transfer)) == BODY.encode().partition(b"\r\n\r\n")[2]


@pytest.mark.parametrize(
    ("failure", "answer"),
    [(StoreError("away"), "451 4.3.0"), (StorageFull("full"), "452 4.3.1"), (RuntimeError("ours"), "451 4.3.0")],
    ids=["store", "full", "our mistake"],
)
def test_postfix_keeps_the_mail_and_tries_again_until_it_works(
    reception: Reception, failure: Exception, answer: str
) -> None:
    reception.transfers.failure = failure
    with Postfix(SUBMISSION, RELAY, gateway=reception.address[1]) as postfix:
        send(postfix.address)
        wait_until(lambda: re.search(rf"status=deferred \(host .* said: {re.escape(answer)}", postfix.log()))
        assert not reception.admitted
        reception.transfers.failure = None
        wait_until(lambda: reception.admitted)
        wait_until(lambda: "status=sent" in postfix.log())
    assert len(reception.admitted) == 1


def test_postfix_keeps_the_mail_while_the_gateway_is_not_running(tmp_path: Path) -> None:
    gateway = free_port()
    with Postfix(SUBMISSION, RELAY, gateway=gateway) as postfix:
        send(postfix.address)
        wait_until(lambda: "status=deferred" in postfix.log())
        create_keys(tmp_path / "state")
        store = open_store(state=tmp_path / "state", vault=tmp_path / "vault", clock=MachineClock())
        door = MailDoor(Acceptor(MainDoor(store.transfers, store.vault, MachineClock())), port=gateway)
        door.start()
        try:
            wait_until(lambda: list(store.transfers.find()))
        finally:
            door.stop()
        [transfer] = store.transfers.find()
        assert store.vault.read(transfer.parts[0].object_id).endswith(b"\r\nend\r\n")
        store.close()


def test_as_a_content_filter_it_learns_the_real_client_and_hands_back() -> None:
    with (
        Sink() as sink,
        Reception(xforward_peers=("127.0.0.1",)) as reception,
        Postfix(FILTER, {"relayhost": "[127.0.0.1]:{sink}"}, gateway=reception.address[1], sink=sink.port) as postfix,
    ):
        send(postfix.address)
        send(postfix.address, sender="")
        wait_until(lambda: len(reception.admitted) == 2)
        assert not sink.messages
        back = SmtpChannel("back", host="127.0.0.1", port=postfix.ports["again"], tls=TlsLevel.NONE)
        for transfer in reception.admitted:
            back.send(consignment(reception.content(transfer), sender=transfer.sender))
        wait_until(lambda: len(sink.messages) == 2)
    assert {transfer.sender for transfer in reception.admitted} == {"a@force.police.uk", ""}
    for transfer in reception.admitted:
        assert reception.content(transfer).startswith(
            b"Received: from client.example ([127.0.0.1])\r\n\tby gw.example "
        )
        assert below_headers(reception.content(transfer)) == BODY.encode().partition(b"\r\n\r\n")[2]


def test_delivery_notes_asked_for_by_the_client_do_not_stop_its_mail(reception: Reception) -> None:
    with Postfix(SUBMISSION, RELAY, gateway=reception.address[1]) as postfix:
        send(postfix.address, options=("RET=HDRS", "ENVID=Qq314"))
        wait_until(lambda: reception.admitted)
    assert len(reception.admitted) == 1


def test_what_the_channel_hands_over_leaves_postfix_byte_for_byte() -> None:
    message = BODY.replace("x" * 5000, "x" * 900).encode()
    with Sink() as sink, Postfix(SUBMISSION, {"relayhost": "[127.0.0.1]:{sink}"}, sink=sink.port) as postfix:
        relay = SmtpChannel("relay", host="127.0.0.1", port=postfix.address[1], tls=TlsLevel.NONE)
        receipt = relay.send(consignment(message))
        wait_until(lambda: sink.messages)
        queued = re.search(r"250 2\.0\.0 Ok: queued as (\w+)", receipt.answer)
        assert queued
        wait_until(lambda: queued[1] in postfix.log())
    [raw] = sink.messages
    unstuffed = b"".join(line.removeprefix(b".") for line in raw.splitlines(keepends=True))
    assert below_headers(unstuffed) == message.partition(b"\r\n\r\n")[2]


def test_postfix_makes_a_field_of_the_line_of_a_mail_folder_that_passed_the_gateway(reception: Reception) -> None:
    line = "From root@pc-17 Sun Nov 22 09:30:00 2026\r\n"
    with Sink() as sink, Postfix(SUBMISSION, {"relayhost": "[127.0.0.1]:{sink}"}, sink=sink.port) as postfix:
        with smtplib.SMTP(*reception.address, timeout=60) as client:
            client.sendmail("a@force.police.uk", ["b@nhs.net"], line.encode() + BODY.encode())
        relay = SmtpChannel("relay", host="127.0.0.1", port=postfix.address[1], tls=TlsLevel.NONE)
        relay.send(consignment(reception.content(reception.admitted[0])))
        wait_until(lambda: sink.messages)
    [raw] = sink.messages
    assert f"X-Mailbox-Line: {line}Received: from ".encode() in raw
    assert b"\r\nSubject: " in raw.partition(b"\r\n\r\n")[0]


def test_what_postfix_refuses_is_undeliverable_in_its_own_words() -> None:
    refusing = {
        "relayhost": "[127.0.0.1]:9",
        "smtpd_recipient_restrictions": "check_recipient_access inline:{{b@nhs.net=REJECT}}",
    }
    with Postfix(SUBMISSION, refusing) as postfix:
        relay = SmtpChannel("relay", host="127.0.0.1", port=postfix.address[1], tls=TlsLevel.NONE)
        with pytest.raises(Undeliverable, match=r"answered: 554 5\.7\.1"):
            relay.send(consignment(BODY.encode()))


def test_a_load_from_postfix_is_admitted_once_each(tmp_path: Path) -> None:
    create_keys(tmp_path / "state")
    store = open_store(state=tmp_path / "state", vault=tmp_path / "vault", clock=MachineClock())
    door = MailDoor(Acceptor(MainDoor(store.transfers, store.vault, MachineClock())), port=0)
    door.start()
    try:
        smtp_source(door.address, 200, sessions=10)
    finally:
        door.stop()
    transfers = list(store.transfers.find(limit=1000))
    assert len(transfers) == 200
    assert len({part.sha256 for transfer in transfers for part in transfer.parts}) == 200
    store.close()
