"""Tells officers, weeks ahead, that an approved key runs out; and at once that one may not be used any more.

Once a day every approved key is judged and the log says how many want attention. Officers get one notice for what is
new since the last: a key that comes within `keys.warn` of its end, within a week of it, or that may not be used.
What they were told is kept beside the ring, so that a restart does not tell it again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from gateway.config.settings import Settings
from gateway.daemon.answering import IN_A_FOLDER
from gateway.daemon.assembly import build_officers_post
from gateway.daemon.rounds import Rounds
from gateway.deliver import Channel
from gateway.errors import GatewayError
from gateway.model.transfer import Notice
from gateway.protect.keys.checkup import KeyState, check_all
from gateway.protect.keys.rules import day
from gateway.system import atomic
from gateway.system.clock import Clock
from gateway.system.ids import serial
from gateway.system.log import get_log

EVERY: Final = timedelta(days=1)
LAST_WEEK: Final = timedelta(days=7)
ABOUT: Final = "tell:keys"
"""Whom a notice in a folder is for: it lies in `notices-for-officers/keys`."""

TOLD: Final = "recipients-told.json"
TO_DO: Final = """What you can do:
  - ask each owner for a new key, and import it: gateway keys import FILE
  - compare its fingerprint with its owner by telephone, and approve it: gateway keys approve FINGERPRINT --instead
  - remove the old one: gateway keys remove FINGERPRINT
  - see how all keys stand: gateway keys check"""


class Stage(StrEnum):
    """How near its end a key is."""

    SOON = "soon"
    LAST_WEEK = "last week"
    LOST = "lost"


class KeysWatch(Rounds):
    """A thread that looks once a day; `look` does it at once."""

    def __init__(self, settings: Settings, channels: Mapping[str, Channel], clock: Clock) -> None:
        super().__init__("keys", every=EVERY.total_seconds(), failed="keys:failed")
        self._settings = settings
        self._clock = clock
        self._told = settings.paths.state / "keys" / TOLD
        self._by_mail = settings.notices.channel != IN_A_FOLDER and settings.notices.from_address is not None
        self._post = build_officers_post(settings, channels)

    def look(self) -> None:
        """Judge all approved keys; log how many want attention, and tell officers what is new."""
        now = self._clock.now()
        ring = self._settings.keys.ring(self._settings.paths.state)
        stages = {
            state.record.fingerprint: (stage, state)
            for state in check_all(ring, now, self._settings.keys.warn)
            if state.record.approved_at and (stage := stage_of(state, now, self._settings.keys.warn))
        }
        if not stages:
            self._remember({})
            return
        get_log().warning("keys:warned", count=len(stages))
        before = self._read()
        new = [(stage, state) for key, (stage, state) in stages.items() if before.get(key) != stage]
        if not new or self._tell(new, now):
            self._remember({key: stage for key, (stage, _) in stages.items()})

    def _tell(self, new: Sequence[tuple[Stage, KeyState]], now: datetime) -> bool:
        """Tell the officers; say whether all of them were told."""
        text = letter(new, self._settings.organisation.help)
        subject = f"{len(new)} of the recipients' keys {'wants' if len(new) == 1 else 'want'} attention"
        officers = [each.address for each in self._settings.officers] if self._by_mail else [""]
        told = 0
        for officer in officers:
            with suppress(GatewayError):  # tried again tomorrow
                notice = Notice(id=serial("n"), about=ABOUT, to=officer, subject=subject, object_id="")
                self._post.tell(notice, text, now)
                told += 1
        return told == len(officers)

    def _read(self) -> Mapping[str, str]:
        try:
            raw = json.loads(self._told.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return raw if isinstance(raw, dict) else {}

    def _remember(self, told: Mapping[str, Stage]) -> None:
        if told or self._told.exists():
            atomic.write(self._told, json.dumps(told, indent=1).encode() + b"\n")


def stage_of(state: KeyState, now: datetime, warn: timedelta) -> Stage | None:
    """Return how near its end a key is, None where that is far."""
    if not state.is_usable:
        return Stage.LOST
    if state.ends is None or state.ends - now > warn:
        return None
    return Stage.LAST_WEEK if state.ends - now <= LAST_WEEK else Stage.SOON


def letter(new: Sequence[tuple[Stage, KeyState]], help_contact: str) -> str:
    """Return the notice: which keys, until when or why not, and what to do."""
    lost = [_line(state, state.reason) for stage, state in new if stage is Stage.LOST]
    ending = [
        _line(state, f"runs out on {day(state.ends)}") for stage, state in new if stage is not Stage.LOST and state.ends
    ]
    paragraphs = [
        "\n".join(["What happened: these keys of recipients may not be used any more:", *lost]) if lost else "",
        "\n".join(["What happens: these keys of recipients run out:", *ending]) if ending else "",
        TO_DO,
        "Without a usable key, mail for these addresses is sealed another way, or held.",
        f"Who can help: {help_contact}",
    ]
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph) + "\n"


def _line(state: KeyState, why: str) -> str:
    return f"  - {', '.join(state.record.approved_for)}: {why} ({state.record.kind} {state.record.fingerprint})"
