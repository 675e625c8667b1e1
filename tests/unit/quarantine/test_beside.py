"""What officers do beside deciding: see a value, have a notice told again; and what can be redacted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.errors import NotFound, NotPermitted
from gateway.model.inspection import GapKind, Where
from gateway.model.lifecycle import DeliveryState, NoticeState, TransferState
from gateway.model.record import Act, FoundAt, Instruction, Officer
from gateway.model.transfer import Notice, Part, Transfer
from gateway.quarantine.redacting import why_not
from gateway.quarantine.resending import told_again
from gateway.quarantine.revealing import check_read, check_reveal
from gateway.system.parcels import ParcelKey
from gateway.testing.values import NOON, a_finding, a_transfer, an_inspection

D = DeliveryState
OFFICER = Officer(name="Officer", address="officer@council.example", accounts=("@owner",))
FOUND = a_finding()
AT = FoundAt(part="plan.docx", segment=0, start=10, end=22, entity="NHS_NUMBER")
REVEAL = Instruction(
    id="i-1", transfer_id="t-1", delivery_id="d-1", act=Act.REVEAL, officer="Officer",
    officer_address="officer@council.example", reason="is it a real number?", at=NOON, found=AT,
    key=ParcelKey().public,
)  # fmt: skip
READ = replace(REVEAL, act=Act.READ, found=None, reason="")
HELD = a_transfer(D.HELD, inspection=an_inspection(findings=(FOUND,)))


def test_the_finding_that_is_meant_is_found() -> None:
    assert check_reveal(HELD, REVEAL) == FOUND


@pytest.mark.parametrize(
    "other",
    [
        replace(AT, part="plan.docx/1/other.docx"), replace(AT, segment=1), replace(AT, start=0), replace(AT, end=500),
        replace(AT, entity="HEALTH"),
    ],
)  # fmt: skip
def test_a_place_of_one_s_own_choice_shows_nothing(other: FoundAt) -> None:
    with pytest.raises(NotFound, match="no such finding"):
        check_reveal(HELD, replace(REVEAL, found=other))


@pytest.mark.parametrize("key", ["", "AAAA", "no base64"])
def test_without_a_key_there_is_nobody_to_show_it_to(key: str) -> None:
    with pytest.raises(NotPermitted, match="to whose key"):
        check_reveal(HELD, replace(REVEAL, key=key))
    with pytest.raises(NotPermitted, match="to whose key"):
        check_read(HELD, replace(READ, key=key))


def test_of_nothing_nothing_is_shown() -> None:
    with pytest.raises(NotPermitted, match="what to show"):
        check_reveal(HELD, replace(REVEAL, found=None))
    for seen in (None, an_inspection()):
        with pytest.raises(NotFound, match="nothing was found"):
            check_read(replace(HELD, inspection=seen), READ)


def test_the_words_around_are_read_without_a_reason_by_nobody_who_is_party_to_it() -> None:
    assert check_read(HELD, READ) == HELD.inspection
    with pytest.raises(NotFound, match="is not held"):
        check_read(replace(HELD, deliveries=a_transfer(D.DELIVERED).deliveries), READ)
    other = replace(HELD.deliveries[0], id="d-2", recipient="officer@council.example", state=D.DELIVERED)
    for party, asked in (
        (HELD, replace(READ, officer_address="staff@council.example")),
        (replace(HELD, deliveries=(*HELD.deliveries, other)), READ),
    ):
        with pytest.raises(NotPermitted, match="party to"):
            check_read(party, asked)


def test_nobody_sees_what_is_not_held_their_own_or_without_a_reason() -> None:
    with pytest.raises(NotFound, match="is not held"):
        check_reveal(replace(HELD, deliveries=a_transfer(D.DELIVERED).deliveries), REVEAL)
    with pytest.raises(NotPermitted, match="party to"):
        check_reveal(HELD, replace(REVEAL, officer_address="staff@council.example"))
    with pytest.raises(NotPermitted, match="needs a reason"):
        check_reveal(HELD, replace(REVEAL, reason=" "))


def failed(about: str, **more: object) -> Notice:
    notice = Notice(
        id="n-1", about=about, to="staff@council.example", subject="s", object_id="o", state=NoticeState.FAILED,
        deliveries=("d-1",),
    )  # fmt: skip
    return replace(notice, **more)  # type: ignore[arg-type]


RESEND = replace(REVEAL, act=Act.RESEND, found=None, notice="n-1", reason="the mail server is mended")


def with_notice(notice: Notice) -> Transfer:
    told = replace(HELD.deliveries[0], told=D.HELD, delay_told=True, roles_told=frozenset({"held:dpo", "held:siro"}))
    return replace(HELD.with_delivery(told), notices=(notice,))


def test_a_notice_that_failed_is_written_anew_and_nobody_else_s_is() -> None:
    assert told_again(with_notice(failed("held")), RESEND).deliveries[0].told is None
    assert not told_again(with_notice(failed("late")), RESEND).deliveries[0].delay_told
    to_a_role = told_again(with_notice(failed("tell:dpo")), RESEND).deliveries[0]
    assert (to_a_role.roles_told, to_a_role.told) == (frozenset({"held:siro"}), D.HELD)


@pytest.mark.parametrize("state", [NoticeState.SENT, NoticeState.WAITING])
def test_what_did_not_fail_is_not_told_twice(state: NoticeState) -> None:
    with pytest.raises(NotFound, match="no notice n-1"):
        told_again(with_notice(failed("held", state=state)), RESEND)


def test_a_passphrase_and_what_is_over_are_not_told_again() -> None:
    with pytest.raises(NotPermitted, match="told once"):
        told_again(with_notice(failed("passphrase:sms")), RESEND)
    with pytest.raises(NotPermitted, match="is over"):
        told_again(replace(with_notice(failed("held")), state=TransferState.FINISHED), RESEND)


def found_in(name: str, *, where: Where = Where.BODY, part: str = "", message: bool = False) -> Transfer:
    finding = replace(a_finding(), part=part or name, where=where)
    parts = (Part(name=name, object_id="o", size=1, sha256=""),)
    return replace(HELD, parts=parts, message=message, inspection=an_inspection(findings=(finding,)))


@pytest.mark.parametrize(
    ("transfer", "why"),
    [
        (found_in("list.csv"), ""),
        (found_in("NOTE.TXT"), ""),
        (found_in("plan.docx"), "other formats"),
        (found_in("list.csv", where=Where.PROPERTY), "outside the text"),
        (found_in("mail.eml", message=True), ""),
        (found_in("mail.eml", part="mail.eml/1/body.html", message=True), ""),
        (found_in("mail.eml", part="mail.eml/2/plan.docx", message=True), "in an attachment"),
        (found_in("mail.eml", where=Where.SUBJECT, message=True), "in the header"),
        (replace(HELD, inspection=None), "not read yet"),
        (replace(HELD, inspection=an_inspection(findings=(FOUND,), gaps=(GapKind.ENCRYPTED,))), "not read as a whole"),
        (replace(HELD, inspection=an_inspection(findings=(a_finding(confidence=0.2),))), "nothing was found"),
    ],
)  # fmt: skip
def test_it_is_said_before_whether_it_can_be_masked(transfer: Transfer, why: str) -> None:
    said = why_not(transfer)
    assert why in said
    assert bool(said) == bool(why)
