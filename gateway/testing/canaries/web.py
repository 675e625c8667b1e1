"""Web pages: HTML, SVG, and pages saved as mail (MHT)."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Final

from gateway.testing.canaries import Cage, CanaryDocument
from gateway.testing.canaries.templates import filled

PAGE: Final = """<!DOCTYPE html><!-- «comment before the page» --><html lang="en"><head>
<title>Minutes «title»</title>
<meta name="description" content="about «meta description»"><meta name="classification" content="«meta»">
<meta property="og:title" content="«open graph»"><base href="https://«base».example/">
<link rel="alternate" title="«link title»" href="/x">
<style>p.a::after { content: "«style content»" } /* «style comment» */</style>
<script>var a = "«script»"; // «script comment»</script>
<script type="application/ld+json">{"name": "«linked data»"}</script></head>
<body onload="say('«event handler»')">
<h1>«heading»</h1><p>body «paragraph» text</p>
<table summary="«table summary»"><caption>«caption»</caption>
<tr><th abbr="«abbreviation»">«heading cell»</th><td>«cell»</td></tr></table>
<ul><li>«list item»</li></ul><dl><dt>x</dt><dd>«definition»</dd></dl>
<p hidden>«hidden attribute»</p><p style="display:none">«hidden by style»</p>
<span style="color:#fff;font-size:0">«no size»</span>
<img src="/i.png" alt="«alternative text»" title="«tooltip»" longdesc="/«long description»">
<a href="mailto:jo@example.org?subject=«mail link»">jo</a>
<a href="/«link»" download="«download»">x</a>
<form action="/«form action»"><label>«label»</label>
<input type="hidden" name="t" value="«hidden input»">
<input placeholder="«placeholder»" value="«value»">
<textarea>«text area»</textarea><select><option value="«option value»">«option»</option></select>
<button>«button»</button><datalist><option value="«data list»"></datalist></form>
<div data-note="«data attribute»" aria-label="«spoken label»">x</div>
<noscript><p>«without scripts»</p></noscript><template><p>«template»</p></template>
<iframe srcdoc="&lt;p&gt;«frame»&lt;/p&gt;" title="«frame title»"><p>«old frame»</p></iframe>
<object data="/o" type="x/y"><param name="p" value="«parameter»">«object fallback»</object>
<embed src="/e" data-x="«embed»"><video><track label="«track»">«video fallback»</video>
<details><summary>«summary»</summary><p>«details»</p></details>
<svg><title>«svg title»</title><desc>«svg description»</desc><text>«svg text»</text></svg>
<svg><![CDATA[«cdata»]]></svg><![CDATA[«bogus cdata»]]><math><mtext>«math»</mtext></math>
<img src="data:text/plain;base64,@data address@">
<ins>«inserted»</ins> <del cite="/«citation»">«deleted»</del>
<!--[if mso]><p>«conditional comment»</p><![endif]--><ruby>x<rt>«ruby»</rt></ruby>
<p>«last words»</p></body></html><!-- «comment behind the page» -->"""


def documents() -> Iterator[CanaryDocument]:
    """Yield one document of each format."""
    yield _page()
    yield _drawing()
    yield _saved_page()


def _page() -> CanaryDocument:
    """Return a web page."""
    put = Cage.of("html")
    text = base64.b64encode(f"text {put('data address')}".encode()).decode()
    return put.document("page.html", filled(PAGE, put).replace("@data address@", text).encode())


def _drawing() -> CanaryDocument:
    """Return an SVG picture."""
    put = Cage.of("svg")
    inner = base64.b64encode(f"<p>{put('data address')}</p>".encode()).decode()
    drawing = f"""<?xml version="1.0"?><!-- {put("comment")} -->
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"><title>{put("title")}</title>
<desc>{put("description")}</desc><metadata><x>{put("metadata")}</x></metadata><style>/* {put("style")} */</style>
<text x="1" y="2">{put("text")}<tspan> and {put("span")}</tspan></text><g aria-label="{put("label")}"/>
<a xlink:href="https://{put("link")}.example/" xlink:title="{put("link title")}"><text>x</text></a>
<image xlink:href="data:text/html;base64,{inner}"/><foreignObject><p>{put("foreign object")}</p></foreignObject>
<script><![CDATA[var a = "{put("script")}"]]></script></svg>"""
    return put.document("drawing.svg", drawing.encode())


def _saved_page() -> CanaryDocument:
    """Return a page saved with its pictures and frames."""
    put = Cage.of("mht")
    attached = base64.b64encode(f"text {put('encoded part')}".encode()).decode()
    page = f"""From: <Saved by a browser>
Snapshot-Content-Location: https://{put("snapshot address")}.example/
Subject: {put("subject")}
MIME-Version: 1.0
Content-Type: multipart/related; type="text/html"; boundary="----saved"

{put("preamble")}
------saved
Content-Type: text/html
Content-ID: <a@b>
Content-Transfer-Encoding: quoted-printable
Content-Location: https://page.example/{put("root location")}

<html><head><title>{put("title")}</title></head><body><p>{put("body")[:6]}=
{put.canaries[-1].word[6:]}</p></body></html>
------saved
Content-Type: text/html
Content-Location: https://page.example/{put("frame location")}.html

<p>{put("frame")}</p>
------saved
Content-Type: text/plain
Content-Transfer-Encoding: base64
Content-Location: https://page.example/note.txt

{attached}
------saved
Content-Type: text/css
Content-Location: https://page.example/look.css

/* {put("style sheet")} */
------saved--
{put("epilogue")}
"""
    return put.document("page.mht", page.replace("\n", "\r\n").encode())
