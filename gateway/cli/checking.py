"""What `gateway check` and `doctor` look at beside the files: folders, keys, accounts and roles that settings name."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from gateway.config.settings import Settings
from gateway.daemon.answering import preview_address
from gateway.decide.policy import FactName, Policy, Rule
from gateway.errors import GatewayError
from gateway.model.record import OWNER
from gateway.store import ledger

INIT = "run 'gateway init'"


def lacking(settings: Settings) -> Iterator[str]:
    """Yield a line for each folder and key that is missing or cannot be used, with what to do."""
    paths = settings.paths
    for folder in (paths.state, paths.quarantine):
        if not folder.is_dir():
            yield f"the folder {folder} is missing; {INIT}"
    if paths.state.is_dir():
        own = (paths.state / "keys" / name for name in (ledger.KEY, ledger.VERIFIER))
        for path in (*settings.vault.files(paths.state), *own):
            if not path.is_file():
                yield f"the key {path} is missing; restore it, or {INIT} on a new installation"
    for folder in (paths.outbound, paths.notices):
        yield from _unwritable(f"the folder {folder}", folder, INIT)
    for name, channel in settings.channels.items():
        if channel.kind == "folder":
            fix = INIT if channel.path.is_relative_to(settings.home) else "mount it, or correct its path"
            yield from _unwritable(f"the folder {channel.path} of channel {name}", channel.path, fix)


def _unwritable(what: str, folder: Path, fix: str) -> Iterator[str]:
    if not folder.is_dir():
        yield f"{what} is missing; {fix}"
    elif not os.access(folder, os.W_OK | os.X_OK, effective_ids=True):
        yield f"{what} cannot be written by this account; mend its owner and mode"


def strangers(settings: Settings) -> Iterator[str]:
    """Yield a line for each account of an officer that this machine does not know: nobody can act from it."""
    for officer in settings.officers:
        for account in officer.accounts:
            if account != OWNER and not _is_known(account):
                yield f"officer {officer.name}: there is no account {account} on this machine"


def vacant(settings: Settings, policy: Policy) -> Iterator[str]:
    """Yield a line for each role that rules ask for and no officer has: nobody can release what they hold."""
    held = {role for officer in settings.officers for role in officer.roles}
    asking: dict[str, list[str]] = {}
    for rule in policy.rules:
        for role in _roles_of(rule) - held:
            asking.setdefault(role, []).append(rule.id)
    for role, rules in sorted(asking.items()):
        yield f"no officer has the role {role}, which rules ask for: {', '.join(rules)}"


def logging_in(settings: Settings) -> Iterator[tuple[str, str, str]]:
    """Yield (state, what, fix) for each channel with an account at its mail server, which is not asked."""
    for name, channel in settings.channels.items():
        if channel.kind != "smtp" or channel.password is None:
            continue
        try:
            channel.password.secret().read()
        except GatewayError as error:
            yield "wrong", f"channel {name} cannot log in: {error.message}", error.hint
        else:
            yield "ok", f"channel {name} logs in as {channel.user}", ""


def telling(settings: Settings) -> Iterator[tuple[str, str, str]]:
    """Yield (state, what, fix) for how senders of mail are told, and whether they can answer."""
    notices = settings.notices
    if notices.channel == "folder":
        what = "senders of mail are told in the notices folder, which they may not see"
        yield "note", what, "set notices.channel to an smtp channel, with from"
    elif not notices.own_domain:
        what = "senders of mail are told by mail, and cannot answer or ask what would happen"
        yield "note", what, "set notices.own_domain to a domain of the gateway alone"
    else:
        yield "ok", f"senders of mail are told by mail, may answer, and ask {preview_address(settings)}", ""
        if settings.mail.senders != "internal" and not settings.mail.accounts:
            what = "who answers is known by the envelope sender, which clients of the mail door may choose"
            yield "note", what, "let your mail servers check it, and nobody else connect (mail.clients)"


def _roles_of(rule: Rule) -> set[str]:
    conditions = chain(rule.when, *rule.unless)
    asked = (each.operand for each in conditions if each.fact is FactName.APPROVED_BY)
    return {role for operand in asked if isinstance(operand, frozenset) for role in operand}


def _is_known(account: str) -> bool:
    try:
        pwd.getpwnam(account)
    except KeyError:
        return False
    return True
