"""Security labels among the attributes of a CMS message: each comes out, and what does not is a gap."""

from __future__ import annotations

import base64
from time import process_time

import pytest

from gateway.extract.formats.sealed.security_label import LONGEST, MOST, TYPES, security_labels
from gateway.model.inspection import Gap, GapKind, Segment

LABEL = b"\x31\x03\x02\x01\x04"


def attribute(*labels: bytes, size: int | None = None) -> bytes:
    """Return type and set of values; `size` is what the set says of its length."""
    content = b"".join(labels)
    length = len(content) if size is None else size
    return TYPES[0] + b"\x31\x84" + length.to_bytes(4, "big") + content


def read(data: bytes) -> tuple[list[bytes], list[GapKind]]:
    """Return labels and gaps."""
    found = list(security_labels(data))
    labels = [base64.b64decode(each.text) for each in found if isinstance(each, Segment)]
    return labels, [each.kind for each in found if isinstance(each, Gap)]


@pytest.mark.parametrize(
    ("data", "labels", "gaps"),
    [
        (b"no label", 0, []),
        (attribute(LABEL), 1, []),
        (attribute(LABEL, LABEL), 2, []),
        (attribute(LABEL) + b"between" + attribute(LABEL), 2, []),
        (attribute(), 0, [GapKind.CORRUPT]),
        (attribute(LABEL, LABEL[:3]), 1, [GapKind.CORRUPT]),  # the first still counts
        (attribute(LABEL, size=90), 1, [GapKind.CORRUPT]),
        (TYPES[0] + b"\x02\x01\x04", 0, [GapKind.CORRUPT]),
        (TYPES[0], 0, [GapKind.CORRUPT]),
        (attribute(b"\x31\x84" + LONGEST.to_bytes(4, "big") + b"\0" * LONGEST), 0, [GapKind.CORRUPT]),
        (attribute(*[LABEL] * MOST), MOST, []),
        (attribute(*[LABEL] * (MOST + 1)), MOST, [GapKind.TOO_MANY]),
        (attribute(LABEL) * MOST, MOST, []),
        (attribute(LABEL) * (MOST + 1), MOST, [GapKind.TOO_MANY]),
    ],
)
def test_every_label_comes_out_or_is_a_gap(data: bytes, labels: int, gaps: list[GapKind]) -> None:
    found, missing = read(data)
    assert (found, missing) == ([LABEL] * labels, gaps)


def test_many_sets_without_an_end_cost_no_more_than_what_is_looked_at_of_each() -> None:
    started = process_time()
    read((b"\x06\x0b" + TYPES[0] + b"\x31\x80") * 60 + b"\x05\x00" * 990_000)
    assert process_time() - started < 20
