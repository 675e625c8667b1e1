"""Whose name stands behind a label: the one whom the record is about, a relative, or one who acts.

Aggregation rules ask about the first only. Source: seed "Greater Manchester Safeguarding Children Board" 3.1(1);
labels are those of the NHS Data Dictionary, the Department for Education's school census and HMCTS forms.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """Whose name it is. Its value is the code that stands in `why`; a subject's has none."""

    SUBJECT = "subject"
    RELATIVE = "relative"
    ACTOR = "role"


SUBJECTS: Final = (
    r"patient|client|child|pupil|student|learner|service[ _-]?user|customer|claimant|appellant|applicant|tenant"
    r"|resident|defendant|complainant|victim|witness|suspect|offender|prisoner|detainee|employee|candidate|deceased"
    r"|young person|data subject|beneficiary|policy ?holder|account ?holder|debtor|carer"
)
_KEEP: Final = (
    r"full|legal|preferred|known|real|birth|maiden|former|previous|current|complete|your|his|her|their|my|the|and"
)
RELATIVES: Final = (
    r"mother|father|mum|dad|parents?|guardian|carer|next[ _-]of[ _-]kin|nok|kin|spouse|partner|wife|husband|son"
    r"|daughter|sibling|brother|sister|grandmother|grandfather|relatives?|emergency|emergency contact"
)
ACTORS: Final = (
    r"gp|doctor|dr|consultant|clinician|surgeon|nurse|midwife|practitioner|prescriber|referrer|author|sender|signatory"
    r"|(?:social|case|key|support)[ _-]?worker|officer|manager|supervisor|teacher|tutor|headteacher|solicitor|judge"
    r"|coroner|inspector|councillor|contact|requester|requested by|approved by|approver|prepared by|signed|owner|staff"
    r"|from|reviewer|assessor|interviewer|therapist|counsellor|head|lead|director|chair|requesting"
)
_ROLES: Final = tuple(
    (re.compile(words), role)
    for words, role in ((RELATIVES, Role.RELATIVE), (ACTORS, Role.ACTOR), (rf"{SUBJECTS}|{_KEEP}", Role.SUBJECT))
)
_BEFORE: Final = re.compile(
    r"([a-z]+(?:[ _-]of[ _-]kin|[ _-]contact|[ _-](?:worker|user|person|by))?)(?:'?s'?)?[ _.-]{0,2}$"
)
_NEAR: Final = re.compile(
    r"(?:consultant|surgeon|clinician|physician|(?:seen|reviewed|signed|dictated|written|prepared|authorised) by"
    r"|approved by|from|author|gp|officer|manager|solicitor|(?:social|case|key|support) ?worker|on behalf of)"
    r"[ :,\t]{1,3}$"
)
_REACH: Final = 40


def role_before(text: str, start: int) -> Role | None:
    """Return whose name the label is for whose last word starts at `start`; None where it is nobody's.

    What stands before it on its line decides: "Mother's name", "GP name", "File name".
    """
    line = text[max(0, start - _REACH, text.rfind("\n", 0, start) + 1) : start].lower()
    found = _BEFORE.search(line)
    if found is None:
        return Role.SUBJECT
    return role_of(found[1])


def role_of(words: str) -> Role | None:
    """Return whose name it is that the words announce; None where it is nobody's."""
    plain = re.sub(r"[_-]", " ", words.lower())
    return next((role for expression, role in _ROLES if expression.fullmatch(plain)), None)


def is_actor(text: str, start: int) -> bool:
    """Say whether what stands right before a name says that its bearer acts: "seen by", "Consultant:"."""
    return bool(_NEAR.search(text[max(0, start - _REACH) : start].lower()))
