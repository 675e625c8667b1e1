from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.model.lifecycle import DELIVERY_MOVES, TRANSFER_MOVES, DeliveryState, NoticeState, TransferState
from gateway.model.record import Event
from gateway.model.transfer import Notice, Receipt, Release
from gateway.model.verdict import Obligation, Outcome
from gateway.record.entries import DELIVERY_EVENTS, TRANSFER_EVENTS, entries_between
from gateway.testing.values import NOON, a_finding, a_sealed, a_transfer, a_verdict, an_inspection

D, T = DeliveryState, TransferState


@pytest.mark.parametrize(
    ("before", "after"), [(start, end) for start, moves in DELIVERY_MOVES.items() for end in moves.values()]
)
def test_every_move_of_a_delivery_leaves_an_entry(before: DeliveryState, after: DeliveryState) -> None:
    was = a_transfer(before)
    entries = entries_between(was, was.with_delivery(replace(was.deliveries[0], state=after)), NOON)
    unproved = (before, after) == (D.SEALED, D.UNDECIDED)
    assert [entry.event for entry in entries] == [Event.DELIVERY_UNPROVED if unproved else DELIVERY_EVENTS[after]]
    assert entries[0].delivery_id == "d-1"
    assert entries[0].facts["recipient"] == "friend1@partner.example"


def test_every_move_of_a_transfer_but_deciding_and_destroying_leaves_an_entry_of_its_own() -> None:
    reached = {end for moves in TRANSFER_MOVES.values() for end in moves.values()}
    # deciding leaves one entry per recipient instead; destruction comes with the retention schedule
    assert reached - set(TRANSFER_EVENTS) == {T.DECIDED, T.DESTROYED}


def test_a_reason_is_recorded_as_its_senders_and_as_no_release() -> None:
    was = a_transfer(D.HELD, D.HELD)
    again = was.with_delivery(replace(was.deliveries[0], state=D.UNDECIDED))
    (entry,) = entries_between(was, replace(again, reason="the court asks for it"), NOON)
    assert (entry.event, entry.delivery_id) == (Event.REASON_GIVEN, "d-1")
    assert entry.facts == {
        "recipient": "friend1@partner.example",
        "sender": "staff@council.example",
        "reason": "the court asks for it",
    }


def test_nothing_changed_leaves_nothing() -> None:
    assert entries_between(a_transfer(), a_transfer(), NOON) == ()


def test_an_inspection_is_recorded_in_counts() -> None:
    was = a_transfer(state=T.RECEIVED)
    seen = an_inspection(findings=(a_finding(), a_finding()))
    (entry,) = entries_between(was, replace(was, state=T.INSPECTED, inspection=seen), NOON)
    assert entry.event is Event.TRANSFER_INSPECTED
    assert entry.facts["findings"] == {"NHS_NUMBER": 2}
    assert "943" not in str(entry)


def test_a_verdict_is_recorded_with_its_rules_and_policy() -> None:
    was = a_transfer(D.UNDECIDED)
    verdict = a_verdict(Outcome.DELIVER, Obligation.SEAL_AES256)
    (entry,) = entries_between(
        was, was.with_delivery(replace(was.deliveries[0], state=D.CLEARED, verdict=verdict)), NOON
    )
    assert entry.event is Event.DELIVERY_CLEARED
    assert entry.facts["rules"] == ["a-rule"]
    assert entry.facts["obligations"] == ["seal:aes256"]
    assert entry.facts["policy"] == "0" * 64


def test_a_seal_is_recorded_with_its_evidence_and_without_its_passphrase() -> None:
    was = a_transfer(D.CLEARED)
    sealed = a_sealed(secret="o-secret")
    (entry,) = entries_between(was, was.with_delivery(replace(was.deliveries[0], state=D.SEALED, sealed=sealed)), NOON)
    assert entry.facts["verified_by"] == "7z"
    assert "o-secret" not in str(entry)


