"""What stands at the top of every page: the parts of the console that this person may use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.console.roles import Permission
from gateway.console.words import mark

if TYPE_CHECKING:
    from gateway.console.frame.visit import Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of the console: its name, where it begins, and what one needs to see it."""

    name: str
    path: str
    needs: Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A part as it stands on a page. `is_current` where the page belongs to it."""

    name: str
    path: str
    is_current: bool


PARTS: Final = (
    Part(name=mark("Dashboard"), path="/dashboard", needs=Permission.COUNTS),
    Part(name=mark("Quarantine"), path="/quarantine", needs=Permission.LIST),
    Part(name=mark("Transfers"), path="/transfers", needs=Permission.LIST),
    Part(name=mark("My transfers"), path="/mine", needs=Permission.OWN),
    Part(name=mark("Try a file"), path="/try", needs=Permission.OWN),
    Part(name=mark("Policy"), path="/policy", needs=Permission.POLICY_READ),
    Part(name=mark("Partners"), path="/partners", needs=Permission.POLICY_READ),
    Part(name=mark("Keys"), path="/keys", needs=Permission.KEYS_READ),
    Part(name=mark("Notices"), path="/notices", needs=Permission.DECIDE),
    Part(name=mark("Ledger"), path="/ledger", needs=Permission.LEDGER),
    Part(name=mark("What I did"), path="/ledger/mine", needs=Permission.LEDGER_OWN),
    Part(name=mark("People"), path="/people", needs=Permission.PEOPLE_READ),
    Part(name=mark("Doctor"), path="/doctor", needs=Permission.DOCTOR),
)


def entries(visit: Visit) -> tuple[Entry, ...]:
    """Return the parts that the visitor may use, the one that the page belongs to marked."""
    if visit.person is None:
        return ()
    at = visit.request.url.path
    theirs = [part for part in PARTS if visit.may(part.needs)]
    nearest = max((part.path for part in theirs if f"{at}/".startswith(f"{part.path}/")), key=len, default="")
    return tuple(Entry(name=part.name, path=part.path, is_current=part.path == nearest) for part in theirs)
