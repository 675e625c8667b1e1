"""What browsers load beside a page: scripts and stylesheets, under addresses that change when they do.

An address holds the first digits of the file's SHA-256, so a browser may keep it for ever. A text of ours names another
file as `static:name`; that becomes its address.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Final

from gateway.config.look import LookSettings, lighter

FOREVER: Final = "public, max-age=31536000, immutable"
TYPES: Final[Mapping[str, str]] = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "mjs": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
VENDORED: Final = ("govuk-frontend.min.css", "govuk-frontend.min.js", "htmx-csp.min.js")
NAMED: Final = re.compile(rb"static:([a-z0-9.-]+)")
NIGHT: Final = "#16191c"
"""What is behind the text in the dark scheme, as in `console.css`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticFile:
    """One file: the last part of its address, its content and its media type."""

    name: str
    content: bytes = field(repr=False)
    media_type: str


def address(name: str, content: bytes) -> str:
    """Return the last part of a file's address: `console.3f2a9c1b7d04.css`."""
    stem, _, ending = name.rpartition(".")
    return f"{stem}.{hashlib.sha256(content).hexdigest()[:12]}.{ending}"


def brand(look: LookSettings) -> bytes:
    """Return the stylesheet with the organisation's own colours, for light and for dark."""
    by_night = lighter(look.brand, NIGHT)
    return (
        f":root{{--govuk-brand-colour:{look.brand};--header-colour:{look.header}}}\n"
        f"@media screen and (prefers-color-scheme:dark){{:root{{--govuk-brand-colour:{by_night}}}}}\n"
    ).encode()


class StaticFiles:
    """Every file, read once at start."""

    def __init__(self, look: LookSettings) -> None:
        """Read them all; the organisation's colours become one of them. Ours may name those of others."""
        folder = files("gateway.console").joinpath("static")
        self._addresses: dict[str, str] = {}
        self._files: dict[str, StaticFile] = {}
        for name in VENDORED:
            self._add(name, folder.joinpath("vendor", name).read_bytes())
        self._add("brand.css", brand(look))
        for own in folder.iterdir():
            if own.is_file():
                self._add(own.name, NAMED.sub(lambda named: self.address(named[1].decode()).encode(), own.read_bytes()))

    def _add(self, name: str, content: bytes) -> None:
        at = address(name, content)
        self._addresses[name] = f"/static/{at}"
        self._files[at] = StaticFile(name=at, content=content, media_type=TYPES[name.rpartition(".")[2]])

    def address(self, name: str) -> str:
        """Return the whole address of a file; KeyError when there is none of that name."""
        return self._addresses[name]

    def find(self, at: str) -> StaticFile | None:
        """Return the file at an address (its last part); None when nothing of that name and content is there."""
        return self._files.get(at)
