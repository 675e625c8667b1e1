"""Passwords that come with content: read, kept apart, never part of what is sent."""

from __future__ import annotations

import email
import email.policy
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import NotAccepted, StorageFull
from gateway.intake import Arrival
from gateway.intake.beside import Beside, kind_of
from gateway.intake.folder import ALONE, NO_LIST
from gateway.intake.passwords import MOST_BYTES, pack, read_lines, take_out, unpack
from gateway.intake.ready import NO_BESIDE, ONLY_BESIDE
from gateway.model.transfer import Origin, Transfer
from tests.unit.intake.test_intake_folder import Crash, House, crash_at

SECRET = b"a quetzal\n"


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "outbound")


def given_with(house: House, transfer: Transfer) -> tuple[str, ...]:
    """Return the passwords that were kept for a transfer."""
    return unpack(house.vault.read(transfer.passwords_object_id)) if transfer.passwords_object_id else ()


# --- files of passwords ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "passwords"),
    [
        (b"", ()),
        (b"one\ntwo words\r\n\n  three \n", ("one", "two words", "  three ")),
        (b"\xef\xbb\xbfcaf\xc3\xa9", ("caf\u00e9",)),
        ("caf\u00e9\r\nx".encode("utf-16"), ("caf\u00e9", "x")),
        (b"same\nsame\n", ("same",)),
    ],
)
def test_a_file_of_passwords_is_one_a_line(raw: bytes, passwords: tuple[str, ...]) -> None:
    assert read_lines(raw) == passwords


@pytest.mark.parametrize(
    "raw", [b"caf\xe9", b"\xff\xfe\x00", b"\n".join(b"%d" % n for n in range(11)), b"x" * 1001, b"x" * (MOST_BYTES + 1)]
)
def test_what_is_no_file_of_passwords_is_said_without_quoting_it(raw: bytes) -> None:
    with pytest.raises(NotAccepted) as caught:
        read_lines(raw)
    assert "caf" not in str(caught.value)
    assert "xx" not in str(caught.value)
    assert "one a line" in caught.value.hint


@given(st.lists(st.text(max_size=20), max_size=5))
def test_passwords_are_kept_as_they_are(passwords: list[str]) -> None:
    assert unpack(pack(passwords)) == tuple(passwords)


def test_an_arrival_that_is_printed_shows_no_password() -> None:
    arrival = Arrival(origin=Origin.MAIL, sender="a@b.example", recipients=(), parts=(), passwords=("quetzal",))
    assert "quetzal" not in repr(arrival)


# --- mail --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "passwords"),
    [
        (b"X-Gateway-Password: quetzal\r\n", ("quetzal",)),
        (b"x-gateway-PASSWORD : two  words \r\n", ("two  words",)),
        (b"X-Gateway-Password:\r\n  folded\r\n\twords\r\n", ("folded\twords",)),
        (b"X-Gateway-Password: =?utf-8?q?_caf=C3=A9_?=\r\n", (" caf\u00e9 ",)),
        (b"X-Gateway-Password: =?klingon?B?w6l0w6k=?=\r\n", ("=?klingon?B?w6l0w6k=?=",)),
        (b"X-Gateway-Password:\r\n", ()),
        (b"X-Gateway-Password: one\r\nX-Gateway-Password: two\r\n", ("one", "two")),
    ],
)
@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"", b"\r\nbody\r\n"),
        (b"From: a@b\r\n", b"Subject: X-Gateway-Password: no\r\n\r\nX-Gateway-Password: in the body\r\n"),
        (b"Subject: x\r\n folded\r\n", b""),
    ],
)
def test_password_fields_are_taken_out_and_nothing_else_changes(
    before: bytes, after: bytes, field: bytes, passwords: tuple[str, ...]
) -> None:
    assert take_out(before + field + after) == (before + after, passwords)
    first, second = field, b"X-Other: y\r\n"
    assert take_out(before + second + first + after) == (before + second + after, passwords)


@pytest.mark.parametrize("name", [b"X-Gateway-Passwords", b"X-Gateway-Passwor", b"Y-X-Gateway-Password", b"Password"])
def test_other_fields_stay(name: bytes) -> None:
    message = name + b": x\r\n\r\nbody\r\n"
    assert take_out(message) == (message, ())


