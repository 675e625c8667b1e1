"""The grammar of a protective marking, made from the schemes: `[prefix] LEVEL [separator descriptor-or-handling]...`.

Sources: Government Security Classifications Policy of 5 August 2024, paragraph 28; the Government Protective Marking
Scheme as the Greater Manchester partners describe it (appendix 2A); Australian Email Protective Marking Standard 2024.

Two traps, each with its test. A codeword is any word in capitals, so it is never read with case ignored, and only when
nothing follows it: else it swallows the next word of a subject line. `OFFICIAL` is never read where the rest of a
longer phrase follows (`OFFICIAL-SENSITIVE`), whatever brackets or dashes stand between: else a marking is read as a
lower one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.classify import Pattern

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.classify.marking.schemes import Level, Scheme
    from gateway.model.tier import Tier

_WITHIN: Final = r"[ \t:/_(\[-]{0,5}"  # between the words of one phrase
_SEPARATOR: Final = r"(?:[ \t]{0,3}(?:--?|//?|[:,;|_])[ \t]{0,3}|[ \t_]{1,3}|(?=[\[(]))[\[(]?"
_CODEWORD: Final = re.compile(r"(?: {0,3}- {0,3}|//)[A-Z]{4,15}")
_AFTER: Final = re.compile(r"[ \t]*(?:[-:|/,;_]|$)")
_CLOSING: Final = " \t.])}>"
_NAME: Final = r"[A-Z][A-Z0-9&/,.' -]{0,60}?"
_TAIL_PARTS: Final = 4
_REST: Final = (
    80  # how much of what follows a marking is looked at: readings of a long text must not each hold all of it
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A marking as read at one place. `level_text` is the level alone as written; `rest` what follows the marking.

    `multipart` is true with a descriptor, handling or a second word such as SENSITIVE: prose rarely has these.
    """

    scheme: str
    tier: Tier
    weight: int
    text: str
    level_text: str
    multipart: bool
    rest: str

    @property
    def is_whole(self) -> bool:
        """True when nothing but closing brackets follows."""
        return not self.rest.strip(_CLOSING)

    @property
    def is_set_off(self) -> bool:
        """True when a separator, or nothing, follows."""
        return bool(_AFTER.match(self.rest.lstrip(_CLOSING)))


class Grammar:
    """Reads markings of all schemes. `patterns` find the places worth reading in long text."""

    def __init__(self, schemes: Sequence[Scheme]) -> None:
        plain = [(scheme, level) for scheme in schemes if not scheme.introduced for level in scheme.levels]
        self._levels = _distinct(plain)
        phrases = [_words(level.phrase) for _, level in self._levels]
        self._multipart = [_is_multipart(words, phrases) for words in phrases]
        prefixes = {prefix for scheme in schemes for prefix in scheme.prefixes}
        before = "".join(f"(?:{_any(prefixes)}[ \\t]{{1,3}})?" for _ in (1,) if prefixes)
        core = "|".join(f"({_phrase(words, phrases)})" for words in phrases)
        self._level = re.compile(rf"(?<![A-Za-z0-9])(?i:{before})(?i:{core})(?![A-Za-z0-9])")
        self._tail = re.compile(_tail(schemes)) if plain else re.compile("(?!)")
        self._codewords = frozenset(scheme.name for scheme in schemes if scheme.codewords)
        self._introduced = _introduced(schemes)
        self.patterns = tuple(_patterns(phrases, schemes))

    def read(self, text: str) -> Reading | None:
        """Return the marking with which `text` begins, brackets left aside, or None."""
        bare = text.lstrip(" \t[({<")
        found = self._level.match(bare)
        if found:
            return self._reading(found, bare)
        return self._read_introduced(bare, whole=True)

    def read_all(self, text: str) -> Iterator[tuple[int, Reading]]:
        """Yield every marking in `text` with the offset at which it begins."""
        for found in self._level.finditer(text):
            yield found.start(), self._reading(found, text)

    def read_introduced(self, text: str) -> Reading | None:
        """Return the first marking that stands after its scheme's introduction (`SEC=`), or None."""
        return self._read_introduced(text, whole=False)

    def tier_of(self, text: str) -> Tier | None:
        """Return the tier of the level that `text`, a bare phrase, stands for."""
        found = self._level.search(text)
        return self._levels[(found.lastindex or 1) - 1][1].tier if found else None

    def _reading(self, found: re.Match[str], text: str) -> Reading:
        number = (found.lastindex or 1) - 1
        scheme, level = self._levels[number]
        ends = [found.end()]
        while len(ends) <= _TAIL_PARTS and (part := self._tail.match(text, ends[-1])):
            ends.append(part.end())
        codeword = _CODEWORD.match(text, ends[-1]) if scheme in self._codewords else None
        if codeword and not text[codeword.end() : codeword.end() + _REST].strip(_CLOSING):
            ends.append(codeword.end())
        # the longest that is set off from what follows; `PROTECT - PERSONAL details` is PROTECT, not PROTECT - PERSONAL
        end = next((end for end in reversed(ends) if _AFTER.match(text[end : end + _REST].lstrip(_CLOSING))), ends[0])
        return Reading(
            scheme=scheme,
            tier=level.tier,
            weight=level.weight,
            text=text[found.start() : end] + _unclosed(text, found.start(), end),
            level_text=found.group(number + 1),
            multipart=self._multipart[number] or end > found.end(),
            rest=text[end : end + _REST],
        )

    def _read_introduced(self, text: str, *, whole: bool) -> Reading | None:
        for expression, levels in self._introduced:
            found = expression.match(text) if whole else expression.search(text)
            if found:
                scheme, level = levels[(found.lastindex or 1) - 1]
                return Reading(
                    scheme=scheme,
                    tier=level.tier,
                    weight=level.weight,
                    text=found.group(),
                    level_text=found.group().upper(),
                    multipart=True,
                    rest="",
                )
        return None


