"""The section `mail.privacy`, and the channels that keep the word that asks for encryption."""

from __future__ import annotations

from pathlib import Path

from gateway.config.load import load_settings
from gateway.config.privacy import PrivacySettings
from gateway.daemon.assembly import keep_triggers
from gateway.protect.outward import Privacy, Trace

SMALLEST = """\
organisation: {name: Us, help: h, internal_domains: [us.example]}
folders: {sender: s@us.example}
officers: [{name: O, address: o@us.example}]
channels:
  internet: {kind: folder, path: out}
  relay: {kind: smtp, host: relay.us.example, tls: encrypt}
  nhsmail: {kind: smtp, host: send.nhs.example, tls: verify, keep_trigger: true}
"""


def test_only_a_channel_that_says_so_keeps_the_word(tmp_path: Path) -> None:
    path = tmp_path / "config" / "gateway.yaml"
    path.parent.mkdir()
    path.write_text(SMALLEST + "mail: {privacy: {received: anonymise, headers: [X-Mailer, X-Source-*]}}\n")
    settings = load_settings(path)
    assert list(keep_triggers(settings)) == ["nhsmail"]
    assert settings.mail.privacy.privacy(frozenset({"nhsmail"})) == Privacy(
        received=Trace.ANONYMISE, fields=("X-Mailer", "X-Source-*"), wish_kept=frozenset({"nhsmail"})
    )


def test_without_a_word_of_it_the_trace_stays_and_what_mail_servers_write_for_themselves_goes() -> None:
    assert PrivacySettings().privacy(frozenset()) == Privacy()
