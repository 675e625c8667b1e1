from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.classify import Candidate, Detection, Pattern, assess
from gateway.classify.assess import Classifier
from gateway.classify.detectors.nhs_number import NhsNumber
from gateway.classify.mask import mask
from gateway.model.inspection import Gap, GapKind, MarkingStatus, OpenedPart, Segment, Where
from gateway.model.normalise import normalise
from gateway.model.tier import Tier
from gateway.testing.policies import SHIPPED
from gateway.testing.sealed import sealed
from tests.unit.classify.classifying import classifier, classify, part_of


class Raising:
    name = "raising"
    patterns: tuple[Pattern, ...] = (Pattern(name="x", expression="NHS"),)

    def judge(self, segment: Segment, candidates: Sequence[Candidate]) -> Iterable[Detection]:
        raise RuntimeError(segment.text + str(candidates))


class OutOfBounds:
    name = "out_of_bounds"
    patterns: tuple[Pattern, ...] = (Pattern(name="x", expression="NHS"),)

    def judge(self, segment: Segment, candidates: Sequence[Candidate]) -> Iterable[Detection]:
        yield Detection(entity="SECRET", start=candidates[0].start, end=len(segment.text) + 1, confidence=1, why=())


@pytest.mark.parametrize("broken", [Raising(), OutOfBounds()])
def test_a_detector_that_fails_is_a_gap_and_the_others_go_on(broken: Raising | OutOfBounds) -> None:
    both = Classifier.build((broken, NhsNumber()), SHIPPED)
    classified = both.classify((part_of(("body", "NHS number 943 476 5919")),))
    assert [each.entity for each in classified.findings] == ["NHS_NUMBER"]
    assert classified.gaps == (Gap(part="part", kind=GapKind.DETECTOR_FAILED, detail=broken.name),)


def test_two_detectors_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="one name"):
        Classifier.build((NhsNumber(), NhsNumber()), SHIPPED)


def test_offsets_count_in_the_original_text() -> None:
    text = "Pati\u00adent “A”. NHS\u00a0number: 943\u200b\u2011476\u20115919 ☺"
    [finding] = [each for each in classify(text).findings if each.entity == "NHS_NUMBER"]
    assert text[finding.start : finding.end] == "943\u200b\u2011476\u20115919"
    assert (finding.segment, finding.where, finding.confidence) == (0, Where.BODY, 0.95)


@given(
    st.lists(st.sampled_from(["NHS number ", "943 476 5919", "\u200b", "\u00a0", "é", "…", "\n", "x ", "AB123456C "]))
)
def test_every_span_normalises_to_what_was_found(fragments: list[str]) -> None:
    text = "".join(fragments)
    for finding in classify(text).findings:
        plain = normalise(text[finding.start : finding.end])
        assert mask(finding.entity, plain) == finding.masked


def test_segments_are_numbered_within_their_part() -> None:
    first = part_of(("subject", "hello"), ("body", "NHS number 943 476 5919"), part="a")
    second = part_of(("body", "NI number AB123456C"), part="b")
    classified = classifier().classify((first, second))
    assert [(each.part, each.segment, each.entity) for each in classified.findings] == [
        ("a", 1, "NHS_NUMBER"),
        ("b", 0, "NINO"),
    ]


def test_the_highest_marking_of_all_parts_wins() -> None:
    parts = (part_of(("header", "PROTECT"), part="a"), part_of(("header", "RESTRICTED"), part="b"))
    classified = classifier().classify(parts)
    assert classified.marking is not None
    assert (classified.marking.tier, classified.marking.part) == (Tier.RESTRICTED, "b")
    assert classified.suspected is None


def test_a_higher_suspicion_is_told_beside_the_marking() -> None:
    parts = (part_of(("header", "PROTECT"), part="a"), part_of(("attachment_name", "x (SECRET).txt"), part="b"))
    classified = classifier().classify(parts)
    assert classified.marking_status is MarkingStatus.MARKED
    assert classified.marking is not None
    assert classified.marking.tier is Tier.PROTECT
    assert classified.suspected is not None
    assert classified.suspected.tier is Tier.SECRET


def test_nothing_is_found_in_nothing() -> None:
    classified = classifier().classify(())
    assert (classified.findings, classified.marking, classified.people, classified.gaps) == ((), None, None, ())
    assert classified.marking_status is MarkingStatus.NONE


def test_too_many_findings_are_a_gap_and_markings_are_still_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assess, "MOST_FINDINGS", 5)
    numbers = "NHS numbers\n" + "943 476 5919\n" * 9
    classified = classifier().classify((part_of(("body", numbers), ("footer", "SECRET")),))
    assert len(classified.findings) == 5
    assert classified.gaps == (Gap(part="part", kind=GapKind.TOO_MANY, detail="findings"),)
    assert classified.marking is not None
    assert classified.marking.tier is Tier.SECRET


def test_nothing_outside_is_touched() -> None:
    part = OpenedPart(
        part="mail.eml", media_type="message/rfc822", sha256="",
        segments=(
            Segment(where=Where.SUBJECT, text="PROTECT - PERSONAL: café"),
            Segment(where=Where.MAIL_HEADER, name="X-Protective-Marking", text="PROTECT"),
            Segment(where=Where.BODY, text="IBAN GB82 WEST 1234 5698 7654 32, DOB 12 May 1980, NHS no 943 476 5919, "
                    "card 4539 1488 0343 6467, AB123456C, a@b.org.uk, sort code 20-00-00 account 55779911, SW1A 1AA"),
        ),
    )  # fmt: skip
    with sealed():
        classified = classifier().classify((part,))
    assert len(classified.findings) >= 8
    assert classified.gaps == ()


@pytest.mark.parametrize(
    ("entity", "value", "masked"),
    [
        ("NHS_NUMBER", "943 476 5919", "94• ••• ••19"),
        ("UK_POSTCODE", "SW1A 1AA", "S••• ••A"),
        ("SORT_CODE", "20-00-00", "2•-••-•0"),
        ("EMAIL_ADDRESS", "a@b.uk", "•@•.••"),
        ("SECRET", "-----BEGIN PRIVATE KEY-----", "[secret]"),
    ],
)
def test_a_mask_shows_the_ends_at_most(entity: str, value: str, masked: str) -> None:
    assert mask(entity, value) == masked


@given(st.text(min_size=1, max_size=120))
def test_a_mask_never_shows_more_than_four_characters(value: str) -> None:
    shown = [char for char in mask("X", value) if char.isalnum()]
    assert len(shown) <= min(4, sum(map(str.isalnum, value)) // 2)
