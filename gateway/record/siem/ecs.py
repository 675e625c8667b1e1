"""Elastic Common Schema 8.17, one JSON object a message."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from gateway.record.siem import Family, Line
from gateway.store.codec import write_time

VERSION: Final = "8.17.0"
CATEGORIES: Final[Mapping[Family, tuple[list[str], list[str]]]] = {
    Family.DECISION: (["email", "file"], ["info"]),
    Family.DELIVERY: (["email", "file"], ["info"]),
    Family.SIGN_IN: (["authentication"], ["start"]),
    Family.ACT: (["configuration"], ["change"]),
    Family.OTHER: (["process"], ["info"]),
}
"""`event.category` and `event.type`, of the values that the schema allows."""


def message(line: Line) -> bytes:
    """Return one message, without a line's end."""
    category, kind = CATEGORIES[line.sort.family]
    told: dict[str, object] = {
        "@timestamp": write_time(line.at),
        "ecs": {"version": VERSION},
        "message": line.sort.says,
        "event": {
            "kind": "event",
            "category": category,
            "type": kind if line.sort.is_good is not False else ["denied"] if kind == ["info"] else kind,
            "action": line.event.value,
            "outcome": {True: "success", False: "failure", None: "unknown"}[line.sort.is_good],
            "id": str(line.number),
            "sequence": line.number,
            "module": "gateway",
            "dataset": "gateway.ledger",
        },
        "host": {"name": line.host},
        "observer": {"product": "Secure Transfer Gateway", "type": "gateway", "version": line.version},
        "gateway": {"transfer": line.transfer, "delivery": line.delivery, "facts": dict(line.facts)},
    }
    if line.who:
        told["user"] = _user(line)
    if line.network_address:
        told["source"] = {"ip": line.network_address}
    ends = {"from": line.fact("sender"), "to": line.fact("recipient")}
    if known := {end: {"address": [address]} for end, address in ends.items() if address}:
        told["email"] = known
    if rules := line.facts.get("rules"):
        told["rule"] = {"id": rules}
    return json.dumps(told, ensure_ascii=True, separators=(",", ":")).encode()


def _user(line: Line) -> dict[str, object]:
    """Return who did it, and to whose account where it is another one's."""
    user: dict[str, object] = {"name": line.who}
    if address := line.fact("address"):
        user["email"] = address
    if line.whom not in {"", line.who}:
        user["target"] = {"name": line.whom, "id": line.fact("person_id")}
    return user
