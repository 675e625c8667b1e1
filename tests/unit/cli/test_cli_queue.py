"""What waits, from the terminal: by destination, with who holds it, and what an act changes."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.cli.opening import open_store, read_settings
from gateway.model.lane import INSPECT, lane_to
from gateway.model.transfer import Delivery, Evidence, Sealed, Transfer
from gateway.system.clock import MachineClock
from gateway.testing.store_values import D, accept, make_transfer, step
from tests.unit.cli.asking import Said, ask

INTERNET, MINUTE = lane_to("internet"), timedelta(minutes=1)


def wait_for(config: Path, *channels: str, trouble: str = "", due_in: timedelta = 60 * MINUTE) -> Transfer:
    """Put a transfer into the store that waits to be tried again by each of these channels."""
    now = MachineClock().now()
    with open_store(read_settings(config)) as store:
        made = accept(store, make_transfer(recipients=len(channels)), wake=now)
        for state in (D.CLEARED, D.SEALED):
            waiting = [
                replace(each, state=state, sealed=sealed(each, channel), attempts=1, trouble=trouble, due=now + due_in)
                for each, channel in zip(made.deliveries, channels, strict=True)
            ]
            made = step(store, made, deliveries=tuple(waiting))
        (claim,) = (each for each in store.wakes.claim(now, MINUTE, 100, INSPECT) if each.transfer_id == made.id)
        store.wakes.later(claim, now + due_in, lane=lane_to(channels[0]))
    return made


def sealed(delivery: Delivery, channel: str) -> Sealed:
    evidence = Evidence(method="none", cipher="", verified_by="")
    return Sealed(
        delivery_id=delivery.id, method="none", message=True, needs_verified_tls=False, rule="a-rule", parts=(),
        evidence=evidence, channel=channel,
    )  # fmt: skip


def rows(said: Said) -> dict[str, dict[str, object]]:
    return {row["lane"]: row for row in map(json.loads, said.out.splitlines())}


def due_now(config: Path) -> set[str]:
    with open_store(read_settings(config)) as store:
        return {claim.transfer_id for claim in store.wakes.claim(MachineClock().now(), MINUTE, 100) if claim.hurried}


def events(config: Path) -> list[dict[str, object]]:
    with open_store(read_settings(config)) as store:
        store.ledger.integrate()
        return [json.loads(line) for line in store.ledger.entries()]


def test_what_waits_is_listed_by_destination(config: Path) -> None:
    wait_for(config, "internet", trouble="no connection with mx.example: refused")
    wait_for(config, "internet", due_in=-MINUTE)
    wait_for(config, "secure-mail")
    found = rows(ask(config, "queue", "--json"))
    assert set(found) == {"internet", "secure-mail"}
    assert {name: found["internet"][name] for name in ("transfers", "due", "deferred", "served")} == {
        "transfers": 2,
        "due": 1,
        "deferred": 1,
        "served": 0,
    }
    said = ask(config, "queue")
    assert said.code == 0
    assert said.out.splitlines()[0].split()[:4] == ["lane", "waiting", "due", "served"]
    assert len(said.out.splitlines()) == 3


def test_the_last_trouble_is_told(config: Path) -> None:
    wait_for(config, "internet", trouble="no connection with mx.example: refused")
    assert "no connection with mx.example: refused" in ask(config, "queue").out


def test_the_last_trouble_of_a_destination_is_told_though_the_next_in_turn_was_not_tried_yet(config: Path) -> None:
    wait_for(config, "internet", due_in=-MINUTE)
    wait_for(config, "internet", trouble="no connection with mx.example: refused")
    assert "no connection with mx.example: refused" in ask(config, "queue").out


def test_nothing_waits(config: Path) -> None:
    said = ask(config, "queue")
    assert (said.code, said.out, said.err) == (0, "", "nothing waits\n")


def test_flush_tries_one_destination_and_leaves_the_others(config: Path) -> None:
    mine, other = wait_for(config, "internet"), wait_for(config, "secure-mail")
    both = wait_for(config, "secure-mail", "internet")
    said = ask(config, "queue", "flush", "internet")
    assert (said.code, said.err) == (0, "2 transfers are tried now\n")
    assert due_now(config) == {mine.id, both.id}
    assert other.id not in due_now(config)


def test_flush_tries_one_transfer_or_all(config: Path) -> None:
    one, other = wait_for(config, "internet"), wait_for(config, "secure-mail")
    assert ask(config, "queue", "flush", one.id).err == "1 transfer is tried now\n"
    assert due_now(config) == {one.id}
    assert ask(config, "queue", "flush").err == "2 transfers are tried now\n"
    assert due_now(config) >= {other.id}


def test_a_destination_that_nobody_knows_is_not_found(config: Path) -> None:
    for act in (("flush",), ("hold",)):
        said = ask(config, "queue", *act, "intrenet")
        assert said.code == 4
        assert "there is no destination 'intrenet'; did you mean 'internet'?" in said.err


def test_hold_and_resume_are_told_with_who_did_it_and_recorded(config: Path) -> None:
    wait_for(config, "internet")
    assert ask(config, "queue", "hold", "internet", "--reason", "their server moves").code == 0
    row = rows(ask(config, "queue", "--json"))["internet"]
    assert row["held_by"]
    assert row["reason"] == "their server moves"
    assert f"held by {row['held_by']}: their server moves" in ask(config, "queue").out
    assert ask(config, "queue", "resume", "internet").code == 0
    assert rows(ask(config, "queue", "--json"))["internet"]["held_by"] == ""
    told = [(each["event"], each["facts"]) for each in events(config) if str(each["event"]).startswith("destination")]
    assert told == [
        ("destination:held", {"destination": "internet", "by": row["held_by"], "reason": "their server moves"}),
        ("destination:resumed", {"destination": "internet", "by": row["held_by"]}),
    ]


def test_what_is_not_held_cannot_be_resumed(config: Path) -> None:
    said = ask(config, "queue", "resume", "internet")
    assert said.code == 4
    assert "internet is not held" in said.err


def test_a_held_destination_is_shown_though_nothing_waits_for_it(config: Path) -> None:
    ask(config, "queue", "hold", "internet")
    assert rows(ask(config, "queue", "--json"))["internet"]["transfers"] == 0


def test_a_destination_that_is_away_is_shown_and_a_flush_opens_it(config: Path) -> None:
    wait_for(config, "internet")
    until = MachineClock().now() + 10 * MINUTE
    with open_store(read_settings(config)) as store:
        store.lanes.close(INTERNET, until, 4)
    assert rows(ask(config, "queue", "--json"))["internet"]["closed_until"] == until.isoformat()
    assert "away, 4 failures in a row" in ask(config, "queue").out
    ask(config, "queue", "flush", "internet")
    assert rows(ask(config, "queue", "--json"))["internet"]["closed_until"] is None


def test_a_flush_does_not_resume_what_is_held(config: Path) -> None:
    wait_for(config, "internet")
    ask(config, "queue", "hold", "internet")
    ask(config, "queue", "flush", "internet")
    assert rows(ask(config, "queue", "--json"))["internet"]["held_by"]


DIRECT = "  direct: {kind: smtp, mx: true, tls: may}\n"


def go_to_domains(config: Path) -> None:
    config.write_text(config.read_text().replace("channels:\n", f"channels:\n{DIRECT}"))


@pytest.mark.parametrize("given", ["direct/partner.example", "direct/Partner.Example", "direct/PARTNER.EXAMPLE"])
def test_a_domain_is_held_however_it_is_written(config: Path, given: str) -> None:
    go_to_domains(config)
    assert ask(config, "queue", "hold", given).err.startswith("held: nothing goes to direct/partner.example until")
    assert set(rows(ask(config, "queue", "--json"))) == {"direct/partner.example"}
    assert ask(config, "queue", "resume", given).code == 0


def test_a_domain_in_the_letters_of_its_people_is_held_as_it_is_written_in_dns(config: Path) -> None:
    go_to_domains(config)
    assert ask(config, "queue", "hold", "direct/Bücher.example").code == 0
    assert set(rows(ask(config, "queue", "--json"))) == {"direct/xn--bcher-kva.example"}


@pytest.mark.parametrize("act", ["hold", "flush"])
def test_a_domain_of_a_channel_that_does_not_go_to_domains_is_no_destination(config: Path, act: str) -> None:
    said = ask(config, "queue", act, "internet/partner.example")
    assert said.code == 4
    assert "there is no destination 'internet/partner.example': internet hands everything to one next hop" in said.err
    assert "name it as 'internet'" in said.err


@pytest.mark.parametrize("domain", ["", "partner", "partner example", "a..b"])
def test_what_is_no_domain_is_no_destination(config: Path, domain: str) -> None:
    go_to_domains(config)
    said = ask(config, "queue", "hold", f"direct/{domain}")
    assert said.code == 4
    assert "write channel/domain" in said.err


def test_what_is_held_with_its_channel_is_shown_so_and_resumed_with_it(config: Path) -> None:
    go_to_domains(config)
    wait_for(config, "direct/partner.example")
    assert ask(config, "queue", "hold", "direct", "--reason", "our line is down").code == 0
    found = rows(ask(config, "queue", "--json"))
    assert found["direct/partner.example"]["held"] == "direct"
    assert found["direct/partner.example"]["reason"] == "our line is down"
    assert found["direct"]["held"] == "direct"
    assert "direct is held by" in ask(config, "queue").out
    said = ask(config, "queue", "resume", "direct/partner.example")
    assert said.code == 4
    assert "resume 'direct'" in said.err
    assert ask(config, "queue", "resume", "direct").code == 0
    assert rows(ask(config, "queue", "--json"))["direct/partner.example"]["held"] == ""


def test_help_says_that_transfers_are_counted_by_where_they_go_next(config: Path) -> None:
    said = " ".join(ask(config, "queue", "--help").out.split())
    assert "Transfers are counted by where they go next" in said
