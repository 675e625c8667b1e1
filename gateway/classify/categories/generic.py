"""What talks about a category, and about nobody: definitions, policies, news, advertisements, statistics.

Source: report on markings and identifiers, section 4, generic filters. The list of categories in one sentence is that
of the Data Protection Act 2018, s. 10 and schedule 1, and of its forerunner of 1998, s. 2.
"""

from __future__ import annotations

import re
from typing import Final

NEAR: Final = 700
"""How far around a term the manner of a text is judged. Characters."""
_NAMES: Final = re.compile(
    r"(?i)\b(?:(racial|race|ethnic)|(politic)|(religio|belie)|(trade[ -]union)|(health|medical|disab)|(sexual|sex life)"
    r"|(genetic|biometric)|(offen[cs]e|criminal|conviction)|(gender|marital|pregnan)|(age\b))"
)
_DEFINITION: Final = 4
_MANNERS: Final = (
    r"must|should|shall|ought to",
    r"polic(?:y|ies)|procedures?|guidance|guidelines?|handbook|toolkit|protocols?",
    r"staff|practitioners|professionals|employers|employees|managers|agencies|organisations|departments",
    r"training|course|module|workshop|learning outcomes?|webinar|e-learning|slides?",
    r"act (?:19|20)[0-9]{2}|regulations?|legislation|statut(?:e|ory)|gdpr|data protection|parliament|bill",
    r"for example|e\.g\.|such as|including but not|may include|examples? of|means any|is defined|definition",
    r"statistics|per cent|percent|survey|prevalence|incidence|figures|rates?|on average|population",
    r"stud(?:y|ies)|researchers?|scientists|trials?|journal|findings suggest|university of|published|abstracts?",
    r"said|told|spokes(?:man|woman|person)|according to|reported that|reporters?|press|news|reuters|bbc",
    r"http|www\.|click here|unsubscribe|subscribe|newsletter|copyright|all rights reserved|mailing list",
    r"free|order|buy|offer|price|sale|shipping|guarantee|money[ -]back|customers?|products?",
    r"conference|symposium|speakers?|keynote|registration|delegates|call for papers|exhibition",
    r"applicants|applications? (?:from|are)|equal opportunit\w+|regardless of|vacanc\w+|candidates|salary|we welcome",
    r"patients|children|victims|offenders|people|women|men|individuals|clients|service users|families",
    r"we|you|your|our|us",
    r"postholder|the post|desirable|million|dollars|bank|funds?|lottery|beneficiary|late husband",
)
_PUBLIC: Final = re.compile(
    r"(?i)\b(?:\w+ said|said (?:on|the|in a|that the|police)|told (?:reporters|the bbc|the court)|reuters|jailed"
    r"|associated press|according to (?:police|court|officials|a)|(?:is|was) due (?:before|in court|to appear)"
    r"|the court heard|guilty of an offence|is liable|subsection|this (?:act|section|bill)|summary conviction"
    r"|if you are (?:convicted|charged|arrested)|the case,? which concerns|anyone (?:who|with)|court of appeal"
    r"|the (?:paper|magazine|book|film|article|programme) \w+)\b"
)
_MARKS: Final = tuple(re.compile(rf"(?i)\b(?:{words})\b") for words in _MANNERS)


def is_definition(passage: str) -> bool:
    """Say whether a passage names four categories of data or more: it says what they are, and is nobody's."""
    kinds = {found.lastindex for found in _NAMES.finditer(passage)}
    return len(kinds) >= _DEFINITION


def manners(text: str, start: int, end: int) -> int:
    """Return how many marks of impersonal writing stand around the span."""
    first, last = max(0, start - NEAR), min(len(text), end + NEAR)
    return sum(1 for mark in _MARKS if mark.search(text, first, last))


def is_public_voice(text: str, start: int, end: int) -> bool:
    """Say whether a reporter, a court or a statute speaks around the span.

    What they say is known to the public, such as that Mr Smith was charged: it is shown and does not count, unless an
    identifier stands by. The same words in a letter count.
    """
    first, last = max(0, start - NEAR), min(len(text), end + NEAR)
    return _PUBLIC.search(text, first, last) is not None
