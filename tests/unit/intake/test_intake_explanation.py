"""Why something is sent, and what the person concerned said: read, kept on one line, never part of what is sent."""

from __future__ import annotations

import email
import email.policy
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import NotAccepted
from gateway.intake import Arrival
from gateway.intake.beside import Beside
from gateway.intake.door import MainDoor, received
from gateway.intake.explanation import (
    MOST_BYTES,
    Explanation,
    checked_consent,
    checked_reason,
    read_reason,
    take_out,
)
from gateway.intake.folder import ALONE, NO_REASON
from gateway.intake.ready import NO_BESIDE, ONLY_BESIDE
from gateway.model.facts import Consent
from gateway.model.transfer import Origin
from gateway.testing.values import SteppingClock
from tests.unit.intake.test_intake_folder import Crash, House, crash_at


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "outbound")


# --- words -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (["agreed at the panel"], "agreed at the panel"),
        (["  two\r\n lines\t here "], "two lines here"),
        (["one", "two", "one"], "one two"),
        (["a\x00b\x1b[31mc\u202ed\u2028e"], "a b [31mcd e"),
        (["caf\u00e9"], "caf\u00e9"),
        ([], ""),
        ([""], ""),
        ([" \t\r\n\u00a0\u200b"], ""),
        (["-", "..."], ""),
        (["x" * 1000], "x" * 1000),
    ],
)
def test_a_reason_is_one_line_and_nothing_is_none(said: list[str], reason: str) -> None:
    assert checked_reason(said) == reason


def test_a_reason_that_no_entry_can_hold_is_refused_without_quoting_it() -> None:
    with pytest.raises(NotAccepted, match="longer than 1000") as caught:
        checked_reason(["secret " * 200])
    assert "secret" not in str(caught.value)


@given(st.lists(st.text(max_size=100), max_size=4))
def test_whatever_is_said_stays_on_one_line(said: list[str]) -> None:
    reason = checked_reason(said)
    assert reason == " ".join(reason.split())
    assert reason.isprintable()
    assert checked_reason([reason]) == reason


@pytest.mark.parametrize("word", Consent)
def test_consent_is_one_word_in_any_case(word: Consent) -> None:
    assert checked_consent([f" {word.value.upper()} ", word.value]) == word


@pytest.mark.parametrize("said", [["yes"], ["given", "refused"], ["given."], ["not given"]])
def test_a_word_that_is_not_understood_is_no_consent(said: list[str]) -> None:
    with pytest.raises(NotAccepted, match="not understood"):
        checked_consent(said)


def test_nothing_said_is_nothing() -> None:
    assert checked_consent([]) == checked_consent(["", "  "]) == ""


@pytest.mark.parametrize("raw", [b"caf\xe9", b"\xff\xfe\x00", b"x" * 1001, b"x" * (MOST_BYTES + 1)])
def test_what_is_no_file_of_a_reason_is_said(raw: bytes) -> None:
    with pytest.raises(NotAccepted):
        read_reason(raw)


def test_a_file_may_be_what_notepad_writes() -> None:
    assert read_reason(b"\xef\xbb\xbfcaf\xc3\xa9\r\nagreed") == "caf\u00e9 agreed"
    assert read_reason("caf\u00e9\r\nagreed".encode("utf-16")) == "caf\u00e9 agreed"


# --- mail --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (b"X-Transfer-Reason: agreed\r\n", Explanation(reason="agreed")),
        (b"x-transfer-REASON :\r\n agreed\r\n\tby all\r\n", Explanation(reason="agreed by all")),
        (b"X-Transfer-Reason: =?utf-8?q?caf=C3=A9=0D=0ABcc:_x?=\r\n", Explanation(reason="caf\u00e9 Bcc: x")),
        (b"X-Transfer-Reason: one\r\nX-Transfer-Reason: two\r\n", Explanation(reason="one two")),
        (b"X-Transfer-Reason:\r\n", Explanation()),
        (b"X-Transfer-Consent: Given\r\n", Explanation(consent="given")),
        (b"X-Transfer-Consent: refused\r\nX-Transfer-Reason: a\r\n", Explanation(reason="a", consent="refused")),
    ],
)  # fmt: skip
@pytest.mark.parametrize("after", [b"\r\nX-Transfer-Reason: in the body\r\n", b"Subject: x\r\n\r\n", b""])
def test_what_a_mail_says_is_taken_out_and_nothing_else_changes(fields: bytes, said: Explanation, after: bytes) -> None:
    assert take_out(b"From: a@b\r\n" + fields + after) == (b"From: a@b\r\n" + after, said)


LINES = st.lists(
    st.sampled_from(
        [b"X-Transfer-Reason: s\r\n", b"X-Transfer-Consent: given\r\n", b" folded\r\n", b"\r\n", b"none\r\n", b"body"]
    ),
    max_size=8,
).map(b"".join)  # fmt: skip


@given(LINES)
def test_no_reader_sees_these_fields_in_what_is_sent(message: bytes) -> None:
    try:
        sent, _ = take_out(message)
    except NotAccepted:
        return
    parsed = email.message_from_bytes(sent, policy=email.policy.compat32)
    assert parsed["X-Transfer-Reason"] is None
    assert parsed["X-Transfer-Consent"] is None
    assert take_out(sent) == (sent, Explanation())


# --- the front door ----------------------------------------------------------------------------------------------


