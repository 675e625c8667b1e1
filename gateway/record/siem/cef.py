"""ArcSight Common Event Format, version 0, in a syslog message (Implementation Standard, revision 25)."""

from __future__ import annotations

import re
from typing import Final

from gateway.record.siem import DETAILS, Line, Severity, one_line
from gateway.record.siem.rfc5424 import AUDIT, LONGEST_VALUE, PRINTABLE
from gateway.store.codec import write_time

IN_HEADER: Final = re.compile(r"([\\|])")
IN_EXTENSION: Final = re.compile(r"([\\=])")
SEVERITIES: Final = {Severity.WARNING: 7, Severity.NOTICE: 5, Severity.INFORMATIONAL: 3}
LABELLED: Final = ("transfer", "delivery", "rules", "policy", "route", "method")
"""What has no key of its own, in cs1 to cs6 with a label each."""


def message(line: Line) -> bytes:
    """Return one message, unframed, in UTF-8."""
    host = PRINTABLE.sub("-", line.host)[:255] or "-"
    head = "|".join(
        IN_HEADER.sub(r"\\\1", one_line(part))
        for part in ("Secure Transfer Gateway", "gateway", line.version, line.event.value, line.sort.says)
    )
    severity = SEVERITIES[line.sort.severity]
    said = " ".join(f"{key}={_escaped(value)}" for key, value in _extension(line).items() if value)
    syslog = f"<{AUDIT * 8 + line.sort.severity}>1 {write_time(line.at)} {host} gateway - {line.event.value} -"
    return f"{syslog} CEF:0|{head}|{severity}|{said}".encode()


def _extension(line: Line) -> dict[str, str]:
    outcome = {True: "success", False: "failure", None: ""}[line.sort.is_good]
    known = {
        "rt": str(int(line.at.timestamp() * 1000)),
        "externalId": str(line.number),
        "dvchost": line.host,
        "act": line.event.value,
        "cat": line.sort.family.value,
        "outcome": outcome,
        "suser": line.who,
        "suid": line.fact("address"),
        "duser": line.fact("recipient") or line.whom,
        "duid": line.fact("person_id"),
        **_source(line.network_address),
        "msg": "; ".join(f"{name}: {line.fact(name)}" for name in DETAILS if line.fact(name)),
        "reason": line.fact("reason") or line.fact("trouble"),
    }
    values = {"transfer": line.transfer, "delivery": line.delivery}
    for number, name in enumerate(LABELLED, 1):
        if value := values.get(name) or line.fact(name):
            known |= {f"cs{number}Label": name, f"cs{number}": value}
    return known


def _source(address: str) -> dict[str, str]:
    """Return from where it was done: `src` is for IPv4 alone."""
    return {"c6a2Label": "Source IPv6 Address", "c6a2": address} if ":" in address else {"src": address}


def _escaped(value: str) -> str:
    return IN_EXTENSION.sub(r"\\\1", one_line(value)[:LONGEST_VALUE])
