"""Content on its way into a seal: a file is read whole or not at all, and looked at where it lies."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import NotSealed
from gateway.protect import Plain
from gateway.protect.content import FromFile, Held, InFile, bundle, looked_at
from gateway.system.pipes import FileFeed, pipe

PAGES = bytes(range(251)) * 200  # twelve pages of memory
PLACES = st.integers(min_value=0, max_value=len(PAGES) + 9)


def part(content: InFile | Held) -> Plain:
    return Plain(name="a.bin", media_type="a/b", content=content)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("content") / "pages"
    path.write_bytes(PAGES)
    return path


@given(start=PLACES, stop=PLACES, step=st.integers(min_value=1, max_value=9000))
def test_a_slice_of_a_file_is_that_of_its_bytes(pages: Path, start: int, stop: int, step: int) -> None:
    with looked_at(pages) as content:
        assert content[start:stop:step] == PAGES[start:stop:step]


def test_one_file_is_a_feed_that_a_program_may_read_by_itself(pages: Path) -> None:
    name, size, feed = bundle([part(InFile(pages))])
    assert (name, size) == ("a.bin", len(PAGES))
    assert isinstance(feed, FileFeed)
    written = io.BytesIO()
    feed(written)
    assert written.getvalue() == PAGES


def test_other_content_is_none(pages: Path) -> None:
    assert not isinstance(bundle([part(Held(PAGES))])[2], FileFeed)
    assert not isinstance(bundle([part(InFile(pages)), part(InFile(pages))])[2], FileFeed)
    assert not isinstance(bundle([part(InFile(pages))], named=True)[2], FileFeed)
    assert not isinstance(bundle([part(InFile(Path("/dev/null")))])[2], FileFeed)


@pytest.mark.parametrize("size", [0, 1, len(PAGES) - 1, len(PAGES) + 1])
def test_a_file_that_changed_is_not_sealed(pages: Path, size: int) -> None:
    """Attack: a file is cut short, or grows, between being looked at and being read."""
    feed = FromFile(InFile(pages), size)
    with pytest.raises(NotSealed, match="not as long as it was"):
        pipe([sys.executable, "-c", "import sys; sys.stdin.buffer.read()"], feed=feed, target=io.BytesIO())
    with pytest.raises(NotSealed, match="not as long as it was"):
        feed(io.BytesIO())
