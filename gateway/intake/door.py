"""The one way in: content into the vault, envelope and first ledger entry into the database, in one commit."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Final

from gateway.errors import Conflict, NotAccepted, Repeated, StorageFull, StoreError
from gateway.intake import Arrival
from gateway.intake.address import distinct, normalised_sender
from gateway.intake.explanation import checked_consent, checked_reason
from gateway.intake.passwords import pack
from gateway.intake.repeated import alone_since, earlier
from gateway.intake.reports import deliveries_to, envelope_id, returns
from gateway.intake.thread import is_protected
from gateway.model.record import Entry, Event
from gateway.model.subject import asks_for_encryption
from gateway.model.transfer import Part, Transfer
from gateway.store import StoredObject, Transfers, Vault
from gateway.system import ids
from gateway.system.clock import Clock

MOST_HASHES: Final = 20  # listed in the first ledger entry; more of them are there as one digest
MOST_RECIPIENTS: Final = 50  # listed there: 254 bytes each fit into an entry of 65,535, and a thousand do not
MOST_SHOWN: Final = 1_000  # addresses of To and Cc that are kept, and of From and Sender
UNNAMED: Final = "unnamed"
UNSTORABLE: Final = re.compile("[\0\ud800-\udfff]")  # NUL, and lone surrogates: bytes that Python could not decode


class MainDoor:
    """Takes arrivals into the house. Any number of threads may knock at once."""

    def __init__(self, transfers: Transfers, vault: Vault, clock: Clock) -> None:
        self._transfers = transfers
        self._vault = vault
        self._clock = clock

    def admit(self, arrival: Arrival) -> Transfer:
        """Spool, hash, record and commit; return the durable transfer.

        Raises `NotAccepted` for an arrival that cannot become a transfer, `StorageFull` when there is no room, and
        `StoreError` when it could not be made durable. An arrival with a `transfer_id` that is already committed
        changes nothing and returns that transfer.
        """
        sender = normalised_sender(arrival.sender)
        recipients = distinct(arrival.recipients)
        if not recipients:
            raise NotAccepted("there is no recipient", hint="name at least one address")
        if not arrival.parts:
            raise NotAccepted("there is nothing to send", hint="add at least one file")
        now = self._clock.now()
        in_thread = is_protected(arrival.refers_to, self._transfers)
        objects = self._spool(arrival)
        with self._taken_back_in_trouble(objects):
            transfer = _transfer(arrival, sender, recipients, objects, now, in_thread=in_thread)
            entry = received(transfer)
        may_be_there = bool(arrival.transfer_id)
        try:
            return self._commit(transfer, entry, objects, alone_since(transfer), may_be_there=may_be_there)
        except Repeated:
            with self._taken_back_in_trouble(objects):
                transfer = replace(transfer, repeats=earlier(transfer, self._transfers))
                entry = received(transfer)
            return self._commit(transfer, entry, objects, may_be_there=may_be_there)

    def _commit(
        self,
        transfer: Transfer,
        entry: Entry,
        objects: tuple[StoredObject, ...],
        alone_since: datetime | None = None,
        *,
        may_be_there: bool,
    ) -> Transfer:
        try:
            return self._transfers.commit(
                None, transfer, entries=(entry,), objects=objects, wake=transfer.received_at, alone_since=alone_since
            )
        except Conflict:
            if not may_be_there:
                raise
            self._take_back(objects)  # a conflict wrote nothing: the transfer that is there names objects of its own
            return self._transfers.get(transfer.id)
        except (TypeError, ValueError, StorageFull):  # it could not be encoded, or its commit was undone
            self._take_back(objects)
            raise

    def _spool(self, arrival: Arrival) -> tuple[StoredObject, ...]:
        """Put the parts into the vault, and after them the passwords if there are any."""
        objects: list[StoredObject] = []
        with self._taken_back_in_trouble(objects):
            for _, content in arrival.parts:
                objects.append(self._vault.put(content))
            if arrival.passwords:
                objects.append(self._vault.put(io.BytesIO(pack(arrival.passwords))))
        return tuple(objects)

    @contextmanager
    def _taken_back_in_trouble(self, objects: Sequence[StoredObject]) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self._take_back(objects)
            raise

    def _take_back(self, objects: Sequence[StoredObject]) -> None:
        """Destroy what no commit can have named. After a commit that failed in any other way nobody knows, so no."""
        for stored in objects:
            with suppress(StoreError):  # the object has no row, so nothing can read it; only its space is lost
                self._vault.destroy(stored.id)


def received(transfer: Transfer) -> Entry:
    """Return the first ledger entry of a transfer: addresses, counts and hashes; no names and no subject.

    However large the transfer, the entry is not: lists are bounded, and a digest stands for all that they held.

    digest             SHA-256 over the parts' hashes in order: each in lower-case hexadecimal and a line feed
    sha256             these hashes themselves, of at most 20 parts
    recipients         at most 50 addresses; for more of them, instead:
    recipient_count    how many there are
    recipients_digest  SHA-256 over the addresses in order: each in UTF-8 and a line feed
    account            the operating-system account that brought it, where known; smtp:NAME for one of the mail door
    reason             why it is sent, in the sender's words, where they gave one
    consent            what the person concerned said, where the sender told
    repeats            the transfer that it probably is once more: the same mail, within an hour
    preview            true where the sender only asks what would happen
    """
    hashes = [part.sha256 for part in transfer.parts]
    addresses = [delivery.recipient for delivery in transfer.deliveries]
    facts: dict[str, object] = {
        "origin": transfer.origin.value,
        "sender": transfer.sender,
        "parts": len(hashes),
        "size": transfer.size,
        "digest": digest_of(hashes),
    }
    said = {"account": transfer.account, "reason": transfer.reason, "consent": transfer.consent}
    said["repeats"] = transfer.repeats
    facts |= {name: word for name, word in said.items() if word} | ({"preview": True} if transfer.preview else {})
    if len(hashes) <= MOST_HASHES:
        facts["sha256"] = hashes
    if len(addresses) <= MOST_RECIPIENTS:
        facts["recipients"] = addresses
    else:
        facts |= {"recipient_count": len(addresses), "recipients_digest": digest_of(addresses)}
    return Entry(event=Event.TRANSFER_RECEIVED, at=transfer.received_at, transfer_id=transfer.id, facts=facts)


def digest_of(lines: Iterable[str]) -> str:
    """Return the SHA-256 over lines in order, each in UTF-8 and ended by a line feed; hexadecimal."""
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode("utf-8")).hexdigest()


def storable(untrusted: str) -> str:
    """Return text that every encoder takes: bytes of file names and headers that are not UTF-8 become U+FFFD."""
    return UNSTORABLE.sub("\ufffd", untrusted)


def _transfer(
    arrival: Arrival,
    sender: str,
    recipients: tuple[str, ...],
    objects: tuple[StoredObject, ...],
    now: datetime,
    *,
    in_thread: bool,
) -> Transfer:
    return Transfer(
        id=arrival.transfer_id or ids.transfer_id(now),
        origin=arrival.origin,
        sender=sender,
        received_at=now,
        parts=_parts(arrival, objects),
        deliveries=deliveries_to(recipients, arrival),
        route=arrival.route,
        encrypt_requested=asks_for_encryption(arrival.subject),
        protected_thread=in_thread,
        message=arrival.message,
        account=storable(arrival.account),
        passwords_object_id=objects[-1].id if arrival.passwords else "",
        shown=_kept(arrival.shown),
        authors=_kept(arrival.authors),
        reason=checked_reason([storable(arrival.reason)]),
        consent=checked_consent([arrival.consent]),
        message_id=arrival.message_id,
        sent_sha256=arrival.sent_sha256,
        urgent=arrival.urgent,
        returns=returns(arrival.returns),
        envelope_id=envelope_id(arrival.envelope_id),
        automatic=arrival.automatic,
        preview=arrival.preview,
        version=1,  # what its first commit makes of it, without a copy
    )


def _kept(addresses: frozenset[str]) -> frozenset[str]:
    return frozenset(islice(sorted({each.lower() for each in addresses}), MOST_SHOWN))


def _parts(arrival: Arrival, objects: tuple[StoredObject, ...]) -> tuple[Part, ...]:
    names = _distinct_names(name for name, _ in arrival.parts)
    return tuple(
        Part(name=name, object_id=stored.id, size=stored.size, sha256=stored.sha256)
        for name, stored in zip(names, objects[: len(arrival.parts)], strict=True)
    )


def _distinct_names(untrusted: Iterator[str]) -> Iterator[str]:
    """Yield each name, numbered where it came before: findings and sealed files are told apart by it."""
    taken: set[str] = set()
    for raw in untrusted:
        name = wanted = storable(raw) or UNNAMED
        number = 1
        while name in taken:
            number += 1
            folder, slash, file = wanted.rpartition("/")
            stem, dot, ending = file.rpartition(".")
            file = f"{stem} ({number}).{ending}" if dot and stem else f"{file} ({number})"
            name = f"{folder}{slash}{file}"
        taken.add(name)
        yield name
