"""Plug-ins: entry points of other distributions, loaded only where the configuration names them.

Discovery is not consent: an installed plug-in that is not named does not load. One that is named and missing, or that
does not load, stops the start. Two distributions that claim one name are refused, so that neither can take the other's
place; the names of our own entry points cannot be claimed at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final

from gateway.errors import GatewayError
from gateway.model.document import nearest

OURS: Final = "secure-transfer-gateway"


class Seam(StrEnum):
    """The entry-point groups."""

    CHANNELS = "gateway.channels"
    DETECTORS = "gateway.detectors"
    ENCRYPTORS = "gateway.encryptors"
    EXTRACTORS = "gateway.extractors"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugin:
    """One loaded plug-in: the object behind the entry point, and the distribution it came from."""

    name: str
    loaded: Any
    distribution: str
    version: str


def installed(seam: Seam) -> tuple[EntryPoint, ...]:
    """Return the entry points of a group that are installed, ours too, without loading any."""
    return tuple(entry_points(group=seam))


def built_in(seam: Seam) -> tuple[Plugin, ...]:
    """Return our own, loaded."""
    return tuple(_loaded(seam, each) for each in installed(seam) if _distribution(each) == OURS)


def load_named(seam: Seam, names: Sequence[str]) -> tuple[Plugin, ...]:
    """Load the plug-ins that the configuration names, in its order; `GatewayError` for any that will not load."""
    found = installed(seam)
    return tuple(_loaded(seam, _the_one(seam, name, found)) for name in dict.fromkeys(names))


def _the_one(seam: Seam, name: str, found: Iterable[EntryPoint]) -> EntryPoint:
    """Return the only entry point of this name."""
    known = {each.name for each in found}
    makers = [each for each in found if each.name == name]
    if not makers:
        near = nearest(name, known) if known else "none is installed"
        raise GatewayError(
            f"the plug-in '{name}' ({seam}) is named in the configuration and not installed",
            hint=f"install it or take it out under 'plugins'; {near}",
        )
    if len({_distribution(each) for each in makers}) > 1:
        listed = ", ".join(sorted(_distribution(each) for each in makers))
        raise GatewayError(
            f"the plug-in '{name}' ({seam}) is offered by more than one distribution: {listed}",
            hint="uninstall all but one; a plug-in must not take another's place",
        )
    return makers[0]


def _loaded(seam: Seam, each: EntryPoint) -> Plugin:
    try:
        loaded = each.load()
    except Exception as error:
        # Any failure of foreign code stops the start: a gateway without a configured detector would miss what it finds.
        raise GatewayError(
            f"the plug-in '{each.name}' ({seam}, {_distribution(each)}) does not load: {type(error).__name__}",
            hint="repair it, or take it out under 'plugins'",
        ) from error
    version = each.dist.version if each.dist else ""
    return Plugin(name=each.name, loaded=loaded, distribution=_distribution(each), version=version)


def _distribution(each: EntryPoint) -> str:
    return each.dist.name if each.dist else "unknown"
