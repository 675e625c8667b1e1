"""Content streams of a PDF (ISO 32000-2, 7.8.2): how much memory they ask for, and what in them PDFium passes over.

A content stream of a few kilobytes can hold millions of operators, and forms that show forms that show forms. So each
is weighed before PDFium sees it. Where text is written at size nought, or stands in for other text, PDFium shows
nothing or the other text; `unveiled` rewrites such a stream so that it shows what is there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import pikepdf

MOST_BYTES = 64 << 20
LIGHT = 200_000
USUAL = 8  # bytes of memory for a byte of an ordinary page
HEAVIEST = 400 << 20  # bytes of memory that one page may ask for
DEEPEST_MARKS = 200
COSTS: tuple[tuple[re.Pattern[bytes], int], ...] = (  # bytes of memory for each operator, as measured
    (re.compile(rb"[)>\]]\s*(?:T[jJ]|['\"])"), 700),
    (re.compile(rb"\s(?:[fFSsBbn]\*?|sh|Do|EI)(?=\s)"), 400),
    (re.compile(rb"(?<![^\s])q(?=\s)"), 170),
    (re.compile(rb"\s(?:BMC|BDC)(?=\s)"), 200),
)
PER_LETTER = 160
LETTERS = re.compile(rb"\(((?:[^()\\]|\\.)*)\)|<([0-9A-Fa-f\s]*)>", re.DOTALL)
MARKS = re.compile(rb"(?<![^\s\])>])(?:(B(?:MC|DC))|EMC)(?![^\s])")
SHOWN = re.compile(rb"/([^\s/\[\]<>(){}%]+)\s+Do(?![^\s/\[<(%])")

NOUGHT = rb"[-+]?(?:0+\.?0*|\.0+)"
NUMBER = rb"[-+]?(?:\d+\.?\d*|\.\d+)"
SIZED = re.compile(rb"T[fz](?<=(.{16}))", re.DOTALL)  # begins with what is quickly found, and looks back from there
SIZE_NOUGHT = re.compile(rb"(?<![^\s])" + NOUGHT + rb"(\s+T[fz])(?![^\s/\[<(])")
MATRIX = re.compile(
    rb"(?<![^\s\[\]<>(){}])(" + rb"\s+".join([NUMBER] * 4) + rb")(\s+" + NUMBER + rb"\s+" + NUMBER + rb"\s+(?:Tm|cm))"
    rb"(?![^\s/\[<(%])"
)
UNTURNED = re.compile(rb"1 0 0 1 (?<=\s.{8})[^\s()\[\]<>/%]+[ \n][^\s()\[\]<>/%]+[ \n][Tc]m", re.DOTALL)
PADDING = b" " * 16
NAMED_MARK = re.compile(rb"/\S+\s*/\S+\s+(?:BDC|DP)(?![^\s])")
ESCAPED_NAME = re.compile(rb"/[^\s/\[\]<>(){}%]*#")
PAINTS = re.compile(rb"(?<![^\s\])>])(?:Do|BI)(?![^\s/\[<(%])")
SHOWS_TEXT = re.compile(rb"(?:T[jJ]|['\"])(?=[\s\[(</]|$)")
CURVES = re.compile(rb"\d\s+[cvy](?=\s)")
STROKES = re.compile(rb"\d\s+(?:[cvyl]|re)(?=\s)")
SEGMENTS = re.compile(rb"\d\s+[cvyl](?=\s)")
PAINTED = re.compile(rb"(?<=\s)(?:([fFB]\*?|b\*?|s)|[Sn])(?=\s|$)")
CLOSED = re.compile(rb"\sh(?=\s)")
FEWEST_SEGMENTS = 6  # of a path that may be a letter; fewer make a box or an arrow
INLINE = re.compile(rb"(?<![^\s])BI(?=[\s/])")
INLINE_SIZE = re.compile(rb"/(?:W|H|Width|Height)\s+(\d+)")


class TooHeavy(ValueError):
    """A page or form asks for more memory than it may have."""


def weight(content: bytes) -> int:
    """Return about how many bytes of memory a content stream costs; `TooHeavy` where nothing bounds it."""
    if content.count(b"MC") + content.count(b"BDC") > DEEPEST_MARKS:
        _bound_marks(content)
    if len(content) < LIGHT:
        return len(content) * USUAL
    letters = sum(len(one) + len(other) // 2 for one, other in LETTERS.findall(content))
    return len(content) + letters * PER_LETTER + sum(cost * len(mark.findall(content)) for mark, cost in COSTS)


def _bound_marks(content: bytes) -> None:
    """Refuse marked content within marked content, without end: PDFium copies all of it at every step."""
    depth = 0
    for mark in MARKS.finditer(content):
        depth += 1 if mark[1] else -1
        if depth > DEEPEST_MARKS:
            raise TooHeavy("marks")


def is_veiled(content: bytes, *, has_replacements: bool) -> bool:
    """Say whether a stream may hold text that PDFium passes over: another text in its place, no size, no area."""
    if b"ActualText" in content or (has_replacements and NAMED_MARK.search(content)):
        return True
    if b"BDC" in content and ESCAPED_NAME.search(content):
        return True
    return _has_no_size(content) or _has_no_area(content)


def _has_no_size(content: bytes) -> bool:
    """Say whether a font is set to the size of nought; the slow search is spared where the quick one settles it."""
    for sized in SIZED.findall(PADDING + content):
        operands = sized.split()
        if len(operands) < 3 or not operands[-2].strip(b"+-0."):  # noqa: PLR2004 - one before, to see it whole
            return SIZE_NOUGHT.search(content) is not None
    return False


def _has_no_area(content: bytes) -> bool:
    """Say whether a matrix has no area; most pages have none but those that only move what follows."""
    if content.count(b"Tm") + content.count(b"cm") == len(UNTURNED.findall(PADDING + content)):
        return False
    return any(map(_is_flat, {found[1] for found in MATRIX.finditer(content)}))


def _is_flat(matrix: bytes) -> bool:
    """Say whether a matrix maps everything onto a line or a point."""
    a, b, c, d = map(float, matrix.split())
    return abs(a * d - b * c) < 1e-9  # noqa: PLR2004 - smaller than any size that PDFium shows


def unveiled(content: bytes) -> bytes:
    """Return a stream that shows the text as it is written, at a size that PDFium reads."""
    content = SIZE_NOUGHT.sub(rb"10\1", content.replace(b"ActualText", b"Replaced"))
    if ESCAPED_NAME.search(content):
        content = re.sub(rb"(/[^\s/<\[(]+\s*)<<.*?>>(\s*(?:BDC|DP))", rb"\1<<>>\2", content, flags=re.DOTALL)
    return MATRIX.sub(lambda found: (b"10 0 0 10" if _is_flat(found[1]) else found[1]) + found[2], content)


def paints_pictures(content: bytes) -> bool:
    """Say whether a stream shows pictures or forms."""
    return (b"Do" in content or b"BI" in content) and PAINTS.search(content) is not None


def has_many_curves(content: bytes, many: int) -> bool:
    """Say whether a stream is painted with so many curves."""
    if len(content) < 8 * many:
        return False
    letters = content.count(b"c") + content.count(b"v") + content.count(b"y")  # quickly counted: more than curves
    return letters >= many and len(CURVES.findall(content)) >= many


def has_letter_shapes(content: bytes, many: int) -> bool:
    """Say whether a stream is painted with so many segments of areas as letters have: filled, or closed outlines."""
    if content.count(b" l") + content.count(b" c") + content.count(b" v") + content.count(b" y") < many:
        return False
    found, at = 0, 0
    for painted in PAINTED.finditer(content):
        path = content[at : painted.start()]
        at = painted.end()
        count = len(SEGMENTS.findall(path))
        if count >= FEWEST_SEGMENTS and (painted[1] or CLOSED.search(path)):
            found += count
    return found >= many


def has_inline_picture(content: bytes, smallest: int) -> bool:
    """Say whether a picture of so many pixels or more is written into the stream itself."""
    for start in INLINE.finditer(content):
        sizes = [int(size[1][:9]) for size in INLINE_SIZE.finditer(content, start.end(), start.end() + 400)]
        if not sizes or max(sizes) >= smallest:
            return True
    return False


@dataclass(slots=True)
class Scales:
    """Weighs pages with the forms that they show, each form once. `most` is what all together may weigh."""

    most: int = HEAVIEST
    spent: int = 0
    known: dict[tuple[int, int], int] = field(default_factory=dict)

    def spend(self, content: bytes, resources: object) -> None:
        """Weigh a stream and count it against what all together may weigh; `TooHeavy`."""
        self.spent += self.weigh(content, resources)
        if self.spent > self.most:
            raise TooHeavy("ratio")

    def weigh(self, content: bytes, resources: object) -> int:
        """Return the weight of a content stream and of everything that it shows; `TooHeavy`."""
        total = weight(content)
        if b"Do" in content:
            forms = resources.get("/XObject") if isinstance(resources, pikepdf.Dictionary) else None
            if isinstance(forms, pikepdf.Dictionary):
                total += self._shown(content, forms)
        if total > HEAVIEST:
            raise TooHeavy("weight")
        return total

    def _shown(self, content: bytes, forms: pikepdf.Dictionary) -> int:
        """Return the weight of the forms that a stream shows, each as often as it is shown."""
        counted: dict[str, int] = {}
        for shown in SHOWN.findall(content):
            name = "/" + shown.decode("latin-1")
            counted[name] = counted.get(name, 0) + 1
        total = 0
        for name, times in counted.items():
            form = forms.get(name)
            if isinstance(form, pikepdf.Stream) and form.get("/Subtype") == "/Form":
                total += times * self._form(form)
        return total

    def _form(self, form: pikepdf.Object) -> int:
        """Return the weight of one form. One that shows itself is shown once: PDFium stops there."""
        key = form.objgen
        if key not in self.known:
            self.known[key] = 0
            self.known[key] = self.weigh(form.read_bytes(), form.get("/Resources"))
        return self.known[key]
