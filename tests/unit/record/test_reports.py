"""Who is told of what, as the sender wanted it (RFC 3461), and what programs read of it (RFC 3464)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model.lifecycle import DeliveryState
from gateway.model.record import PREVIEW, RECALLED
from gateway.model.report import Action, Report, Reported
from gateway.model.transfer import Notice, Origin, Receipt, Reply, Transfer
from gateway.model.verdict import Obligation, Outcome
from gateway.record.letter import Told
from gateway.record.manner import Manner
from gateway.record.notices import Ways, notices_due
from gateway.record.reports import from_xtext, report_of
from gateway.testing.values import NOON, a_sealed, a_transfer, a_verdict

D = DeliveryState
DAYS: Final = timedelta(days=5)
HOURS: Final = timedelta(hours=1)
GONE: Final = Reply(host="mx.partner.example", code=550, enhanced="5.1.1", text="no such mailbox")
LATER: Final = Reply(host="mx.partner.example", code=451, text="try later")


def by_mail(*states: DeliveryState, **changes: object) -> Transfer:
    transfer = replace(a_transfer(*states, verdict=a_verdict(Outcome.QUARANTINE)), origin=Origin.MAIL)
    for delivery in transfer.deliveries:
        transfer = transfer.with_delivery(replace(delivery, **changes))  # type: ignore[arg-type]
    return transfer


def told(transfer: Transfer, ways: Ways | None = None) -> list[Told]:
    return list(notices_due(transfer, help_contact="it@council.example", secret=lambda _: "a-b-c", ways=ways or Ways()))


def report(transfer: Transfer, about: str) -> Report | None:
    names = tuple(each.id for each in transfer.deliveries)
    notice = Notice(id="n-1", about=about, to=transfer.sender, subject="", object_id="o-1", deliveries=names)
    return report_of(transfer, notice, give_up_after=DAYS)


def the_only(found: Report | None) -> Reported:
    assert found is not None
    (recipient,) = found.recipients
    return recipient


@pytest.mark.parametrize(
    ("notify", "are_told"),
    [
        ("", "undeliverable late"),
        ("NEVER", ""),
        ("FAILURE", "undeliverable"),
        ("DELAY", "late"),
        ("SUCCESS", "delivered"),
        ("FAILURE DELAY", "undeliverable late"),
        ("SUCCESS FAILURE DELAY", "undeliverable late delivered"),
    ],
)
def test_of_what_happens_on_the_way_a_sender_is_told_what_they_wanted(notify: str, are_told: str) -> None:
    words = frozenset(notify.split())
    failed = by_mail(D.UNDELIVERABLE, notify=words, trouble="550 no such mailbox")
    waits = by_mail(D.SEALED, notify=words, attempts=3, due=NOON + HOURS, begun=NOON - 5 * HOURS)
    gone = by_mail(D.DELIVERED, notify=words, sealed=a_sealed())
    late = Manner().ways(waits, now=NOON, give_up_after=DAYS)
    assert [each.about for each in (*told(failed), *told(waits, late), *told(gone))] == are_told.split()


@pytest.mark.parametrize("notify", ["NEVER", "SUCCESS", "DELAY"])
@pytest.mark.parametrize("state", [D.HELD, D.REFUSED])
def test_what_policy_did_is_told_whatever_was_wanted(state: DeliveryState, notify: str) -> None:
    assert [each.about for each in told(by_mail(state, notify=frozenset({notify})))] == [str(state)]
    recalled = by_mail(D.REFUSED, notify=frozenset({notify}), trouble=RECALLED)
    assert [each.about for each in told(recalled)] == ["recalled"]


def test_only_those_of_several_who_want_it_are_in_the_notice() -> None:
    transfer = by_mail(D.UNDELIVERABLE, D.UNDELIVERABLE, trouble="550 no")
    transfer = transfer.with_delivery(replace(transfer.deliveries[0], notify=frozenset({"NEVER"})))
    (notice,) = told(transfer)
    assert notice.deliveries == ("d-2",)
    assert "friend1" not in notice.text


def test_a_passphrase_is_told_whatever_was_wanted() -> None:
    gone = by_mail(D.DELIVERED, notify=frozenset({"NEVER"}), sealed=a_sealed(secret="o-7"))
    assert "a-b-c" in told(gone)[0].text


def test_where_the_next_server_reports_success_we_do_not() -> None:
    receipt = Receipt(channel="internet", at=NOON, answer="250 ok", dsn=True)
    gone = by_mail(D.DELIVERED, notify=frozenset({"SUCCESS"}), sealed=a_sealed(), receipt=receipt)
    assert told(gone) == []
    ours = gone.with_delivery(replace(gone.deliveries[0], receipt=replace(receipt, dsn=False)))
    assert [each.about for each in told(ours)] == ["delivered"]


def test_who_was_told_that_it_is_held_is_told_that_it_went() -> None:
    gone = by_mail(D.DELIVERED, sealed=a_sealed())
    assert told(gone) == [], "mail that went as it was needs no word"
    held = Notice(id="n-1", about="held", to=gone.sender, subject="", object_id="o-1", deliveries=("d-1",))
    assert [each.about for each in told(replace(gone, notices=(held,)))] == ["delivered"]
    other = replace(held, deliveries=("d-2",))
    assert told(replace(gone, notices=(other,))) == []


def test_a_machine_is_told_the_end_and_not_that_it_waits() -> None:
    for state, about in ((D.HELD, []), (D.REFUSED, ["refused"]), (D.UNDELIVERABLE, ["undeliverable"])):
        assert [each.about for each in told(replace(by_mail(state), automatic=True))] == about
    late = by_mail(D.SEALED, attempts=3, due=NOON + HOURS, begun=NOON - 5 * HOURS)
    assert not list(Manner().times(replace(late, automatic=True)))


def test_a_failure_is_reported_as_the_server_said_it() -> None:
    failed = by_mail(D.UNDELIVERABLE, reply=GONE, original="rfc822;friend+2B1@partner.example", attempts=1)
    found = report(replace(failed, envelope_id="a+2Bb"), "undeliverable")
    assert found is not None
    assert (found.envelope_id, found.arrived) == ("a+b", NOON)
    recipient = the_only(found)
    assert (recipient.action, recipient.status, recipient.reply) == (Action.FAILED, "5.1.1", GONE)
    assert recipient.original == "rfc822;friend+1@partner.example"


@pytest.mark.parametrize(
    ("reply", "attempts", "status"),
    [
        (Reply(host="h", code=554), 1, "5.0.0"),
        (LATER, 30, "4.0.0"),
        (None, 30, "4.4.7"),
        (None, 1, "5.0.0"),
    ],
)
def test_a_failure_without_a_code_of_its_own_has_one_all_the_same(
    reply: Reply | None, attempts: int, status: str
) -> None:
    assert the_only(report(by_mail(D.UNDELIVERABLE, reply=reply, attempts=attempts), "undeliverable")).status == status


@pytest.mark.parametrize(("status", "attempts"), [("5.1.2", 1), ("5.1.10", 30)])
def test_why_no_server_could_be_asked_is_reported_as_dns_has_it(status: str, attempts: int) -> None:
    failed = by_mail(D.UNDELIVERABLE, status=status, attempts=attempts)
    assert the_only(report(failed, "undeliverable")).status == status
    said = by_mail(D.UNDELIVERABLE, status=status, attempts=attempts, reply=GONE)
    assert the_only(report(said, "undeliverable")).status == "5.1.1"


def test_a_refusal_of_policy_names_its_rules_and_no_content() -> None:
    recipient = the_only(report(by_mail(D.REFUSED), "refused"))
    assert (recipient.action, recipient.status, recipient.reply) == (Action.FAILED, "5.7.1", None)
    assert recipient.diagnosis == "refused by a-rule"


def test_a_delay_is_reported_with_until_when_it_is_tried() -> None:
    late = by_mail(D.SEALED, attempts=3, due=NOON + HOURS, begun=NOON - 5 * HOURS, reply=LATER)
    recipient = the_only(report(late, "late"))
    assert (recipient.action, recipient.status) == (Action.DELAYED, "4.0.0")
    assert recipient.retry_until == NOON - 5 * HOURS + DAYS
    gone_since = late.with_delivery(replace(late.deliveries[0], state=D.DELIVERED, reply=GONE))
    assert the_only(report(gone_since, "late")).status == "4.4.1", "what was said since is not of then"


def test_success_is_relayed_by_mail_and_delivered_into_a_folder() -> None:
    receipt = Receipt(channel="internet", at=NOON, answer="250 ok")
    wanted = frozenset({"SUCCESS"})
    by_server = by_mail(D.DELIVERED, notify=wanted, receipt=receipt, reply=Reply(host="h", code=250))
    assert the_only(report(by_server, "delivered")).action is Action.RELAYED
    into_folder = by_mail(D.DELIVERED, notify=wanted, receipt=receipt)
    assert the_only(report(into_folder, "delivered")).action is Action.DELIVERED
    unasked = by_mail(D.DELIVERED, receipt=receipt)
    assert report(unasked, "delivered") is None


@pytest.mark.parametrize("about", ["held", "waiting", "recalled", "preview", "tell:dpo"])
def test_what_is_no_failure_and_no_delay_has_no_report(about: str) -> None:
    assert report(by_mail(D.HELD), about) is None


def test_folders_have_no_reports() -> None:
    assert report(replace(by_mail(D.UNDELIVERABLE), origin=Origin.FOLDER), "undeliverable") is None


@given(st.text(max_size=700))
def test_what_a_client_wrote_cannot_end_a_line(said: str) -> None:
    read = from_xtext(said)
    assert len(read) <= 500
    assert all(" " <= each <= "~" for each in read)


def test_xtext_is_decoded_and_line_ends_in_it_are_not() -> None:
    assert from_xtext("rfc822;Bob+2B+3Dx@b.example") == "rfc822;Bob+=x@b.example"
    assert from_xtext("x+0D+0ABcc:+20y") == "xBcc: y"


def test_a_delay_is_told_once_and_in_time() -> None:
    late = by_mail(D.SEALED, attempts=1, due=NOON + HOURS, begun=NOON)
    manner = Manner(late_after=4 * HOURS)
    assert list(manner.times(late)) == [NOON + 4 * HOURS]
    assert not manner.ways(late, now=NOON + 3 * HOURS, give_up_after=DAYS).late
    ways = manner.ways(late, now=NOON + 4 * HOURS, give_up_after=DAYS)
    assert ways.late == {"d-1": NOON + DAYS}
    (notice,) = told(late, ways)
    assert (notice.about, notice.deliveries) == ("late", ("d-1",))
    assert "goes on trying until 27 November 2026 at 12:00 UTC" in notice.text
    known = late.with_delivery(replace(late.deliveries[0], delay_told=True))
    assert not list(manner.times(known))


@pytest.mark.parametrize("changes", [{"attempts": 0}, {"due": None}, {"state": D.HELD}, {"begun": None}])
def test_what_was_never_tried_or_does_not_wait_is_not_late(changes: dict[str, object]) -> None:
    late = by_mail(D.SEALED, attempts=1, due=NOON + HOURS, begun=NOON)
    other = late.with_delivery(replace(late.deliveries[0], **changes))  # type: ignore[arg-type]
    assert not list(Manner().times(other))


def test_nobody_is_told_of_a_delay_of_a_null_sender() -> None:
    late = by_mail(D.SEALED, attempts=1, due=NOON + HOURS, begun=NOON)
    assert not list(Manner().times(replace(late, sender="")))


def test_a_question_is_answered_once_for_all_recipients_and_says_that_nothing_was_sent() -> None:
    asked = replace(by_mail(D.REFUSED, D.REFUSED, trouble=PREVIEW), preview=True)
    goes = a_verdict(Outcome.DELIVER, Obligation.SEAL_AES256, says="personal data is sealed")
    asked = asked.with_delivery(replace(asked.deliveries[0], verdict=goes))
    (notice,) = told(asked)
    assert notice.about == "preview"
    assert notice.deliveries == ("d-1", "d-2")
    assert "Nothing was sent to anybody" in notice.text
    assert "friend1@partner.example: it would be sent" in notice.text
    assert "must be: seal:aes256" in notice.text
    assert "personal data is sealed (rule a-rule)" in notice.text
    assert "friend2@partner.example: it would be held" in notice.text
    assert "it would be sent if it bore no marking" in notice.text
    half = asked.with_delivery(replace(asked.deliveries[1], state=D.UNDECIDED, verdict=None, trouble=""))
    assert told(half) == []
    failed = asked.with_delivery(replace(asked.deliveries[1], verdict=None, trouble="the gateway failed"))
    assert "the gateway failed" in told(failed)[0].text