LINES = st.lists(
    st.sampled_from(
        [b"X-Gateway-Password: s\r\n", b"Subject: x\r\n", b" folded\r\n", b"\r\n", b"no field\r\n", b"body", b": \r\n"]
    ),
    max_size=8,
).map(b"".join)


@given(LINES)
def test_no_reader_sees_a_password_field_in_what_is_sent(message: bytes) -> None:
    sent, _ = take_out(message)
    assert email.message_from_bytes(sent, policy=email.policy.compat32)["X-Gateway-Password"] is None
    assert take_out(sent) == (sent, ())


@pytest.mark.parametrize("field", [b"X-Gateway-Password: %s\r\n" % (b"x" * 1001), b"".join(
    b"X-Gateway-Password: %d\r\n" % n for n in range(11))])  # fmt: skip
def test_too_many_or_too_long_a_password_is_refused(field: bytes) -> None:
    with pytest.raises(NotAccepted):
        take_out(field + b"\r\nbody")


# --- the outbound folder -----------------------------------------------------------------------------------------


def test_passwords_beside_a_file_go_with_it_and_are_not_sent(house: House) -> None:
    house.drop("nhsmail/plan.zip")
    house.drop("nhsmail/plan.zip.passwords", SECRET)
    [transfer] = house.settle()
    assert house.contents(transfer) == {"plan.zip": b"content"}
    assert given_with(house, transfer) == ("a quetzal",)
    assert "quetzal" not in json.dumps([entry.facts for entry in house.transfers.entries], default=str)
    assert house.is_empty()
    assert not house.reports


def test_passwords_beside_and_within_a_folder_go_with_it_and_are_not_sent(house: House) -> None:
    house.drop("nhsmail/case/a.zip", b"a")
    house.drop("nhsmail/case/deep/a.Passwords", b"one\ntwo\n")
    house.drop("nhsmail/case.passwords", b"three\n")
    [transfer] = house.settle()
    assert house.contents(transfer) == {"case/a.zip": b"a"}
    assert given_with(house, transfer) == ("three", "one", "two")
    assert house.is_empty()


def test_a_file_without_passwords_keeps_none(house: House) -> None:
    house.drop("nhsmail/plan.zip")
    [transfer] = house.settle()
    assert transfer.passwords_object_id == ""
    assert len(house.vault.kept) == 1


def test_passwords_that_come_within_the_quiet_time_are_waited_for(house: House) -> None:
    house.drop("nhsmail/plan.zip")
    house.door.scan()
    house.clock.move(9)
    house.drop("nhsmail/plan.zip.passwords", SECRET)
    house.clock.move(2)
    assert house.door.scan() == ()
    house.clock.move(11)
    [transfer] = house.door.scan()
    assert given_with(house, transfer) == ("a quetzal",)


def test_passwords_that_are_still_being_written_are_waited_for(house: House) -> None:
    house.drop("nhsmail/plan.zip")
    path = house.drop("nhsmail/plan.zip.passwords", SECRET)
    with path.open("ab"):
        assert house.settle() == ()
    assert len(house.settle()) == 1


def test_passwords_that_come_late_are_reported_and_not_sent(house: House) -> None:
    house.drop("nhsmail/plan.zip")
    assert len(house.settle()) == 1
    path = house.drop("nhsmail/plan.zip.passwords", SECRET)
    assert house.settle() == ()
    assert house.settle() == ()
    assert house.reports == [("nhsmail/plan.zip.passwords", ALONE[Beside.PASSWORDS])]
    assert path.read_bytes() == SECRET


@pytest.mark.parametrize("name", ["alone.passwords", "plan.zip.PASSWORDS", "x.passwords.passwords"])
def test_passwords_that_belong_to_nothing_are_never_sent(house: House, name: str) -> None:
    house.drop("nhsmail/plan.zip")
    path = house.drop(f"nhsmail/{name}", SECRET)
    [transfer] = house.settle()
    assert house.contents(transfer) == {"plan.zip": b"content"}
    house.settle()
    assert path.exists()
    assert [place for place, why in house.reports if why == ALONE[Beside.PASSWORDS]] == [f"nhsmail/{name}"]


