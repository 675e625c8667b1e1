from __future__ import annotations

import pytest

from gateway.extract.names import MOST_FOLDERS, inner_name, name_segments
from gateway.model.inspection import Where


@pytest.mark.parametrize(
    ("outer", "inner"),
    [
        ("table.csv.gz", "table.csv"),
        ("letter.eml/2/table.csv.GZ", "table.csv"),
        ("backup.tgz", "backup.tar"),
        ("backup.tar.zst", "backup.tar"),
        ("letter.docx.gpg", "letter.docx"),
        ("smime.p7m", "smime"),
        ("drawing.svgz", "drawing.svg"),
        (".gz", "unnamed"),
        ("file", "unnamed"),
        ("plan.pdf", "unnamed"),
    ],
)
def test_what_has_no_name_is_called_as_its_outside(outer: str, inner: str) -> None:
    assert inner_name(outer, 1, "") == f"{outer}/1/{inner}"


def test_a_name_of_its_own_counts_first() -> None:
    assert inner_name("a.gz", 3, "x/b.txt") == "a.gz/3/b.txt"


def test_every_folder_is_told_once() -> None:
    known: dict[str, None] = {}
    told = [*name_segments(["SECRET/a/x.txt", "SECRET\\b"], known=known), *name_segments(["SECRET/c.txt"], known=known)]
    assert [segment.text for segment in told if segment.name == "folder"] == ["SECRET", "a"]
    assert [segment.text for segment in told if not segment.name] == ["SECRET/a/x.txt", "SECRET\\b", "SECRET/c.txt"]
    assert {segment.where for segment in told} == {Where.ATTACHMENT_NAME}


def test_folders_beyond_all_measure_stand_in_their_paths_alone() -> None:
    paths = [f"{number}/x" for number in range(MOST_FOLDERS + 50)]
    told = list(name_segments(paths))
    assert len(told) == 2 * MOST_FOLDERS + 50
