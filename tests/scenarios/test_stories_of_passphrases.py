"""Passphrases as people live with them: by text message, agreed with a partner, and never where they do not belong."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.testing.documents import docx
from tests.integration.web_sink import WebSink, status
from tests.scenarios.gateway_process import ROOT, Gateway, content_of, wait_for, write_config
from tests.scenarios.test_crashes import crashing

pytestmark = [pytest.mark.network, pytest.mark.needs("7z"), pytest.mark.needs("gpg")]
FRIEND, PHONE = "friend@partner.example", "+447700900001"
PARTNER = """
  - id: friends
    says: Friends.
    kind: voluntary
    country: GB
    domains: [partner.example]
    opens: [7z, zip]
"""


def home_with(tmp_path: Path, sink: WebSink) -> Gateway:
    """Set a gateway up whose policy knows a partner and a telephone number, and whose gateway for texts is `sink`."""
    policies = tmp_path / "policies"
    shutil.copytree(ROOT / "policies", policies)
    with (policies / "partners.yaml").open("a") as partners:
        partners.write(PARTNER)
    with (policies / "addresses.yaml").open("a") as addresses:
        addresses.write(f"\nrecipients:\n  - {{address: {FRIEND}, phone: {PHONE}}}\n")
    config = write_config(tmp_path, policies=policies)
    with config.open("a") as settings:
        settings.write(f"passphrases:\n  channel: {{kind: sms, url: {sink.url()}, text: message}}\n")
    return Gateway(config)


@pytest.fixture
def sink() -> Iterator[WebSink]:
    with WebSink() as running:
        yield running


def texts(sink: WebSink) -> list[str]:
    """Return the words that were sent by text message."""
    assert all(each.form["to"] == PHONE for each in sink.posted)
    return [each.form["message"].rsplit(maxsplit=1)[-1] for each in sink.posted]


def opens(file: Path, words: str) -> bool:
    """Say whether 7-Zip opens a file with these words."""
    done = subprocess.run(["7z", "t", f"-p{words}", str(file)], capture_output=True, check=False)
    return done.returncode == 0


def holding(gateway: Gateway, words: str) -> list[Path]:
    """Return every file of the installation with these words in it."""
    files = [*gateway.everywhere_else(), *gateway.delivered(), *(gateway.home / "policies").rglob("*.yaml")]
    return [path for path in files if words.encode() in content_of(path)]


def on_a_terminal(gateway: Gateway, *arguments: str) -> str:
    """Run a command as a person does, and return what the terminal showed."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "gateway", "--config", str(gateway.config), *arguments]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                piece = os.read(ours, 4096)
            except OSError:  # the terminal is gone with the program
                break
            if not piece:
                break
            shown += piece
        os.close(ours)
    assert process.returncode == 0, shown
    return shown.decode()


def test_a_recipient_gets_the_words_by_text_message_and_the_sender_reads_that_they_did(
    tmp_path: Path, sink: WebSink
) -> None:
    gateway = home_with(tmp_path, sink)
    gateway.start()
    gateway.drop("plan.docx", docx(["A letter."], header="PROTECT"))
    (transfer,) = gateway.settled(1)
    (words,) = texts(sink)
    (file,) = gateway.delivered()
    assert file.suffix == ".7z", "what the partner opens comes before the order of the house"
    assert opens(file, words)
    (notice,) = gateway.notices()
    assert "The passphrase was sent to +44…001 by text message." in notice
    asked = [("ledger", "show"), ("transfers", "show", transfer["id"], "--json"), ("transfers", "show", transfer["id"])]
    for said in (notice, *(gateway.ask(*each) for each in asked)):
        assert words not in said
        assert PHONE not in said
    assert gateway.stop() == 0
    assert holding(gateway, words) == []


def test_killed_around_the_telling_the_recipient_learns_the_one_passphrase_and_nothing_of_it_is_left(
    tmp_path: Path, sink: WebSink
) -> None:
    gateway = home_with(tmp_path, sink)
    gateway.log.touch()
    gateway.drop("plan.docx", docx(["A letter."], header="PROTECT"))
    with crashing(gateway.config) as crash:
        assert crash("after", 4) == -9, "received, sealed, attempted, and delivered with what is to be told"
        assert sink.posted == []
        assert crash("before", 1) == -9, "told, and dead before that is recorded"
        assert crash("after", 1) == -9, "told again and recorded, and dead before what need not be kept is destroyed"
        assert crash("before", 2) == -9, "the sender's notice is written and handed over, and dead again"
        assert crash("never", 0) == 0
    told = texts(sink)
    assert len(told) == 2
    assert len(set(told)) == 1, "telling again tells the same"
    assert len({each.headers["idempotency-key"] for each in sink.posted}) == 1
    (file,) = gateway.delivered()
    assert opens(file, told[0])
    assert sum("The passphrase was sent to" in notice for notice in gateway.notices()) == 1
    assert holding(gateway, told[0]) == []
    assert "verified" in gateway.ask("ledger", "verify")
    sent = [each for each in gateway.ask_json("ledger", "show") if each["event"] == "notice:sent"]
    assert [each["facts"]["about"] for each in sent] == ["passphrase:sms", "delivered"]


def test_while_the_gateway_for_texts_is_down_nobody_is_given_it_and_then_the_sender_is(
    tmp_path: Path, sink: WebSink
) -> None:
    sink.answer = status(503, body=b"down for maintenance")
    gateway = home_with(tmp_path, sink)
    gateway.start()
    gateway.drop("plan.docx", docx(["A letter."], header="PROTECT"))
    wait_for(lambda: len(sink.posted) > 1, "a second try")
    assert gateway.notices() == []
    assert gateway.stop() == 0
    patient = gateway.config.read_text()
    gateway.config.write_text(patient.replace("give_up_after: 1 h", "give_up_after: 2 s"))
    gateway.start()
    gateway.settled(1)
    (notice,) = gateway.notices()
    words = texts(sink)[0]
    assert "could not be sent to +44…001 by text message" in notice
    assert words in notice
    assert gateway.stop() == 0
    assert [path.suffix for path in holding(gateway, words)] == [".txt"]
    assert "503" in gateway.log.read_text()


def test_what_was_agreed_with_a_partner_opens_all_that_follows_until_it_is_removed(
    tmp_path: Path, sink: WebSink
) -> None:
    gateway = home_with(tmp_path, sink)
    gateway.start()
    shown = on_a_terminal(gateway, "passphrases", "set", "friends")
    words = next(line.strip() for line in shown.splitlines() if line.startswith("    "))
    for name in ("one.docx", "two.docx"):
        gateway.drop(name, docx(["A letter."], header="PROTECT"))
    gateway.settled(2)
    assert [opens(file, words) for file in gateway.delivered()] == [True, True]
    assert sink.posted == []
    assert all("It opens with the passphrase agreed with friends." in notice for notice in gateway.notices())
    assert "friends" in gateway.ask("passphrases", "list")
    assert words not in gateway.ask("ledger", "show")
    gateway.ask("passphrases", "remove", "friends")
    gateway.drop("three.docx", docx(["A letter."], header="PROTECT"))
    gateway.settled(3)
    assert len(texts(sink)) == 1
    assert sorted(opens(file, words) for file in gateway.delivered()) == [False, True, True]
    events = [each["event"] for each in gateway.ask_json("ledger", "show")]
    assert (events.count("passphrase:agreed"), events.count("passphrase:removed")) == (1, 1)
    assert gateway.stop() == 0
    assert holding(gateway, words) == []
