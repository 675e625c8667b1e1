"""Telephone numbers of the United Kingdom and the Crown dependencies.

Source: Ofcom, National Telephone Numbering Plan, by way of the metadata of the package phonenumbers (Google's
libphonenumber), read once when imported: a number counts only in a range that is in use.

Numbers that Ofcom sets aside for drama are made-up ones: they count behind a label only. Digits without a blank, or
after the word order, invoice or reference, are a telephone number only behind a label.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from phonenumbers import PhoneMetadata

from gateway.classify import Detection, Pattern
from gateway.classify.context import Label

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.classify import Candidate
    from gateway.model.inspection import Segment

_PHONE: Final = r"phone(?:[ _-]?(?:number|no|num)\.?)?"
_LINE: Final = "(?: (?:line|tel|dial))?"
_LABEL: Final = Label.of(  # each choice begins with a letter, so that `re` may pass over all others
    rf"tele{_PHONE}|{_PHONE}|tel(?:[ _-]?(?:number|no)?\.?)?"
    r"|mob(?:ile)?(?:[ _-]?(?:phone|number|no|tel)\.?)*|cell|fax(?:[ _-]?(?:number|no)\.?)?"
    r"|contact(?:[ _-]?(?:number|no|tel|details?)\.?)?|call(?:ed|ing)?|ring|rang|text(?:ed)?|sms|whatsapp|landline"
    rf"|helpline|hotline|switchboard|day{_LINE}|evening{_LINE}|home{_LINE}|work{_LINE}|direct{_LINE}|ddi|next of kin"
)
_OTHER: Final = Label.of(
    r"(?:order|invoice|account|reference|ref|policy|claim|serial|part|model|item|product|tracking|parcel|customer|case"
    r"|ticket|batch|id|nhs|isbn|barcode)(?:[ _-]?(?:number|no|num|id)\.?)?"
)
_KINDS: Final = (
    *("fixed_line", "mobile", "pager", "personal_number", "premium_rate", "shared_cost", "toll_free", "uan", "voip"),
)
_REGIONS: Final = ("GB", "GG", "IM", "JE")


def _numbering_plan() -> re.Pattern[str]:
    plan = {
        kind.national_number_pattern
        for region in _REGIONS
        for name in _KINDS
        if (kind := getattr(PhoneMetadata.metadata_for_region(region), name)) and kind.national_number_pattern
    }
    return re.compile("|".join(f"(?:{each})" for each in sorted(plan)))


_IN_USE: Final = _numbering_plan()
# Ofcom, "Telephone numbers for use in TV and radio drama programmes"
_DRAMA: Final = re.compile(
    r"1(?:1[3-8]|21|31|41|51|61)4960\d{3}|1914980\d{3}|2079460\d{3}|28(?:90180|96496)\d{3}|2920180\d{3}|1632960\d{3}"
    r"|7700900\d{3}|8081570\d{3}|9098790\d{3}|3069990\d{3}"
)
_GROUPS: Final = re.compile(r"\d+")
_INTERNATIONAL: Final = re.compile(r"(?:\+ ?44|00 ?44) ?(?:\(0\))?")
_JOINTS: Final = frozenset("-./_:,=&?#+")
_MOST_GROUPS: Final = 6


class UkPhone:
    """Detector of UK_PHONE."""

    name = "uk_phone"
    patterns: tuple[Pattern, ...] = (
        Pattern(name="international", expression=r"(?:\+ ?44|\b00 ?44)(?: ?\(0\))?(?:[ ().-]{0,2}\d){9,10}\b"),
        Pattern(name="national", expression=r"\b0(?:\d{2,5}\)?[ .-]{1,2}(?:\d[ .-]?){3,7}\d|\d{9,10})\b"),
    )

    def judge(self, segment: Segment, candidates: Sequence[Candidate]) -> Iterable[Detection]:
        """Judge each by the numbering plan, how it is written, and its label."""
        text = segment.text
        for each in candidates:
            written = text[each.start : each.end]
            national = national_number(written)
            if not national or _goes_on(text, each):
                continue
            drama = _DRAMA.fullmatch(national) is not None
            if not drama and not _IN_USE.fullmatch(national):
                continue
            evidence = _LABEL.evidence(text, each.start)
            yield _found(each, national, _confidence(text, each, written, evidence, drama=drama), evidence, drama=drama)


def national_number(written: str) -> str:
    """Return the number without its 0 or 44, empty where it is not grouped as telephone numbers are."""
    rest, count = _INTERNATIONAL.subn("", written, count=1)
    groups = _GROUPS.findall(rest)
    if not groups or len(groups) > _MOST_GROUPS:
        return ""
    national = "".join(groups)
    if count and "+" not in written and not written.startswith("00"):
        return ""
    if count:
        return national.removeprefix("0")
    return national[1:] if national[0] == "0" else ""


def _goes_on(text: str, each: Candidate) -> bool:
    """Say whether the digits are a piece of something longer."""
    before, behind = text[max(0, each.start - 2) : each.start], text[each.end : each.end + 2]
    if before[-1:] in _JOINTS and (before[:1].isalnum() or before[-1:] in "=&/_#"):
        return before[-1:] not in {":", ","} or before[:1].isdigit()
    return (before[-1:] == " " and before[:1].isdigit()) or (
        behind[:1] in {"-", ".", "/", "_"} and behind[1:].isalnum()
    )


def _confidence(text: str, each: Candidate, written: str, evidence: str, *, drama: bool) -> float:
    grouped = not written.isdigit()
    if evidence:
        return 0.6 if drama else 0.9
    if drama or _OTHER.evidence(text, each.start):
        return 0.3
    if each.pattern == "international":
        return 0.85
    return 0.7 if grouped else 0.55 if written.startswith("07") else 0.3


def _found(each: Candidate, national: str, confidence: float, evidence: str, *, drama: bool) -> Detection:
    return Detection(
        entity="UK_PHONE",
        start=each.start,
        end=each.end,
        confidence=confidence,
        why=tuple(filter(None, ("shape", "test" if drama else "range", evidence))),
        value=f"+44{national}",
    )
