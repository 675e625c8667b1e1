"""The address of a collector: one that a connection can be tried to, and private unless it is on this machine."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from gateway.config.siem import SiemSettings


@pytest.mark.parametrize(
    ("to", "host", "port"),
    [
        ("tls://siem.exampleshire.example:6514", "siem.exampleshire.example", 6514),
        ("tls://[2001:db8::7]:6514", "2001:db8::7", 6514),
        ("tcp://127.0.0.1:514", "127.0.0.1", 514),
        ("tcp://localhost:65535", "localhost", 65535),
    ],
)
def test_an_address_is_a_host_and_a_port(to: str, host: str, port: int) -> None:
    settings = SiemSettings(to=to)
    assert (settings.host, settings.port) == (host, port)


@pytest.mark.parametrize(
    "to",
    [
        "tls://siem..example:6514",
        "tls://.example:6514",
        "tls://siem.example.:6514",
        "tls://-siem.example:6514",
        f"tls://{'a' * 64}.example:6514",
        "tls://siem.example:0",
        "tls://siem.example:65536",
        "tls://siem.example",
        "udp://siem.example:514",
    ],
)
def test_what_is_no_address_is_refused(to: str) -> None:
    with pytest.raises(ValidationError, match="is not understood; write for example"):
        SiemSettings(to=to)


def test_what_crosses_a_network_is_told_over_tls() -> None:
    with pytest.raises(ValidationError, match="write tls://"):
        SiemSettings(to="tcp://siem.example:514")
