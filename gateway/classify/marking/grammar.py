"""The grammar of a protective marking, made from the schemes.

    [prefix] LEVEL [separator handling, descriptor, codeword or caveat]...

Sources: Government Security Classifications Policy of 5 August 2024, paragraph 28; the Government Protective Marking
Scheme as the Greater Manchester partners describe it (appendix 2A); Australian Email Protective Marking Standard 2024.

A trap with its test: `OFFICIAL` is never read where the rest of a longer phrase follows (`OFFICIAL-SENSITIVE`),
whatever brackets or dashes stand between: else a marking is read as a lower one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from gateway.classify.marking.phrases import WORD, any_of, patterns, phrase, slipped, words_of
from gateway.classify.marking.tails import CLOSING, Kind, Tails

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gateway.classify.marking.schemes import Level, Scheme
    from gateway.classify.marking.tails import Part
    from gateway.model.tier import Tier

_AFTER: Final = re.compile(r"[ \t]*(?:[-:|/,;_*]|$)")
_OPENING: Final = " \t[({<*"
_SLIP: Final = re.compile(r"[A-Z][0-9l|]|[0-9l|][A-Z]")
_REST: Final = 80
"""How much of what follows a marking is looked at: readings of a long text must not each hold all of it."""
_WRONG_ORDER: Final = "wrong_order"
# EPMS 2024, table 1: what follows SEC=
_CAVEAT: Final = re.compile(r"(?i)\bCAVEAT=([A-Z]{1,2}:[^,\]\r\n]{1,128})")
_ACCESS: Final = re.compile(r"(?i)\bACCESS=([A-Z-]{4,30})")
_MEDIUM: Final = 2_000


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
    descriptors: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()
    malformed: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """True when nothing but closing brackets follows."""
        return not self.rest.strip(CLOSING)

    @property
    def is_set_off(self) -> bool:
        """True when a separator, or nothing, follows."""
        return _is_set_off(self.rest)

    @property
    def is_in_capitals(self) -> bool:
        """True when the level is written in capitals."""
        return self.level_text == self.level_text.upper()


class Grammar:
    """Reads markings of all schemes. `patterns` find the places worth reading in long text."""

    def __init__(self, schemes: Iterable[Scheme]) -> None:
        self._schemes = {scheme.name: scheme for scheme in schemes}
        every = tuple(self._schemes.values())
        self._meanings = _meanings((scheme, level) for scheme in every for level in scheme.levels)
        self._spoken = sorted(self._meanings, key=lambda each: (-len(each), each))
        phrases = [words_of(each) for each in self._spoken]
        self._parts = [
            ["-".join(words)] if max(map(len, words)) == 1 else sorted(words, key=len, reverse=True)
            for words in phrases
        ]
        self._multipart = [_is_multipart(words, phrases) for words in phrases]
        prefixes = {prefix for scheme in every for prefix in scheme.prefixes}
        before = f"(?:{any_of(prefixes)}[ \\t:-]{{1,3}})?" if prefixes else ""
        core = "|".join(f"({phrase(words, phrases)})" for words in phrases) or "((?!))"
        self._level = re.compile(rf"(?<![A-Za-z0-9])(?i:{before})(?i:{core})(?![A-Za-z0-9])")
        self._firsts = {words[0] for words in phrases} | {each.split()[0] for each in prefixes}
        self._firsts |= {"".join(words) for words in phrases}
        self._tails = Tails(every, {words[0] for words in phrases})
        self._introduced = _introduced(every)
        self._slips, self._meant = slipped(phrases)
        self.listed = {scheme.name: scheme.listed for scheme in every}
        """How many levels of a scheme on one line are a list."""
        self.patterns = tuple(patterns(phrases, every))

    def read(self, text: str) -> Reading | None:
        """Return the marking with which `text` begins, brackets left aside, or None."""
        bare = text.lstrip(_OPENING)
        word = WORD.match(bare)
        found = self._level.match(bare) if word and word.group().upper() in self._firsts else None
        return self._reading(found, bare) if found else self._read_introduced(bare, whole=True)

    def read_all(self, text: str) -> Iterator[tuple[int, Reading]]:
        """Yield every marking in `text` with the offset at which it begins."""
        done = 0
        for word in WORD.finditer(text):
            if word.start() >= done and word.group().upper() in self._firsts:
                found = self._level.match(text, word.start())
                if found:
                    reading = self._reading(found, text)
                    done = found.start() + len(reading.text)
                    yield found.start(), reading

    def read_introduced(self, text: str) -> Reading | None:
        """Return the first marking that stands after its scheme's introduction (`SEC=`), or None."""
        return self._read_introduced(text, whole=False)

    def read_mended(self, text: str) -> Reading | None:
        """Return the marking with which `text` begins when slips of OCR are mended, or None where there is no slip."""
        if not _SLIP.search(text):
            return None
        mended = self._slips.sub(lambda found: self._meant[(found.lastindex or 1) - 1], text)
        return self.read(mended) if mended != text else None

    def tier_of(self, text: str) -> Tier | None:
        """Return the tier of the level that `text`, a bare phrase, stands for."""
        said = text.upper()
        if not any(parts[0] in said and all(part in said for part in parts) for parts in self._parts):
            return None  # sooner seen than with the expression
        found = self._level.search(text)
        return self._meanings[self._spoken[(found.lastindex or 1) - 1]][0][1].tier if found else None

    def may_follow(self, word: str) -> bool:
        """Say whether a word in lower case may begin what stands behind a level: `RESTRICTED when complete`."""
        return word in self._tails.firsts

    def stands_below(self, line: str) -> bool:
        """Say whether a line may stand below a marking and belongs to it: `Legislative-Secrecy`."""
        return self._tails.stands_below(line)

    def _reading(self, found: re.Match[str], text: str) -> Reading:
        number = (found.lastindex or 1) - 1
        meanings = self._meanings[self._spoken[number]]
        written = found.group(number + 1)
        loose = written == written.upper() or self._multipart[number]
        behind = self._tails.parts(text, found.end(), meanings[0][0], loose=loose)
        parts = list(behind)
        # the longest that is set off from what follows; `PROTECT - PERSONAL details` is PROTECT, not PROTECT - PERSONAL
        while parts and not _is_set_off(text[parts[-1].end : parts[-1].end + _REST]):
            parts.pop()
        end = parts[-1].end if parts else found.end()
        before = " ".join(words_of(text[found.start() : found.start(number + 1)].upper()))
        scheme, level = self._meant_by(before, meanings, parts)
        tiers = [tier for part in behind if (tier := self._tails.tier(scheme, part)) is not None]
        reading = Reading(
            scheme=scheme,
            tier=max([level.tier, *tiers]),
            weight=level.weight,
            text=text[found.start() : end] + _unclosed(text, found.start(), end),
            level_text=written,
            multipart=self._multipart[number] or bool(parts),
            rest=text[end : end + _REST],
        )
        return self._with_parts(reading, level, parts) if parts else reading

    def _meant_by(self, before: str, meanings: Sequence[tuple[str, Level]], parts: Sequence[Part]) -> tuple[str, Level]:
        """Return whose word it is: `AUS PROTECTED` of the prefix's scheme, `PROTECTED//CABINET` of the caveat's."""
        ways = (
            [each for each in meanings if before in self._schemes[each[0]].prefixes],
            [each for each in meanings if parts and self._tails.knows(each[0], parts[0])],
            meanings,
        )
        return next(way[0] for way in ways if way)

    def _with_parts(self, reading: Reading, level: Level, parts: Sequence[Part]) -> Reading:
        scheme = self._schemes[reading.scheme]
        kinds = [self._tails.kind(scheme.name, part) for part in parts]
        malformed = [
            rule.code
            for rule in scheme.malformed
            if level.tier not in rule.tiers and any({part.spec, part.said} & set(rule.words) for part in parts)
        ]
        if scheme.ordered and kinds != sorted(kinds):
            malformed.append(_WRONG_ORDER)
        return replace(
            reading,
            descriptors=tuple(part.said for part, kind in zip(parts, kinds, strict=True) if kind is Kind.DESCRIPTOR),
            caveats=tuple(part.said for part, kind in zip(parts, kinds, strict=True) if kind is not Kind.DESCRIPTOR),
            malformed=tuple(malformed),
        )

    def _read_introduced(self, text: str, *, whole: bool) -> Reading | None:
        for scheme, expression, levels in self._introduced:
            found = expression.match(text) if whole else expression.search(text)
            if found:
                level = levels[(found.lastindex or 1) - 1]
                medium = text[found.end() : found.end() + _MEDIUM].split("]", 1)[0]
                return Reading(
                    scheme=scheme,
                    tier=level.tier,
                    weight=level.weight,
                    text=found.group(),
                    level_text=found.group().upper(),
                    multipart=True,
                    rest="",
                    descriptors=tuple(each.replace("-", " ").upper() for each in _ACCESS.findall(medium)),
                    caveats=tuple(each.strip().upper() for each in _CAVEAT.findall(medium)),
                )
        return None


