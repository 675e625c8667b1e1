r"""The vocabulary of RTF (Rich Text Format Specification 1.9.1): how it is cut into tokens, and what words are for.

What a destination is for decides where its text stood. One that is not listed here and is marked `\*` goes to
`Where.HIDDEN` under its own name, so that nothing is lost; any other word says how text looks.
"""

from __future__ import annotations

import re
from typing import Final

from gateway.model.inspection import Where

RUN, TEXT, OPENED, CLOSED, BYTES, BINARY, SYMBOL = range(1, 8)
"""The groups of `TOKEN`."""

TOKEN: Final = re.compile(
    r"((?:\\(?:\*|(?!bin[0-9-])[a-zA-Z]++(?:-?[0-9]++)?+) ?[\r\n]*+)++)"
    r"|([^\\{}]++)"
    r"|({)|(})"
    r"|((?:\\'[0-9a-fA-F]{2})++)"
    r"|\\bin(-?[0-9]++) ?"
    r"|\\(.)|\\",
    re.DOTALL,
)
r"""A run of control words is one token: the same runs come again and again."""

WORD: Final = re.compile(r"(\*?)([a-zA-Z]+)(-?[0-9]+)?")
LONGEST_WORD: Final = 32
LARGEST: Final = 1 << 31
LONGEST_NUMBER: Final = 10

CHARACTERS: Final[dict[str, str]] = {
    "tab": "\t",
    "emdash": "\u2014",
    "endash": "\u2013",
    "emspace": "\u2003",
    "enspace": "\u2002",
    "qmspace": "\u2005",
    "bullet": "\u2022",
    "lquote": "\u2018",
    "rquote": "\u2019",
    "ldblquote": "\u201c",
    "rdblquote": "\u201d",
}
BREAKS: Final[dict[str, str]] = {
    **dict.fromkeys(("par", "line", "page", "sect", "column", "softline", "lbr", "row", "nestrow"), "\n"),
    **dict.fromkeys(("cell", "nestcell"), "\t"),
}
SYMBOLS: Final[dict[str, str]] = {"~": "\u00a0", "_": "-", "\\": "\\", "{": "{", "}": "}", "\t": "\t"}
ANSI_PAGES: Final = {"ansi": 1252, "mac": 10000, "pc": 437, "pca": 850}

PLACES: Final[dict[str, tuple[Where, str]]] = {
    **{word: (Where.HEADER, word) for word in ("header", "headerl", "headerr", "headerf")},
    **{word: (Where.FOOTER, word) for word in ("footer", "footerl", "footerr", "footerf")},
    **dict.fromkeys(("footnote", "ftnsep", "ftnsepc", "ftncn", "aftnsep", "aftnsepc", "aftncn"), (Where.NOTE, "")),
    "annotation": (Where.COMMENT, ""),
    **dict.fromkeys(("atnid", "atnauthor"), (Where.COMMENT, "author")),
    "revtbl": (Where.TRACKED, "authors"),
    **dict.fromkeys(("fldinst", "fldtype"), (Where.FIELD, "code")),
    **dict.fromkeys(("ffname", "ffdeftext", "ffformat", "ffhelptext", "ffstattext", "ffl"), (Where.FIELD, "form")),
    **dict.fromkeys(("ffentrymcr", "ffexitmcr"), (Where.FIELD, "form")),
    **dict.fromkeys(("hlloc", "hlsrc", "hlfr"), (Where.FIELD, "links")),
    **dict.fromkeys(("mmath", "moMath", "moMathPara"), (Where.FORMULA, "")),
    **dict.fromkeys(("shprslt", "upr"), (Where.HIDDEN, "fallback")),
    **dict.fromkeys(("fonttbl", "falt"), (Where.HIDDEN, "fonts")),
    **dict.fromkeys(("stylesheet", "latentstyles", "lsdlockedexcept", "pgdsctbl"), (Where.HIDDEN, "styles")),
    **dict.fromkeys(("listname", "liststylename", "pntxta", "pntxtb"), (Where.HIDDEN, "lists")),
    **dict.fromkeys(("xe", "tc", "tcn", "rxe", "txe"), (Where.HIDDEN, "index")),
    **dict.fromkeys(("objclass", "objname", "objalias", "objsect"), (Where.HIDDEN, "object")),
    "colortbl": (Where.HIDDEN, "colours"),
}
"""Destinations whose text goes to a segment of its own."""

PROPERTIES: Final = frozenset(
    (
        *("title", "subject", "author", "manager", "company", "operator", "category", "keywords", "comment"),
        *("doccomm", "hlinkbase", "template", "generator"),
    )
)
NUMBERS: Final = frozenset(
    (
        *("atndate", "atnref", "atrfstart", "atrfend", "atnparent", "blipuid", "bliptag", "panose", "levelnumbers"),
        *("leveltext", "wgrffmtfilter", "passwordhash"),
    )
)
"""Destinations that hold numbers or marks only; what else stands there is read."""
NO_WORDS: Final = re.compile(r"[^\w]*(?:-?\d{1,10}|[0-9a-f]{4}|[0-9a-f]{20}|[0-9a-f]{32}|o)?[^\w]*")
"""What those usually hold: a number, flags, the digits of PANOSE, a UUID, or the bullet of a list."""

BOXES: Final = frozenset({"shptxt", "dptxbxtext"})
IN_PLACE: Final = frozenset(
    (
        *("shpinst", "shp", "shpgrp", "shppict", "nonshppict", "picprop", "do", "result", "field", "fldrslt"),
        *("listtable", "listoverridetable", "listpicture", "list", "listlevel", "pn", "pnseclvl", "pntext"),
        *("listtext", "formfield", "background", "info", "nesttableprops", "nonesttables", "object", "hl", "cs", "ts"),
        *("mmathPr", "rsidtbl", "pgptbl", "atnicn", "userprops", "defchp", "defpap"),
    )
)
r"""Destinations marked `\*` whose text stays where it is, or that hold further destinations only."""

DATA: Final = frozenset(
    (
        *("pict", "objdata", "datastore", "themedata", "colorschememapping", "datafield", "fontfile", "fontemb"),
        *("svb",),
    )
)
r"""Destinations that hold bytes, in hexadecimal or after `\bin`."""

PICTURES: Final[dict[str, str]] = {
    "pngblip": ".png",
    "jpegblip": ".jpg",
    "emfblip": ".emf",
    "wmetafile": ".wmf",
    "pmmetafile": ".met",
    "dibitmap": ".bmp",
    "wbitmap": ".ddb",
    "macpict": ".pct",
}
