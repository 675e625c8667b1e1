"""`gateway check` and `doctor` say who may bring mail, what comes in clear, and what would not open."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from gateway.intake.smtp_accounts import make_line
from tests.unit.cli.asking import ask


def set_mail(config: Path, mail: str) -> None:
    config.write_text(config.read_text().replace("  listen: 127.0.0.1:0\n", f"  listen: 127.0.0.1:0\n{mail}"))


def doctor(config: Path) -> dict[str, str]:
    """Return the state of each thing about the mail door that doctor says."""
    lines = [json.loads(line) for line in ask(config, "doctor", "--json").out.splitlines()]
    return {line["what"]: line["state"] for line in lines if "mail door" in line["what"] or "in clear" in line["what"]}


def put_certificate(config: Path, *, ends: datetime) -> None:
    leaf = trustme.CA().issue_cert("localhost", not_after=ends)
    home = config.parent.parent
    leaf.cert_chain_pems[0].write_to_path(home / "mail.pem")
    (home / "mail.key").touch(0o600)
    (home / "mail.key").write_bytes(leaf.private_key_pem.bytes())


def test_by_itself_it_takes_mail_from_this_machine(config: Path) -> None:
    who = "takes mail from no machine besides this one, and 0 accounts"
    assert doctor(config) == {f"the mail door at 127.0.0.1:0 {who}": "ok"}
    assert ask(config, "check").code == 0


def test_mail_of_other_machines_in_clear_is_noted(config: Path) -> None:
    set_mail(config, "  clients: [192.0.2.10]\n")
    assert doctor(config)["mail from other machines may come in clear"] == "note"
    assert ask(config, "check").code == 0


@pytest.mark.parametrize("everybody", ["0.0.0.0/0", '"::/0"'])
def test_a_door_open_to_everybody_is_wrong(config: Path, everybody: str) -> None:
    set_mail(config, f"  clients: [{everybody}]\n")
    assert doctor(config)["the mail door takes mail from the whole internet"] == "wrong"
    assert "list your mail servers under 'mail.clients'" in ask(config, "check").err


@pytest.mark.parametrize(("days", "state", "verb"), [(90, "ok", "ends"), (20, "note", "ends"), (-1, "wrong", "ended")])
def test_the_end_of_its_certificate_is_told(config: Path, days: int, state: str, verb: str) -> None:
    ends = datetime.now(UTC) + timedelta(days=days)
    put_certificate(config, ends=ends)
    set_mail(config, "  tls: {certificate: mail.pem, key: mail.key}\n")
    said = doctor(config)
    assert said[f"the mail door's certificate {verb} on {ends:%d %B %Y}"] == state
    assert said["the mail door offers TLS and takes mail without it"] == "note"


def test_a_key_or_accounts_that_others_can_read_would_not_open(config: Path) -> None:
    put_certificate(config, ends=datetime.now(UTC) + timedelta(days=90))
    accounts = config.parent.parent / "accounts"
    accounts.write_text(make_line("ward-printer", "correct horse battery"))
    accounts.chmod(0o644)
    set_mail(config, "  tls: {certificate: mail.pem, key: mail.key}\n  accounts: accounts\n")
    assert "mode 0644" in ask(config, "check").err
    accounts.chmod(0o600)
    assert ask(config, "check").code == 0
    (config.parent.parent / "mail.key").chmod(0o644)
    assert "mode 0644" in ask(config, "check").err
