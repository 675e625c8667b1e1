"""What was redacted is inspected again before it goes: whatever is still found in it holds it."""

from __future__ import annotations

import pytest

from gateway.errors import NotSealed
from gateway.model.inspection import Inspection
from gateway.model.verdict import Obligation
from gateway.protect.redaction import Look, refuse_found_again
from gateway.protect.seal import Protector
from tests.unit.protect.findings import MASK, finding, gap, inspected, inspection, plain
from tests.unit.protect.sealing import Kept, seal
from tests.unit.protect.test_redaction import LETTER, MAIL, NUMBER

MASKED = frozenset({Obligation.REDACT})
LIST = b"Name,NHS number,Remark\r\nWard,943 476 5919,NHS number 401 023 2137 too\r\n"
NOTHING = inspection()


def sent(name: str, content: bytes, look: Look, *, message: bool = False) -> bytes:
    kept = Kept()
    seen = inspected(name, content)
    assert seen.findings
    seal(
        Protector("Council", (), mask=MASK, look=look), [plain(name, content)], kept,
        obligations=MASKED, message=message, as_message=message, inspection=seen,
    )  # fmt: skip
    (only,) = kept.objects.values()
    return only


@pytest.mark.parametrize(
    ("name", "content", "message"), [("a.txt", LETTER.encode(), False), ("a.csv", LIST, False), ("a.eml", MAIL, True)]
)
def test_what_is_masked_is_inspected_once_more_and_goes(name: str, content: bytes, message: bool) -> None:  # noqa: FBT001 - a row
    looked = list[tuple[str, bytes]]()

    def look(what: str, then: bytes) -> Inspection:
        looked.append((what, then))
        return inspected(what, then)

    out = sent(name, content, look, message=message)
    assert NUMBER.encode() not in out
    assert [(each, NUMBER.encode() in then) for each, then in looked] == [(name, False)]


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (inspection(finding("943 476 5919", "943 476 5919")), "NHS_NUMBER is found in it afterwards"),
        (inspection(gaps=(gap("a.txt"),)), "cannot be read afterwards"),
    ],
)
def test_what_is_still_found_or_not_read_any_more_does_not_go(seen: Inspection, said: str) -> None:
    with pytest.raises(NotSealed, match=said) as refused:
        sent("a.txt", LETTER.encode(), lambda _name, _content: seen)
    assert NUMBER not in str(refused.value)


def test_what_does_not_count_holds_nothing() -> None:
    unsure = inspection(finding("943 476 5919", "943 476 5919", confidence=0.3))
    assert NUMBER.encode() not in sent("a.txt", LETTER.encode(), lambda _name, _content: unsure)


def test_a_part_in_which_nothing_was_found_is_not_looked_at_again() -> None:
    def look(_name: str, _content: bytes) -> Inspection:
        raise AssertionError

    kept = Kept()
    seal(
        Protector("Council", (), mask=MASK, look=look), [plain("a.bin", b"\0\1")], kept,
        obligations=MASKED, inspection=NOTHING,
    )  # fmt: skip
    assert list(kept.objects.values()) == [b"\0\1"]


def test_only_addresses_by_which_it_goes_are_left_in_a_mail() -> None:
    left = inspected("a.eml", MAIL)
    assert any(each.entity == "EMAIL_ADDRESS" for each in left.findings)
    headers = inspection(*(each for each in left.findings if each.where == "mail_header"))
    refuse_found_again([plain("a.eml", MAIL)], lambda _name, _content: headers, MASK, message=True)
    with pytest.raises(NotSealed, match="found in it afterwards"):
        refuse_found_again([plain("a.eml", MAIL)], lambda _name, _content: left, MASK, message=True)
