"""Microsoft Purview labels: properties `MSIP_Label_<GUID>_<Key>`, header `msip_labels`, `docMetadata/LabelInfo.xml`.

Sources: Microsoft Information Protection SDK, "label metadata"; [MS-OFFCRYPTO] 2.6 (LabelInfo), which has no names.

What a label stands for is told by `policies/labels.yaml`, by tenant and identifier. The name of a label is believed
where the tenant is one's own or none is named (it is then a text like any other); the words of another organisation
mean what they mean there, so that theirs is only suspected.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from gateway.classify.marking.labels.label import FOREIGN, LONGEST, SUSPECTED, flat, in_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.classify.marking.labels.label import Book, Field
    from gateway.model.inspection import Marking

SCHEME: Final = "purview"
MOST: Final = 300
"""Labels of one part; a person's document has one for each organisation it has been in."""
ENCRYPTED: Final = "encrypted by the label"
_NAME: Final = re.compile(r"msip_label_([^_]{1,64})_(\w{1,40})", re.IGNORECASE)
_LIST: Final = re.compile(r"msip_label_[^=;]{1,120}=", re.IGNORECASE)
_INFO: Final = "labelinfo"
_BLANKS: Final = re.compile(r"\s+")
_PROTECTED: Final = 8  # of ContentBits; 1 header, 2 footer, 4 watermark
_OFF: Final = frozenset({"false", "0", "no"})
_ON: Final = frozenset({"true", "1", "yes"})
_MOST_PAIRS: Final = 100_000


@dataclass(slots=True)
class _Record:
    """What one carrier says of one label: values by key in lower case."""

    source: Field
    label: str
    said: dict[str, list[str]] = field(default_factory=dict)

    def first(self, key: str) -> str:
        return next((flat(value) for value in self.said.get(key, ()) if value.strip()), "")

    def flags(self, key: str) -> set[str]:
        return {value.strip().lower() for value in self.said.get(key, ())}

    @property
    def is_off(self) -> bool:
        """True where all that is said switches the label off, or where it was removed."""
        enabled, removed = self.flags("enabled"), self.flags("removed")
        return bool((enabled and enabled <= _OFF) or (removed and removed <= _ON))

    @property
    def is_protected(self) -> bool:
        bits = self.first("contentbits")
        return bits.isdecimal() and len(bits) < 9 and bool(int(bits) & _PROTECTED)  # noqa: PLR2004 - bits, not a number


def claims(each: Field) -> bool:
    """Say whether this is a field for `read`."""
    lowered = each.name.lower()
    return (
        lowered.startswith(("msip_label", "msip-label"))
        or lowered == _INFO
        or bool(_NAME.search(each.name) or _LIST.match(each.value.lstrip()[:200]))
    )


def read(fields: Sequence[Field], book: Book) -> Iterator[Marking]:
    """Yield the markings of the labels that are on; a carrier without any label it can read is suspected."""
    records: dict[tuple[str, str], _Record] = {}
    for each in fields:
        found = list(_records(each))
        if (not found and each.value.strip()) or len(each.value) > LONGEST:
            yield each.unreadable(SCHEME, book)
        for carrier, label, key, value in found:
            if (carrier, label) not in records and len(records) >= MOST:
                yield each.unreadable(SCHEME, book)
                break
            record = records.setdefault((carrier, label), _Record(each, label))
            record.said.setdefault(key, []).append(value)
    for record in records.values():
        if not record.is_off:
            yield from _marking(record, book)


def _records(each: Field) -> Iterator[tuple[str, str, str, str]]:
    """Yield carrier, label, key and value of all that a field says."""
    if each.name.lower() == _INFO:
        pairs = [item.partition("=") for item in each.value.split(";")[:_MOST_PAIRS]]
        said = {key.strip().lower(): value.strip() for key, _, value in pairs}
        if said.get("id"):
            yield from ((_INFO, _plain(said["id"]), key, value) for key, value in said.items())
        return
    name = _NAME.search(each.name)
    if name and not _LIST.match(each.value.lstrip()[:200]):
        yield "property", _plain(name[1]), name[2].lower(), each.value
        return
    for item in each.value[:LONGEST].split(";")[:_MOST_PAIRS]:
        key, _, value = item.partition("=")
        name = _NAME.fullmatch(_BLANKS.sub("", key)[:200])  # a folded field may have a blank anywhere
        if name:
            yield each.name.lower(), _plain(name[1]), name[2].lower(), value


def _marking(record: _Record, book: Book) -> Iterator[Marking]:
    """Yield what one label says: by the table, by its name, or that nobody knows."""
    each, rules = record.source, book.rules
    tenant, name = _plain(record.first("siteid")), record.first("name")
    shown = name or record.label
    notes = (ENCRYPTED,) if record.is_protected else ()
    mapped = rules.tenant_labels.get((tenant, record.label))
    if mapped is not None:
        yield each.marking(SCHEME, mapped, shown, descriptors=notes)
        return
    is_foreign = bool(tenant) and tenant not in rules.own_tenants
    spellings = (name, _BLANKS.sub("", name))  # a folded name may have a blank within a word
    readings = [list(in_words(each, spelling, book, SCHEME)) for spelling in spellings]
    said = max(readings, key=lambda found: max((marking.tier for marking in found), default=-1))
    for marking in said:
        yield each.marking(
            marking.scheme,
            marking.tier,
            marking.text,
            score=SUSPECTED if is_foreign else marking.score,
            descriptors=notes,
            notes=(*marking.notes, *([FOREIGN] if is_foreign else ())),
        )
    if not said:
        yield each.unknown(SCHEME, book, shown)


def _plain(identifier: str) -> str:
    """Return a GUID without braces and blanks, in lower case."""
    return _BLANKS.sub("", identifier[:200]).strip("{}").lower()
