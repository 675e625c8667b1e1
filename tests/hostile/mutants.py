"""Documents of every format, damaged on purpose: the same ones for the same seed."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from gateway.testing.canaries import CanaryDocument, all_documents
from gateway.worker.samples import samples

LENGTHS = (b"\x00\x00\x00\x00", b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\x00\x00\x00\x80", b"\x01\x00\x00\x00")
PACKED = frozenset({"docx", "xlsx", "pptx", "odt", "ods", "odp", "epub", "xlsb", "zip"})
"""Kinds whose every byte of content is under a checksum."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A damaged document, how it was damaged, and what it was before."""

    name: str
    data: bytes
    how: str
    source: CanaryDocument


def originals() -> list[CanaryDocument]:
    """Return every canary document, and the samples as documents without canaries."""
    tiny = [CanaryDocument(kind=name.rpartition(".")[2], name=name, data=data, canaries=()) for name, data in samples()]
    return [*all_documents(), *tiny]


def mutants(count: int, seed: int) -> Iterator[Mutant]:
    """Yield `count` mutants, formats taking turns."""
    chance = random.Random(seed)  # noqa: S311 - damage, not secrets
    sources = originals()
    for number in range(count):
        source = sources[number % len(sources)]
        how = chance.choice(HOWS)
        data = how(bytearray(source.data), chance, sources)
        yield Mutant(name=source.name, data=bytes(data), how=how.__name__, source=source)


def _flip(data: bytearray, chance: random.Random, _others: Sequence[CanaryDocument]) -> bytearray:
    """Change one to twenty bytes."""
    for _ in range(chance.randint(1, 20)):
        if data:
            data[chance.randrange(len(data))] = chance.randrange(256)
    return data


def _cut(data: bytearray, chance: random.Random, _others: Sequence[CanaryDocument]) -> bytearray:
    """Lose the end."""
    return data[: chance.randrange(1, max(2, len(data)))]


def _lose(data: bytearray, chance: random.Random, _others: Sequence[CanaryDocument]) -> bytearray:
    """Lose a stretch."""
    at = chance.randrange(max(1, len(data)))
    del data[at : at + chance.randint(1, 400)]
    return data


def _repeat(data: bytearray, chance: random.Random, _others: Sequence[CanaryDocument]) -> bytearray:
    """Say a stretch twice."""
    at = chance.randrange(max(1, len(data)))
    data[at:at] = data[at : at + chance.randint(1, 400)]
    return data


def _lie(data: bytearray, chance: random.Random, _others: Sequence[CanaryDocument]) -> bytearray:
    """Write numbers that no length should be."""
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(max(1, len(data)))
        data[at : at + 4] = chance.choice(LENGTHS)
    return data


def _splice(data: bytearray, chance: random.Random, others: Sequence[CanaryDocument]) -> bytearray:
    """Put a piece of another document in."""
    other = chance.choice(others).data
    begin = chance.randrange(max(1, len(other)))
    at = chance.randrange(max(1, len(data)))
    data[at:at] = other[begin : begin + chance.randint(1, 2000)]
    return data


def _within(data: bytearray, chance: random.Random, others: Sequence[CanaryDocument]) -> bytearray:
    """Damage one part of a ZIP and pack it again with a right checksum."""
    try:
        with zipfile.ZipFile(io.BytesIO(bytes(data))) as archive:
            parts = {entry.filename: archive.read(entry) for entry in archive.infolist()}
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError, ValueError):
        return _flip(data, chance, others)
    name = chance.choice(sorted(parts)) if parts else ""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for each, content in parts.items():
            damaged = chance.choice((_flip, _cut, _lose, _repeat, _lie))(bytearray(content), chance, others)
            archive.writestr(zipfile.ZipInfo(each), bytes(damaged) if each == name else content)
    return bytearray(target.getvalue())


How = Callable[[bytearray, random.Random, Sequence[CanaryDocument]], bytearray]
HOWS: tuple[How, ...] = (_flip, _cut, _lose, _repeat, _lie, _splice, _within)
