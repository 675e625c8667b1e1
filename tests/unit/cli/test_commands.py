from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from gateway.cli import main as program
from gateway.errors import Complaint, Conflict, GatewayError, Invalid, NotFound

PROMISED = {
    *("init", "run", "check", "doctor", "extract", "classify", "explain"),
    *("send", "transfers", "held", "seal", "open", "keys", "passphrases", "detectors"),
    *("ledger", "vault", "policy", "bench", "mail", "queue", "people", "admin"),
}


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


ALL = dict(commands(program.cli))


def test_the_promised_commands_are_there() -> None:
    assert {path[0] for path in ALL} == PROMISED


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_command_has_help_with_an_example(path: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(program.cli, [*path, "--help"])
    assert shown.exit_code == 0
    assert "Example:" in shown.output
    assert f"gateway {' '.join(path)}" in shown.output


def leave(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["gateway", *arguments])
    with pytest.raises(SystemExit) as leaving:
        program.main()
    assert isinstance(leaving.value.code, int)
    return leaving.value.code


def test_wrong_usage_leaves_with_2(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert leave(monkeypatch, "transfers", "list", "--limt", "3") == 2
    assert "--limit" in capsys.readouterr().err


def test_a_missing_configuration_leaves_with_4_and_the_fix(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert leave(monkeypatch, "--config", str(tmp_path / "none.yaml"), "check") == 4
    assert "--config" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (GatewayError("it failed"), 1),
        (Conflict("somebody else was faster"), 1),
        (Invalid((Complaint(file="a.yaml", line=3, column=5, message="'x' is not a setting here"),)), 3),
        (NotFound("nothing there"), 4),
        (RuntimeError("SECRET CONTENT"), 1),
    ],
)
def test_every_error_leaves_with_its_code_and_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception, code: int
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("gateway.cli.running.read_both", fail)
    assert leave(monkeypatch, "check") == code
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert "SECRET CONTENT" not in said
    assert len(said.strip().splitlines()) <= 2


def test_invalid_files_are_shown_with_line_and_column(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    config = tmp_path / "gateway.yaml"
    config.write_text("organisation:\n  nam: Council\n")
    assert leave(monkeypatch, "--config", str(config), "check") == 3
    assert "gateway.yaml:2:3" in capsys.readouterr().err
