"""How surely a passage with clinical words is a record of one person's health.

What it must weigh depends on who it is about: an identifier near by, a story of one person, a title or a role, nobody.
A story needs more the longer it is, for any long text holds some such words; a brief note may need less.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.classify.categories.person import Link
from gateway.classify.categories.story import is_about_nobody, is_own_story, is_story, is_to_anybody, sayings, sides

if TYPE_CHECKING:
    from collections.abc import Mapping

_NEEDED: Final = {Link.IDENTIFIER: 7, Link.PERSON: 11, Link.ROLE: 11, Link.PRONOUN: 11, Link.NONE: 16}
_MANNER: Final = {Link.IDENTIFIER: 1, Link.PERSON: 2, Link.ROLE: 2, Link.PRONOUN: 2, Link.NONE: 5}
"""What each mark of impersonal writing takes off."""
_BRIEF, _BRIEFEST = 500, 0.65
"""Below so many characters a note needs less, in proportion, but never less than this share."""
_STORY_NEEDS, _STORY_MANNER = 7, 2
_STORY_PER_CHARACTER: Final = 0.005
_USUAL: Final = 2
"""Marks of impersonal writing that a letter about one person bears as well."""
_SAYING, _SAYINGS = 2, 4
"""What each saying about somebody's health weighs, and how many count."""
_SIDED, _SIDES = 2, 3
"""What a part of the body with its side weighs, and how many count."""
_PLAIN: Final = 5
"""How many plain words count, in a story; elsewhere none does."""
_PLAIN_ENOUGH: Final = 4
_LEAST: Final = 7
_SOLID: Final = 2
_SAID: Final = 2
_TERMS_ALONE: Final = 3
_BY_CLINICIANS: Final = frozenset({"record", "cue", "measure"})
_SURE, _PER_WEIGHT, _HIGHEST = 0.6, 0.01, 0.95
_UNSURE, _PER_LACK, _FAR_BELOW = 0.45, 0.025, -8


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What was found in a passage: `kinds` counts its distinct words by section, `solid` those that are not common."""

    text: str
    weight: int
    kinds: Mapping[str, int]
    solid: int
    plain: int
    linked: Link
    marks: int
    length: int


def confidence_of(found: Evidence) -> float:
    """Return how surely the passage is a record of one person's health; 0 when it is about nobody."""
    told = is_story(found.text)
    said, sided = sayings(found.text), min(_SIDES, sides(found.text))
    told = told or (said > 0 and is_own_story(found.text))
    weight = found.weight + _SAYING * min(_SAYINGS, said) + _SIDED * sided + told * min(_PLAIN, found.plain)
    surplus = weight - _needed(found, told=told)
    if weight < _LEAST or surplus < _FAR_BELOW:
        return 0.0
    if found.linked is not Link.IDENTIFIER and not _may_be(found, said, sided, told=told):
        return 0.0
    if surplus >= 0:
        return round(min(_HIGHEST, _SURE + _PER_WEIGHT * surplus), 2)
    return round(_UNSURE + _PER_LACK * surplus, 2)


def _needed(found: Evidence, *, told: bool) -> float:
    """Return what such a passage has to weigh."""
    brevity = min(1.0, max(_BRIEFEST, found.length / _BRIEF))
    by_link = _NEEDED[found.linked] * brevity + _MANNER[found.linked] * found.marks
    if not told:
        return by_link
    longer = _STORY_PER_CHARACTER * max(0, found.length - _BRIEF)
    return min(by_link, _STORY_NEEDS + longer + _STORY_MANNER * max(0, found.marks - _USUAL))


def _may_be(found: Evidence, said: int, sided: int, *, told: bool) -> bool:
    """Say whether the passage may be about one person, though no identifier says so."""
    spoken = any(found.kinds.get(each) for each in _BY_CLINICIANS)
    solid = found.solid + said + sided + (told and spoken and found.plain >= _PLAIN_ENOUGH)
    if solid < _SOLID or not _is_told_of_one(found, said, sided, told=told, spoken=spoken):
        return False
    return not is_about_nobody(found.text)


def _is_told_of_one(found: Evidence, said: int, sided: int, *, told: bool, spoken: bool) -> bool:
    if found.linked < Link.PERSON and is_to_anybody(found.text) and not found.kinds.get("record"):
        return False
    if told:
        return True
    if found.linked is Link.NONE:
        clinical = found.kinds.get("record", 0) + found.kinds.get("cue", 0)
        return bool(clinical) or (not found.marks and found.solid + sided > _SOLID)
    if said >= _SAID or spoken:
        return True
    return found.kinds.get("term", 0) + sided >= _TERMS_ALONE + found.marks
