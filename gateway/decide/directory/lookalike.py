"""Domains that are not a known one and look like it.

A domain is split into the name that somebody registered and the ending below which it stands (`nhs` and `net`,
`council` and `gov.uk`). One that is known, or stands below one that is, looks like nothing but itself. Another one
imitates a known one by any of these:

confusable  the same once letters are replaced that look alike: Cyrillic, accents, 0 for o, rn for m (Unicode TS 39)
parts       its parts stand one behind the other, divided by dots, hyphens or nothing: nhs.net.evil.com, nhsnet.com
added       a word is set before or behind it (`added`: login, mail …); anything at all where the name is letters
            without a vowel, which are part of no ordinary word: evilnhs.net
ending      the same name under an ending that anybody may have, where the known one's is `vetted` (gov.uk, police.uk)
slip        one letter is missing, too many, wrong, or two are swapped; two such slips in a long name

Names shorter than five letters are too near one another for slips, and for added words where they have a vowel. Real
names are told apart by digits, by words like north and south (`told_apart`), and by a list (`own_names`).
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations
from typing import Final

from gateway.decide.address import is_suffix

codecs.lookup("punycode")  # found now, since nothing may be opened later

DIVIDERS: Final = re.compile(r"[.-]")
DIGITS: Final = re.compile(r"[0-9]")
VOWELS: Final = frozenset("aeiouy")
SHORTEST_NAME: Final = 3
SHORTEST_SLIP: Final = 5
SHORTEST_TWO_SLIPS: Final = 12
SHORTEST_RUN: Final = 5  # letters of a domain written without its dots
SHORTEST_RUN_WITHIN: Final = 8  # the same with more around it
SHORTEST_ELSEWHERE: Final = 6  # letters of a name that means the same under another ending
COUNTRY_CODE: Final = 2
SECOND_LEVELS: Final = frozenset(
    "ac co com edu gob gov gouv govt go ltd me mil ne net nom or org plc sch school".split()  # noqa: SIM905 - words
)
# small letters beside the Latin ones that they stand for (Unicode TS 39): Cyrillic twice, Greek, and others
LETTERS: Final = (
    ("\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u04bb\u0501\u051b\u051d", "aeopcyxijshdqw"),
    ("\u0432\u043a\u043c\u043d\u0442\u0433\u0475\u04cf\u043f\u0438", "bkmhtrvlnu"),
    ("\u03b1\u03b5\u03bf\u03c1\u03c5\u03bd\u03b9\u03ba\u03c4\u03c7\u03b3\u03c9", "aeopuviktxyw"),
    ("\u0131\u0269\u0261\u0251\u028f\u0280\u0274\u029f\u1d0f\u0578\u0585\u057d\u0570", "iigayrnlonouh"),
    ("\u0142\u00f8\u0111\u0127\u0167\u0180\u019a\u0268\u024d", "lodhtblir"),
)
LOOKS_LIKE: Final = {ord(one): other for ours, latin in LETTERS for one, other in zip(ours, latin, strict=True)}
READS_LIKE: Final = str.maketrans({"0": "o", "1": "l", "i": "l", "5": "s", "3": "e"})


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAlikes:
    """What people wrote down about names: see the file `addresses.yaml`."""

    watched: frozenset[str] = frozenset()
    vetted: frozenset[str] = frozenset()
    added: frozenset[str] = frozenset()
    told_apart: frozenset[str] = frozenset()
    own_names: frozenset[str] = frozenset()

    def without_watched(self) -> LookAlikes:
        """Return the same words for names that are watched elsewhere."""
        return replace(self, watched=frozenset())


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A domain as somebody registered it."""

    name: str
    ending: str

    @property
    def domain(self) -> str:
        """The whole of it."""
        return f"{self.name}.{self.ending}"


def registered(domain: str, suffixes: Collection[str]) -> Name:
    """Return what somebody registered of a plain domain.

    Endings are those of `suffixes`; in other countries two labels where the first is such as `co` or `com`.
    """
    labels = domain.split(".")
    for start in range(1, len(labels)):
        ending = ".".join(labels[start:])
        if is_suffix(ending, suffixes):
            return Name(name=labels[start - 1], ending=ending)
    two = len(labels) > COUNTRY_CODE and len(labels[-1]) == COUNTRY_CODE and labels[-2] in SECOND_LEVELS
    start = -2 if two else -1
    return Name(name=labels[start - 1], ending=".".join(labels[start:]))


