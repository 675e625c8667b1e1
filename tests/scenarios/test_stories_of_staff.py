"""What staff live through: drop a file, send a mail, ask first; and what they are told."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from gateway.testing.documents import docx, mail
from tests.scenarios.gateway_process import FRIEND, STAFF, Gateway, without_ids

pytestmark = [pytest.mark.network, pytest.mark.needs("7z"), pytest.mark.needs("gpg")]
NUMBER = "943 476 5919"
LETTER = ["Dear colleague,", "The plan for the spring term is attached."]


def passphrase_in(notice: str) -> str:
    found = re.search(r"\n\n {4}(\S+)\n", notice)
    assert found, notice
    return found[1]


def test_a_harmless_file_leaves_the_folder_and_arrives_as_it_was(gateway: Gateway) -> None:
    dropped = gateway.drop("minutes.txt", b"Minutes of the flower show\n")
    (transfer,) = gateway.settled(1)
    assert transfer["deliveries"][0]["state"] == "delivered"
    assert not dropped.exists()
    (arrived,) = gateway.delivered()
    assert arrived.read_bytes() == b"Minutes of the flower show\n"
    (notice,) = gateway.notices()
    assert "'minutes.txt' was handed over" in notice


def test_a_protect_document_for_a_public_address_arrives_as_aes_256_that_7z_opens(
    gateway: Gateway, tmp_path: Path
) -> None:
    content = docx(LETTER, header="PROTECT - PERSONAL")
    gateway.drop("Case J Smith.docx", content)
    gateway.settled(1)
    (sealed,) = gateway.delivered()
    assert "Smith" not in sealed.name
    listing = subprocess.run(["7z", "l", "-slt", str(sealed)], capture_output=True, text=True, check=True).stdout
    assert "AES-256" in listing
    assert "Smith" not in listing
    (notice,) = gateway.notices()
    word = passphrase_in(notice)
    target = tmp_path / "opened"
    opened = ["7z", "x", f"-o{target}", str(sealed)]
    subprocess.run(opened, input=f"{word}\n", capture_output=True, text=True, check=True)
    assert content in [path.read_bytes() for path in target.iterdir()]
    wrong = subprocess.run(["7z", "t", str(sealed)], input="wrong\n", capture_output=True, text=True, check=False)
    assert wrong.returncode != 0
    assert word.encode() not in sealed.read_bytes()
    (page,) = gateway.pages()
    told = page.read_text()
    assert "7-Zip" in told
    assert sealed.name.partition("-secure-")[2] in told
    assert word not in told
    assert "Smith" not in told


def test_a_restricted_document_is_held_and_the_sender_is_told_why(gateway: Gateway) -> None:
    gateway.drop("plan.docx", docx(LETTER, header="RESTRICTED"))
    (transfer,) = gateway.settled(1)
    assert transfer["deliveries"][0]["state"] == "held"
    assert gateway.delivered() == []
    (notice,) = gateway.notices()
    assert "has not been sent" in notice
    assert "RESTRICTED" in notice
    assert "it.help@exampleshire.example" in notice


def test_personal_data_without_a_marking_is_sealed_for_a_public_address(gateway: Gateway) -> None:
    gateway.drop("list.txt", f"NHS Number: {NUMBER}\nNI number: AB 12 34 56 C\n".encode())
    gateway.settled(1)
    (sealed,) = gateway.delivered()
    assert sealed.suffix == ".zip"
    assert NUMBER.encode() not in sealed.read_bytes()
    assert "943" not in without_ids("".join(gateway.notices()))


def test_what_cannot_be_inspected_is_held(gateway: Gateway, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("nobody can see this")
    locked = tmp_path / "locked.zip"
    sealing = ["7z", "a", "-tzip", "-mem=AES256", "-pword", str(locked), str(tmp_path / "secret.txt")]
    subprocess.run(sealing, capture_output=True, check=True)
    gateway.drop("locked.zip", locked.read_bytes())
    gateway.drop("program.bin", b"\x7fELF" + bytes(range(256)))
    transfers = gateway.settled(2)
    assert [each["deliveries"][0]["state"] for each in transfers] == ["held", "held"]
    assert {gap["kind"] for each in transfers for gap in each["gaps"]} >= {"encrypted", "unsupported"}


def test_a_dropped_folder_is_one_transfer(gateway: Gateway) -> None:
    place = gateway.home / "outbound" / "to" / FRIEND
    scratch = gateway.home / "pack"
    (scratch / "inner").mkdir(parents=True)
    (scratch / "one.txt").write_text("one")
    (scratch / "inner" / "two.txt").write_text("two")
    place.mkdir(parents=True)
    scratch.rename(place / "pack")
    (transfer,) = gateway.settled(1)
    assert sorted(part["name"] for part in transfer["parts"]) == ["pack/inner/two.txt", "pack/one.txt"]
    assert len(gateway.delivered()) == 2


def test_a_mail_is_decided_for_each_recipient_by_itself(gateway: Gateway) -> None:
    message = mail(STAFF, FRIEND, "Minutes", "PROTECT\n\nThe figures are below.\n")
    gateway.mail(message, to=[FRIEND, "colleague@exampleshire.example"])
    (transfer,) = gateway.settled(1)
    by_recipient = {each["recipient"]: each for each in transfer["deliveries"]}
    assert by_recipient[FRIEND]["method"] == "zip"
    assert by_recipient["colleague@exampleshire.example"]["method"] == "none"
    assert {each["state"] for each in transfer["deliveries"]} == {"delivered"}


def test_an_ordinary_mail_goes_as_it_was_and_nobody_is_bothered(gateway: Gateway) -> None:
    message = mail(STAFF, FRIEND, "Minutes", "The flower show was a success.\n")
    gateway.mail(message)
    gateway.settled(1)
    (arrived,) = gateway.delivered()
    assert arrived.read_bytes().endswith(message)
    assert gateway.notices() == []


def test_send_from_the_command_line_is_the_same_door(gateway: Gateway, tmp_path: Path) -> None:
    note = tmp_path / "note.txt"
    note.write_text("a plain note")
    (accepted,) = gateway.ask_json("send", str(note), "--from", STAFF, "--to", FRIEND)
    (transfer,) = gateway.settled(1)
    assert transfer["id"] == accepted["id"]
    assert [path.read_text() for path in gateway.delivered()] == ["a plain note"]


def test_explain_says_beforehand_what_would_happen_and_sends_nothing(gateway: Gateway, tmp_path: Path) -> None:
    document = tmp_path / "plan.docx"
    document.write_bytes(docx(LETTER, header="RESTRICTED"))
    (explained,) = gateway.ask_json("explain", str(document), "--from", STAFF, "--to", FRIEND, code=10)
    assert explained["effective_tier"] == "RESTRICTED"
    (recipient,) = explained["recipients"]
    assert recipient["outcome"] == "quarantine"
    assert recipient["reasons"][0]["file"].endswith(".yaml")
    assert recipient["reasons"][0]["line"] > 0
    assert gateway.transfers() == []


def test_a_sender_who_asks_for_encryption_gets_it(gateway: Gateway) -> None:
    gateway.mail(mail(STAFF, FRIEND, "[secure] Minutes", "Nothing special.\n"))
    (transfer,) = gateway.settled(1)
    assert transfer["deliveries"][0]["method"] == "zip"


def test_a_file_that_is_still_being_written_waits(gateway: Gateway) -> None:
    folder = gateway.home / "outbound" / "to" / FRIEND
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "slow.txt").open("w") as writer:
        for _ in range(4):
            writer.write("another line\n")
            writer.flush()
            assert gateway.transfers() == []
    (transfer,) = gateway.settled(1)
    assert transfer["parts"][0]["size"] == 4 * len("another line\n")
