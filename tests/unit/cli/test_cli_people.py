"""`gateway people` and `gateway admin recover`: each change is in the ledger, and passwords are shown once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.opening import open_store, read_settings
from gateway.console.sign_in import passwords
from gateway.console.sign_in.provider_id import identity_id
from gateway.model.person import Kind, Person, Role
from tests.unit.cli.asking import Said, ask, shut_out

GWEN = "gwen@council.example"
PROVIDER = """
console:
  sign_in:
    provider:
      name: Exampleshire ID
      issuer: https://login.exampleshire.example
      client_id: gateway
      client_secret: {credential: sign-in}
"""


def entries(config: Path) -> list[dict[str, Any]]:
    with open_store(read_settings(config)) as store:
        found = [json.loads(line) for line in store.ledger.entries()]
    return [each for each in found if each["event"].startswith("person:")]


def person(config: Path, address: str = GWEN) -> Person:
    with open_store(read_settings(config)) as store:
        found = store.people.by_address(address)
    assert found is not None
    return found


def add(config: Path, *more: str) -> Said:
    return ask(config, "people", "add", "Gwen Parry", "Gwen@Council.example", "--role", "reviewer", *more)


def is_password(config: Path, address: str, password: str) -> bool:
    whose = person(config, address)
    with open_store(read_settings(config)) as store:
        (kept,) = [each for each in store.people.credentials(whose.id) if each.kind is Kind.PASSWORD]
    return passwords.is_right(password, kept.secret)


def test_the_first_account_is_the_first_officer_with_a_password_that_init_prints_once(bare: Path) -> None:
    first = ask(bare, "init")
    officer = read_settings(bare).officers[0]
    assert first.code == 0
    assert is_password(bare, officer.address, first.out.strip())
    assert f"{officer.address} signs in once within 3 days with this password" in first.err
    assert person(bare, officer.address).roles == frozenset(Role)
    assert ask(bare, "init").out == "", "once"


def test_somebody_is_added_with_a_password_for_one_sign_in(config: Path) -> None:
    said = add(config, "--holds", "caldicott-guardian")
    assert said.code == 0
    assert is_password(config, GWEN, said.out.strip())
    added = person(config)
    assert (added.name, added.officer_roles) == ("Gwen Parry", ("caldicott-guardian",))
    last = entries(config)[-1]
    assert last["event"] == "person:added"
    assert last["facts"]["roles"] == ["reviewer"]
    assert last["facts"]["by"].startswith("account ")
    assert said.out.strip() not in json.dumps(entries(config))


@pytest.mark.parametrize(
    ("name", "address", "says"),
    [("", GWEN, "a name has"), ("Gwen\nParry\x07", GWEN, "a name has"), ("Gwen", "no address", "no plain address")],
)
def test_what_is_no_person_is_not_added(config: Path, name: str, address: str, says: str) -> None:
    said = ask(config, "people", "add", name, address, "--role", "reviewer")
    assert said.code == 2
    assert says in said.err


def test_an_address_is_one_persons(config: Path) -> None:
    assert add(config).code == 0
    again = add(config)
    assert again.code == 1
    assert "somebody has this address already" in again.err


def test_a_role_that_there_is_not_is_refused_with_those_there_are(config: Path) -> None:
    said = ask(config, "people", "add", "Gwen", GWEN, "--role", "root")
    assert said.code == 2
    assert "approver" in said.err


def test_everybody_is_listed_with_roles_and_ways_and_never_a_secret(config: Path) -> None:
    password = add(config).out.strip()
    table, lines = ask(config, "people").out, ask(config, "people", "list", "--json").out
    assert "Gwen Parry" in table
    listed = [json.loads(line) for line in lines.splitlines()]
    assert {(each["address"], tuple(each["roles"]), tuple(each["ways"]), each["state"]) for each in listed} >= {
        (GWEN, ("reviewer",), ("password",), "active"),
    }
    assert password not in table + lines
    assert "argon2" not in table + lines


def test_roles_and_suspension_are_recorded(config: Path) -> None:
    add(config)
    assert ask(config, "people", "roles", GWEN, "--role", "auditor", "--role", "reviewer").code == 0
    assert person(config).roles == {Role.AUDITOR, Role.REVIEWER}
    assert ask(config, "people", "suspend", GWEN).code == 0
    assert not person(config).may_sign_in
    assert ask(config, "people", "suspend", GWEN, "--resume").code == 0
    assert person(config).may_sign_in
    facts = [each["facts"] for each in entries(config) if each["event"] == "person:changed"]
    assert facts[0]["before"] == ["reviewer"]
    assert [each.get("state") for each in facts] == [None, "suspended", "active"]


def test_a_reset_gives_another_password(config: Path) -> None:
    first, second = add(config).out.strip(), ask(config, "people", "reset", GWEN).out.strip()
    assert first != second
    assert is_password(config, GWEN, second)
    assert not is_password(config, GWEN, first)


def test_nobody_of_that_address_is_said_so(config: Path) -> None:
    for command in (["roles", "x@y.example", "--role", "sender"], ["suspend", "x@y.example"], ["reset", "x@y.example"]):
        said = ask(config, "people", *command)
        assert said.code == 4
        assert "nobody has the address" in said.err


def test_somebody_is_left_who_looks_after_people(config: Path) -> None:
    officer = read_settings(config).officers[0].address
    said = ask(config, "people", "suspend", officer)
    assert said.code == 1
    assert "nobody would be left" in said.err
    add(config, "--role", "user-admin")
    assert ask(config, "people", "suspend", officer).code == 0


def test_whom_the_provider_signs_in_gets_no_password(config: Path) -> None:
    refused = add(config, "--provider")
    assert refused.code == 2
    assert "no provider is set" in refused.err
    config.write_text(config.read_text() + PROVIDER)
    said = add(config, "--subject", "entra-object-id")
    assert (said.code, said.out) == (0, "")
    added = person(config)
    with open_store(read_settings(config)) as store:
        (link,) = store.people.credentials(added.id)
    assert link.id == identity_id("https://login.exampleshire.example", "entra-object-id")


def test_the_emergency_account_is_opened_told_and_recorded(config: Path) -> None:
    said = ask(config, "admin", "recover")
    assert said.code == 0
    assert "emergency signs in once within 15 minutes" in said.err
    assert is_password(config, "emergency", said.out.strip())
    assert person(config, "emergency").emergency
    assert person(config, "emergency").roles == {Role.USER_ADMIN}
    assert entries(config)[-1]["event"] == "person:recovered"
    told = [
        each.read_text()
        for each in (config.parents[1] / "state").rglob("*")
        if "emergency" in str(each) and each.is_file()
    ]
    (notice,) = told
    assert "emergency account of the console was opened" in notice
    assert said.out.strip() not in notice
    again = ask(config, "admin", "recover")
    assert is_password(config, "emergency", again.out.strip())
    assert not is_password(config, "emergency", said.out.strip()), "the one before is worth nothing"
    refused = ask(config, "people", "roles", "emergency", "--role", "approver")
    assert "stays as it is" in refused.err
    assert "gateway admin recover" in ask(config, "people", "reset", "emergency").err


def test_who_may_not_enter_the_state_folder_adds_nobody(config: Path) -> None:
    state = read_settings(config).paths.state
    with shut_out(state):
        said = ask(config, "people", "add", "Eve", "eve@council.example", "--role", "approver")
        recovered = ask(config, "admin", "recover")
    assert (said.code, recovered.code) == (1, 1)
    assert "may not read" in said.err
    assert recovered.out == ""
