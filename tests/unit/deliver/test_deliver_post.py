"""Notices as files: staff read their own, and none of those for officers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.deliver.post import FolderPost, OfficersPost
from gateway.errors import TryLater, Undeliverable
from gateway.model.transfer import Notice
from gateway.testing.values import NOON

NOTICE = Notice(id="n-1", about="tell:caldicott-guardian", to="g@council.example", subject="To you", object_id="o-1")


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_notice_for_a_role_is_for_nobody_elses_eyes(tmp_path: Path) -> None:
    post = OfficersPost(tmp_path)
    for notice in (NOTICE, NOTICE, replace(NOTICE, id="n-2", to="h@council.example")):
        post.tell(notice, "words", NOON)
    folder = tmp_path / "notices-for-officers" / "caldicott-guardian"
    files = sorted(folder.iterdir())
    assert [file.name for file in files] == [f"2026-11-22 120000 To you n-{number}.txt" for number in (1, 2)]
    assert files[0].read_text() == "To you\n\nwords"
    assert [mode(path) for path in (folder.parent, folder, files[0])] == [0o700, 0o700, 0o600]


@pytest.mark.parametrize("about", ["held", "", "tell:", "tell:../../x", "tell:A", "tell:dpo/x"])
def test_what_names_no_role_is_written_nowhere(tmp_path: Path, about: str) -> None:
    with pytest.raises(Undeliverable, match="nobody with a role"):
        OfficersPost(tmp_path).tell(replace(NOTICE, about=about), "words", NOON)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_made_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "notices-for-officers").write_text("in the way")
    with pytest.raises(TryLater):
        OfficersPost(tmp_path).tell(NOTICE, "words", NOON)


def test_notices_to_staff_are_for_the_group_too(tmp_path: Path) -> None:
    FolderPost(tmp_path / "notices").tell(NOTICE, "words", NOON)
    (file,) = (tmp_path / "notices").iterdir()
    assert mode(file) in {0o640, 0o600}, "as the umask lets it"
    assert mode(file) & 0o007 == 0
