"""The real child with a text extractor that does what the text says: end, hang, fail, or give pictures to read."""

from __future__ import annotations

import ctypes
import os
import signal
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from unittest.mock import patch

from gateway.extract import Aids, Extractor, Found, Limits, Raster, Scan, Telling
from gateway.extract.builtin import builtin
from gateway.extract.formats.text.extractor import TextExtractor
from gateway.system.sandbox import Work, serve
from gateway.worker import child


def hang() -> None:
    while True:
        time.sleep(1)


DEEDS: dict[bytes, Callable[[], object]] = {
    b"ABORT": os.abort,
    b"EXIT": lambda: os._exit(0),
    b"FAULT": lambda: ctypes.string_at(0),
    b"HANG": hang,
}
PICTURES = {b"PICTURES": range(1, 9), b"WAITING": range(11, 19), b"SLOW": range(21, 45)}


class Poisonous(TextExtractor):
    """Obeys the first word of a text; reads any other text as always."""

    def open(self, data: bytes, limits: Limits) -> Iterable[Found]:  # type: ignore[override]  # it finds pictures too
        """Obey, or read."""
        word = data.partition(b" ")[0]
        if word in DEEDS:
            DEEDS[word]()
        for number in PICTURES.get(word, ()):
            yield Scan(name=f"picture {number}", telling=Telling.PICTURE, render=partial(picture, number))
        yield from super().open(data, limits)


def picture(number: int) -> Raster:
    """Return a picture with a number."""
    return Raster(width=2, height=1, grey=bytes([0, number]))


class Reader:
    """Reads a picture as its number; the fifth hangs, those from the 21st take a second each.

    Those from the eleventh are read once this process was told to go on, by SIGUSR1.
    """

    def __init__(self) -> None:
        self._may_go_on = False
        signal.signal(signal.SIGUSR1, self._go_on)  # here already: a worker is forked with it

    def _go_on(self, *_: object) -> None:
        self._may_go_on = True

    def read(self, raster: Raster) -> str:
        """Return the number, in time or not."""
        if raster.grey[1] == 5:
            hang()
        if raster.grey[1] > 20:
            time.sleep(1)
        while 10 < raster.grey[1] <= 20 and not self._may_go_on:
            time.sleep(0.01)
        return f"number {raster.grey[1]}"


def poisonous() -> Sequence[Extractor]:
    """Return the built-in extractors, with ours for text."""
    return [Poisonous() if isinstance(each, TextExtractor) else each for each in builtin()]


def prepare(setup: bytes) -> Work:
    """Prepare as the real child does."""
    with patch.object(child, "builtin_extractors", poisonous), patch.object(child, "Aids", lambda **_: AIDS):
        return child.prepare(setup)


AIDS = Aids(reader=Reader())

if __name__ == "__main__":
    serve(prepare)
