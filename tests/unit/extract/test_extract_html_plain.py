"""A page that is read in one pass says the same words, cut in the same places, as it does by way of the parser."""

from __future__ import annotations

import random

import pytest
from selectolax.lexbor import LexborHTMLParser

from gateway.extract.formats.html.page import Page
from gateway.extract.formats.html.plain import plain_page
from gateway.model.inspection import Where
from gateway.testing.sizeable import web_page
from tests.unit.extract.reading import opened, texts

NUMBER = "943 476 5919"
INLINE = [
    "a href=/x",
    "b",
    "i",
    "span class='y'",
    'font color="red" size=2',
    "EM",
    "u",
    "wbr",
    "o:p",
    'a title="t &amp; u"',
]
BLOCKS = """p|div|DIV align=left|h1|h2|ul|ol|li|dl|dt|dd|table border=1|tr|td|th|tbody|thead|caption|blockquote|center|
br|br/|hr|img alt='words'|section""".replace("\n", "").split("|")
TEXTS = [
    "943",
    " 476 ",
    "5919",
    " ",
    "\n",
    "",
    "",
    "&amp;",
    "&nbsp;",
    "&#57;",
    "&eacute;x",
    "& co",
    "caf\u00e9",
    "a\tb",
]


def parsed(source: bytes) -> Page:
    """Read a page by way of the parser."""
    page = Page()
    page.read(LexborHTMLParser(source).html or "")
    return page


def words(page: Page) -> list[str]:
    """Return the words of a page that are seen."""
    return "".join(page.seen).split()


def well_made(made: random.Random, depth: int = 0) -> str:
    """Return blocks and texts that close in the order in which they opened."""
    pieces = []
    for _ in range(made.randint(0, 4)):
        shape, inside = made.randint(0, 9 if depth < 4 else 2), made.choice(TEXTS)
        if shape <= 2:
            tag = made.choice(INLINE)
            pieces.append(f"{inside}<{tag}>{made.choice(TEXTS)}" + ("" if tag == "wbr" else f"</{tag.split()[0]}>"))
        elif shape <= 5:
            tag = made.choice(["p", "div", "blockquote", "h3", "center", "section"])
            within = made.choice(TEXTS) if tag == "h3" else well_made(made, depth + 1)
            pieces.append(f"{inside}<{tag}>{within}</{tag}>")
        elif shape <= 7:
            tag = made.choice(["ul", "ol"])
            items = "\n".join(f"<li>{well_made(made, depth + 1)}</li>" for _ in range(made.randint(0, 3)))
            pieces.append(f"<{tag}>{items}</{tag}>")
        else:
            cells = "".join(f"<td>{well_made(made, depth + 1)}</td>" for _ in range(made.randint(1, 3)))
            head = made.choice(["", "<caption>c</caption>\n", "<tbody>"])
            pieces.append(f"<table>{head}<tr>{cells}</tr>{'</tbody>' if head == '<tbody>' else ''}</table>")
    return "".join(pieces)


def thrown_together(made: random.Random) -> str:
    """Return tags and texts in any order."""
    pieces = [made.choice(TEXTS)]
    for _ in range(made.randint(1, 9)):
        tag = made.choice(INLINE + BLOCKS)
        name = tag.split()[0]
        if made.random() < 0.4:
            pieces.append(f"<{tag}>{made.choice(TEXTS)}</{name}>")
        else:
            pieces.append(made.choice([f"<{tag}>", f"<{tag}>", f"</{name}>"]))
        pieces.append(made.choice(TEXTS))
    return "".join(pieces)


def around(made: random.Random, body: str) -> bytes:
    """Return a page."""
    top = made.choice(
        ["", "<html>", "<!DOCTYPE html><html><body class=x>", "<html><head><title>t</title></head><body>"]
    )
    return f"{top}{body}{'</body></html>' if 'body' in top else ''}".encode()


def agree(source: bytes) -> bool:
    """Say whether a page is plain; if it is, it has to read as a parser reads it."""
    page, other = plain_page(source), parsed(source)
    if page is None:
        return False
    assert words(page) == words(other), source
    assert set(page.values) == set(other.values), source
    assert set(page.layout) == set(other.layout), source
    return True


