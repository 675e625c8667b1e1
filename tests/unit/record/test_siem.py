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
    known = {
        "rt",
        "externalId",
        "dvchost",
        "act",
        "cat",
        "outcome",
        "suser",
        "duser",
        "reason",
    }
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


CHANGES: dict[str, dict[str, object]] = {
    "reset": {"reset": True},
    "state": {"state": "suspended"},
    "roles": {"roles": ["approver", "reviewer"], "before": ["reviewer"]},
    "holds": {"holds": ["caldicott-guardian"]},
    "added": {"added": "passkey"},
    "removed": {"removed": "code-app"},
}
ABOUT: dict[str, object] = {"by": "admin@x.example", "person": "jo@x.example", "person_id": "p-1"}


def in_cef(event: Event, **facts: object) -> dict[str, str]:
    body = cef.message(line(event, "gateway.example", **facts)).decode().partition(" CEF:")[2].split("|", 7)[7]
    pairs = re.split(r"(?:^| )([A-Za-z0-9]+)=", body)
    return {key: unescaped(value) for key, value in zip(pairs[1::2], pairs[2::2], strict=True)}


def in_syslog(event: Event, **facts: object) -> dict[str, str]:
    text = rfc5424.message(line(event, "gateway.example", **facts)).decode()
    return {pair[1]: unescaped(pair[2]) for pair in PARAMETER.finditer(text)}


@pytest.mark.parametrize("name", CHANGES)
def test_of_a_changed_account_all_say_who_changed_whose_and_how(name: str) -> None:
    facts = {**ABOUT, **CHANGES[name]}
    said = in_syslog(Event.PERSON_CHANGED, **facts)
    assert (said["by"], said["person"], said["person_id"]) == ("admin@x.example", "jo@x.example", "p-1")
    assert said[name] == {"reset": "true", "roles": "approver, reviewer", "holds": "caldicott-guardian"}.get(
        name, str(facts[name])
    )
    fields = in_cef(Event.PERSON_CHANGED, **facts)
    assert (fields["suser"], fields["duser"], fields["duid"]) == ("admin@x.example", "jo@x.example", "p-1")
    assert f"{name}: {said[name]}" in fields["msg"]
    user = json.loads(ecs.message(line(Event.PERSON_CHANGED, "gateway.example", **facts)))["user"]
    assert user == {"name": "admin@x.example", "target": {"name": "jo@x.example", "id": "p-1"}}
    plain = _ocsf(Event.PERSON_CHANGED, **facts)
    assert plain["actor"]["user"]["name"] == "admin@x.example"
    assert plain["resources"] == [{"type": "person", "name": "jo@x.example", "uid": "p-1"}]


@pytest.mark.parametrize("address", ["192.0.2.7", "2001:db8::7"])
def test_of_a_sign_in_that_was_refused_all_say_from_where(address: str) -> None:
    facts: dict[str, object] = {"person": "jo@x.example", "person_id": "p-1", "why": "password", "from": address}
    assert in_syslog(Event.PERSON_REFUSED, **facts)["from"] == address
    assert in_syslog(Event.PERSON_REFUSED, **facts)["why"] == "password"
    fields = in_cef(Event.PERSON_REFUSED, **facts)
    assert fields.get("src" if "." in address else "c6a2") == address
    assert (fields["duser"], fields["msg"]) == ("jo@x.example", "why: password")
    assert json.loads(ecs.message(line(Event.PERSON_REFUSED, "gateway.example", **facts)))["source"] == {"ip": address}
    assert _ocsf(Event.PERSON_REFUSED, **facts)["src_endpoint"] == {"ip": address}
    nobody = in_cef(Event.PERSON_REFUSED, person="", why="password", **{"from": address})
    assert fields.get("src") == nobody.get("src")
    assert "duser" not in nobody


def test_an_address_that_is_none_is_no_source() -> None:
    facts = {"from": "203.0.113.9 cs1=x", "person": "jo@x.example"}
    assert "src" not in in_cef(Event.PERSON_REFUSED, **facts)
    assert "source" not in json.loads(ecs.message(line(Event.PERSON_REFUSED, "gateway.example", **facts)))
    assert "src_endpoint" not in _ocsf(Event.PERSON_REFUSED, **facts)


def test_a_session_that_somebody_ended_is_told_as_whose_it_was() -> None:
    plain = _ocsf(Event.SESSION_REVOKED, **ABOUT, session="all")
    assert plain["user"] == {"name": "jo@x.example", "uid": "p-1"}
    assert plain["actor"]["user"]["name"] == "admin@x.example"
    assert plain["activity_id"] == ocsf.LOGOFF


def test_a_list_that_was_taken_away_is_told_with_who_took_which() -> None:
    facts = {"by": "jo@x.example", "list": "transfers", "kind": "csv"}
    assert facts.items() <= in_syslog(Event.LIST_EXPORTED, **facts).items()
    fields = in_cef(Event.LIST_EXPORTED, **facts)
    assert (fields["suser"], fields["msg"]) == ("jo@x.example", "list: transfers; kind: csv")


@pytest.mark.parametrize("event", Event)
def test_what_people_wrote_to_each_other_is_in_no_line(event: Event) -> None:
    said = {"question": "QUETZAL", "answer": "QUETZAL", "subject": "QUETZAL", "name": "QUETZAL", "content": "QUETZAL"}
    for message in (rfc5424.message(line(event, **said)), cef.message(line(event, **said))):
        assert b"QUETZAL" not in message


HELD: dict[str, object] = {
    "sender": "jo@council.example",
    "recipient": "friend@partner.example",
    "tier": "RESTRICTED",
    "outcome": "quarantine",
}


def test_of_what_is_held_all_say_whose_it_is_for_whom_and_how_protected() -> None:
    said = in_syslog(Event.DELIVERY_HELD, **HELD)
    assert said.items() >= HELD.items()
    fields = in_cef(Event.DELIVERY_HELD, **HELD)
    assert (fields["suser"], fields["duser"]) == ("jo@council.example", "friend@partner.example")
    assert fields["msg"] == "tier: RESTRICTED; outcome: quarantine"
    plain = json.loads(ecs.message(line(Event.DELIVERY_HELD, "gateway.example", **HELD)))
    assert plain["email"] == {
        "from": {"address": ["jo@council.example"]},
        "to": {"address": ["friend@partner.example"]},
    }
    assert _ocsf(Event.DELIVERY_HELD, **HELD)["actor"]["user"]["name"] == "jo@council.example"
    mail = _ocsf(Event.DELIVERY_ATTEMPTED, **HELD)["email"]
    assert (mail["from"], mail["to"]) == ("jo@council.example", ["friend@partner.example"])


def test_what_is_not_known_is_left_out() -> None:
    assert _ocsf(Event.DELIVERY_ATTEMPTED)["email"] == {"uid": "t-6740a1b2-7kq4m9"}
    assert _ocsf(Event.PERSON_REFUSED, person="")["user"] == {"name": "unknown"}


@pytest.mark.parametrize(
    "event", [Event.PASSPHRASE_AGREED, Event.PASSPHRASE_REMOVED, Event.PASSPHRASE_SHOWN], ids=lambda each: each.value
)
def test_who_took_a_passphrase_is_an_act(event: Event) -> None:
    assert SORTS[event].family is Family.ACT
