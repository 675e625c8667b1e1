"""UK sort codes and account numbers.

Source: Pay.UK, Vocalink modulus checking specification, for the shapes (six and eight digits, seven on old accounts)
and the check (`gateway/classify/modulus.py`). Its table of weights is licensed and the operator's to supply. Without
it a label counts, or both numbers near each other beside a word of banking; with it what fails the check counts less.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.classify import Detection, Pattern
from gateway.classify.context import Label, digits_of, is_inside_longer, is_made_up
from gateway.classify.labelled import stretches, with_remark
from gateway.classify.modulus import SUBSTITUTES_FILE, WEIGHTS_FILE, ModulusTable
from gateway.model.inspection import COUNTS_FROM

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gateway.classify import Candidate
    from gateway.model.inspection import Segment

_SORT_LABEL: Final = Label.of(with_remark(r"sort[ _-]?code|s/c|branch[ _-]?code"))
_ACCOUNT_LABEL: Final = Label.of(
    r"(?:bank[ _])?a(?:ccount|cc?t|cc|/c)\.?(?:[ _-]{0,2}(?:number|no|num|nr)\.?)?|bank[ _](?:details|acc?t)"
)
_BANKING: Final = Label.of(
    r"bank|banking|bacs|chaps|faster payments?|direct debit|standing order|sort[ _-]?code|account|acct?|a/c|payee"
    r"|building society"
)
_NEAR: Final = 60
_BESIDE: Final = 3
_CONTEXT: Final = 100
_DAYS, _MONTHS = 31, 12
_ACCOUNT_DIGITS: Final = 8
_DIGITS: Final = re.compile(r"\d{4}")
"""What both kinds of numbers have, when they are not split."""
_GOES_ON: Final = re.compile(r"[-./]?[0-9]|[A-Za-z_]")
_SIX: Final = re.compile(r"\d(?<![0-9A-Za-z_]\d)\d{5}(?![0-9A-Za-z_])")
_NOT_YEARS: Final = r"(?:(?<!19\d\d[ -])(?<!20\d\d[ -])|(?!19\d\d|20\d\d))"  # as 1984-1986 are
_ACCOUNT: Final = re.compile(rf"\d(?<![0-9A-Za-z_]\d)(?:\d{{3}}[ -]{_NOT_YEARS}\d{{4}}|\d{{6,7}})(?![0-9A-Za-z_])")


_IN_NINO: Final = re.compile(r"\b[A-Za-z]{2}[ -]?$")
_SUFFIX: Final = re.compile(r"[ -]?[A-Da-d]\b")
_IN_IBAN: Final = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){1,6} ?$")
_LONGEST_IBAN: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class _Number:
    """A sort code or an account number: where it stands, and what names it."""

    start: int
    end: int
    digits: str
    evidence: str
    split: bool = False
    """Whether it is written in pairs, as nothing but sort codes and dates are."""


class BankAccount:
    """Detector of SORT_CODE and BANK_ACCOUNT. `table` is what the operator supplies to check the modulus."""

    name = "bank_account"
    patterns: tuple[Pattern, ...] = (
        Pattern(name="sort code", expression=r"\b\d{2}[ -]\d{2}[ -]\d{2}\b"),
        Pattern(
            name="cue",
            expression=r"sort[ _-]?code|branch[ _-]?code|\bs/c|account|\bacc?t?\b|_acc?t|acc?t_|\ba/c|bank[ _]details",
            caseless=True,
        ),
    )

    def __init__(self, table: ModulusTable | None = None) -> None:
        self._table = table

    def read(self, policies: Mapping[str, str]) -> BankAccount:
        """Return the detector with the table that stands in the policy files, if there is one; `Invalid` if bad."""
        weights, substitutes = policies.get(WEIGHTS_FILE), policies.get(SUBSTITUTES_FILE, "")
        return self if weights is None else BankAccount(ModulusTable.parse(weights, substitutes))

    def judge(self, segment: Segment, candidates: Sequence[Candidate]) -> Iterable[Detection]:
        """Judge each by its label, else by a partner of the other kind; a pair by its modulus as well."""
        text = segment.text
        cues = (each for each in candidates if each.pattern == "cue")
        near = [each for each in stretches(text, cues) if _DIGITS.search(text, *each)]
        codes = [*_split_codes(text, candidates), *_named(text, near, _SIX, _SORT_LABEL)]
        codes.sort(key=lambda each: each.start)
        accounts = {each.start: each for each in _named(text, near, _ACCOUNT, _ACCOUNT_LABEL)}
        for code in codes:
            for each in _near_accounts(text, code):
                accounts.setdefault(each.start, each)
        yield from self._codes(text, codes, sorted(accounts.values(), key=lambda each: each.start))
        yield from self._accounts(text, codes, accounts.values())

    def _codes(self, text: str, codes: Sequence[_Number], accounts: Sequence[_Number]) -> Iterator[Detection]:
        for code in codes:
            account = _partner(code, accounts)
            if code.evidence or account is not None:
                named = 0.95 if code.split else 0.85
                valid = self._checked(code, account)
                yield from _found("SORT_CODE", text, code, named, pair=_pair(code, account), valid=valid)

    def _accounts(self, text: str, codes: Sequence[_Number], accounts: Iterable[_Number]) -> Iterator[Detection]:
        for account in accounts:
            code = _partner(account, codes)
            full = len(account.digits) == _ACCOUNT_DIGITS
            named = 0.85 if full and _has_banking(text, account) else 0.55
            valid = self._checked(code, account)
            yield from _found("BANK_ACCOUNT", text, account, named, pair=_pair(code, account), valid=valid)

    def _checked(self, code: _Number | None, account: _Number | None) -> bool | None:
        """Say whether the pair passes its check; None without a table, a partner or a rule."""
        if self._table is None or code is None or account is None:
            return None
        return self._table.check(code.digits, account.digits)


def _split_codes(text: str, candidates: Iterable[Candidate]) -> Iterator[_Number]:
    for each in candidates:
        if each.pattern == "cue" or is_inside_longer(text, each.start, each.end) or _is_in_nino(text, each):
            continue
        digits = digits_of(text[each.start : each.end])
        if not is_made_up(digits):
            evidence = _SORT_LABEL.evidence(text, each.start)
            yield _Number(start=each.start, end=each.end, digits=digits, evidence=evidence, split=True)


def _is_in_nino(text: str, each: Candidate) -> bool:
    """Say whether it is the middle of a National Insurance number: `AB 12 34 56 C`."""
    before = _IN_NINO.search(text, max(0, each.start - 4), each.start)
    return before is not None and _SUFFIX.match(text, each.end) is not None


def _named(text: str, near: Sequence[tuple[int, int]], shape: re.Pattern[str], label: Label) -> Iterator[_Number]:
    for found in (each for start, end in near for each in shape.finditer(text, start, end)):
        digits = digits_of(found[0])
        if is_made_up(digits) or is_inside_longer(text, found.start(), found.end()):
            continue
        if evidence := label.evidence(text, found.start()):
            yield _Number(start=found.start(), end=found.end(), digits=digits, evidence=evidence)


def _near_accounts(text: str, code: _Number) -> Iterator[_Number]:
    """Yield what may be the account number of a sort code: eight digits near it, which may follow it directly."""
    low, high = max(0, code.start - _NEAR - _ACCOUNT_DIGITS), code.end + _NEAR + _ACCOUNT_DIGITS
    for start, end in ((low, code.start), (code.end, high)):
        for found in _ACCOUNT.finditer(text, start, end):
            digits = digits_of(found[0])
            direct = found.start() == code.end + 1
            longer = bool(_GOES_ON.match(text, found.end())) or (
                not direct and is_inside_longer(text, found.start(), found.end())
            )
            longer = longer or _IN_IBAN.search(text, max(0, found.start() - _LONGEST_IBAN), found.start()) is not None
            if len(digits) == _ACCOUNT_DIGITS and not longer and not is_made_up(digits):
                yield _Number(start=found.start(), end=found.end(), digits=digits, evidence="")


def _partner(number: _Number, others: Sequence[_Number]) -> _Number | None:
    """Return the nearest of `others`, in order of place, within reach: in doubt the one behind."""
    place = bisect_left(others, number.start, key=lambda each: each.start)
    near = [
        (max(each.start - number.end, number.start - each.end), -each.start, each)
        for each in others[max(0, place - 1) : place + 1]
    ]
    near = [each for each in near if 0 <= each[0] <= _NEAR]
    return min(near, key=lambda each: each[:2])[2] if near else None


def _pair(code: _Number | None, account: _Number | None) -> str:
    """Say what the two are together: a pair; a day, where the code may be a date and does not stand beside it."""
    if code is None or account is None:
        return ""
    beside = max(account.start - code.end, code.start - account.end) <= _BESIDE
    day, month = int(code.digits[:2]), int(code.digits[2:4])
    return "pair" if beside or not (1 <= day <= _DAYS and 1 <= month <= _MONTHS) else "day"


def _has_banking(text: str, number: _Number) -> bool:
    return _BANKING.is_near(text, number.start, number.end, _CONTEXT)


def _found(
    entity: str, text: str, number: _Number, named: float, *, pair: str, valid: bool | None
) -> Iterator[Detection]:
    """Yield the number with the confidence that label, partner and check give it together."""
    why: tuple[str, ...]
    if number.evidence:
        confidence, why = named, ("shape", number.evidence)
    elif not pair or valid is False:
        return
    elif pair == "pair" and _has_banking(text, number):
        confidence, why = 0.8, ("shape", "pair", "cue")
    else:
        confidence, why = 0.4, ("shape", "pair")
    if valid:
        confidence, why = (0.95 if confidence >= COUNTS_FROM else 0.6), (*why, "checksum")
    elif valid is False:
        confidence = min(confidence, 0.6)
    yield Detection(
        entity=entity,
        start=number.start,
        end=number.end,
        confidence=confidence,
        why=why,
        value=number.digits,
    )
