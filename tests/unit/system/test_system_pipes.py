"""A program over content of any size: all of it, in constant memory, and nothing is taken for whole that is not."""

from __future__ import annotations

import hashlib
import io
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gateway.system import pipes
from gateway.system.pipes import COMPLAINT, Writable, patience, pipe

PYTHON = sys.executable
ECHO = [PYTHON, "-c", "import shutil, sys; shutil.copyfileobj(sys.stdin.buffer, sys.stdout.buffer)"]
PIECE = bytes(range(256)) * 4096  # 1 MiB


class Digest:
    """Hashes what is written."""

    def __init__(self) -> None:
        self.sha256, self.size = hashlib.sha256(), 0

    def write(self, content: bytes) -> None:
        self.sha256.update(content)
        self.size += len(content)


def pieces(count: int) -> Callable[[Writable], None]:
    def feed(target: Writable) -> None:
        for _ in range(count):
            target.write(PIECE)

    return feed


@pytest.mark.parametrize("count", [0, 1, 40])
def test_all_goes_in_and_all_comes_out(count: int) -> None:
    digest = Digest()
    ran = pipe(ECHO, feed=pieces(count), target=digest)
    assert (ran.code, ran.output, digest.size) == (0, b"", count * len(PIECE))
    assert digest.sha256.digest() == hashlib.sha256(PIECE * count).digest()


def test_a_real_file_is_written_by_the_program_itself(tmp_path: Path) -> None:
    with (tmp_path / "out").open("wb") as target:
        pipe(ECHO, feed=pieces(3), target=target)
    assert (tmp_path / "out").read_bytes() == PIECE * 3


@dataclass
class OwnFile:
    """A file that a program reads by itself; `counts` are those that it was asked about."""

    path: Path
    counts: list[int] = field(default_factory=list)
    trouble: type[Exception] | None = None

    def __call__(self, _: Writable) -> None:
        raise AssertionError("the program reads the file by itself")

    def lend(self) -> io.FileIO:
        return self.path.open("rb", buffering=0)

    def require_all(self, count: int) -> None:
        self.counts.append(count)
        if self.trouble:
            raise self.trouble


@pytest.fixture
def own(tmp_path: Path) -> OwnFile:
    path = tmp_path / "in"
    path.write_bytes(PIECE * 3)
    return OwnFile(path)


def test_a_file_is_read_by_the_program_itself(own: OwnFile) -> None:
    target = io.BytesIO()
    assert pipe(ECHO, feed=own, target=target).code == 0
    assert target.getvalue() == PIECE * 3
    assert own.counts == [len(PIECE) * 3]


def test_how_much_of_a_file_the_program_read_is_known(own: OwnFile) -> None:
    pipe([PYTHON, "-c", "import os; os.read(0, 10)"], feed=own, target=io.BytesIO())
    assert own.counts == [10]


def test_of_a_program_that_failed_nobody_asks_how_much_it_read(own: OwnFile) -> None:
    assert pipe([PYTHON, "-c", "import sys; sys.exit(7)"], feed=own, target=io.BytesIO()).code == 7
    assert own.counts == []


def test_a_file_that_was_not_read_whole_is_an_error(own: OwnFile) -> None:
    own.trouble = ValueError
    with pytest.raises(ValueError, match=r"^$"):
        pipe(ECHO, feed=own, target=io.BytesIO())


def test_the_program_cannot_write_into_the_file_that_it_reads(own: OwnFile) -> None:
    program = [PYTHON, "-c", "import os; os.write(0, b'x')"]
    assert pipe(program, feed=own, target=io.BytesIO()).code != 0
    assert own.path.read_bytes() == PIECE * 3


def test_what_the_program_complains_is_kept_up_to_a_limit() -> None:
    ran = pipe(
        [PYTHON, "-c", "import sys; sys.stderr.write('x' * 3_000_000); sys.exit(3)"],
        feed=pieces(0),
        target=io.BytesIO(),
    )
    assert (ran.code, ran.complaint) == (3, b"x" * COMPLAINT)


def test_a_program_that_stops_reading_is_judged_by_its_code() -> None:
    ran = pipe(
        [PYTHON, "-c", "import sys; sys.stdin.buffer.read(10); sys.exit(7)"], feed=pieces(40), target=io.BytesIO()
    )
    assert ran.code == 7


def test_what_the_source_raises_goes_up_and_the_program_is_dead(tmp_path: Path) -> None:
    """A source that breaks off must not look like one that ended: the program never sees an orderly end."""
    seen = tmp_path / "ended"
    program = f"import sys; sys.stdin.buffer.read(); open({str(seen)!r}, 'w')"

    def feed(target: Writable) -> None:
        target.write(PIECE)
        raise ValueError("the source is damaged")

    with pytest.raises(ValueError, match="the source is damaged"):
        pipe([PYTHON, "-c", program], feed=feed, target=io.BytesIO())
    assert not seen.exists()


def test_a_broken_pipe_of_the_source_is_no_end_of_the_content(tmp_path: Path) -> None:
    """Attack: content whose own pipe breaks in the middle must not be taken for whole."""
    seen = tmp_path / "ended"
    program = f"import sys; sys.stdin.buffer.read(); open({str(seen)!r}, 'w')"

    def feed(target: Writable) -> None:
        target.write(PIECE)
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        pipe([PYTHON, "-c", program], feed=feed, target=io.BytesIO())
    assert not seen.exists()


def test_a_source_that_hangs_holds_nobody_beyond_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipes, "GRACE", 0.2)
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        pipe(ECHO, feed=lambda _: time.sleep(20), target=io.BytesIO(), seconds=0.3)
    assert time.monotonic() - began < 15


def test_a_child_that_left_the_session_holds_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipes, "GRACE", 0.2)
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        pipe(["sh", "-c", "setsid sleep 60 & exit 0"], feed=pieces(0), target=io.BytesIO(), seconds=5)
    assert time.monotonic() - began < 45


def test_what_the_target_raises_goes_up_and_the_program_is_dead() -> None:
    class Full:
        def write(self, _: bytes) -> None:
            raise OSError(28, "no space")

    with pytest.raises(OSError, match="no space"):
        pipe(ECHO, feed=pieces(400), target=Full())


def test_the_deadline_ends_the_program_and_its_children() -> None:
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        pipe(["sh", "-c", "sleep 60 & sleep 60"], feed=pieces(0), target=io.BytesIO(), seconds=0.3)
    assert time.monotonic() - began < 30


def test_it_has_no_environment_but_the_safe_one_and_no_file_but_those_it_is_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SECRET", "x")
    reading, writing = os.pipe()
    os.write(writing, b"given")
    os.close(writing)
    os.set_inheritable(reading, True)  # noqa: FBT003 - the name of the parameter is the function's
    told = io.BytesIO()
    program = f"import os; print(os.environ.get('SECRET'), os.environ['OWN'], os.read({reading}, 9))"
    pipe([PYTHON, "-c", program], feed=pieces(0), target=told, environment={"OWN": "o"}, files=[reading])
    os.close(reading)
    assert told.getvalue() == b"None o b'given'\n"


def test_larger_content_has_more_time() -> None:
    assert patience(0) == 120
    assert patience(10_000_000_000) == 5120
