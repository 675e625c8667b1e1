"""Writes the marking into a message: in front of its subject, into its header, as the first line of what it says.

    [PROTECT] Subject             RFC 2047: encoded words stay as they are, behind what is put in front
    X-Protective-Marking: PROTECT instead of what stood there
    PROTECT                       the first line of the text, the first block of the page

Only mail is marked: a file bears its own marking or none. Nothing else changes, byte for byte. A message that was
marked is read once more, by another parser than the one that found the places; where that does not read the marking, it
does not go.
"""

from __future__ import annotations

import html
import re
from collections.abc import Set as AbstractSet
from typing import Final

from gateway.errors import NotSealed
from gateway.model.header_text import on_one_line
from gateway.model.verdict import Obligation
from gateway.protect import compose
from gateway.protect.bodies import HTML, Body, bodies, leaves, replaced, text_of
from gateway.protect.html_text import place_for_block
from gateway.protect.parsed import parsed

HEADER: Final = "X-Protective-Marking"
WORDS: Final = re.compile(r"[A-Z][A-Z0-9]*(?:[ :/-]{1,3}[A-Z0-9]+)*")
LONGEST: Final = 80
REPLY: Final = re.compile(r"^\s*(?:(?:re|fw|fwd|aw|wg)\s*(?:\[\d+\])?\s*:\s*)++", re.IGNORECASE)
LINE: Final = 78  # RFC 5322 2.1.1
MARKUP: Final = "<p><strong>{}</strong></p>"
TRIAL: Final = "<body>&;"


def checked(words: str) -> str:
    """Return a marking's words; `NotSealed` for anything but capitals, digits and what joins them on one line."""
    if len(words) > LONGEST or not WORDS.fullmatch(words):
        raise NotSealed("there is no marking that could be shown", hint="the delivery is held; mark it by hand")
    return words


def marked(message: bytes, words: str, marks: AbstractSet[str]) -> bytes:
    """Return the message with its marking where `marks` (obligations) want it.

    Raises `NotSealed` where the text of a signed or encrypted message would have to change, where it is not plain what
    a reader is shown, and where the result does not read as marked.
    """
    words = checked(words)
    done = _in_body(message, words) if Obligation.MARK_BODY in marks else message
    if Obligation.MARK_SUBJECT in marks:
        done = _in_subject(done, words)
    if Obligation.MARK_HEADER in marks:
        done = _in_header(done, words)
    _read_again(message, done, words, marks)
    return done


def in_front(subject: str, words: str) -> str:
    """Return a subject with the marking in front, unless it is there."""
    return subject if is_in(subject, words) else f"[{words}] {subject}".strip()


def is_in(subject: str, words: str) -> bool:
    """Say whether a subject bears the marking: in brackets, or set off at its beginning."""
    bare = REPLY.sub("", " ".join(subject.split()))
    return f"[{words}]" in subject or bool(re.match(rf"{re.escape(words)}(?:$| ?[:|/-])", bare))


def _in_subject(message: bytes, words: str) -> bytes:
    fields, body, newline = compose.split(message)
    added = f"[{words}]".encode("ascii")
    if not any(compose.field_name(field) == b"subject" for field in fields):
        fields = [*fields, b"Subject: " + added + newline]
    else:
        fields = [_subject(field, words, added, newline) for field in fields]
    return b"".join([*fields, newline, body])


def _subject(field: bytes, words: str, added: bytes, newline: bytes) -> bytes:
    name, _, value = field.partition(b":")
    if name.strip().lower() != b"subject" or is_in(on_one_line(value), words):
        return field
    value = value.lstrip(b" \t")
    first = value.splitlines()[0] if value.strip() else b""
    if value.startswith((b"\r", b"\n")):  # folded at once, or empty
        return name + b": " + added + value
    gap = b" " if len(name) + len(added) + len(first) + 3 <= LINE else newline + b" "
    return name + b": " + added + gap + value


def _in_header(message: bytes, words: str) -> bytes:
    fields, body, newline = compose.split(message)
    name, said = HEADER.lower().encode("ascii"), words.encode("ascii")
    others = [each for each in fields if compose.field_name(each) != name]
    earlier = [each.partition(b":")[2].strip() for each in fields if compose.field_name(each) == name]
    if earlier == [said]:
        return message
    return b"".join([*others, f"{HEADER}: {words}".encode("ascii"), newline, newline, body])


def _in_body(message: bytes, words: str) -> bytes:
    main = [body for body in bodies(message) if body.is_main]
    if not main:
        raise NotSealed("the message has no text that could bear a marking")
    return replaced(message, [(body, _with_line(message, body, words)) for body in main])


def _with_line(message: bytes, body: Body, words: str) -> bytes:
    if body.untouchable:
        raise NotSealed(f"the text of the message cannot bear a marking: {body.untouchable}")
    text = text_of(message, body)
    try:
        is_ascii = f"{TRIAL}{words}\r\n".encode(body.charset) == f"{TRIAL}{words}\r\n".encode("ascii")
    except (LookupError, UnicodeError):
        is_ascii = False
    if not is_ascii or text.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise NotSealed("the text of the message is in a character set that the gateway does not write")
    newline = b"\r\n" if b"\r\n" in message else b"\n"
    if body.kind == HTML:
        at = place_for_block(text.decode("latin-1"))
        return text[:at] + MARKUP.format(html.escape(words)).encode("ascii") + newline + text[at:]
    if text.lstrip().splitlines()[:1] == [words.encode("ascii")]:
        return text
    mark = len(b"\xef\xbb\xbf") if text.startswith(b"\xef\xbb\xbf") else 0
    return text[:mark] + words.encode("ascii") + newline + newline + text[mark:]


def _read_again(before: bytes, after: bytes, words: str, marks: AbstractSet[str]) -> None:
    """Require of the standard library's parser that it reads every mark, and the same parts but for those marked."""
    old, new = map(parsed, (before, after))
    subjects = [on_one_line(str(each).encode("utf-8", "replace")) for each in new.get_all("subject", [])]
    if Obligation.MARK_SUBJECT in marks and not (subjects and all(is_in(each, words) for each in subjects)):
        raise NotSealed("the marked message does not read as marked in its subject")
    if Obligation.MARK_HEADER in marks and [str(each).strip() for each in new.get_all(HEADER, [])] != [words]:
        raise NotSealed("the marked message does not read as marked in its header")
    was, now = leaves(old), leaves(new)
    changed = [content for _, content in set(now) - set(was)]
    if len(was) != len(now) or not all(words.encode("ascii") in each for each in changed):
        raise NotSealed("the marked message does not have the same parts")
    if Obligation.MARK_BODY in marks and not any(words.encode("ascii") in content for _, content in now):
        raise NotSealed("the marked message does not read as marked in its text")
