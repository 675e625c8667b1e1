"""A ZIP archive that stands within another archive and is none of its files.

Programs look for the directory of a ZIP at the end of a file, whatever the file begins as (APPNOTE 4.3.16). So the room
that another format leaves, such as a gap between packed streams or a field for extensions, can hold an archive that
this format's own readers pass over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gateway.extract import Found, Inner
from gateway.extract.zip_directory import entries, find_directories


def and_beside(data: bytes, found: Iterable[Found]) -> Iterator[Found]:
    """Yield what was found, and then every ZIP archive in the data that is in no part that was found."""
    directories = find_directories(data)
    for item in found:
        if directories and isinstance(item, Inner):
            directories = [each for each in directories if data[each.start : each.end] not in item.data]
        yield item
    for directory in directories:
        offsets = [entry.offset for entry in entries(data, directory)]
        start = min((offset for offset in offsets if 0 < offset < directory.start), default=0)
        if start:
            yield Inner(name="archive-within", data=data[start : directory.end])
