"""What the quarantine's pages make of an address, of what was picked, and of what was found."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from gateway.console.frame.render import HIDING, as_it_stands, breakable
from gateway.console.held.asking import LONGEST, MOST_WORDS, NAMES, Asked, asked, asked_text
from gateway.console.held.found import LONGEST as LONGEST_NAME
from gateway.console.held.found import shortened
from gateway.console.held.several import PICKED, narrowed, picked
from gateway.console.held.words import (
    DELIVERIES,
    DOORS,
    GAPS,
    NETWORKS,
    NOTICES,
    ORDERS,
    OWED,
    PLACES,
    STATES,
    STATUSES,
    WHY,
)
from gateway.model.held import HeldQuery, HeldState, Order, Why
from gateway.model.inspection import GapKind, MarkingStatus, Where
from gateway.model.lifecycle import DeliveryState, NoticeState
from gateway.model.transfer import Origin
from gateway.model.verdict import Network, Obligation

NOW: Final = datetime(2026, 11, 24, 14, 30, tzinfo=UTC)
WITHIN: Final = timedelta(hours=4)
PAIRS: Final = st.lists(st.tuples(st.sampled_from([*sorted(NAMES), "after", "x"]), st.text(max_size=150)), max_size=12)


def ask(*pairs: tuple[str, str]) -> Asked:
    return asked(pairs, me="p-me", now=NOW, decide_within=WITHIN)


@given(PAIRS)
def test_whatever_stands_in_an_address_a_list_comes_of_it(pairs: list[tuple[str, str]]) -> None:
    found = ask(*pairs)
    assert len(found.query.words) <= MOST_WORDS
    assert all(name in NAMES and 0 < len(value) <= LONGEST for name, value in found.pairs)


@given(PAIRS)
def test_a_view_asks_for_the_same_again(pairs: list[tuple[str, str]]) -> None:
    found = ask(*pairs)
    assert asked_text(found.text, me="p-me", now=NOW, decide_within=WITHIN) == found


def test_each_filter_is_understood() -> None:
    found = ask(("q", "anna annex"), ("why", "unread"), ("why", "bulk"), ("tier", "7"), ("route", "internet"))
    assert found.query == HeldQuery(
        why=frozenset({Why.UNREAD, Why.BULK}),
        tier=found.query.tier,
        route=frozenset({"internet"}),
        words=("anna", "annex"),
    )
    assert [tier.label for tier in found.query.tier] == ["SECRET"]
    assert ask(("whose", "me")).query.assigned_to == "p-me"
    assert ask(("whose", "nobody")).query.assigned_to == ""
    assert ask(("whose", "p-other")).query.assigned_to is None
    assert ask(("late", "yes")).query.held_before == NOW - WITHIN
    assert ask(("state", "second")).query.states == {HeldState.SECOND}
    assert ask(("sort", "largest")).order is Order.LARGEST
    assert not ask(("sort", "largest")).is_narrowed
    assert ask(("late", "yes")).is_narrowed


@given(st.lists(st.text(max_size=60), max_size=300))
def test_what_was_picked_is_ours_or_left_out(items: list[str]) -> None:
    found = picked(items)
    assert len(found) <= PICKED
    assert all(transfer and delivery and "." not in transfer for transfer, delivery in found)


def test_what_was_picked_has_the_version_that_was_seen() -> None:
    assert picked(["t-1.d-1.7", "t-1.d-2.8", "t-1.d-2", "..3", "t.d.-1", "t.d.²"]) == {
        ("t-1", "d-1"): 7,
        ("t-1", "d-2"): 8,
    }


def test_a_decision_is_narrowed_to_the_chosen_reasons_and_never_widened() -> None:
    query = HeldQuery(why=frozenset({Why.UNREAD}))
    assert narrowed(query, ["unread", "bulk"]).why == {Why.UNREAD}
    assert narrowed(HeldQuery(), ["bulk", "no such"]).why == {Why.BULK}


@given(st.text())
def test_a_name_fits_a_line_and_keeps_its_ends(name: str) -> None:
    short = shortened(name)
    assert len(short) <= LONGEST_NAME
    assert short == name or (name.startswith(short.partition("…")[0]) and name.endswith(short.rpartition("…")[2]))


@given(st.text())
def test_nothing_that_hides_or_turns_letters_is_left(name: str) -> None:
    shown = as_it_stands(name)
    assert isinstance(shown, str)
    assert len(shown) == len(name)
    assert not set(map(ord, shown)) & HIDING.keys()
    assert "\u202e" not in shown


@given(st.text())
def test_an_address_that_may_break_is_still_text(address: str) -> None:
    whole = re.sub(r"<wbr>|<span class=\"gw-domain\">|</span>", "", str(breakable(address)))
    assert "<" not in whole
    assert unescape(whole) == unescape(str(escape(address)))


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        pytest.param(WHY, Why, id="tags"),
        pytest.param(STATES, HeldState, id="states"),
        pytest.param(ORDERS, Order, id="orders"),
        pytest.param(DOORS, Origin, id="doors"),
        pytest.param(NETWORKS, Network, id="networks"),
        pytest.param(STATUSES, MarkingStatus, id="statuses"),
        pytest.param(PLACES, Where, id="places"),
        pytest.param(GAPS, GapKind, id="gaps"),
        pytest.param(DELIVERIES, DeliveryState, id="deliveries"),
        pytest.param(NOTICES, NoticeState, id="notices"),
    ],
)
def test_every_code_has_words(words: dict[object, object], codes: type) -> None:
    assert set(words) == set(codes)  # type: ignore[call-overload]  # an enum


def test_what_is_owed_has_words_but_for_what_the_seal_says() -> None:
    said_by_the_seal = {Obligation.SEAL_AES256, Obligation.SEAL_BY_KEY}
    of_what_is_held = {Obligation.ASK_REASON}
    assert set(OWED) == set(Obligation) - said_by_the_seal - of_what_is_held
