"""A real Postfix and a real smtp-sink as the next hop: TLS, several recipients, reports, connections used again."""

from __future__ import annotations

import re
import socket
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import pytest

from gateway.deliver.level import TlsLevel
from gateway.deliver.mail import SmtpChannel
from gateway.errors import NotProved, TryLater, Undeliverable
from tests.integration.postfix import PATH, Postfix, free_port, wait_until
from tests.integration.tls_servers import Certificates, pin_of
from tests.unit.deliver.consignments import consignment

pytestmark = [pytest.mark.network, pytest.mark.needs("postfix", "smtp-sink"), pytest.mark.timeout(300)]

SMTPD = "127.0.0.1:{port} inet n - n - - smtpd\n"
MESSAGE = b"From: a@force.police.uk\r\nSubject: x\r\nMessage-ID: <1@gw.example>\r\n\r\n.body\r\n"
KEPT = {"relayhost": "", "default_transport": "discard:", "relay_transport": "discard:"}
REFUSING = "inline:{{ {{busy@nhs.net=450 4.2.1 busy}}, {{no@nhs.net=REJECT}} }}"
PICKY = KEPT | {"smtpd_recipient_restrictions": f"check_recipient_access {REFUSING}"}


def channel(port: int, tls: TlsLevel = TlsLevel.NONE, **wanted: object) -> SmtpChannel:
    return SmtpChannel("relay", host="127.0.0.1", port=port, tls=tls, timeout=60, **wanted)  # type: ignore[arg-type]  # as named


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("ca"))


def secured(certificates: Certificates) -> dict[str, str]:
    """Return the settings of a Postfix that shows the right certificate."""
    chain = certificates.folder / "chain.pem"
    certificates.good.private_key_and_cert_chain_pem.write_to_path(str(chain))
    return KEPT | {"smtpd_tls_security_level": "may", "smtpd_tls_chain_files": str(chain), "smtpd_tls_loglevel": "1"}


def test_postfix_proves_itself_by_its_certificate_and_by_its_key(certificates: Certificates) -> None:
    with Postfix(SMTPD, secured(certificates)) as postfix:
        for tls, wanted in (
            (TlsLevel.VERIFY, {"ca_file": str(certificates.ca_file)}),
            (TlsLevel.PIN, {"pins": frozenset({pin_of(certificates.good)})}),
        ):
            relay = channel(postfix.address[1], tls, **wanted)
            receipt = relay.send(consignment(MESSAGE, needs_verified_tls=True))
            relay.close()
            assert receipt.tls.startswith("TLSv1.3 ")
        wrong = channel(postfix.address[1], TlsLevel.PIN, pins=frozenset({"0" * 64}))
        with pytest.raises(NotProved):
            wrong.send(consignment(MESSAGE, needs_verified_tls=True))
        wait_until(lambda: postfix.log().count("TLS connection established") >= 2)


def test_postfix_answers_for_each_recipient_and_keeps_the_connection() -> None:
    with Postfix(SMTPD, PICKY) as postfix:
        relay = channel(postfix.address[1])
        for _ in range(3):
            asked = [consignment(MESSAGE, recipient=f"{user}@nhs.net") for user in ("yes", "busy", "no", "too")]
            yes, busy, no, too = relay.send_group(asked)
            assert yes.receipt
            assert yes.receipt == too.receipt
            assert isinstance(busy.trouble, TryLater)
            assert busy.reply
            assert (busy.reply.code, busy.reply.enhanced) == (450, "4.2.1")
            assert isinstance(no.trouble, Undeliverable)
            assert no.reply
            assert (no.reply.code, no.reply.enhanced) == (554, "5.7.1")
        relay.close()
        ours = r"disconnect from .* mail=3 rcpt=6/12 data=3 (rset=[12] )?quit=1"
        wait_until(lambda: re.search(ours, postfix.log()) is not None)
        came = r"\]: connect from \S+\[127"
        wait_until(lambda: len(re.findall(came, postfix.log())) >= 2)  # another process may write of the other one
        assert len(re.findall(came, postfix.log())) == 2, "the first one is of the test itself"


def test_postfix_takes_on_the_reports_that_the_sender_wants() -> None:
    with Postfix(SMTPD, KEPT) as postfix:
        relay = channel(postfix.address[1])
        asked = replace(
            consignment(MESSAGE),
            returns="HDRS",
            envelope_id="QQ314",
            notify=frozenset({"SUCCESS"}),
            original="rfc822;b+2Bc@nhs.net",
        )
        assert relay.send(asked).dsn
        relay.close()
        wait_until(lambda: "sender delivery status notification" in postfix.log())


@contextmanager
def smtp_sink() -> Iterator[int]:
    port = free_port()
    command = ["smtp-sink", "-u", "nobody", f"127.0.0.1:{port}", "100"]
    with subprocess.Popen(command, env={"PATH": PATH}, stdout=subprocess.DEVNULL) as sink:
        try:
            wait_until(lambda: _listens(port))
            yield port
        finally:
            sink.terminate()


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True


def test_two_hundred_messages_by_twenty_threads_reach_smtp_sink() -> None:
    with smtp_sink() as port:
        relay = channel(port)
        with ThreadPoolExecutor(20) as threads:
            receipts = list(threads.map(lambda _: relay.send(consignment(MESSAGE)), range(200)))
        relay.close()
    assert [receipt.answer[:3] for receipt in receipts] == ["250"] * 200
