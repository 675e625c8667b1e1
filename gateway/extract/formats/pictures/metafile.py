"""Metafiles, EMF and WMF: drawings as a list of commands, as Office keeps beside charts and objects for a preview.

Text commands are text; bitmaps are put back into files and opened in turn; letters that are drawn as shapes are painted
for the reader. What shows words and can be none of these is a gap.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from gateway.extract import Found, Limits, media
from gateway.extract.formats.pictures.metafile_emf import Emf
from gateway.extract.formats.pictures.metafile_wmf import Wmf

EMF_MARK: Final = slice(40, 44)


class MetafileExtractor:
    """Reads EMF and WMF."""

    name = "metafile"
    media_types = frozenset({media.EMF, media.WMF})

    def open(self, data: bytes, limits: Limits) -> Iterable[Found]:
        """Return text, bitmaps and drawings."""
        del limits  # nothing is inflated
        yield from Emf(data).read() if data[EMF_MARK] == b" EMF" else Wmf(data).read()
