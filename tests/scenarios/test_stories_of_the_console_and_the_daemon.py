"""What the console asks of the daemon, through the database alone: no key is held here, as the console holds none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.model.board import DaemonBoard, DoctorBoard, KeysBoard, PolicyBoard, QueueBoard
from gateway.model.bulk import Bulk, BulkState, Result
from gateway.model.held import HeldQuery
from gateway.model.person import Person, Role
from gateway.model.record import Act, FoundAt, Instruction
from gateway.model.transfer import Transfer
from gateway.quarantine.filing import instruction
from gateway.quarantine.people import account_of, officer_of
from gateway.record.beside import stopped
from gateway.store.embedded import Store, open_store
from gateway.store.exchange import (
    Tried,
    ask_preview,
    ask_refresh,
    take_answer,
    wait_for_answer,
    waiting_to_see,
)
from gateway.store.pinned import Shape, pinned
from gateway.system.clock import MachineClock
from gateway.system.ids import serial
from gateway.testing.documents import docx
from tests.scenarios.gateway_process import FRIEND, PATIENCE, STAFF, Gateway, content_of, wait_for
from tests.scenarios.test_stories_of_mail_admins import opened_with_7z

pytestmark = [pytest.mark.network, pytest.mark.needs("7z"), pytest.mark.needs("gpg")]
CLOCK = MachineClock()
NHS_NUMBER = "943 476 5919"
LIST = f"Name;NHS number;Remark\r\nPat Doe;{NHS_NUMBER};NHS number checked\r\n".encode()
WEBMAIL = "someone@gmail.com"  # what is protected waits there for an officer
RESTRICTED = docx(["Dear colleague,", "The plan is attached."], header="RESTRICTED")


@contextmanager
def beside(gateway: Gateway) -> Iterator[Store]:
    """Open the database as the console does."""
    store = open_store(state=gateway.home / "state", vault=gateway.home / "quarantine", clock=CLOCK)
    try:
        yield store
    finally:
        store.close()


def person(store: Store, name: str, *roles: Role) -> Person:
    added = Person(
        id=serial("p"), name=name, address=f"{name.lower()}@exampleshire.example", roles=frozenset(roles),
        since=CLOCK.now(),
    )  # fmt: skip
    store.people.add(added, [], [])
    return added


def filed(transfer: Transfer, act: Act, by: Person, reason: str = "checked by hand", **more: Any) -> Instruction:  # noqa: ANN401 - its fields
    officer = officer_of(by)
    assert officer is not None
    made = instruction(
        transfer, transfer.deliveries[0].id, act, instruction_id=serial("i"), officer=officer, account=account_of(by),
        reason=reason, now=CLOCK.now(), stop_within=more.pop("stop_within", timedelta(0)),
    )  # fmt: skip
    return replace(made, **more)


def held(gateway: Gateway, store: Store, count: int = 1) -> list[Transfer]:
    gateway.settled(count)
    return [*store.transfers.find(held=True)]


def events(gateway: Gateway, transfer: Transfer) -> list[str]:
    return [each["event"] for each in gateway.ask_json("ledger", "show", "--transfer", transfer.id)]


def test_a_release_waits_is_stopped_and_another_goes_when_its_time_is_over(gateway: Gateway) -> None:
    gateway.drop("tool.bin", b"\x7fELF" + bytes(range(256)))
    with beside(gateway) as store:
        (transfer,) = held(gateway, store)
        alice = person(store, "Alice", Role.REVIEWER)
        waits = filed(transfer, Act.RELEASE, alice, stop_within=timedelta(hours=1))
        store.transfers.instruct(waits)
        entry = stopped(waits, officer="Alice", address=alice.address, reason="wrong one", now=CLOCK.now())
        store.transfers.withdraw(waits.id, entry)
        another = filed(transfer, Act.RELEASE, alice, stop_within=timedelta(seconds=5))
        store.transfers.instruct(another)
        wait_for(lambda: gateway.states() == ["delivered"], "the release that nobody stopped")
        (at,) = [
            each["at"]
            for each in gateway.ask_json("ledger", "show", "--transfer", transfer.id)
            if each["event"] == "delivery:released"
        ]
        assert another.not_before is not None
        assert datetime.fromisoformat(at) >= another.not_before, "and not before its time was over"
        told = events(gateway, transfer)
        assert told.index("instruction:stopped") < told.index("delivery:released")
        assert told.count("delivery:released") == 1


def test_a_value_is_shown_to_who_asked_once_and_the_ledger_says_so_first(gateway: Gateway) -> None:
    gateway.drop("list.csv", LIST, to=WEBMAIL)
    with beside(gateway) as store:
        alice = person(store, "Alice", Role.REVIEWER)
        (transfer,) = held(gateway, store)
        assert transfer.inspection is not None
        finding = next(each for each in transfer.inspection.findings if each.entity == "NHS_NUMBER")
        asking = filed(transfer, Act.REVEAL, alice, "is it a real one?")
        waiting = waiting_to_see(asking.id)
        found = FoundAt(
            part=finding.part, segment=finding.segment, start=finding.start, end=finding.end, entity=finding.entity
        )  # fmt: skip
        store.transfers.instruct(replace(asking, found=found, key=waiting.key.public))
        said = wait_for_answer(store.parcels, waiting, CLOCK.now, seconds=PATIENCE)
        assert said is not None
        assert said.get("value") == NHS_NUMBER
        assert "value:revealed" in events(gateway, transfer)
        assert take_answer(store.parcels, waiting, CLOCK.now()) is None, "it is fetched once"
        text = gateway.ask("ledger", "show", "--json") + gateway.log.read_text()
    assert NHS_NUMBER not in text
    assert all(NHS_NUMBER.encode() not in content_of(path) for path in gateway.everywhere_else())


def test_what_would_happen_is_said_and_nothing_of_it_is_kept(gateway: Gateway) -> None:
    words = b"A canary in the mine sings NHS number 943 476 5919"
    with beside(gateway) as store:
        wait_for(lambda: pinned(store.boards, DaemonBoard), "the daemon's board")
        tried = Tried(
            name="note.txt", sender=STAFF, recipients=(FRIEND, "colleague@exampleshire.example"), content=words
        )
        waiting = ask_preview(store.parcels, store.boards, tried, CLOCK.now())
        said = wait_for_answer(store.parcels, waiting, CLOCK.now, seconds=PATIENCE)
        assert said is not None
        assert said["findings_by_entity"] == {"NHS_NUMBER": 1}
        assert [each["recipient"] for each in said["recipients"]] == list(tried.recipients)
        assert {"outcome", "reasons", "would_pass_if", "route"} <= said["recipients"][0].keys()
        path = gateway.home / "note.txt"
        path.write_bytes(words)
        (command,) = gateway.ask_json(
            "explain", str(path), "--from", STAFF, "--to", FRIEND, "--to", tried.recipients[1],
            code={"deliver": 0, "quarantine": 10, "refuse": 11}[max(
                (each["outcome"] for each in said["recipients"]), key=["deliver", "quarantine", "refuse"].index
            )],
        )  # fmt: skip
        path.unlink()
        assert {k: v for k, v in said.items() if k != "gaps"} == {k: v for k, v in command.items() if k != "gaps"}
        refused = replace(tried, recipients=("no address",))
        waiting = ask_preview(store.parcels, store.boards, refused, CLOCK.now())
        trouble = wait_for_answer(store.parcels, waiting, CLOCK.now, seconds=PATIENCE)
        assert trouble is not None
        assert "malformed" in trouble["trouble"]
    assert gateway.transfers() == []
    for path in gateway.everywhere_else():
        assert b"canary in the mine" not in content_of(path), path


def test_boards_say_what_the_console_cannot_find_out_itself(gateway: Gateway) -> None:
    with beside(gateway) as store:
        wait_for(lambda: pinned(store.boards, DaemonBoard), "the daemon")
        ask_refresh(store.parcels, DoctorBoard.name, CLOCK.now())
        shapes: list[type[Shape]] = [DaemonBoard, PolicyBoard, KeysBoard, QueueBoard, DoctorBoard]
        found = {shape.name: wait_for(lambda s=shape: pinned(store.boards, s), shape.name) for shape in shapes}  # type: ignore[misc]
        policy, doctor = found["policy"].value, found["doctor"].value
        assert isinstance(policy, PolicyBoard)
        assert gateway.ask_json("policy", "status")[0]["in_force"] == policy.in_force
        files = store.policies.files(policy.in_force)
        assert {*policy.decide, *policy.classify} == set(files)
        assert isinstance(doctor, DoctorBoard)
        assert doctor.trouble == ""
        assert any("SQLite" in each.what for each in doctor.lines)
        before = found["keys"].at
        ask_refresh(store.parcels, KeysBoard.name, CLOCK.now())

        def newer() -> bool:
            board = pinned(store.boards, KeysBoard)
            return board is not None and board.at > before

        wait_for(newer, "the keys put up anew")
        assert gateway.stop() == 0
        assert pinned(store.boards, DaemonBoard) is None


def test_a_decision_over_many_is_carried_out_one_by_one_within_its_person_s_rights(gateway: Gateway) -> None:
    for number in range(3):
        gateway.drop(f"tool{number}.bin", b"\x7fELF" + bytes(range(256)) + bytes([number]))
    with beside(gateway) as store:
        transfers = held(gateway, store, 3)
        alice = person(store, "Alice", Role.REVIEWER)
        store.transfers.instruct(filed(transfers[0], Act.RELEASE, alice, stop_within=timedelta(hours=1)))
        bulk = Bulk(
            id=serial("b"), person_id=alice.id, at=CLOCK.now(), state=BulkState.RUNNING, act=Act.REFUSE,
            reason="sent to the wrong partner", query="", total=3,
        )  # fmt: skip
        store.bulks.create(bulk, HeldQuery(), store.bulks.seen(HeldQuery()))
        done = wait_for(
            lambda: b if (b := store.bulks.get(bulk.id)).state is BulkState.FINISHED else None, "the decision over many"
        )
        assert (done.done, done.failed) == (3, 1)
        by_result = {each.transfer_id: each for each in store.bulks.items(bulk.id).rows}
        assert by_result[transfers[0].id].result is Result.MISSED
        assert "filed a release" in by_result[transfers[0].id].words
        wait_for(lambda: sorted(gateway.states()) == ["held", "refused", "refused"], "two refusals")


def test_a_question_goes_to_the_sender_and_their_answer_stands_beside_it(gateway: Gateway) -> None:
    gateway.drop("plan.docx", RESTRICTED)
    with beside(gateway) as store:
        (transfer,) = held(gateway, store)
        alice = person(store, "Alice", Role.REVIEWER)
        store.transfers.instruct(filed(transfer, Act.ASK, alice, "who agreed to this?"))
        wait_for(lambda: any("who agreed to this?" in each for each in gateway.notices()), "the question")
        store.transfers.instruct(
            Instruction(
                id=serial("i"), transfer_id=transfer.id, delivery_id=transfer.deliveries[0].id, act=Act.REPLY,
                officer=STAFF, officer_address=STAFF, reason="the data owner did", at=CLOCK.now(),
            )
        )  # fmt: skip
        answered = wait_for(
            lambda: [each for each in store.transfers.get(transfer.id).questions if each.passed_on], "the answer"
        )
        assert [each.answer for each in answered] == ["the data owner did"]
        assert "question:answered" in events(gateway, transfer)
        folder = gateway.home / "state" / "notices-for-officers"
        told = wait_for(
            lambda: [text for text in read(folder) if "Your question was answered" in text] and read(folder),
            "officers told",
        )
        assert all("the data owner did" not in text for text in told)
        assert gateway.states() == ["held"], "an answer decides nothing"


def read(folder: Path) -> list[str]:
    return [path.read_text() for path in folder.rglob("*.txt")] if folder.exists() else []


def test_a_release_may_demand_more_than_the_rules_and_what_was_found_masked(gateway: Gateway, tmp_path: Path) -> None:
    """What would go to a secure domain by verified TLS goes sealed; a table goes without its numbers, or not at all."""
    gateway.drop("list.csv", LIST, to=WEBMAIL)
    gateway.drop("tool.bin", b"\x7fELF" + bytes(range(256)), to="friend@nhs.net")
    gateway.drop("plan.docx", docx([f"NHS number: {NHS_NUMBER}"]), to=WEBMAIL)
    with beside(gateway) as store:
        by_name = {each.parts[0].name: each for each in held(gateway, store, 3)}
    table, tool, plan = (by_name[name] for name in ("list.csv", "tool.bin", "plan.docx"))
    said = gateway.ask("held", "release", plan.id, "--reason", "no numbers needed", "--redact", code=1)
    assert "other formats cannot be written again faithfully" in said
    gateway.ask("held", "release", table.id, "--reason", "no numbers needed", "--redact")
    gateway.ask("held", "release", tool.id, "--reason", "but sealed", "--method", "zip")
    wait_for(lambda: sorted(gateway.states()) == ["delivered", "delivered", "held"], "two releases")
    methods = {each["parts"][0]["name"]: each["deliveries"][0]["method"] for each in gateway.transfers()}
    assert methods["tool.bin"] == "zip", "verified TLS alone would have been enough for the rules"
    (cleared,) = [
        each["facts"]
        for each in gateway.ask_json("ledger", "show", "--transfer", tool.id)
        if each["event"] == "delivery:cleared"
    ]
    assert {"seal:aes256", "tls:verified"} <= set(cleared["obligations"])
    assert "house/demanded" in cleared["rules"]
    clear = [path for path in gateway.delivered() if path.suffix == ".csv"]
    sealed = [path for path in gateway.delivered() if path.suffix == ".zip" and table.id in path.name]
    if sealed:
        (notice,) = wait_for(
            lambda: [each for each in gateway.notices() if table.id in each and "passphrase" in each], "the passphrase"
        )
        opened = opened_with_7z(tmp_path, sealed[0].name, sealed[0].read_bytes(), notice)
        (content,) = [content for name, content in opened.items() if name.endswith(".csv")]
    else:
        content = clear[0].read_bytes()
    assert NHS_NUMBER.encode() not in content
    assert content.startswith(b"Name;NHS number;Remark")
