"""Ledger entries for collectors: what comes from outside cannot end a field, a message or a line."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model.record import Event
from gateway.record.siem import SORTS, Family, Line, cef, ecs, ocsf, one_line, rfc5424

HEADER = re.compile(r"<(\d{1,3})>1 (\S+) (\S{1,255}) gateway - ([!-~]{1,32}) ")
PARAMETER = re.compile(r' ([!#-<>-\\^-~]{1,32})="((?:[^"\\\]]|\\["\\\]])*)"')
EVENTS = st.sampled_from(Event)
HOSTILE = st.text(alphabet=st.one_of(st.sampled_from('|\\="]\n\r\t\x00\x85\u2028<>1 '), st.characters()))


def line(event: Event = Event.DELIVERY_HELD, host: str = "gateway.example", **facts: object) -> Line:
    return Line(
        number=41,
        event=event,
        at=datetime(2026, 11, 29, 10, 0, tzinfo=UTC),
        transfer="t-6740a1b2-7kq4m9",
        delivery="d-1",
        facts=facts,
        host=host,
        version="0.1",
    )


def unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


@given(EVENTS, HOSTILE, HOSTILE)
def test_structured_data_gives_back_what_went_in(event: Event, recipient: str, host: str) -> None:
    text = rfc5424.message(line(event, host, recipient=recipient)).decode()
    head = HEADER.match(text)
    assert head
    assert head[4] == event.value
    assert text[head.end()] == "["
    at, found = head.end() + 1 + len(rfc5424.ENTERPRISE), {}
    while pair := PARAMETER.match(text, at):
        found[pair[1]], at = unescaped(pair[2]), pair.end()
    assert text[at:].startswith("] \ufeff")
    assert found.get("recipient", "") == one_line(recipient)[: rfc5424.LONGEST_VALUE]
    assert not set(text[at:]) & set("\n\r\x00")


def test_a_frame_says_how_many_octets_follow() -> None:
    content = rfc5424.message(line(recipient="jörg@partner.example"))
    size, _, rest = rfc5424.framed(content).partition(b" ")
    assert int(size) == len(rest) == len(content)


@given(EVENTS, HOSTILE, HOSTILE)
def test_cef_keeps_its_seven_fields_and_its_keys(event: Event, recipient: str, reason: str) -> None:
    text = cef.message(line(event, recipient=recipient, reason=reason)).decode()
    _, _, body = text.partition(" CEF:")
    fields = re.split(r"(?<!\\)(?:\\\\)*\|", body, maxsplit=7)
    assert fields[:3] == ["0", "Secure Transfer Gateway", "gateway"]
    assert fields[4] == event.value
    pairs = re.split(r"(?:^| )([A-Za-z0-9]+)=", fields[7])
    keys = pairs[1::2]
    known = {"rt", "externalId", "dvchost", "act", "cat", "outcome", "suser", "duser", "reason"}
    assert set(keys) <= known | {f"cs{n}{end}" for n in range(1, 7) for end in ("", "Label")}
    assert len(keys) == len(set(keys))
    said = dict(zip(keys, pairs[2::2], strict=True))
    assert unescaped(said.get("duser", "")) == one_line(recipient)[: rfc5424.LONGEST_VALUE]


@given(EVENTS, HOSTILE)
def test_json_is_one_line_and_holds_the_facts(event: Event, recipient: str) -> None:
    for content in (ecs.message(line(event, recipient=recipient)), ocsf.message(line(event, recipient=recipient))):
        assert b"\n" not in content
        plain = json.loads(content)
        facts = plain["gateway"]["facts"] if "gateway" in plain else plain["unmapped"]["facts"]
        assert facts == {"recipient": recipient}


def _ocsf(event: Event, **facts: object) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(ocsf.message(line(event, "gateway.example", **facts)))
    return plain


@pytest.mark.parametrize(
    ("event", "class_uid", "demanded"),
    [
        (Event.DELIVERY_HELD, 2006, "finding_info"),
        (Event.DELIVERY_REFUSED, 2006, "finding_info"),
        (Event.DELIVERY_DELIVERED, 4009, "email"),
        (Event.PERSON_SIGNED_IN, 3002, "user"),
        (Event.PERSON_REFUSED, 3002, "user"),
        (Event.VALUE_REVEALED, 6003, "api"),
    ],
)
def test_ocsf_names_the_class_that_collectors_sort_by(event: Event, class_uid: int, demanded: str) -> None:
    plain = _ocsf(event, person="p@example.org")
    assert plain["class_uid"] == class_uid
    assert plain["category_uid"] == class_uid // 1000
    assert plain["type_uid"] == class_uid * 100 + plain["activity_id"]
    assert plain["metadata"]["version"] == "1.4.0"
    assert demanded in plain


@pytest.mark.parametrize("event", [Event.DELIVERY_HELD, Event.DELIVERY_REFUSED, Event.PERSON_REFUSED])
def test_what_went_wrong_is_told_as_a_failure(event: Event) -> None:
    assert json.loads(ecs.message(line(event)))["event"]["outcome"] == "failure"
    assert _ocsf(event)["status_id"] == ocsf.FAILURE
    assert b" outcome=failure " in cef.message(line(event)) + b" "


def test_decisions_and_sign_ins_have_their_families() -> None:
    assert {event for event, sort in SORTS.items() if sort.family is Family.DECISION} >= {
        Event.DELIVERY_HELD,
        Event.DELIVERY_RELEASED,
        Event.DELIVERY_REFUSED,
    }
    assert {Event.PERSON_SIGNED_IN, Event.PERSON_REFUSED} <= {
        event for event, sort in SORTS.items() if sort.family is Family.SIGN_IN
    }
