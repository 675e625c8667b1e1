"""Modulus check of a UK sort code and account number.

Source: Pay.UK and Vocalink, "Validating Account Numbers: UK Modulus Checking", version 8.90. Its tables of weights
(`valacdos.txt`) and of sorting code substitutions (`scsubtab.txt`, here `scsub.txt`) are Vocalink's and not shipped: an
operator who is entitled to them lays them beside the policy files.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING, Final

from gateway.errors import Complaint, Invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

WEIGHTS_FILE: Final = "modulus/valacdos.txt"
SUBSTITUTES_FILE: Final = "modulus/scsub.txt"

_A, _B, _C, _G, _H = 6, 7, 8, 12, 13
"""Places in the fourteen digits u v w x y z a b c d e f g h."""
_DIGITS: Final = 14
_METHODS: Final = {"MOD10": 10, "MOD11": 11, "DBLAL": 10}
_NINE: Final = 9
_SHORTEST_ROW: Final = 3


class Special(IntEnum):
    """The exceptions that change how a check is made, by their numbers in the specification."""

    NONE = 0
    ADDS_27 = 1
    OTHER_WEIGHTS = 2
    LEAVES_OUT_CURRENCIES = 3
    TWO_CHECK_DIGITS = 4
    SUBSTITUTED = 5
    LEAVES_OUT_FOREIGN = 6
    WITHOUT_HEAD = 7
    AS_ONE_BRANCH = 8
    AS_EURO_BRANCH = 9
    WITHOUT_HEAD_AFTER_NINE = 10
    SHIFTED = 14


_SECOND_SUFFICES: Final = (frozenset({10, 11}), frozenset({12, 13}), frozenset({2, 9}))
"""Pairs of exceptions where either of the two checks will do."""
_ADDED: Final = 27
_CURRENCIES: Final = frozenset("69")
_FOREIGN: Final = frozenset("45678")
_BRANCHES: Final[Mapping[int, str]] = {Special.AS_ONE_BRANCH: "090126", Special.AS_EURO_BRANCH: "309634"}
_SHIFTED_ENDS: Final = frozenset("019")
_WEIGHTS_2: Final = (0, 0, 1, 2, 5, 3, 6, 4, 8, 7, 10, 9, 3, 1)
_WEIGHTS_2_NINE: Final = (0, 0, 0, 0, 0, 0, 0, 0, 8, 7, 10, 9, 3, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row of the table: which sort codes it is for, how to check them, and with which exception."""

    first: int
    last: int
    method: str
    weights: tuple[int, ...]
    exception: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModulusTable:
    """The tables as read. `rules` are in the order of their first sort code; at most two cover one sort code."""

    rules: tuple[Rule, ...]
    starts: tuple[int, ...]
    substitutes: Mapping[str, str]

    @classmethod
    def parse(cls, weights: str, substitutes: str) -> ModulusTable:
        """Read the two files; raises `Invalid` with every line that is none of theirs."""
        complaints: list[Complaint] = []
        rules = [rule for number, line in _lines(weights) if (rule := _rule(line, number, complaints)) is not None]
        pairs = {}
        for number, line in _lines(substitutes):
            codes = line.split()
            if [len(code) for code in codes if code.isdigit()] != [6, 6]:
                complaints.append(_about(SUBSTITUTES_FILE, number, "write two sort codes of six digits"))
            else:
                pairs[codes[0]] = codes[1]
        if complaints:
            raise Invalid(tuple(complaints))
        rules.sort(key=lambda rule: rule.first)
        return cls(rules=tuple(rules), starts=tuple(rule.first for rule in rules), substitutes=pairs)

    def rules_for(self, sort_code: str) -> list[Rule]:
        """Return the rules for a sort code, in the order of the table: none, one or two."""
        number = int(sort_code)
        before = bisect_right(self.starts, number)
        return [rule for rule in self.rules[max(0, before - 2) : before] if number <= rule.last]

    def check(self, sort_code: str, account: str) -> bool | None:
        """Say whether the account number may be one of the sort code; None where the table says nothing about it.

        `sort_code` is six digits, `account` six to ten, which are made eight as the specification has it.
        """
        sort_code, account = _eight(sort_code, account)
        rules = self.rules_for(sort_code)
        if not rules:
            return None
        first, second = rules[0], rules[1] if len(rules) > 1 else None
        passed = self._passes(first, sort_code, account)
        if first.exception == Special.SHIFTED:
            return passed or (account[7] in _SHIFTED_ENDS and self._passes(first, sort_code, "0" + account[:7]))
        if second is None:
            return passed
        if {first.exception, second.exception} in _SECOND_SUFFICES:
            return passed or self._passes(second, sort_code, account)
        return passed and self._passes(second, sort_code, account)

    def _passes(self, rule: Rule, sort_code: str, account: str) -> bool:
        exception = rule.exception
        if _needs_no_check(exception, account):
            return True
        code = _BRANCHES.get(exception, sort_code)
        if exception == Special.SUBSTITUTED:
            code = self.substitutes.get(sort_code, sort_code)
        digits = [int(digit) for digit in code + account]
        rule = replace(rule, weights=_weights(rule, digits))
        remainder = _total(rule, digits) % _METHODS[rule.method]
        if exception == Special.TWO_CHECK_DIGITS:
            return remainder == 10 * digits[_G] + digits[_H]
        if exception == Special.SUBSTITUTED:
            return _passes_5(rule.method, remainder, digits)
        return remainder == 0


