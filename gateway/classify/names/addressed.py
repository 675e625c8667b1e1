"""A name beside an e-mail address that repeats it: `Ann Lee <ann.lee@example.org>`, `alee@example.org (Lee, Ann)`.

No list of names is needed: two words with capitals, whose letters the local part is made of, name a person; what is
left are organisations and mailboxes of a function. Sources: RFC 5322 section 3.4 (display name and address), RFC 6068
(`mailto:`), RFC 2142 (mailboxes of functions); the departments are those of councils, trusts and forces.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from gateway.classify.names.reading import PARTICLES, canonical, fold, is_name, is_place, without_title, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST_LOCAL: Final = 48
_LONGEST_GAP: Final = 64
"""How far before an address the last word of its name begins, at most."""
_WORD: Final = r"(?:[^\W\d_]+(?:['-][^\W\d_]+){0,3}\.?)"
_NAME: Final = rf"{_WORD}(?:,?[ ]{{1,2}}{_WORD}){{1,4}}"
_MOST_WORDS: Final = 5
_MARKS: Final = r"[^\w\n]"
_LONGEST_WORD: Final = 30
_SAYS: Final = r"(?:at|e-?mail(?: (?:address|id))?|mail|mailto|contact)"
_GAP: Final = re.compile(rf"{_MARKS}{{0,6}}(?:\n{_MARKS}{{0,6}})?(?:{_SAYS}{_MARKS}{{1,4}}){{0,2}}", re.IGNORECASE)
_BEFORE: Final = re.compile(rf"(?<![^\W_])({_NAME})\Z")
_DOMAIN: Final = re.compile(r"@([A-Za-z0-9.-]{1,253})")
_BEHIND: Final = re.compile(rf"[>\]\"']{{0,2}}[ \t]{{0,2}}[(\[\"'>][ \t]?({_NAME})[ \t]?[)\]\"'<,;]")
_CAPITALISED: Final = re.compile(r"[^\W\d_a-z][^\W\d_]+")
_FEWEST: Final = 2
_BRAND: Final = re.compile(r"[A-Z]{2}[a-z]")
_NOT_LETTERS: Final = re.compile(r"[^a-z]")
_LOCAL: Final = re.compile(r"(?<![A-Za-z0-9._%+])([A-Za-z][A-Za-z._%'-]{1,47})[0-9]*(?:\+[A-Za-z0-9._%+'-]*)?\Z")
"""A local part that may be made of a name, with the digits behind it and the tag behind them."""
_NO_PERSON: Final = frozenset(
    # RFC 2142, then departments, roles and lists
    """abuse hostmaster info list marketing news noc postmaster request sales security support usenet uucp webmaster
    www accounts admin administration administrator admissions advice announce announcements answers billing bookings
    bot bugs campaign careers central communications complaints control copy coordinator corporate council crime
    daemon delivery desk developers digital digest disclosure do doctor domain duty editor education electoral
    emergency enquiries enquiry environment events executive external feedback finance foi forum freedom frontline
    general governance hello help helpdesk home hotline house housing hr human information inquiries intake internal
    investigations invoices it lead learning legal letters library licensing line lists local mail mailer mailing
    manager media messages network newsletter newsletters notification notifications officer online open operations
    orders parking pay payable payments payroll pensions people planning press procurement project protection public
    purchasing records recruitment referral referrals registrar registration regulatory reply research resources
    revenue safeguarding safety sender shop site social staff store subscriptions system systems tax tech technical
    tender tenders test transport travel trading update updates user users volunteers ward waste web welcome works
    """.split()  # noqa: SIM905 - words read better than quotes and commas
)


class Addressed(NamedTuple):
    """A name beside an address: its place, and what is the same however it is written."""

    start: int
    end: int
    value: str


def name_beside(text: str, at: int) -> Addressed | None:
    """Return the name that stands beside the address whose @ is at `at`, and is repeated in its local part."""
    domain = _DOMAIN.match(text, at)
    written = _LOCAL.search(text, max(0, at - _LONGEST_LOCAL), at)
    if domain is None or written is None:
        return None
    start, local = written.start(), _NOT_LETTERS.sub("", written[1].lower())
    for last in reversed(list(_CAPITALISED.finditer(text, max(0, start - _LONGEST_GAP), start))):
        if not _GAP.fullmatch(text, last.end(), start):
            break
        found = _repeated(_words_before(text, last.end()), local, domain[1])
        if found:
            return found
    return _repeated(_BEHIND.match(text, domain.end()), local, domain[1])


def _words_before(text: str, end: int) -> re.Match[str] | None:
    """Return the few words that may be a name and end here."""
    begin = end
    for _ in range(_MOST_WORDS):
        low = max(0, begin - _LONGEST_WORD)
        begin = max(text.rfind(" ", low, begin), low)
    return _BEFORE.search(text, begin, end)


def _repeated(found: re.Match[str] | None, local: str, domain: str) -> Addressed | None:
    """Return the name that the words end with, from its first word that the local part repeats."""
    if found is None:
        return None
    text, end = found[1], found.end(1)
    if text.endswith(".") and text[-3:-2].isalpha():  # the end of a sentence, and of no initial
        text, end = text[:-1], end - 1
    for begin in _starts(text):
        name = without_title(text[begin:])
        words, comma = words_of(name)
        shouted = len(fold(words[0])) > 1 and words[0].isupper() and not words[-1].isupper()  # LEE Ann
        value = canonical(words, surname_first=comma or shouted)
        if _may_name(words, domain) and _is_made_of(local, value):
            return Addressed(start=end - len(name), end=end, value=value)
    return None


def _starts(text: str) -> Iterator[int]:
    """Yield where the words begin, but for the last."""
    yield 0
    for gap in list(re.finditer(" +", text))[:-1]:
        yield gap.end()


def _may_name(words: tuple[str, ...], domain: str) -> bool:
    """Say whether the words may be somebody's given name and surname: capitals, and nothing of an organisation.

    Where the domain repeats the whole name as well, it is more often that of a company.
    """
    plain = " ".join(word for word in words if len(fold(word)) > 1)  # initials are no words
    if len(words) < _FEWEST or not (words[0][0].isupper() and words[-1][0].isupper()):
        return False
    if _BRAND.search(plain) or not all(word[0].isupper() or word in PARTICLES for word in words):
        return False
    if not is_name(plain) or is_place(plain) or not _NO_PERSON.isdisjoint(plain.lower().split()):
        return False
    return "".join(map(fold, words)) not in _NOT_LETTERS.sub("", domain.lower())


def _is_made_of(local: str, name: str) -> bool:
    """Say whether given name and surname, one of which may be an initial, are all that a local part is made of."""
    surname, *given = name.split()
    if not given:
        return False
    initials = "".join(each[0] for each in given)
    whole = {given[0], "".join(given), given[0] + initials[1:]}
    pairs = {(first, surname) for first in whole | {initials, initials[0]}}
    if len(given[0]) > 1:  # of initials alone too much is made
        pairs |= {(first, surname[0]) for first in whole}
    return any(local in (one + other, other + one) for one, other in pairs if len(one + other) > _FEWEST)
