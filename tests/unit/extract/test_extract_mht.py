"""Web pages saved as mail (RFC 2557)."""

from __future__ import annotations

from gateway.extract import media
from gateway.model.inspection import Where
from tests.unit.extract.reading import opened, texts

HEAD = "From: <Saved by a browser>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; {more}boundary=b\r\n\r\n"
PARTS = (
    "--b\r\nContent-Type: text/html\r\nContent-Location: file:///C:/x/page.htm\r\n\r\n<p>943 <b>476</b> 5919</p>\r\n"
    "--b\r\nContent-Type: text/html\r\nContent-Location: file:///C:/x/header.htm\r\n\r\n<div>RESTRICTED</div>\r\n--b--\r\n"
)


def page(more: str = 'type="text/html"; ') -> bytes:
    return (HEAD.format(more=more) + PARTS).encode()


def test_it_is_told_from_mail_and_each_part_has_the_name_it_was_saved_from() -> None:
    extraction = opened(page(), "page.mht")
    assert [part.part for part in extraction.parts] == ["page.mht", "page.mht/1/page.htm", "page.mht/2/header.htm"]
    assert extraction.parts[0].media_type == media.MHT
    assert extraction.gaps == ()
    assert extraction.remarks == ()


def test_its_frames_are_read_as_pages() -> None:
    body = texts(opened(page(""), "page.mht"), Where.BODY)
    assert "943 476 5919" in body
    assert "RESTRICTED" in body


def test_mail_with_pictures_in_it_is_mail() -> None:
    extraction = opened(b"To: a@example.org\r\nReceived: x\r\n" + page(), "m.eml")
    assert extraction.parts[0].media_type == media.MAIL


def test_word_saves_documents_so() -> None:
    assert opened(page(), "letter.doc").remarks == ()
