"""The categories as a table: what each is called, what it reads, and where it does not apply.

Source: UK GDPR, articles 9 and 10; for statute-barred health the directions and acts that its lexicon names; report on
markings and identifiers, section 4. The words themselves are in the lexicons.
"""

from __future__ import annotations

import re
from functools import partial
from typing import Final

from gateway.classify.categories import Category, health, personal, standing

_ELECTED: Final = re.compile(
    r"\b(?:Cllrs?|Councillors?|MPs?|MSPs?|MEPs?|MSs?|Lord|Baroness|Minister|candidates?|Leader)\b"
)


def _personal(entity: str, name: str, public: re.Pattern[str] | None = None) -> Category:
    """Return a category of personal data; near the words of `public` it is known to all and does not count."""
    return Category(
        name=name,
        lexicons=(f"lexicons/{name}.txt",),
        sections=personal.SECTIONS,
        make=partial(personal.PersonalExaminer, entity, public),
    )


def _standing(entity: str, name: str, least: int) -> Category:
    """Return a category of documents, of which running text needs `least` distinct terms."""
    return Category(
        name=name,
        lexicons=(f"lexicons/{name}.txt",),
        sections=standing.SECTIONS,
        make=partial(standing.StandingExaminer, entity, least),
    )


BIOMETRIC: Final = _personal("BIOMETRIC", "biometric")
CHILD_SAFEGUARDING: Final = _personal("CHILD_SAFEGUARDING", "child_safeguarding")
COMMERCIAL: Final = _standing("COMMERCIAL", "commercial", 3)
ETHNICITY: Final = _personal("ETHNICITY", "ethnicity")
HEALTH: Final = Category(
    name="health",
    lexicons=("lexicons/health_clinical.txt", "lexicons/health_conditions.txt", "lexicons/health_drugs.txt"),
    sections=health.SECTIONS,
    make=health.HealthExaminer,
)
LEGAL_PRIVILEGE: Final = _standing("LEGAL_PRIVILEGE", "legal_privilege", 2)
OFFENCE: Final = _personal("OFFENCE", "offence")
POLITICS: Final = _personal("POLITICS", "politics", _ELECTED)
RELIGION: Final = _personal("RELIGION", "religion")
SEX_LIFE: Final = _personal("SEX_LIFE", "sex_life")
STATUTE_BARRED_HEALTH: Final = _personal("STATUTE_BARRED_HEALTH", "statute_barred")
TRADE_UNION: Final = _personal("TRADE_UNION", "trade_union")

CATEGORIES: Final = (
    BIOMETRIC,
    CHILD_SAFEGUARDING,
    COMMERCIAL,
    ETHNICITY,
    HEALTH,
    LEGAL_PRIVILEGE,
    OFFENCE,
    POLITICS,
    RELIGION,
    SEX_LIFE,
    STATUTE_BARRED_HEALTH,
    TRADE_UNION,
)
"""One of each, in the order of their names."""
