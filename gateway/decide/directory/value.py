"""The directory as one value: what it says of a sender, a recipient, a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Final

from gateway.decide.address import is_suffix, parts_of
from gateway.decide.directory.addresses import Addresses
from gateway.decide.directory.agreements import Agreement, best
from gateway.decide.directory.countries import Countries
from gateway.decide.directory.hours import Calendar
from gateway.decide.directory.lookalike import Known, registered
from gateway.decide.directory.partners import Partner, PartnerKind, Partners
from gateway.decide.directory.recipients import Recipient, key_of
from gateway.decide.directory.retention import RetentionClass
from gateway.decide.directory.units import Units
from gateway.model.facts import Abroad, AgreementStatus, Hours, Trait

MANY: Final = 65_536
"""How many answers are kept; a replay asks again and again for the same people."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Directory:
    """Who is who. Every question has an answer, whatever the addresses; nothing here changes."""

    people: Partners
    signed: tuple[Agreement, ...]
    teams: Units
    addresses: Addresses
    world: Countries
    calendar: Calendar
    retention: Mapping[str, RetentionClass]
    suffixes: frozenset[str]
    known: Known

    @property
    def units(self) -> frozenset[str]:
        """The ids of the units."""
        return self.teams.ids

    @property
    def partners(self) -> frozenset[str]:
        """The ids of the partners."""
        return frozenset(self.people.by_id)

    @property
    def partner_kinds(self) -> frozenset[str]:
        """Every kind that a partner may be of."""
        return frozenset(str(kind) for kind in PartnerKind)

    @property
    def retention_classes(self) -> frozenset[str]:
        """The ids of the classes of retention."""
        return frozenset(self.retention)

    def unit_of(self, sender: str) -> str:
        """Return the id of a sender's unit, empty where there is none."""
        return _unit_of(self, sender)

    def partner_of(self, recipient: str) -> Partner | None:
        """Return the partner whom an address belongs to: the address itself, or exactly its domain."""
        return _partner_of(self, recipient)

    def contact_of(self, recipient: str) -> str:
        """Return the telephone number at which a recipient is told passphrases, empty where none is known."""
        known = self._recipient(recipient)
        return known.phone if known else ""

    def opens(self, recipient: str) -> tuple[str, ...]:
        """Return the methods of sealing that a recipient can open, in their order; empty where nobody said.

        What is said of the address comes before what is said of the partner.
        """
        known, partner = self._recipient(recipient), self.partner_of(recipient)
        return (known.opens if known else ()) or (partner.opens if partner else ())

    def _recipient(self, recipient: str) -> Recipient | None:
        key = key_of(recipient)
        return self.addresses.recipients.get(key) if key else None

    def agreement_with(self, partner: str, entities: frozenset[str], on: date) -> AgreementStatus:
        """Return the best that an agreement with a partner says on a day of all these kinds of data together."""
        return best(each.status(entities, on) for each in self.signed if partner in each.partners)

    def country_of(self, recipient: str, partner: Partner | None) -> tuple[str, Abroad]:
        """Return a recipient's country, empty where nothing tells it, and what may be said of the law there."""
        if partner is not None:
            return partner.country, self.world.abroad(partner.country, partner.adequate)
        return _country_of(self, recipient)

    def hours_at(self, at: datetime) -> Hours:
        """Return whether somebody is at work."""
        return self.calendar.hours(at)

    def day_of(self, at: datetime) -> date:
        """Return the organisation's own day at a time."""
        return self.calendar.local(at).date()

    def when(self, at: datetime) -> tuple[date, Hours]:
        """Return the organisation's own day at a time, and whether somebody is at work."""
        local = self.calendar.local(at)
        return local.date(), self.calendar.at_work(local)

    def imitated(self, sender: str, recipient: str) -> str:
        """Return the known domain, or the sender's own, that a recipient's domain looks like; empty for none."""
        theirs, ours = _parts_of(recipient), _parts_of(sender)
        if theirs is None:
            return ""
        return _imitated(self, theirs[1]) or (_imitated_of(self, ours[1], theirs[1]) if ours else "")

    def traits(self, sender: str, recipient: str, *, is_new: bool, internal: bool, removable: bool) -> frozenset[Trait]:
        """Return what about a recipient calls for care.

        `is_new` says that nothing went from this sender to this recipient before, `internal` that the recipient's
        domain is one of the organisation's own, `removable` that the route ends on media that fit into a pocket.
        """
        traits = _lasting(self, sender, recipient, internal)
        if is_new:
            traits |= NEW
        return traits | REMOVABLE if removable else traits


