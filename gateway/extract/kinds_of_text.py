"""Tells kinds of text apart, in whatever encoding; each can also be read as plain text, so a mistake hides nothing."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from gateway.extract import media
from gateway.extract.decoding import decode, encoding_of
from gateway.model.product import PRODUCT

WINDOW: Final = 20_000
LONGEST_HEAD: Final = 8_000_000
HTML_WINDOW: Final = 4_000
ROWS: Final = 20
FIRST_LINE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{1,60}:")
HEADERS: Final = re.compile(r"(?:[A-Za-z][A-Za-z0-9_-]{1,60}:(?:[ \t].*|\r?)\n(?:[ \t].*\n)*){2,}")
"""Two fields, folded or not. One way to read a line, whose CR `.` takes: with two, n lines are read in 2^n ways."""
MAIL_FIELD: Final = re.compile(
    r"^(From|To|Cc|Subject|Date|Received|Return-Path|Message-ID|MIME-Version):", re.MULTILINE | re.IGNORECASE
)
MIME_FIELD: Final = re.compile(
    r"^(MIME-Version|Content-Type|Content-Transfer-Encoding)[ \t]*:", re.MULTILINE | re.IGNORECASE
)
SENT_FIELD: Final = re.compile(r"^(To|Cc|Bcc|Received|Return-Path|Message-ID):", re.MULTILINE | re.IGNORECASE)
PAGE_IN_MAIL: Final = re.compile(r"^Content-Type:[ \t]*multipart/related\b", re.MULTILINE | re.IGNORECASE)
PARAGRAPH: Final = re.compile(r"\r?\n\r?\n")
PASSED_HERE: Final = re.compile(rf"Received: from .*\r?\n\tby \S+ \({re.escape(PRODUCT)}\)")
"""Our own trace field, as the mail door writes it on top."""
HTML_TAG: Final = re.compile(r"<(!doctype html|html|head|body|table|div|p|span|br|title|meta)\b", re.IGNORECASE)
MARKED: Final = re.compile(  # the elements of HTML that show text, and characters by number (WHATWG HTML 4, 13.5)
    rb"</?(?:a|abbr|address|article|aside|b|base|bdi|bdo|big|blockquote|body|br|button|caption|center|cite|code|dd|del"
    rb"|details|dfn|div|dl|dt|em|fieldset|figcaption|figure|font|footer|form|h[1-6]|head|header|hr|html|i|iframe|img|input"
    rb"|ins|kbd|label|legend|li|link|main|mark|math|menu|meta|nav|noscript|object|ol|optgroup|option|p|plaintext|pre|q|s"
    rb"|samp|script|section|select|small|span|strike|strong|style|sub|summary|sup|svg|table|tbody|td|template|textarea"
    rb"|tfoot|th|thead|title|tr|tt|u|ul|var|wbr|xmp)[\s>/]|&#(?:x[0-9a-f]|[0-9]){2,7};",
    re.IGNORECASE,
)
XML_ROOT: Final = re.compile(
    r"(?:\s|<\?[^>]*\?>|<!--.{0,2000}?-->|<!DOCTYPE[^\[>]*(?:\[[^\]]*\])?\s*>)*<((?:\w+:)?[\w.-]+)", re.DOTALL
)
SEPARATOR: Final = re.compile(rb"(?:\A|\n\r?\n)From [^\r\n]*\d\d:\d\d[^\r\n]*\r?\n")
ANY_SEPARATOR: Final = re.compile(rb"(?:\A|\n)From [^\r\n]*\r?\n")
SEPARATORS: Final = {"\t": 1, ",": 2, ";": 2, "|": 2}
"""What separates cells, and how many of it a row needs at least."""


def kind_of_text(data: bytes) -> str:
    """Return the media type of a text."""
    text = decode(data[:WINDOW])
    start = text.lstrip("\ufeff \t\r\n")
    if FIRST_LINE.match(start) and len(data) > WINDOW and not PARAGRAPH.search(start):  # one header may be longer
        head = decode(data[:LONGEST_HEAD]).lstrip("\ufeff \t\r\n") + "\r\n"
        if message := _message(head, head):
            return message
    return _contact(start) or _message(text, start) or _marked_up(start) or _keyed(text, start)


def may_be_page(data: bytes) -> bool:
    """Say whether a text shows other words where a program takes it for HTML, by its name or by a declared type."""
    if encoding_of(data) != "utf-8":
        data = decode(data).encode("utf-8", "replace")
    return (b"<" in data or b"&#" in data) and MARKED.search(data) is not None


def lines_of_folder(data: bytes) -> Iterator[re.Match[bytes]]:
    """Find the lines that part the messages of a mail folder (RFC 4155 appendix A): with a time, if one has it."""
    return (SEPARATOR if SEPARATOR.search(data) else ANY_SEPARATOR).finditer(data)


def may_be_folder(data: bytes) -> bool:
    """Say whether a program that takes a message for a mail folder would find more than one in it."""
    return data.startswith(b"From ") and len(list(islice(lines_of_folder(data), 2))) > 1


def _contact(start: str) -> str:
    """Tell address cards and calendars; empty for what is neither."""
    first = start[:20].upper()
    if first.startswith("BEGIN:VCARD"):
        return media.VCARD
    return media.CALENDAR if first.startswith("BEGIN:VCALENDAR") else ""


def _message(text: str, start: str) -> str:
    """Tell mail; empty for what is none."""
    if text.startswith("From ") and HEADERS.match(rest := text.partition("\n")[2]):
        return media.MAIL if PASSED_HERE.match(rest) else media.MBOX
    if PASSED_HERE.match(text):  # it came by the mail door, whatever else is left of its header
        return media.MAIL
    first = FIRST_LINE.match(start)
    if first is None and "mime-version" not in start.lower() and "content-t" not in start.lower():
        return ""
    head = PARAGRAPH.split(start, maxsplit=1)[0]
    if (first and HEADERS.match(start) and MAIL_FIELD.search(start)) or MIME_FIELD.search(head):
        return media.MHT if PAGE_IN_MAIL.search(head) and not SENT_FIELD.search(head) else media.MAIL
    return ""


def _marked_up(start: str) -> str:
    """Tell HTML, SVG and other XML; empty for what is none."""
    if start.startswith("<"):
        root = XML_ROOT.match(start)
        name = root[1].rpartition(":")[2].lower() if root else ""
        if name == "svg":
            return media.SVG
        if start.startswith("<?xml") and name != "html":
            return media.XML
    return media.HTML if "<" in start[:HTML_WINDOW] and HTML_TAG.search(start[:HTML_WINDOW]) else ""


def _keyed(text: str, start: str) -> str:
    """Tell keys, JSON and tables from prose."""
    if "PRIVATE KEY-----" in text:
        return media.PEM
    if start[:1] in {"[", "{"}:
        return media.JSON
    separator = separator_of(text)
    return (media.TSV if separator == "\t" else media.CSV) if separator else media.TEXT


def separator_of(text: str) -> str:
    """Return what separates the cells of a table; empty for prose: rows of a table have as many cells each."""
    best, most = "", 0
    for separator, least in SEPARATORS.items():
        if separator not in text[:WINDOW]:
            continue
        counts = [len(row) - 1 for row in _first_rows(text, separator) if row]
        usual = max(set(counts), key=counts.count, default=0)
        if usual >= least and counts.count(usual) * 10 >= len(counts) * 8 and usual > most:
            best, most = separator, usual
    return best


def _first_rows(text: str, separator: str) -> list[list[str]]:
    """Return the first rows of a table, if it is one with this separator."""
    try:
        rows = list(islice(csv.reader(io.StringIO(text[:WINDOW], newline=""), delimiter=separator), ROWS))
    except csv.Error:
        return []
    return rows[:-1] if 1 < len(rows) < ROWS and len(text) > WINDOW else rows  # the last was cut
