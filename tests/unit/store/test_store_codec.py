"""The codec gives back what it was given, and nothing that it was not told to expect."""

from __future__ import annotations

import types
import typing
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.model.inspection import Inspection
from gateway.model.record import Instruction
from gateway.model.tier import Tier
from gateway.model.transfer import Delivery, Notice, Origin, Release, Transfer
from gateway.model.verdict import Obligation
from gateway.store import codec
from gateway.store.rows import DELIVERY, NOTICE, TRANSFER, transfer_of

ZONES = st.integers(min_value=-14 * 60, max_value=14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
SIMPLE: dict[object, st.SearchStrategy[Any]] = {
    str: st.text(max_size=20),
    int: st.integers(),
    bool: st.booleans(),
    float: st.floats(allow_nan=False, allow_infinity=False),
    datetime: st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(9999, 12, 30), timezones=ZONES),  # noqa: DTZ001 - the zones are drawn
}
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "obligations": st.frozensets(st.sampled_from([*map(str, Obligation), "delay:10m", "tell:a-role", "seal:not:zip"]))
}
"""Text of which not everything may be stored."""


def values(declared: Any) -> st.SearchStrategy[Any]:  # noqa: ANN401, PLR0911 - any declared type, a return for each
    """Return every value of a declared type; written apart from the codec, on purpose."""
    if declared in SIMPLE:
        return SIMPLE[declared]
    origin, arguments = typing.get_origin(declared), typing.get_args(declared)
    if origin in (typing.Union, types.UnionType):
        return st.none() | values(arguments[0])
    if origin is frozenset:
        return st.frozensets(values(arguments[0]), max_size=3)
    if origin is tuple and arguments[-1] is Ellipsis:
        return st.lists(values(arguments[0]), max_size=2).map(tuple)
    if origin is tuple:
        return st.tuples(*map(values, arguments))
    if issubclass(declared, Enum):
        return st.sampled_from(declared)
    assert is_dataclass(declared)
    assert isinstance(declared, type)
    hints = typing.get_type_hints(declared)
    return st.builds(declared, **{one.name: FIELDS.get(one.name, values(hints[one.name])) for one in fields(declared)})


@pytest.mark.parametrize("kind", [Delivery, Inspection, Instruction, Notice, Transfer])
@given(data=st.data())
@settings(max_examples=40)
def test_every_value_of_the_model_is_given_back(kind: type[Any], data: st.DataObject) -> None:
    value = data.draw(values(kind))
    text = codec.dumps(kind, value)
    assert codec.loads(kind, text) == value
    assert codec.dumps(kind, codec.loads(kind, text)) == text
    assert text.isascii()


@given(transfer=values(Transfer))
@settings(max_examples=40)
def test_rows_give_back_the_transfer(transfer: Transfer) -> None:
    row = TRANSFER.to_row(transfer)
    deliveries = [DELIVERY.to_row(one) for one in transfer.deliveries]
    assert transfer_of(row, deliveries, [NOTICE.to_row(one) for one in transfer.notices]) == transfer


@given(first=SIMPLE[datetime], second=SIMPLE[datetime])
def test_the_text_of_times_sorts_as_the_times_do(first: datetime, second: datetime) -> None:
    assert (codec.write_time(first) < codec.write_time(second)) == (first < second)
    assert codec.read_time(codec.write_time(first)) == first


@given(one=st.frozensets(st.sampled_from(Tier)))
def test_a_set_has_one_text(one: frozenset[Tier]) -> None:
    assert codec.dumps(frozenset[Tier], one) == codec.dumps(frozenset[Tier], frozenset(sorted(one, reverse=True)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Strange:
    """Holds what the codec has no form for."""

    amount: Decimal


@pytest.mark.parametrize("declared", [Strange, bytes, list[str], dict[str, str], str | int, object, set[str]])
def test_a_type_without_a_form_is_refused(declared: object) -> None:
    with pytest.raises(TypeError, match="no codec"):
        codec.codec_for(declared)


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        (str, 1),
        (str, None),
        (int, True),
        (int, 1.0),
        (bool, 1),
        (float, "1"),
        (datetime, "2026-11-22"),
        (Origin, "mail"),
        (tuple[str, ...], ["a"]),
        (frozenset[str], {"a"}),
        (Release, Tier.OFFICIAL),
        (tuple[str, ...], (1,)),
    ],
)
def test_a_value_of_another_type_is_refused(declared: object, value: object) -> None:
    with pytest.raises(TypeError):
        codec.to_plain(declared, value)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_numbers_that_are_not_finite_are_refused(number: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        codec.to_plain(float, number)
    with pytest.raises(ValueError, match="finite"):
        codec.facts_to_plain({"n": number})


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        codec.to_plain(datetime, datetime(2026, 1, 1))  # noqa: DTZ001 - the case
    with pytest.raises(ValueError, match="zone"):
        codec.from_plain(datetime, "2026-01-01T00:00:00")


@pytest.mark.parametrize(
    "plain",
    [
        {"officer": "o", "reason": "r", "at": "2026-01-01T00:00:00+00:00", "more": 1},
        {"officer": "o", "reason": "r"},
        {"officer": 1, "reason": "r", "at": "2026-01-01T00:00:00+00:00"},
        [],
        None,
    ],
)
def test_data_that_is_not_the_value_is_refused(plain: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        codec.from_plain(Release, plain)


def test_a_field_that_was_added_since_takes_its_default() -> None:
    delivery = codec.from_plain(Delivery, {"id": "d", "recipient": "r@x.example"})
    assert delivery == Delivery(id="d", recipient="r@x.example")


def test_facts_are_plain_and_have_one_form() -> None:
    at = datetime(2026, 1, 1, 12, tzinfo=UTC)
    facts = {"tier": Tier.SECRET, "at": at, "set": frozenset({2, 10, 1}), "deep": ({"x": None},), "f": 1}
    assert codec.facts_to_plain(facts) == {
        "tier": 7,
        "at": "2026-01-01T12:00:00.000000+00:00",
        "set": [1, 10, 2],
        "deep": [{"x": None}],
        "f": 1,
    }
    for strange in (b"bytes", object(), Decimal(1), {1: "key"}):
        with pytest.raises(TypeError):
            codec.facts_to_plain(strange)
