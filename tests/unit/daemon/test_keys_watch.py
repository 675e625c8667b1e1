"""Officers are told weeks ahead that a key runs out: once for each thing that is new, whatever restarts between."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gateway.config.load import load_settings
from gateway.config.settings import Settings
from gateway.daemon.keys_watch import KeysWatch
from gateway.deliver import Channel
from gateway.errors import TryLater
from gateway.protect.keys.ring import KeyRing
from tests.scenarios.gateway_process import wait_for, write_config
from tests.unit.protect.x509making import NOW, Authority, names, pem, trust, usage

OFFICER = "Olive Officer"
NONE: Mapping[str, Channel] = {}


class Moved:
    """A clock that is moved by hand. Certificates are judged by the machine's, and so are good throughout."""

    def __init__(self) -> None:
        self.moment = NOW

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return 0.0


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    config = write_config(tmp_path)
    config.write_text(config.read_text() + "\nkeys: {authorities: authorities}\n")
    settings = load_settings(config)
    settings.paths.state.mkdir(parents=True, exist_ok=True)
    (settings.paths.state / "keys").mkdir(exist_ok=True)
    return settings


@pytest.fixture
def root(settings: Settings) -> Authority:
    root = Authority("Root")
    trust(settings.home / "authorities", root)
    return root


def approve(settings: Settings, root: Authority, name: str, days: float) -> str:
    ring: KeyRing = settings.keys.ring(settings.paths.state)
    certificate = root.issue(None, [usage("key_encipherment"), names(f"{name}@partner.example")], days=(-10, days))
    fingerprint = ring.import_key(pem(certificate), NOW).fingerprint
    ring.approve(fingerprint, OFFICER, NOW)
    return fingerprint


def notices(settings: Settings) -> list[str]:
    folder = settings.paths.state / "notices-for-officers" / "keys"
    return [path.read_text() for path in sorted(folder.glob("*.txt"))] if folder.exists() else []


def test_a_key_with_time_enough_is_nobodys_concern(settings: Settings, root: Authority) -> None:
    approve(settings, root, "alice", 40)
    KeysWatch(settings, NONE, Moved()).look()
    assert notices(settings) == []
    assert not (settings.paths.state / "keys" / "recipients-told.json").exists()


def test_officers_are_told_once_and_again_when_it_is_urgent(settings: Settings, root: Authority) -> None:
    fingerprint = approve(settings, root, "alice", 20)
    clock = Moved()
    KeysWatch(settings, NONE, clock).look()
    KeysWatch(settings, NONE, clock).look()
    (notice,) = notices(settings)
    assert "alice@partner.example: runs out on" in notice
    assert fingerprint in notice
    assert "gateway keys import FILE" in notice
    assert settings.organisation.help in notice
    clock.moment += timedelta(days=14)
    with capture_logs() as logged:
        KeysWatch(settings, NONE, clock).look()
        KeysWatch(settings, NONE, clock).look()
    assert len(notices(settings)) == 2
    said = {"event": "keys:warned", "count": 1, "log_level": "warning"}
    assert logged == [said, said], "the log says it each day"


def test_a_key_that_may_not_be_used_any_more_is_told_at_once(settings: Settings, root: Authority) -> None:
    approve(settings, root, "alice", 300)
    trust(settings.home / "authorities", Authority("Root"))
    KeysWatch(settings, NONE, Moved()).look()
    (notice,) = notices(settings)
    assert "may not be used any more" in notice
    assert "signature does not match" in notice


def test_a_key_that_nobody_approved_is_nobodys_concern(settings: Settings, root: Authority) -> None:
    settings.keys.ring(settings.paths.state).import_key(pem(root.issue(days=(-1, 5))), NOW)
    KeysWatch(settings, NONE, Moved()).look()
    assert notices(settings) == []


def test_who_could_not_be_told_is_told_the_next_day(
    settings: Settings, root: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    approve(settings, root, "alice", 20)
    watch = KeysWatch(settings, NONE, Moved())

    def fail(*_: object) -> None:
        raise TryLater("the folder is full")

    with monkeypatch.context() as broken:
        broken.setattr(watch._post, "tell", fail)
        watch.look()
    assert notices(settings) == []
    watch.look()
    assert len(notices(settings)) == 1


def test_what_was_told_may_be_damaged(settings: Settings, root: Authority) -> None:
    approve(settings, root, "alice", 20)
    for content in ("", "[]", "{"):
        (settings.paths.state / "keys" / "recipients-told.json").write_text(content)
        KeysWatch(settings, NONE, Moved()).look()
    assert len(notices(settings)) == 3


def test_the_thread_looks_at_once_and_ends(settings: Settings, root: Authority) -> None:
    approve(settings, root, "alice", 20)
    watch = KeysWatch(settings, NONE, Moved())
    watch.start()
    wait_for(lambda: notices(settings), "the first look")
    watch.stop()
    assert len(notices(settings)) == 1
