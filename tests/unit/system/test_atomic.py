"""Files that are there whole or not at all, also when the writer dies in the middle."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.system import atomic

DYING = textwrap.dedent("""
    import os, signal, sys
    from pathlib import Path
    from gateway.system import atomic

    target, moment = Path(sys.argv[1]), sys.argv[2]

    def die(*_):
        os.kill(os.getpid(), signal.SIGKILL)

    def write(stream):
        stream.write(b"new " * 100_000)
        stream.flush()
        if moment == "while writing":
            die()

    if moment == "before the content is durable":
        os.fsync = die
    if moment == "before the rename":
        Path.replace = die
    if moment == "after the rename":
        atomic.sync_folder = die
    atomic.write_with(target, write)
""")


def die_while_writing(target: Path, moment: str) -> None:
    """Let a child process replace `target`, and kill itself at a moment."""
    done = subprocess.run([sys.executable, "-c", DYING, str(target), moment], check=False)
    assert done.returncode == -signal.SIGKILL


@pytest.mark.parametrize("moment", ["while writing", "before the content is durable", "before the rename"])
def test_a_writer_that_dies_leaves_what_was_there(tmp_path: Path, moment: str) -> None:
    target = tmp_path / "letter"
    atomic.write(target, b"old")
    die_while_writing(target, moment)
    assert target.read_bytes() == b"old"


def test_a_writer_that_dies_leaves_nothing_where_nothing_was(tmp_path: Path) -> None:
    die_while_writing(tmp_path / "letter", "before the rename")
    assert not (tmp_path / "letter").exists()


def test_a_writer_that_dies_after_the_rename_has_written_everything(tmp_path: Path) -> None:
    die_while_writing(tmp_path / "letter", "after the rename")
    assert (tmp_path / "letter").read_bytes() == b"new " * 100_000


def test_what_a_dead_writer_left_is_in_nobodys_way(tmp_path: Path) -> None:
    die_while_writing(tmp_path / "letter", "while writing")
    atomic.write(tmp_path / "letter", b"second")
    assert [path.name for path in tmp_path.iterdir()] == ["letter"]
    assert (tmp_path / "letter").read_bytes() == b"second"


def test_a_writer_that_raises_leaves_what_was_there_and_no_scratch(tmp_path: Path) -> None:
    def fail(target: BinaryIO) -> None:
        target.write(b"half")
        raise ValueError

    atomic.write(tmp_path / "letter", b"old")
    with pytest.raises(ValueError, match=r"^$"):
        atomic.write_with(tmp_path / "letter", fail)
    assert (tmp_path / "letter").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["letter"]


def test_a_failed_fsync_goes_up_and_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "no space left on device")

    atomic.write(tmp_path / "letter", b"old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space left"):
        atomic.write(tmp_path / "letter", b"new")
    assert (tmp_path / "letter").read_bytes() == b"old"


def test_only_its_owner_may_read_a_file_or_enter_a_folder(tmp_path: Path) -> None:
    atomic.write(tmp_path / "key", b"secret")
    atomic.make_private_folder(tmp_path / "a" / "b")
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "a" / "b").stat().st_mode) == 0o700


def test_a_link_planted_at_the_scratch_name_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"untouched")
    (tmp_path / ".letter.new").symlink_to(elsewhere)
    atomic.write(tmp_path / "letter", b"new")
    assert elsewhere.read_bytes() == b"untouched"
    assert not (tmp_path / "letter").is_symlink()


@given(content=st.binary(max_size=10_000), before=st.none() | st.binary(max_size=100))
def test_what_was_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, before: bytes | None
) -> None:
    target = tmp_path_factory.mktemp("atomic") / "letter"
    if before is not None:
        atomic.write(target, before)
    atomic.write(target, content)
    assert target.read_bytes() == content


def test_a_new_place_is_taken_once_and_nothing_there_is_overwritten(tmp_path: Path) -> None:
    one, other, target = tmp_path / "1", tmp_path / "2", tmp_path / "target"
    one.write_bytes(b"one")
    other.write_bytes(b"other")
    atomic.put_new(one, target)
    with pytest.raises(FileExistsError):
        atomic.put_new(other, target)
    assert (target.read_bytes(), one.exists(), other.read_bytes()) == (b"one", False, b"other")
    with pytest.raises(FileNotFoundError):
        atomic.put_new(one, tmp_path / "again")
    assert not (tmp_path / "again").exists()
