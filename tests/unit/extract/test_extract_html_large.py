"""Pages that are too large for a tree: every word comes out, and what cannot be told without one is a gap."""

from __future__ import annotations

from gateway.extract.formats.html.large import LARGE
from gateway.model.inspection import GapKind, Where
from tests.unit.extract.reading import kinds, opened, texts

LINE = b"<p>The committee met on <b>Tues</b>day.</p>\n"
MUCH = LINE * (LARGE // len(LINE) + 1)
NUMBER = "943 476 5919"


def page(body: bytes) -> bytes:
    """Return a page with so much text that the words in question stand at its end."""
    return b"<html><head><title>TITLE</title></head><body>" + MUCH + body + b"</body></html>"


def test_every_word_of_a_large_page_comes_out() -> None:
    body = b"""<p>943<b> 476</b> 59&#49;9</p><!-- COMMENT <i>x</i> --><script>var a = "\\u0053CRIPT" < 1</script>
    <img alt="ALTERNATIVE" src="data:text/plain;base64,REFUQVRFWFQ="><a href="mailto:x%40LINK.example">x</a>
    <table><tr><td>Sort code</td><td>40-12-34</td></tr></table><p>40</span-x>12</p>"""
    extraction = opened(page(body), "x.html")
    everything = texts(extraction)
    sought = "TITLE COMMENT SCRIPT ALTERNATIVE DATATEXT x@LINK.example Tuesday".split()  # noqa: SIM905 - words
    assert [word for word in sought if word not in everything] == []
    assert NUMBER in texts(extraction, Where.BODY)
    assert "Sort code\t40-12-34" in texts(extraction, Where.BODY)
    assert extraction.gaps == ()


def test_tags_that_a_parser_would_pass_over_do_not_split_a_number_in_all_readings() -> None:
    assert NUMBER in texts(opened(page(b"943<tr> 476</div> 5919"), "x.html"))


def test_hidden_words_in_a_large_page_are_a_gap() -> None:
    assert kinds(opened(page(b"<p>943 47<b hidden>xx</b>6 5919"), "x.html")) == {GapKind.TOO_LARGE}
    assert kinds(opened(page(b"<p>943 47<b style='display:none'>xx</b>6 5919"), "x.html")) == {GapKind.TOO_LARGE}


def test_a_large_page_in_an_unusual_charset_is_a_gap() -> None:
    declared = b"<meta charset=shift_jis>" + page("\u65e5\u672c".encode("shift_jis"))
    assert GapKind.UNSUPPORTED in kinds(opened(declared, "x.html"))


def test_a_tag_without_an_end_is_read() -> None:
    assert NUMBER in texts(opened(page(b"<p title='" + b"y" * 3_000_000 + b" 943 476 5919"), "x.html"))
