"""How each key in the ring stands today: usable or why not, until when, and what an officer should know of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from gateway.errors import Damaged, NotFound, NotSealed, Unsound
from gateway.protect.keys.record import KeyRecord, Kind
from gateway.protect.keys.ring import KeyRing
from gateway.protect.keys.rules import GCM, KeyWrap, day

REFUSAL: Final = "this certificate may not be used: "


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyState:
    """One key today. `reason` is empty while it may be used; `ends` is None for a key that never runs out.

    `key_wrap` says how session keys are wrapped for it, `takes` what its owner is known to read, `warnings` what an
    officer should know.
    """

    record: KeyRecord
    reason: str = ""
    ends: datetime | None = None
    key_wrap: str = ""
    takes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def is_usable(self) -> bool:
        """Whether it may be sealed for, once it is approved."""
        return not self.reason

    @property
    def is_lost(self) -> bool:
        """Whether it is approved and may not be used: what was sealed for it is sealed another way now, or held."""
        return bool(self.record.approved_at) and not self.is_usable


def check(ring: KeyRing, record: KeyRecord, now: datetime, warn: timedelta) -> KeyState:
    """Judge one key of the ring; `warn` is how long before its end that is said."""
    try:
        return _openpgp(ring, record, now, warn) if record.kind is Kind.OPENPGP else _x509(ring, record, now, warn)
    except (NotSealed, NotFound, Damaged, Unsound) as trouble:
        return KeyState(record=record, reason=trouble.message.removeprefix(REFUSAL), takes=record.takes)


def check_all(ring: KeyRing, now: datetime, warn: timedelta) -> Iterator[KeyState]:
    """Judge every key of the ring, by address."""
    return (check(ring, record, now, warn) for record in ring.list())


def _openpgp(ring: KeyRing, record: KeyRecord, now: datetime, warn: timedelta) -> KeyState:
    judged = ring.judge(record.fingerprint)
    weak = judged.chosen.wrap in {KeyWrap.AES128, KeyWrap.AES192}
    remarks = [f"content is AES-256, its key is wrapped with {judged.key_wrap}"] if weak else []
    return KeyState(
        record=record,
        ends=judged.ends,
        key_wrap=judged.key_wrap,
        takes=record.takes,
        warnings=(*_ending(judged.ends, now, warn), *remarks, *_unnamed(record, judged.addresses)),
    )


def _x509(ring: KeyRing, record: KeyRecord, now: datetime, warn: timedelta) -> KeyState:
    judged = ring.judge_x509(record.fingerprint)
    return KeyState(
        record=record,
        ends=judged.ends,
        key_wrap=judged.key_wrap,
        takes=(GCM,) if judged.takes_gcm else (),
        warnings=(*_ending(judged.ends, now, warn), *judged.remarks, *_unnamed(record, judged.addresses)),
    )


def _ending(ends: datetime | None, now: datetime, warn: timedelta) -> list[str]:
    if ends is None or ends - now > warn:
        return []
    days = (ends - now).days
    return [f"runs out on {day(ends)}, " + (f"in {days} days" if days > 1 else "within two days")]


def _unnamed(record: KeyRecord, addresses: frozenset[str]) -> list[str]:
    """Say which addresses the certificate no longer names, and which nobody approved: nothing is sealed for those."""
    gone = sorted(set(record.addresses) - addresses)
    waiting = sorted(addresses & set(record.addresses) - set(record.approved_for)) if record.approved_for else []
    return [
        *([f"no longer names {', '.join(gone)}"] if gone else []),
        *([f"not approved for {', '.join(waiting)}"] if waiting else []),
    ]
