"""Accounts of the mail door: who is known, and that a file which will not do opens nothing."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

import pytest

from gateway.errors import NotAccepted, Unsound
from gateway.intake import smtp_accounts
from gateway.intake.smtp_accounts import NOBODY, Accounts, make_line

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def line() -> str:
    return make_line("ward-printer", PASSWORD)


def written(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "accounts"
    path.write_text(text)
    path.chmod(mode)
    return path


def test_a_line_holds_a_hash_and_no_password(line: str) -> None:
    assert line.startswith("ward-printer:scrypt$15$8$3$")
    assert PASSWORD not in line
    assert make_line("ward-printer", PASSWORD) != line, "the salt is drawn anew"


def test_the_right_password_of_the_right_name_and_no_other(tmp_path: Path, line: str) -> None:
    accounts = Accounts(written(tmp_path, f"# ours\n\n{line}\n"))
    assert accounts.names() == ("ward-printer",)
    assert accounts.fits("ward-printer", PASSWORD.encode())
    for name, password in (("ward-printer", b"wrong"), ("nobody", PASSWORD.encode()), ("", b""), ("ward-printer", b"")):
        assert not accounts.fits(name, password)
    assert not accounts.fits("ward-printer", PASSWORD.encode() + b"\0" * 2000)


def test_a_name_that_nobody_has_costs_a_whole_try(tmp_path: Path, line: str) -> None:
    accounts = Accounts(written(tmp_path, line))
    with patch.object(smtp_accounts, "_derive", wraps=smtp_accounts._derive) as derive:
        accounts.fits("ward-printer", b"wrong")
        accounts.fits("nobody", b"wrong")
    assert [call.args[2] for call in derive.call_args_list] == [NOBODY.cost, NOBODY.cost]


def test_a_change_counts_at_once(tmp_path: Path, line: str) -> None:
    accounts = Accounts(written(tmp_path, line))
    written(tmp_path, "# nobody\n")
    assert not accounts.fits("ward-printer", PASSWORD.encode())


@pytest.mark.parametrize(
    "text",
    [
        "{line}\n{line}",
        "ward-printer",
        "ward-printer:secret in clear",
        "a b:{hash}",
        "w:scrypt$99$8$3$AAAA$AAAA",
        "w:scrypt$15$8$3$AAAA$AAAA",
        "w:scrypt$15$8$3$A$A",
        "w:scrypt$15$8$9$AAAA$AAAA",
        "\ufffd",
    ],
)
def test_a_file_that_is_not_understood_lets_nobody_in(tmp_path: Path, line: str, text: str) -> None:
    accounts = Accounts(written(tmp_path, text.format(line=line, hash=line.partition(":")[2])))
    with pytest.raises(Unsound):
        accounts.fits("ward-printer", PASSWORD.encode())


def test_a_file_that_others_can_read_lets_nobody_in(tmp_path: Path, line: str) -> None:
    with pytest.raises(Unsound):
        Accounts(written(tmp_path, line, mode=0o644)).names()
    with pytest.raises(Unsound):
        Accounts(tmp_path / "missing").names()


@pytest.mark.parametrize(("name", "password"), [("a b", PASSWORD), ("", PASSWORD), ("a:b", PASSWORD), ("a", "short")])
def test_what_will_not_do_makes_no_line(name: str, password: str) -> None:
    with pytest.raises(NotAccepted):
        make_line(name, password)
