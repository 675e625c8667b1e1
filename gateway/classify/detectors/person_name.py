"""Names of people, where something says that one stands: a label, a title, a column, a greeting, an e-mail address.

Source: seed "Greater Manchester Safeguarding Children Board" 3.1(1), "full name in combination with home address or
other identifiers": a name alone raises nothing. Rules read no free prose; there is no list of names, and a model for
what they miss is optional (gateway/docs/decisions/0018-names.md).

Names of those who act (who signs, the clinician, the officer) are less than `COUNTS_FROM`, and so is a surname in
capitals before a comma without anything beside it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gateway.classify import Candidate, Detection, Pattern
from gateway.classify.names.addressed import name_beside
from gateway.classify.names.columns import names_below
from gateway.classify.names.reading import CIVIL, PROFESSIONAL, Name, canonical, read_name
from gateway.classify.names.roles import RELATIVES, SUBJECTS, Role, is_actor, role_before, role_of
from gateway.classify.signature import SIGNS_OFF
from gateway.model.inspection import Where

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from gateway.model.inspection import Segment

_TITLES: Final = (*CIVIL, *PROFESSIONAL, "MR", "MRS", "MISS", "DR", "PROF")
_AFTER: Final = r"""["']? {0,2}[:\t]"""
_KIN: Final = (
    "mother|father|mum|dad|son|daughter|wife|husband|brother|sister|partner|carer|guardian|aunt|uncle|niece|nephew"
    "|grandmother|grandfather|stepfather|stepmother|fiancee?|next of kin"
)
_IDENTIFIED: Final = re.compile(
    r"(?i)[\s,;|(\-]{0,6}(?:\((?:mr|mrs|ms|miss|mx|dr)\)|(?:date of birth|born|dob|d\.o\.b|nhs)(?![a-z]))"
)
_QUOTE: Final = re.compile(r"""[ \t]{0,8}(?:\r?\n[ \t]{0,8})?["']?""")
_NEXT_LINE: Final = re.compile(r"(?:[ \t>]{0,8}\r?\n?){1,4}")
_HEADER: Final = re.compile(r"""(?:^|[\n\t|,;"])[A-Za-z'_ .-]{0,30}$""")
_GREETS: Final = frozenset({"", ",", ":", ";", "\n", "\r", "!", "-"})
_LONGEST_HEADER: Final = 48
_PAIRED: Final = 120
_WEAK: Final = 0.4
_QUOTED_HEADER: Final = re.compile(r"(?i)[>| \t]{0,12}\*{0,2}(?:From|To|Cc|Bcc|Reply-To|Sender)\*{0,2}[ \t]?:")
_LONGEST_QUOTED: Final = 300
_QUOTES: Final = frozenset("\"'")


class PersonName:
    """Detector of PERSON_NAME."""

    name = "person_name"
    patterns: tuple[Pattern, ...] = (
        Pattern(name="name", expression=rf"name(?:s|\(s\))?(?: of (?:the )?[a-z ]{{2,20}})?{_AFTER}", caseless=True),
        Pattern(name="introduction", expression=r"\bname(?:'s| is) [A-Z]"),
        Pattern(name="who", expression=rf"\b(?:{SUBJECTS}|{RELATIVES}) ?[:\t]", caseless=True),
        Pattern(name="re", expression=r"\b(?:re|regarding|concerning|in the matter of) ?[:-] ", caseless=True),
        Pattern(name="surname", expression=rf"(?:sur|last[ _-]?|family[ _-]?)names?{_AFTER}|\bfamily:", caseless=True),
        Pattern(
            name="forename",
            expression=rf"(?:fore|first[ _-]?|given[ _-]?|christian )names?(?:\(s\))?{_AFTER}|\bgiven:",
            caseless=True,
        ),
        Pattern(
            name="column",
            expression=rf"""(?:names?(?: ?\(s\))?|{SUBJECTS}|family|given)["']?[ *:]?[\t|,;\r\n]""",
            caseless=True,
        ),
        Pattern(
            name="title",
            expression=rf"\b(?:{'|'.join(_TITLES)})\.?[ \t]{{1,2}}[A-Z]",
            scan=tuple(rf"{title}\.?[ \t]{{1,2}}[A-Z]" for title in _TITLES),
            start_known=False,
        ),
        Pattern(name="greeting", expression=r"\b(?:Dear|DEAR) [A-Z]"),
        Pattern(
            name="relative",
            expression=rf"\b(?:{_KIN}),? [A-Z]",
            scan=tuple(rf"{each},? [A-Z]" for each in _KIN.split("|")),
            start_known=False,
        ),
        Pattern(name="signature", expression=rf"\b(?:{SIGNS_OFF})[ ,.!-]{{0,3}}[\r\n]", caseless=True),
        Pattern(
            name="surname first",
            expression=r"\b[A-Z][A-Z'-]{2,24}, ?[A-Z][a-z]{1,24}\b",
            scan=(r"[A-Z'-]{2}, ?[A-Z][a-z]",),
            start_known=False,
        ),
        Pattern(name="address", expression="[A-Za-z0-9._-]@[A-Za-z0-9]"),
    )

    def judge(self, segment: Segment, candidates: Sequence[Candidate]) -> Iterable[Detection]:
        """Read the name that each candidate announces; of two that overlap, report the surer one."""
        text = segment.text
        addresses = [each for each in candidates if each.pattern == "address"]
        found, free = _columns(text, [each for each in candidates if each.pattern != "address"])
        for candidate in free:
            reader = _READERS.get(candidate.pattern)
            detection = reader(text, candidate) if reader else None
            if detection is not None:
                found.append(detection)
        found.extend(_fields(text, [each for each in free if each.pattern in {"surname", "forename"}]))
        found.extend(_addressed(segment, found, addresses))
        return _without_overlaps(found)


def _columns(text: str, candidates: Sequence[Candidate]) -> tuple[list[Detection], list[Candidate]]:
    """Return the names in tables, and the candidates that stand in none."""
    found: list[Detection] = []
    free: list[Candidate] = []
    reached = seen = 0
    for candidate in candidates:
        if candidate.start < reached:
            continue
        if candidate.pattern != "column":
            free.append(candidate)
        elif candidate.start >= seen and _is_in_header(text, candidate.start):
            table = names_below(text, candidate.start)
            seen = table.end  # the same rows are not gone over again
            if table.cells:
                reached = table.end
                while free and free[-1].start >= table.begin:
                    free.pop()
                found.extend(_made(cell.start, cell.end, cell.value, cell.role, 0.9, "column") for cell in table.cells)
    return found, free


def _is_quoted_header(text: str, start: int) -> bool:
    """Say whether a line of a quoted mail's header begins before `start`: who wrote to whom, not whom it is about."""
    begin = text.rfind("\n", max(0, start - _LONGEST_QUOTED), start) + 1
    return _QUOTED_HEADER.match(text, begin, start) is not None


def _is_in_header(text: str, start: int) -> bool:
    """Say whether what stands before `start` may be the rest of its header, in a line of headers."""
    return bool(_HEADER.search(text[max(0, start - _LONGEST_HEADER) : start]))


def _labelled(text: str, candidate: Candidate) -> Detection | None:
    """Read what stands behind "name": whose it is, the words before say."""
    start = candidate.start
    if start and text[start - 1].isalpha() and not (text[start].isupper() and text[start - 1].islower()):
        return None  # a file name, a surname
    role = role_before(text, start)
    return _field(text, candidate.end, role, 0.85) if role else None


def _labelled_by_role(text: str, candidate: Candidate) -> Detection | None:
    """Read what stands behind "Patient:" and "Next of kin:"."""
    role = role_of(text[candidate.start : candidate.end].rstrip(": \t"))
    return _field(text, candidate.end, role, 0.8) if role else None


def _field(text: str, end: int, role: Role, confidence: float) -> Detection | None:
    """Read the value of a field whose label ends at `end`: a full name, or one with a title."""
    gap = _QUOTE.match(text, end)
    name = read_name(text, gap.end() if gap else end)
    if name is None or not (name.is_full or name.title) or name.may_be_a_place:
        return None
    if text[end - 1] == "\t" and not _fills_last_cell(text, name.end):
        return None
    return _named(name, Role.ACTOR if name.is_professional else role, confidence, "label")


def _fills_last_cell(text: str, end: int) -> bool:
    """Say whether nothing stands behind it on its line: in the first row of a table there are other headers."""
    return end >= len(text) or text[end] in "\r\n"


def _subject_line(text: str, candidate: Candidate) -> Detection | None:
    """Read "Re: Mr John SMITH": two words with capitals are a subject, but with a title or an identifier."""
    name = read_name(text, candidate.end)
    if name is None:
        return None
    shouted = name.is_full and name.words[-1].isupper() and not name.words[0].isupper()
    known = name.is_full and _IDENTIFIED.match(text, name.end)
    return _named(name, _own_role(name), 0.85, "label") if name.title or shouted or known else None


def _titled(text: str, candidate: Candidate) -> Detection | None:
    name = read_name(text, candidate.start)
    if name is None:
        return None
    role = Role.ACTOR if is_actor(text, candidate.start) else _own_role(name)
    return _named(name, role, 0.65 if name.is_full else 0.55, "title")


def _greeting(text: str, candidate: Candidate) -> Detection | None:
    """Read whom a letter greets; a forename alone says too little."""
    name = read_name(text, candidate.end - 1)
    if name is None or not (name.title or (name.is_full and text[name.end : name.end + 1] in _GREETS)):
        return None
    return _named(name, _own_role(name), 0.7 if name.title else 0.55, "greeting")


def _introduction(text: str, candidate: Candidate) -> Detection | None:
    name = read_name(text, candidate.end - 1)
    return _named(name, Role.SUBJECT, 0.6, "cue") if name else None


def _relative(text: str, candidate: Candidate) -> Detection | None:
    name = read_name(text, candidate.end - 1)
    return _named(name, Role.RELATIVE, 0.6, "cue") if name and (name.is_full or name.title) else None


def _signature(text: str, candidate: Candidate) -> Detection | None:
    """Read who signs, on the next line that is not empty."""
    gap = _NEXT_LINE.match(text, candidate.end - 1)
    name = read_name(text, gap.end()) if gap else None
    return _named(name, Role.ACTOR, 0.6, "signature") if name and name.is_full else None


def _surname_first(text: str, candidate: Candidate) -> Detection | None:
    """Read "SMITH, John", the banner of a record when a title or an identifier follows."""
    name = read_name(text, candidate.start)
    if name is None or not name.surname_first:
        return None
    known = _IDENTIFIED.match(text, name.end)
    role = Role.ACTOR if is_actor(text, candidate.start) else Role.SUBJECT
    return _named(name, role, 0.75 if known else 0.25, "label" if known else "shape")


def _fields(text: str, candidates: Sequence[Candidate]) -> Iterator[Detection]:
    """Read surname and forename in two fields of a form, close to one another and in either order."""
    waiting: tuple[Candidate, Name, Role] | None = None
    for candidate in candidates:
        gap = _QUOTE.match(text, candidate.end)
        name = read_name(text, gap.end() if gap else candidate.end)
        role = role_before(text, candidate.start)
        if name is None or role is None:
            continue
        other, waiting = waiting, (candidate, name, role)
        if other is None or other[0].pattern == candidate.pattern or candidate.start - other[1].end > _PAIRED:
            continue
        surname, forenames = (other[1], name) if candidate.pattern == "forename" else (name, other[1])
        value = canonical(("".join(surname.words), *forenames.words), surname_first=True)
        for each in (other[1], name):
            yield _made(each.start, each.end, value, role, 0.9, "label")
        waiting = None


def _addressed(segment: Segment, found: Sequence[Detection], addresses: Sequence[Candidate]) -> Iterator[Detection]:
    """Read the names beside addresses, but for those of whom it is known that they act.

    In a mail's own header they say how it is addressed, not what it discloses.
    """
    text, header = segment.text, segment.where is Where.MAIL_HEADER
    acts = {each.end for each in found if str(Role.ACTOR) in each.why} if addresses else ()
    for candidate in addresses:
        name = name_beside(text, candidate.start + 1)
        if name is None or name.end in acts:
            continue
        start = name.start - (text[name.start - 1 : name.start] in _QUOTES)
        acting = header or _is_quoted_header(text, start) or is_actor(text, start)
        role = Role.ACTOR if acting else Role.SUBJECT
        yield _made(name.start, name.end, name.value, role, 0.8, "cue")


def _own_role(name: Name) -> Role:
    return Role.ACTOR if name.is_professional else Role.SUBJECT


def _named(name: Name, role: Role, confidence: float, evidence: str) -> Detection:
    return _made(name.start, name.end, name.value, role, confidence, evidence)


def _made(start: int, end: int, value: str, role: Role, confidence: float, evidence: str) -> Detection:
    """Make a detection. Who acts is not whom a record is about, and never counts; a relative is named, and counts."""
    return Detection(
        entity="PERSON_NAME",
        start=start,
        end=end,
        confidence=min(confidence, _WEAK) if role is Role.ACTOR else confidence,
        why=(evidence,) if role is Role.SUBJECT else (evidence, str(role)),
        value=value,
    )


def _without_overlaps(found: Sequence[Detection]) -> Iterator[Detection]:
    """Yield detections of which no two overlap: of those that do, the surest, and then the longest."""
    kept: list[Detection] = []
    for each in sorted(found, key=lambda each: (each.start, each.end)):
        last = kept[-1] if kept else None
        if last is None or last.end <= each.start:
            kept.append(each)
        elif (each.confidence, each.end - each.start) > (last.confidence, last.end - last.start):
            kept[-1] = each
    yield from kept


_READERS: Final[Mapping[str, Callable[[str, Candidate], Detection | None]]] = {
    "greeting": _greeting,
    "introduction": _introduction,
    "name": _labelled,
    "re": _subject_line,
    "relative": _relative,
    "signature": _signature,
    "surname first": _surname_first,
    "title": _titled,
    "who": _labelled_by_role,
}
