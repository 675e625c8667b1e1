"""Facts of the ledger's entries that are codes there, in plain words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from gateway.console.held.noticed import ABOUT, TOPICS
from gateway.console.held.words import DELIVERIES, GAPS, kind_of
from gateway.console.words.tongue import Tongue
from gateway.model.inspection import GapKind
from gateway.model.lifecycle import DeliveryState
from gateway.model.tier import Tier

Speaks: TypeAlias = Callable[[str, Tongue], str]
"""Makes words of one code, and leaves one as it is that it does not know."""


def _found(code: str, tongue: Tongue) -> str:
    return kind_of(code, tongue.language)


def _not_read(code: str, tongue: Tongue) -> str:
    return tongue.say(GAPS[GapKind(code)]) if code in set(GapKind) else code


def _ended(code: str, tongue: Tongue) -> str:
    return tongue.say(DELIVERIES[DeliveryState(code)][0]).lower() if code in set(DeliveryState) else code


def _about(code: str, tongue: Tongue) -> str:
    said = tongue.say(TOPICS.get(code) or ABOUT.get(code.partition(":")[0], ""))
    return said[:1].lower() + said[1:] or code


def _marking(code: str, tongue: Tongue) -> str:
    return tongue.say("none") if code == Tier.UNMARKED.label else code


SPEAK: Final[Mapping[str, Speaks]] = {
    "about": _about,
    "ended": _ended,
    "entity": _found,
    "findings": _found,
    "gaps": _not_read,
    "marking": _marking,
}
"""What makes words of a fact, by its name."""

COUNTED: Final = frozenset({"findings", "gaps"})
"""Facts of which it is worth saying that there is nothing."""


def in_words(name: str, value: object, tongue: Tongue) -> object:
    """Return a fact with words in place of its codes; what holds none, as it is."""
    if not value and name in COUNTED:
        return tongue.say("nothing")
    if (speak := SPEAK.get(name)) is None:
        return value
    if isinstance(value, Mapping):
        return {speak(str(code), tongue): count for code, count in value.items()}
    return speak(value, tongue) if isinstance(value, str) else value
