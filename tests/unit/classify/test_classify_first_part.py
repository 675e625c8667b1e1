"""What a mail itself bears is told apart from what is attached to it."""

from __future__ import annotations

from gateway.classify.assess import Classifier
from gateway.model.inspection import OpenedPart, Segment, Where
from gateway.model.tier import Tier
from gateway.testing.policies import SHIPPED

CLASSIFIER = Classifier.build((), SHIPPED)


def mail(subject: str, attached: str) -> Tier:
    parts = (
        OpenedPart(
            part="message.eml", media_type="message/rfc822", sha256="",
            segments=(Segment(where=Where.SUBJECT, text=subject), Segment(where=Where.BODY, text="See attached.\n")),
        ),
        OpenedPart(
            part="message.eml/1/plan.txt", media_type="text/plain", sha256="",
            segments=(Segment(where=Where.BODY, text=attached),),
        ),
    )  # fmt: skip
    classified = CLASSIFIER.classify(parts)
    assert classified.marking is not None
    assert classified.marking.tier is Tier.PROTECT
    return classified.first


def test_the_first_part_counts_alone() -> None:
    assert mail("Plan", "PROTECT - PERSONAL\n\nAn ordinary plan.\n") is Tier.UNMARKED
    assert mail("[OFFICIAL] Plan", "PROTECT - PERSONAL\n\nAn ordinary plan.\n") is Tier.OFFICIAL
    assert mail("[PROTECT] Plan", "An ordinary plan, and no more.\n") is Tier.PROTECT
