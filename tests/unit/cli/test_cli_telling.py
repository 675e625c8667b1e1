"""What doctor says of how senders of mail are told, and of the accounts that channels have."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from gateway.cli.checking import logging_in, telling
from gateway.config.channels import SmtpSettings
from gateway.config.load import load_settings
from gateway.config.mail import Mail
from gateway.config.notices import Notices

SAMPLE: Final = load_settings(Path(__file__).parents[3] / "config" / "gateway.yaml")
BY_MAIL: Final = {"channel": "internet", "from": "gateway@exampleshire.example"}
ANSWERS: Final = {**BY_MAIL, "own_domain": "gateway.exampleshire.example"}


@pytest.mark.parametrize(
    ("notices", "senders", "said"),
    [
        ({}, "any", ["note: which they may not see"]),
        (BY_MAIL, "any", ["note: cannot answer"]),
        (ANSWERS, "any", ["ok: explain@gateway.exampleshire.example", "note: known by the envelope sender"]),
        (ANSWERS, "internal", ["ok: explain@gateway.exampleshire.example"]),
    ],
)
def test_doctor_says_how_senders_are_told_and_whether_they_can_answer(
    notices: dict[str, str], senders: str, said: list[str]
) -> None:
    changes = {"notices": Notices.model_validate(notices), "mail": Mail.model_validate({"senders": senders})}
    found = list(telling(SAMPLE.model_copy(update=changes)))
    assert len(found) == len(said)
    for (state, what, fix), line in zip(found, said, strict=True):
        wanted, _, words = line.partition(": ")
        assert state == wanted
        assert words in what
        assert bool(fix) == (state != "ok")


@pytest.mark.parametrize(
    ("mode", "state", "says"),
    [
        (0o600, "ok", "channel cjsm logs in as council"),
        (0o644, "wrong", "channel cjsm cannot log in: "),
        (0, "wrong", "channel cjsm cannot log in: "),
    ],
    ids=["private", "for all to read", "not there"],
)
def test_doctor_says_whether_a_channel_has_its_password(tmp_path: Path, mode: int, state: str, says: str) -> None:
    password = tmp_path / "cjsm.password"
    if mode:
        password.write_text("horse")
        password.chmod(mode)
    account = {"user": "council", "password": {"file": password}}
    cjsm = SmtpSettings.model_validate({"kind": "smtp", "host": "mail.cjsm.example", "tls": "verify", **account})
    [(found, what, fix)] = logging_in(SAMPLE.model_copy(update={"channels": {**SAMPLE.channels, "cjsm": cjsm}}))
    assert found == state
    assert what.startswith(says)
    assert bool(fix) == (state != "ok")
    assert "horse" not in what + fix
