"""What commands say of the policy in force, of one that the daemon would not take, and of roles that nobody has."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gateway.cli.checking import vacant
from gateway.cli.opening import read_settings
from gateway.cli.policy_status import examine_standing, status
from gateway.config.load import load_policies
from gateway.daemon.standing import Rejected, Standing, write_standing
from gateway.errors import GatewayError
from tests.unit.daemon.small_policies import change, write_small

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
GOOD = Standing(in_force="a1" * 32, since=NOON, classify="c1" * 32)
BAD = Rejected(at=NOON, hash="b2" * 32, complaints=("policies/rules/all.yaml:11:12: no", "policies/laws.yaml:1:1: no"))


def asked(config: Path, *options: str) -> tuple[int, str]:
    done = CliRunner().invoke(status, options, obj=config)
    if isinstance(done.exception, GatewayError):
        return done.exception.exit_code, str(done.exception)
    return done.exit_code, done.output


def said(config: Path, standing: Standing, *options: str) -> tuple[int, str]:
    write_standing(read_settings(config).paths.state, standing)
    return asked(config, *options)


def test_before_the_first_run_there_is_none(config: Path) -> None:
    code, text = asked(config)
    assert code == 4
    assert "'gateway run'" in text


def test_what_is_in_force_is_said_with_since_when(config: Path) -> None:
    assert said(config, GOOD) == (0, "in force   a1a1a1a1a1a1 since 2026-11-22 12:00:00 UTC\n")


def test_what_was_rejected_is_said_with_where(config: Path) -> None:
    code, text = said(config, replace(GOOD, last_rejected=BAD))
    assert code == 3
    assert text.splitlines() == [
        "in force   a1a1a1a1a1a1 since 2026-11-22 12:00:00 UTC",
        "rejected   b2b2b2b2b2b2 at 2026-11-22 12:00:00 UTC",
        "           policies/rules/all.yaml:11:12: no",
        "           policies/laws.yaml:1:1: no",
    ]


def test_programs_get_all_of_it(config: Path) -> None:
    code, text = said(config, replace(GOOD, last_rejected=BAD), "--json")
    shown: dict[str, Any] = json.loads(text)
    assert code == 3
    assert shown == {
        "in_force": GOOD.in_force,
        "since": "2026-11-22T12:00:00+00:00",
        "last_rejected": {
            "at": "2026-11-22T12:00:00+00:00",
            "hash": BAD.hash,
            "complaints": list(BAD.complaints),
        },
        "observed": "",
        "observed_rejected": None,
    }


def observing(config: Path) -> Path:
    config.write_text(config.read_text().replace("paths:\n", "paths:\n  observed_policies: draft\n"))
    return config


def test_what_only_observes_is_said_and_a_bad_one_fails_nothing(config: Path) -> None:
    code, text = said(observing(config), replace(GOOD, observed="d4" * 32, observed_rejected=replace(BAD, hash="")))
    assert code == 0
    assert text.splitlines()[1:3] == [
        "observed   d4d4d4d4d4d4, decides nothing",
        "rejected   unread at 2026-11-22 12:00:00 UTC",
    ]


@pytest.mark.parametrize(
    ("standing", "on_disk", "state", "says"),
    [
        (GOOD, GOOD.in_force, "ok", "a1a1a1a1a1a1 is in force since 2026-11-22 12:00 UTC"),
        (GOOD, "e5" * 32, "note", "not what is in the folder"),
        (GOOD, "", "ok", "is in force"),
        (replace(GOOD, last_rejected=BAD), "", "wrong", "all.yaml:11:12: no; a1a1a1a1a1a1 stays in force"),
    ],
    ids=["the same", "not taken yet", "does not load", "rejected"],
)
def test_doctor_says_how_things_stand(config: Path, standing: Standing, on_disk: str, state: str, says: str) -> None:
    settings = read_settings(config)
    assert list(examine_standing(settings, on_disk)) == []
    write_standing(settings.paths.state, standing)
    ((found, what, fix),) = examine_standing(settings, on_disk)
    assert found == state
    assert says in what
    assert bool(fix) == (state != "ok")


def test_doctor_says_what_observes(config: Path) -> None:
    settings = read_settings(observing(config))
    write_standing(settings.paths.state, replace(GOOD, observed="d4" * 32))
    assert [state for state, _, _ in examine_standing(settings, GOOD.in_force)] == ["ok", "ok"]
    write_standing(settings.paths.state, replace(GOOD, observed_rejected=BAD))
    assert [state for state, _, _ in examine_standing(settings, GOOD.in_force)] == ["ok", "wrong"]


def test_a_role_that_rules_ask_for_and_nobody_has_is_named_with_the_rules(config: Path, tmp_path: Path) -> None:
    folder = write_small(tmp_path / "policies")
    settings = read_settings(config)
    assert list(vacant(settings, load_policies(folder))) == []
    outcome = "then: {outcome: quarantine}"
    change(folder, "rules/all.yaml", outcome, f"unless: {{approved_by: [a-role, b-role]}}\n    {outcome}")
    policy = load_policies(folder)
    assert list(vacant(settings, policy)) == [
        "no officer has the role a-role, which rules ask for: hold/large",
        "no officer has the role b-role, which rules ask for: hold/large",
    ]
    (officer, *others) = settings.officers
    manned = (officer.model_copy(update={"roles": ("a-role", "b-role")}), *others)
    assert list(vacant(settings.model_copy(update={"officers": manned}), policy)) == []
