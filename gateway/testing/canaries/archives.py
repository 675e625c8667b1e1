"""Canaries in archives, packed files and sealed messages that are not encrypted."""

from __future__ import annotations

import bz2
import lzma
import tarfile
from collections.abc import Callable, Iterator
from typing import Final

from gateway.testing.canaries import Cage, CanaryDocument
from gateway.testing.canaries.archive_bytes import (
    Files,
    by_libarchive,
    cabinet,
    cms,
    gzipped,
    lha,
    literal,
    rar_4,
    rar_5,
    tarred,
    zipped,
)  # fmt: skip

MAKERS: Final[tuple[tuple[str, Callable[[Files], bytes]], ...]] = (
    ("7z", lambda files: by_libarchive(files, "7zip")),
    ("tgz", lambda files: gzipped(tarred(files))),
    ("tbz2", lambda files: bz2.compress(tarred(files))),
    ("txz", lambda files: lzma.compress(tarred(files))),
    ("tzst", lambda files: by_libarchive(files, "pax", "zstd")),
    ("taz", lambda files: by_libarchive(files, "ustar", "compress")),
    ("tar", lambda files: tarred(files, tarfile.GNU_FORMAT)),
    ("cpio", lambda files: by_libarchive(files, "cpio")),
    ("cab", cabinet),
    ("lha", lha),
)
PACKERS: Final[tuple[tuple[str, Callable[[bytes], bytes]], ...]] = (
    ("bz2", bz2.compress),
    ("xz", lzma.compress),
    ("lzma", lambda content: lzma.compress(content, lzma.FORMAT_ALONE)),
    ("zst", lambda content: by_libarchive({"x": content}, "raw", "zstd")),
)


def documents() -> Iterator[CanaryDocument]:
    """Yield one document of every kind."""
    yield _zip()
    for kind, make in MAKERS:
        cage = Cage.of(kind)
        yield cage.document(f"a.{kind}", make(_files(cage)))
    yield from _rars()
    cage = Cage.of("pax")
    files = _files(cage)
    records = {"comment": cage("pax comment"), "SCHILY.xattr.user.note": cage("attribute")}
    yield cage.document("a.tar", tarred(files, records=records))
    cage = Cage.of("ar")
    yield cage.document("a.ar", by_libarchive({f"{cage('name')}.txt": cage("file").encode()}, "ar_bsd"))
    cage = Cage.of("gz")
    packed = gzipped(f"{cage('content')} ".encode(), cage("name"), cage("comment"), cage("extra field").encode())
    packed += gzipped(f"{cage('second member')} ".encode(), cage("second name"))
    yield cage.document("a.gz", packed + cage("behind the end").encode())
    for kind, pack in PACKERS:
        cage = Cage.of(kind)
        yield cage.document(f"a.{kind}", pack(cage("content").encode()))
    yield from _sealed()


def _files(cage: Cage) -> dict[str, bytes]:
    """Return a file in a folder, and an archive within the archive."""
    inner = zipped({f"{cage('nested name')}.txt": cage("nested file").encode()})
    return {f"{cage('folder name')}/{cage('name')}.txt": cage("file").encode(), "inner.zip": inner}


def _zip() -> CanaryDocument:
    """Return a ZIP with comments of both kinds."""
    cage = Cage.of("zip")
    files = _files(cage)
    comments = {name: cage("comment beside an entry name") for name in list(files)[:1]}
    return cage.document("a.zip", zipped(files, cage("comment beside all names"), comments))


def _rars() -> Iterator[CanaryDocument]:
    """Yield RAR archives, old and new."""
    for kind, make in (("rar4", rar_4), ("rar5", rar_5)):
        cage = Cage.of(kind)
        yield cage.document("a.rar", make(_files(cage), cage("comment")))


def _sealed() -> Iterator[CanaryDocument]:
    """Yield messages that are wrapped, signed or compressed only."""
    for kind in ("signed", "compressed"):
        cage = Cage.of(f"p7m{kind}")
        letter = f"Content-Type: text/plain\r\nSubject: {cage('subject')}\r\n\r\n{cage('body')}\r\n"
        yield cage.document("smime.p7m", cms(kind, letter.encode()))
    cage = Cage.of("pgp")
    yield cage.document("a.pgp", literal(cage("content").encode(), f"{cage('name')}.txt"))
