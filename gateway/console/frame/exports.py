"""Lists as files: CSV for spreadsheets and JSON for programs, streamed row by row and bounded.

A cell that a spreadsheet would take for a formula gets an apostrophe before it (OWASP, "CSV injection"): names of files
and addresses come from outside.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from starlette.responses import Response, StreamingResponse

from gateway.console.frame.visit import Visit
from gateway.errors import NotFound
from gateway.model.record import Entry, Event

MOST: Final = 100_000
"""Rows of one file."""

AT_ONCE: Final = 200
"""Rows that are sent together."""

FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""How a cell begins that a spreadsheet calculates; the last four are the wide forms of the first."""

KINDS: Final = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


def inert(value: object) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(FORMULAS) else text


def export(
    visit: Visit, name: str, kind: str, rows: Iterable[Mapping[str, object]], columns: Sequence[str]
) -> Response:
    """Return what a list shows as a file; `NotFound` for another kind of file.

    A row is a value for each column. In JSON they are the members of `rows`, and `more` is true where some are left
    out; CSV says so in its last line. The ledger says who took it before the first row goes.
    """
    if kind not in KINDS:
        raise NotFound("there is no such file", hint="ask for csv or json")
    now, me = visit.desk.clock.now(), visit.me
    facts = {"by": me.address, "list": name, "kind": kind}
    visit.desk.store.ledger.append([Entry(event=Event.LIST_EXPORTED, at=now, transfer_id="", facts=facts)])
    body = _as_csv(rows, columns) if kind == "csv" else _as_json(rows)
    answer = StreamingResponse(body, media_type=KINDS[kind])
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}-{now.date().isoformat()}.{kind}"'
    return answer


def _as_csv(rows: Iterable[Mapping[str, object]], columns: Sequence[str]) -> Iterator[str]:
    found = iter(rows)
    yield _lines([columns])
    left = MOST
    while chunk := list(islice(found, min(AT_ONCE, left))):
        left -= len(chunk)
        yield _lines([[inert(row.get(column)) for column in columns] for row in chunk])
    if left == 0 and next(found, None) is not None:
        yield _lines([[f"{MOST} rows are here, and there are more: ask for less at once"]])


def _lines(rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(rows)  # RFC 4180
    return text.getvalue()


def _as_json(rows: Iterable[Mapping[str, object]]) -> Iterator[str]:
    found = iter(rows)
    yield '{"rows": ['
    between, left = "", MOST
    while chunk := list(islice(found, min(AT_ONCE, left))):
        left -= len(chunk)
        yield between + ",\n".join(json.dumps(row, ensure_ascii=False) for row in chunk)
        between = ",\n"
    more = left == 0 and next(found, None) is not None
    yield f'], "more": {json.dumps(more)}}}\n'
