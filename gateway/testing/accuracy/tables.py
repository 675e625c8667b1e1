"""Readers of tables with tabs: what reference detectors find, numbers valid or not, secrets, markings.

A number stands in the sentence that its label would make of it: classify asks for a label before it believes digits.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.model.inspection import Where
from gateway.testing.accuracy import Case, Corpus, Gold
from gateway.testing.accuracy.names import canonical
from gateway.testing.accuracy.reading import Unreadable, from_json, read_columns, read_rows

SCHEMES: Final = {
    "gb_utr": ("UTR", "Unique Taxpayer Reference"),
    "gb_vat": ("VAT_NUMBER", "VAT number"),
    "gb_upn": ("UPN", "Unique Pupil Number"),
    "gb_nhs": ("NHS_NUMBER", "NHS number"),
    "iban": ("IBAN", "IBAN"),
    "bic": ("BIC", "BIC"),
    "pnc": ("PNC_ID", "PNC ID"),
    "cro": ("CRO_NUMBER", "CRO number"),
}
"""Entity and label by scheme. Others (LEI, ISIN, IMEI, MAC) identify no person and are not looked for."""
WITHOUT_CHECKSUM: Final = frozenset({"BIC"})
"""Of these a number is valid or not by its form."""


@dataclass(slots=True)
class _Row:
    """One row at work."""

    path: Path
    line: int
    cells: dict[str, str]

    @property
    def name(self) -> str:
        return f"{self.path.name}:{self.line}"

    def valid(self) -> bool:
        """Return what the row says of its number."""
        said = (self.cells.get("valid") or self.cells["label"]).lower()
        if said not in {"valid", "invalid", "true", "false"}:
            raise Unreadable(self.path, self.line, "a number is neither 'valid' nor 'invalid'")
        return said in {"valid", "true"}

    def vector(self, entity: str, label: str, number: str) -> Case:
        """Return the case of one number."""
        gold = (Gold(entity=entity, value=number),) if self.valid() else ()
        return Case(
            name=self.name,
            text=f"{label}: {number}\n",
            gold=gold,
            labelled=frozenset({entity}),
            vector=entity not in WITHOUT_CHECKSUM,
        )


def _reference(row: _Row) -> Case:
    """Read a reference detector's own test: this text, so many findings, at these places."""
    text = from_json(row.path, row.line, row.cells["text_json"])
    places = from_json(row.path, row.line, row.cells["expected_positions_json"])
    entity = canonical(row.cells["entity"])
    try:
        gold = tuple(Gold(entity=entity, value=text[start:end], start=start, end=end) for start, end in places)
        if not gold and int(row.cells["expected_count"]):
            gold = (Gold(entity=entity, value=""),)
    except (TypeError, ValueError):
        raise Unreadable(row.path, row.line, "positions are no list of pairs, or the count is no number") from None
    return Case(name=row.name, text=text, gold=gold, labelled=frozenset({entity}))


def _scheme(row: _Row) -> Case | None:
    known = SCHEMES.get(row.cells["scheme"].lower())
    number = row.cells.get("number") or row.cells.get("value") or ""
    return row.vector(*known, number) if known else None


def _nhs_number(row: _Row) -> Case | None:
    if row.cells["region_rule"]:
        return None  # they test an argument of a library
    digits = row.cells["value"].strip()
    digits = digits.zfill(10) if "int" in row.cells["source_test"] else digits
    return row.vector("NHS_NUMBER", "NHS number", digits)


def _account(row: _Row) -> Case:
    sort_code = "-".join(re.findall("..", row.cells["sort_code"]))
    return row.vector("BANK_ACCOUNT", f"Sort code: {sort_code}  Account number", row.cells["account"])


def _secret(row: _Row) -> Case | None:
    """Read a secret. A near miss of one rule may be a secret of another, so those are bait and nothing else."""
    text = from_json(row.path, row.line, row.cells["text_json"])
    if row.cells["label"] == "positive":
        return Case(name=row.name, text=text, gold=(Gold(entity="SECRET", value=""),))
    return Case(name=row.name, text=text, bait=(text,))


def _marking(row: _Row) -> Case:
    where = Where.SUBJECT if row.cells["kind"] == "subject" else Where.MAIL_HEADER
    return Case(name=row.name, text=row.cells["string"], where=where, marking="MARKED")


TABLES: Final[dict[frozenset[str], Callable[[_Row], Case | None]]] = {
    frozenset({"entity", "text_json", "expected_count", "expected_positions_json"}): _reference,
    frozenset({"scheme", "number", "label"}): _scheme,
    frozenset({"scheme", "value", "label"}): _scheme,
    frozenset({"value", "label", "region_rule", "source_test"}): _nhs_number,
    frozenset({"sort_code", "account", "valid"}): _account,
    frozenset({"source", "label", "text_json"}): _secret,
    frozenset({"kind", "string"}): _marking,
}
"""By the columns that a table must have."""


def row_reader(path: Path) -> Callable[[_Row], Case | None] | None:
    """Return the reader of a table's rows, None where its columns are not known."""
    columns = set(read_columns(path))
    return next((reader for needed, reader in TABLES.items() if needed <= columns), None)


def read_table(path: Path, name: str) -> Corpus:
    """Return the corpus of a table; raises `Unreadable`."""
    reader = row_reader(path)
    if reader is None:
        raise Unreadable(path, 1, f"no table with these columns is known: {', '.join(read_columns(path))[:200]}")
    cases, left_out = [], Counter[str]()
    for case, row in _cases(path, reader):
        if case is None:
            left_out[row.get("scheme", "a rule of a library")] += 1
        else:
            cases.append(case)
    said = tuple(f"{count} numbers that no detector looks for: {scheme}" for scheme, count in sorted(left_out.items()))
    if reader is _account:
        said = (*said, "accounts are checked only where the operator's table of weights is at hand")
    return Corpus(name=name, cases=tuple(cases), left_out=said)


def _cases(path: Path, reader: Callable[[_Row], Case | None]) -> Iterator[tuple[Case | None, dict[str, str]]]:
    for line, cells in read_rows(path):
        row = _Row(path, line, cells)
        yield reader(row), cells