LOOK_ALIKE: Final = frozenset({Trait.LOOK_ALIKE})
NEW: Final = frozenset({Trait.NEW})
OWN_ADDRESS: Final = frozenset({Trait.OWN_ADDRESS})
REMOVABLE: Final = frozenset({Trait.REMOVABLE_MEDIA})


@lru_cache(maxsize=MANY)
def _unit_of(directory: Directory, sender: str) -> str:
    return directory.teams.of(sender)


@lru_cache(maxsize=MANY)
def _partner_of(directory: Directory, recipient: str) -> Partner | None:
    parts = parts_of(recipient)
    if parts is None:
        return None
    return directory.people.by_address.get(parts) or directory.people.by_domain.get(parts[1])


@lru_cache(maxsize=MANY)
def _country_of(directory: Directory, recipient: str) -> tuple[str, Abroad]:
    parts = parts_of(recipient)
    country = directory.world.of_domain(parts[1]) if parts else ""
    return country, directory.world.abroad(country)


@lru_cache(maxsize=MANY)
def _imitated(directory: Directory, domain: str) -> str:
    return directory.known.imitated(domain)


@lru_cache(maxsize=MANY)
def _imitated_of(directory: Directory, own: str, domain: str) -> str:
    """Return the sender's own domain where a recipient's, which is not known, looks like it."""
    this = registered(domain, directory.suffixes).domain
    return "" if this in directory.known.registered else _known_of(directory, own).imitated(domain)


@lru_cache(maxsize=1024)
def _known_of(directory: Directory, own: str) -> Known:
    return Known(words=directory.addresses.look_alikes.without_watched(), suffixes=directory.suffixes, partners=[own])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reached:
    """What an address says by itself, whoever writes to it. `is_trusted` is true where its domain is known."""

    local: str
    traits: frozenset[Trait]
    webmail: bool
    is_trusted: bool


@lru_cache(maxsize=MANY)
def _reached(directory: Directory, recipient: str, internal: bool) -> _Reached | None:  # noqa: FBT001 - a key of the cache
    """Return what a plain address says by itself; None where it is not plain."""
    parts = parts_of(recipient)
    if parts is None:
        return None
    local, domain = parts
    about = directory.addresses
    found = set()
    if about.is_phone(local, domain):
        found.add(Trait.PHONE_GATEWAY)
    if about.is_group(local):
        found.add(Trait.GROUP)
    name = registered(domain, directory.suffixes)
    webmail = about.is_webmail(name)
    if webmail and not internal:
        found.add(Trait.PERSONAL_WEBMAIL)
    trusted = name.domain in directory.known.registered or is_suffix(name.ending, about.look_alikes.vetted)
    return _Reached(local=local, traits=frozenset(found), webmail=webmail, is_trusted=trusted)


@lru_cache(maxsize=MANY)
def _lasting(directory: Directory, sender: str, recipient: str, internal: bool) -> frozenset[Trait]:  # noqa: FBT001 - a key of the cache
    """Return the traits that follow from the addresses alone."""
    reached = _reached(directory, recipient, internal)
    if reached is None:
        return frozenset()
    if internal:
        return reached.traits
    found = reached.traits
    if not reached.webmail and directory.imitated(sender, recipient):
        found |= LOOK_ALIKE
    ours = _parts_of(sender)
    if ours and (reached.webmail or not reached.is_trusted):
        own = directory.addresses.is_own(ours[0], reached.local, webmail=reached.webmail)
        found = found | OWN_ADDRESS if own else found
    return found


@lru_cache(maxsize=MANY)
def _parts_of(address: str) -> tuple[str, str] | None:
    return parts_of(address)
