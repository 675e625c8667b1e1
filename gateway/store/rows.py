"""How transfers, deliveries and notices lie in their rows.

A `Layout` names the fields that have a column of their own; all others are in the row's `value`. Adding a field with
a default to the model therefore needs no migration.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from gateway.errors import Damaged
from gateway.model.transfer import Delivery, Notice, Transfer
from gateway.model.verdict import OWING, Obligation
from gateway.store import codec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gateway.store import StoredObject

T = TypeVar("T")
Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout(Generic[T]):
    """`plain` fields are columns as they are, `apart` fields are columns of JSON, `elsewhere` fields are no part.

    `check` raises `ValueError` for a value that its types allow and nobody can have written.
    """

    kind: type[T]
    plain: tuple[str, ...]
    apart: tuple[str, ...]
    elsewhere: tuple[str, ...] = ()
    check: Callable[[T], None] | None = None
    codecs: Mapping[str, codec.Codec] = field(init=False)
    write_others: Callable[[T], Row] = field(init=False)

    def __post_init__(self) -> None:
        """Find out once how each field is written."""
        kind: object = self.kind
        codecs = codec.codecs_of(kind)
        named = {*self.plain, *self.apart, *self.elsewhere}
        object.__setattr__(self, "codecs", codecs)
        others = [name for name in codecs if name not in named]
        object.__setattr__(self, "write_others", codec.writer_of(kind, others))

    def to_row(self, value: T, before: T | None = None) -> Row:
        """Return the columns of a value, without the columns apart that are as they were in `before`; `ValueError`."""
        if self.check is not None:
            self.check(value)
        inner = self.codecs
        row: Row = {name: inner[name].encode(getattr(value, name)) for name in self.plain}
        for name in self.apart:
            part = getattr(value, name)
            if before is None or part != getattr(before, name):
                row[name] = None if part is None else codec.canonical(inner[name].encode(part))
        row["value"] = codec.canonical(self.write_others(value))
        return row

    def from_row(self, row: Mapping[str, Any], **elsewhere: object) -> T:
        """Return the value of a row; `Damaged` when it is not one."""
        inner = self.codecs
        try:
            given = json.loads(row["value"])
            given |= {name: row[name] for name in self.plain}
            given |= {name: None if row[name] is None else json.loads(row[name]) for name in self.apart}
            value = self.kind(**{name: inner[name].decode(item) for name, item in given.items()}, **elsewhere)
            if self.check is not None:
                self.check(value)
        except (TypeError, ValueError, KeyError) as error:
            raise Damaged(
                f"the row of {self.kind.__name__.lower()} {row['id']} cannot be read ({type(error).__name__})",
                hint="it was altered, or written by a newer gateway",
            ) from None
        return value


TRANSFER: Final = Layout(
    kind=Transfer,
    plain=("id", "version", "state", "received_at"),
    apart=("inspection",),
    elsewhere=("deliveries", "notices"),
)


def _require_known(delivery: Delivery) -> None:
    """Raise `ValueError` for an obligation that nobody knows: in its place one may have stood that binds."""
    owed = delivery.verdict.obligations if delivery.verdict else ()
    for each in owed:
        if each not in OBLIGATIONS and not any(written.fullmatch(each) for written in OWING.values()):
            raise ValueError("an obligation is not known")


OBLIGATIONS: Final = frozenset(str(each) for each in Obligation)
DELIVERY: Final = Layout(
    kind=Delivery, plain=("id", "state"), apart=("circumstances", "verdict", "sealed"), check=_require_known
)
NOTICE: Final = Layout(kind=Notice, plain=("id", "state"), apart=())


def transfer_row(transfer: Transfer, before: Transfer | None) -> Row:
    """Return the columns of the transfer's own row, without the large ones that have not changed since `before`."""
    return TRANSFER.to_row(transfer, before)


def transfer_of(
    row: Mapping[str, Any], deliveries: Sequence[Mapping[str, Any]], notices: Sequence[Mapping[str, Any]]
) -> Transfer:
    """Return a whole transfer from its rows; `Damaged`."""
    return TRANSFER.from_row(
        row,
        deliveries=tuple(DELIVERY.from_row(one) for one in deliveries),
        notices=tuple(NOTICE.from_row(one) for one in notices),
    )


def object_row(stored: StoredObject, transfer_id: str | None) -> Row:
    """Return the columns of a content object; one that belongs to no transfer is a standing secret's."""
    return {
        "id": stored.id,
        "transfer_id": transfer_id,
        "size": stored.size,
        "sha256": stored.sha256,
        "header": stored.header,
        "inline": stored.inline,
    }


def as_correspondent(address: str) -> str:
    """Return an address as `correspondents` has it: its domain in lower case, what stands before it as it is."""
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{domain.lower()}"
