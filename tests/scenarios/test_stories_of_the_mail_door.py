"""What mail admins set at the mail door of a gateway that runs: TLS, log-in, who may send; and disks that fail."""

from __future__ import annotations

import json
import re
import smtplib
import ssl
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from errno import EIO
from pathlib import Path

import pytest
import trustme

from tests.scenarios.gateway_process import FRIEND, STAFF, Gateway, wait_for, write_config
from tests.storm.faults import allow, enable

pytestmark = [pytest.mark.network, pytest.mark.needs("7z"), pytest.mark.needs("gpg")]

NOTE = b"Subject: Flower show\r\nFrom: staff@exampleshire.example\r\n\r\nMinutes of the flower show.\r\n"
PASSWORD = "correct horse battery"


@contextmanager
def running(home: Path, mail: str, *, under: Sequence[str] = ()) -> Iterator[Gateway]:
    config = write_config(home)
    config.write_text(config.read_text().replace("  listen: 127.0.0.1:0\n", f"  listen: 127.0.0.1:0\n{mail}"))
    gateway = Gateway(config, under=under)
    gateway.start()
    try:
        yield gateway
    finally:
        if gateway.is_running:
            gateway.stop()


def logged(gateway: Gateway, event: str) -> list[dict[str, object]]:
    entries = [json.loads(line) for line in gateway.log.read_text().splitlines() if line.startswith("{")]
    return [each for each in entries if each["event"] == event]


def test_a_printer_on_a_ward_logs_in_over_tls_and_sends(tmp_path: Path) -> None:
    authority = trustme.CA()
    leaf = authority.issue_cert("localhost")
    leaf.cert_chain_pems[0].write_to_path(tmp_path / "mail.pem")
    for name in ("mail.key", "accounts"):
        (tmp_path / name).touch(0o600)
    (tmp_path / "mail.key").write_bytes(leaf.private_key_pem.bytes())
    config = write_config(tmp_path / "elsewhere")
    line = Gateway(config).ask("mail", "account", "ward-printer", stdin=PASSWORD)
    (tmp_path / "accounts").write_text(line)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    tls = "{certificate: mail.pem, key: mail.key, required: true, listen: 127.0.0.1:0}"
    mail = f"  clients: []\n  accounts: accounts\n  tls: {tls}\n"
    with running(tmp_path, mail) as gateway:
        with smtplib.SMTP("localhost", gateway.port, timeout=60) as client:
            client.ehlo()
            assert client.mail(STAFF)[0] == 530
            client.starttls(context=trusting)
            client.login("ward-printer", PASSWORD)
            client.sendmail(STAFF, [FRIEND], NOTE)
        [transfer] = gateway.settled(1)
        assert transfer["deliveries"][0]["state"] == "delivered"
        assert "takes mail from no machine besides this one, and 1 accounts" in gateway.ask("doctor")
    assert PASSWORD not in gateway.log.read_text()


def test_only_the_organisation_sends_where_that_is_set(tmp_path: Path) -> None:
    with running(tmp_path, "  senders: internal\n") as gateway, smtplib.SMTP("127.0.0.1", gateway.port) as client:
        client.ehlo()
        assert client.mail("someone@elsewhere.example")[0] == 550
        assert client.mail("")[0] == 250
        client.rset()
        assert client.mail(STAFF)[0] == 250


def test_a_disk_with_less_than_the_reserve_takes_nothing_and_loses_nothing(tmp_path: Path) -> None:
    with running(tmp_path, "  limits: {reserve: 900000 GB}\n") as gateway:
        with smtplib.SMTP("127.0.0.1", gateway.port, timeout=60) as client:
            client.ehlo()
            assert client.mail(STAFF) == (452, b"4.3.1 insufficient storage, try again later")
        assert not gateway.transfers()
        wait_for(lambda: logged(gateway, "mail:deferred"), "a line of it in the log")


@pytest.mark.needs("fiu-run")
@pytest.mark.parametrize("lines", [0, 6000], ids=["a-row", "a-file"])
def test_after_a_failed_flush_senders_are_put_off_and_the_gateway_ends(tmp_path: Path, lines: int) -> None:
    with running(tmp_path, "", under=allow(tmp_path)) as gateway:
        accepted = gateway.mail(NOTE)
        gateway.settled(1)  # else what the daemon writes of it may fail first, and end it before we come
        with smtplib.SMTP("127.0.0.1", gateway.port, timeout=60) as client:
            client.ehlo()
            client.mail(STAFF)
            client.rcpt(FRIEND)
            client.putcmd("data")
            assert client.getreply()[0] == 354, "a message that is on its way gets its reply before the door closes"
            for call in ("posix/io/sync/fsync", "posix/io/sync/fdatasync"):
                enable(gateway, call, EIO)
            client.send(NOTE + b"Flowers, in rows of two and two and two and two and two.\r\n" * lines + b".\r\n")
            assert client.getreply()[0] == 451
        assert gateway.wait_for_its_end() == 1
        assert logged(gateway, "store:failed")
        gateway.start()
        there = {each["id"] for each in gateway.settled(1)}
        assert accepted in there
        assert len(there) <= 2, "what could not be flushed may be there or not: its sender was told to try again"


def memory(gateway: Gateway, figure: str) -> float:
    """Return a figure of the daemon's memory in MB (proc(5): VmRSS now, VmHWM at its peak)."""
    status = Path(f"/proc/{gateway.pid}/status").read_text()
    return int(re.findall(rf"^{figure}:\s+(\d+) kB", status, re.MULTILINE)[0]) / 1000


def test_a_message_of_50_mb_costs_120_mb_of_memory_at_most(tmp_path: Path) -> None:
    line = b64encode(bytes(range(57))) + b"\r\n"
    head = NOTE.partition(b"\r\n\r\n")[0] + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    with running(tmp_path, "") as gateway:
        gateway.mail(NOTE)
        gateway.settled(1)
        idle = memory(gateway, "VmRSS")
        gateway.mail(head + line * (49_500_000 // len(line)))
        gateway.settled(2)
        assert memory(gateway, "VmHWM") - idle <= 120