def test_what_was_said_is_kept_with_the_transfer_and_in_its_first_entry(house: House) -> None:
    door = MainDoor(house.transfers, house.vault, SteppingClock())
    arrival = Arrival(
        origin=Origin.COMMAND, sender="a@b.example", recipients=("c@d.example",), parts=[("x", io.BytesIO(b"x"))],
        reason="agreed\r\nat the panel", consent="GIVEN",
    )  # fmt: skip
    transfer = door.admit(arrival)
    assert (transfer.reason, transfer.consent) == ("agreed at the panel", "given")
    facts = received(transfer).facts
    assert (facts["reason"], facts["consent"]) == ("agreed at the panel", "given")


@pytest.mark.parametrize("said", [{"reason": "x" * 1001}, {"consent": "perhaps"}])
def test_what_cannot_be_kept_is_not_accepted_and_leaves_nothing(house: House, said: dict[str, str]) -> None:
    door = MainDoor(house.transfers, house.vault, SteppingClock())
    arrival = Arrival(
        origin=Origin.COMMAND, sender="a@b.example", recipients=("c@d.example",), parts=[("x", io.BytesIO(b"x"))],
        **said,  # type: ignore[arg-type]
    )  # fmt: skip
    with pytest.raises(NotAccepted):
        door.admit(arrival)
    assert not house.vault.kept


# --- the outbound folder -----------------------------------------------------------------------------------------


def test_a_reason_beside_a_file_goes_with_it_and_is_not_sent(house: House) -> None:
    house.drop("nhsmail/plan.docx")
    house.drop("nhsmail/plan.docx.reason", b"agreed at\nthe panel\n")
    house.drop("nhsmail/plan.docx.passwords", b"a quetzal\n")
    [transfer] = house.settle()
    assert house.contents(transfer) == {"plan.docx": b"content"}
    assert transfer.reason == "agreed at the panel"
    assert transfer.passwords_object_id
    assert house.is_empty()
    assert not house.reports


def test_reasons_within_a_folder_are_not_sent_either(house: House) -> None:
    house.drop("nhsmail/case/a.docx", b"a")
    house.drop("nhsmail/case/a.docx.Reason", b"one")
    house.drop("nhsmail/case.reason", b"two")
    [transfer] = house.settle()
    assert house.contents(transfer) == {"case/a.docx": b"a"}
    assert transfer.reason == "two one"
    assert house.is_empty()


def test_an_empty_reason_is_none(house: House) -> None:
    house.drop("nhsmail/plan.docx")
    house.drop("nhsmail/plan.docx.reason", b" \n")
    [transfer] = house.settle()
    assert transfer.reason == ""
    assert house.is_empty()


def test_a_reason_alone_is_reported_and_never_sent(house: House) -> None:
    path = house.drop("nhsmail/plan.docx.reason", b"agreed")
    assert house.settle() == ()
    assert house.settle() == ()
    assert house.reports == [("nhsmail/plan.docx.reason", ALONE[Beside.REASON])]
    assert path.exists()


def test_a_folder_of_reasons_alone_is_reported_and_stays(house: House) -> None:
    house.drop("nhsmail/case/a.reason", b"x")
    house.drop("nhsmail/case/a.passwords", b"x")
    assert house.settle() == ()
    assert house.reports == [("nhsmail/case", ONLY_BESIDE)]


def test_a_reason_that_cannot_be_read_keeps_the_file_where_it_is(house: House) -> None:
    both = [house.drop("nhsmail/plan.docx"), house.drop("nhsmail/plan.docx.reason", b"caf\xe9")]
    assert house.settle() == ()
    assert house.reports == [("nhsmail/plan.docx", NO_REASON)]
    assert all(path.exists() for path in both)
    assert not house.claims()
    assert not house.vault.kept


def test_a_link_in_the_place_of_a_reason_is_reported(house: House) -> None:
    path = house.drop("nhsmail/plan.docx")
    path.with_name("plan.docx.reason").symlink_to(path)
    assert house.settle() == ()
    assert house.reports == [("nhsmail/plan.docx", NO_BESIDE[Beside.REASON])]


@pytest.mark.parametrize(
    "where", ["before the move", "between the moves", "before the commit", "after the commit", "at the removal"]
)
@pytest.mark.parametrize("moves", [1, 2])
def test_a_crash_anywhere_parts_no_file_from_what_stands_beside_it(
    house: House, where: str, moves: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.drop("nhsmail/plan.zip")
    house.drop("nhsmail/plan.zip.passwords", b"a quetzal\n")
    house.drop("nhsmail/plan.zip.reason", b"agreed\n")
    house.door.scan()
    house.clock.move(11)
    with monkeypatch.context() as patch:
        if where == "between the moves":
            move = Path.rename
            moved: list[Path] = []

            def some(path: Path, target: Path) -> Path:
                if len(moved) == moves:
                    raise Crash
                moved.append(path)
                return move(path, target)

            patch.setattr("gateway.intake.claim.Path.rename", some)
        else:
            crash_at(house, where, patch)
        with pytest.raises(Crash):
            house.door.scan()
    house.transfers.failure = None
    house.door = house.open_door()
    house.settle()
    house.settle()
    [transfer] = house.transfers.kept.values()
    assert house.contents(transfer) == {"plan.zip": b"content"}
    assert transfer.reason == "agreed"
    assert transfer.passwords_object_id
    assert house.is_empty()
