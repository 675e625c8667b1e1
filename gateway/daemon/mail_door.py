"""Puts the mail door together from the settings."""

from __future__ import annotations

import ipaddress
import shutil
import time
from collections.abc import Callable
from dataclasses import replace

from gateway.config.listening import host_and_port
from gateway.config.settings import Settings
from gateway.intake.accept import Accept
from gateway.intake.mail import MailDoor
from gateway.intake.milter import MilterDoor
from gateway.intake.smtp_accounts import Accounts
from gateway.intake.smtp_lobby import Terms, nobody
from gateway.intake.smtp_tls import DoorTls

LOOK_EVERY = 0.2  # seconds between looks at the disks: less than the reserve comes in meanwhile


def build_mail_door(settings: Settings, accept: Accept, refused: Callable[[str], None] = nobody) -> MailDoor:
    """Return the door, which tells `refused` of refusals; `Unsound` when its certificate or accounts cannot be used."""
    tls = settings.mail.tls
    tls_at = host_and_port(tls.listen) if tls and tls.listen else None
    terms = replace(terms_of(settings), refused=refused)
    return MailDoor(accept, settings.mail.host, settings.mail.port, terms=terms, tls_at=tls_at)


def build_milter_door(settings: Settings, accept: Accept, refused: Callable[[str], None] = nobody) -> MilterDoor | None:
    """Return the door for a mail server's milter interface, where one is wanted."""
    if settings.mail.milter is None:
        return None
    host, port = host_and_port(settings.mail.milter)
    return MilterDoor(accept, host, port, terms=replace(terms_of(settings), refused=refused))


def terms_of(settings: Settings) -> Terms:
    """Return what the door demands and offers; raises as `build_mail_door`."""
    mail, tls = settings.mail, settings.mail.tls
    internal = frozenset(settings.organisation.internal_domains)
    accounts = Accounts(mail.accounts) if mail.accounts else None
    if accounts:
        accounts.names()  # what cannot be read is said at the start
    return Terms(
        max_size=mail.max_size,
        clients=tuple(ipaddress.ip_network(each) for each in mail.clients),
        xforward_peers=mail.xforward_peers,
        accounts=accounts,
        internal=internal,
        senders=internal if mail.senders == "internal" else None,
        tls=DoorTls(tls.certificate, tls.key) if tls else None,
        tls_required=bool(tls and tls.required),
        limits=mail.limits.limits(),
        has_room=_room(settings),
    )


def _room(settings: Settings) -> Callable[[int], bool]:
    """Return what says whether the disks of database and vault have room for so many bytes and the reserve."""
    places, reserve = (settings.paths.state, settings.paths.quarantine), settings.mail.limits.reserve
    free, until = 0, 0.0

    def has_room(size: int) -> bool:
        nonlocal free, until
        if time.monotonic() >= until:
            free, until = min(shutil.disk_usage(place).free for place in places), time.monotonic() + LOOK_EVERY
        return free >= size + reserve

    return has_room