def test_well_made_pages_are_plain_and_read_alike() -> None:
    made = random.Random(20261122)  # noqa: S311 - the same every time
    plain = [agree(around(made, well_made(made))) for _ in range(1_500)]
    assert sum(plain) > 1_200


def test_whatever_is_taken_for_plain_reads_as_a_parser_reads_it() -> None:
    made = random.Random(5)  # noqa: S311 - the same every time
    plain = [agree(around(made, thrown_together(made))) for _ in range(6_000)]
    assert sum(plain) > 300


NOT_PLAIN = {
    "a row outside a table": "943<tr> 476 5919</tr>",
    "an end tag that closes nothing": "943</div> 476 5919",
    "an end tag of another": "<div>943</center> 476 5919</div>",
    "text in a table, outside its cells": "943<table><tr> 476 5919<td>x</td></tr></table>",
    "a table in a table": "<table><table></table>943</table> 476 5919",
    "an item in an item": "<ul><li><li>x</li>943</li> 476 5919</ul>",
    "an item without a list": "<li><li>x</li>943</li> 476 5919",
    "a heading in a heading": "<h1><h2>x</h2>943</h1> 476 5919",
    "a list that another ends": "<ul>943</ol> 476 5919",
    "a body in the body": "943<body> 476 5919",
    "a page in the page": "943</body><html> 476 5919",
    "a break that is closed": "943</wbr> 476 5919",
    "a sign of its own": "943 476 5919 > x",
    "a sign in an attribute": "<p title='>'>943 476 5919",
    "half a character": "9&#52<b></b>;3 943 476 5919",
    "hidden": "<p hidden>x</p>943 476 5919",
    "hidden by its style": "<p style='display:none'>x</p>943 476 5919",
    "a comment": "943<!-- x --> 476 5919",
    "an attribute of an end tag": "<p>943 476 5919</p title=x>",
    "an attribute given twice": "<p title=aaaa title=bbbb>943 476 5919</p hidden>",
    "an unknown element": "943<x-y> 476 5919</x-y>",
    "a body that says what nobody can tell": "943 476 5919<p \u00a0title=x>",
    "a control character": "943 476 5919 \x01",
}


@pytest.mark.parametrize("body", NOT_PLAIN.values(), ids=NOT_PLAIN.keys())
def test_what_a_parser_might_change_is_not_plain(body: str) -> None:
    source = f"<html><head></head><body>{body}</body></html>".encode()
    assert plain_page(source) is None
    assert NUMBER in texts(opened(source, "x.html"))


TOPS = {
    "a script that speaks of the end": "<script>var a = '</head>'</script>",
    "a comment over the end": "<!-- </head> -->",
    "a comment that ends at once": "<!--></head><!-- -->",
    "text": "943</head> 476 5919 <p>943",
    "an open quotation mark": "<meta name=x content='></head><p>943 476 5919 '>",
    "an element of the body": "<div></head> 943 476 5919",
    "an end before the start": "</html></head> 476 5919",
    "a title in capitals over the end": "<TITLE>x</head>943 476 5919</TITLE>",
    "an attribute of the body that all read otherwise": "</head><body title='a\"b'><p>x</p></body></html><head>",
    "a style over the end": "<style></head>943 476 5919</style>",
}


@pytest.mark.parametrize("top", TOPS.values(), ids=TOPS.keys())
def test_a_top_that_reaches_into_the_body_is_not_plain(top: str) -> None:
    assert plain_page(f"<html><head>{top}</head><body>x</body></html>".encode()) is None


def test_the_top_of_a_plain_page_is_parsed() -> None:
    source = b"""<!DOCTYPE html><html lang=en><head><meta charset=utf-8><title>TITLE</title><!-- COMMENT -->
    <meta name=classification content="METAVALUE"><style>p > a{content:"STYLE"}</style></head><body onload="EVENT()">
    <p>943<b> 476</b> 5919</body></html>"""
    assert plain_page(source) is not None
    extraction = opened(source, "x.html")
    everything = texts(extraction)
    assert [word for word in ["TITLE", "COMMENT", "METAVALUE", "STYLE", "EVENT"] if word not in everything] == []
    assert NUMBER in texts(extraction, Where.BODY)
    assert extraction.gaps == ()


def test_an_everyday_page_is_plain() -> None:
    assert plain_page(web_page()) is not None
