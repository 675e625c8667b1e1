"""Lexicons: words under headings, as they ship in `policies/lexicons`, and the patterns that find them.

A line in brackets opens a section, `#` begins a comment, and any other line is a term. A term in small letters is found
in any case, one with a capital only as it stands (`LAC` is no lac). `fracture(s)` is short for `fracture` and
`fractures`. A section of values holds what may stand behind a label, and gives no patterns.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from gateway.classify import Candidate, Pattern
from gateway.classify.patterns import LONGEST_TERM
from gateway.errors import Complaint
from gateway.model.document import Complaints, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

VALUES: Final = "value"
"""The section that gives no patterns."""
_ENDING: Final = re.compile(r"(.+)\(([a-z]+)\)")
_BETWEEN: Final = "/"
_SHORT: Final = 4
"""Terms up to here stand inside so many words that the engine had better see where a word ends."""


@dataclass(slots=True, kw_only=True)
class Lexicon:
    """The terms of one or more files by section, each once, in the order of the files."""

    sections: dict[str, dict[str, None]] = field(default_factory=dict)

    def patterns(self, *without: str) -> tuple[Pattern, ...]:
        """Return a pattern for each term but those of sections `without`; `word_of` says what a candidate is."""
        return tuple(
            _pattern(f"{section}{_BETWEEN}{term}", term)
            for section, terms in self.sections.items()
            if section != VALUES and section not in without
            for term in terms
        )

    def any_of(self, section: str) -> re.Pattern[str] | None:
        """Return what finds any term of a section in a short text; None where it has none."""
        terms = sorted(self.sections.get(section, ()), key=len, reverse=True)
        words = "|".join(re.escape(term).replace("\\ ", "[ \t\r\n]+") for term in terms)
        return re.compile(rf"(?i)(?<![0-9A-Za-z_])(?:{words})(?![0-9A-Za-z_])") if terms else None

    def values(self) -> frozenset[str]:
        """Return what may stand behind a label, in small letters."""
        return frozenset(term.lower() for term in self.sections.get(VALUES, ()))


def _pattern(name: str, term: str) -> Pattern:
    if len(term) > _SHORT or not term.isalnum():
        return Pattern(name=name, expression=term, caseless=term.islower(), term=True)
    return Pattern(name=name, expression=rf"\b{term}\b", caseless=term.islower(), start_known=False)


def word_of(candidate: Candidate, text: str) -> tuple[str, str]:
    """Return the section and the term of a candidate in `text`: that of its name, or the words it found."""
    section, _, term = candidate.pattern.partition(_BETWEEN)
    if term.endswith(_BETWEEN):
        return section, text[candidate.start : candidate.end].lower()
    return section, term


def read_lexicons(names: Sequence[str], sections: frozenset[str], texts: Mapping[str, str]) -> Lexicon:
    """Read the lexicons of these names from `texts`; `Invalid` with every complaint about every line."""
    lexicon, complaints = Lexicon(), Complaints()
    for name in names:
        shown = f"policies/{name}"
        text = texts.get(name)
        if text is None:
            message = "this lexicon is missing; copy it from the gateway's own policies"
            complaints.add(Complaint(file=shown, line=1, column=1, message=message))
        else:
            complaints.add(*_read(lexicon, text, sections, shown))
    complaints.settle()
    return lexicon


def _read(lexicon: Lexicon, text: str, sections: frozenset[str], shown: str) -> Iterator[Complaint]:
    section = ""
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.partition("#")[0].strip()
        if line.startswith("["):
            section = line.strip("[]")
            message = "" if section in sections else f"'{section}' is no section here; {nearest(section, sections)}"
        else:
            message = _keep(lexicon, section, line) if line else ""
        if message:
            yield Complaint(file=shown, line=number, column=1, message=message)


def _keep(lexicon: Lexicon, section: str, line: str) -> str:
    """Take a term in, once; return what is wrong with it, or nothing."""
    if not section:
        return "a term before the first section; open one, such as [strong]"
    if not line.isascii() or line != " ".join(line.split()) or len(line) > LONGEST_TERM:
        return f"a term is ASCII words with one blank between them, of {LONGEST_TERM} characters at most"
    ending = _ENDING.fullmatch(line)
    terms = [ending.group(1), ending.group(1) + ending.group(2)] if ending else [line]
    lexicon.sections.setdefault(section, {}).update(dict.fromkeys(terms))
    return ""
