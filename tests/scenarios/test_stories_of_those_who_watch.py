"""A mail administrator's monitoring, and clients that want their answer at once."""

from __future__ import annotations

import json
import smtplib
import sqlite3
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from gateway.testing.documents import mail
from tests.integration.postfix import Postfix, free_port
from tests.scenarios.gateway_process import FRIEND, PATIENCE, STAFF, Gateway, wait_for, write_config
from tests.unit.daemon.small_policies import change, write_small

pytestmark = [pytest.mark.network, pytest.mark.needs("7z", "gpg")]
SUBMISSION = "127.0.0.1:{port} inet n - n - - smtpd -o smtpd_milters=inet:127.0.0.1:{milter}\n"
SETTINGS = {"milter_default_action": "tempfail", "relayhost": "[127.0.0.1]:1"}


def written(text: str) -> bytes:
    return mail(STAFF, FRIEND, "Notes", text)


def ask(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=PATIENCE) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()


def numbers(port: int) -> dict[tuple[str, ...], float]:
    """Return every number that is told, by its name and its labels."""
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(ask(port, "/metrics")[1])
        for sample in family.samples
    }


def with_settings(home: Path, *, mail_lines: str = "", also: str = "") -> Gateway:
    config = write_config(home)
    config.write_text(config.read_text().replace("mail:\n", f"mail:\n{mail_lines}") + also)
    gateway = Gateway(config)
    gateway.start()
    return gateway


def test_numbers_follow_a_mail_and_ready_says_when_the_disk_is_short(tmp_path: Path) -> None:
    port = free_port()
    gateway = with_settings(tmp_path, also=f"monitoring: {{listen: '127.0.0.1:{port}'}}\n")
    try:
        assert ask(port, "/ready") == (200, "good\n")
        gateway.mail(written("Minutes of the flower show"))
        gateway.mail(written("RESTRICTED\n\nthe plan"))
        gateway.settled(2)
        wanted = {
            ("gateway_transfers_accepted_total", "mail"): 2,
            ("gateway_deliveries_total", "delivered", "internet"): 1,
            ("gateway_deliveries_unended", "held"): 1,
            ("gateway_inspection_seconds_count",): 2,
        }
        wait_for(lambda: wanted.items() <= numbers(port).items(), "what was committed to be counted")
        status, text = ask(port, "/metrics")
        assert status == 200
        assert "flower" not in text
        assert STAFF not in text
    finally:
        assert gateway.stop() == 0


def test_a_disk_without_its_reserve_is_not_ready_and_takes_no_mail(tmp_path: Path) -> None:
    port = free_port()
    lines = "  limits: {reserve: 1000000 GB}\n"
    gateway = with_settings(tmp_path, mail_lines=lines, also=f"monitoring: {{listen: '127.0.0.1:{port}'}}\n")
    try:
        assert ask(port, "/live")[0] == 200
        status, why = ask(port, "/ready")
        assert status == 503
        assert "is full" in why
    finally:
        assert gateway.stop() == 0


def test_a_database_that_somebody_else_holds_is_alive_and_not_ready(tmp_path: Path) -> None:
    port = free_port()
    gateway = with_settings(tmp_path, also=f"monitoring: {{listen: '127.0.0.1:{port}'}}\n")
    try:
        with closing(sqlite3.connect(tmp_path / "state" / "gateway.db")) as other:
            other.execute("BEGIN IMMEDIATE")
            status, why = ask(port, "/ready")
            assert status == 503
            assert "the database" in why
            assert ask(port, "/live") == (200, "good\n")
        wait_for(lambda: ask(port, "/ready") == (200, "good\n"), "the database to take writes again")
    finally:
        assert gateway.stop() == 0


def test_what_was_refused_and_what_was_not_loaded_are_counted(tmp_path: Path) -> None:
    port = free_port()
    policies = write_small(tmp_path / "policies")
    config = write_config(tmp_path, policies=policies)
    config.write_text(config.read_text() + f"monitoring: {{listen: '127.0.0.1:{port}'}}\n")
    gateway = Gateway(config)
    gateway.start()
    try:
        with smtplib.SMTP("127.0.0.1", gateway.port, timeout=60) as client:
            client.ehlo()
            client.mail(STAFF)
            assert client.rcpt("quetzal")[0] == 553
        change(policies, "rules/all.yaml", "outcome: quarantine", "outcome: perhaps")
        wanted = {("gateway_policy_loads", "rejected"): 1, ("gateway_policy_loads", "in-force"): 0}
        wait_for(lambda: wanted.items() <= numbers(port).items(), "the policy that is not understood to be counted")
        assert [value for key, value in numbers(port).items() if key[0] == "gateway_mail_refused_total"] == [1]
        assert "quetzal" not in gateway.log.read_text()
    finally:
        assert gateway.stop() == 0


REFUSED = "someone@[192.0.2.1]"  # no plain address: the policy refuses it


def test_a_client_that_waits_is_told_that_policy_refuses_and_the_ledger_has_it(tmp_path: Path) -> None:
    gateway = with_settings(tmp_path, mail_lines="  answer_refused_within: 60 s\n")
    try:
        with smtplib.SMTP("127.0.0.1", gateway.port, timeout=90) as client:
            client.ehlo()
            client.mail(STAFF)
            client.rcpt(REFUSED)
            code, answer = client.data(written("Minutes"))
        assert (code, answer[:14]) == (550, b"5.7.1 refused:")
        [transfer] = gateway.settled(1)
        assert transfer["id"].encode() in answer
        assert [each["state"] for each in transfer["deliveries"]] == ["refused"]
        gateway.mail(written("Minutes"), to=[REFUSED, FRIEND])  # for one of them it goes: yes
        gateway.settled(2)
        assert sorted(gateway.states()) == ["delivered", "refused", "refused"]
    finally:
        assert gateway.stop() == 0


def test_through_a_milter_nothing_passes_the_gateway_by(tmp_path: Path) -> None:
    port = free_port()
    gateway = with_settings(tmp_path, mail_lines=f"  milter: 127.0.0.1:{port}\n")
    try:
        with Postfix(SUBMISSION, SETTINGS, milter=port) as postfix:
            with smtplib.SMTP(*postfix.address, timeout=60) as client:
                client.sendmail(STAFF, [FRIEND], written("PROTECT\n\nCANARYQUETZAL"))
            wait_for(lambda: "milter-discard" in postfix.log(), "Postfix to write what it did")
            wait_for(lambda: postfix.waiting() == 0, "an empty queue of Postfix")
        [transfer] = gateway.settled(1)
        assert [each["state"] for each in transfer["deliveries"]] == ["delivered"]
        [sealed] = gateway.delivered()
        assert b"CANARYQUETZAL" not in sealed.read_bytes()
    finally:
        assert gateway.stop() == 0


def test_the_log_follows_one_transfer_by_its_id(tmp_path: Path) -> None:
    gateway = with_settings(tmp_path)
    try:
        known = gateway.mail(written("Minutes of the flower show"))
        gateway.settled(1)
    finally:
        assert gateway.stop() == 0
    lines = [json.loads(line) for line in gateway.log.read_text().splitlines() if line.startswith("{")]
    told = [line["event"] for line in lines if line.get("transfer") == known]
    assert told.count("transfer:received") == 1  # where it stands is chance: another thread may go on with it at once
    assert {"transfer:inspected", "delivery:cleared", "delivery:delivered", "transfer:finished"} <= set(told)
