"""Payment card numbers.

Source: ISO/IEC 7812-1 (issuer identification numbers, Luhn check digit); lengths by scheme from the schemes' own
documents; test numbers as payment providers print them for developers.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from stdnum import luhn

from gateway.classify import Candidate, Detection, Pattern
from gateway.classify.context import Label, digits_of, is_inside_longer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.model.inspection import Segment

_LABEL: Final = Label.of(
    r"(?:credit|debit|payment|bank|visa|mastercard|amex|maestro)?[ _-]?card(?:[ _-]{0,2}(?:number|no|num|nr|details))?"
    r"|pan|visa|mastercard|american express|amex|maestro"
)
_CUE: Final = Label.of(r"card|visa|mastercard|amex|maestro|cvv|cvc|cv2|expir(?:y|es)|exp|valid (?:from|to|thru)")
_ISSUERS: Final = (
    (re.compile(r"4"), frozenset({13, 16, 19})),  # Visa
    (re.compile(r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720"), frozenset({16})),  # Mastercard
    (re.compile(r"3[47]"), frozenset({15})),  # American Express
    (re.compile(r"6011|64[4-9]|65|62"), frozenset({16, 17, 18, 19})),  # Discover, UnionPay
    (re.compile(r"5018|5020|5038|5893|6304|6759|676[1-3]"), frozenset(range(13, 20))),  # Maestro
    (re.compile(r"352[89]|35[3-8]"), frozenset({16, 17, 18, 19})),  # JCB
    (re.compile(r"30[0-5]|3[689]"), frozenset({14, 16, 19})),  # Diners Club
)
_TEST_NUMBERS_TEXT: Final = (
    "4111111111111111 4242424242424242 4012888888881881 4222222222222 4000056655665556 4000000000000002 "
    "4917610000000000 5555555555554444 5105105105105100 5200828282828210 2223003122003222 378282246310005 "
    "371449635398431 378734493671000 6011111111111117 6011000990139424 30569309025904 38520000023237 "
    "3530111333300000 3566002020360505 6304000000000000 6759649826438453 4462030000000000 4484070000000000 "
    "4917300800000000 "
)
_TEST_NUMBERS: Final = frozenset(_TEST_NUMBERS_TEXT.split())
_GROUPED: Final = re.compile(r"\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}|\d{4}([ -])\d{6}\2\d{4,5}")


def has_issuer(digits: str) -> bool:
    """Say whether the number begins like one of an issuer, and has a length that the issuer uses."""
    return any(begins.match(digits) and len(digits) in lengths for begins, lengths in _ISSUERS)


class PaymentCard:
    """Detector of PAYMENT_CARD."""

    name = "payment_card"
    patterns: tuple[Pattern, ...] = (Pattern(name="digits", expression=r"\b\d(?:[ -]?\d){12,18}\b"),)

    def judge(self, segment: Segment, candidates: Sequence[Candidate]) -> Iterable[Detection]:
        """Judge each by issuer, check digit, label and grouping."""
        text = segment.text
        for candidate in candidates:
            value = text[candidate.start : candidate.end]
            digits = digits_of(value)
            if (
                not has_issuer(digits)
                or len(set(digits)) == 1
                or is_inside_longer(text, candidate.start, candidate.end)
            ):
                continue
            evidence = _LABEL.evidence(text, candidate.start)
            why: tuple[str, ...]
            if digits in _TEST_NUMBERS:
                confidence, why = 0.3, ("test",)
            elif not luhn.is_valid(digits):
                if not evidence:
                    continue
                confidence, why = 0.6, (evidence,)
            elif evidence or _CUE.is_near(text, candidate.start, candidate.end, 60):
                confidence, why = 0.95, ("checksum", evidence or "cue")
            else:
                grouped = bool(_GROUPED.fullmatch(value))
                confidence, why = (0.8, ("checksum", "shape")) if grouped else (0.5, ("checksum",))
            yield Detection(
                entity="PAYMENT_CARD", start=candidate.start, end=candidate.end, confidence=confidence, why=why
            )