@lru_cache(maxsize=65_536)
def plain_letters(label: str) -> str:
    """Return a label with every letter that looks like a Latin one replaced by it."""
    if label.startswith("xn--"):
        try:
            label = label[4:].encode("ascii").decode("punycode") or label
        except (UnicodeError, ValueError):
            return label
    if label.isascii():
        return label
    apart = unicodedata.normalize("NFKD", label.translate(LOOKS_LIKE))
    return "".join(each for each in apart if not unicodedata.combining(each)).lower().translate(LOOKS_LIKE)


def as_read(label: str) -> str:
    """Return a label as a hurried reader takes it."""
    return label.replace("rn", "m").replace("vv", "w").translate(READS_LIKE)


class Known:
    """Known names, made ready for looking up what imitates them.

    `secure` are the names of the domain table and those watched, `partners` those of organisations and people one
    writes to, `webmail` only what is misspelt. Building costs about a millisecond for a hundred names; looking up tens
    of microseconds, whatever their number.
    """

    __slots__ = (
        *(
            "_by_name",
            "_joined",
            "_lengths",
            "_near",
            "_read",
            "_run",
            "_secure",
            "_suffixes",
            "_trusted",
            "_two_slips",
        ),
        *("_words", "registered"),
    )

    def __init__(
        self,
        *,
        words: LookAlikes,
        suffixes: frozenset[str],
        secure: Iterable[str] = (),
        partners: Collection[str] = (),
        webmail: Iterable[str] = (),
    ) -> None:
        self._words, self._suffixes = words, suffixes
        self._trusted: Final = frozenset({*secure, *words.watched})
        people, own = _names(partners, suffixes), _names([*self._trusted, *partners], suffixes)
        strong, names = sorted({*self._trusted, *partners}), own | _names(webmail, suffixes)
        self.registered: Final = frozenset(each.domain for each in names)
        self._secure: Final = frozenset(each.domain for each in _names(self._trusted, suffixes))
        self._joined: Final = {tuple(DIVIDERS.split(each)): each for each in strong}
        self._run: Final = {each.replace(".", ""): each for each in strong if len(each) > SHORTEST_RUN}
        self._read: Final = {(as_read(each.name), each.ending): each for each in sorted(names, key=_whole)}
        self._by_name: Final[dict[str, list[Name]]] = {}
        for each in sorted(own, key=_whole):
            self._by_name.setdefault(each.name, []).append(each)
        near = {each for each in names if len(each.name) >= SHORTEST_SLIP}
        twice = {each for each in near if len(each.name) >= SHORTEST_TWO_SLIPS and each in people}
        self._near: Final = _index(near, twice)
        self._lengths: Final = frozenset(len(each.domain) for each in near)
        self._two_slips: Final = frozenset(len(each.domain) for each in twice)

    def imitated(self, domain: str) -> str:
        """Return the known domain that a plain one imitates, empty where it is known itself or looks like none."""
        this = registered(domain, self._suffixes)
        if this.domain in self.registered or this.domain in self._words.own_names or is_suffix(domain, self._suffixes):
            return ""
        seen = Name(name=plain_letters(this.name), ending=".".join(map(plain_letters, this.ending.split("."))))
        ways = (self._confusable, self._parts, self._added, self._elsewhere, self._slip)
        return next((found for way in ways if (found := way(domain, seen))), "")

    def _confusable(self, _: str, seen: Name) -> str:
        if seen.domain in self.registered:
            return seen.domain
        found = self._read.get((as_read(seen.name), seen.ending))
        return found.domain if found and len(found.name) >= SHORTEST_NAME and not self._apart(seen, found) else ""

    def _parts(self, domain: str, _: Name) -> str:
        labels = [plain_letters(label) for label in domain.split(".")]
        pieces = [piece for label in labels for piece in label.split("-")]
        plain = ".".join(labels)
        for start, end in combinations(range(len(pieces) + 1), 2):
            found = self._joined.get(tuple(pieces[start:end]), "")
            if found and not (end == len(pieces) and plain.endswith(f".{found}")):
                return found
        runs = [label.replace("-", "") for label in labels]
        for run, length in ((each, length) for each in runs for length in range(len(each), SHORTEST_RUN - 1, -1)):
            for found in (self._run.get(run[:length], ""), self._run.get(run[-length:], "")):
                if found and (length == len(run) or length >= SHORTEST_RUN_WITHIN or found in self._trusted):
                    return found
        return ""

    def _added(self, _: str, seen: Name) -> str:
        if self._is_vetted(seen):
            return ""
        for own, rest in _cuts(seen.name):
            for known in self._by_name.get(own, ()):
                same = known.ending == seen.ending
                is_initials = same and VOWELS.isdisjoint(own) and known.domain in self._secure
                long_enough = same or len(own) >= SHORTEST_SLIP
                if is_initials or (long_enough and self._is_added(rest)):
                    return known.domain
        return ""

    def _is_added(self, rest: str) -> bool:
        return all(piece in self._words.added for piece in rest.split("-") if piece)

    def _elsewhere(self, _: str, seen: Name) -> str:
        if len(seen.name) < SHORTEST_ELSEWHERE or self._is_vetted(seen):
            return ""
        for known in self._by_name.get(seen.name, ()):
            if self._is_vetted(known) and known.domain not in self._secure:
                return known.domain
        return ""

    def _slip(self, _: str, seen: Name) -> str:
        length = len(seen.domain)
        most = 2 if self._two_slips & {length - 2, length - 1, length, length + 1, length + 2} else 1
        if len(seen.name) < SHORTEST_SLIP - 1 or (most == 1 and not self._lengths & {length - 1, length, length + 1}):
            return ""
        found = {
            known.domain: known for key in sorted(_deletions(seen.domain, most)) for known in self._near.get(key, ())
        }
        for known in found.values():
            allowed = 2 if len(known.name) >= SHORTEST_TWO_SLIPS and not self._is_vetted(seen) else 1
            if not self._apart(seen, known) and 0 < slips(seen.domain, known.domain) <= allowed:
                return known.domain
        return ""

    def _is_vetted(self, name: Name) -> bool:
        return is_suffix(name.ending, self._words.vetted)

    def _apart(self, seen: Name, known: Name) -> bool:
        """Say whether what differs is how real names are told apart: digits, points of the compass, countries."""
        if seen.name == known.name:
            return len(seen.ending.rpartition(".")[2]) == len(known.ending.rpartition(".")[2]) == COUNTRY_CODE
        one, other = DIGITS.findall(seen.name), DIGITS.findall(known.name)
        if one and other and DIGITS.sub("", seen.name) == DIGITS.sub("", known.name):
            return True
        ours = {word for word in self._words.told_apart if word in seen.name}
        theirs = {word for word in self._words.told_apart if word in known.name}
        return bool(ours) and bool(theirs) and ours != theirs


