"""Where the gateway can stand with a real Postfix: before its queue, as its relay over TLS, and after its queue."""

from __future__ import annotations

import re
import smtplib
from pathlib import Path

import pytest
import trustme

from gateway.deliver.level import TlsLevel
from gateway.deliver.mail import SmtpChannel
from gateway.errors import StorageFull
from gateway.intake.smtp_accounts import Accounts, make_line
from gateway.intake.smtp_limits import Limits
from gateway.intake.smtp_lobby import Terms
from gateway.intake.smtp_tls import DoorTls
from tests.integration.postfix import Postfix, refusing_port, smtp_source, wait_until
from tests.integration.reception import Reception
from tests.integration.sink import Sink
from tests.unit.deliver.consignments import consignment

pytestmark = [pytest.mark.network, pytest.mark.needs("postfix", "smtp-source"), pytest.mark.timeout(300)]

SUBMISSION = "127.0.0.1:{port} inet n - n - - smtpd\n"
PROXY = """\
127.0.0.1:{port}  inet n - n - 20 smtpd -o smtpd_proxy_filter=127.0.0.1:{gateway}
    -o smtpd_client_connection_count_limit=10 -o smtpd_proxy_options=speed_adjust
"""
FILTER = """\
127.0.0.1:{port}  inet n - n - -  smtpd -o content_filter=gw:[127.0.0.1]:{gateway}
127.0.0.1:{again} inet n - n - -  smtpd -o content_filter=
    -o receive_override_options=no_unknown_recipient_checks,no_header_body_checks,no_milters,no_address_mappings
    -o smtpd_authorized_xforward_hosts=127.0.0.0/8 -o smtpd_helo_restrictions= -o smtpd_client_restrictions=
    -o smtpd_recipient_restrictions=permit_mynetworks,reject
gw unix - - n - 20 smtp -o smtp_send_xforward_command=yes -o disable_mime_output_conversion=yes
    -o smtp_generic_maps= -o max_use=20 -o smtp_line_length_limit=0
"""
RELAY = {"relayhost": "[127.0.0.1]:{gateway}"}
BODY = "Subject: x\r\nFrom: a@force.police.uk\r\n\r\n.dot\r\n" + "x" * 5000 + "\r\nend\r\n"


def send(address: tuple[str, int], *, to: str = "b@nhs.net", options: tuple[str, ...] = (), body: str = BODY) -> None:
    with smtplib.SMTP(*address, local_hostname="client.example", timeout=60) as client:
        client.sendmail("a@force.police.uk", [to], body.encode(), mail_options=options)


def test_before_its_queue_the_client_hears_our_answer() -> None:
    with (
        Reception(xforward_peers=("127.0.0.1",)) as reception,
        Postfix(PROXY, {}, gateway=reception.address[1]) as postfix,
    ):
        send(postfix.address)
        [transfer] = reception.admitted
        content = reception.content(transfer)
        assert content.startswith(b"Received: from client.example ([127.0.0.1])\r\n")
        assert content.endswith(BODY.encode().partition(b"\r\n\r\n")[2])
        reception.transfers.failure = StorageFull("full")
        with pytest.raises(smtplib.SMTPDataError) as put_off:
            send(postfix.address)
    assert (put_off.value.smtp_code, put_off.value.smtp_error[:5]) in {(452, b"4.3.1"), (451, b"4.3.0")}


def test_before_its_queue_a_gateway_that_is_down_puts_the_client_off() -> None:
    with (
        refusing_port() as gateway,
        Postfix(PROXY, {}, gateway=gateway) as postfix,
        pytest.raises(smtplib.SMTPResponseException) as put_off,
    ):
        send(postfix.address)
    assert put_off.value.smtp_code // 100 == 4


