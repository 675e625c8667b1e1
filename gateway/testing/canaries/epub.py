"""A book (EPUB 3.3) with a canary in every place where one keeps words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gateway.testing.canaries import Cage, CanaryDocument
from gateway.testing.canaries.package_bytes import zipped

OPF: Final = "http://www.idpf.org/2007/opf"
XHTML: Final = 'xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"'


def documents() -> Iterator[CanaryDocument]:
    """Yield a book with all its hiding places."""
    cage = Cage.of("epub")
    said = "".join(
        f"<dc:{name}>{cage(f'property {name}')}</dc:{name}>"
        for name in ("title", "creator", "contributor", "publisher", "subject", "description", "rights", "identifier")
    )
    package = (
        f'<package xmlns="{OPF}" version="3.0"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">{said}'
        f'<meta property="x">{cage("property of version 3")}</meta><meta '
        f'name="calibre:series" content="{cage("property of version 2")}"/>'
        '</metadata><manifest><item id="a" href="one.xhtml" media-type="application/xhtml+xml"/></manifest><spine>'
        '<itemref idref="a"/></spine><guide><reference type="cover" '
        f'title="{cage("title of a guide")}" href="one.xhtml"/></guide></package>'
    )
    page = (
        f"<html {XHTML}><head><title>{cage('title of a page')}</title></head><body>"
        f"<p>{cage('page')}</p><p hidden='hidden'>"
        f"{cage('hidden text')}</p><!-- {cage('remark of a page')} --><img src='x.png' "
        f"alt='{cage('alternative text')}'/>"
        f"<aside epub:type='footnote'>{cage('footnote')}</aside></body></html>"
    )
    contents = (
        '<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><docTitle>'
        f"<text>{cage('title of the contents')}</text></docTitle>"
        f"<navMap><navPoint><navLabel><text>{cage('entry of the contents')}</text>"
        "</navLabel></navPoint></navMap></ncx>"
    )
    nav = (
        f"<html {XHTML}><body><nav epub:type='toc'><ol>"
        f"<li>{cage('entry of the newer contents')}</li></ol></nav></body></html>"
    )
    container = (
        '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0"><rootfiles><rootfile '
        'full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
    )
    files = {
        "META-INF/container.xml": container,
        "OEBPS/book.opf": package,
        "OEBPS/one.xhtml": page,
        "OEBPS/toc.ncx": contents,
        "OEBPS/nav.xhtml": nav,
        "OEBPS/style.css": f"p::before {{ content: '{cage('text of a style sheet')}' }}",
    }
    made = {
        name: ('<?xml version="1.0"?>\n' * name.endswith(("l", "x", "f")) + text).encode()
        for name, text in files.items()
    }
    yield cage.document("canaries.epub", zipped({"mimetype": b"application/epub+zip", **made}, stored=["mimetype"]))
