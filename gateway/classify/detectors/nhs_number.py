"""NHS numbers of England, Wales and the Isle of Man, CHI numbers of Scotland, H&C numbers of Northern Ireland.

Sources: NHS Data Dictionary, attributes NHS NUMBER (modulus 11) and COMMUNITY HEALTH INDEX NUMBER; ranges from the
package nhs-number. The three have one shape, one check digit and one range each, so one detector tells them apart: by
label, and without one by range and what is spoken of near by.

A bare number that passes the check digit is weak: one random ten-digit number in eleven does, and so do US telephone
numbers and every ISBN-10. A labelled number counts whatever its check digit: numbers in letters are mistyped and
invented, even as 123 456 7890. Repeated digits never count.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from gateway.classify import Candidate, Detection, Pattern
from gateway.classify.checks import begins_with_day, has_nhs_check_digit
from gateway.classify.context import Label, column_header, digits_of, is_inside_longer, is_made_up, is_sequence
from gateway.classify.labelled import with_remark
from gateway.classify.listed import named
from gateway.classify.slips import BREAK, SIGN, digits_meant

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from gateway.model.inspection import Segment

_NUMBER: Final = r"(?:[ _/-]{0,3}(?:numbers?|nos?|num|nbr|id|identifier|ref|#))?"
_OID: Final = r"2\.16\.840\.1\.113883\.2\.1\.4\.1"  # the object identifier of the NHS number, in HL7 messages
_NHS: Final = rf"n\.?h\.?s\.?(?: ?/ ?chi)?{_NUMBER}|rhif g\.?i\.?g\.?|{_OID}[\"'/> ]{{0,4}}extension"
_CHI: Final = rf"chi{_NUMBER}|community health index{_NUMBER}"
_HC: Final = (
    rf"h[ ]?(?:&(?:amp;)?|\+|and)[ ]?c{_NUMBER}|hcn|hcno|hsc (?:number|no)|health (?:and|&) (?:social )?care{_NUMBER}"
)
_LABEL: Final = Label.of(with_remark(f"{_NHS}|{_CHI}|{_HC}"))
_LABEL_CHI: Final = Label.of(with_remark(_CHI))
_LABEL_HC: Final = Label.of(with_remark(_HC))
_CUE: Final = Label.of(
    r"nhs|patients?|pt|dob|d\.o\.b|date of birth|born|gp|hospital|clinic|referral|ward|nino|national insurance"
)
_CUE_CHI: Final = Label.of(r"chi|scotland|scottish|nhs")
_BOTH: Final = re.compile(r"nhs ?/ ?chi|chi ?/ ?nhs")
_CUE_HC: Final = Label.of(r"h&c|h ?\+ ?c|hcn|hsc|northern ireland|health and (?:social )?care")
_OF_PATIENT: Final = re.compile(
    r"\b(?:patient|client|pt|nhs)(?:'?s)?[ _-]?(?:id|identifier|numbers?|no|ref|reference)[^a-z0-9]{0,8}(?:is )?$"
)
_ANY: Final = re.compile(rf"n\.?h\.?s|chi|community health|h ?(?:&|\+|and )|hcn|hsc|health (?:and|&)|rhif|{_OID}")
_BEHIND: Final = re.compile(r"\^{3}[A-Z0-9]{0,12}\^NH\b|\^{3}NHS\b")
"""What stands behind the number in messages of HL7 version 2: the authority that assigned it, and the kind."""
_SAYS: Final = re.compile(r"nhs(?<=\bnhs)[ _-]?(?:numbers?|no\b)")  # an expression that begins with letters is fast
_WELL_FORMED: Final = re.compile(r"\d{3} \d{3} \d{4}")
_EXAMPLE: Final = re.compile(r"(?:for example|such as|like|e\.?g\.?|example|format|dummy|test)[^a-z0-9]{0,4}(?:of )?$")
_LOOSE: Final = re.compile(rf"(?<![0-9A-Za-z]){SIGN}(?:{BREAK}{SIGN}){{9}}(?![0-9A-Za-z])")
_IN_THREE: Final = re.compile(rf"{SIGN}{{3}}{BREAK}{SIGN}{{3}}{BREAK}{SIGN}{{4}}")
_BETWEEN_GROUPS: Final = str.maketrans("", "", " .-")
_DENSE: Final = 400
"""Characters of text for a number, below which it is cheaper to look first whether there is any label at all."""
_NINO: Final = re.compile(r"[A-Z](?<=\b[A-Z])[A-Z] ?\d\d ?\d\d ?\d\d ?[A-D]\b")
"""A second identifier of the same person."""
_REACH: Final = 40
_LONGEST_ROW: Final = 1_000
_LISTED: Final = 3
_ENGLAND: Final = frozenset("467")
_SYNTHETIC: Final = "9"  # never issued: patients made up for tests
_IRELAND: Final = range(32, 40)
_ANOTHER: Final = re.compile(  # what stands before a number of another kind
    r"(?:[=/?#&%@+$(]|\b0|\b(?:isbn(?:-?10)?|doi|tel|telephone|phone|mobile|mob|cell|fax|call|ring|dial|reached|contact|helpline|line|switchboard|text|whatsapp|sms"
    r"|order|invoice|receipt|tracking|parcel|shipment|consignment|reference|ref|ticket|case|account|acct|a/c|customer"
    r"|serial|part|item|product|sku|model|version|build|po|uln|learner|utr|vat|timestamp|epoch|time|uid|pid|id"
    r"|sample|specimen|lab|accession|imei|barcode|ean|upc|phone/fax)"
    r"(?:[ _-]?(?:numbers?|nos?|num|id|code|us|me|on|at|is|reference|ref|line))?)[^a-z0-9]{0,4}$"
)
_DENIED: Final = re.compile(
    r"[^a-z0-9]{1,4}(?:(?:this|that|which|it) )?(?:is |was )?(?:not|isn't|wasn't) (?:an? |the )?(?:real |valid )?"
    r"(?:patient'?s? )?(?:n\.?h\.?s|chi|h ?& ?c|hcn)"
)
_DENIED_LABEL: Final = re.compile(
    r"\b(?:not|isn't|wasn't) (?:an? |the )?(?:real |valid )?(?:patient'?s? )?"
    r"(?:n\.?h\.?s|chi|h ?& ?c|hcn)[^0-9]{0,30}$"
)
_LONGEST_WORDS: Final = 60
_LONGEST_ANOTHER: Final = 32
_BULLETS: Final = "-*\u2022"
_BETWEEN: Final = frozenset(f" \r\n,;/&and{_BULLETS}")
_LONGEST_BETWEEN: Final = len(" , and ")


def is_issued(digits: str) -> bool:
    """Say whether the number lies in a range issued to people; one in the Scottish range begins with a date."""
    return digits[0] in _ENGLAND or int(digits[:2]) in _IRELAND or begins_with_day(digits)


@dataclass(slots=True)
class _Read:
    """What has been read of a segment so far."""

    text: str
    may_have_labels: bool = True
    others: list[tuple[Candidate, str]] = field(default_factory=list)
    named: dict[str, str] = field(default_factory=dict)
    """The kind of each number that a label named: it is the same wherever it stands."""
    entity: str = ""
    evidence: str = ""
    start: int = -1
    end: int = -1
    """What the last label said, and where its number stood: others may be listed behind."""


class NhsNumber:
    """Detector of NHS_NUMBER, CHI_NUMBER and HC_NUMBER."""

    name = "nhs_number"
    patterns: tuple[Pattern, ...] = (
        Pattern(name="ten digits", expression=r"\b\d{3}[ .-]?\d{3}[ .-]?\d{4}\b"),
        Pattern(
            name="cue",
            expression=r"\b(?:n\.?h\.?s\.?|chi|hcn|h ?& ?c)(?:[ _/-]{0,3}(?:numbers?|num|nos?\b|#)|:)",
            caseless=True,
        ),
    )

    def judge(self, segment: Segment, candidates: Sequence[Candidate]) -> Iterable[Detection]:
        """Judge each ten-digit number by label, check digit and company."""
        cues = [each for each in candidates if each.pattern == "cue"]
        candidates = [each for each in candidates if each.pattern != "cue"]
        yield from _loose(segment.text, cues, {each.start for each in candidates})
        read = _Read(segment.text)
        dense = len(candidates) * _DENSE > len(segment.text)
        read.may_have_labels = not dense or _ANY.search(segment.text.lower()) is not None
        for candidate in candidates:
            digits = segment.text[candidate.start : candidate.end]
            if len(digits) > len("4010232137"):
                digits = digits.translate(_BETWEEN_GROUPS)
            if is_made_up(digits):
                continue
            if read.may_have_labels and _is_labelled(read, candidate):
                read.named[digits] = read.entity
                valid = has_nhs_check_digit(digits)
                confidence, why = (0.95, ("checksum", read.evidence)) if valid else (0.6, (read.evidence,))
                yield _found(read.entity, candidate, digits, confidence, *why)
            else:
                read.others.append((candidate, digits))
        yield from _judge_others(read)


def _is_labelled(read: _Read, candidate: Candidate) -> bool:
    """Say whether a label names the number, or the one before it in the same list; note what the label says."""
    text, start = read.text, candidate.start
    if read.evidence == "label" and _is_listed(read, start):
        read.start, read.end = start, candidate.end
        return True
    read.end, read.evidence = -1, _LABEL.evidence(text, start)
    if not read.evidence and _BEHIND.match(text, candidate.end):
        read.entity, read.evidence = "NHS_NUMBER", "field"
        return True
    if not read.evidence:
        return False
    before = text[max(0, start - _LONGEST_WORDS) : start].lower()
    if "t " in before and read.evidence == "label" and _DENIED_LABEL.search(before):
        return False
    read.start, read.end = start, candidate.end
    words = before if read.evidence == "label" else column_header(text, start).lower()
    read.entity = _entity(text, start, words)
    return True


def _entity(text: str, start: int, words: str) -> str:
    """Return what the label says that the number is; one that says both NHS and CHI, its range."""
    if ("chi" in words or "index" in words) and _LABEL_CHI.evidence(text, start):
        both = _BOTH.search(words) and not begins_with_day(digits_of(text[start : start + 6]) + "0000")
        return "NHS_NUMBER" if both else "CHI_NUMBER"
    return "HC_NUMBER" if "nhs" not in words and _LABEL_HC.evidence(text, start) else "NHS_NUMBER"


def _loose(text: str, cues: Sequence[Candidate], known: AbstractSet[int]) -> Iterator[Detection]:
    """Yield labelled numbers that are written in other groups, over two lines, or with a letter taken for a digit.

    They need their check digit, but those of digits alone in the three usual groups.
    """
    for found, evidence in named(text, cues, _LOOSE, _is_meant):
        if found.start() not in known:
            digits = digits_meant(found.group())
            kind = text[max(0, found.start() - _LONGEST_WORDS) : found.start()].lower()
            sure, why = (0.85, ("checksum", evidence)) if has_nhs_check_digit(digits) else (0.6, (evidence,))
            whole = Candidate(pattern="cue", start=found.start(), end=found.end())
            yield _found(_entity(text, found.start(), kind), whole, digits, sure, *why)


def _is_meant(found: re.Match[str]) -> bool:
    digits = digits_meant(found.group())
    if not digits or is_made_up(digits):
        return False
    return has_nhs_check_digit(digits) or _IN_THREE.fullmatch(found.group()) is not None


def _is_listed(read: _Read, start: int) -> bool:
    """Say whether a number is listed behind the last one that had a label; on lines below if that had its own line."""
    between = read.text[read.end : start] if 0 <= read.end <= start <= read.end + _LONGEST_BETWEEN else "?"
    if not set(between) <= _BETWEEN:
        return False
    begin = read.text.rfind("\n", max(0, read.start - _LONGEST_WORDS), read.start) + 1
    return "\n" not in between or not read.text[begin : read.start].strip(f" {_BULLETS}")


def _judge_others(read: _Read) -> Iterable[Detection]:
    """Judge the numbers that no label names."""
    text = read.text
    weak: list[tuple[Candidate, str]] = []
    failed: list[Candidate] = []
    for candidate, digits in read.others:
        if digits in read.named:
            yield _found(read.named[digits], candidate, digits, 0.85, "repeated")
        elif not _may_be_issued(digits) or _is_another(text, candidate):
            failed.append(candidate)
        elif _has_cue(text, candidate, digits):
            yield _found(_by_range(text, candidate, digits), candidate, digits, 0.85, "checksum", "cue")
        elif digits[0] != _SYNTHETIC:
            weak.append((candidate, digits))
    says = bool(weak) and _SAYS.search(text.lower()) is not None
    least = _LISTED - says
    company = _company(text, weak, failed, least) if len(weak) >= least else frozenset()
    for candidate, digits in weak:
        if says and digits[0] in _ENGLAND and _is_written_so(text, candidate):
            yield _found("NHS_NUMBER", candidate, digits, 0.7, "checksum", "cue")
        elif digits in company:
            yield _found("NHS_NUMBER", candidate, digits, 0.7, "checksum", "company")
        else:
            yield _found("NHS_NUMBER", candidate, digits, 0.45, "checksum")


def _is_written_so(text: str, candidate: Candidate) -> bool:
    """Say whether a number is grouped as the NHS does it, and is no example: enough in a text about such numbers."""
    grouped = _WELL_FORMED.fullmatch(text, candidate.start, candidate.end) is not None
    return grouped and not _EXAMPLE.search(text[max(0, candidate.start - _LONGEST_WORDS) : candidate.start].lower())


def _company(
    text: str, weak: Sequence[tuple[Candidate, str]], failed: Sequence[Candidate], least: int
) -> frozenset[str]:
    """Return the numbers that stand in a list or a column with others, most of which pass the check digit.

    `least` are needed: fewer in a text that speaks of NHS numbers.
    Numbers of England only: one that begins with 0 to 3 is as likely that of a book, which has the same check digit.
    """
    passed: dict[int, set[str]] = {}
    for candidate, digits in weak:
        if digits[0] in _ENGLAND:
            passed.setdefault(_column(text, candidate.start), set()).add(digits)
    wrong = Counter(_column(text, candidate.start) for candidate in failed)
    columns = [column for column, found in passed.items() if len(found) >= least and len(found) > wrong[column]]
    if not columns or "isbn" in text.lower():
        return frozenset()
    return frozenset().union(*(passed[column] for column in columns))


def _column(text: str, start: int) -> int:
    """Return how many cells stand before a place on its line."""
    begin = text.rfind("\n", max(0, start - _LONGEST_ROW), start) + 1
    return sum(text.count(each, begin, start) for each in "\t|;,") if begin or start < _LONGEST_ROW else 0


def _may_be_issued(digits: str) -> bool:
    return has_nhs_check_digit(digits) and (is_issued(digits) or digits[0] == _SYNTHETIC) and not is_sequence(digits)


def _has_cue(text: str, candidate: Candidate, digits: str) -> bool:
    """Say whether a patient is spoken of near by. Telephone numbers stand there too, with strokes or points in them."""
    written = text[candidate.start : candidate.end]
    cue = _CUE_CHI if begins_with_day(digits) else _CUE
    if "-" in written or "." in written:
        return False
    if cue.is_near(text, candidate.start, candidate.end, _REACH):
        return True
    return _NINO.search(text, max(0, candidate.start - _REACH), candidate.end + _REACH) is not None


def _by_range(text: str, candidate: Candidate, digits: str) -> str:
    """Return the kind of a number without a label, by its range and what is near it."""
    start, end = candidate.start, candidate.end
    if int(digits[:2]) in _IRELAND and _CUE_HC.is_near(text, start, end, _REACH):
        return "HC_NUMBER"
    if begins_with_day(digits) and _CUE_CHI.is_near(text, start, end, _REACH):
        return "CHI_NUMBER"
    return "NHS_NUMBER"


def _is_another(text: str, candidate: Candidate) -> bool:
    """Say whether the digits are part of a longer number or address, or are said to be something else."""
    if is_inside_longer(text, candidate.start, candidate.end):
        return True
    before = text[max(0, candidate.start - _LONGEST_WORDS) : candidate.start].lower()
    behind = text[candidate.end : candidate.end + _LONGEST_WORDS].lower()
    if _DENIED.match(behind) or ("t " in before and _DENIED_LABEL.search(before)):
        return True
    return bool(_ANOTHER.search(before[-_LONGEST_ANOTHER:])) and not _OF_PATIENT.search(before)


def _found(entity: str, candidate: Candidate, digits: str, confidence: float, *why: str) -> Detection:
    return Detection(
        entity=entity, start=candidate.start, end=candidate.end, confidence=confidence, why=why, value=digits
    )