def test_as_a_relay_over_tls_with_log_in(tmp_path: Path) -> None:
    authority = trustme.CA()
    leaf = authority.issue_cert("localhost")
    leaf.cert_chain_pems[0].write_to_path(tmp_path / "mail.pem")
    for name, text in (("mail.key", leaf.private_key_pem.bytes().decode()), ("accounts", make_line("mx", "p" * 12))):
        (tmp_path / name).touch(0o600)
        (tmp_path / name).write_text(text)
    terms = Terms(
        clients=(),
        accounts=Accounts(tmp_path / "accounts"),
        internal=frozenset({"force.police.uk"}),
        tls=DoorTls(tmp_path / "mail.pem", tmp_path / "mail.key"),
        tls_required=True,
    )
    secured = {
        "relayhost": "[localhost]:{gateway}",
        "smtp_host_lookup": "native",
        "smtp_tls_security_level": "encrypt",
        "smtp_sasl_auth_enable": "yes",
        "smtp_sasl_security_options": "noanonymous",
        "smtp_sasl_password_maps": "inline:{{[localhost]:{gateway}=mx:pppppppppppp}}",
    }
    with Reception(terms=terms) as reception, Postfix(SUBMISSION, secured, gateway=reception.address[1]) as postfix:
        send(postfix.address)
        wait_until(lambda: reception.admitted)
    assert b"with ESMTPSA id" in reception.content(reception.admitted[0])


def test_what_postfix_asks_for_reports_arrives_as_it_was_asked(reception: Reception) -> None:
    with Postfix(SUBMISSION, RELAY, gateway=reception.address[1]) as postfix:
        with smtplib.SMTP(*postfix.address, local_hostname="client.example", timeout=60) as client:
            client.ehlo()
            client.mail("a@force.police.uk", ["RET=HDRS", "ENVID=Qq+2B314"])
            client.rcpt("b@nhs.net", ["NOTIFY=SUCCESS,DELAY", "ORCPT=rfc822;Bob@NHS.net"])
            client.data(BODY)
        wait_until(lambda: reception.admitted)
    [transfer] = reception.admitted
    assert (transfer.returns, transfer.envelope_id) == ("HDRS", "Qq+2B314")
    assert transfer.deliveries[0].original == "rfc822;Bob@NHS.net"


def test_an_international_recipient_comes_through_postfix(reception: Reception) -> None:
    with Postfix(SUBMISSION, RELAY | {"smtputf8_enable": "yes"}, gateway=reception.address[1]) as postfix:
        with smtplib.SMTP(*postfix.address, local_hostname="client.example", timeout=60) as client:
            client.ehlo()
            wanted = BODY.replace("Subject: x", "Subject: caf\u00e9").encode()
            options = ["SMTPUTF8", "BODY=8BITMIME"]
            client.sendmail("a@force.police.uk", ["j\u00fcrgen@b\u00fccher.example"], wanted, options)
        wait_until(lambda: reception.admitted)
    [transfer] = reception.admitted
    assert [each.recipient for each in transfer.deliveries] == ["j\u00fcrgen@xn--bcher-kva.example"]
    assert b"with UTF8SMTP id" in reception.content(transfer)
    assert "Subject: caf\u00e9".encode() in reception.content(transfer)


def test_after_its_queue_with_long_lines_and_back_into_it() -> None:
    with (
        Sink() as sink,
        Reception(xforward_peers=("127.0.0.1",)) as reception,
        Postfix(FILTER, {"relayhost": "[127.0.0.1]:{sink}"}, gateway=reception.address[1], sink=sink.port) as postfix,
    ):
        send(postfix.address)
        wait_until(lambda: reception.admitted)
        content = reception.content(reception.admitted[0])
        assert b"x" * 5000 + b"\r\n" in content, "not folded on the way"
        back = SmtpChannel("back", host="127.0.0.1", port=postfix.ports["again"], tls=TlsLevel.NONE)
        back.send(consignment(content))
        wait_until(lambda: sink.messages)


def test_more_connections_than_we_take_only_slow_postfix_down() -> None:
    terms = Terms(limits=Limits(per_client=2))
    with Reception(terms=terms) as reception, Postfix(SUBMISSION, RELAY, gateway=reception.address[1]) as postfix:
        smtp_source(postfix.address, 60, sessions=10)
        wait_until(lambda: len(reception.admitted) == 60)
        assert "status=bounced" not in postfix.log()


def test_more_recipients_than_we_take_come_in_another_message() -> None:
    terms = Terms(limits=Limits(recipients=100))
    with Reception(terms=terms) as reception:
        relay = RELAY | {"default_destination_recipient_limit": "150"}
        with Postfix(SUBMISSION, relay, gateway=reception.address[1]) as postfix:
            with smtplib.SMTP(*postfix.address, timeout=60) as client:
                many = [f"r{number}@nhs.net" for number in range(250)]
                assert client.sendmail("a@force.police.uk", many, BODY) == {}
            wait_until(lambda: sum(len(each.deliveries) for each in reception.admitted) == 250)
            assert not re.search(r"status=(bounced|expired)", postfix.log())
