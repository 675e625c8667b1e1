"""What is sent into a storm: three kinds of mail by Postfix's own load generator, each to recipients of their own."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.integration.postfix import PATH

SENDER: Final = "load@exampleshire.example"
CANARY: Final = "CANARYQUETZAL"
SIZE: Final = 10_000
MARKED: Final = """\
From: {sender}
To: partner
Subject: Minutes
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

{marking}

{canary} is what nobody else may read.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Mail of one kind, and what must become of it. `name` is in each of its recipients' addresses."""

    name: str
    marking: str
    domain: str
    share: float


KINDS: Final = (
    Kind(name="plain", marking="", domain="partner.example", share=0.87),
    Kind(name="protect", marking="PROTECT", domain="partner.example", share=0.08),
    Kind(name="restricted", marking="RESTRICTED", domain="partner.example", share=0.05),
)


def counts(messages: int) -> dict[str, int]:
    """Return how many of each kind there are among so many messages."""
    of = {kind.name: round(messages * kind.share) for kind in KINDS[1:]}
    return {"plain": messages - sum(of.values())} | of


def recipients(kind: Kind, count: int) -> list[str]:
    """Return whom `smtp-source -N` sends to: a number in front of the address, from 1 up."""
    return [f"{number}{kind.name}@{kind.domain}" for number in range(1, count + 1)]


def send(kind: Kind, count: int, port: int, folder: Path) -> subprocess.Popen[bytes]:
    """Start sending; every message must be taken."""
    command = ["smtp-source", "-m", str(count), "-s", "5", "-N", "-f", SENDER, "-t", f"{kind.name}@{kind.domain}"]
    if kind.marking:
        text = folder / f"{kind.name}.eml"
        text.write_text(MARKED.format(sender=SENDER, marking=kind.marking, canary=CANARY))
        command += ["-F", str(text)]
    else:
        command += ["-l", str(SIZE)]
    return subprocess.Popen([*command, f"inet:127.0.0.1:{port}"], env={"PATH": PATH})