def _distinct(plain: list[tuple[Scheme, Level]]) -> list[tuple[str, Level]]:
    """Longest phrase first; a phrase that two schemes share belongs to the first."""
    kept: dict[str, tuple[str, Level]] = {}
    for scheme, level in plain:
        kept.setdefault(level.phrase, (scheme.name, level))
    return sorted(kept.values(), key=lambda pair: -len(pair[1].phrase))


def _words(phrase: str) -> list[str]:
    return [word for word in re.split(r"[ -]", phrase) if word]


def _is_multipart(words: list[str], phrases: list[list[str]]) -> bool:
    begins_with_another = any(len(other) < len(words) and words[: len(other)] == other for other in phrases)
    return begins_with_another or words[:1] == ["NOT"]


def _phrase(words: list[str], phrases: list[list[str]]) -> str:
    """Return the expression of a phrase, with a bar on what would make it a longer one."""
    longer = {
        _WITHIN.join(map(re.escape, other[len(words) :]))
        for other in phrases
        if len(other) > len(words) and other[: len(words)] == words
    }
    bar = f"(?!{_WITHIN}(?:{'|'.join(sorted(longer))}))" if longer else ""
    return _WITHIN.join(map(re.escape, words)) + bar


def _any(words: set[str]) -> str:
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    return "(?:" + "|".join(r"[ \t]{1,2}".join(map(re.escape, word.split())) for word in longest_first) + ")"


def _tail(schemes: Sequence[Scheme]) -> str:
    words = {word for scheme in schemes for word in (*scheme.descriptors, *scheme.handling)}
    named = {word[1:].strip() for word in words if word.startswith("*")}
    plain = {word for word in words if not word.startswith("*")}
    alternatives = [f"(?i:{_any(plain)})"] if plain else []
    alternatives += [_NAME + r"[ \t]{1,2}" + _any({word}) for word in sorted(named)]
    return rf"[\])]?{_SEPARATOR}(?:{'|'.join(alternatives) or '(?!)'})(?![A-Za-z0-9])[\])]?"


def _introduced(schemes: Sequence[Scheme]) -> list[tuple[re.Pattern[str], list[tuple[str, Level]]]]:
    table = []
    for scheme in schemes:
        if scheme.introduced:
            levels = _distinct([(scheme, level) for level in scheme.levels])
            phrases = [_words(level.phrase) for _, level in levels]
            core = "|".join(f"({_phrase(words, phrases)})" for words in phrases)
            table.append((re.compile(rf"(?i){re.escape(scheme.introduced)}(?:{core})(?![A-Za-z0-9])"), levels))
    return table


def _unclosed(text: str, start: int, end: int) -> str:
    """Return the closing bracket that follows, when the marking opened one."""
    marking = text[start:end]
    for opening, closing in ("[]", "()"):
        if marking.count(opening) > marking.count(closing) and text[end : end + 1] == closing:
            return closing
    return ""


def _patterns(phrases: list[list[str]], schemes: Sequence[Scheme]) -> Iterator[Pattern]:
    for words in phrases:
        expression = _WITHIN.join(map(re.escape, words))
        yield Pattern(name=" ".join(words), expression=rf"(?:\b|_){expression}(?:\b|_)", caseless=True)
    for scheme in schemes:
        if scheme.introduced:
            yield Pattern(
                name=f"introduced {scheme.name}", expression=rf"\b{re.escape(scheme.introduced)}", caseless=True
            )
    yield Pattern(name="letter-spaced", expression=r"\b(?:[A-Z] ){5,40}[A-Z]\b")
