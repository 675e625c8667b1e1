"""What decide says about one recipient of one transfer."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gateway.model.tier import Tier


class Outcome(StrEnum):
    """What happens to a delivery, mildest first."""

    DELIVER = "deliver"
    QUARANTINE = "quarantine"
    REFUSE = "refuse"

    @property
    def strictness(self) -> int:
        """0 for the mildest; the strictest outcome of all matching rules wins."""
        return STRICTNESS[self]


STRICTNESS: Final = {outcome: rank for rank, outcome in enumerate(Outcome)}


class Obligation(StrEnum):
    """What must be done for a delivery to hold, where the word says it all. Others name something: `Owing`.

    An obligation is text in a verdict, so that one which names something is no different.
    """

    ASK_REASON = "ask:reason"
    DISCLOSURE_RECORD = "record:disclosure"
    MARK_BODY = "mark:body"
    MARK_HEADER = "mark:header"
    MARK_SUBJECT = "mark:subject"
    NEUTRAL_SUBJECT = "neutral:subject"
    PASSPHRASE_OTHER_CHANNEL = "passphrase:other-channel"  # noqa: S105 - the name of a duty, no passphrase
    PSEUDONYMISE = "redact:pseudonymise"
    REDACT = "redact:mask"
    SEAL_AES256 = "seal:aes256"
    SEAL_BY_KEY = "seal:by-key"  # of the recipient: no passphrase opens it
    STRIP_LABELS = "strip:labels"
    TLS_VERIFIED = "tls:verified"


class Owing(StrEnum):
    """Obligations that name something: a duration in minutes, a class of retention, a role, a method of sealing."""

    DELAY = "delay"
    RETAIN = "retain"
    SEAL_NOT = "seal:not"
    TELL = "tell"


OWING: Final = {
    Owing.DELAY: re.compile(r"delay:([1-9][0-9]{0,3})m"),
    Owing.RETAIN: re.compile(r"retain:([a-z0-9][a-z0-9-]{0,39})"),
    Owing.SEAL_NOT: re.compile(r"seal:not:([a-z0-9]{1,16})"),
    Owing.TELL: re.compile(r"tell:([a-z0-9][a-z0-9-]{0,39})"),
}
"""How they are written."""
OF_HELD: Final = (Obligation.ASK_REASON,)
"""Obligations of what is held; `tell` goes with every outcome."""


def named(obligations: Iterable[str], kind: Owing) -> tuple[str, ...]:
    """Return what the obligations of one kind name, sorted: minutes, classes, methods, roles."""
    found = (OWING[kind].fullmatch(each) for each in obligations)
    return tuple(sorted(match[1] for match in found if match))


METHODS: Final = ("pgp", "smime", "zip", "pdf", "7z", "html")
"""The methods of sealing, in the order of preference where nobody configured another."""
BY_KEY: Final = frozenset({"pgp", "smime"})
"""Those that a key of the recipient opens; a passphrase opens the others."""


class Network(StrEnum):
    """What a route crosses."""

    INTERNAL = "internal"
    OFF_INTERNET = "off-internet"
    PUBLIC = "public"
    VERIFIED_TLS = "verified-tls"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A sentence, and the code of the language that it is in (RFC 5646)."""

    text: str
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A rule that decided: its id, where it is written, and its sentence, `welsh` the same in Welsh where it has that.

    `about` names the facts that it looks at, sorted; a rule that only adds obligations names none.
    """

    rule: str
    file: str
    line: int
    says: str
    about: tuple[str, ...] = ()
    welsh: str = ""

    def words(self, language: str) -> Said:
        """Return its sentence in a language; in English where it has no other."""
        return Said(text=self.welsh, language="cy") if self.welsh and language == "cy" else Said(text=self.says)


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What would have been said with a rule that only observes, or by a whole policy that does (`policy`, its hash)."""

    reason: Reason
    outcome: Outcome
    obligations: frozenset[str]
    policy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The judgement on one recipient. `policy` is the hash of the policy set that made it, `tier` the effective tier.

    `obligations` are `Obligation`s and what `Owing` describes, as text. `observed` says what rules in observe mode
    would have changed.
    """

    recipient: str
    route: str
    network: Network
    outcome: Outcome
    obligations: frozenset[str]
    reasons: tuple[Reason, ...]
    would_pass_if: tuple[str, ...]
    policy: str
    tier: Tier = Tier.UNMARKED
    observed: tuple[Observed, ...] = ()
