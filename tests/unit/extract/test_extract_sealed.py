from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.classify.assess import Classifier
from gateway.classify.builtin import builtin as detectors
from gateway.extract import Limits
from gateway.extract.walk import extract
from gateway.testing.policies import SHIPPED
from gateway.testing.sealed import Leak, sealed
from gateway.worker.samples import samples
from tests.unit.extract.reading import EXTRACTORS


@pytest.mark.parametrize(
    "reach",
    [
        lambda: Path(__file__).read_bytes(),
        socket.gethostname,
        lambda: subprocess.Popen([sys.executable, "--version"]),
        lambda: list(Path("/").iterdir()),
    ],
    ids=["file", "socket", "process", "folder"],
)
def test_the_seal_sees_every_reach(reach: object) -> None:
    with pytest.raises(Leak), sealed():
        reach()  # type: ignore[operator]


def test_a_leak_that_was_swallowed_is_told_at_the_end() -> None:
    with pytest.raises(Leak, match="open"), sealed(), contextlib.suppress(BaseException):
        Path(__file__).read_bytes()  # swallowed, as a room does that turns everything into a gap


def test_outside_the_seal_all_is_as_before() -> None:
    with sealed():
        pass
    assert Path(__file__).read_bytes()


@pytest.mark.parametrize(("name", "content"), list(samples()), ids=[name for name, _ in samples()])
def test_extract_touches_nothing(name: str, content: bytes) -> None:
    with sealed():
        extraction = extract(name, content, Limits(), EXTRACTORS)
    assert extraction.parts


def test_classify_touches_nothing_either() -> None:
    classifier = Classifier.build(detectors(), SHIPPED)
    for name, content in samples():
        extraction = extract(name, content, Limits(), EXTRACTORS)
        with sealed():
            classifier.classify(extraction.parts)
