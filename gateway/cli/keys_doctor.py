"""What `gateway doctor` says about recipients' keys and where they are looked up."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from typing import Final

from gateway.cli.keys_ledger import approved_in
from gateway.cli.opening import open_store
from gateway.config.settings import Settings
from gateway.errors import GatewayError
from gateway.protect.keys.bindings import is_installed
from gateway.protect.keys.checkup import KeyState, check_all
from gateway.protect.keys.rules import KeyWrap
from gateway.protect.keys.x509_chain import Authorities
from gateway.system.clock import MachineClock

SEE: Final = "see 'gateway keys check'"


def examine_keys(settings: Settings) -> Iterator[tuple[str, str, str]]:
    """Yield (state, what, fix) about approved keys, authorities, and the programs and libraries that keys need."""
    yield from _places(settings)
    if is_installed():
        yield "ok", "OpenPGP keys of version 6 and X25519 can be used (pysequoia)", ""
    else:
        fix = "pip install 'secure-transfer-gateway[sequoia]', if a recipient has one"
        yield "note", "OpenPGP keys of version 6 and X25519 cannot be used", fix
    if not (settings.paths.state / "keys").is_dir():
        return
    ring = settings.keys.ring(settings.paths.state)
    try:
        states = list(check_all(ring, MachineClock().now(), settings.keys.warn))
    except GatewayError as error:
        yield "wrong", error.message, error.hint
        return
    for each in ring.damaged():
        yield "wrong", f"{each.message}: nothing is sealed to it", each.hint
    yield from _approved(settings, states)
    yield from _entered(settings, states)


def _entered(settings: Settings, states: Sequence[KeyState]) -> Iterator[tuple[str, str, str]]:
    """Compare what is approved with the ledger: an approval that does not stand there was written by other means."""
    approved = [each.record for each in states if each.record.approved_at]
    if not approved:
        return
    try:
        with open_store(settings) as store:
            entered = approved_in(store.ledger.entries())
    except GatewayError as error:
        yield "wrong", f"approvals of keys cannot be compared with the ledger: {error.message}", error.hint
        return
    for record in approved:
        unknown = sorted(set(record.approved_for) - entered.get(record.fingerprint, frozenset()))
        if unknown:
            what = f"the approval of {record.fingerprint} for {', '.join(unknown)} does not stand in the ledger"
            fix = "compare its fingerprint with its owner; remove it, import it and approve it again"
            yield "note", f"{what}: an older release wrote it, or somebody by hand", fix


def _approved(settings: Settings, states: Sequence[KeyState]) -> Iterator[tuple[str, str, str]]:
    approved = [each for each in states if each.record.approved_at]
    waiting = len(states) - len(approved)
    more = f"; {waiting} wait for an officer's approval" if waiting else ""
    yield "ok", f"{sum(each.is_usable for each in approved)} recipients' keys are approved and usable{more}", ""
    for each in approved:
        if not each.is_usable:
            yield (
                "wrong",
                f"the key of {', '.join(each.record.approved_for)} may not be used: {each.reason}",
                "ask its owner for a new one",
            )
        for warning in each.warnings:
            if "wrapped" not in warning:
                yield "note", f"the key of {', '.join(each.record.approved_for)}: {warning}", SEE
    weak = [each for each in approved if each.key_wrap.startswith(KeyWrap.AES128)]
    if weak and settings.keys.aes128_key_wrap == "allow":
        what = f"{len(weak)} approved keys have the content's key wrapped with AES-128, as keys.aes128_key_wrap allows"
        yield "note", what, "ask for RSA or P-521 keys, and set it to refuse, where AES-256 must hold all the way"


def _places(settings: Settings) -> Iterator[tuple[str, str, str]]:
    keys = settings.keys
    if keys.authorities is not None:
        try:
            trusted = len(Authorities.read(keys.authorities).certificates)
        except (GatewayError, OSError) as error:
            what = error.message if isinstance(error, GatewayError) else f"{keys.authorities} cannot be read"
            yield "wrong", what, "mend it; until then no X.509 certificate is used"
        else:
            state, fix = ("ok", "") if trusted else ("wrong", "put certificates there; until then none is used")
            yield state, f"{trusted} authorities for recipients' X.509 certificates, revocation {keys.revocation}", fix
    if keys.self_signed:
        yield "note", "self-signed certificates can be approved: nobody vouches for them but the officer", ""
    if keys.ldap is not None and not shutil.which("ldapsearch"):
        yield "wrong", "ldapsearch is not installed: the LDAP directory cannot be asked", "install ldap-utils"
