"""`gateway bench seal` for ZIP, 7z and PDF: our sealing beside the plain program (7z, qpdf), in the same run.

Each measurement is a fresh process. Ours, ours without its verification, and the program take turns in every round, so
that what else the machine does falls on all. Files of random bytes are read from a folder and written there. Import
time is left out of ours, as is the start of a program: its own is in both.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from gateway.cli.bench_child import HOUR, MEGA, in_child, memory, write_random
from gateway.errors import GatewayError
from gateway.protect import Encryptor, Plain
from gateway.protect.content import InFile
from gateway.protect.methods import seven_zip_writer, zip_writer
from gateway.protect.methods.pdf import PdfEncryptor
from gateway.protect.methods.seven_zip import SevenZipEncryptor
from gateway.protect.methods.zip_writer import ZipEncryptor
from gateway.system import programs

WORDS: Final = "these-words-are-no-secret"
OURS, WRITTEN, PLAIN = "ours", "written", "program"
TARGETS: Final = MappingProxyType({"zip": 0.6})
SIZES: Final = (1, 25, 200)
PDF_SIZES: Final = (1, 25, 90)  # a PDF has a limit of 100 MB
LARGE: Final = 1000  # MB from which nothing is warmed up


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Medians over the rounds. Speeds in MB/s; `written` is ours without its verification, 0 where that is no step.

    Ratios are our speed over the program's in the same round. `peak` is our process at its most in MiB, `grew` how much
    of that came with the sealing. `programs` is the largest program that it started, at most: the system counts what
    our process had when it started one.
    """

    method: str
    megabytes: int
    ours: float
    written: float
    program: float
    ratio: float
    ratio_written: float
    peak: float
    grew: float
    programs: float

    @property
    def is_met(self) -> bool | None:
        """Whether the goal is reached; None where there is none."""
        target = TARGETS.get(self.method)
        return None if target is None else self.ratio >= target


def measure_zip(sizes: Sequence[int] = SIZES, rounds: int = 5, folder: Path | None = None) -> list[Measured]:
    """Seal files of so many MB, each so many times, beside `7z a -tzip -mem=AES256 -mx0`."""
    return list(_measure("zip", sizes, rounds, folder))


def measure_7z(sizes: Sequence[int] = SIZES, rounds: int = 5, folder: Path | None = None) -> list[Measured]:
    """Seal files of so many MB, each so many times, beside `7z a -t7z -mhe=on -mx0 -m0=Copy`."""
    return list(_measure("7z", sizes, rounds, folder))


def measure_pdf(sizes: Sequence[int] = PDF_SIZES, rounds: int = 5, folder: Path | None = None) -> list[Measured]:
    """Seal PDFs of so many MB as they are, each so many times, beside `qpdf --encrypt`."""
    return list(_measure("pdf", sizes, rounds, folder))


def _measure(method: str, sizes: Sequence[int], rounds: int, folder: Path | None) -> Iterator[Measured]:
    kinds = [OURS, PLAIN] if method == "pdf" else [OURS, WRITTEN, PLAIN]
    for megabytes in sizes:
        with tempfile.TemporaryDirectory(prefix=f"bench-{method}-", dir=folder) as made:
            here = Path(made)
            (_write_pdf if method == "pdf" else write_random)(here / "content", megabytes * MEGA)
            runs: dict[str, list[Mapping[str, float]]] = {kind: [] for kind in kinds}
            for number in range(1 if megabytes > LARGE else 0, rounds + 1):  # round 0 warms up, and does not count
                for kind in kinds if number % 2 else reversed(kinds):
                    told = in_child(__name__, method, kind, str(here))
                    runs[kind] += [told] if number else []
                    _clear(here)
        yield _medians(method, megabytes, runs)


def _clear(here: Path) -> None:
    for file in here.iterdir():
        if file.name != "content":
            file.unlink()


def _medians(method: str, megabytes: int, runs: Mapping[str, Sequence[Mapping[str, float]]]) -> Measured:
    seconds = {kind: [each["seconds"] for each in told] for kind, told in runs.items()}

    def speed(kind: str) -> float:
        return megabytes / statistics.median(seconds[kind]) if kind in seconds else 0.0

    def ratio(kind: str) -> float:
        pairs = zip(seconds.get(kind, ()), seconds[PLAIN], strict=False)
        return statistics.median([theirs / ours for ours, theirs in pairs] or [0.0])

    def most(what: str) -> float:
        return statistics.median(each[what] for each in runs[OURS])

    return Measured(
        method=method,
        megabytes=megabytes,
        ours=speed(OURS),
        written=speed(WRITTEN),
        program=speed(PLAIN),
        ratio=ratio(OURS),
        ratio_written=ratio(WRITTEN),
        peak=most("peak"),
        grew=most("grew"),
        programs=most("programs"),
    )


def _ours(method: str, here: Path) -> None:
    encryptors: Mapping[str, Callable[[], Encryptor]] = {
        "zip": ZipEncryptor,
        "7z": SevenZipEncryptor,
        "pdf": lambda: PdfEncryptor("Bench", "nobody"),
    }
    part = Plain(name="content", media_type="application/octet-stream", content=InFile(here / "content"))
    encryptors[method]().seal([part], "", "ours", here, WORDS)


def _written(method: str, here: Path) -> None:
    write = {"zip": zip_writer.write, "7z": seven_zip_writer.write}[method]
    write([("content", InFile(here / "content"))], WORDS, here / "written")


def _program(method: str, here: Path) -> None:
    """Let the program do the same by itself."""
    content, target = str(here / "content"), str(here / "theirs")
    commands = {
        "zip": ["7z", "a", "-tzip", "-mem=AES256", "-mx0", "-p", "--", f"{target}.zip", content],
        "7z": ["7z", "a", "-t7z", "-mhe=on", "-mx0", "-m0=Copy", "-p", "--", f"{target}.7z", content],
        "pdf": ["qpdf", "--encrypt", WORDS, "owner", "256", "--", content, target],
    }
    ran = programs.run(commands[method], stdin=f"{WORDS}\n{WORDS}\n".encode(), seconds=HOUR)
    if ran.code != 0:
        raise GatewayError("the program failed by itself", hint=ran.complaint.decode("utf-8", "replace")[-2000:])


KINDS: Final[Mapping[str, Callable[[str, Path], None]]] = {OURS: _ours, WRITTEN: _written, PLAIN: _program}


def _write_pdf(path: Path, size: int) -> None:
    """Write a PDF of about this size: one page, with a picture of random dots."""
    import pikepdf  # noqa: PLC0415 - a large library, for this one measurement

    side = 1000
    with pikepdf.new() as document:
        page = document.add_blank_page()
        about = {"/Type": pikepdf.Name.XObject, "/Subtype": pikepdf.Name.Image, "/BitsPerComponent": 8}
        about |= {"/Width": side, "/Height": size // side, "/ColorSpace": pikepdf.Name.DeviceGray}
        picture = document.make_stream(os.urandom(size // side * side), about)
        page.resources["/XObject"] = pikepdf.Dictionary(P=picture)
        page.contents_add(b"q 612 0 0 792 0 0 cm /P Do Q")
        document.save(path, compress_streams=False)


def main(arguments: Sequence[str]) -> None:
    """Do one measurement; tell its seconds, and the peak memory of this process and of the programs it started."""
    method, kind, here = arguments
    before, began = memory(), time.perf_counter()
    KINDS[kind](method, Path(here))
    seconds = time.perf_counter() - began
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    told = {"seconds": seconds, "peak": memory(), "grew": memory() - before, "programs": children}
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1:])
