"""Pages that hide: from the parser, from the tags, from the depth, and behind their own mark-up."""

from __future__ import annotations

import pytest

from gateway.extract.formats.html.extractor import depth_of
from gateway.model.inspection import GapKind, Where
from tests.unit.extract.reading import kinds, opened, texts

NUMBER = "943 476 5919"
INSIDE = {
    "bold": "943 <b>476</b> 5919",
    "nested": "943 <span><i><u>4</u>76</i></span> 5919",
    "upper case": "943 <B CLASS=x>476</B> 5919",
    "a comment": "943 4<!-- > -->76 5919",
    "a greater-than sign in an attribute": "943 <b title='a>b'>476</b> 5919",
    "a less-than sign in an attribute": '943 <b title="<p>">476</b> 5919',
    "a less-than sign in an attribute's name": "943 <b a<p>476</b> 5919",
    "a quotation mark in an attribute's name": "943 <b a\"b='x'>476</b> 5919",
    "a tag that is none": "943 <b<p>476 5919",
    "a script": "943 <script>'<p>'</script>476 5919",
    "an empty template": "943 <template></template>476 5919",
    "hidden words": "943 47<b hidden>xx</b>6 5919",
    "hidden words in upper case": "943 47<B STYLE='DISPLAY : NONE'>xx</B>6 5919",
    "hidden by an escaped style": "943 47<b style='displa\\79:none'>xx</b>6 5919",
    "a hidden element in a hidden one": "943 47<b hidden>x<i hidden>x</i>x<br>x</b>6 5919",
    "characters as numbers": "9&#52;3 476&#x20;5919",
    "an unclosed comment before": "943 476 5919<!-- never closed",
    "an end tag that closes nothing": "943 </i>476</span> 5919",
    "a break that may be": "943 4<wbr>76 5919",
}


@pytest.mark.parametrize("words", INSIDE.values(), ids=INSIDE.keys())
def test_mark_up_within_a_number_does_not_split_it(words: str) -> None:
    extraction = opened(f"<html><body><p>{words}</p></body></html>".encode(), "x.html")
    assert NUMBER in texts(extraction, Where.BODY)
    assert extraction.gaps == ()


BEHIND = {
    "a script that writes it": "<script>document.write('943\\u0020476\\x20591\\u{39}')</script>",
    "a style": "<style>p::after { content: '943 476 59\\31 9' }</style>",
    "an address": "<a href='mailto:x?body=943%20476%205919'>x</a>",
    "a page in an address": "<iframe src='data:text/html,<p>943 <b>476</b> 5919'></iframe>",
    "a page in an attribute": "<iframe srcdoc='943 &lt;b>476&lt;/b> 5919'></iframe>",
    "a picture in a style": "<p style='background:url(data:text/plain,943%20476%205919)'>x</p>",
    "a condition": "<!--[if mso]><table><tr><td>943 <b>476</b> 5919</td></tr></table><![endif]-->",
    "a downlevel condition": "<![if !mso]><p>943 <b>476</b> 5919</p><![endif]>",
    "a processing instruction": "<?php echo '943 476 5919' ?>",
    "a declaration": "<!ELEMENT 943 476 5919>",
    "a frame that is not shown": "<iframe>943 <b>476</b> 5919</iframe>",
    "old elements": "<xmp>943 476 5919</xmp>",
    "everything after it": "<plaintext>943 476 5919",
    "a table that is none": "<table>943 <b>476</b> 5919</table>",
    "a select": "<select><option>943 476 5919</select>",
    "behind the end": "</body></html>943 476 5919",
    "before the start": "943 476 5919<!doctype html><html>",
    "a meta": "<meta name=x content='943 476 5919'>",
    "a title in the body": "<svg><title>943 476 5919</title></svg>",
    "an attribute given twice": "<p title='a b c' title='943 476 5919'>x</p>",
    "an attribute of a closing tag": "<p>x</p title='943 476 5919'>",
    "a second declaration": "<!DOCTYPE 943 476 5919>",
    "a frameset": "<frameset><noframes>943 476 5919</noframes></frameset>",
}


@pytest.mark.parametrize("words", BEHIND.values(), ids=BEHIND.keys())
def test_what_stands_behind_mark_up_is_read(words: str) -> None:
    extraction = opened(f"<html><head></head><p>x</p>{words}".encode(), "x.html")
    assert NUMBER in texts(extraction)
    assert extraction.gaps == ()


def test_a_page_of_frames_drops_nothing() -> None:
    page = b"<html><head></head><frameset cols=1><p>943 476 5919</p><frame src=x></frameset>RESTRICTED</html>"
    everything = texts(opened(page, "x.html"))
    assert NUMBER in everything
    assert "RESTRICTED" in everything


def test_elements_that_html_does_not_know_are_read_joined_and_apart() -> None:
    extraction = opened(b"<html><p>943 <x>476</x> 5919 <my-cell>one</my-cell><my-cell>two</my-cell></p>", "x.html")
    assert NUMBER in texts(extraction, Where.BODY)
    assert "one\n\ntwo" in texts(extraction, Where.HIDDEN)


def test_rows_in_a_conditional_comment_stay_apart() -> None:
    page = b"<html><!--[if mso]><tr><td>Sort code</td><td>40-12-34</td></tr><![endif]-->"
    assert "Sort code\t40-12-34" in texts(opened(page, "x.html"))


@pytest.mark.parametrize("lie", ['<div a="</div>">', "<div a='</div>'>", "<div></b>", "<DIV>", "<div\n>"])
def test_deep_pages_are_told_from_wide_ones_whatever_their_tags_say(lie: str) -> None:
    assert depth_of((lie * 50).encode()) == 50


def test_a_page_with_as_many_tags_as_need_no_look_is_read_in_no_time() -> None:
    extraction = opened(b"<font color=1>" * 390 + b"<i></i>" * 4_000 + NUMBER.encode(), "x.html")
    assert NUMBER in texts(extraction, Where.BODY)
    assert extraction.gaps == ()


def test_many_pictures_in_addresses_are_parts() -> None:
    page = "".join(f'<img src="data:text/plain,part%20{n}">' for n in range(300))
    assert len(opened(f"<html>{page}".encode(), "x.html").parts) == 301


def test_a_deep_page_is_a_gap_and_is_read() -> None:
    extraction = opened(b"<div>" * 20_000 + b"943 <b>476</b> 5919", "x.html")
    assert kinds(extraction) == {GapKind.TOO_DEEP}
    assert NUMBER in texts(extraction, Where.BODY)
