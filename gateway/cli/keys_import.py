"""What `gateway keys import` does: finds certificates, has each judged, and says what came of it, a line each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import click

from gateway.cli import show
from gateway.config.settings import Settings
from gateway.errors import GatewayError, NotFound, NotPermitted, NotSealed, StoreError, TryLater
from gateway.protect.keys import files, ldap, wkd
from gateway.protect.keys.found import Found
from gateway.protect.keys.record import KeyRecord
from gateway.protect.keys.ring import KeyRing
from gateway.protect.keys.web import Web
from gateway.system.clock import MachineClock

G = TypeVar("G")
T = TypeVar("T")


class Importing:
    """Imports into one key ring, as far as the operator allows.

    `tell` hears of every key that came in; `web` is how a Web Key Directory is asked.
    """

    def __init__(
        self, ring: KeyRing, settings: Settings, tell: Callable[[KeyRecord], None], *, web: Web | None = None
    ) -> None:
        self._ring = ring
        self._settings = settings.keys
        self._tell = tell
        self._web = web or Web()
        self.has_refused = False

    def take(self, paths: Sequence[Path], wkd_for: Sequence[str] = (), ldap_for: Sequence[str] = ()) -> None:
        """Import what is in files and folders, then what the directories have for these addresses."""
        for path in paths:
            for file in self._tried(str(path), files.files_at, path):
                self._all(self._tried(str(file), files.found_in, file))
        for address in wkd_for:
            self._all(self._tried(address, self._from_wkd, address))
        for address in ldap_for:
            self._all(self._tried(address, self._from_ldap, address))

    def _from_wkd(self, address: str) -> Sequence[Found]:
        if not self._settings.wkd:
            raise NotPermitted("no Web Key Directory is asked here", hint="'wkd: true' under 'keys' allows it")
        return [wkd.look_up(address, self._web)]

    def _from_ldap(self, address: str) -> Sequence[Found]:
        if self._settings.ldap is None:
            raise NotPermitted("no LDAP directory is asked here", hint="'ldap' under 'keys' names one")
        return ldap.look_up(address, self._settings.ldap.directory())

    def _tried(self, where: str, look: Callable[[G], Sequence[T]], at: G) -> Sequence[T]:
        """Return what was found somewhere; trouble there is said, and the others go on."""
        try:
            return look(at)
        except PermissionError:
            raise
        except (GatewayError, OSError) as trouble:
            self._refuse(where, trouble.message if isinstance(trouble, GatewayError) else "it cannot be read", trouble)
            return []

    def _all(self, found: Sequence[Found]) -> None:
        for each in found:
            try:
                record = self._ring.import_key(each.content, MachineClock().now(), source=each.source, names=each.names)
            except (NotSealed, NotFound, StoreError, TryLater) as trouble:
                self._refuse(each.where, trouble.message, trouble)
            else:
                self._tell(record)
                _say_imported(record)

    def _refuse(self, where: str, why: str, trouble: Exception) -> None:
        self.has_refused = True
        hint = trouble.hint if isinstance(trouble, GatewayError) else ""
        click.echo(show.inert(f"refused {where}: {why}") + (f"\n  {hint}" if hint else ""), err=True)


def _say_imported(record: KeyRecord) -> None:
    show.say(f"imported {record.kind} {record.fingerprint} of {record.address}")
    if record.approved_by:
        show.say(f"  it stays approved by {record.approved_by} for {', '.join(record.approved_for)}")
    if set(record.addresses) - set(record.approved_for):
        show.say("  compare the fingerprint with its owner, then")
        several = " --for ADDRESS" if len(record.addresses) > 1 else ""
        show.say(f"  gateway keys approve {record.fingerprint}{several}")
