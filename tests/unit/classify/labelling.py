"""What the tests of labels share: a classifier with the rules of a made-up operator, writers of labels, and answers."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from gateway.classify.assess import Classified, Classifier
from gateway.model.inspection import OpenedPart, Segment, Where
from gateway.testing.policies import SHIPPED

CORPORA = Path(__file__).parents[4] / "shared" / "corpora"
OWN = "11111111-aaaa-4bbb-8ccc-000000000001"
FOREIGN = "22222222-aaaa-4bbb-8ccc-000000000002"
MAPPED = "33333333-aaaa-4bbb-8ccc-000000000003"
GUID = "2fd53d93-3f4c-4b90-b511-bd6bdbb4fba9"
POLICY = "2.999.7"
"""An object identifier for examples (2.999, ITU-T X.660 A.8)."""
RULES = f"""
unknown_label: PROTECT
unreadable_label: RESTRICTED
own_tenants: ["{{{OWN.upper()}}}"]
purview:
  - {{tenant: {OWN}, label: {MAPPED}, name: Green, tier: OFFICIAL}}
  - {{tenant: {FOREIGN}, label: {MAPPED}, name: Red, tier: SECRET}}
boldon_james:
  - {{element: id_classification_nonbusiness, tier: UNCLASSIFIED}}
  - {{element: 7a2b, tier: RESTRICTED}}
policies:
  - identifiers: [NATO]
    classifications:
      - {{tier: OFFICIAL, words: [UNCLASSIFIED]}}
      - {{tier: RESTRICTED, words: [RESTRICTED]}}
      - {{tier: CONFIDENTIAL, words: [CONFIDENTIAL]}}
      - {{tier: SECRET, words: [SECRET]}}
      - {{tier: TOP SECRET, words: [TOP SECRET, COSMIC TOP SECRET]}}
  - identifiers: [Acme, {POLICY}]
    classifications:
      - {{tier: OFFICIAL, words: [Green], numbers: [1]}}
      - {{tier: PROTECT, numbers: [6, 7]}}
      - {{tier: SECRET, words: [Black], numbers: [255]}}
words:
  - {{tier: UNMARKED, words: [This item has no classification]}}
  - {{tier: OFFICIAL, words: [Internal]}}
discretion:
  - {{tier: UNMARKED, words: [Normal]}}
  - {{tier: OFFICIAL, words: [Personal, Private]}}
  - {{tier: PROTECT, words: [Company-Confidential]}}
"""


@cache
def classifier() -> Classifier:
    """Return a classifier with these rules and no detectors."""
    return Classifier.build((), {**SHIPPED, "labels.yaml": RULES})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The tier that is marked and the one that is suspected, as on the page, and the codes of both."""

    marked: str = ""
    suspected: str = ""
    codes: frozenset[str] = frozenset()


def answer(classified: Classified) -> Answer:
    """Return what was said of a marking."""
    is_marked = classified.marking_status.value == "marked"
    marked = classified.marking if is_marked else None
    suspected = classified.suspected if is_marked else classified.marking
    return Answer(
        marked=marked.tier.label if marked else "",
        suspected=suspected.tier.label if suspected else "",
        codes=frozenset(code for each in (marked, suspected) if each for code in each.notes),
    )


def classify(*fields: tuple[str, str], where: Where = Where.LABEL) -> Classified:
    """Classify one part that has these named fields."""
    segments = tuple(Segment(where=where, text=value, name=name) for name, value in fields)
    part = OpenedPart(part="part", media_type="text/plain", sha256="", segments=segments)
    return classifier().classify((part,))


def said(*fields: tuple[str, str], where: Where = Where.LABEL) -> Answer:
    """Return what is said of a part that has these named fields."""
    return answer(classify(*fields, where=where))


def marked(tier: str, *codes: str) -> Answer:
    """Return the answer for a label that is believed."""
    return Answer(marked=tier, codes=frozenset(codes))


def suspected(tier: str, *codes: str) -> Answer:
    """Return the answer for a label that is only suspected."""
    return Answer(suspected=tier, codes=frozenset(codes))


BELOW = "label_below_marking"
UNREADABLE = suspected("RESTRICTED", "unreadable_label")
UNKNOWN = suspected("PROTECT", "unknown_label")
NOTHING = Answer()


def coded(tag: int, *contents: bytes, indefinite: bool = False) -> bytes:
    """Return an element in DER, or one of indefinite length."""
    content = b"".join(contents)
    if indefinite:
        return bytes([tag, 0x80]) + content + b"\0\0"
    size = len(content)
    length = bytes([size]) if size < 128 else bytes([0x84]) + size.to_bytes(4, "big")
    return bytes([tag]) + length + content


def oid(dotted: str) -> bytes:
    """Return an object identifier in DER."""
    first, second, *rest = map(int, dotted.split("."))
    octets = b""
    for arc in (40 * first + second, *rest):
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(arc & 0x7F | 0x80)
        octets += bytes(reversed(groups))
    return coded(0x06, octets)


def ess(
    number: int | None = None, *, policy: str = "2.999.1", mark: str = "", countries: tuple[str, ...] = ()
) -> bytes:
    """Return a security label of RFC 2634."""
    parts = [oid(policy)]
    if number is not None:
        parts.append(coded(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big")))
    if mark:
        parts.append(coded(0x0C, mark.encode()))
    if countries:
        categories = [
            coded(0x30, coded(0x80, oid("2.999.5")[2:]), coded(0xA1, coded(0x0C, country.encode())))
            for country in countries
        ]
        parts.append(coded(0x31, *categories))
    return coded(0x31, *parts)


def base64_of(data: bytes) -> str:
    """Return text."""
    return base64.b64encode(data).decode()


def stanag(classification: str, *, policy: str = "NATO", categories: str = "") -> str:
    """Return a confidentiality label of STANAG 4774."""
    return (
        '<slab:originatorConfidentialityLabel xmlns:slab="urn:nato:stanag:4774:confidentialitymetadatalabel:1:0">'
        f"<slab:ConfidentialityInformation><slab:PolicyIdentifier>{policy}</slab:PolicyIdentifier>"
        f"<slab:Classification>{classification}</slab:Classification>{categories}"
        "</slab:ConfidentialityInformation></slab:originatorConfidentialityLabel>"
    )


def purview(guid: str = GUID, **keys: str) -> list[tuple[str, str]]:
    """Return the properties of a Purview label."""
    return [(f"MSIP_Label_{guid}_{key}", value) for key, value in keys.items()]


def sisl(*uids: str) -> str:
    """Return the XML in which Boldon James keeps what was chosen."""
    chosen = "".join(f'<element uid="{uid}" value="" />' for uid in uids)
    space = "http://www.boldonjames.com/2008/01/sie/internal/label"
    return f'<?xml version="1.0" encoding="us-ascii"?><sisl sislVersion="0" policy="p" xmlns="{space}">{chosen}</sisl>'
