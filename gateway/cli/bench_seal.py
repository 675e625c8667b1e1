"""`gateway bench seal`: how fast each method seals, beside the plain program, and how much memory it takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from gateway.cli import show
from gateway.cli.bench_child import MEGA

METHODS: Final = ("vault", "pgp", "smime", "zip", "7z", "pdf", "html")
IN_MEMORY: Final = frozenset({"pdf", "html"})
MOST_IN_MEMORY: Final = {"pdf": 50, "html": 100}  # MB: their caps are a little higher


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One figure: MB/s of ours and of the plain program, the ratio and its target, MiB that our process grew by."""

    what: str
    megabytes: int
    ours: float
    peer: str
    theirs: float
    ratio: float
    target: float | None
    grew: float


@click.command()
@click.option("--megabytes", default=200, show_default=True, type=click.IntRange(1), help="How large the content is.")
@click.option("--rounds", default=3, show_default=True, type=click.IntRange(1), help="Rounds; the median is quoted.")
@click.option("--only", type=click.Choice(METHODS), multiple=True, help="One method; may be given several times.")
@click.option(
    "--folder", type=click.Path(path_type=Path, file_okay=False, exists=True), help="Where the files of the run lie."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def seal(megabytes: int, rounds: int, only: tuple[str, ...], folder: Path | None, *, as_json: bool) -> None:
    """Measure sealing beside gpg, openssl, 7z and qpdf, and the vault beside raw AES-GCM, in the same run.

    Ours includes the verification by another reader, without which nothing leaves. PDF and HTML are held in memory
    and limited in size.

    \b
    Example:
      gateway bench seal
      gateway bench seal --only zip --megabytes 1000 --rounds 1
    """
    rows = (row for method in only or METHODS for row in MEASURES[method](megabytes, rounds, folder))
    if as_json:
        for row in rows:
            show.print_json({name: getattr(row, name) for name in row.__slots__})
        return
    show.table(
        ("what", "MB", "ours MB/s", "beside", "MB/s", "ratio", "asked", "grew MiB"),
        [
            (
                row.what,
                row.megabytes,
                f"{row.ours:.0f}",
                row.peer,
                f"{row.theirs:.0f}" if row.theirs else "",
                f"{row.ratio:.2f}" if row.ratio else "",
                row.target or "",
                f"{row.grew:.0f}",
            )
            for row in rows
        ],
    )


def _vault(megabytes: int, rounds: int, folder: Path | None) -> Iterator[Row]:
    from gateway.cli.bench_vault import measure_vault  # noqa: PLC0415 - each measurement loads what it needs

    found = measure_vault(size=megabytes * MEGA, rounds=rounds, folder=folder)
    for what, ours, raw, ratio in (
        ("vault, into it", found.vault_write, found.raw_write, found.write_ratio),
        ("vault, out of it", found.vault_read, found.raw_read, found.read_ratio),
    ):
        yield Row(
            what=what,
            megabytes=megabytes,
            ours=ours,
            peer="raw AES-GCM",
            theirs=raw,
            ratio=ratio,
            target=0.85,
            grew=found.peak,
        )


def _pgp(megabytes: int, rounds: int, folder: Path | None) -> Iterator[Row]:
    from gateway.cli.bench_seal_pgp import TARGET, measure_pgp  # noqa: PLC0415 - as above

    found = measure_pgp(megabytes, rounds, folder)
    yield Row(
        what="pgp",
        megabytes=megabytes,
        ours=found.ours,
        peer="gpg",
        theirs=found.gpg,
        ratio=found.ratio,
        target=TARGET,
        grew=found.grew,
    )


def _smime(megabytes: int, rounds: int, folder: Path | None) -> Iterator[Row]:
    from gateway.cli.bench_seal_smime import TARGET, measure_smime  # noqa: PLC0415 - as above

    for found in measure_smime(megabytes, rounds, folder):
        yield Row(
            what=f"smime, {found.cipher}",
            megabytes=megabytes,
            ours=found.ours,
            peer="openssl cms",
            theirs=found.openssl,
            ratio=found.ratio,
            target=TARGET,
            grew=found.grew,
        )


def _file(method: str) -> Callable[[int, int, Path | None], Iterator[Row]]:
    def measure(megabytes: int, rounds: int, folder: Path | None) -> Iterator[Row]:
        from gateway.cli import bench_seal_files as files  # noqa: PLC0415 - as above

        measures = {"zip": files.measure_zip, "7z": files.measure_7z, "pdf": files.measure_pdf}
        size = min(megabytes, MOST_IN_MEMORY.get(method, megabytes))
        for found in measures[method]([size], rounds, folder):
            yield Row(
                what=method,
                megabytes=size,
                ours=found.ours,
                peer="qpdf" if method == "pdf" else "7z",
                theirs=found.program,
                ratio=found.ratio,
                target=files.TARGETS.get(method),
                grew=found.grew,
            )
            if found.written:
                yield Row(
                    what=f"{method}, not verified",
                    megabytes=size,
                    ours=found.written,
                    peer="7z",
                    theirs=found.program,
                    ratio=found.ratio_written,
                    target=files.TARGETS.get(method),
                    grew=found.grew,
                )

    return measure


def _html(megabytes: int, rounds: int, folder: Path | None) -> Iterator[Row]:
    from gateway.cli.bench_seal_page import measure_page  # noqa: PLC0415 - as above

    for found in measure_page([min(megabytes, MOST_IN_MEMORY["html"])], rounds, folder):
        yield Row(
            what="html",
            megabytes=found.megabytes,
            ours=found.megabytes / (found.write_seconds + found.verify_seconds),
            peer="",
            theirs=0,
            ratio=0,
            target=None,
            grew=found.grew,
        )


MEASURES: Final[Mapping[str, Callable[[int, int, Path | None], Iterator[Row]]]] = {
    "vault": _vault,
    "pgp": _pgp,
    "smime": _smime,
    "zip": _file("zip"),
    "7z": _file("7z"),
    "pdf": _file("pdf"),
    "html": _html,
}
