"""Payment card numbers.

Source: ISO/IEC 7812-1 (issuer identification numbers, Luhn check digit); lengths by scheme from the schemes' own
documents; test numbers as payment providers print them for developers.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final

from gateway.classify import Candidate, Detection, Pattern
from gateway.classify.context import Label, is_inside_longer
from gateway.model.inspection import Where

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.model.inspection import Segment

_ISSUED: Final = ("credit", "debit", "payment", "bank", "visa", "mastercard", "amex", "maestro")
_WHICH: Final = (*(f"{kind}[ _-]?" for kind in _ISSUED), " ", "_", "-", "")
_LABEL: Final = Label.of(  # each choice begins with a character, so that `re` may pass over all others
    "|".join(f"{which}card(?:[ _-]{{0,2}}(?:number|no|num|nr|details))?" for which in _WHICH)
    + "|pan|visa|mastercard|american express|amex|maestro"
)
_CUE: Final = Label.of(r"card|visa|mastercard|amex|maestro|cvv|cvc|cv2|expir(?:y|es)|exp|valid (?:from|to|thru)")
_ISSUERS: Final = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})"  # Visa
    r"|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|(?:6011|64[4-9]\d|65\d\d|62\d\d)\d{12,15}"  # Discover, UnionPay
    r"|(?:5018|5020|5038|5893|6304|6759|676[1-3])\d{8,15}"  # Maestro
    r"|35(?:2[89]|[3-8]\d)\d{12,15}|(?:1800|2131)\d{11}"  # JCB
    r"|(?:30[0-5]|3[689]\d)(?:\d{11}|\d{13}|\d{16})"  # Diners Club
)
_REACH: Final = 60
_DOUBLED: Final = str.maketrans("0123456789", "0246813579")
"""Twice a digit, and the digits of that added."""
_TEST_NUMBERS_TEXT: Final = (
    "4111111111111111 4242424242424242 4012888888881881 4222222222222 4000056655665556 4000000000000002 "
    "4917610000000000 5555555555554444 5105105105105100 5200828282828210 2223003122003222 378282246310005 "
    "371449635398431 378734493671000 6011111111111117 6011000990139424 30569309025904 38520000023237 "
    "3530111333300000 3566002020360505 6304000000000000 6759649826438453 4462030000000000 4484070000000000 "
    "4917300800000000 "
)
_TEST_NUMBERS: Final = frozenset(_TEST_NUMBERS_TEXT.split())
_GROUPED: Final = re.compile(r"\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}|\d{4}([ -])\d{6}\2\d{4,5}")

_FOURS: Final = re.compile(r"(?<![0-9])[3-6]\d{3}([ -])\d{4}\1\d{4}\1\d{4}(?![0-9])")
_LONGEST_GROUPED: Final = len("4929 1234 5678 9012")


def has_issuer(digits: str) -> bool:
    """Say whether the number begins like one of an issuer, and has a length that the issuer uses."""
    return _ISSUERS.fullmatch(digits) is not None


def has_check_digit(digits: str) -> bool:
    """Say whether the digits satisfy Luhn's check."""
    return (sum(map(int, digits[::-2])) + sum(map(int, digits[-2::-2].translate(_DOUBLED)))) % 10 == 0


_USUAL: Final = frozenset({15, 16})
"""Digits of nearly every card: a bare number of another length is as likely anything else."""


class PaymentCard:
    """Detector of PAYMENT_CARD."""

    name = "payment_card"
    patterns: tuple[Pattern, ...] = (Pattern(name="digits", expression=r"\b\d(?:[ -]?\d){11,18}\b"),)

    def judge(self, segment: Segment, candidates: Sequence[Candidate]) -> Iterable[Detection]:
        """Judge each by issuer, check digit, label and grouping; those without a label by the company they keep."""
        text = segment.text
        bare: list[tuple[Candidate, str]] = []
        failed = 0
        for each in map(partial(_alone, text), candidates):
            digits = text[each.start : each.end].replace(" ", "").replace("-", "")
            issued, valid = has_issuer(digits), has_check_digit(digits)
            if (
                not (issued or valid)
                or len(set(digits)) <= (1 if issued else 2)
                or is_inside_longer(text, each.start, each.end)
                or text.startswith("@", each.end)  # the number of a message
            ):
                continue
            evidence = _LABEL.evidence(text, each.start)
            if not issued:
                if evidence == "label":  # of an issuer that is not listed
                    yield _found(each, digits, 0.6, "checksum", evidence)
            elif digits in _TEST_NUMBERS:
                yield _found(each, digits, 0.3, "test")
            elif evidence:
                yield _found(each, digits, 0.95 if valid else 0.6, "checksum" if valid else "shape", evidence)
            elif not valid:
                failed += 1
            elif _CUE.is_near(text, each.start, each.end, _REACH):
                yield _found(each, digits, 0.95, "checksum", "cue")
            else:
                bare.append((each, digits))
        in_doubt = failed > len(bare)  # of any such numbers some pass the check
        for each, digits in bare:
            grouped = _GROUPED.fullmatch(text, each.start, each.end) is not None
            weak = segment.where is Where.MAIL_HEADER or len(digits) not in _USUAL
            confidence = 0.3 if in_doubt else 0.8 if grouped else 0.45 if weak else 0.5
            yield _found(each, digits, confidence, "checksum", *(["shape"] if grouped else []))


def _alone(text: str, each: Candidate) -> Candidate:
    """Return the number in four groups of four without the digits beside it: `4929 1234 5678 9012 09/27`."""
    found = _FOURS.search(text, each.start, each.end) if each.end - each.start > _LONGEST_GROUPED else None
    return Candidate(each.pattern, found.start(), found.end()) if found else each


def _found(candidate: Candidate, digits: str, confidence: float, *why: str) -> Detection:
    return Detection(
        entity="PAYMENT_CARD",
        start=candidate.start,
        end=candidate.end,
        confidence=confidence,
        why=why,
        value=digits,
    )
