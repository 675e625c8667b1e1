"""Every file of `markings/` is one scenario: a header (`key: value` lines), an empty line, and the text of a segment.

`status` and `tier` are what must be found, and `thread` the tier in what is quoted; `where`, `name`, `part` and
`media-type` say how the text stood in its part.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.classify.assess import Classifier
from gateway.model.inspection import OpenedPart, Segment, Where
from gateway.model.tier import Tier
from gateway.testing.policies import SHIPPED

VECTORS = sorted((Path(__file__).parent / "markings").glob("*.txt"))
CLASSIFIER = Classifier.build((), SHIPPED)


def test_there_are_vectors() -> None:
    assert len(VECTORS) > 50


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_vector(path: Path) -> None:
    head, _, payload = path.read_bytes().decode("utf-8").partition("\n\n")
    want = dict(line.split(": ", 1) for line in head.split("\n"))
    segment = Segment(where=Where(want["where"]), text=payload, name=want.get("name", ""))
    name = want.get("part", "part")
    part = OpenedPart(part=name, media_type=want.get("media-type", "text/plain"), sha256="", segments=(segment,))
    classified = CLASSIFIER.classify((part,))
    tier = classified.marking.tier if classified.marking else Tier.UNMARKED
    assert (classified.marking_status.value, tier.label) == (want["status"], want["tier"]), want["why"]
    thread = classified.thread.tier if classified.thread else Tier.UNMARKED
    assert thread.label == want.get("thread", "UNMARKED"), want["why"]