def _whole(name: Name) -> str:
    return name.domain


def _names(domains: Iterable[str], suffixes: Collection[str]) -> set[Name]:
    return {registered(each, suffixes) for each in domains if not is_suffix(each, suffixes)}


def _index(names: Iterable[Name], twice: Collection[Name]) -> Mapping[str, tuple[Name, ...]]:
    """Return names by what is left of them after a slip, or after two."""
    index: dict[str, tuple[Name, ...]] = {}
    for each in sorted(names, key=_whole):
        for key in _deletions(each.domain, 2 if each in twice else 1):
            index[key] = (*index.get(key, ()), each)
    return index


def _deletions(text: str, most: int) -> set[str]:
    """Return the text, and what is left of it without one letter, or without two."""
    left = {text}
    for _ in range(most):
        left |= {each[:cut] + each[cut + 1 :] for each in left for cut in range(len(each))}
    return left


def _cuts(name: str) -> Iterator[tuple[str, str]]:
    """Yield a beginning or an end of a name and what is beside it: both parts have letters."""
    for cut in range(1, len(name)):
        before, behind = name[:cut], name[cut:]
        if cut >= SHORTEST_NAME:
            yield before.rstrip("-"), behind
        if len(behind) >= SHORTEST_NAME:
            yield behind.lstrip("-"), before


def slips(one: str, other: str) -> int:
    """Return how many letters are missing, too many, wrong or swapped with the next (optimal string alignment)."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, here in enumerate(one, start=1):
        now = [row]
        for column, there in enumerate(other, start=1):
            cost = min(last[column] + 1, now[-1] + 1, last[column - 1] + (here != there))
            swapped = row > 1 and column > 1 and here == other[column - 2] and one[row - 2] == there
            now.append(min(cost, before[column - 2] + 1) if swapped else cost)
        before, last = last, now
    return last[-1]
