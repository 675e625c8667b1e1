"""What `gateway doctor` says of who is told things: recipients by the second channel, and collectors."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.cli.opening import open_store
from gateway.config.settings import Settings
from gateway.daemon.siem import collectors
from gateway.daemon.telling import troubles
from gateway.errors import GatewayError
from gateway.system.clock import MachineClock


def examine_second_channel(settings: Settings) -> Iterator[tuple[str, str, str]]:
    """Yield (state, what, fix) about the second channel; nobody is told anything."""
    channel = settings.passphrases.channel
    if channel is None:
        yield "ok", "passphrases that were not agreed are told by senders; there is no second channel", ""
        return
    found = [*troubles(settings)]
    for trouble in found:
        yield "wrong", f"the second channel tells nobody: {trouble}", "see 'passphrases' in config/README.md"
    if not found:
        yield "ok", f"passphrases are told by {channel.called} where the policy has a number", ""


def examine_collectors(settings: Settings) -> Iterator[tuple[str, str, str]]:
    """Yield (state, what, fix) about each collector; none is told anything."""
    if not settings.siem:
        return
    fix = "see 'siem' in config/README.md"
    try:
        with open_store(settings) as store:
            for each in collectors(settings.siem, store, MachineClock()):
                what = f"collector {each.name} at {settings.siem[each.name].to}"
                trouble = each.try_out()
                state = f"cannot be reached: {trouble}" if trouble else "can be reached"
                waiting = f"{each.behind()} entries wait for it"
                yield "wrong" if trouble else "ok", f"{what} {state}; {waiting}", fix if trouble else ""
    except GatewayError as error:
        yield "wrong", f"collectors are told nothing: {error.message}", error.hint or fix
