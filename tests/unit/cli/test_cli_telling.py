"""What doctor says of how senders of mail are told."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from gateway.cli.checking import telling
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
