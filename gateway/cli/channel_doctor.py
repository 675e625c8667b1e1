"""What `gateway doctor` says of the second channel, which tells recipients their passphrases."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.config.settings import Settings
from gateway.daemon.telling import troubles


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
