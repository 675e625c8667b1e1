"""Entries of the ledger in plain words, and what a person may look for in them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from gateway.console.ledger.facts import in_words
from gateway.console.words import mark
from gateway.console.words.tongue import Tongue
from gateway.model.person import Person
from gateway.model.record import Event
from gateway.quarantine.people import account_of
from gateway.store.codec import read_time

NOTHING: Final = "-"
MOST: Final = 6
"""Of a list, so many are named in a sentence; the rest is counted."""

WORDS: Final[Mapping[Event, str]] = {
    Event.DELIVERY_ASSIGNED: mark("%(by)s assigned it to %(to)s (for %(recipient)s)"),
    Event.DELIVERY_ATTEMPTED: mark("Attempt %(attempt)s to hand it over began"),
    Event.DELIVERY_CLEARED: mark("May go to %(recipient)s by the route %(route)s: %(rules)s"),
    Event.DELIVERY_DEFERRED: mark("Attempt %(attempt)s did not succeed: %(answer)s"),
    Event.DELIVERY_DELIVERED: mark("Handed over for %(recipient)s; the next server said: %(answer)s"),
    Event.DELIVERY_ESCALATED: mark("%(by)s escalated it to %(to)s (for %(recipient)s)"),
    Event.DELIVERY_FAILED: mark("Could not be delivered to %(recipient)s: %(trouble)s"),
    Event.DELIVERY_HELD: mark("Held for %(recipient)s: %(rules)s"),
    Event.DELIVERY_REFUSED: mark("Refused for %(recipient)s: %(reason)s"),
    Event.DELIVERY_RELEASED: mark("Released for %(recipient)s by %(officer)s: %(reason)s"),
    Event.DELIVERY_SEALED: mark("Sealed for %(recipient)s as %(method)s with %(cipher)s, verified by %(verified_by)s"),
    Event.DELIVERY_UNPROVED: mark("The route to %(recipient)s could not prove how safe it is: %(trouble)s"),
    Event.DESTINATION_HELD: mark("%(by)s held everything for %(destination)s: %(reason)s"),
    Event.DESTINATION_RESUMED: mark("%(by)s let what waits for %(destination)s go again"),
    Event.DISCLOSURE_RECORDED: mark("Recorded as a disclosure to %(recipient)s"),
    Event.INSTRUCTION_REFUSED: mark("%(officer)s wanted to %(act)s it, and may not: %(why)s"),
    Event.INSTRUCTION_STOPPED: mark("%(officer)s stopped what %(filed_by)s had asked for: %(reason)s"),
    Event.KEY_APPROVED: mark("%(officer)s approved the key %(fingerprint)s for %(addresses)s"),
    Event.KEY_IMPORTED: mark("%(officer)s brought in the key %(fingerprint)s for %(addresses)s"),
    Event.KEY_REMOVED: mark("%(officer)s removed the key %(fingerprint)s for %(addresses)s"),
    Event.LIST_EXPORTED: mark("%(by)s took the list %(list)s away as a file (%(kind)s)"),
    Event.NOTICE_FAILED: mark("A notice to %(to)s could not be told (%(about)s)"),
    Event.NOTICE_OMITTED: mark("A notice was left out (%(about)s): %(why)s"),
    Event.NOTICE_SENT: mark("%(to)s was told (%(about)s)"),
    Event.PASSAGES_READ: mark("%(officer)s read the words around what was found"),
    Event.PASSPHRASE_AGREED: mark("%(officer)s agreed a passphrase with %(partner)s"),
    Event.PASSPHRASE_REMOVED: mark("%(officer)s destroyed the passphrase agreed with %(partner)s"),
    Event.PASSPHRASE_SHOWN: mark("%(officer)s took out the passphrase for %(recipient)s"),
    Event.PERSON_ADDED: mark("%(by)s gave %(person)s an account"),
    Event.PERSON_CHANGED: mark("%(by)s changed the account of %(person)s"),
    Event.PERSON_RECOVERED: mark("The emergency account was opened on the machine itself by %(by)s"),
    Event.PERSON_REFUSED: mark("A sign-in was refused (%(person)s): %(why)s"),
    Event.PERSON_SIGNED_IN: mark("%(person)s signed in from %(from)s"),
    Event.POLICY_LOADED: mark("The policy %(policy)s came in force, after %(before)s"),
    Event.QUESTION_ANSWERED: mark("%(sender)s answered: %(answer)s"),
    Event.QUESTION_ASKED: mark("%(officer)s asked %(sender)s: %(question)s"),
    Event.REASON_GIVEN: mark("%(sender)s said why it is sent: %(reason)s"),
    Event.SESSION_REVOKED: mark("Sessions of %(person)s were ended by %(by)s"),
    Event.TOKEN_ISSUED: mark("A token was made for %(person)s"),
    Event.TOKEN_REVOKED: mark("A token of %(person)s was taken back"),
    Event.TRANSFER_FINISHED: mark("Finished: %(ended)s"),
    Event.TRANSFER_INSPECTED: mark("Inspected. Marking: %(marking)s. Found: %(findings)s. Not read: %(gaps)s."),
    Event.TRANSFER_RECEIVED: mark("Received from %(sender)s for %(recipients)s"),
    Event.VALUE_REVEALED: mark("%(officer)s looked at a value (%(entity)s): %(reason)s"),
    Event.VAULT_REWRAPPED: mark("The keys of %(objects)s objects in the vault were wrapped anew"),
    Event.VAULT_ROTATED: mark("Another master key of the vault came in use: %(key)s"),
}
"""What each event says; a fact that an entry does not have is shown as a dash."""

UNSEALED: Final = mark("Made ready for %(recipient)s; it needs no seal and goes as it is")
TO_NOBODY: Final[Mapping[Event, str]] = {
    Event.DELIVERY_ASSIGNED: mark("%(by)s gave it to nobody (for %(recipient)s)"),
    Event.DELIVERY_ESCALATED: mark("%(by)s ended its escalation (for %(recipient)s)"),
}
"""What is said where nobody stands behind `to`."""
INSTEAD: Final[Mapping[str, str]] = {"rules": "trouble", "reason": "trouble", "recipients": "recipient_count"}
"""What stands for a fact that an entry does not have."""

NOBODY: Final[Mapping[str, str]] = MappingProxyType({})
WHO: Final = (
    "officer", "sender", "by", "filed_by", "person", "person_id", "address", "account", "from", "to", "recipient"
)  # fmt: skip
"""The facts that name people."""

WHOSE_ACT: Final = ("by", "address", "account")
"""The facts that say who did it, by an id or an address: two people may have one name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One entry of the ledger, read."""

    number: int
    event: str
    at: datetime
    transfer_id: str
    delivery_id: str
    facts: Mapping[str, Any]

    def words(self, tongue: Tongue, names: Mapping[str, str] = NOBODY) -> str:
        """Return it as a sentence; what is not known here is shown by its name. `names` are people's, by their ids."""
        known = next((words for event, words in WORDS.items() if event == self.event), None)
        if self.event == Event.DELIVERY_SEALED and self.facts.get("method") == "none":
            known = UNSEALED
        if not self.facts.get("to"):
            known = next((words for event, words in TO_NOBODY.items() if event == self.event), known)
        return tongue.say(known) % self._shown(names, tongue) if known else self.event

    def _shown(self, names: Mapping[str, str], tongue: Tongue) -> Mapping[str, str]:
        shown: defaultdict[str, str] = defaultdict(lambda: NOTHING)
        for name, value in self.facts.items():
            shown[name] = (
                names[value] if isinstance(value, str) and value in names else plain(in_words(name, value, tongue))
            )
        for name, other in INSTEAD.items():
            if not self.facts.get(name) and other in self.facts:
                shown[name] = plain(self.facts[other])
        return shown

    def names(self, *persons: str) -> bool:
        """Say whether somebody is named in it: by a part of their name, address, id or account, in small letters."""
        told = [str(value).casefold() for name in WHO if (value := self.facts.get(name))]
        return any(person in value for person in persons for value in told)

    def is_by(self, person: Person) -> bool:
        """Say whether it tells of what this person did.

        What was done to an account names whose it is (`person`) and `by` whom; where nobody else is named they did it
        themselves, but for a sign-in that was refused: anybody may have tried.
        """
        known = {person.address.casefold(), person.id, account_of(person)}
        is_own = "by" not in self.facts and self.event != Event.PERSON_REFUSED
        acts = (*WHOSE_ACT, "person_id") if is_own else WHOSE_ACT
        return any(str(self.facts[fact]).casefold() in known for fact in acts if self.facts.get(fact))