def test_a_folder_of_passwords_alone_is_reported_and_stays(house: House) -> None:
    house.drop("nhsmail/case/a.passwords", SECRET)
    assert house.settle() == ()
    assert house.reports == [("nhsmail/case", ONLY_BESIDE)]


def test_passwords_that_cannot_be_read_keep_the_file_where_it_is(house: House) -> None:
    both = [house.drop("nhsmail/plan.zip"), house.drop("nhsmail/plan.zip.passwords", b"caf\xe9")]
    within = house.drop("nhsmail/case/a.passwords", b"\xff\xff")
    house.drop("nhsmail/case/a.zip")
    assert house.settle() == ()
    assert sorted(house.reports) == [("nhsmail/case", NO_LIST), ("nhsmail/plan.zip", NO_LIST)]
    assert all(path.exists() for path in (*both, within))
    assert not house.claims()
    assert not house.vault.kept


@pytest.mark.parametrize("trap", ["link", "large"])
def test_what_stands_in_the_place_of_passwords_and_is_none_is_reported(house: House, trap: str) -> None:
    path = house.drop("nhsmail/plan.zip")
    beside = path.with_name("plan.zip.passwords")
    if trap == "link":
        beside.symlink_to(path)
    else:
        beside.write_bytes(b"x" * (MOST_BYTES + 1))
    assert house.settle() == ()
    assert house.reports == [("nhsmail/plan.zip", NO_BESIDE[Beside.PASSWORDS])]
    assert path.exists()


def test_a_folder_that_ends_like_passwords_is_a_folder(house: House) -> None:
    house.drop("nhsmail/x")
    house.drop("nhsmail/x.passwords/letter.txt")
    sent = [house.contents(transfer) for transfer in house.settle()]
    assert sent == [{"x": b"content"}, {"x.passwords/letter.txt": b"content"}]


def test_when_there_is_no_room_both_stay(house: House) -> None:
    both = [house.drop("nhsmail/plan.zip"), house.drop("nhsmail/plan.zip.passwords", SECRET)]
    house.vault.failure, house.vault.failing_after = StorageFull("no room"), 1
    assert house.settle() == ()
    assert all(path.exists() for path in both)
    assert not house.vault.kept


@pytest.mark.parametrize(
    "where", ["before the move", "between the moves", "before the commit", "after the commit", "at the removal"]
)
def test_a_crash_anywhere_parts_no_file_from_its_passwords(
    house: House, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.drop("nhsmail/plan.zip")
    house.drop("nhsmail/plan.zip.passwords", SECRET)
    house.door.scan()
    house.clock.move(11)
    with monkeypatch.context() as patch:
        if where == "between the moves":
            move = Path.rename
            moved: list[Path] = []

            def once(path: Path, target: Path) -> Path:
                if moved:
                    raise Crash
                moved.append(path)
                return move(path, target)

            patch.setattr("gateway.intake.claim.Path.rename", once)
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
    assert given_with(house, transfer) == ("a quetzal",)
    assert house.is_empty()


def test_nothing_goes_back_while_either_name_is_taken(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.drop("nhsmail/plan.zip", b"first")
    house.drop("nhsmail/plan.zip.passwords", b"one\n")
    house.door.scan()
    house.clock.move(11)
    with monkeypatch.context() as patch:
        crash_at(house, "before the commit", patch)
        with pytest.raises(Crash):
            house.door.scan()
    house.transfers.failure = None
    house.drop("nhsmail/plan.zip", b"second")
    house.door = house.open_door()
    house.door.scan()
    [claim] = house.claims()
    assert {path.name for path in claim.iterdir()} == {"note", "content", "passwords"}
    for _ in range(3):
        house.settle()
    told = [(house.contents(each)["plan.zip"], given_with(house, each)) for each in house.transfers.kept.values()]
    assert sorted(told) == [(b"first", ("one",)), (b"second", ())]
    assert house.is_empty()


def test_the_ending_is_known_in_any_case() -> None:
    assert kind_of("a.zip.PassWords") is Beside.PASSWORDS
    assert kind_of("a.zip.REASON") is Beside.REASON
    assert [kind_of(name) for name in ("passwords", "a.passwords.zip", "reason", "a.reasons")] == [None] * 4
