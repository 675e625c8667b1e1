"""What has to be looked at in a PDF: which pages and pictures, how often, and how they are rendered."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name

from gateway.extract import Aids, Limits, Raster, Scan, Telling
from gateway.extract.formats.pdf.extractor import PdfExtractor
from gateway.extract.walk import extract
from gateway.model.inspection import Where
from gateway.testing.canaries.pdf import picture_of, saved
from gateway.testing.sealed import sealed
from tests.unit.extract.reading import EXTRACTORS, texts

NONE: Mapping[str, pikepdf.Object] = {}
TEXT = b"BT /F 12 Tf 50 50 Td (words) Tj ET "
FULL = b"q 600 0 0 800 0 0 cm /%s Do Q "
LETTERS = Path("../shared/corpora/nhs_wales_letters")


class Paper:
    """A document in the making."""

    def __init__(self) -> None:
        self.pdf = pikepdf.new()
        self.font = self.pdf.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))

    def image(self, width: int = 300, height: int = 400, shade: int = 0, **entries: object) -> pikepdf.Stream:
        """Return an image of stripes."""
        data = bytes((255, shade)) * (width * height // 2)
        return self.pdf.make_stream(
            data, Type=Name.XObject, Subtype=Name.Image, Width=width, Height=height,
            BitsPerComponent=8, ColorSpace=Name.DeviceGray, **entries,
        )  # fmt: skip

    def page(self, content: bytes, images: Mapping[str, pikepdf.Object] = NONE, *, side: int = 800) -> pikepdf.Object:
        """Add a page."""
        shown = {f"/{name}": image for name, image in images.items()}
        page = Dictionary(
            Type=Name.Page, MediaBox=Array([0, 0, side * 3 // 4, side]), Contents=self.pdf.make_stream(content),
            Resources=Dictionary(Font=Dictionary(F=self.font), XObject=Dictionary(shown)),
        )  # fmt: skip
        self.pdf.pages.append(pikepdf.Page(self.pdf.make_indirect(page)))
        return self.pdf.pages[-1].obj

    def scans(self) -> list[Scan]:
        """Return what is to be looked at."""
        with sealed():
            return [found for found in PdfExtractor().open(saved(self.pdf), Limits()) if isinstance(found, Scan)]


def test_a_scanned_page_is_looked_at_once_and_first() -> None:
    paper = Paper()
    paper.page(FULL % b"I", {"I": paper.image()})
    (scan,) = paper.scans()
    assert scan.telling is Telling.PAGE_WITHOUT_TEXT
    raster = scan.render()
    assert (raster.width, raster.height, len(raster.grey)) == (300, 400, 120_000)
    assert 30 < raster.dpi < 40


def test_a_logo_on_every_page_is_looked_at_once() -> None:
    paper = Paper()
    logo = paper.image()
    for number in range(30):
        paper.page(b"BT /F 12 Tf 50 50 Td (page %d) Tj ET q 90 0 0 40 9 9 cm /L Do Q" % number, {"L": logo})
    assert [scan.telling for scan in paper.scans()] == [Telling.PAGE_WITH_PICTURE]


def test_a_page_of_several_pictures_is_looked_at_as_a_whole() -> None:
    paper = Paper()
    slices = {f"I{n}": paper.image(600, 80, n) for n in range(10)}
    paper.page(b"".join(b"q 600 0 0 80 0 %d cm /I%d Do Q " % (n * 80, n) for n in range(10)), slices)
    (scan,) = paper.scans()
    raster = scan.render()
    assert (raster.width, raster.height, raster.dpi) == (1667, 2222, 200)


@pytest.mark.parametrize(
    "hidden",
    [
        b"q 1 0 0 1 0 0 cm /J Do Q",
        b"q 600 0 0 800 900 900 cm /J Do Q",
        b"q 0 0 1 1 re W n 600 0 0 800 0 0 cm /J Do Q",
        b"",
    ],
    ids=["tiny", "off the page", "clipped", "not shown"],
)
def test_a_picture_that_a_rendered_page_does_not_show_is_looked_at_by_itself(hidden: bytes) -> None:
    paper = Paper()
    images = {"I": paper.image(shade=1), "K": paper.image(shade=2), "J": paper.image(shade=3)}
    paper.page(FULL % b"I" + FULL % b"K" + hidden, images)
    assert sorted(scan.name.split()[0] for scan in paper.scans()) == ["page", "page"] if hidden else ["page", "picture"]
    assert len(paper.scans()) == 2


def test_pictures_elsewhere_are_looked_at() -> None:
    paper = Paper()
    page = paper.page(TEXT)
    lent = Dictionary(XObject=Dictionary(I=paper.image(shade=1)))
    form = paper.pdf.make_stream(
        b"/I Do", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 9, 9]), Resources=lent
    )  # fmt: skip
    note = Dictionary(Type=Name.Annot, Subtype=Name.Stamp, Rect=Array([0, 0, 9, 9]), AP=Dictionary(N=form))
    page.Annots = Array([paper.pdf.make_indirect(note)])
    page.Thumb = paper.image(shade=2)
    page.Resources.XObject.Alone = paper.image(shade=3)
    page.Resources.XObject.Masked = paper.image(2, 2, SMask=paper.image(shade=4))
    assert sorted(scan.telling for scan in paper.scans()) == [Telling.PICTURE] * 3 + [Telling.PREVIEW]


def test_small_pictures_share_a_page() -> None:
    paper = Paper()
    paper.page(TEXT, {f"I{n}": paper.image(60, 60, n) for n in range(40)})
    scans = paper.scans()
    assert len(scans) == 2
    assert (scans[0].render().width, scans[0].render().height) == (1800, 1800)


def test_a_shadow_comes_out_plain() -> None:
    paper = Paper()
    shade = bytes(min(255, x) for _ in range(300) for x in range(300))
    image = paper.image(300, 300)
    image.write(shade)
    paper.page(TEXT, {"I": image})
    assert paper.scans()[0].render() == Raster(width=1, height=1, grey=b"\xff")


def test_outlined_letters_are_looked_at() -> None:
    letter = b"0 0 m " + b"1 2 3 4 5 6 c " * 12 + b"h f "
    paper = Paper()
    paper.page(letter * 40)
    paper.page(TEXT + letter * 40)
    paper.page(b"BT /F 12 Tf 50 50 Td (other words) Tj ET " + letter * 40)  # the same drawing once more
    paper.page(b"0 0 m " + b"9 9 l " * 300 + b"f")
    assert [scan.name for scan in paper.scans()] == ["page 1", "page 2", "page 4"]


def test_a_rule_and_a_table_are_not_looked_at() -> None:
    paper = Paper()
    paper.page(TEXT + b"0 0 m 600 0 l S " * 60 + b"9 9 90 9 re S " * 60)
    paper.page(b"0 0 m 600 0 l S")
    assert paper.scans() == []


def test_a_font_without_characters_is_looked_at() -> None:
    paper = Paper()
    table = b"/CIDInit /ProcSet findresource begin begincmap 1 beginbfrange <00> <ff> <e000> endbfrange endcmap"
    paper.font.ToUnicode = paper.pdf.make_stream(table)
    paper.page(TEXT)
    assert [scan.telling for scan in paper.scans()] == [Telling.PAGE_WITH_PICTURE]


MUTE = [
    {"Subtype": Name.Type0, "Encoding": Name("/Identity-H"), "DescendantFonts": Array([Dictionary()])},
    {"Subtype": Name.Type1, "Encoding": Dictionary(Differences=Array([65, Name.g1, Name.g2, Name.A, Name.C0_7]))},
]
SPEAKING = [
    {"Subtype": Name.Type1, "Encoding": Dictionary(Differences=Array([65, Name.a65, Name.uni0041, Name.afii10017]))},
    {"Subtype": Name.Type1, "Encoding": Dictionary(Differences=Array([65, Name.A, Name.B, Name.g7, Name.C]))},
    {"Subtype": Name.Type0, "Encoding": Name("/Identity-H"), "ToUnicode": Name.None_},
]


@pytest.mark.parametrize(
    ("said", "is_looked_at"), [*((each, True) for each in MUTE), *((each, False) for each in SPEAKING)]
)
@pytest.mark.parametrize("in_form", [False, True])
def test_a_font_that_numbers_its_glyphs_is_looked_at(
    said: dict[str, object], *, is_looked_at: bool, in_form: bool
) -> None:
    paper = Paper()
    font = paper.pdf.make_indirect(
        Dictionary({"/Type": Name.Font, **{f"/{key}": value for key, value in said.items()}})
    )
    lent = Dictionary(Font=Dictionary(M=font))
    content = TEXT + b"BT /M 9 Tf (AB) Tj ET"
    form = paper.pdf.make_stream(
        content, Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 9, 9]), Resources=lent
    )
    page = paper.page(TEXT + b"/X Do" if in_form else content, {"X": form} if in_form else {})
    if not in_form:
        page.Resources.Font.M = font
    assert bool(paper.scans()) is is_looked_at


def test_text_without_any_letters_is_looked_at() -> None:
    paper = Paper()
    paper.page(b"BT /Missing 9 Tf 0 0 0 0 9 9 Tm (words) Tj ET")
    assert [scan.telling for scan in paper.scans()] == [Telling.PAGE_WITHOUT_TEXT]


def test_a_page_beyond_measure_is_rendered_within_bounds_or_not_at_all() -> None:
    paper = Paper()
    paper.page(b"0 0 m " + b"9 9 l " * 300 + b"f", side=4000)
    paper.page(b"1 0 m " + b"9 9 l " * 300 + b"f", side=200_000)
    large, larger = paper.scans()
    raster = large.render()
    assert raster.width * raster.height <= 12_100_000
    assert raster.dpi == 72
    with pytest.raises(ValueError, match="points"):
        larger.render()


@pytest.mark.skipif(not LETTERS.is_dir(), reason="the corpus nhs_wales_letters is not here")
def test_a_browser_s_letter_is_read_whole_within_the_budget() -> None:
    """Browsers write every shadow and every little symbol as a picture, a hundred of them for a letter."""

    class Blind:
        pages = 0

        def read(self, raster: Raster) -> str:
            self.pages += bool(raster.grey)
            return ""

    blind, data = Blind(), (LETTERS / "blood-test-results-letter.pdf").read_bytes()
    extraction = extract("x.pdf", data, Limits(), EXTRACTORS, Aids(reader=blind))
    assert extraction.gaps == ()
    assert "678 901 2345" in texts(extraction, Where.BODY)
    assert 0 < blind.pages < 20


def test_what_the_picture_of_a_word_says() -> None:
    picture = picture_of("canary")
    assert (picture.mode, picture.getextrema()) == ("L", (0, 255))
    assert io.BytesIO(picture.tobytes()).getbuffer().nbytes == picture.width * picture.height
