"""What may stand behind the level of a marking: handling, descriptors, a codeword, caveats.

Sources: Government Security Classifications Policy of 5 August 2024, paragraph 28 (their order); Protective Security
Policy Framework of Australia (`SECRET//AUSTEO//CABINET`).

A trap with its test: a codeword is any word in capitals, so it is never read with case ignored, and only when nothing
else follows it than what is known: else it swallows the next word of a subject line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Final

from gateway.classify.marking.phrases import any_of
from gateway.model.tier import Tier

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from gateway.classify.marking.schemes import Scheme

CLOSING: Final = " \t.])}>"
"""What may close a marking and says nothing."""
_SEPARATOR: Final = r"(?:[ \t]{0,3}(?:--?|//?|[:,;|_+])[ \t]{0,3}|[ \t_]{1,3}|(?=[\[(]))[\[(]?"
_LOOSE: Final = re.compile(r"[ \t_]+[A-Za-z]")
_CODEWORD: Final = re.compile(
    r"(?: {0,3}- {0,3}(?=[A-Z]{4})| {0,2}// {0,2})([A-Z]{2,15}(?:(?<![A-Z]{4})/[A-Z]{2,3}){0,3})(?![A-Za-z0-9])"
)
_CODEWORD_AFTER_BLANK: Final = re.compile(r"(?: {0,3}[-/]{0,2} {0,3})([A-Z]{4,15})(?![A-Za-z0-9])")
_NAME_BEFORE: Final = r"[A-Z][A-Z0-9&/,.']{0,20}(?:[ -][A-Z0-9&/,.']{1,20}){0,8}?[ \t]{1,2}"
_NAME_BEHIND: Final = r"[ \t/:]{1,2}[A-Z][A-Z0-9&/,.']{0,30}(?:[ ][A-Z0-9&/,.']{1,30}){0,8}"
_LETTERS_BEHIND: Final = r"[A-Za-z0-9|]{0,12}"
_MOMENT: Final = (
    r"(?:[0-9]{1,4}(?:[:./-][0-9]{1,4}){0,2}[ ]?(?:st|nd|rd|th|am|pm|hrs|h)?"
    r"|on|at|of|the|until|till|to|gmt|bst|utc|hours|noon|midnight|midday"
    r"|(?:mon|tues?|wed(?:nes)?|thur?s?|fri|sat(?:ur)?|sun)(?:day)?"
    r"|jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
_MOMENT_BEHIND: Final = rf"[ \t:-]{{1,3}}(?=[^-|;]{{0,40}}[0-9])(?i:{_MOMENT}(?:[ ,]{{1,2}}{_MOMENT}){{0,9}})"
_MOST: Final = 6
_REST: Final = 80


class Kind(IntEnum):
    """What stands behind a level, in the official order."""

    HANDLING = 0
    DESCRIPTOR = 1
    CODEWORD = 2
    CAVEAT = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One word or phrase behind a level: as the schemes write it, as it stands in the text, and where it ends."""

    spec: str
    said: str
    end: int


