"""`gateway explain` takes a mail as the mail door does: what its header asks for, and whom its recipients see."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.explaining import read_draft
from gateway.errors import NotAccepted
from gateway.system.sandbox import describe_kernel
from tests.unit.cli.asking import ask

SENDER, FRIEND = "staff@exampleshire.example", "friend@partner.example"
MANY = ", ".join(f"Person {number} <p{number}@firm{number}.example>" for number in range(40))
needs_walls = pytest.mark.skipif(not all(describe_kernel().values()), reason="this kernel has no landlock or seccomp")


def mail(folder: Path, *fields: str, name: str = "draft.eml") -> Path:
    """Write a mail as editors keep it, its lines ended as they are on this machine."""
    path = folder / name
    path.write_text("\n".join([f"From: {SENDER}", *fields, "", "To: nobody@body.example", "See you at noon."]))
    return path


def explained(config: Path, *words: str) -> dict[str, Any]:
    said = ask(config, "explain", *words, "--from", SENDER, "--to", FRIEND, "--json")
    assert said.code in {0, 10}, said.err
    (recipient,) = json.loads(said.out)["recipients"]
    assert isinstance(recipient, dict)
    return recipient


def test_a_draft_says_what_the_header_says_and_hides_what_is_for_the_gateway(tmp_path: Path) -> None:
    path = mail(
        tmp_path, "To: a@b.example,", " C <C@D.example>", "Subject: =?utf-8?q?caf=C3=A9?=",
        "X-Transfer-Reason: referral 114", "X-Transfer-Consent: given", "X-Gateway-Password: quetzal",
        "In-Reply-To: <t-1.d-1@gateway.example>",
    )  # fmt: skip
    draft = read_draft([path])
    assert draft is not None
    assert (draft.subject, draft.reason, draft.consent) == ("café", "referral 114", "given")
    assert draft.shown == {"a@b.example", "c@d.example"}
    assert (draft.passwords, draft.refers_to) == (("quetzal",), ("t-1.d-1@gateway.example",))
    assert b"quetzal" not in draft.content
    assert b"\n" not in draft.content.replace(b"\r\n", b"")


def test_several_files_and_other_kinds_are_no_draft(tmp_path: Path) -> None:
    path = mail(tmp_path, "Subject: x")
    assert read_draft([path, path]) is None
    assert read_draft([mail(tmp_path, "Subject: x", name="draft.txt")]) is None
    assert read_draft([tmp_path / "none.eml"]) is None


def test_what_the_door_would_refuse_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotAccepted, match="not understood"):
        read_draft([mail(tmp_path, "X-Transfer-Consent: perhaps")])


@needs_walls
def test_the_subject_of_a_mail_asks_for_a_seal_unless_another_is_given(config: Path, tmp_path: Path) -> None:
    path = str(mail(tmp_path, f"To: {FRIEND}", "Subject: [secure] Lunch"))
    assert "seal:aes256" in explained(config, path)["obligations"]
    assert "seal:aes256" not in explained(config, path, "--subject", "Lunch")["obligations"]


@needs_walls
def test_whom_everybody_would_see_counts(config: Path, tmp_path: Path) -> None:
    rules = {each["rule"] for each in explained(config, str(mail(tmp_path, f"Cc: {MANY}")))["reasons"]}
    assert "recipient/all-in-sight" in rules
    hidden = {each["rule"] for each in explained(config, str(mail(tmp_path, f"Bcc: {MANY}")))["reasons"]}
    assert "recipient/all-in-sight" not in hidden


@needs_walls
def test_a_passphrase_that_could_not_be_told_by_mail_is_not_offered(config: Path, tmp_path: Path) -> None:
    channels = "channels:\n  relay: {kind: smtp, host: 127.0.0.1, tls: none}\n"
    text = config.read_text().replace("channels:\n", channels).replace("channel: folder", "channel: relay")
    config.write_text(text)
    path = str(mail(tmp_path, f"To: {FRIEND}", "Subject: [secure] Lunch"))
    words = ("explain", path, "--to", FRIEND, "--json", "--from")
    inside, outside = (json.loads(ask(config, *words, sender).out) for sender in (SENDER, "me@elsewhere.example"))
    assert inside["recipients"][0]["outcome"] == "deliver"
    assert outside["recipients"][0]["outcome"] == "quarantine"
