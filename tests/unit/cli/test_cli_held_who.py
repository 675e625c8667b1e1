"""Who has what is held, and who is asked to look, from the terminal: known to the console's list and to the ledger."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.opening import open_store, read_settings
from gateway.model.held import Held
from gateway.model.transfer import Transfer
from gateway.testing.store_values import step
from tests.unit.cli.asking import ask
from tests.unit.cli.test_cli_held import put

JO = "jo@exampleshire.example"


def listed(config: Path, transfer: Transfer) -> list[Held]:
    with open_store(read_settings(config)) as store:
        return [store.held.get(transfer.id, each.id) for each in transfer.deliveries]


def entries(config: Path, event: str) -> list[dict[str, Any]]:
    with open_store(read_settings(config)) as store:
        return [each["facts"] for each in map(json.loads, store.ledger.entries()) if each["event"] == event]


def person(config: Path, name: str, address: str, role: str) -> str:
    said = ask(config, "people", "add", name, address, "--role", role)
    assert said.code == 0, said.err
    with open_store(read_settings(config)) as store:
        found = store.people.by_address(address)
    assert found is not None
    return found.id


def test_somebody_has_it_and_gives_it_back(config: Path) -> None:
    jo, transfer = person(config, "Jo Bright", JO, "reviewer"), put(config, (), ())
    said = ask(config, "held", "reassign", transfer.id, "--to", "Jo@Exampleshire.example")
    assert (said.code, said.out) == (0, "")
    assert f"assigned: {transfer.id} for r0@nhs.example is Jo Bright's" in said.err
    assert [each.assigned_to for each in listed(config, transfer)] == [jo, jo]
    told = {"by": "officer@exampleshire.example", "to": jo}
    assert entries(config, "delivery:assigned") == [told | {"recipient": f"r{number}@nhs.example"} for number in (0, 1)]
    assert ask(config, "held", "reassign", transfer.id, "--recipient", "r1@nhs.example", "--to", "nobody").code == 0
    assert [each.assigned_to for each in listed(config, transfer)] == [jo, ""]


def test_only_those_who_may_decide_have_it(config: Path) -> None:
    person(config, "Sam Reid", "sam@exampleshire.example", "sender")
    person(config, "Jo Bright", JO, "approver")
    transfer = put(config, ())
    said = ask(config, "held", "reassign", transfer.id, "--to", "sam@exampleshire.example")
    assert (said.code, "who may decide" in said.err) == (2, True)
    said = ask(config, "held", "reassign", transfer.id, "--to", "jo@exampleshier.example")
    assert (said.code, f"did you mean '{JO}'?" in said.err) == (2, True)
    assert listed(config, transfer)[0].assigned_to == ""


def test_a_role_is_asked_to_look_and_no_more(config: Path) -> None:
    config.write_text(config.read_text().replace('["@owner"]', '["@owner"]\n    roles: [caldicott-guardian]'))
    transfer = put(config, ())
    for role, stands in (("caldicott-guardian", "caldicott-guardian"), ("approver", "approver"), ("nobody", "")):
        said = ask(config, "held", "escalate", transfer.id, "--role", role)
        assert said.code == 0, said.err
        assert listed(config, transfer)[0].escalated_to == stands
    said = ask(config, "held", "escalate", transfer.id, "--role", "caldicot-guardian")
    assert (said.code, "did you mean 'caldicott-guardian'?" in said.err) == (2, True)
    assert [each["to"] for each in entries(config, "delivery:escalated")] == ["caldicott-guardian", "approver", ""]


@pytest.mark.parametrize("act", [("reassign", "--to", "nobody"), ("escalate", "--role", "approver")])
def test_nobody_does_it_with_their_own_nor_with_what_is_not_held(config: Path, act: tuple[str, str, str]) -> None:
    command, *rest = act
    transfer = put(config, ())
    with open_store(read_settings(config)) as store:
        step(store, store.transfers.get(transfer.id), sender="officer@exampleshire.example")
    said = ask(config, "held", command, transfer.id, *rest)
    assert (said.code, "party to" in said.err) == (1, True)
    said = ask(config, "held", command, transfer.id, "--recipient", "r9@nhs.example", *rest)
    assert (said.code, "is held for r9@nhs.example" in said.err) == (4, True)


def test_only_officers_do(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    transfer = put(config, ())
    monkeypatch.setenv("SUDO_USER", "mallory")
    assert ask(config, "held", "escalate", transfer.id, "--role", "approver").code == 1
    assert listed(config, transfer)[0].escalated_to == ""
