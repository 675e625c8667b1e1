"""Reads pictures in the tests: with the real reader, or with one that answers from a list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest

from gateway.extract import Aids, Extraction, Limits, Raster, Reader
from gateway.extract.builtin import builtin
from gateway.extract.walk import extract
from gateway.model.inspection import GapKind
from gateway.testing.sealed import sealed
from gateway.worker.ocr import open_reader

EXTRACTORS = builtin()
READER = open_reader()
needs_reader = pytest.mark.skipif(READER is None, reason="Tesseract or its data is not installed")


def seen(
    data: bytes,
    name: str = "file",
    limits: Limits | None = None,
    reader: Reader | None = READER,
    may_read: Callable[[], bool] = lambda: True,
    lost: Mapping[str, GapKind] | None = None,
) -> Extraction:
    """Extract under the seal, with a reader lent: touching anything fails the test."""
    aids = Aids(reader=reader, may_read=may_read, lost=lost or {})
    with sealed():
        return extract(name, data, limits or Limits(), EXTRACTORS, aids)


@dataclass(slots=True)
class Listed:
    """A reader that says what it was asked to read, in order: by width."""

    asked: list[int] = field(default_factory=list)

    def read(self, raster: Raster) -> str:
        """Return the picture's width as a word."""
        self.asked.append(raster.width)
        return f"wide{raster.width}"
