"""Who is measured by `gateway bench scan`: this gateway, its engines, ripgrep and Presidio. Rates are MB/s of one core.

All are given the same documents. In-process readers are measured in process time. Of ripgrep it is the user time on
one file of at least 100 MB, less that on an empty one (start and compilation), with `--no-unicode`: on bytes, as our
engine reads them. With `-c` it looks no further in a line that matches; with `-ob` it tells every match and its place,
as we do, but for those that overlap. Presidio's pattern detectors read a sample, in their own process, on a blank
pipeline.
"""

from __future__ import annotations

import re
import resource
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.classify import Pattern
from gateway.classify.assess import Classifier
from gateway.classify.matching_re2 import Re2Engine
from gateway.errors import GatewayError
from gateway.model.inspection import OpenedPart, Segment, Where
from gateway.system.programs import run
from gateway.testing.accuracy.presidio import ask

OURS: Final = "gateway, everything on"
ENGINE: Final = "gateway, engine only"
RE2: Final = "google-re2 engine"
RIPGREP: Final = "ripgrep -c, same patterns"
RIPGREP_EVERY: Final = "ripgrep -ob, same patterns"
PRESIDIO: Final = "presidio, 16 patterns"
MEGA: Final = 1_000_000
LARGE: Final = 100 * MEGA
SAMPLE: Final = {"prose": 3, "dense": 1}
"""Documents that Presidio reads in a round."""
TICK: Final = 0.001
"""Less than this is not measured. Seconds."""
MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a file in memory, so that no disk is measured
Rate = Callable[[], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """One kind of material: documents, and their size in bytes."""

    kind: str
    documents: Sequence[str]
    size: int

    @classmethod
    def of(cls, kind: str, documents: Sequence[str]) -> Material:
        """Measure the size."""
        return cls(kind=kind, documents=documents, size=sum(len(each.encode()) for each in documents))


def part_of(text: str) -> OpenedPart:
    """Return a text as extract would hand it over."""
    segment = Segment(where=Where.BODY, text=text)
    return OpenedPart(part="text", media_type="text/plain", sha256="", segments=(segment,))


def in_process(material: Material, read: Callable[[str], object]) -> Rate:
    """Return what measures a reader that is called with each document."""

    def rate() -> float:
        begun = time.process_time()
        for document in material.documents:
            read(document)
        return material.size / MEGA / (time.process_time() - begun)

    return rate


def own_readers(material: Material, classifier: Classifier, other: Re2Engine) -> dict[str, Rate]:
    """Return the readers of this gateway."""
    parts = {id(document): (part_of(document),) for document in material.documents}
    return {
        OURS: in_process(material, lambda document: classifier.classify(parts[id(document)])),
        ENGINE: in_process(material, classifier.engine.find),
        RE2: in_process(material, other.find),
    }


@contextmanager
def ripgrep(
    materials: Sequence[Material], patterns: Sequence[Pattern], *, least: int = LARGE
) -> Iterator[Mapping[tuple[str, str], Rate]]:
    """Lend what measures ripgrep, by kind of material and name; nothing where it is not installed.

    The material is repeated until there are `least` bytes of it.
    """
    if not shutil.which("rg"):
        yield {}
        return
    place = str(MEMORY) if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > 4 * least else None
    with tempfile.TemporaryDirectory(prefix="gateway-bench-", dir=place) as folder:
        listed = Path(folder) / "patterns"
        listed.write_text("\n".join(_for_ripgrep(pattern) for pattern in patterns) + "\n", encoding="utf-8")
        nothing = Path(folder) / "nothing"
        nothing.touch()
        rates: dict[tuple[str, str], Rate] = {}
        for material in materials:
            file = Path(folder) / material.kind
            data = "\n".join(material.documents).encode()
            with file.open("wb") as target:
                for _ in range(-(-least // len(data))):
                    target.write(data)
            rates[material.kind, RIPGREP] = _ripgrep_rate(listed, file, nothing, "-c")
            rates[material.kind, RIPGREP_EVERY] = _ripgrep_rate(listed, file, nothing, "-ob")
        yield rates


def _for_ripgrep(pattern: Pattern) -> str:
    """Return a pattern as ripgrep reads it, line by line: a line break is no part of a line."""
    expression = rf"\b{re.escape(pattern.expression)}\b" if pattern.term else pattern.expression
    expression = re.sub(r"\\([^\w.^$*+?{}\[\]\\|()&~#-])", r"\1", expression)  # escapes that only `re` allows
    expression = expression.replace(r"\n", "").replace(r"\r", "").replace("\n", "")
    expression = re.sub(r"(?<!\\)\[\]", r"\\r?$", expression)  # nothing else was in the class: the line ends here
    return f"(?{'i' * pattern.caseless}:{expression})"  # in a group, or the flag holds for the next ones too


def _ripgrep_rate(listed: Path, file: Path, nothing: Path, what: str) -> Rate:
    def rate() -> float:
        taken = _ripgrep_seconds(listed, file, what) - _ripgrep_seconds(listed, nothing, what)
        return file.stat().st_size / MEGA / max(taken, TICK)

    return rate


def _ripgrep_seconds(listed: Path, file: Path, what: str) -> float:
    """Return the user time that ripgrep takes; raises `GatewayError` when it cannot take a pattern."""
    options = ("--no-config", "--no-unicode", "-a", "-j1", what, "--regex-size-limit=2G", "--dfa-size-limit=2G")
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    ran = run(("rg", *options, "-f", str(listed), str(file)), seconds=600)
    if ran.code > 1:
        complaint = ran.complaint.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise GatewayError(f"ripgrep cannot take these patterns: {complaint[:200]}")
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def presidio(material: Material, python: Path) -> tuple[Rate | None, str]:
    """Return what measures Presidio's pattern detectors, or why they are left out."""
    texts = material.documents[: SAMPLE[material.kind]]
    size = sum(len(text.encode()) for text in texts)

    def rate() -> float:
        return size / MEGA / ask(python, texts, "patterns").seconds

    missing = ask(python, ["a"], "patterns").missing
    return (None, missing) if missing else (rate, "")
