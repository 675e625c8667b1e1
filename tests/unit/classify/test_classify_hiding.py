"""A marking that is hidden by what is empty around it, by a long line, or in the name of a folder."""

from __future__ import annotations

from time import process_time

import pytest

from gateway.classify.assess import Classified
from gateway.classify.marking.lines import WIDEST_LINE, Lines
from gateway.model.inspection import MarkingStatus
from gateway.model.tier import Tier
from tests.unit.classify.classifying import classifier, classify, findings, part_of

PROSE = "\n".join(["The minutes of the meeting were agreed by all who came."] * 12)
LONG = " ".join(["The minutes of the meeting were agreed by all who came."] * 8)
EMPTY = [" ", "\t", ",", ";", "|", " ,", ", ", " | ", "\u00a0", "\u2003", "\x1f"]


def named(name: str) -> Classified:
    """Classify a part of this name whose extractor said it once more."""
    return classifier().classify((part_of(("attachment_name", name), ("body", PROSE), part=name),))


@pytest.mark.parametrize("filling", EMPTY, ids=ascii)
@pytest.mark.parametrize("count", [1, 3, 260, 7000])
@pytest.mark.parametrize("place", ["before", "behind", "around"])
def test_a_marking_beside_blanks_or_empty_columns_is_marked(filling: str, count: int, place: str) -> None:
    before = filling * count if place != "behind" else ""
    behind = filling * count if place != "before" else ""
    for text in (f"{before}RESTRICTED{behind}\n{PROSE}", f"{PROSE}\n{before}RESTRICTED{behind}"):
        classified = classify(text)
        assert classified.marking is not None
        assert (classified.marking_status, classified.marking.tier) == (MarkingStatus.MARKED, Tier.RESTRICTED)


@pytest.mark.parametrize("row", [",,,,\n", "   \t \n", ";;;\n", ' , "",\n'], ids=ascii)
def test_rows_of_nothing_do_not_push_a_marking_off_the_edge(row: str) -> None:
    for text in (row * 20 + f"RESTRICTED,,\n{PROSE}", f"{PROSE}\nRESTRICTED,,\n" + row * 4000):
        assert classify(text).marking_status is MarkingStatus.MARKED


def test_a_label_far_from_its_value_still_labels_it() -> None:
    for gap in (" " * 300, " " * 300 + "\n"):
        text = f"{PROSE}\nClassification:{gap}RESTRICTED\n{PROSE}"
        assert classify(text).marking_status is MarkingStatus.MARKED


@pytest.mark.parametrize("where", ["header", "footer", "watermark", "subject"])
def test_a_band_or_subject_of_any_width_is_read(where: str) -> None:
    for text in ("RESTRICTED" + " " * 5000, "RESTRICTED - " + LONG, LONG + " - RESTRICTED", " , " * 500 + "RESTRICTED"):
        classified = classifier().classify((part_of((where, text), ("body", PROSE)),))
        assert classified.marking_status is MarkingStatus.MARKED, text[:20]


@pytest.mark.parametrize(
    "text", [f"RESTRICTED {LONG}", f"{LONG} RESTRICTED", f"**RESTRICTED** {LONG}", "- " * 200 + f"RESTRICTED {LONG}"]
)
def test_a_level_at_the_end_of_a_line_too_long_for_a_marking_is_suspected(text: str) -> None:
    assert classify(f"{PROSE}\n{text}\n{PROSE}").marking_status is MarkingStatus.SUSPECTED


@pytest.mark.parametrize("text", [LONG, f"{LONG} RESTRICTED {LONG}", f"Restricted {LONG}", f'"SECRET" {LONG}'])
def test_a_mention_in_a_long_line_is_no_marking(text: str) -> None:
    assert classify(f"{PROSE}\n{text}\n{PROSE}").marking_status is MarkingStatus.NONE


def test_a_line_that_is_wide_only_by_blanks_is_not_long() -> None:
    text = f"one\n{'x' * 100}{' ' * 1000}{'y' * 100}\n{'z' * (WIDEST_LINE + 1)}"
    lines = Lines(text)
    wide, long = lines.at(10, 11), lines.at(len(text) - 2, len(text) - 1)
    assert (wide.is_long, long.is_long) == (False, True)
    assert text[wide.start : wide.end].startswith("xx")
    assert text[wide.start - 1] == text[wide.end] == "\n"


@pytest.mark.parametrize(
    "name",
    [
        "RESTRICTED - board papers/one.txt",
        "RESTRICTED/one.txt",
        "pack/RESTRICTED/inner/one.txt",
        "pack\\RESTRICTED_papers\\one.txt",
        "\uff32\uff25\uff33\uff34\uff32\uff29\uff23\uff34\uff25\uff24/one.txt",
    ],
)
def test_a_marking_in_the_name_of_a_folder_is_seen(name: str) -> None:
    classified = named(name)
    assert classified.marking is not None
    assert classified.marking.tier is Tier.RESTRICTED
    assert classified.marking_status is not MarkingStatus.NONE


def test_the_part_name_alone_is_enough_for_a_marking() -> None:
    classified = classifier().classify((part_of(("body", PROSE), part="RESTRICTED papers/one.txt"),))
    assert classified.marking_status is MarkingStatus.SUSPECTED


@pytest.mark.parametrize(
    "name", ["NHS 943 476 5919/one.txt", "NHS_943_476_5919.txt", "pack/NHS_number_9434765919_letter.pdf"]
)
def test_a_number_in_a_name_is_found_once_also_with_underscores_for_blanks(name: str) -> None:
    [finding] = [each for each in named(name).findings if each.entity == "NHS_NUMBER"]
    assert name[finding.start : finding.end].replace("_", "").replace(" ", "") == "9434765919"


@pytest.mark.parametrize(
    "name", ["pack/minutes of the meeting.txt", "protect our river/letter.txt", "a/b/c/secretary.txt"]
)
def test_an_ordinary_path_bears_no_marking(name: str) -> None:
    assert named(name).marking_status is MarkingStatus.NONE


@pytest.mark.parametrize(
    "text",
    [
        "NHS number: \u202e9195 674 349\u202c, seen today",  # stands backwards, shows an NHS number
        "NHS number: \u202e943 476 5919\u202c, seen today",  # stands as it is, shows backwards
    ],
)
def test_an_override_hides_nothing_whichever_order_is_true(text: str) -> None:
    [finding] = findings(text, "NHS_NUMBER")
    assert text[finding.start : finding.end] in {"9195 674 349", "943 476 5919"}


def test_a_marking_that_only_shows_is_a_marking() -> None:
    text = "\u202eDETCIRTSER\u202c\n\nDear all,\nthe minutes of May were agreed by all who came.\nBye\nBye\nBye\nBye\n"
    assert classify(text).marking_status is MarkingStatus.MARKED


@pytest.mark.parametrize("where", ["body", "header", "subject", "attachment_name"])
@pytest.mark.parametrize(
    "piece",
    ["OFFICIAL - ", "SECRET//", "SECRET, ", "TOP.....", "OFFICIAL SENS", "RESTR1CTED ", "TOP\nSECRET\n"],
)
def test_many_markings_cost_time_in_proportion(piece: str, where: str) -> None:
    started = process_time()
    classifier().classify((part_of((where, piece * 6_000)),))
    assert process_time() - started < 8  # one look at the whole text for each would take a minute
