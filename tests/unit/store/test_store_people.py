"""People, credentials, sessions, attempts and tokens as they are kept: what is good for once is good for once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Conflict, Damaged, NotFound, Unsound
from gateway.model.person import ApiToken, Credential, Kind, Pending, Person, PersonState, Role, Session, Way
from gateway.model.record import Entry, Event
from gateway.store import codes_key
from gateway.store.attempts import Limit
from gateway.store.embedded import Store, create_keys, open_store
from gateway.system.clock import MachineClock
from gateway.system.ids import serial

NOW = datetime(2026, 11, 24, 14, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("people")


@pytest.fixture(scope="module")
def store(home: Path) -> Iterator[Store]:
    create_keys(home / "state")
    opened = open_store(state=home / "state", vault=home / "vault", clock=MachineClock())
    yield opened
    opened.close()


def somebody(store: Store, **changes: object) -> Person:
    person = Person(id=serial("p"), name="Gwen", address=serial("a"), roles=frozenset({Role.REVIEWER}), since=NOW)
    person = replace(person, **changes)  # type: ignore[arg-type]
    store.people.add(person, [], [])
    return person


def session(person: Person, **changes: object) -> Session:
    made = Session(id=serial("s"), begun=NOW, seen=NOW, until=NOW + timedelta(hours=10), person_id=person.id)
    return replace(made, **changes)  # type: ignore[arg-type]


def entry(event: Event = Event.PERSON_CHANGED, **facts: object) -> Entry:
    return Entry(event=event, at=NOW, transfer_id="", facts=facts)


def recorded(store: Store) -> int:
    return sum(1 for _ in store.ledger.entries())


def test_a_person_is_found_by_id_and_address(store: Store) -> None:
    person = somebody(store, officer_roles=("caldicott-guardian",))
    assert store.people.get(person.id) == person
    assert store.people.by_address(person.address) == person
    assert person in store.people.all()
    assert store.people.by_address("nobody") is None
    with pytest.raises(NotFound):
        store.people.get("p-nobody")


def test_two_people_never_have_one_address(store: Store) -> None:
    person = somebody(store)
    before = recorded(store)
    with pytest.raises(Conflict):
        store.people.add(replace(person, id=serial("p")), [], [entry()])
    assert recorded(store) == before, "what was not done is not recorded"


def test_a_change_is_fenced_and_ends_sessions_in_the_same_transaction(store: Store) -> None:
    person = somebody(store)
    store.sessions.begin("cookie-of-theirs", session(person))
    closed = replace(person, state=PersonState.SUSPENDED)
    after = store.people.change(closed, [entry(state="suspended")], ends_sessions=True)
    assert after.version == person.version + 1
    assert store.people.get(person.id) == after
    assert store.sessions.find("cookie-of-theirs") is None
    before = recorded(store)
    with pytest.raises(Conflict):
        store.people.change(person, [entry()], ends_sessions=True)
    assert (store.people.get(person.id), recorded(store)) == (after, before)


def test_one_passkey_is_one_persons(store: Store) -> None:
    one, other = somebody(store), somebody(store)
    key = Credential(id=serial("k"), person_id=one.id, kind=Kind.PASSKEY, since=NOW, secret="public")
    store.people.put([key], [])
    with pytest.raises(Conflict):
        store.people.put([replace(key, person_id=other.id)], [])
    assert store.people.find(Kind.PASSKEY, key.id) == key
    assert store.people.find(Kind.PROVIDER, key.id) is None


def test_what_is_replaced_is_gone(store: Store) -> None:
    person = somebody(store)
    first = Credential(id=serial("w"), person_id=person.id, kind=Kind.PASSWORD, since=NOW, secret="first")
    second = replace(first, id=serial("w"), secret="second")
    key = Credential(id=serial("k"), person_id=person.id, kind=Kind.PASSKEY, since=NOW)
    store.people.put([first, key], [])
    store.people.put([second], [], instead_of=(Kind.PASSWORD,), whose=person.id)
    assert {each.secret for each in store.people.credentials(person.id)} == {"second", ""}
    store.people.remove(key, [])
    with pytest.raises(NotFound):
        store.people.remove(key, [])


@given(steps=st.lists(st.integers(min_value=1, max_value=20), min_size=1, max_size=12))
def test_a_code_counts_once_and_never_an_older_one(store: Store, steps: list[int]) -> None:
    person = somebody(store)
    app = Credential(id=serial("app"), person_id=person.id, kind=Kind.CODE_APP, since=NOW)
    store.people.put([app], [])
    reached = 0
    for step in steps:
        assert store.people.use(app, step, NOW) is (step > reached)
        reached = max(reached, step)
    (kept,) = store.people.credentials(person.id)
    assert (kept.used, kept.last_used) == (reached, NOW)


def test_of_many_who_bring_the_same_code_at_once_one_gets_in(store: Store) -> None:
    person = somebody(store)
    app = Credential(id=serial("app"), person_id=person.id, kind=Kind.CODE_APP, since=NOW)
    recovery = Credential(id=serial("r"), person_id=person.id, kind=Kind.RECOVERY_CODE, since=NOW)
    store.people.put([app, recovery], [])
    start = Barrier(8)

    def bring(_: int) -> tuple[bool, bool]:
        start.wait()
        return store.people.use(app, 77, NOW), store.people.use_up(recovery)

    with ThreadPoolExecutor(8) as several:
        results = list(several.map(bring, range(8)))
    assert sum(by_code for by_code, _ in results) == 1
    assert sum(by_recovery for _, by_recovery in results) == 1


def test_a_passkey_that_does_not_count_may_say_nought_again(store: Store) -> None:
    person = somebody(store)
    key = Credential(id=serial("k"), person_id=person.id, kind=Kind.PASSKEY, since=NOW)
    store.people.put([key], [])
    assert store.people.use(key, 0, NOW, may_repeat=True)
    assert store.people.use(key, 5, NOW)
    assert not store.people.use(key, 0, NOW, may_repeat=True), "a copy that is behind"
    assert not store.people.use(replace(key, id="gone"), 9, NOW)


def test_a_session_is_stored_by_its_hash_only(store: Store, home: Path) -> None:
    person, cookie = somebody(store), "COOKIE" * 8
    kept = session(person, ways=(Way.PASSWORD, Way.CODE))
    store.sessions.begin(cookie, kept)
    assert store.sessions.find(cookie) == kept
    assert not [path for path in home.rglob("*") if path.is_file() and cookie.encode() in path.read_bytes()]
    store.sessions.touch(cookie, NOW + MINUTE)
    found = store.sessions.find(cookie)
    assert found
    assert found.seen == NOW + MINUTE


def test_another_session_takes_the_place_of_the_one_before(store: Store) -> None:
    person = somebody(store)
    store.sessions.begin("planted", session(person, person_id=""))
    store.sessions.begin("fresh", session(person), instead_of="planted", proved=person)
    assert store.sessions.find("planted") is None
    assert store.sessions.find("fresh")


def test_a_session_that_was_ended_is_not_replaced_and_nobody_goes_on_with_an_old_reading(store: Store) -> None:
    person = somebody(store)
    store.sessions.begin("theirs", session(person))
    store.sessions.begin("theirs-again", session(person), instead_of="theirs")
    for gone in ("theirs", "no-such-session"):
        with pytest.raises(Conflict):
            store.sessions.begin("back", session(person), instead_of=gone)
    store.people.put([], [], whose=person.id, ends_all=True)
    with pytest.raises(Conflict):
        store.sessions.begin("back", session(person), instead_of="theirs-again", proved=person)
    with pytest.raises(Conflict):
        store.sessions.begin("back", session(person), proved=person)
    assert store.sessions.of(person.id) == []
    store.sessions.begin("anew", session(person), proved=store.people.get(person.id))
    assert store.sessions.find("anew")


def test_a_sign_in_under_way_is_no_session_yet_and_ends_with_them(store: Store) -> None:
    person = somebody(store)
    begun = session(person, person_id="", pending=Pending(person_id=person.id, ways=(Way.PASSWORD,)))
    for ends in (
        lambda: store.people.put([], [], whose=person.id, ends_all=True),
        lambda: store.sessions.revoke(person.id, []),
        lambda: store.people.change(store.people.get(person.id), [], ends_sessions=True),
    ):
        store.sessions.begin("half", begun)
        store.sessions.note("half", replace(begun.pending, challenge="c"))
        assert store.sessions.of(person.id) == []
        ends()
        assert store.sessions.find("half") is None


def test_a_credential_is_kept_in_a_session_of_theirs_only_which_is_spared(store: Store) -> None:
    person, other = somebody(store), somebody(store)
    for cookie, whose in (("mine", person), ("mine-too", person), ("of-another", other)):
        store.sessions.begin(cookie, session(whose))
    key = Credential(id=serial("k"), person_id=person.id, kind=Kind.PASSKEY, since=NOW)
    for cookie in ("of-another", "no-such-session"):
        with pytest.raises(Conflict):
            store.people.put([key], [], whose=person.id, in_session=cookie)
    assert store.people.credentials(person.id) == []
    store.people.put([key], [], whose=person.id, ends_all=True, in_session="mine")
    assert store.sessions.find("mine")
    assert store.sessions.find("mine-too") is None
    assert store.sessions.find("of-another")


def test_what_is_under_way_is_nothing_once_the_session_is_over(store: Store) -> None:
    person = somebody(store)
    for at, found in ((NOW, "c"), (NOW + MINUTE, "")):
        cookie = serial("cookie")
        store.sessions.begin(cookie, session(person, until=NOW + MINUTE, pending=Pending(challenge="c")))
        assert store.sessions.take(cookie, at).challenge == found


def test_what_is_under_way_is_taken_once(store: Store) -> None:
    person, start = somebody(store), Barrier(8)
    store.sessions.begin("under-way", session(person))
    store.sessions.note("under-way", Pending(challenge="c"))

    def take(_: int) -> str:
        start.wait()
        return store.sessions.take("under-way", NOW).challenge

    with ThreadPoolExecutor(8) as several:
        assert sorted(several.map(take, range(8))) == [""] * 7 + ["c"]
    assert store.sessions.take("no-such-session", NOW) == Pending()
    with pytest.raises(NotFound):
        store.sessions.note("no-such-session", Pending(challenge="c"))


def test_sessions_are_revoked_singly_and_together(store: Store) -> None:
    person, other = somebody(store), somebody(store)
    kept = {name: session(person) for name in ("one", "two", "three")}
    for name, each in kept.items():
        store.sessions.begin(name, each)
    store.sessions.begin("others", session(other))
    assert store.sessions.revoke(person.id, [entry(Event.SESSION_REVOKED)], only=kept["one"].id) == 1
    assert {each.id for each in store.sessions.of(person.id)} == {kept["two"].id, kept["three"].id}
    assert store.sessions.revoke(person.id, [], spare=kept["two"].id) == 1
    assert store.sessions.find("two")
    before = recorded(store)
    assert store.sessions.revoke(person.id, [entry(Event.SESSION_REVOKED)], only="s-of-nobody") == 0
    assert recorded(store) == before, "nothing was revoked, and nothing is recorded"
    assert store.sessions.find("others"), "nobody ends the session of somebody else"


def test_old_sessions_are_swept(store: Store) -> None:
    person = somebody(store)
    store.sessions.begin("old", session(person, seen=NOW - timedelta(days=2)))
    store.sessions.begin("new", session(person))
    store.sessions.sweep(NOW - timedelta(days=1))
    assert store.sessions.find("old") is None
    assert store.sessions.find("new")


@given(
    gaps=st.lists(st.integers(min_value=0, max_value=40), min_size=1, max_size=40),
    most=st.integers(min_value=1, max_value=6),
)
def test_no_window_ever_holds_more_than_its_limit(store: Store, gaps: list[int], most: int) -> None:
    key, at = serial("key"), NOW
    taken: list[datetime] = []
    limit = Limit(key=key, most=most, window=MINUTE)
    for gap in gaps:
        at += timedelta(seconds=gap)
        within = [each for each in taken if each > at - MINUTE]
        got = store.attempts.take([limit], at)
        assert got is (len(within) < most), "exactly so many, neither fewer nor more"
        if got:
            taken.append(at)


def test_many_at_once_do_not_pass_a_limit(store: Store) -> None:
    limit, start = Limit(key=serial("key"), most=5, window=MINUTE), Barrier(16)

    def attempt(_: int) -> bool:
        start.wait()
        return store.attempts.take([limit], NOW)

    with ThreadPoolExecutor(16) as several:
        assert sum(several.map(attempt, range(16))) == 5


def test_one_limit_that_is_reached_counts_nothing_under_the_others(store: Store) -> None:
    full, free = Limit(key=serial("full"), most=1, window=MINUTE), Limit(key=serial("free"), most=1, window=MINUTE)
    assert store.attempts.take([full], NOW)
    assert not store.attempts.take([free, full], NOW)
    assert store.attempts.take([free], NOW)
    store.attempts.forget([full.key])
    assert store.attempts.take([full], NOW)


def test_a_token_is_stored_by_its_hash_and_ends_for_its_owner_only(store: Store, home: Path) -> None:
    person, other, secret = somebody(store), somebody(store), "gwt_" + "SECRET" * 8
    token = ApiToken(
        id=serial("k"), person_id=person.id, name="SIEM", scopes=frozenset({"list"}), since=NOW, until=NOW + MINUTE
    )
    store.tokens.add(secret, token, [entry(Event.TOKEN_ISSUED)], unchanged=person)
    assert store.tokens.find(secret) == token
    assert not [path for path in home.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]
    store.tokens.touch(secret, token, NOW)
    assert [each.last_used for each in store.tokens.of(person.id)] == [NOW]
    with pytest.raises(NotFound):
        store.tokens.revoke(other.id, token.id, [])
    store.tokens.revoke(person.id, token.id, [entry(Event.TOKEN_REVOKED)])
    assert store.tokens.find(secret) is None
    store.people.put([], [], whose=person.id, ends_all=True)
    with pytest.raises(Conflict):
        store.tokens.add(secret, token, [], unchanged=person)
    assert store.tokens.of(person.id) == [], "a reset while it was drawn counts"


def test_entries_about_people_stand_in_the_ledger(store: Store) -> None:
    person = somebody(store)
    store.people.put([], [entry(person=person.id)])
    last = json.loads(list(store.ledger.entries())[-1])
    assert (last["event"], last["facts"]) == ("person:changed", {"person": person.id})


def test_what_is_locked_opens_for_its_owner_under_its_key_only(tmp_path: Path) -> None:
    create_keys(tmp_path)
    locked = codes_key.lock(tmp_path, "JBSWY3DPEHPK3PXP", "p-one")
    assert "JBSWY3DPEHPK3PXP" not in locked
    assert codes_key.unlock(tmp_path, locked, "p-one") == "JBSWY3DPEHPK3PXP"
    with pytest.raises(Damaged):
        codes_key.unlock(tmp_path, locked, "p-two")
    with pytest.raises(Damaged):
        codes_key.unlock(tmp_path, "not base 64", "p-one")
    key = tmp_path / codes_key.FOLDER / codes_key.NAME
    assert key.stat().st_mode & 0o777 == 0o600
    key.chmod(0o644)
    with pytest.raises(Unsound):
        codes_key.unlock(tmp_path, locked, "p-one")
    key.unlink()
    with pytest.raises(Damaged):
        codes_key.unlock(tmp_path, locked, "p-one")


def test_what_is_kept_under_the_key_is_known_again_and_cannot_be_guessed_without(tmp_path: Path) -> None:
    for name in ("one", "other"):
        create_keys(tmp_path / name)
    first = codes_key.keyed(tmp_path / "one", "gwen@council.example")
    assert first == codes_key.keyed(tmp_path / "one", "gwen@council.example")
    assert first not in {
        codes_key.keyed(tmp_path / "other", "gwen@council.example"),
        codes_key.keyed(tmp_path / "one", ""),
    }
    assert first != hashlib.sha256(b"gwen@council.example").hexdigest()


def test_whoever_draws_the_key_at_the_same_time_gets_the_same(tmp_path: Path) -> None:
    create_keys(tmp_path)
    start = Barrier(8)

    def lock(number: int) -> str:
        start.wait()
        return codes_key.lock(tmp_path, f"text {number}", "p")

    with ThreadPoolExecutor(8) as several:
        locked = list(several.map(lock, range(8)))
    assert [codes_key.unlock(tmp_path, each, "p") for each in locked] == [f"text {number}" for number in range(8)]
    assert [each.name for each in (tmp_path / codes_key.FOLDER).iterdir()] == ["codes.key"]
