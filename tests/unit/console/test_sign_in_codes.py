"""Codes of an app: each is right for its time only, and never twice; limits as they are chosen; browsers by name."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.console.sign_in import codes, limits, progress
from gateway.model.person import Kind, Person, Role
from gateway.store.embedded import Store, create_keys, open_store
from gateway.system.clock import MachineClock
from gateway.system.ids import serial

NOW = datetime(2026, 11, 24, 14, 30, tzinfo=UTC)
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # of nobody
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/150.0 Safari/537.36 Edg/150.0"
SAFARI = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    home: Path = tmp_path_factory.mktemp("codes")
    create_keys(home / "state")
    opened = open_store(state=home / "state", vault=home / "vault", clock=MachineClock())
    yield opened
    opened.close()


def somebody(store: Store) -> Person:
    person = Person(id=serial("p"), name="Gwen", address=serial("a"), roles=frozenset({Role.REVIEWER}), since=NOW)
    store.people.add(person, [], [])
    return person


@given(off=st.integers(min_value=-90, max_value=90))
def test_a_code_is_right_for_a_minute_and_a_half(off: int) -> None:
    shown = pyotp.TOTP(SECRET).at(NOW + timedelta(seconds=off))
    step = codes.step_of(SECRET, shown, NOW)
    assert (step is not None) is (-30 <= off < 60), "the step of now, and one on either side"


@pytest.mark.parametrize("given", ["", "12345", "1234567", "12345a", "１２３４５６", "-12345", "0x1234"])  # noqa: RUF001 - digits of another script
def test_what_is_no_code_proves_nothing(given: str) -> None:
    assert codes.step_of(SECRET, given, NOW) is None


def test_a_code_is_not_right_twice_and_neither_is_the_one_before(store: Store) -> None:
    person = somebody(store)
    secret, locked = codes.new_secret(store, person)
    app = codes.new_app(person, locked, 0, NOW)
    store.people.put([app], [])
    shows = pyotp.TOTP(secret)
    before, now = shows.at(NOW - timedelta(seconds=30)), shows.at(NOW)
    assert codes.is_right(store, app, person, f"{now[:3]} {now[3:]}", NOW)
    assert not codes.is_right(store, app, person, now, NOW), "replayed"
    assert not codes.is_right(store, app, person, before, NOW), "older than what was used"
    assert codes.is_right(store, app, person, shows.at(NOW + timedelta(seconds=30)), NOW + timedelta(seconds=30))


@given(moments=st.lists(st.integers(min_value=0, max_value=300), min_size=1, max_size=20).map(sorted))
def test_no_code_ever_counts_twice_at_whatever_times_it_comes(store: Store, moments: list[int]) -> None:
    person = somebody(store)
    secret, locked = codes.new_secret(store, person)
    app = codes.new_app(person, locked, 0, NOW - timedelta(hours=1))
    store.people.put([app], [])
    counted = []
    for seconds in moments:
        at = NOW + timedelta(seconds=seconds)
        shown = pyotp.TOTP(secret).at(at)
        if codes.is_right(store, app, person, shown, at):
            counted.append(int(at.timestamp()) // 30)
    assert counted == sorted(set(counted))
    assert set(counted) == {int((NOW + timedelta(seconds=each)).timestamp()) // 30 for each in moments}


def test_recovery_codes_are_kept_as_hashes_and_open_once_for_their_owner(store: Store) -> None:
    person, other = somebody(store), somebody(store)
    written, kept = codes.new_recovery_codes(person, NOW)
    store.people.put(kept, [])
    assert len(set(written)) == codes.RECOVERY_CODES
    assert not any(code.replace("-", "") in each.id + each.secret for code in written for each in kept)
    assert not codes.use_recovery_code(store, other, written[0])
    assert codes.use_recovery_code(store, person, f" {written[0].upper()} ")
    assert not codes.use_recovery_code(store, person, written[0])
    assert not codes.use_recovery_code(store, person, "")
    assert sum(each.kind is Kind.RECOVERY_CODE for each in store.people.credentials(person.id)) == 9


def test_the_picture_says_the_address_and_has_no_style_or_script() -> None:
    person = Person(id="p", name="Gwen", address="gwen@council.example", roles=frozenset(), since=NOW)
    address = codes.address_of(SECRET, person, "Exampleshire Council")
    assert address.startswith("otpauth://totp/Exampleshire%20Council:gwen%40council.example?secret=" + SECRET)
    picture = codes.picture_of(address)
    assert picture.startswith("data:image/svg+xml")
    assert "style" not in picture
    assert "script" not in picture
    assert "%23fff" in picture or "white" in picture, "readable in the dark as well"


def test_a_name_is_counted_by_a_keyed_hash_in_whatever_case(store: Store) -> None:
    keys = {limits.about_name(store, name) for name in ("Gwen@Council.example", " gwen@council.example ")}
    (key,) = keys
    assert "gwen" not in key, "people type their password there"
    assert hashlib.sha256(b"gwen@council.example").hexdigest() not in key, "and passwords are guessed"


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("192.0.2.1", "192.0.2.2", False),
        ("192.0.2.1", "192.0.2.1", True),
    ],
)
def test_a_network_is_counted_as_one(one: str, other: str, *, is_same: bool) -> None:
    ours, theirs = (limits.beginning(each)[0].key for each in (one, other))
    assert (ours == theirs) is is_same


def test_many_names_from_one_network_are_too_many(store: Store) -> None:
    taken = [store.attempts.take(limits.first(store, f"name {number}", "192.0.2.77"), NOW) for number in range(25)]
    assert taken == [True] * limits.PER_NETWORK + [False] * 5
    assert store.attempts.take(limits.first(store, "name", "192.0.2.78"), NOW), "another network"


def test_no_name_keeps_the_emergency_account_out(store: Store) -> None:
    taken = [store.attempts.take(limits.first(store, " Emergency", "192.0.2.80"), NOW) for _ in range(25)]
    assert taken == [True] * limits.PER_NETWORK + [False] * 5


def test_codes_are_limited_by_the_day_too() -> None:
    assert {(each.most, each.window) for each in limits.second("p")} >= {
        (5, timedelta(minutes=1)), (20, timedelta(days=1)),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("agent", "words"),
    [(FIREFOX, "Firefox, Linux"), (EDGE, "Edge, Windows"), (SAFARI, "Safari, macOS"), ("", ""), ("<b>x</b>", "")],
)
def test_browsers_are_called_as_people_call_them(agent: str, words: str) -> None:
    assert progress.browser_of(agent) == words
