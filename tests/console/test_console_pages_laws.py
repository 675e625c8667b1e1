"""What holds of the ledger's pages whatever stands in it: nothing that is wanted is passed over."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from hypothesis import given
from hypothesis import strategies as st

from gateway.console.frame.exports import FORMULAS, inert
from gateway.console.ledger.reading import Sought
from gateway.console.ledger.words import WORDS, Told, plain, read_entry
from gateway.model.person import Person
from gateway.model.record import Entry, Event
from gateway.store.ledger import entry_bytes

AT: Final = datetime(2026, 11, 24, 14, 30, tzinfo=UTC)
TEXT: Final = st.text(max_size=30)
PEOPLE: Final = st.sampled_from(["officer", "sender", "by", "to", "recipient", "address"])
ENTRIES: Final = st.builds(
    lambda event, transfer, facts: Entry(event=event, at=AT, transfer_id=transfer, facts=facts),
    st.sampled_from(Event),
    st.sampled_from(["", "t-6b059e3c-k4", "t-6b05"]),
    st.dictionaries(PEOPLE, TEXT, max_size=4),
)


@st.composite
def sought(draw: st.DrawFn, entry: Entry) -> Sought:
    """Draw what finds the entry: a part of what it says."""
    named = draw(st.sampled_from(["", *map(str, entry.facts.values())]))
    start = draw(st.integers(0, len(named)))
    person = named[start : draw(st.integers(start, len(named)))]
    event = draw(st.sampled_from(["", str(entry.event), str(entry.event).partition(":")[0] + ":"]))
    transfer = entry.transfer_id[: draw(st.integers(0, len(entry.transfer_id)))]
    changed = draw(st.sampled_from([person, person.upper(), person.casefold()]))
    return Sought(event=event, person=changed, transfer=transfer)


@given(st.data(), ENTRIES)
def test_what_is_not_worth_reading_is_never_wanted(data: st.DataObject, entry: Entry) -> None:
    wanted, raw = data.draw(sought(entry)), entry_bytes(entry)
    if wanted.wants(read_entry(0, raw)):
        assert wanted.may_be(raw)


@given(ENTRIES, st.timedeltas(min_value=timedelta(days=-9), max_value=timedelta(days=9)))
def test_what_came_later_than_asked_for_is_not_wanted(entry: Entry, by: timedelta) -> None:
    told = read_entry(0, entry_bytes(replace(entry, at=AT + by)))
    assert Sought(until=AT).wants(told) is (by < timedelta(0))


@given(
    st.recursive(
        TEXT | st.integers() | st.booleans() | st.none(), lambda kids: st.lists(kids) | st.dictionaries(TEXT, kids)
    )
)
def test_any_fact_has_words(value: Any) -> None:  # noqa: ANN401 - any plain data
    assert isinstance(plain(value), str)
    told = Told(number=0, event="x", at=AT, transfer_id="", delivery_id="", facts={"officer": value, "by": value})
    assert isinstance(told.names("a"), bool)
    assert not told.is_by(Person(id="p-1", name="a", address="a@b.example", roles=frozenset(), since=AT))


@given(TEXT)
def test_no_cell_is_a_formula_and_nothing_is_lost(text: str) -> None:
    cell = inert(text)
    assert not cell.lstrip(" ").startswith(FORMULAS)
    assert cell.removeprefix("'") == text or cell == text


def test_every_event_has_words() -> None:
    assert set(WORDS) == set(Event)
