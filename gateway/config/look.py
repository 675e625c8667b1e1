"""How the console looks: the organisation's own colours and name. Colours that people could not read are refused."""

from __future__ import annotations

import re
from typing import Annotated, Final, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator

from gateway.model.validation import Strict, Words

COLOUR: Final = re.compile(r"#[0-9a-f]{6}")
READABLE: Final = 4.5
"""The least contrast of text with what is behind it: WCAG 2.2, success criterion 1.4.3."""

LINEAR: Final = 0.04045
"""Up to here a share of a colour grows with the light it gives: WCAG 2.2, "relative luminance"."""


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour such as `#1d70b8`, 0 to 1: WCAG 2.2, "relative luminance"."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= LINEAR else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21: WCAG 2.2, "contrast ratio"."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def lighter(colour: str, behind: str) -> str:
    """Return the colour, mixed with as little white as lets people read it on a dark background."""
    parts = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    for share in range(0, 101, 5):
        mixed = "#" + "".join(f"{part + (255 - part) * share // 100:02x}" for part in parts)
        if contrast(mixed, behind) >= READABLE:
            return mixed
    return "#ffffff"


def _colour(given: str) -> str:
    colour = given.lower()
    if not COLOUR.fullmatch(colour):
        raise ValueError(f"'{given}' is not understood; write a colour as six digits in quotes, for example '#1d70b8'")
    if (found := contrast(colour, "#ffffff")) < READABLE:
        raise ValueError(
            f"white letters on '{given}' cannot be read: their contrast is {found:.2f}, and must be {READABLE}; "
            "choose a darker colour"
        )
    return colour


def _zone(given: str) -> str:
    try:
        ZoneInfo(given)
    except (ZoneInfoNotFoundError, ValueError, OSError) as trouble:
        raise ValueError(f"'{given}' is no time zone of this machine; write for example Europe/London") from trouble
    return given


Colour: TypeAlias = Annotated[str, AfterValidator(_colour)]
Zone: TypeAlias = Annotated[str, AfterValidator(_zone)]


class LookSettings(Strict):
    """The console's look. `name` is shown at the top of every page.

    `header` is the colour behind it, `brand` that of lines, bars and the page that one is on; white must be readable
    on both. Pages tell the time of `zone`.
    """

    name: Words = "Secure transfer"
    header: Colour = "#0b0c0c"
    brand: Colour = "#1d70b8"
    zone: Zone = "Europe/London"
