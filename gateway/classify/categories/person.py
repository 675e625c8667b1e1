"""The person a term is about: an identifier in the same record, or the words of a person within two sentences.

Source: report on markings and identifiers, section 4: a category is a term and a person link.
"""

from __future__ import annotations

import re
from enum import IntEnum
from typing import TYPE_CHECKING, Final

from gateway.classify.categories.initials import begun
from gateway.model.inspection import COUNTS_FROM

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.classify import Detection

RECORD: Final = 1_200
"""How far from a term an identifier still belongs to its record. Characters."""
REACH: Final = 400
"""The longest stretch of two sentences that is looked at, on either side. Characters."""
IDENTIFIERS: Final = frozenset(
    {
        *("CHI_NUMBER", "CRO_NUMBER", "DATE_OF_BIRTH", "DRIVING_LICENCE", "HC_NUMBER", "HOSPITAL_NUMBER", "NHS_NUMBER"),
        *("NINO", "PASSPORT", "PNC_ID", "PRISON_NUMBER", "ULN", "UPN"),
    }
)
_ROLES: Final = (
    r"patient|client|service user|child|baby|infant|neonate|toddler|pupil|student|young person|defendant|offender"
    r"|suspect|accused|detainee|prisoner|claimant|complainant|applicant|appellant|tenant|resident|employee|victim|boy"
    r"|girl|mother|father|son|daughter|carer"
)
_PERSON: Final = re.compile(
    r"\b(?:(?:Mr|Mrs|Ms|Miss|Mx|Master|MR|MRS|MS|MISS)\.? [A-Z][A-Za-z'-]*"
    r"|[0-9]{1,3}[ -]?(?:[Yy]ears?|[Yy]rs?|[Mm]onths?|[Ww]eeks?|[Dd]ays?)[ -][Oo]ld\b|[0-9]{1,2} ?y/?o\b"
    r"|(?:[Oo]ne|[Tt]wo|[Tt]hree|[Ff]our|[Ff]ive|[Ss]ix|[Ss]even|[Ee]ight|[Nn]ine|[Tt]en)-(?:day|week|month|year)-old\b"
    r"|[Aa]ged [0-9]{1,3}\b(?! ?(?:to|and|or|-|under|over)\b)|D\.?O\.?B\b"
    rf"|(?i:(?:this|our|my|said|pleasant) (?:{_ROLES})\b)"
    rf"|(?i:(?:{_ROLES})(?:'s name| name| id| no\b| ref| number| ?:))"
    r"|(?i:(?:staff|case|payroll|custody) (?:id|no|ref|number)\b)"
    r"|(?:[Nn]ame|NAME|Surname|Forename) ?:[ \t]*[A-Z]|Mum\b|[Bb]aby [A-Z][a-z]+"
    r"|(?:Donor|Member|Employee|Tenant|Applicant|Pupil|Client|Resident) ?: ?[A-Z][a-z'-]+ [A-Z][a-z'-]+"
    r"|(?:for|re|about|with) (?!Section|Article|Act|Part|Level|Class|Rule|Grade|Table)[A-Z][a-z]{2,} \([0-9]{1,2}\)"
    r"|[Pp]ts? (?:[a-z]{3,12}ed|is|was|has|had|reports|states|denies|feels|seen)\b)"
)
_ROLE: Final = re.compile(
    rf"(?i)\b(?:the|your|named|alleged) (?:{_ROLES})\b(?! (?:lists?|portal|records? system|data)\b)"
)
_NAMED: Final = re.compile(
    r"\b[A-Z][a-z'-]+ [A-Z][a-z'-]+ (?:disclosed|attended|told|says|feels|has been (?:arrested|charged|cautioned)|was"
    r" (?:arrested|born|cautioned|charged|convicted|diagnosed|referred|sacked|seen|suspended))\b"
)
_PRONOUN: Final = re.compile(begun(("he", "she", "his", "her", "him", "hers"), caseless=True) + r"\b")
_SENTENCE: Final = re.compile(r"[.!?][\"')\]]?\s+(?=[A-Z0-9\"'(])|\n[ \t]*\n")
_SENTENCES: Final = 2


class Link(IntEnum):
    """How surely a passage is about one person."""

    NONE = 0
    PRONOUN = 1
    ROLE = 2
    PERSON = 3
    IDENTIFIER = 4


def link(text: str, start: int, end: int, detections: Sequence[Detection]) -> Link:
    """Return the strongest link between the span and a person."""
    said = words_of_person(passage(text, start, end))
    return max(said, named(detections, start, end, RECORD))


def named(detections: Sequence[Detection], start: int, end: int, reach: int) -> Link:
    """Return what was detected within `reach` characters of the span: an identifier, a name, or nothing."""
    found = Link.NONE
    for each in detections:
        if each.end > start - reach and each.start < end + reach and each.confidence >= COUNTS_FROM:
            if each.entity in IDENTIFIERS:
                return Link.IDENTIFIER
            if each.entity == "PERSON_NAME":
                found = Link.PERSON
    return found


def words_of_person(text: str) -> Link:
    """Return what the words of `text` say: a title and a name, an age, a case; or a role; or only a pronoun."""
    if _PERSON.search(text):
        return Link.PERSON
    spoken_of = _PRONOUN.search(text) is not None
    if _ROLE.search(text) or (spoken_of and _NAMED.search(text)):
        return Link.ROLE
    return Link.PRONOUN if spoken_of else Link.NONE


def passage(text: str, start: int, end: int, sentences: int = _SENTENCES) -> str:
    """Return the sentence of the span, and as many `sentences` on either side, as far as `REACH`."""
    first, last = max(0, start - REACH), min(len(text), end + REACH)
    before = [found.end() for found in _SENTENCE.finditer(text, first, start)]
    if len(before) > sentences:
        first = before[-sentences - 1]
    after = [found.start() + 1 for found in _SENTENCE.finditer(text, end, last)]
    if len(after) > sentences:
        last = after[sentences]
    return text[first:last]
