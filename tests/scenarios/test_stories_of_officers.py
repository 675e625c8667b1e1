"""What security officers live through: review, release, refuse, verify."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gateway.testing.documents import docx
from tests.scenarios.gateway_process import FRIEND, STAFF, Gateway, wait_for
from tests.unit.protect.keymaking import key_maker

pytestmark = [pytest.mark.network, pytest.mark.needs("7z"), pytest.mark.needs("gpg")]
LETTER = ["Dear colleague,", "The plan for the spring term is attached."]
UNREADABLE = b"\x7fELF" + bytes(range(256))


def held_id(gateway: Gateway) -> str:
    (transfer,) = wait_for(lambda: gateway.ask_json("held", "list"), "something held")
    return str(transfer["id"])


def test_a_release_is_decided_again_and_what_was_not_seen_goes_sealed(gateway: Gateway) -> None:
    gateway.drop("tool.bin", UNREADABLE)
    held = held_id(gateway)
    shown = gateway.ask("held", "show", held)
    assert "unsupported" in shown
    gateway.ask("held", "release", held, "--reason", "checked by hand")
    (transfer,) = wait_for(
        lambda: [each for each in gateway.transfers() if each["state"] == "finished"], "the released transfer"
    )
    (delivery,) = transfer["deliveries"]
    assert (delivery["state"], delivery["method"]) == ("delivered", "zip")


def test_a_release_of_a_restricted_document_is_decided_again_and_held_again(gateway: Gateway) -> None:
    gateway.drop("plan.docx", docx(LETTER, header="RESTRICTED"))
    held = held_id(gateway)
    gateway.ask("held", "release", held, "--reason", "I insist")
    wait_for(
        lambda: [
            e for e in gateway.ask_json("ledger", "show", "--transfer", held) if e["event"] == "delivery:released"
        ],
        "the release in the ledger",
    )
    gateway.settled(1)
    assert gateway.states() == ["held"]
    assert gateway.delivered() == []


def test_a_refusal_ends_it_and_the_sender_is_told_the_reason(gateway: Gateway) -> None:
    gateway.drop("plan.docx", docx(LETTER, header="RESTRICTED"))
    held = held_id(gateway)
    gateway.ask("held", "refuse", held, "--reason", "wrong recipient")
    wait_for(lambda: gateway.states() == ["refused"], "the refusal")
    gateway.settled(1)
    assert any("wrong recipient" in notice for notice in gateway.notices())


def test_nobody_releases_their_own(gateway: Gateway, tmp_path: Path) -> None:
    file = tmp_path / "tool.bin"
    file.write_bytes(UNREADABLE)
    gateway.ask("send", str(file), "--from", "officer@exampleshire.example", "--to", FRIEND)
    held = held_id(gateway)
    said = gateway.ask("held", "release", held, "--reason", "it is mine", code=1)
    assert "party to" in said
    assert gateway.states() == ["held"]


def test_who_holds_a_role_is_told_what_was_escalated_to_it_and_who_did_it_is_not(gateway: Gateway) -> None:
    gateway.ask("people", "add", "Alex Approver", "alex@exampleshire.example", "--role", "approver")
    gateway.drop("tool.bin", UNREADABLE)
    held = held_id(gateway)
    gateway.ask("held", "escalate", held, "--role", "approver")

    def told() -> list[str]:
        texts = [path.read_text() for path in gateway.home.rglob("notices-for-officers/officers/*.txt")]
        return [each for each in texts if "Escalated to approver: 1 delivery" in each]

    (text,) = wait_for(told, "the notice to the approver")
    assert "First Officer asks those who hold the role approver" in text
    assert f"/quarantine/{held}/" in text


def test_an_approved_key_is_used_instead_of_a_passphrase_and_an_unapproved_one_is_not(
    gateway: Gateway, tmp_path: Path
) -> None:
    letter = docx(LETTER, header="PROTECT")
    with key_maker() as keys:
        fingerprint, certificate = keys.good(user=f"Friend <{FRIEND}>")
        (tmp_path / "friend.asc").write_bytes(certificate)
        gateway.ask("keys", "import", str(tmp_path / "friend.asc"))
        gateway.drop("before.docx", letter)
        gateway.settled(1)
        gateway.ask("keys", "approve", fingerprint)
        gateway.drop("after.docx", letter)
        transfers = gateway.settled(2)
        methods = {each["parts"][0]["name"]: each["deliveries"][0]["method"] for each in transfers}
        assert methods == {"before.docx": "zip", "after.docx": "pgp"}
        sealed = next(path for path in gateway.delivered() if path.suffix == ".pgp")
        assert letter not in sealed.read_bytes()
        assert keys.decrypt(sealed.read_bytes()) == letter
    (entry,) = [
        each
        for each in gateway.ask_json("ledger", "show")
        if each["event"] == "delivery:sealed" and each["facts"]["method"] == "pgp"
    ]
    assert entry["facts"]["cipher"] == "AES-256"
    assert gateway.ask_json("keys", "list")[0]["approved_by"] == "First Officer"


def test_the_ledger_tells_every_threshold_and_verifies_on_a_copy(gateway: Gateway, tmp_path: Path) -> None:
    gateway.drop("plan.docx", docx(LETTER, header="PROTECT"))
    (transfer,) = gateway.settled(1)
    assert gateway.stop() == 0
    events = [entry["event"] for entry in gateway.ask_json("ledger", "show", "--transfer", transfer["id"])]
    assert events == [
        "transfer:received",
        "transfer:inspected",
        "delivery:cleared",
        "delivery:sealed",
        "delivery:attempted",
        "delivery:delivered",
        "disclosure:recorded",
        "notice:sent",
        "transfer:finished",
    ]
    copy = tmp_path / "copy"
    gateway.ask("ledger", "export", str(copy))
    key = (copy / "ledger.vkey").read_text().strip()
    assert "verified: 10 entries" in gateway.ask("ledger", "verify", "--copy", str(copy), "--key", key)
    bundle = next(path for path in (copy / "tile" / "entries").rglob("*") if path.is_file())
    bundle.write_bytes(bundle.read_bytes().replace(b"delivered", b"delivereD", 1))
    assert "does not" in gateway.ask("ledger", "verify", "--copy", str(copy), "--key", key, code=1)
    shutil.rmtree(copy)


def test_a_second_daemon_on_the_same_state_is_refused(gateway: Gateway) -> None:
    assert "another gateway runs" in gateway.ask("run", code=1)


def test_commands_about_nothing_say_so(gateway: Gateway) -> None:
    assert "t-00000000" in gateway.ask("held", "show", "t-00000000", code=4)
    assert gateway.ask("nonsense", code=2)
    assert STAFF not in gateway.log.read_text()
