"""A whole gateway in a folder of its own, for tests and measurements."""

from __future__ import annotations

from pathlib import Path

from gateway.config.settings import Settings
from gateway.config.vault import VaultSettings
from gateway.store.embedded import create_keys
from gateway.system.atomic import make_private_folder


def make_home(settings: Settings, home: Path) -> Settings:
    """Return the settings with every path moved under `home`, the folders and keys made; policies stay shared.

    Folder channels move too, and the vault's key is a new one in a file: nothing outside `home` is read or written.
    """
    paths = settings.paths.model_copy(
        update={
            "outbound": home / "outbound",
            "notices": home / "outbound" / "notices",
            "state": home / "state",
            "quarantine": home / "quarantine",
        }
    )
    channels = {
        name: channel.model_copy(update={"path": home / "delivered" / name}) if channel.kind == "folder" else channel
        for name, channel in settings.channels.items()
    }
    for folder in (paths.state, paths.state / "keys", paths.state / "keys" / "recipients", paths.quarantine):
        make_private_folder(folder)
    for folder in (paths.outbound / "to", paths.notices):
        folder.mkdir(parents=True, exist_ok=True)
    for channel in channels.values():
        if channel.kind == "folder":
            channel.path.mkdir(parents=True, exist_ok=True)
    create_keys(paths.state)
    return settings.model_copy(update={"home": home, "paths": paths, "channels": channels, "vault": VaultSettings()})
