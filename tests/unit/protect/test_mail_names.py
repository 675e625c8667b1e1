from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.protect.naming import distinct, extension, file_name, one_line


@given(st.text())
def test_one_line_is_one_line(text: str) -> None:
    line = one_line(text)
    assert line.isprintable()
    assert len(line) <= 200
    assert line.split() == line.split(" ") or not line


@given(st.text())
def test_a_file_name_is_never_a_path(text: str) -> None:
    name = file_name(text)
    assert name
    assert not set(name) & set("/\\\x00\r\n")
    assert name not in {".", ".."}
    name.encode()


@pytest.mark.parametrize(
    ("untrusted", "ending"),
    [
        ("plan.docx", ".docx"),
        ("PLAN.DOCX", ".docx"),
        ("archive.tar.gz", ".gz"),
        ("Anna Example 943 476 5919", ""),
        ("name.of a person", ""),
        ("letter.annaexample", ""),
        ("a.d\u00f6c", ""),
        ("x.doc\r\nBcc: a@b", ""),
        ("", ""),
    ],
)
def test_only_a_short_plain_extension_is_kept(untrusted: str, ending: str) -> None:
    assert extension(untrusted) == ending


def test_same_names_are_told_apart() -> None:
    assert distinct(["a.txt", "A.TXT", "x/a.txt", "b"]) == ["a.txt", "A-2.txt", "a-3.txt", "b"]


@given(st.lists(st.sampled_from(["a", "A", "a-2", "a.txt", "a-2.txt", "A.TXT", "", "/"]), max_size=12))
def test_names_are_always_distinct(names: list[str]) -> None:
    assert len({name.casefold() for name in distinct(names)}) == len(names)


@given(
    st.text(alphabet=st.sampled_from("aÄ界😀. "), max_size=300), st.sampled_from(["", ".docx", ".TXT", ".long name"])
)
def test_a_file_name_fits_into_every_file_system_and_keeps_its_ending(stem: str, ending: str) -> None:
    names = distinct([stem + ending, stem + ending])
    assert len({name.casefold() for name in names}) == 2
    for name in names:
        assert len(name.encode()) <= 200
        assert extension(name) == extension(stem + ending) or name.startswith("file")
