from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from gateway.extract import Aids, Extraction, Found, Limits, Raster, Reader, Scan, Telling
from gateway.extract.walk import extract
from gateway.model.inspection import Gap, GapKind, Segment, Where
from tests.unit.extract.pictures import Listed


class Album:
    """An extractor that finds the scans it was given in a text."""

    name = "album"
    media_types = frozenset({"text/plain"})

    def __init__(self, scans: Sequence[Found]) -> None:
        self.scans = scans

    def open(self, data: bytes, limits: Limits) -> Iterable[Found]:
        del data, limits
        return iter(self.scans)


def raster(width: int, grey: bytes = b"\0\xff") -> Raster:
    return Raster(width=width, height=1, grey=(grey * width)[:width])


def scan(width: int, telling: Telling = Telling.PICTURE, name: str = "", pixels: int = 0) -> Scan:
    return Scan(name=name or f"picture {width}", telling=telling, render=lambda: raster(width), pixels=pixels)


def read(
    *scans: Found, reader: Reader | None, pages: int = 50, may_read: Callable[[], bool] = lambda: True, **lost: GapKind
) -> Extraction:
    aids = Aids(reader=reader, may_read=may_read, lost={f"a.txt#{name}": kind for name, kind in lost.items()})
    return extract("a.txt", b"text", Limits(pages=pages), [Album(scans)], aids)


def ocr(extraction: Extraction) -> list[str]:
    return [each.name for part in extraction.parts for each in part.segments if each.where is Where.OCR]


def test_the_most_telling_is_read_first_and_of_equals_the_larger() -> None:
    reader = Listed()
    read(
        scan(2, Telling.PREVIEW),
        scan(3, Telling.PICTURE, pixels=10),
        scan(4, Telling.PICTURE, pixels=20),
        scan(5, Telling.PAGE_WITH_PICTURE),
        scan(6, Telling.PAGE_WITHOUT_TEXT),
        scan(7, Telling.PAGE_WITHOUT_TEXT),
        reader=reader,
    )
    assert reader.asked == [6, 7, 5, 4, 3, 2]


def test_the_text_is_read_before_any_picture() -> None:
    said: list[str] = []
    text = Segment(where=Where.BODY, text="text")

    class Late(Listed):
        def read(self, raster: Raster) -> str:
            said.append("read")
            return super().read(raster)

    def walked() -> Iterable[Found]:
        yield scan(2)
        said.append("walked")
        yield text

    extraction = extract("a.txt", b"text", Limits(), [Album(list(walked()))], Aids(reader=Late()))
    assert said == ["walked", "read"]
    assert extraction.parts[0].segments[0].where is Where.BODY


def test_the_same_picture_again_is_not_read_again_costs_no_page_and_counts_in_both_places() -> None:
    reader = Listed()
    extraction = read(scan(9, name="a"), scan(9, name="b"), scan(8, name="c"), reader=reader, pages=2)
    assert reader.asked == [9, 8]
    assert ocr(extraction) == ["a", "b", "c"]
    assert extraction.gaps == ()


def test_the_same_pixels_in_another_width_are_another_picture() -> None:
    grey = bytes(range(12))
    wide = Scan(name="wide", telling=Telling.PICTURE, render=lambda: Raster(width=6, height=2, grey=grey))
    high = Scan(name="high", telling=Telling.PICTURE, render=lambda: Raster(width=2, height=6, grey=grey))
    reader = Listed()
    read(wide, high, reader=reader)
    assert reader.asked == [6, 2]


def test_a_blank_page_costs_nothing() -> None:
    blank = Scan(name="blank", telling=Telling.PAGE_WITHOUT_TEXT, render=lambda: raster(7, b"\xff"))
    reader = Listed()
    extraction = read(blank, scan(3), reader=reader, pages=1)
    assert reader.asked == [3]
    assert extraction.gaps == ()


def test_beyond_the_budget_one_gap_names_the_first_and_how_many() -> None:
    extraction = read(*(scan(width, name=f"page {width}") for width in range(2, 7)), reader=Listed(), pages=2)
    assert extraction.gaps == (Gap(part="a.txt", kind=GapKind.IMAGE_NOT_READ, detail="page 4 and 2 more: pages"),)


def test_each_reason_is_a_gap_of_its_own() -> None:
    def broken() -> Raster:
        raise OSError

    bad = Scan(name="bad", telling=Telling.PAGE_WITHOUT_TEXT, render=broken)
    extraction = read(bad, scan(2), scan(3), reader=Listed(), pages=1)
    assert {gap.detail for gap in extraction.gaps} == {"bad: OSError", "picture 3: pages"}


def test_when_time_is_up_the_rest_is_a_gap() -> None:
    left = iter([True, True, False, False, False])
    extraction = read(*(scan(width) for width in (2, 3, 4, 5)), reader=Listed(), may_read=lambda: next(left))
    assert ocr(extraction) == ["picture 2", "picture 3"]
    assert extraction.gaps == (Gap(part="a.txt", kind=GapKind.IMAGE_NOT_READ, detail="picture 4 and 1 more: time"),)


def test_a_picture_that_takes_too_long_is_a_gap_and_the_next_is_read() -> None:
    class Slow(Listed):
        def read(self, raster: Raster) -> str:
            if raster.width == 2:
                raise TimeoutError
            return super().read(raster)

    extraction = read(scan(2), scan(3), reader=Slow())
    assert ocr(extraction) == ["picture 3"]
    assert extraction.gaps == (Gap(part="a.txt", kind=GapKind.IMAGE_NOT_READ, detail="picture 2: time"),)


def test_a_picture_at_which_a_worker_was_lost_is_passed_over() -> None:
    reader = Listed()
    extraction = read(scan(2, name="bad"), scan(3), reader=reader, bad=GapKind.CRASHED)
    assert reader.asked == [3]
    assert extraction.gaps == (Gap(part="a.txt", kind=GapKind.CRASHED, detail="bad"),)


def test_a_picture_without_words_is_neither_text_nor_gap() -> None:
    class Blind(Listed):
        def read(self, raster: Raster) -> str:
            del raster
            return " \n"

    extraction = read(scan(2), reader=Blind())
    assert ocr(extraction) == []
    assert extraction.gaps == ()
