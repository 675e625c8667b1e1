"""Who is told when somebody gets the power to decide, or a password by which they are somebody else's to be.

A user admin needs no officer's leave for either, so everybody who decides is told, and the person. The notices wait in
the transaction of the change itself; the daemon hands them over.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from gateway.model.officer_notice import OfficerNotice, Topic
from gateway.model.one_person import mailbox
from gateway.model.person import Person, Role
from gateway.model.record import Officer
from gateway.quarantine.people import deciding, officer_of
from gateway.store.embedded import Store
from gateway.system.ids import serial

ASK = (
    "If you do not know why, ask now, and look at what came of it: 'gateway ledger', or the console's page 'Ledger'.\n"
)


def of_change(
    store: Store, before: Person | None, after: Person, *, by: str, now: datetime, officers: Sequence[Officer]
) -> Sequence[OfficerNotice]:
    """Return the notices of what somebody may decide that they might not before; none where that is nothing new.

    Nor of the very first account, which whoever sets the gateway up makes: there is nobody yet who would be told.
    """
    was, is_now = before and officer_of(before), officer_of(after)
    if is_now is None or not store.people.all():
        return ()
    if was and set(is_now.roles) <= set(was.roles) and is_now.approves <= was.approves:
        return ()
    roles = [role.value for role in Role if role in after.roles] + list(after.officer_roles)
    text = (
        f"{after.address} may decide on what is held: {', '.join(roles)}.\n"
        f"Given by {by}, {now:%d %B %Y at %H:%M} UTC.\n\n{ASK}"
    )
    return _told(store, after, f"{after.address} may decide on what is held", text, now, officers)


def of_reset(
    store: Store, person: Person, *, by: str, now: datetime, officers: Sequence[Officer]
) -> Sequence[OfficerNotice]:
    """Return the notices of a password that was given in the place of all by which somebody proved who they are."""
    text = (
        f"The account of {person.address} in the console was reset by {by}, {now:%d %B %Y at %H:%M} UTC.\n"
        "Whoever has the password that was given signs in as them, once, within three days.\n\n" + ASK
    )
    return _told(store, person, f"The account of {person.address} was reset", text, now, officers)


def _told(
    store: Store, person: Person, subject: str, text: str, now: datetime, officers: Sequence[Officer]
) -> Sequence[OfficerNotice]:
    """Return a notice for the person and for everybody who decides, by the settings or in the console, each once."""
    told = [each.address for each in deciding(store.people.all(), officers)]
    to = {mailbox(address): address for address in (*told, person.address)}
    key = f"{Topic.ACCOUNTS}:{serial('n')}"
    return [
        OfficerNotice(
            id=serial("n"), key=key, topic=Topic.ACCOUNTS, to=address, subject=subject, text=text, at=now, due=now
        )
        for address in to.values()
    ]
