"""Law 8 on a whole gateway: content planted everywhere shows up nowhere but where it is meant to go."""

from __future__ import annotations

import pytest

from gateway.testing.documents import docx, mail
from tests.scenarios.gateway_process import FRIEND, STAFF, Gateway

pytestmark = [pytest.mark.network, pytest.mark.needs("7z"), pytest.mark.needs("gpg")]
CANARY = "CANARYQUETZAL"
NUMBER = "943 476 5919"


def test_content_shows_up_in_no_log_notice_ledger_list_or_stored_file(gateway: Gateway) -> None:
    text = f"{CANARY} lives with her mother.\nNHS Number: {NUMBER}\n"
    gateway.mail(mail(STAFF, FRIEND, f"About {CANARY}", text, [("plan.docx", docx([text], header="PROTECT"))]))
    gateway.mail(mail(STAFF, FRIEND, "Plan", f"RESTRICTED\n\n{text}"))
    gateway.drop("locked.bin", b"\x7fELF" + CANARY.encode() * 10)
    gateway.drop("list.txt", text.encode())
    transfers = gateway.settled(4)
    said = [
        gateway.ask("held", "list"),
        gateway.ask("transfers", "list"),
        gateway.ask("ledger", "show"),
        *(gateway.ask("transfers", "show", each["id"]) for each in transfers),
        *(gateway.ask("transfers", "show", each["id"], "--json") for each in transfers),
        *gateway.notices(),
    ]
    for words in said:
        assert CANARY not in words
        assert NUMBER not in words
        assert NUMBER.replace(" ", "") not in words
    assert gateway.stop() == 0
    for path in (*gateway.everywhere_else(), *gateway.delivered()):
        stored = path.read_bytes() + str(path).encode()
        assert CANARY.encode() not in stored, path
        assert NUMBER.encode() not in stored, path


def test_the_passphrase_is_in_the_notice_and_nowhere_else(gateway: Gateway) -> None:
    gateway.drop("plan.docx", docx(["A letter."], header="PROTECT"))
    (transfer,) = gateway.settled(1)
    (notice,) = gateway.notices()
    word = next(line.strip() for line in notice.splitlines() if line.startswith("    "))
    assert len(word.split("-")) >= 6
    for words in (gateway.ask("ledger", "show"), gateway.ask("transfers", "show", transfer["id"], "--json")):
        assert word not in words
    assert gateway.stop() == 0
    for path in (*gateway.everywhere_else(), *gateway.delivered()):
        assert word.encode() not in path.read_bytes() or path.suffix == ".txt", path
