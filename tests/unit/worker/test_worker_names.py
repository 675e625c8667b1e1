"""The optional model for names: the real one, where it is installed, and what happens where it is not."""

from __future__ import annotations

import sys
import threading
from importlib import metadata
from pathlib import Path

import pytest

from gateway.errors import Unsound
from gateway.model.inspection import Inspection, RemarkKind
from gateway.system.sandbox import describe_kernel
from gateway.testing.policies import SHIPPED
from gateway.worker import Inspector
from gateway.worker.names import PACKAGE, open_names
from gateway.worker.setup import Setup

PROSE = "We met Siobhan Kowalczyk in the park. She told Rajesh Iyer that all was well.\n"
LONG = "Nothing happens here, and nobody comes.\n" * 20


def is_installed() -> bool:
    try:
        metadata.distribution(PACKAGE)
        metadata.distribution("onnxruntime")
    except metadata.PackageNotFoundError:
        return False
    return True


model = pytest.mark.skipif(not is_installed(), reason=f"needs {PACKAGE}, the optional dependency 'names'")
walls = pytest.mark.skipif(not all(describe_kernel().values()), reason="this kernel has no landlock or seccomp")


def inspected(text: str, *, names: bool = True) -> Inspection:
    inspector = Inspector.start(workers=1, setup=Setup(policies=SHIPPED, names=names), deadline=60)
    try:
        inspector.inspect("warm.txt", b"Warm.")
        return inspector.inspect("letter.txt", text.encode())
    finally:
        inspector.close()


def names_in(text: str, seen: Inspection) -> list[str]:
    return [text[each.start : each.end] for each in seen.findings if each.entity == "PERSON_NAME"]


@model
@pytest.mark.parametrize(
    ("text", "words"),
    [
        (PROSE, ["Siobhan", "Kowalczyk", "Rajesh", "Iyer"]),
        ("i spoke to mary robinson about it", ["mary", "robinson"]),
        ("Nothing happens here, and nobody comes.", []),
        ("", []),
        ("\x00\ufffd 🌿 ﷺ", []),
    ],
)
def test_the_model_tags_the_words_of_names(text: str, words: list[str]) -> None:
    tags = [tag for tag in open_names().tag(text) if tag.label in {"GIVEN_NAME", "SURNAME"}]
    assert [text[tag.start : tag.end] for tag in tags] == words
    assert all(0 < tag.score <= 1 for tag in tags)


@model
def test_the_model_takes_any_length_and_starts_no_thread() -> None:
    tagger, before = open_names(), len(list(Path("/proc/self/task").iterdir()))
    assert tagger.tag("Zz9 " * 5_000) is not None
    assert len(list(Path("/proc/self/task").iterdir())) == before >= threading.active_count()


@model
@walls
def test_names_are_found_behind_the_walls_and_count_nobody() -> None:
    seen = inspected(PROSE)
    assert seen.gaps == ()
    assert names_in(PROSE, seen) == ["Siobhan Kowalczyk", "Rajesh Iyer"]
    assert {each.why for each in seen.findings} == {("model",)}
    assert seen.people is None
    assert seen.remarks == ()


@model
@walls
def test_a_budget_that_is_used_up_is_a_remark() -> None:
    text = "".join(f"Patient: Ann Jones{'' if n else '.'}\n{LONG}" for n in range(40)) + PROSE
    seen = inspected(text)
    assert [(each.part, each.kind) for each in seen.remarks] == [("letter.txt", RemarkKind.NAMES_IN_PIECES)]
    assert seen.gaps == ()


@walls
def test_switched_off_there_is_no_model() -> None:
    assert names_in(PROSE, inspected(PROSE, names=False)) == []


@walls
@pytest.mark.skipif(is_installed(), reason="the optional dependency 'names' is installed")
def test_switched_on_and_not_installed_the_start_ends_with_a_sentence() -> None:
    with pytest.raises(Unsound, match=r"'inspection.names' is on.*pip install 'secure-transfer-gateway\[names\]'"):
        inspected(PROSE)


def test_a_library_that_does_not_load_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(Unsound, match="not installed"):
        open_names()
