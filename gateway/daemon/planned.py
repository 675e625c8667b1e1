"""How a delivery would be sealed and its passphrase told, for who only asks what would happen."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from gateway.errors import NotFound, NotSealed
from gateway.model.verdict import Obligation, Outcome, Owing, Verdict, named
from gateway.protect.passphrase import Told
from gateway.protect.seal import Protector
from gateway.record.passphrases import SecondChannel, masked

SEALED = frozenset({Obligation.SEAL_AES256, Obligation.SEAL_BY_KEY})
TOLD_BY_THE_SENDER = "its passphrase told by the sender"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What the recipient can open, the method that would be chosen, and its passphrase in words; or why none works."""

    can: frozenset[str]
    method: str = ""
    passphrase: str = ""
    trouble: str = ""

    def plain(self) -> Mapping[str, object]:
        """Return it as one JSON object holds it."""
        plan = {"sealed_as": self.method, "passphrase": self.passphrase, "not_sealed_because": self.trouble}
        return {"can": sorted(self.can), **plan}

    def sentence(self) -> str:
        """Return it as a person reads it, empty where nothing would be sealed."""
        if self.trouble:
            return f"would be held: {self.trouble}"
        passphrase = f", {self.passphrase}" if self.passphrase else ""
        return f"would be sealed as {self.method}{passphrase}" if self.method else ""


class AgreedNames:
    """The partners that have a standing passphrase, without any passphrase: for saying what would happen."""

    def __init__(self, names: Collection[str]) -> None:
        self._names = names

    def names(self) -> Collection[str]:
        """Return the partners."""
        return self._names

    def read(self, name: str) -> str:
        """Refuse: nothing is sealed here."""
        raise NotFound(f"the passphrase of {name} is not read here")


def plan(
    protector: Protector, second: SecondChannel, verdict: Verdict, *, may_tell: bool, can: frozenset[str]
) -> Planned:
    """Return how this delivery would be sealed; `may_tell` says whether the sender can be told a passphrase."""
    if verdict.outcome is not Outcome.DELIVER or verdict.obligations.isdisjoint(SEALED):
        return Planned(can=can)
    to = verdict.recipient
    try:
        encryptor = protector.choice.chosen(
            to,
            may_tell=may_tell,
            barred=frozenset(named(verdict.obligations, Owing.SEAL_NOT)),
            apart=Obligation.PASSPHRASE_OTHER_CHANNEL in verdict.obligations,
            by_key=Obligation.SEAL_BY_KEY in verdict.obligations,
        )
    except NotSealed as trouble:
        return Planned(can=can, trouble=trouble.message)
    words = {
        None: "",
        Told.AGREED: "opened with the passphrase agreed with their organisation",
        Told.CHANNEL: f"its passphrase sent to {masked(second.contact_of(to))} by {second.called}",
        Told.SENDER: TOLD_BY_THE_SENDER,
    }
    return Planned(can=can, method=encryptor.name, passphrase=words[protector.choice.told(to, encryptor)])
