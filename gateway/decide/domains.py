"""The domain table from `domains.yaml` and the operator's own files in `domains/`.

A row says what is true today (`status`), and where a source document names the domain, what that says (`seeds`). The
profile in use says which of the two counts. A row that does not count still takes its place: none is written twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.decide.address import ANY_LABEL, is_suffix, not_plain, plain_domain
from gateway.decide.policy import DomainRow, Written
from gateway.decide.shapes import DomainsFile, MoreDomainsFile
from gateway.errors import Complaint
from gateway.model.document import Complaints, Document, Path
from gateway.model.facts import DomainStatus

OF_THE_SEEDS: Final = "seeds-2014"
NO_ORGANISATION: Final = "'{}' is a public suffix: organisations stand below it and it is none itself; {}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """One row as it was written; `status` is None where the profile in use does not count it."""

    document: Document
    path: Path
    given: str
    subtree: bool
    status: str | None
    source: str
    note: str

    @property
    def place(self) -> Written:
        line, column = self.document.at(self.path)
        return Written(file=self.document.file, line=line, column=column)

    def complaint(self, message: str) -> Complaint:
        return self.document.complaint(self.path, message)


def domains_of(
    document: Document,
    file: DomainsFile,
    more: Sequence[tuple[Document, MoreDomainsFile]],
    complaints: Complaints,
) -> dict[str, tuple[DomainRow, ...]]:
    """Return the domain table by domain, exact rows before subtrees; one row per domain and kind of match.

    `more` are the operator's files; the profile of the source documents knows none of them.
    """
    suffixes = frozenset(file.public_suffixes)
    table: dict[str, tuple[DomainRow, ...]] = {}
    taken: dict[tuple[str, bool], Written] = {}
    for row in _all_rows(document, file, more):
        domain = plain_domain(row.given)
        if domain is None:
            complaints.add(row.complaint(not_plain(row.given)))
            continue
        if is_suffix(domain, suffixes) and not row.subtree:
            complaints.add(row.complaint(NO_ORGANISATION.format(row.given, "name those, or match: subtree")))
        first = taken.setdefault((domain, row.subtree), row.place)
        if first != row.place:
            where = f"line {first.line}" if first.file == row.place.file else f"{first.file}:{first.line}"
            complaints.add(row.complaint(f"'{row.given}' has a row already ({where}); keep one"))
        elif row.status is not None:
            kept = DomainRow(
                domain=domain,
                subtree=row.subtree,
                status=DomainStatus(row.status),
                source=row.source,
                note=row.note,
                written=row.place,
            )
            table[domain] = tuple(sorted((*table.get(domain, ()), kept), key=lambda each: each.subtree))
    return table


def suffixes_of(document: Document, file: DomainsFile, complaints: Complaints) -> frozenset[str]:
    """Return the names under which organisations stand and which are none themselves; `*.sch.uk` as it is written."""
    for number, each in enumerate(file.public_suffixes):
        plain = plain_domain(each.removeprefix(ANY_LABEL))
        if plain is None or plain != each.removeprefix(ANY_LABEL):
            complaints.add(document.complaint(("public_suffixes", number), not_plain(each)))
    return frozenset(file.public_suffixes)


def _all_rows(
    document: Document, file: DomainsFile, more: Sequence[tuple[Document, MoreDomainsFile]]
) -> Iterator[_Written]:
    by_seeds = file.profile == OF_THE_SEEDS
    for number, shape in enumerate(file.domains):
        yield _Written(
            document=document,
            path=("domains", number, "domain"),
            given=shape.domain,
            subtree=shape.match == "subtree",
            status=shape.seeds if by_seeds else shape.status,
            source=shape.source,
            note=shape.note,
        )
    for other, listed in more:
        for number, name in enumerate(listed.names):
            yield _Written(
                document=other,
                path=("names", number),
                given=name,
                subtree=False,
                status=None if by_seeds else listed.status,
                source=listed.source,
                note=f"checked on {listed.checked.isoformat()}",
            )