def test_thousands_of_sealed_parts_fit_into_an_entry() -> None:
    was = a_transfer(D.CLEARED)
    many = replace(a_sealed(), parts=a_sealed().parts * 5000)
    (entry,) = entries_between(was, was.with_delivery(replace(was.deliveries[0], state=D.SEALED, sealed=many)), NOON)
    assert (entry.facts["parts"], entry.facts["size"]) == (5000, 45_000)
    assert len(str(entry)) < 10_000


def test_a_release_is_recorded_with_who_and_why() -> None:
    was = a_transfer(D.HELD)
    first = Release(officer="First Officer", reason="looked", at=NOON)
    second = Release(
        officer="Second Officer",
        reason="checked",
        at=NOON,
        address="second@council.example",
        roles=("caldicott-guardian",),
    )
    (entry,) = entries_between(
        was, was.with_delivery(replace(was.deliveries[0], state=D.UNDECIDED, releases=(first, second))), NOON
    )
    assert entry.event is Event.DELIVERY_RELEASED
    assert entry.facts == {
        "recipient": "friend1@partner.example",
        "sender": "staff@council.example",
        "officer": "Second Officer",
        "address": "second@council.example",
        "roles": ["caldicott-guardian"],
        "reason": "checked",
        "approvals": 2,
    }


def test_a_refusal_is_recorded_with_who_and_why() -> None:
    was = a_transfer(D.HELD)
    refusal = Release(officer="First Officer", reason="wrong recipient", at=NOON)
    (entry,) = entries_between(
        was, was.with_delivery(replace(was.deliveries[0], state=D.REFUSED, refusal=refusal)), NOON
    )
    assert entry.event is Event.DELIVERY_REFUSED
    assert (entry.facts["officer"], entry.facts["reason"]) == ("First Officer", "wrong recipient")


def test_attempts_are_recorded_and_one_cut_short_by_a_crash_may_be_a_duplicate() -> None:
    was = a_transfer(D.SEALED)
    begun = was.with_delivery(replace(was.deliveries[0], attempts=1, attempt_open=True))
    again = was.with_delivery(replace(was.deliveries[0], attempts=2, attempt_open=True))
    later = was.with_delivery(replace(was.deliveries[0], attempts=1, trouble="451 busy"))
    (first,) = entries_between(was, begun, NOON)
    (second,) = entries_between(begun, again, NOON)
    (deferred,) = entries_between(begun, later, NOON)
    whose = {"recipient": "friend1@partner.example", "sender": "staff@council.example"}
    assert first.facts == whose | {"attempt": 1, "possibly_duplicate": False}
    assert second.facts == whose | {"attempt": 2, "possibly_duplicate": True}
    assert deferred.event is Event.DELIVERY_DEFERRED
    assert deferred.facts["answer"] == "451 busy"


def test_a_delivery_is_recorded_with_what_the_far_side_answered() -> None:
    was = a_transfer(D.SEALED)
    receipt = Receipt(channel="internet", at=NOON, answer="250 ok queued", tls="TLSv1.3")
    (entry,) = entries_between(
        was, was.with_delivery(replace(was.deliveries[0], state=D.DELIVERED, receipt=receipt)), NOON
    )
    assert (entry.facts["answer"], entry.facts["tls"]) == ("250 ok queued", "TLSv1.3")


@pytest.mark.parametrize(
    ("state", "event"), [(NoticeState.SENT, Event.NOTICE_SENT), (NoticeState.FAILED, Event.NOTICE_FAILED)]
)
def test_a_notice_told_or_failed_leaves_an_entry(state: NoticeState, event: Event) -> None:
    notice = Notice(id="n-1", about="held", to="staff@council.example", subject="Not sent", object_id="o-2")
    was = replace(a_transfer(D.HELD), notices=(notice,))
    (entry,) = entries_between(was, was.with_notice(replace(notice, state=state)), NOON)
    assert entry.event is event


def test_a_finished_transfer_says_how_each_delivery_ended() -> None:
    was = a_transfer(D.DELIVERED, D.REFUSED, D.DELIVERED)
    (entry,) = entries_between(was, replace(was, state=T.FINISHED), NOON)
    assert entry.facts["ended"] == {"delivered": 2, "refused": 1}
