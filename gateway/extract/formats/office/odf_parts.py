"""Parts of an OpenDocument file, one after the other (OpenDocument 1.3 part 2), those that are encrypted set apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from gateway.extract import Found, Inner, Limits, Locked
from gateway.extract.formats.leaves import properties
from gateway.extract.formats.office.odf_locks import LockedEntry, cipher_of, locked_entries, unlock
from gateway.extract.formats.office.odf_rows import without_plain_rows
from gateway.extract.formats.office.ooxml import TEXT, OfficeParts
from gateway.extract.formats.office.opendocument import OpenMarkup, settings
from gateway.extract.formats.office.package import Package, Part
from gateway.extract.formats.office.plain import without_plain_open
from gateway.extract.formats.office.shared import Shared
from gateway.extract.formats.office.star_metafile import is_metafile, metafile
from gateway.model.inspection import Segment, Where

MEDIA_TYPE: Final = re.compile(rb"[a-z]+/[a-z][a-z0-9.+-]{1,100}\s{0,2}")
MANIFEST: Final = "META-INF/manifest.xml"
MACHINERY: Final = re.compile(r"META-INF/manifest\.xml|manifest\.rdf|Configurations2/.*|(.*/)?layout-cache")
WHOLE: Final = "encrypted-package"


class OpenParts(OfficeParts):
    """Reads the parts of one OpenDocument file."""

    def __init__(self, shared: Shared, package: Package, media_type: bytes, limits: Limits) -> None:
        super().__init__(shared)
        self.boxes = Where.BODY if b"presentation" in media_type or b"graphics" in media_type else Where.TEXTBOX
        self.limits = limits
        self.hidden: set[str] = set()
        self.entries = locked_entries(package.peek(MANIFEST))
        self.locked: list[Part] = []

    def part(self, part: Part) -> Iterator[Found]:
        """Read one part; keep those that are encrypted until all others are read."""
        if part.name in self.entries:
            self.locked.append(part)
        else:
            yield from super().part(part)

    def rest(self) -> Iterator[Found]:
        """Yield what is encrypted, as one: one password opens all of it."""
        if self.locked:
            yield Locked(cipher=cipher_of(self.entries[part.name] for part in self.locked), unlock=self.unlock)

    def unlock(self, password: str) -> Iterable[Found] | None:
        """Return what is in the encrypted parts, or None when the password is wrong."""
        entry = min(self.locked, key=lambda part: len(part.data))
        if unlock(entry.data, self.entries[entry.name], password, self.limits) is None:
            return None
        return self._unlocked(password)

    def _unlocked(self, password: str) -> Iterator[Found]:
        for part in sorted(self.locked, key=lambda part: part.name != "styles.xml"):
            opened = unlock(part.data, self.entries[part.name], password, self.limits)
            if opened is None:
                yield Locked(name=part.name, cipher=cipher_of([self.entries[part.name]]), unlock=_stays_shut)
            elif part.name == WHOLE:
                yield Inner(name="", data=opened)
            else:
                yield from super().part(Part(part.name, b"", opened))

    def not_xml(self, name: str, data: bytes) -> Iterator[Found]:
        """Hand on what is embedded."""
        if name == "mimetype" and MEDIA_TYPE.fullmatch(data):
            yield Segment(where=Where.PROPERTY, text=data.decode("ascii"), name=name)
        elif is_metafile(data):
            yield from metafile(name, data)
        else:
            yield from super().not_xml(name, data)

    def xml(self, name: str, data: bytes) -> Iterator[Segment]:
        """Read one XML part by what it is."""
        last = name.rpartition("/")[2]
        if MACHINERY.fullmatch(name) and not TEXT.search(data, 1) and b"<![" not in data:
            return
        if last == "meta.xml" or name.startswith("META-INF/"):
            yield from properties(data)
        elif last == "settings.xml":
            yield from settings(data)
        else:
            where = Where.HIDDEN if last == "styles.xml" else Where.BODY
            part = OpenMarkup(where, last, self.hidden, boxes=self.boxes)
            part.read(without_plain_open(without_plain_rows(data)))
            yield from part.segments()


def _stays_shut(_password: str) -> None:
    """Open nothing: the password that opened the other parts does not fit this one."""


__all__ = ["LockedEntry", "OpenParts"]
