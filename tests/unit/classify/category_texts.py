"""Texts of people and of nobody, written for these tests: `=== name` opens each."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from gateway.model.inspection import COUNTS_FROM
from tests.unit.classify.classifying import classify

DATA: Final = Path(__file__).parent / "data"
CATEGORIES: Final = frozenset(
    {
        *("BIOMETRIC", "CHILD_SAFEGUARDING", "COMMERCIAL", "ETHNICITY", "HEALTH", "LEGAL_PRIVILEGE", "OFFENCE"),
        *("POLITICS", "RELIGION", "SEX_LIFE", "STATUTE_BARRED_HEALTH", "TRADE_UNION"),
    }
)


def texts(name: str) -> list[tuple[str, str]]:
    """Return the name and the words of each text in a file."""
    blocks = ("\n" + (DATA / name).read_text("utf-8")).split("\n=== ")[1:]
    return [(title, body) for title, _, body in (block.partition("\n") for block in blocks)]


def categories(text: str, where: str = "body") -> set[str]:
    """Return the categories that count in a text."""
    found = classify(text, where).findings
    return {each.entity for each in found if each.entity in CATEGORIES and each.confidence >= COUNTS_FROM}
