"""How officers are told of what they are to look at: one description for all that looks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from gateway.decide.policy import Policy
from gateway.model.officer_notice import OfficerNotice, Topic
from gateway.model.one_person import mailbox
from gateway.model.record import Officer
from gateway.model.schedule import Schedule
from gateway.model.transfer import Notice
from gateway.system.ids import serial

NEVER: Final = datetime(2000, 1, 1, tzinfo=UTC)
MOST: Final = 500
"""Held deliveries that one look goes through."""

Tell: TypeAlias = Callable[[Notice, str, datetime], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """How officers are told: by what, of what, from where on it is late, and where they go to look.

    `policy` returns the one in force: it says who may be the second person.
    """

    tell: Tell
    schedule: Schedule
    console: str
    help_contact: str
    decide_within: timedelta
    zone: ZoneInfo
    policy: Callable[[], Policy]
    officers: Sequence[Officer] = ()


def notice_of(topic: Topic, about: str, to: str, words: tuple[str, str]) -> OfficerNotice:
    """Return a notice that is not timed yet; whoever has one about the same thing gets no other."""
    subject, text = words
    return OfficerNotice(
        id=serial("n"), key=f"{topic}:{about}", topic=topic, to=to, subject=subject, text=text, at=NEVER
    )


def each_once(officers: Iterable[Officer]) -> Iterator[Officer]:
    """Yield the officers, each address once: they may be of the settings and of the console."""
    seen = set[str]()
    for officer in officers:
        if mailbox(officer.address) not in seen:
            seen.add(mailbox(officer.address))
            yield officer