class Tails:
    """Reads what stands behind a level, of all schemes, and says what each scheme makes of it.

    `levels` are the first words of levels: none of them is a codeword.
    """

    def __init__(self, schemes: Iterable[Scheme], levels: Collection[str] = ()) -> None:
        self._levels = levels
        self._kinds: dict[str, dict[str, Kind]] = {}
        self._tiers: dict[str, dict[str, Tier]] = {}
        self._codewords: set[str] = set()
        for scheme in schemes:
            kinds = dict.fromkeys((level.phrase for level in scheme.raising), Kind.CAVEAT)
            kinds |= dict.fromkeys(scheme.caveats, Kind.CAVEAT) | dict.fromkeys(scheme.descriptors, Kind.DESCRIPTOR)
            self._kinds[scheme.name] = kinds | dict.fromkeys(scheme.handling, Kind.HANDLING)
            self._tiers[scheme.name] = {level.phrase: level.tier for level in scheme.raising}
            if scheme.codewords:
                self._codewords.add(scheme.name)
        specs = {spec for kinds in self._kinds.values() for spec in kinds}
        self.firsts = frozenset(word.lower() for spec in specs for word in spec.split()[:1] if word.isalpha())
        """The first words of what may follow a level."""
        self._below = {words for scheme in schemes for words in scheme.below}
        self._wild: list[str] = []
        self._next = self._compile(sorted(specs))

    def _compile(self, specs: Sequence[str]) -> re.Pattern[str]:
        plain = [spec for spec in specs if not {"*", "@"} & set(spec)]
        ways = []
        for spec in sorted(set(specs) - set(plain), key=lambda each: (-len(each), each)):
            words = any_of([spec.strip(" *@")])
            before = _NAME_BEFORE if spec.startswith("*") else ""
            ways.append(f"({before}(?i:{words}){_behind(spec)})")
            self._wild.append(spec)
        if plain:
            ways.append(f"((?i:{any_of(plain)}))")
        return re.compile(rf"[\])]?{_SEPARATOR}(?:{'|'.join(ways) or '((?!))'})(?![A-Za-z0-9])[\])]?")

    def knows(self, scheme: str, part: Part) -> bool:
        """Say whether the scheme has this word."""
        return part.spec in self._kinds[scheme]

    def parts(self, text: str, start: int, scheme: str, *, loose: bool = True) -> list[Part]:
        """Return what stands behind a level that ends at `start`, one after the other.

        Only with `loose` may the first follow without a separator: `Protect personal data` is no marking.
        """
        found: list[Part] = []
        if not loose and _LOOSE.match(text, start):
            return found
        at = start
        while len(found) < _MOST and (part := self._part(text, at) or self._codeword(text, at, scheme, found)):
            found.append(part)
            at = part.end
        return found

    def _part(self, text: str, at: int) -> Part | None:
        match = self._next.match(text, at)
        if not match:
            return None
        number = (match.lastindex or 1) - 1
        said = " ".join(match.group(number + 1).upper().split())
        if number < len(self._wild):
            return Part(spec=self._wild[number], said=said, end=match.end())
        spec = self._spelled(said.replace("-", " ").replace("_", " "))
        return Part(spec=spec, said=spec, end=match.end())

    def _spelled(self, spec: str) -> str:
        """Return the word as a scheme has it; `REL EU` is `REL-EU`."""
        if any(spec in kinds for kinds in self._kinds.values()):
            return spec
        alike = (each for kinds in self._kinds.values() for each in kinds if " ".join(each.split("-")) == spec)
        return next(alike, spec)

    def _codeword(self, text: str, at: int, scheme: str, found: Sequence[Part]) -> Part | None:
        if scheme not in self._codewords or any(not part.spec for part in found):
            return None
        above = any((self.tier(scheme, part) or Tier.UNMARKED) >= Tier.SECRET for part in found[-1:])
        match = (_CODEWORD_AFTER_BLANK if above else _CODEWORD).match(text, at)
        if not match or match.group(1) in self._levels:
            return None
        if text[match.end() : match.end() + _REST].strip(CLOSING) and not self._part(text, match.end()):
            return None
        return Part(spec="", said=match.group(1), end=match.end())

    def kind(self, scheme: str, part: Part) -> Kind:
        """Return what the part is in the scheme, or else in the first that knows it."""
        if not part.spec:
            return Kind.CODEWORD
        known = [self._kinds[scheme], *self._kinds.values()]
        return next((kinds[part.spec] for kinds in known if part.spec in kinds), Kind.CAVEAT)

    def tier(self, scheme: str, part: Part) -> Tier | None:
        """Return the tier that the part stands for by itself, in the scheme, or else in the first that gives it one."""
        known = [self._tiers[scheme], *self._tiers.values()]
        return next((tiers[part.spec] for tiers in known if part.spec in tiers), None)

    def stands_below(self, line: str) -> bool:
        """Say whether a line is one that may stand below a marking and belongs to it: `Legislative-Secrecy`."""
        said = " ".join(line.strip(CLOSING + "[(*_-").upper().replace("-", " ").split())
        return said in {" ".join(each.replace("-", " ").split()) for each in self._below}


def _behind(spec: str) -> str:
    """Return the expression of what stands for the `*` or `@` at the end: a name, the rest of a word, a moment."""
    if spec.endswith("@"):
        return _MOMENT_BEHIND
    return _NAME_BEHIND if spec.endswith(" *") else _LETTERS_BEHIND if spec.endswith("*") else ""
