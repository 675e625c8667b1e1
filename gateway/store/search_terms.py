"""What stands in the one box of a search: read word by word, whatever it is. Nothing that is typed is an error."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, TypeAlias

from gateway.store.index import HASH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MOST_WORDS: Final = 8
LONGEST_WORD: Final = 200
LONGEST_EXACT: Final = 1
"""Characters of a word that stands for itself: what begins with one letter is nearly everything."""

REFERENCE: Final = re.compile(r"t-[0-9a-f]{4,8}(?:-[0-9a-z]{0,10})?")
SHA256: Final = re.compile(r"[0-9a-f]{64}")
PART_OF_HASH: Final = re.compile(r"[0-9a-f]{8,63}")
MESSAGE_ID: Final = re.compile(r"<([^<>\s]+)>")
MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
ISO_DAY: Final = re.compile(r"\b([0-9]{4})-([0-9]{2})-([0-9]{2})\b")
BRITISH_DAY: Final = re.compile(r"\b([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})\b")
WORDED_DAY: Final = re.compile(rf"\b([0-9]{{1,2}}) ({'|'.join(MONTHS)})[a-z]* ([0-9]{{4}})\b")
WHOLE: Final = re.compile(r".*@.*\.[a-z]{2,}|.*\.(?:docx|html|jpeg|json|pptx|tiff|xlsx)")
"""Words that nobody goes on with: whatever begins with such an ending ends with it, and that is very much."""
PEOPLE: Final = "sender recipients"
EVERYWHERE: Final = "sender recipients names"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What was asked for. `match` is for the index of words (https://sqlite.org/fts5.html#full_text_query_syntax).

    `reference` is how an id begins, `digests` are of Message-IDs; `since` and `until` bound a day in UTC.
    """

    match: str = ""
    reference: str = ""
    digests: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    is_exact: bool = False


def read(untrusted: str) -> Terms:
    """Return what somebody looks for."""
    left = "".join(each if each.isprintable() else " " for each in untrusted[: MOST_WORDS * LONGEST_WORD]).lower()
    digests = tuple(hashlib.sha256(each.encode()).hexdigest() for each in MESSAGE_ID.findall(left))
    left = MESSAGE_ID.sub(" ", left)
    since, left = _day(left)
    words = [word[:LONGEST_WORD] for word in left.split()][:MOST_WORDS]
    references = [word for word in words if REFERENCE.fullmatch(word)]
    return Terms(
        match=" AND ".join(_terms(word for word in words if word not in references)),
        reference=references[0] if references else "",
        digests=digests,
        since=since,
        until=since and since + timedelta(days=1),
        is_exact=bool(references or digests or any(SHA256.fullmatch(word) for word in words)),
    )


def _terms(words: Iterator[str]) -> Iterator[str]:
    for word in words:
        if not any(each.isalnum() for each in word):
            continue
        if SHA256.fullmatch(word):
            yield f'{{hashes}} : "{word[:HASH]}"'
            continue
        where = EVERYWHERE
        if PART_OF_HASH.fullmatch(word):
            where, word = f"{EVERYWHERE} hashes", word[:HASH]  # noqa: PLW2901 - the hash is known by its beginning
        elif "@" in word:
            where = PEOPLE
        quoted = word.replace('"', '""')
        is_whole = len(word) <= LONGEST_EXACT or WHOLE.fullmatch(word)
        yield f'{{{where}}} : "{quoted}"{"" if is_whole else " *"}'


def _day(text: str) -> tuple[datetime | None, str]:
    """Return the first day that is named, and the text without it."""
    for written, order in DAYS:
        if found := written.search(text):
            try:
                day = datetime(*order(found.groups()), tzinfo=UTC)
            except ValueError:
                continue
            return day, text[: found.start()] + " " + text[found.end() :]
    return None, text


Ordered: TypeAlias = "Callable[[tuple[str, ...]], tuple[int, int, int]]"
DAYS: Final[tuple[tuple[re.Pattern[str], Ordered], ...]] = (
    (ISO_DAY, lambda part: (int(part[0]), int(part[1]), int(part[2]))),
    (BRITISH_DAY, lambda part: (int(part[2]), int(part[1]), int(part[0]))),
    (WORDED_DAY, lambda part: (int(part[2]), MONTHS.index(part[1]) + 1, int(part[0]))),
)
