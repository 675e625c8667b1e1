"""What `gateway explain` says of sealing: the method, how its passphrase would be told, or why none works."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.cli.channel_doctor import examine_collectors, examine_second_channel
from gateway.config.load import load_settings
from gateway.daemon.planned import AgreedNames, Planned, plan
from gateway.errors import NotFound
from gateway.model.verdict import Obligation, Outcome, Verdict
from gateway.protect import Encryptor
from gateway.protect.passphrase import Agreements
from gateway.protect.seal import Protector
from gateway.record.passphrases import SecondChannel
from gateway.store.embedded import create_keys
from gateway.testing.values import a_verdict
from tests.unit.config.test_config_load import SMALLEST, written
from tests.unit.protect.test_choice import ByKey, ByWords

PHONE, TO = "+447700900001", "alice@partner.example"
VERDICT = replace(a_verdict(), recipient=TO, outcome=Outcome.DELIVER, obligations=frozenset({Obligation.SEAL_AES256}))


def planned(
    verdict: Verdict = VERDICT, *encryptors: Encryptor, phone: str = "", agreed: bool = False, may_tell: bool = True
) -> Planned:
    second = SecondChannel(kind="sms", called="text message", contact_of=lambda _: phone)
    names = AgreedNames(["trust"] if agreed else [])
    passphrases = Agreements(names, partner_of=lambda _: "trust", contact_of=second.contact_of)
    protector = Protector("Council", encryptors or (ByWords("zip"),), passphrases=passphrases)
    can = protector.can(TO, may_tell=may_tell)
    return plan(protector, second, verdict, may_tell=may_tell, can=can)


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (planned(), "would be sealed as zip, its passphrase told by the sender"),
        (planned(phone=PHONE), "would be sealed as zip, its passphrase sent to +44…001 by text message"),
        (planned(agreed=True), "would be sealed as zip, opened with the passphrase agreed with their organisation"),
        (planned(VERDICT, ByKey("pgp"), ByWords("zip")), "would be sealed as pgp"),
        (planned(replace(VERDICT, obligations=frozenset())), ""),
        (planned(replace(VERDICT, outcome=Outcome.QUARANTINE)), ""),
    ],
)
def test_it_says_which_and_how(found: Planned, sentence: str) -> None:
    assert found.sentence() == sentence
    assert PHONE not in str(found.plain())


@pytest.mark.parametrize("owed", ["seal:not:zip", "passphrase:other-channel"])
def test_it_says_why_none_works(owed: str) -> None:
    found = planned(replace(VERDICT, obligations=VERDICT.obligations | {owed}))
    assert found.sentence().startswith("would be held: no sealing method works for this recipient (zip ")
    assert found.plain()["can"] == ["zip"], "they can open it: it is the rule that bars it"
    assert found.plain()["sealed_as"] == ""


def test_what_is_agreed_is_never_read_here() -> None:
    with pytest.raises(NotFound):
        AgreedNames(["trust"]).read("trust")


@pytest.mark.parametrize(
    ("channel", "state", "said"),
    [
        ("", "ok", "told by senders"),
        ("{kind: command, command: [/bin/cat]}", "ok", "told by the second channel"),
        ("{kind: command, command: [/nowhere/tell]}", "wrong", "/nowhere/tell is not installed"),
        ("{kind: sms, url: 'https://sms.example/'}", "ok", "told by text message"),
        ("{kind: sms, url: 'https://sms.example/', token: {file: none}}", "wrong", "none"),
        ("{kind: http, url: 'https://h.example/', ca_file: none.pem}", "wrong", "none.pem cannot be read"),
    ],
)
def test_the_doctor_says_what_would_keep_it_from_telling(tmp_path: Path, channel: str, state: str, said: str) -> None:
    section = f"passphrases: {{channel: {channel}}}\n" if channel else ""
    (found,) = examine_second_channel(load_settings(written(tmp_path, SMALLEST + section)))
    assert found[0] == state
    assert said in found[1]


def test_the_doctor_says_what_would_keep_collectors_from_being_told(tmp_path: Path) -> None:
    section = "siem: {soc: {to: 'tls://siem.example:6514', ca_file: none.pem}}\n"
    settings = load_settings(written(tmp_path, SMALLEST + section))
    create_keys(settings.paths.state)
    ((state, what, fix),) = examine_collectors(settings)
    assert state == "wrong"
    assert "none.pem" in what
    assert fix
    assert not [*examine_collectors(settings.model_copy(update={"siem": {}}))]
