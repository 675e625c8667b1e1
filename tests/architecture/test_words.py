"""One word per concept: the banned words of gateway/docs/glossary.md stand nowhere in the product.

Looked at: names, messages, comments, file names and documents of gateway/, policies/, config/ and the README; names
are taken apart first, so that `auditLog`, `audit_log` and "audit log" are one word. The glossary itself is left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import pytest

from tests.architecture.house import ROOT, between, files, name, read

GLOSSARY: Final = ROOT / "gateway" / "docs" / "glossary.md"
TEXT: Final = read(GLOSSARY)
BANNED: Final = tuple(re.findall(r"^- (.+)$", between(TEXT, "banned"), flags=re.MULTILINE))
PRODUCT: Final = tuple(path for path in files("gateway", "policies", "config", "README.md") if path.suffix != ".txt")
"""Lists of words (for passphrases) are data: their words name nothing."""

ENDINGS: Final = r"(?:s|es|d|ed|ing|er|ers|ped|ping|ded|ding)?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """A banned word that may stand in one file (or in all files of a folder), and why."""

    word: str
    place: str
    why: str


def read_allowed() -> tuple[Allowed, ...]:
    """Return the rows of the glossary's table of exceptions."""
    rows = re.findall(r"^\| (.+?) \| `(.+?)` \| (.+?) \|$", between(TEXT, "allowed"), flags=re.MULTILINE)
    return tuple(Allowed(word=word, place=place, why=why) for word, place, why in rows)


ALLOWED: Final = read_allowed()


def plain(text: str) -> str:
    """Take names apart into words: `auditLog`, `audit_log` and `audit-log` become `audit log`."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text)
    return re.sub(r"[_\-]+", " ", apart).lower()


def banned_words(text: str) -> set[str]:
    """Return the banned words in a text."""
    words = plain(text)
    return {word for word in BANNED if re.search(rf"\b{re.escape(word)}{ENDINGS}\b", words)}


def test_banned_words_stand_nowhere() -> None:
    found = []
    for path in PRODUCT:
        if path == GLOSSARY:
            continue
        allowed = {row.word for row in ALLOWED if name(path).startswith(row.place)}
        whole = f"{path.name}\n{read(path)}".splitlines()
        found += [
            f"{name(path)}:{number}: {word}"
            for number, line in enumerate(whole)
            for word in sorted(banned_words(line) - allowed)
        ]
    assert found == []


def test_the_list_is_there() -> None:
    assert len(BANNED) >= 15
    assert {"job", "hit", "audit log"} <= set(BANNED)


def test_every_exception_is_used_and_has_a_reason() -> None:
    for row in ALLOWED:
        assert row.word in BANNED, row
        assert len(row.why) > 10, row
        held = [path for path in PRODUCT if name(path).startswith(row.place)]
        assert any(row.word in banned_words(read(path)) for path in held), f"not needed: {row}"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("raise Hits(3)", "hit"),
        ("auditLog", "audit log"),
        ("AUDIT_LOG", "audit log"),
        ("the message bounced", "bounce"),
        ("run_job()", "job"),
        ("it was shredded", "shred"),
        ("UnBlock", "unblock"),
        ("Scanner", "scanner"),
    ],
)
def test_a_banned_word_is_seen_in_every_dress(text: str, word: str) -> None:
    assert word in banned_words(text) or word.replace(" ", "") in plain(text).replace(" ", "")


@pytest.mark.parametrize("text", ["white space", "OFFICIAL-SENSITIVE", "audit hook", "architecture", "joblib_free"])
def test_innocent_words_pass(text: str) -> None:
    assert banned_words(text) == set()
