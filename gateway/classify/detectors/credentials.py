"""Passwords and keys that a word names: `password: ...`, `api_key=...`, `https://user:password@...`.

Source: RFC 3986 section 3.2.1 (user information in addresses), RFC 7235 and RFC 6750 (authorisation fields), the
options of curl, and the connection strings of databases. What people write in mail follows the word and a colon.

A word such as password is everywhere and its value in few places: what follows must look made up (figures or signs
among letters), or be all that the line says. Placeholders, variables and calls are none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gateway.classify import Detection, Pattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gateway.classify import Candidate
    from gateway.model.inspection import Segment

_PASSWORD: Final = r"(?:passwords?|passwd|passphrase|passcode|pass|pwd|pw)"  # noqa: S105 - words to look for
_KEY: Final = r"(?:secret|token|key)"
_SEPARATOR: Final = r"[\"']?\]?[ \t]{0,3}(?::=|=>|[:=]|is |was )"
_VALUE: Final = re.compile(
    r"=?[ \t]{0,16}(?:\r?\n[ \t]{0,16})?(?P<quote>[\"'`]?)(?P<value>[^\s\"'`<>,;]{4,200})(?P=quote)"
)
_QUOTED: Final = re.compile(r"=?[ \t]{0,16}(?P<quote>[\"'`])(?P<value>[^\"'`\r\n]{4,200})(?P=quote)")
_NAME_BEFORE: Final = re.compile(r"[A-Za-z0-9_-]{0,24}\Z")
_PUBLIC: Final = re.compile(r"(?i)public|foreign|primary|sort|bucket|part|route|host")
_NOT_ONE: Final = re.compile(
    r"(?i)[$%{(\[]|.*[({\[]|[x*.#_-]+\Z|(.)\1+\Z|(?:insert|your|my|the|a|an|some|new|old|none|null|nil|true|false|undefined"
    r"|required|optional|example|changeme|redacted|hidden|removed|protected|expired|reset|incorrect|invalid|needed|set|not"
    r"|string|str|bytes|int|var|self|this|env|os|config|settings|process|input|params?|request)(?:[^a-z0-9]|\Z)"
    r"|test:test\Z|password\Z|passw?d?\Z|secret\Z|username\Z|https?:|//"
)
_FILLER: Final = re.compile(r"(?i)x{5}|0{12}|\*{4}|example|(?:insert|your)[_-]|[_-]here\b")
_MADE_UP: Final = re.compile(r"(?=.*[A-Za-z])(?=.*[0-9!@#$%^&*+=?~|\\])|(?=.*[a-z][A-Z])(?=.*[A-Z])|\d{6,}\Z")
_KEY_SIGNS: Final = re.compile(r"(?=.*[A-Za-z])(?=.*\d)[A-Za-z0-9_+/=~.-]+\Z")
_LONG_KEY: Final = 20
_SHORT_KEY: Final = 12
_VARIED: Final = 6
_COMMAND: Final = 500
_INDENT: Final = 40
_USER_INFORMATION: Final = (
    r"\b[a-z][a-z0-9+.-]{1,20}://[^\x00-\x20\"'<>@/:]{0,64}:[^\x00-\x20\"'<>@/]{1,128}@[A-Za-z0-9\[]"
)
_FIELD: Final = r"\b(?:proxy-)?authorization: ?(?:(?:bearer|basic|token|api-token) )?|\b(?:x-)?(?:api-)?token: ?"
_CURL: Final = re.compile(
    r" (?:-u|--user)[ =]?[\"']?(?P<user>[^\s\"':]{1,80})[\"']?:[\"']?(?P<value>[^\s\"']{0,120})(?=[\"'\s]|\Z)"
)
_FIELD_VALUE: Final = re.compile(r"(?=[^\s]*\d)[A-Za-z0-9_~@=.+/-]{8,2000}")
_VARIABLE: Final = re.compile(r"[<$]")
_FIGURE: Final = re.compile(r"\d")


class Credentials:
    """Detector of SECRET, for passwords and keys named by a word."""

    name = "credentials"
    patterns: tuple[Pattern, ...] = (
        Pattern(name="password", expression=rf"{_PASSWORD}{_SEPARATOR}|\bidentified by ", caseless=True),
        Pattern(name="key", expression=rf"{_KEY}{_SEPARATOR}", caseless=True),
        Pattern(name="user information", expression=_USER_INFORMATION, caseless=True),
        Pattern(name="field", expression=_FIELD, caseless=True),
        Pattern(name="curl", expression=r"\bcurl ", caseless=True),
    )

    def judge(self, segment: Segment, candidates: Sequence[Candidate]) -> Iterable[Detection]:
        """Judge what each word names by what it looks like."""
        text, reached = segment.text, 0
        for each in candidates:
            if each.end < reached:
                continue
            for start, end, confidence in _JUDGES[each.pattern](text, each):
                if start >= reached:
                    reached = end
                    yield Detection(
                        entity="SECRET", start=start, end=end, confidence=confidence, why=("shape", "label")
                    )


def _value(text: str, start: int) -> re.Match[str] | None:
    return _QUOTED.match(text, start) or _VALUE.match(text, start)


def _password(text: str, each: Candidate) -> Iterator[tuple[int, int, float]]:
    found = _value(text, each.end)
    if found is None or (text[each.start - 1 : each.start].isalpha() and text[each.start].islower()):
        return
    value = found["value"].rstrip(".,;:!?)") or found["value"]
    start, end = found.start("value"), found.start("value") + len(value)
    if _NOT_ONE.match(value) or _FILLER.search(value) or text[end : end + 1] in {"(", "["}:
        return
    if found["quote"] or _MADE_UP.match(value):
        yield start, end, 0.85
    elif "\n" not in found[0] and _is_whole_line(text, each, found.end()):
        yield start, end, 0.6


def _is_whole_line(text: str, each: Candidate, end: int) -> bool:
    """Say whether the line says no more than the word, a colon and the value."""
    low = max(0, each.start - _INDENT)
    begin = text.rfind("\n", low, each.start) + 1 or low
    named = ":" in text[each.start : each.end] or "=" in text[each.start : each.end]
    return named and not text[begin : each.start].strip(" \t-*•>") and text[end : end + 1] in {"", "\n", "\r"}


def _key(text: str, each: Candidate) -> Iterator[tuple[int, int, float]]:
    found = _value(text, each.end)
    if found is None or text[each.end - 1] == " ":
        return
    value = found["value"]
    shortest = _LONG_KEY if text[each.start : each.start + 3].lower() == "key" else _SHORT_KEY
    if len(value) < shortest or not _KEY_SIGNS.match(value) or ("." in value and not found["quote"]):
        return
    name = _NAME_BEFORE.search(text, max(0, each.start - 24), each.start)
    if _NOT_ONE.match(value) or _FILLER.search(value) or len(set(value)) < _VARIED:
        return
    if name and _PUBLIC.search(name[0]):
        return
    yield found.start("value"), found.end("value"), 0.85


def _user_information(text: str, each: Candidate) -> Iterator[tuple[int, int, float]]:
    user, _, password = text[text.index("//", each.start) + 2 : each.end - 2].partition(":")
    placeholder = _NOT_ONE.match(password) or _FILLER.search(password) or password == user
    end = each.end - 2
    yield end - len(password), end, 0.3 if placeholder else 0.9


def _field(text: str, each: Candidate) -> Iterator[tuple[int, int, float]]:
    found = _FIELD_VALUE.match(text, each.end)
    if found and not _NOT_ONE.match(found[0]) and not _FILLER.search(found[0]):
        yield found.start(), found.end(), 0.85


def _curl(text: str, each: Candidate) -> Iterator[tuple[int, int, float]]:
    end = text.find("\n", each.end, each.end + _COMMAND)
    found = _CURL.search(text, each.end - 1, end if end >= 0 else each.end + _COMMAND)
    if found is None:
        return
    user, password = found["user"], found["value"]
    variable = _VARIABLE.search(user) or _VARIABLE.match(password)
    if not variable and user != password and _FIGURE.search(user + password):
        yield found.start("user"), max(found.end("value"), found.end("user")), 0.85


_JUDGES: Final = {
    "password": _password,
    "key": _key,
    "user information": _user_information,
    "field": _field,
    "curl": _curl,
}
