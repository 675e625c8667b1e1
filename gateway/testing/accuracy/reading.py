"""How a corpus is read: texts and lines with their place, so that what is wrong is told by file and line."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from gateway.errors import GatewayError

HINT: Final = "mend it, or leave this corpus out"


class Unreadable(GatewayError):
    """A corpus that is not what its structure says it is."""

    def __init__(self, path: Path, line: int, message: str) -> None:
        super().__init__(f"{path}:{line}: {message}", hint=HINT)


def read_text(path: Path) -> str:
    """Return the text of a file, unpacked where its name ends in `.gz`; raises `Unreadable`."""
    try:
        raw = path.read_bytes()
        data = gzip.decompress(raw) if path.suffix == ".gz" else raw
    except OSError as trouble:  # BadGzipFile among them
        raise Unreadable(path, 1, f"it cannot be opened ({type(trouble).__name__})") from None
    except (EOFError, zlib.error):
        raise Unreadable(path, 1, "it ends before its time, or is damaged") from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as trouble:
        raise Unreadable(path, data[: trouble.start].count(b"\n") + 1, "this is not UTF-8 text") from None


def read_json(path: Path) -> object:
    """Return what a JSON file holds."""
    try:
        return json.loads(read_text(path))
    except json.JSONDecodeError as trouble:
        raise Unreadable(path, trouble.lineno, f"this is not JSON: {trouble.msg.lower()}") from None


def read_json_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the objects of a file of JSON lines with their line numbers; blank lines are passed over."""
    for number, line in enumerate(read_text(path).split("\n"), 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except json.JSONDecodeError as trouble:
            raise Unreadable(path, number, f"this is not JSON: {trouble.msg.lower()}") from None
        if not isinstance(record, dict):
            raise Unreadable(path, number, "this is no JSON object")
        yield number, record


def read_columns(path: Path) -> tuple[str, ...]:
    """Return the column names of a table with tabs."""
    return tuple(read_text(path).partition("\n")[0].rstrip("\r").split("\t"))


def read_rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows of a table with tabs and their line numbers; raises `Unreadable` for a row of another width."""
    rows = csv.DictReader(io.StringIO(read_text(path), newline=""), delimiter="\t")
    for row in rows:
        if None in row or None in row.values():
            raise Unreadable(path, rows.line_num, f"this row has not {len(rows.fieldnames or ())} columns")
        yield rows.line_num, row


def field(path: Path, line: int, record: object, name: str, kind: type) -> Any:  # noqa: ANN401 - checked here
    """Return a field of a record; raises `Unreadable` when it is not there or of another kind."""
    value = record.get(name) if isinstance(record, Mapping) else None
    if not isinstance(value, kind) or isinstance(value, bool):
        said = {str: "a text", int: "a number", list: "a list"}.get(kind, "an object")
        raise Unreadable(path, line, f"'{name}' is missing, or is not {said}")
    return value


def from_json(path: Path, line: int, text: str) -> Any:  # noqa: ANN401 - whatever the cell holds
    """Return what a cell of JSON holds."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as trouble:
        raise Unreadable(path, line, f"a cell is not JSON: {trouble.msg.lower()}") from None
