"""Where the folders of an installation may lie: apart, so that nothing takes another's files for its own.

A vault within the outbound folder would be taken for files to send, and moved out of its place.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Final

from gateway.config.channels import FolderSettings
from gateway.config.settings import Settings
from gateway.errors import Complaint
from gateway.model.document import Document
from gateway.model.document import Path as Steps

OUTBOUND: Final = "outbound folder"
NOTICES: Final = "notices folder"
TAKEN: Final = frozenset({"to", ".work"})
"""Names within the outbound folder that the folder door uses itself; so are those of routes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A folder: what people call it, where it really lies, and where the configuration says so."""

    what: str
    lies: Path
    steps: Steps


def overlaps(document: Document, settings: Settings) -> Iterator[Complaint]:
    """Yield every two folders of which one lies within the other, links followed; `settings` has absolute paths.

    Only the notices folder may stand directly below the outbound folder.
    """
    for one, other in combinations(_places(settings), 2):
        outer, inner = (one, other) if other.lies.is_relative_to(one.lies) else (other, one)
        if not inner.lies.is_relative_to(outer.lies):
            continue
        if (outer.what, inner.what) != (OUTBOUND, NOTICES) or outer.lies == inner.lies:
            message = f"the {inner.what} is within the {outer.what}; give each a place of its own"
        elif told_in_outbound(settings) in {None, *TAKEN}:
            names = " or ".join(f"'{name}'" for name in sorted(TAKEN))
            message = f"the {NOTICES} may stand directly below the {OUTBOUND} only, and not be named {names}; move it"
        else:
            continue
        yield document.complaint(inner.steps if inner.steps in document.places else outer.steps, message)


def told_in_outbound(settings: Settings) -> str | None:
    """Return the name of the notices folder where it stands directly below the outbound folder; else None."""
    notices = _really(settings.paths.notices)
    return notices.name if notices.parent == _really(settings.paths.outbound) else None


def _places(settings: Settings) -> Iterator[_Place]:
    for name in ("outbound", "state", "quarantine", "policies", "notices"):
        yield _Place(what=f"{name} folder", lies=_really(getattr(settings.paths, name)), steps=("paths", name))
    if settings.paths.observed_policies is not None:
        lies = _really(settings.paths.observed_policies)
        yield _Place(what="observed_policies folder", lies=lies, steps=("paths", "observed_policies"))
    for name, channel in settings.channels.items():
        if isinstance(channel, FolderSettings):
            what = f"folder of the channel '{name}'"
            yield _Place(what=what, lies=_really(channel.path), steps=("channels", name, "path"))


def _really(path: Path) -> Path:
    """Return the path without links; unlike `Path.resolve`, links that lead in a circle raise nothing."""
    return Path(os.path.realpath(path))
