"""Open Cybersecurity Schema Framework 1.4.0, one JSON object a message.

Data Security Finding (2006) for decisions, Email Activity (4009) for deliveries, Authentication (3002) for sign-ins,
API Activity (6003) for all else.
"""

from __future__ import annotations

import json
from typing import Final

from gateway.model.record import Event
from gateway.record.siem import Family, Line, Severity

VERSION: Final = "1.4.0"
CREATE, UPDATE, CLOSE = 1, 2, 3  # activities of a finding
SEND: Final = 1
LOGON, LOGOFF = 1, 2
OTHER: Final = 99
OUTBOUND: Final = 2
SUCCESS, FAILURE, UNKNOWN = 1, 2, 0
SEVERITIES: Final = {Severity.WARNING: 3, Severity.NOTICE: 2, Severity.INFORMATIONAL: 1}
FINDINGS: Final = {Event.DELIVERY_HELD: CREATE, Event.DELIVERY_REFUSED: CLOSE}
SIGN_INS: Final = {Event.SESSION_REVOKED: LOGOFF}


def message(line: Line) -> bytes:
    """Return one message, without a line's end."""
    class_uid, activity, special = _special(line)
    product = {"name": "Secure Transfer Gateway", "vendor_name": "secure-transfer-gateway", "version": line.version}
    told: dict[str, object] = {
        "metadata": {"version": VERSION, "uid": str(line.number), "product": product, "log_name": "ledger"},
        "time": int(line.at.timestamp() * 1000),
        "class_uid": class_uid,
        "category_uid": class_uid // 1000,
        "activity_id": activity,
        "type_uid": class_uid * 100 + activity,
        "severity_id": SEVERITIES[line.sort.severity],
        "status_id": {True: SUCCESS, False: FAILURE, None: UNKNOWN}[line.sort.is_good],
        "message": line.sort.says,
        "device": {"hostname": line.host, "type_id": OTHER},
        "unmapped": {"event": line.event.value, "delivery": line.delivery, "facts": dict(line.facts)},
        **special,
    }
    return json.dumps(told, ensure_ascii=True, separators=(",", ":")).encode()


def _special(line: Line) -> tuple[int, int, dict[str, object]]:
    """Return class, activity, and what that class demands."""
    email = {"email_addr": line.fact("address")} if line.fact("address") else {}
    nobody = "unknown" if line.sort.family is Family.SIGN_IN else "gateway"
    actor = {"user": {"name": line.who or nobody, **email}}
    if line.sort.family is Family.DECISION:
        about = {"uid": f"{line.transfer}/{line.delivery}", "title": line.sort.says}
        return 2006, FINDINGS.get(line.event, UPDATE), {"finding_info": about, "actor": actor}
    if line.sort.family is Family.DELIVERY:
        known = {"to": [line.fact("recipient")], "from": line.fact("sender")}
        mail = {"uid": line.transfer} | {name: each for name, each in known.items() if each not in ("", [""])}
        return 4009, SEND, {"direction_id": OUTBOUND, "email": mail, "actor": actor}
    if line.sort.family is Family.SIGN_IN:
        user = {"name": line.whom, "uid": line.fact("person_id")} if line.whom else actor["user"]
        where = {"src_endpoint": {"ip": line.network_address}} if line.network_address else {}
        signed = {"user": user, "actor": actor, "service": {"name": "console"}, **where}
        return 3002, SIGN_INS.get(line.event, LOGON), signed
    api = {"operation": line.event.value, "service": {"name": "gateway"}}
    called: dict[str, object] = {"actor": actor, "api": api, "src_endpoint": {"name": line.host}}
    if line.whom:
        called["resources"] = [{"type": "person", "name": line.whom, "uid": line.fact("person_id")}]
    return 6003, OTHER, called