def called(people: Iterable[Person], words: str) -> tuple[str, ...]:
    """Return the ids of those whose name or address has a part like this."""
    part = words.casefold()
    return tuple(each.id for each in people if part in each.name.casefold() or part in each.address.casefold())


def read_entry(number: int, raw: bytes) -> Told:
    """Return a stored entry."""
    entry = json.loads(raw)
    return Told(
        number=number,
        event=entry["event"],
        at=read_time(entry["at"]),
        transfer_id=entry["transfer"],
        delivery_id=entry["delivery"],
        facts=entry["facts"],
    )


def plain(value: object) -> str:
    """Return a fact as a person reads it; of long lists and long words the beginning."""
    if value is None or value in ("", [], {}):
        return NOTHING
    if isinstance(value, bool):
        return "✓" if value else NOTHING
    if isinstance(value, Mapping):
        return _listed([f"{name} ({plain(each)})" for name, each in value.items()])
    if isinstance(value, list | tuple):
        return _listed([plain(each) for each in value])
    text = str(value)
    return f"{text[:12]}…" if len(text) == 64 and text.isalnum() else text  # noqa: PLR2004 - a SHA-256 in hexadecimal


def _listed(words: list[str]) -> str:
    more = len(words) - MOST
    return ", ".join(words[:MOST]) + (f" +{more}" if more > 0 else "") or NOTHING
