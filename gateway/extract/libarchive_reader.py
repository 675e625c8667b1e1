"""The C library libarchive, entry by entry from memory: one format and one filter at a time, never a program.

Loaded with this module, by ctypes; where it is missing `MISSING` says so and nothing else changes.
"""

from __future__ import annotations

import ctypes
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

from gateway.extract.unpack import DAMAGED, Fault, Room
from gateway.model.inspection import GapKind

try:
    from libarchive import ffi
    from libarchive.exception import ArchiveError

    ffi.logger.disabled = True  # it would log the words of the archive
    for _name, _kind in (("pathname_utf8", ctypes.c_char_p), ("symlink_utf8", ctypes.c_char_p),
                         ("hardlink_utf8", ctypes.c_char_p), ("is_data_encrypted", ctypes.c_int)):  # fmt: skip
        ffi.ffi(f"entry_{_name}", [ffi.c_archive_entry_p], _kind)
    for _name in ("7zip", "rar", "rar5", "cab", "cpio", "ar", "iso9660", "lha", "raw", "empty", "zip_streamable"):
        ffi.get_read_format_function(_name)
    MISSING = False
except (ImportError, OSError, AttributeError, TypeError, ValueError):
    ffi, ArchiveError, MISSING = None, OSError, True

STEP: Final = 1 << 16
FATAL: Final = -30
END: Final = 1
WARNED: Final = -20
KIND, REGULAR = 0o170000, 0o100000


class Unreadable(ValueError):
    """The archive cannot be read on. `detail` is ours."""

    def __init__(self, detail: str = "damaged") -> None:
        super().__init__(detail)
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry: `size` is what the archive claims, -1 where it claims nothing."""

    name: str
    link: str
    size: int
    is_file: bool
    is_locked: bool
    is_named: bool
    is_whole: bool


class Archive:
    """An archive in memory, to be read once from front to back, in a `with` statement."""

    def __init__(self, data: bytes, formats: Sequence[str], pack: str = "none") -> None:
        self._data = data  # libarchive points into it
        self._formats, self._pack = formats, pack
        self._archive: Any = None
        self._entry: Any = None
        self._is_spent = False  # after a fatal error nothing more may be asked: cabinets then end the process

    def __enter__(self) -> Self:
        """Open it. Raises `Unreadable` when the library is missing, or lacks what is asked for."""
        if MISSING:
            raise Unreadable("libarchive is missing")
        self._archive, self._entry = ffi.read_new(), ffi.entry_new()
        try:
            for each in self._formats:
                ffi.get_read_format_function(each)(self._archive)
            is_there = ffi.get_read_filter_function(self._pack)(self._archive) == 0  # else it would start a program
            if is_there:
                ffi.read_open_memory(self._archive, ctypes.c_char_p(self._data), len(self._data))
        except ArchiveError:
            is_there = False
        if not is_there:
            self.__exit__(None, None, None)
            raise Unreadable
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the memory back."""
        ffi.entry_free(self._entry)
        ffi.read_free(self._archive)

    def entries(self) -> Iterator[Entry]:
        """Yield every entry in turn. Raises `Unreadable` where the archive cannot be read on."""
        while True:
            if self._is_spent:
                raise Unreadable
            try:
                answer = ffi.read_next_header2(self._archive, self._entry)
            except ArchiveError as trouble:
                if trouble.retcode > FATAL:
                    yield Entry(
                        name="", link="", size=-1, is_file=True, is_locked=False, is_named=False, is_whole=False
                    )
                    continue
                raise Unreadable from None
            if answer == END:
                return
            yield self._described(is_whole=answer != WARNED or self._warns_of_a_name())

    def _warns_of_a_name(self) -> bool:
        """Say whether all that the library warns of is a name in letters that this machine's locale has not."""
        return b"onvert" in (ffi.error_string(self._archive) or b"")

    def _described(self, *, is_whole: bool) -> Entry:
        """Return what the archive says of the entry at hand."""
        entry = self._entry
        name = self._text("pathname")
        return Entry(
            name=name,
            link=self._text("symlink") or self._text("hardlink"),
            size=ffi.entry_size(entry) if ffi.entry_size_is_set(entry) else -1,
            is_file=ffi.entry_filetype(entry) & KIND in {REGULAR, 0},
            is_locked=ffi.entry_is_data_encrypted(entry) == 1,
            is_named=bool(name),
            is_whole=is_whole,
        )

    def _text(self, what: str) -> str:
        """Return a name of the entry: as UTF-8, as wide characters, or as bytes that are no text."""
        if said := getattr(ffi, f"entry_{what}_utf8")(self._entry):
            return str(said.decode("utf-8", "replace"))
        try:
            if wide := getattr(ffi, f"entry_{what}_w")(self._entry):
                return str(wide)
        except ValueError:  # no character of Unicode
            pass
        said = getattr(ffi, "entry_pathname" if what == "pathname" else f"entry_{what}")(self._entry)
        return str(said.decode("cp1252", "replace")) if said else ""

    def read(self, room: Room) -> tuple[bytes, Fault | None]:
        """Return the content of the entry at hand, as far as it can be read and there is room for it."""
        out, buffer = io.BytesIO(), ctypes.create_string_buffer(STEP)
        view = memoryview(buffer)
        while True:
            try:
                read = ffi.read_data(self._archive, buffer, STEP)
            except ArchiveError as trouble:
                self._is_spent = trouble.retcode <= FATAL
                return out.getvalue(), DAMAGED
            if read <= 0:
                return out.getvalue(), None
            out.write(view[:read])
            if out.tell() > room.size:
                return out.getvalue(), room.fault


def unpack_filter(data: bytes, pack: str, room: Room) -> tuple[bytes, Fault | None]:
    """Return what is in a stream that only libarchive unpacks: `zstd`, `compress`."""
    try:
        with Archive(data, ("raw", "empty"), pack) as archive:
            for _ in archive.entries():
                return archive.read(room)
    except Unreadable as trouble:
        kind = GapKind.CORRUPT if trouble.detail == "damaged" else GapKind.UNSUPPORTED
        return b"", Fault(kind=kind, detail=trouble.detail)
    return b"", None
