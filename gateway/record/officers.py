"""What officers are told unasked: what waits, what is past its time, and at once what is theirs or marked high.

Counts and references alone: whoever reads a mailbox need not be cleared. A link is an address and no power: it opens a
page, which asks who you are, and nothing is decided by opening it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote

from gateway.model.held import Held

LISTED: Final = 20
OPENS: Final = "The address opens a page and decides nothing."


def high(items: Sequence[Held], *, console: str, help_contact: str, tier: str) -> tuple[str, str]:
    """Return subject and text of a notice of what has just been held and bears a high marking."""
    count = counted(len(items), "delivery", "deliveries")
    happened = f"{count} of a tier of {tier} or higher {_is(items)} held since a moment ago."
    return f"Held: {count} marked {tier} or higher", _text(
        happened, _references(items), f"{console}/quarantine?sort=newest", help_contact
    )


def ageing(items: Sequence[Held], *, console: str, help_contact: str, within: timedelta) -> tuple[str, str]:
    """Return subject and text of a notice of what has waited longer than it should."""
    count = counted(len(items), "delivery", "deliveries")
    happened = f"{count} waited {_hours(within)} for a decision and {_is(items)} past decision time."
    return f"Past decision time: {count}", _text(
        happened, _references(items), f"{console}/quarantine?sort=oldest", help_contact
    )


def escalated(items: Sequence[Held], *, by: str, role: str, console: str, help_contact: str) -> tuple[str, str]:
    """Return subject and text of a notice to those who hold a role that somebody asks to look."""
    count = counted(len(items), "delivery", "deliveries")
    happened = f"{by} asks those who hold the role {role} to look at {count} that {_is(items)} held."
    return f"Escalated to {role}: {count}", _text(
        happened, _references(items), _address(items, console, f"role={quote(role)}"), help_contact
    )


def assigned(items: Sequence[Held], *, by: str, console: str, help_contact: str) -> tuple[str, str]:
    """Return subject and text of a notice to whom somebody else assigned something."""
    count = counted(len(items), "delivery", "deliveries")
    happened = f"{by} assigned {count} to you that {_is(items)} held."
    return f"Assigned to you: {count}", _text(
        happened, _references(items), _address(items, console, "whose=me"), help_contact
    )


def second(items: Sequence[Held], *, console: str, help_contact: str) -> tuple[str, str]:
    """Return subject and text of a notice to those who may be the second person."""
    count = counted(len(items), "delivery", "deliveries")
    happened = f"an officer released {count}, and the rules want a second person. It may be you."
    return f"For a second person: {count}", _text(
        happened, _references(items), _address(items, console, "state=second"), help_contact
    )


def digest(
    *, waiting: int, past: int, second: int, oldest: datetime | None, console: str, help_contact: str
) -> tuple[str, str]:
    """Return subject and text of the day's notice of all that waits; `oldest` is said in the time zone that it has."""
    count = counted(waiting, "delivery waits", "deliveries wait")
    lines = [f"  - past decision time: {past}", f"  - waiting for a second person: {second}"]
    lines += [f"  - the oldest since {oldest:%d %B %Y at %H:%M %Z}"] if oldest else []
    happened = f"{count} for an officer's decision."
    return f"Today: {count} for a decision", _text(
        happened, "\n".join(["Of these:", *lines]), f"{console}/quarantine", help_contact
    )


def counted(number: int, one: str, many: str) -> str:
    """Return a number with its noun."""
    return f"{number} {one if number == 1 else many}"


def _is(items: Sequence[Held]) -> str:
    return "is" if len(items) == 1 else "are"


def _references(items: Sequence[Held]) -> str:
    lines = list(dict.fromkeys(f"  - {each.transfer_id}: {each.why.words}" for each in items))
    more = [f"  - and {len(lines) - LISTED} more"] if len(lines) > LISTED else []
    return "\n".join(["Which:", *lines[:LISTED], *more])


def _address(items: Sequence[Held], console: str, view: str) -> str:
    """Return where one delivery is looked at, or a list of them."""
    if len(items) == 1:
        return f"{console}/quarantine/{items[0].transfer_id}/{items[0].delivery_id}"
    return f"{console}/quarantine?{view}"


def _todo(address: str) -> str:
    return f"What you can do: sign in and decide, {address}\n{OPENS}"


def _hours(within: timedelta) -> str:
    minutes = round(within.total_seconds() / 60)
    return counted(minutes // 60, "hour", "hours") if minutes % 60 == 0 else counted(minutes, "minute", "minutes")


def _text(happened: str, about: str, address: str, help_contact: str) -> str:
    """Return what every notice says: what happened, of what, what to do, and who can help."""
    paragraphs = [f"What happened: {happened}", about, _todo(address), f"Who can help: {help_contact}"]
    return "\n\n".join(paragraphs) + "\n"
