"""What a worker takes: bombs in seconds and little memory, office files of 200 MB whole with the default limits."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping

import pytest
from PIL import Image

from gateway.model.inspection import LONGEST_NAME, MOST_NAMES, GapKind, Marking
from gateway.model.tier import Tier
from gateway.system.sandbox import describe_kernel
from gateway.testing.policies import SHIPPED
from gateway.worker import Inspector
from gateway.worker.setup import Setup

MB = 1_000_000
LITTLE = 512 * MB  # of address space, of which a worker has half before it reads anything
OFFICE = "application/vnd.openxmlformats-officedocument"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
SLIDES = "http://schemas.openxmlformats.org/presentationml/2006/main"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"

pytestmark = pytest.mark.skipif(not all(describe_kernel().values()), reason="this kernel has no landlock or seccomp")


def zipped(parts: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method, compresslevel=1) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


def nested(depth: int, width: int) -> bytes:
    """Return an archive of archives of archives: a few kilobytes for terabytes."""
    inner = zipped({"0": bytes(10 * MB)})
    for _ in range(depth):
        inner = zipped({str(number): inner for number in range(width)})
    return inner


@pytest.fixture(scope="module")
def little() -> Iterator[Inspector]:
    made = Inspector.start(workers=1, memory=LITTLE, setup=Setup(policies=SHIPPED))
    yield made
    made.close()


@pytest.mark.parametrize(
    ("bomb", "detail"),
    [
        (lambda: zipped({"0": bytes(300 * MB)}), "part_size"),
        (lambda: zipped({"0": bytes(100 * MB)}), "ratio"),
        (lambda: nested(4, 16), "ratio"),
        (lambda: zipped({str(number): b"" for number in range(10_001)}), "parts"),
    ],
    ids=["one large part", "one dense part", "nested", "many parts"],
)
def test_a_bomb_ends_in_seconds_and_little_memory_at_a_limit_with_a_name(
    little: Inspector, bomb: Callable[[], bytes], detail: str
) -> None:
    content = bomb()
    begun = time.monotonic()
    seen = little.inspect("bomb.zip", content)
    assert time.monotonic() - begun < 90, "it takes two; all of it would take hours"
    assert detail in {gap.detail for gap in seen.gaps if gap.kind in {GapKind.TOO_LARGE, GapKind.TOO_MANY}}
    assert "MemoryError" not in {gap.detail for gap in seen.gaps}
    assert not {GapKind.CRASHED, GapKind.TIMEOUT} & {gap.kind for gap in seen.gaps}


def test_names_of_very_many_parts_stay_few_and_short(little: Inspector) -> None:
    deep = zipped({"\u202e" + "n" * 240: zipped({"x" * 4_000: zipped({"y" * 60_000: b"1"})})})
    content = zipped({f"{number:05}/{'z' * 290}-{number:05}.txt": b"" for number in range(9_990)} | {"deep.zip": deep})
    seen = little.inspect("many.zip", content)
    assert not {GapKind.CRASHED, GapKind.TIMEOUT} & {gap.kind for gap in seen.gaps}
    assert len(seen.names) == MOST_NAMES
    assert max(map(len, seen.names)) <= LONGEST_NAME
    alone = little.inspect("deep.zip", deep).names
    assert [name.rpartition("/")[2][0] for name in alone] == ["_", "x", "y"]
    assert max(map(len, alone)) == LONGEST_NAME


def package(main: str, kind: str, parts: Mapping[str, bytes], method: int) -> bytes:
    types = f'<Types><Override PartName="/{main}" ContentType="{OFFICE}.{kind}.main+xml"/></Types>'
    return zipped({"[Content_Types].xml": types.encode(), **parts}, method)


def deck() -> bytes:
    """Return a presentation of 200 MB, nearly all of it pictures that are not compressed."""
    drawn = io.BytesIO()
    Image.new("RGB", (2000, 1666), "navy").save(drawn, "PNG", compress_level=0)
    slide = f'<p:sld xmlns:p="{SLIDES}" xmlns:a="{DRAWING}"><a:p><a:r><a:t>PROTECT</a:t></a:r></a:p></p:sld>'
    parts = {"ppt/presentation.xml": f'<p:presentation xmlns:p="{SLIDES}"/>'.encode()}
    parts |= {f"ppt/slides/slide{number}.xml": slide.encode() for number in range(1, 21)}
    parts |= {f"ppt/media/image{number}.png": drawn.getvalue() for number in range(1, 21)}
    return package("ppt/presentation.xml", "presentationml.presentation", parts, zipfile.ZIP_STORED)


def report() -> bytes:
    """Return a document with 200 MB of mark-up and 50 MB of text, marked on its last line."""
    look = '<w:rPr><w:rFonts w:ascii="Arial" w:hAnsi="Arial"/><w:sz w:val="22"/><w:lang w:val="en-GB"/></w:rPr>'
    line = f'<w:p w:rsidR="00A10000"><w:r>{look}<w:t>Nothing is said here, at some length.</w:t></w:r></w:p>'
    last = "<w:p><w:r><w:t>PROTECT</w:t></w:r></w:p>"
    body = f'<w:document xmlns:w="{WORD}"><w:body>{line * (200 * MB // len(line))}{last}</w:body></w:document>'
    parts = {"word/document.xml": body.encode()}
    return package("word/document.xml", "wordprocessingml.document", parts, zipfile.ZIP_STORED)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("document", [deck, report])
def test_an_office_file_of_200_megabytes_passes_with_the_default_limits(document: Callable[[], bytes]) -> None:
    content = document()
    assert len(content) > 199 * MB
    inspector = Inspector.start(workers=1, setup=Setup(policies=SHIPPED))
    try:
        seen = inspector.inspect("large.bin", content)
        extraction = inspector.extract("large.bin", content)
    finally:
        inspector.close()
    assert seen.gaps == ()
    assert extraction.gaps == ()
    assert isinstance(seen.marking, Marking)
    assert seen.marking.tier is Tier.PROTECT
