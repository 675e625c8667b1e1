from __future__ import annotations

import pytest

from gateway.extract.formats.html.extractor import FEW_TAGS, depth_of
from gateway.model.inspection import GapKind, Where
from gateway.testing.canaries import CanaryDocument
from gateway.testing.canaries.web import documents
from tests.unit.extract.reading import kinds, opened, texts

PAGE = b"""<!doctype html><!-- FIRSTCOMMENT --><html><head><title>TITLE</title>
<meta name="classification" content="METAVALUE"><style>.a{content:"STYLETEXT"}</style></head>
<body><h1>Heading</h1><p>943<b> 476</b><span style="color:red"> 59</span>19</p>
<p hidden>HIDDENATTRIBUTE</p><p style="display: none">HIDDENSTYLE</p>
<img alt="ALTTEXT" src="data:text/plain;base64,REFUQVRFWFQ="><a href="mailto:LINK%40example.org">x</a>
<table><tr><td>Sort code</td><td>40-12-34</td></tr><tr><td>Account</td><td>12345678</td></tr></table>
<template><p>TEMPLATETEXT</p></template><script>var a = "SCRIPTTEXT"</script>
<iframe srcdoc="&lt;p&gt;FRAMETEXT&lt;/p&gt;"></iframe><textarea>FIELDTEXT</textarea><noscript>NOSCRIPT</noscript>
<!--[if mso]><p>OUTLOOK<b>ONLY</b></p><![endif]--></body></html>"""


def test_every_hiding_place_comes_out() -> None:
    extraction = opened(PAGE, "page.html")
    everything = texts(extraction)
    words = """FIRSTCOMMENT TITLE METAVALUE STYLETEXT HIDDENATTRIBUTE HIDDENSTYLE ALTTEXT DATATEXT LINK@example.org
        TEMPLATETEXT SCRIPTTEXT FRAMETEXT FIELDTEXT NOSCRIPT OUTLOOKONLY"""
    assert [word for word in words.split() if word not in everything] == []
    assert extraction.gaps == ()


def test_inline_mark_up_separates_nothing_and_blocks_separate() -> None:
    seen = texts(opened(PAGE, "page.html"), Where.BODY)
    assert "943 476 5919\n" in seen
    assert "Heading943" not in seen
    assert "Sort code\t40-12-34\n" in seen
    assert "HIDDENSTYLE" not in seen


def test_text_hidden_inside_a_number_does_not_split_it() -> None:
    extraction = opened(b"<p>943 47<span style='display:none'>zz</span>6 5919</p>", "x.html")
    assert "943 476 5919" in texts(extraction, Where.BODY)
    assert "zz" in texts(extraction, Where.HIDDEN)


def test_the_declared_charset_is_obeyed() -> None:
    page = b"<html><head><meta charset=shift_jis></head><body>" + "日本".encode("shift_jis") + b"</body></html>"
    assert "日本" in texts(opened(page, "x.html"))


def test_properties_keep_their_names() -> None:
    named = {s.name: s.text for p in opened(PAGE, "p.html").parts for s in p.segments if s.where is Where.PROPERTY}
    assert named == {"title": "TITLE", "classification": "METAVALUE"}


def test_a_bad_data_address_is_a_gap() -> None:
    assert kinds(opened(b"<body><img src='data:image/png;base64,A'></body>", "x.html")) == {GapKind.CORRUPT}


def test_stray_closing_tags_do_not_lower_the_depth() -> None:
    assert depth_of(b"<div></b>" * 50) == 50
    assert depth_of(b"<p>one<p>two<br><li>three" * 50) == 0
    assert depth_of(b"<div></div>" * 5000) == 1


def test_deep_nesting_is_a_gap_and_its_text_is_read_all_the_same() -> None:
    extraction = opened(b"<div>" * (FEW_TAGS + 1) + b"943 476 5919", "x.html")
    assert kinds(extraction) == {GapKind.TOO_DEEP}
    assert "943 476 5919" in texts(extraction)


@pytest.mark.parametrize("document", list(documents()), ids=lambda document: document.kind)
def test_every_canary_comes_out(document: CanaryDocument) -> None:
    extraction = opened(document.data, document.name)
    assert document.missing(texts(extraction)) == ()
    assert extraction.gaps == ()
    assert extraction.remarks == ()
