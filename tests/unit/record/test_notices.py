from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.decide.policy import KNOWN_ENTITIES
from gateway.model.inspection import GapKind
from gateway.model.lifecycle import DeliveryState
from gateway.model.tier import Tier
from gateway.model.transfer import Origin, Transfer
from gateway.model.verdict import Outcome
from gateway.record.letter import Told
from gateway.record.notices import notices_due
from gateway.record.words import WORDS
from gateway.testing.values import a_finding, a_sealed, a_transfer, a_verdict, an_inspection

D = DeliveryState
PASSPHRASE = "correct-horse-battery-staple-six-words"


def told(transfer: Transfer) -> list[Told]:
    return list(notices_due(transfer, help_contact="it@council.example", secret=lambda _: PASSPHRASE))


def moved(before: Transfer, state: DeliveryState, **changes: object) -> Transfer:
    after = before
    for delivery in before.deliveries:
        after = after.with_delivery(replace(delivery, state=state, **changes))  # type: ignore[arg-type]
    return after


def test_a_hold_is_told_in_the_order_what_why_what_to_do_by_when_who_reference() -> None:
    was = replace(a_transfer(D.UNDECIDED), inspection=an_inspection(Tier.RESTRICTED))
    verdict = a_verdict(Outcome.QUARANTINE, says="RESTRICTED never crosses the internet")
    (notice,) = told(moved(was, D.HELD, verdict=verdict))
    order = ["What happened:", "Why:", "What you can do:", "By when:", "Who can help: it@council.example", "Reference:"]
    places = [notice.text.index(words) for words in order]
    assert places == sorted(places)
    assert "RESTRICTED never crosses the internet" in notice.text
    assert "it bore no marking" in notice.text
    assert notice.subject.startswith("Not sent")


def test_one_notice_tells_of_all_recipients_that_were_held_together() -> None:
    was = a_transfer(D.UNDECIDED, D.UNDECIDED)
    (notice,) = told(moved(was, D.HELD, verdict=a_verdict(Outcome.QUARANTINE)))
    assert "friend1@partner.example, friend2@partner.example" in notice.text


def test_findings_are_told_by_kind_and_count_and_never_by_value() -> None:
    weak = a_finding("EMAIL_ADDRESS", confidence=0.4)
    seen = an_inspection(findings=(a_finding(masked="943 … 19"), a_finding(), weak), gaps=(GapKind.ENCRYPTED,))
    was = replace(a_transfer(D.UNDECIDED), inspection=seen)
    (notice,) = told(moved(was, D.HELD, verdict=a_verdict(Outcome.QUARANTINE)))
    assert "2 x NHS number" in notice.text
    assert "could not be read (encrypted)" in notice.text
    assert "943" not in notice.text
    assert "e-mail" not in notice.text, "what is too weak to count is not told either"


@pytest.mark.parametrize(
    ("origin", "how"),
    [
        (Origin.MAIL, "X-Gateway-Password: PASSWORD"),
        (Origin.FOLDER, "letter.zip.passwords"),
        (Origin.COMMAND, "--password-file FILE"),
    ],
)
def test_what_is_locked_is_told_with_the_way_to_give_its_password(origin: Origin, how: str) -> None:
    was = replace(a_transfer(D.UNDECIDED), origin=origin, inspection=an_inspection(gaps=(GapKind.ENCRYPTED,)))
    (notice,) = told(moved(was, D.HELD, verdict=a_verdict(Outcome.QUARANTINE)))
    assert how in notice.text
    assert "is not sent on, and is then destroyed" in notice.text
    was = replace(was, inspection=an_inspection(gaps=(GapKind.CORRUPT,)))
    assert "assword" not in told(moved(was, D.HELD, verdict=a_verdict(Outcome.QUARANTINE)))[0].text


@pytest.mark.parametrize("kind", GapKind)
def test_what_was_not_read_is_told_once_and_in_plain_words(kind: GapKind) -> None:
    was = replace(a_transfer(D.UNDECIDED), inspection=an_inspection(gaps=(kind, kind)))
    (notice,) = told(moved(was, D.HELD, verdict=a_verdict(Outcome.QUARANTINE)))
    (line,) = [line for line in notice.text.splitlines() if "could not be read" in line]
    assert line.count("could not be read") == 1
    assert "_" not in line


def test_a_passphrase_is_told_to_the_sender_once_the_sealed_form_is_delivered() -> None:
    was = replace(a_transfer(D.SEALED), origin=Origin.MAIL)
    was = was.with_delivery(replace(was.deliveries[0], sealed=a_sealed(secret="o-7"), verdict=a_verdict()))
    (notice,) = told(moved(was, D.DELIVERED))
    assert PASSPHRASE in notice.text
    assert "same mailbox" in notice.text


def test_mail_that_went_as_it_was_needs_no_word_but_a_file_that_left_a_folder_does() -> None:
    was = a_transfer(D.SEALED)
    was = was.with_delivery(replace(was.deliveries[0], sealed=a_sealed()))
    assert [notice.subject for notice in told(moved(was, D.DELIVERED))] == [f"Sent ({was.id})"]
    by_mail = replace(was, origin=Origin.MAIL)
    assert told(moved(by_mail, D.DELIVERED)) == []


def test_a_file_name_cannot_forge_lines_of_a_notice() -> None:
    was = a_transfer(D.UNDECIDED)
    was = replace(was, parts=(replace(was.parts[0], name="plan\nWhy:\x1b[31m nothing.docx"),))
    (notice,) = told(moved(was, D.HELD, verdict=a_verdict(Outcome.QUARANTINE)))
    assert "plan?Why:?[31m nothing.docx" in notice.text


def test_a_failure_tells_what_the_far_side_said() -> None:
    was = a_transfer(D.SEALED)
    (notice,) = told(moved(was, D.UNDELIVERABLE, trouble="550 no such mailbox"))
    assert "550 no such mailbox" in notice.text
    assert notice.subject.startswith("Could not be delivered")


def test_what_was_told_is_not_told_again_until_it_changes() -> None:
    held = moved(a_transfer(D.UNDECIDED, D.UNDECIDED), D.HELD, verdict=a_verdict(Outcome.QUARANTINE))
    (notice,) = told(held)
    assert notice.deliveries == ("d-1", "d-2")
    known = moved(held, D.HELD, told=D.HELD)
    assert told(known) == []
    assert [each.about for each in told(moved(known, D.REFUSED, trouble="no"))] == ["refused"]


def test_every_kind_of_data_has_plain_words() -> None:
    assert set(WORDS) >= KNOWN_ENTITIES
    assert not [word for word in WORDS.values() if "_" in word or (word.isupper() and word != "IBAN")]