def _needs_no_check(exception: int, account: str) -> bool:
    """Say whether an account of this form is one of those that the check leaves out."""
    if exception == Special.LEAVES_OUT_CURRENCIES:
        return account[_C - _A] in _CURRENCIES
    return exception == Special.LEAVES_OUT_FOREIGN and account[0] in _FOREIGN and account[_G - _A] == account[_H - _A]


def _weights(rule: Rule, digits: list[int]) -> tuple[int, ...]:
    """Return the weights, changed where the exception of the rule says so."""
    ends_in_nine = digits[_G] == _NINE
    if rule.exception == Special.OTHER_WEIGHTS and digits[_A]:
        return _WEIGHTS_2_NINE if ends_in_nine else _WEIGHTS_2
    without_head = (0,) * (_B + 1) + rule.weights[_B + 1 :]
    if rule.exception == Special.WITHOUT_HEAD and ends_in_nine:
        return without_head
    if (
        rule.exception == Special.WITHOUT_HEAD_AFTER_NINE
        and ends_in_nine
        and digits[_A] in {0, _NINE}
        and digits[_B] == _NINE
    ):
        return without_head
    return rule.weights


def _total(rule: Rule, digits: list[int]) -> int:
    products = [weight * digit for weight, digit in zip(rule.weights, digits, strict=True)]
    if rule.method == "DBLAL":
        products = [sum(map(int, str(abs(product)))) for product in products]
    return sum(products) + (_ADDED if rule.exception == Special.ADDS_27 else 0)


def _passes_5(method: str, remainder: int, digits: list[int]) -> bool:
    """Say whether the check digit of exception 5 is right: g for modulus 11, h for double alternate."""
    if method == "DBLAL":
        return digits[_H] == (10 - remainder) % 10
    return remainder != 1 and digits[_G] == (11 - remainder) % 11


def _eight(sort_code: str, account: str) -> tuple[str, str]:
    """Return the sort code and the account number in eight digits, as banks with other lengths have it."""
    match len(account):
        case 10:  # the Co-operative Bank the first eight, National Westminster the last
            return sort_code, account[:8] if sort_code.startswith("08") else account[2:]
        case 9:  # Santander
            return sort_code[:5] + account[0], account[1:]
        case _:
            return sort_code, account.zfill(8)


def _lines(text: str) -> list[tuple[int, str]]:
    return [(number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]


def _rule(line: str, number: int, complaints: list[Complaint]) -> Rule | None:
    cells = line.split()
    method, figures = cells[2] if len(cells) >= _SHORTEST_ROW else "", [*cells[:2], *cells[3:]]
    fits = len(figures) in {2 + _DIGITS, 3 + _DIGITS} and all(each.lstrip("-").isdigit() for each in figures)
    if method not in _METHODS or not fits:
        message = "write two sort codes, MOD10, MOD11 or DBLAL, fourteen weights, and the exception if there is one"
        complaints.append(_about(WEIGHTS_FILE, number, message))
        return None
    first, last, *weights = map(int, figures)
    return Rule(
        first=first,
        last=last,
        method=method,
        weights=tuple(weights[:_DIGITS]),
        exception=weights[_DIGITS] if len(weights) > _DIGITS else 0,
    )


def _about(file: str, line: int, message: str) -> Complaint:
    return Complaint(file=f"policies/{file}", line=line, column=1, message=message)
