"""UK sort codes and account numbers.

Source: Pay.UK, Vocalink modulus checking specification, for the shapes (six and eight digits, six or seven on old
accounts). Its table of weights is licensed, so no modulus is checked here: a label, or both numbers near each other
beside a word of banking, is what counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.classify import Candidate, Detection, Pattern
from gateway.classify.context import Label, digits_of, is_inside_longer, is_made_up

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.model.inspection import Segment

_SORT_LABEL: Final = Label.of(r"sort[ _-]?code|s/c|branch[ _-]?code|sortcode")
_ACCOUNT_LABEL: Final = Label.of(
    r"(?:bank[ _])?a(?:ccount|cc?t|/c)\.?(?:[ _-]{0,2}(?:number|no|num|nr)\.?)?|bank[ _](?:details|acc?t)"
)
_BANKING: Final = Label.of(
    r"bank|banking|bacs|chaps|faster payments?|direct debit|standing order|sort[ _-]?code|account|acct|a/c|payee"
    r"|building society"
)
_NEAR: Final = 60
_CONTEXT: Final = 100
_ACCOUNT_DIGITS: Final = 8


class BankAccount:
    """Detector of SORT_CODE and BANK_ACCOUNT."""

    name = "bank_account"
    patterns: tuple[Pattern, ...] = (
        Pattern(name="sort code", expression=r"\b\d{2}[ -]\d{2}[ -]\d{2}\b"),
        Pattern(name="six digits", expression=r"\b\d{6}\b"),
        Pattern(name="account", expression=r"\b(?:\d{4}[ -]\d{4}|\d{7,8})\b"),
    )

    def judge(self, segment: Segment, candidates: Sequence[Candidate]) -> Iterable[Detection]:
        """Judge each by its label, else by a partner of the other kind."""
        text = segment.text
        code_ends = {each.end for each in candidates if each.pattern == "sort code"}
        fit = [each for each in candidates if not _is_another(text, each, code_ends)]
        codes = [each for each in fit if each.pattern == "sort code"]
        accounts = [each for each in fit if each.pattern == "account" and _is_full(text, each)]
        for each in fit:
            if each.pattern != "account" and (evidence := _SORT_LABEL.evidence(text, each.start)):
                yield _found("SORT_CODE", each, 0.95 if each.pattern == "sort code" else 0.85, evidence)
            elif each.pattern != "sort code" and (evidence := _ACCOUNT_LABEL.evidence(text, each.start)):
                full = _is_full(text, each)
                banking = _BANKING.is_near(text, each.start, each.end, _CONTEXT)
                yield _found("BANK_ACCOUNT", each, 0.85 if full and banking else 0.55, evidence)
            elif each.pattern == "sort code" or _is_full(text, each):
                others = accounts if each.pattern == "sort code" else codes
                yield from _paired(each, others, text)


def _is_another(text: str, each: Candidate, code_ends: set[int]) -> bool:
    """Say whether the digits are one repeated, or a piece of a longer number; an account may follow its sort code."""
    if is_made_up(digits_of(text[each.start : each.end])):
        return True
    behind_code = each.start - 1 in code_ends
    return not behind_code and is_inside_longer(text, each.start, each.end)


def _is_full(text: str, each: Candidate) -> bool:
    return len(digits_of(text[each.start : each.end])) == _ACCOUNT_DIGITS


def _paired(each: Candidate, others: Sequence[Candidate], text: str) -> Iterable[Detection]:
    entity = "SORT_CODE" if each.pattern == "sort code" else "BANK_ACCOUNT"
    if _has_near(each, others):
        banking = _BANKING.is_near(text, each.start, each.end, _CONTEXT)
        yield _found(entity, each, 0.8 if banking else 0.4, "pair", *(["cue"] if banking else []))


def _has_near(each: Candidate, others: Sequence[Candidate]) -> bool:
    """Say whether one of `others`, sorted by place, stands near."""
    low, high = 0, len(others)
    while low < high:
        middle = (low + high) // 2
        if others[middle].end < each.start - _NEAR:
            low = middle + 1
        else:
            high = middle
    return low < len(others) and others[low].start <= each.end + _NEAR


def _found(entity: str, candidate: Candidate, confidence: float, *why: str) -> Detection:
    return Detection(
        entity=entity, start=candidate.start, end=candidate.end, confidence=confidence, why=("shape", *why)
    )
