"""Which column of an operator's table says what: by its heading, or as the operator says."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Role(StrEnum):
    """What a column holds."""

    NAME = "name"
    GIVEN = "given"
    FAMILY = "family"
    DATE_OF_BIRTH = "dob"
    POSTCODE = "postcode"
    IDENTIFIER = "identifier"


class NoUse(ValueError):
    """A table that no register can be made of; the message says why, without content."""


_WHO: Final = (
    r"(?:the|client|customer|patient|child|pupil|student|person|persons|service ?user|subject|full|legal|resident)"
)
_HEADINGS: Final = {
    Role.GIVEN: r"(?:given|fore|first|christian) ?names?(?: s)?|first|given|middle ?names?|other ?names?",
    Role.FAMILY: r"sur ?name|family ?name|last ?name|last|family",
    Role.NAME: rf"(?:{_WHO} ?)*names?",
    Role.DATE_OF_BIRTH: r"d ?o ?b|date ?of ?birth|birth ?(?:date|day)|born|date ?born",
    Role.POSTCODE: r"(?:home |current )?post ?codes?|postal ?code|p ?code|zip(?: ?code)?",
    Role.IDENTIFIER: (
        r".*\b(?:number|no|nos|num|nbr|id|ids|identifier|ref|reference|code|nhs|chi|hcn|nino|ni|upn|uln|pnc|cro|mrn|urn"
        r"|uprn|utr|ssn|crn|passport|licence)\b.*|(?:case|client|person|patient|pupil|student|staff|employee|nhs)(?:id|no|ref)"
    ),
}
_COMPILED: Final = {role: re.compile(words) for role, words in _HEADINGS.items()}
_SEVERAL: Final = frozenset({Role.GIVEN, Role.IDENTIFIER, Role.POSTCODE})
"""Roles that several columns may have."""


def role_of(heading: str) -> Role | None:
    """Return what a heading says about its column, None when it says nothing we know."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", heading)
    plain = " ".join(re.sub(r"[^a-z0-9]+", " ", apart.lower()).split())
    return next((role for role, words in _COMPILED.items() if words.fullmatch(plain)), None)


def choose(headings: Sequence[str], told: Mapping[str, Role]) -> dict[int, Role]:
    """Return the columns that are used and what each holds; `told` is by heading, case ignored. Raises `NoUse`."""
    plain = [heading.strip().casefold() for heading in headings]
    for number, heading in enumerate(plain):
        if heading and heading in plain[:number]:
            raise NoUse(f"columns {plain.index(heading) + 1} and {number + 1} have the same heading")
    wanted = {heading.strip().casefold(): role for heading, role in told.items()}
    if missing := sorted(wanted.keys() - set(plain)):
        raise NoUse(f"there is no column '{missing[0]}'")
    chosen: dict[int, Role] = {}
    for number, heading in enumerate(plain):
        role = wanted.get(heading) if told else role_of(headings[number])
        if role is not None and (told or role in _SEVERAL or role not in chosen.values()):
            chosen[number] = role
    return _useful(chosen)


def _useful(chosen: dict[int, Role]) -> dict[int, Role]:
    roles = list(chosen.values())
    if twice := [role for role in set(roles) - _SEVERAL if roles.count(role) > 1]:
        raise NoUse(f"only one column can be '{min(twice)}'")
    has_name = Role.NAME in roles or (Role.GIVEN in roles and Role.FAMILY in roles)
    if not has_name and Role.IDENTIFIER not in roles:
        raise NoUse("no column is known to hold names or identifiers")
    return chosen
