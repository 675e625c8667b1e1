from __future__ import annotations

import re
from random import Random

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont, ImageOps

from gateway.extract import Raster
from gateway.system.clock import MachineClock
from gateway.system.sandbox import describe_kernel
from gateway.testing.canaries.picture_bytes import drawn, saved
from gateway.worker import Inspector
from gateway.worker.ocr import SECONDS, TesseractReader, describe_reader, open_reader
from gateway.worker.setup import Setup
from tests.unit.extract.reading import archive

READER = open_reader()
NUMBER = "NHS number 943 476 5919"
PROSE = (
    "The patient was seen in clinic today with her mother, who reported that all had been well until the spring.",
    "Please arrange blood tests, and a review in six weeks; no further action is required of the school meanwhile.",
)
IDENTIFIERS = ("943 476 5919", "401 023 2137", "AB 12 34 56 C", "LS6 3HN", "14/03/1972", "20-45-77 31926819")

pytestmark = pytest.mark.skipif(READER is None, reason="Tesseract or its data is not installed")


def words_of(picture: Image.Image, dpi: int = 0) -> str:
    grey = picture.convert("L")
    assert READER is not None
    return READER.read(Raster(width=grey.width, height=grey.height, grey=grey.tobytes(), dpi=dpi))


def letter(dpi: int) -> Image.Image:
    """Return a page of A4 in 11 points."""
    picture = Image.new("L", (round(8.27 * dpi), round(11.69 * dpi)), 255)
    font = ImageFont.load_default(size=11 * dpi / 72)
    lines = ["OFFICIAL-SENSITIVE", *(f"Reference {each}" for each in IDENTIFIERS), *PROSE]
    for number, line in enumerate(lines):
        ImageDraw.Draw(picture).text((dpi // 2, dpi + number * dpi // 4), line, font=font, fill=0)
    return picture


def noisy(picture: Image.Image) -> Image.Image:
    turned = picture.rotate(0.8, fillcolor=255, resample=Image.Resampling.BICUBIC)
    grains = Image.frombytes("L", (256, 256), Random(7).randbytes(1 << 16))  # noqa: S311 - the same noise every time
    grains = grains.point(lambda value: 100 + value // 5)
    grain = Image.new("L", picture.size, 128)
    for left in range(0, picture.width, 256):
        for top in range(0, picture.height, 256):
            grain.paste(grains, (left, top))
    return ImageChops.add(turned, grain, 1, -128).filter(ImageFilter.GaussianBlur(0.6))


@pytest.mark.parametrize(
    ("dpi", "is_noisy"), [(200, False), (200, True), (96, False)], ids=["200 dpi", "200 dpi, noise", "96 dpi"]
)
def test_a_letter_is_read_with_every_identifier(dpi: int, is_noisy: bool) -> None:  # noqa: FBT001 - a parameter
    page = letter(dpi)
    text = words_of(noisy(page) if is_noisy else page, dpi)
    said = re.sub(r"\s", "", text)
    assert [each for each in IDENTIFIERS if each.replace(" ", "") not in said] == []
    wanted = " ".join(PROSE).split()
    assert sum(word in text.split() for word in wanted) >= 0.95 * len(wanted)


def test_a_page_on_its_head_is_read() -> None:
    page = letter(150).crop((0, 0, 1240, 700))
    assert "943 476 5919" in words_of(page.transpose(Image.Transpose.ROTATE_180))


@pytest.mark.parametrize("size", [11, 14, 20, 40, 60, 90])
def test_letters_of_any_size_are_read(size: int) -> None:
    assert "9434765919" in words_of(drawn(NUMBER, size=size)).replace(" ", "")
    assert words_of(drawn("RESTRICTED", size=size)) == "RESTRICTED"


def test_letters_that_touch_the_edge_are_read() -> None:
    picture = Image.new("L", (248, 24), 255)
    ImageDraw.Draw(picture).text((0, 0), NUMBER, font=ImageFont.load_default(size=20), fill=0)
    assert "9434765919" in words_of(picture).replace(" ", "")


def test_light_on_dark_is_read() -> None:
    assert NUMBER in words_of(ImageOps.invert(drawn(NUMBER)))


def test_faint_letters_are_read() -> None:
    picture = Image.new("L", (600, 80), 255)
    ImageDraw.Draw(picture).text((20, 20), NUMBER, font=ImageFont.load_default(size=24), fill=235)
    assert NUMBER in words_of(picture)


def test_a_picture_longer_than_tesseract_takes_is_read_to_its_end() -> None:
    picture = Image.new("L", (700, 34_000), 255)
    font = ImageFont.load_default(size=24)
    for top in range(0, 34_000, 2_000):
        ImageDraw.Draw(picture).text((20, top + 20), f"mark {top} here", font=font, fill=0)
    text = words_of(picture)
    assert [top for top in range(0, 34_000, 2_000) if f"mark {top} here" not in text] == []


def test_a_texture_has_no_words() -> None:
    grains = Image.frombytes("L", (60, 50), Random(3).randbytes(3_000))  # noqa: S311 - the same every time
    texture = grains.resize((1200, 1000), Image.Resampling.BICUBIC)
    assert words_of(texture) == ""


def test_digits_are_never_dropped_for_being_doubtful() -> None:
    smudged = drawn("943 476 5919", size=40).filter(ImageFilter.GaussianBlur(3.5))
    assert sum(letter.isdigit() for letter in words_of(smudged)) >= 6


class Hasty(MachineClock):
    """A clock on which all time has passed when it is looked at again."""

    def __init__(self) -> None:
        self.now_is = 0.0

    def monotonic(self) -> float:
        self.now_is += SECONDS
        return self.now_is


def test_a_picture_that_takes_too_long_is_given_up() -> None:
    assert isinstance(READER, TesseractReader)
    hasty = TesseractReader(READER._api, Hasty())
    with pytest.raises(TimeoutError):
        hasty.read(Raster(width=60, height=60, grey=bytes(3600)))


def test_the_reader_is_named_for_the_doctor() -> None:
    assert re.fullmatch(r"tesseract \d+\.\d+\.\d+.*, eng", describe_reader() or "")


@pytest.mark.skipif(not all(describe_kernel().values()), reason="this kernel has no landlock or seccomp")
def test_pictures_are_read_behind_the_walls() -> None:
    kinds = ("PNG", "JPEG", "TIFF", "WEBP", "GIF", "BMP", "PPM", "AVIF")
    files = {f"{kind.lower()}.{kind.lower()}": saved(drawn(NUMBER, kind), kind) for kind in kinds}
    inspector = Inspector.start(workers=1, setup=Setup(), deadline=60)
    try:
        extraction = inspector.extract("a.zip", archive(files))
    finally:
        inspector.close()
    seen = [part.part for part in extraction.parts if any(NUMBER in each.text for each in part.segments)]
    assert len(seen) == len(kinds)
    assert extraction.gaps == ()


@pytest.mark.skipif(not all(describe_kernel().values()), reason="this kernel has no landlock or seccomp")
def test_a_picture_of_nothing_ends_no_worker() -> None:
    chance = Random(1)  # noqa: S311 - the same specks every time: in some Tesseract finds no page, and wants to say so
    specks = [bytes(chance.choice((0, 255)) for _ in range(60 * 14)) for _ in range(12)]
    files = {f"{n}.png": saved(Image.frombytes("L", (60, 14), each), "PNG") for n, each in enumerate(specks)}
    inspector = Inspector.start(workers=1, setup=Setup(), deadline=60)
    try:
        assert inspector.extract("a.zip", archive(files)).gaps == ()
    finally:
        inspector.close()
