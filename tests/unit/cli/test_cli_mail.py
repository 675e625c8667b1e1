"""`gateway mail account`: a line that the mail door understands, and nothing of the password."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from gateway.intake.smtp_accounts import Accounts
from tests.unit.cli.asking import ask

PASSWORD = "correct horse battery"


def test_the_line_is_understood_by_the_door(bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    said = ask(bare, "mail", "account", "ward-printer")
    assert (said.code, said.err) == (0, "")
    assert PASSWORD not in said.out
    path = tmp_path / "accounts"
    path.touch(0o600)
    path.write_text(said.out)
    assert Accounts(path).fits("ward-printer", PASSWORD.encode())


@pytest.mark.parametrize(
    ("name", "typed"), [("ward-printer", "short\n"), ("ward-printer", f"{PASSWORD}\n{PASSWORD}"), ("a:b", PASSWORD)]
)
def test_what_will_not_do_is_said_and_prints_no_line(
    bare: Path, monkeypatch: pytest.MonkeyPatch, name: str, typed: str
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    said = ask(bare, "mail", "account", name)
    assert (said.code, said.out) == (2, "")
    assert PASSWORD not in said.err