def _is_set_off(rest: str) -> bool:
    return bool(_AFTER.match(rest.lstrip(CLOSING)))


def _meanings(levels: Iterable[tuple[Scheme, Level]]) -> dict[str, list[tuple[str, Level]]]:
    """Return what each phrase means, the first scheme first."""
    table: dict[str, list[tuple[str, Level]]] = {}
    for scheme, level in levels:
        table.setdefault(" ".join(words_of(level.phrase)), []).append((scheme.name, level))
    return table


def _is_multipart(words: Sequence[str], phrases: Sequence[Sequence[str]]) -> bool:
    begins_with_another = any(len(other) < len(words) and words[: len(other)] == other for other in phrases)
    return begins_with_another or words[0] == "NOT"


def _introduced(schemes: Sequence[Scheme]) -> list[tuple[str, re.Pattern[str], list[Level]]]:
    table = []
    for scheme in schemes:
        if scheme.introduced:
            levels = sorted(scheme.levels, key=lambda level: -len(level.phrase))
            phrases = [words_of(level.phrase) for level in levels]
            core = "|".join(f"({phrase(words, phrases)})" for words in phrases)
            expression = re.compile(rf"(?i){re.escape(scheme.introduced)}(?:{core})(?![A-Za-z0-9])")
            table.append((scheme.name, expression, levels))
    return table


def _unclosed(text: str, start: int, end: int) -> str:
    """Return the closing bracket that follows, when the marking opened one."""
    marking = text[start:end]
    for opening, closing in ("[]", "()"):
        if marking.count(opening) > marking.count(closing) and text[end : end + 1] == closing:
            return closing
    return ""
