"""What an officer may decide on a held delivery: only what is possible, the recommended one first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from gateway.console.held.filing import Case, drafted, outlook, refuse_own
from gateway.console.words import mark
from gateway.console.words.tongue import Tongue
from gateway.decide.consequence import Consequence, Fate
from gateway.errors import NotFound, NotPermitted
from gateway.model.record import Act
from gateway.model.transfer import Release
from gateway.model.verdict import BY_KEY, METHODS, Obligation
from gateway.quarantine.redacting import why_not as why_not_redacted
from gateway.quarantine.review import check, earlier


class Choice(StrEnum):
    """What can be chosen on the page of a held delivery."""

    SEALED = "sealed"
    REDACTED = "redacted"
    RELEASE = "release"
    REFUSE = "refuse"
    ASK = "ask"


ACTS: Final = {
    Choice.SEALED: Act.RELEASE,
    Choice.REDACTED: Act.RELEASE,
    Choice.RELEASE: Act.RELEASE,
    Choice.REFUSE: Act.REFUSE,
    Choice.ASK: Act.ASK,
}
SAFE_FIRST: Final = (Choice.SEALED, Choice.REDACTED, Choice.ASK, Choice.REFUSE)
SEALED: Final = Obligation.SEAL_AES256
PROBE: Final = "-"
"""The reason of what is only tried here and never filed."""

OWN: Final = mark("You are party to this transfer. Nobody decides on their own: ask another officer.")
NOT_AN_OFFICER: Final = mark("You may look at it. Reviewers and approvers decide.")
NOT_HELD: Final = mark("It is not held any more, so there is nothing to decide.")
TWICE: Final = mark("You released it already. A second person is needed, and it must be somebody else.")
NO_APPROVER: Final = mark("It was released before. The second person must be an approver.")
IN_VAIN: Final = mark(
    "You cannot release it: the rules hold it all the same. See below the rules what would let it go."
)
NO_KEY: Final = mark("You cannot release it: it must go sealed, and there is no way to seal it for this recipient.")
GOES: Final = frozenset({Fate.DELIVERED, Fate.SECOND_PERSON})
"""What makes a release worth anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One choice, in words; `method` and `redact` are what it demands of how the delivery goes."""

    choice: Choice
    text: str
    hint: str
    method: str = ""
    redact: bool = False

    @property
    def act(self) -> Act:
        """What is filed when it is chosen."""
        return ACTS[self.choice]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    """What the visitor may choose, the recommended first.

    `no_release` says why they may not release it, in words that are shown with `_(…)`; empty where they may.
    """

    choices: tuple[Offer, ...]
    no_release: str


def why_not(case: Case) -> str:
    """Return why the visitor may not decide at all, in words that are shown with `_(…)`; empty where they may."""
    if not case.is_held:
        return NOT_HELD
    if case.officer is None:
        return NOT_AN_OFFICER
    try:
        refuse_own(case)
    except NotPermitted:
        return OWN
    return ""


def _why_no_release(case: Case, would: Consequence | None) -> str:
    """Return why the visitor may not release what they may decide: a second person is needed, or it would not go."""
    draft = drafted(case, Act.RELEASE, PROBE)
    try:
        check(case.transfer, draft, approves=case.officer is not None and case.officer.approves)
    except NotPermitted:
        return TWICE if earlier(case.delivery, draft) else NO_APPROVER
    if would is None or would.fate in GOES:
        return ""
    return NO_KEY if would.trouble else IN_VAIN


def first_release(case: Case) -> Release | None:
    """Return the release that did not suffice: the rules want a second person. None where there is none."""
    return case.delivery.release if case.delivery.releases and not case.delivery.trouble else None


def offers(case: Case, tongue: Tongue) -> Offers:
    """Return what the visitor, who may decide on it, may choose."""
    plain = tried(case)
    no_release = _why_no_release(case, plain)
    found = [] if no_release else list(_releases(case, plain, tongue))
    if case.transfer.sender and not case.transfer.automatic and case.transfer.open_question is None:
        hint = tongue.say("They are sent your question, and their answer stands here. It stays held meanwhile.")
        found.append(Offer(choice=Choice.ASK, text=tongue.say("Ask the sender"), hint=hint))
    found.append(_refusal(case, tongue))
    best = next(each for choice in SAFE_FIRST for each in found if each.choice is choice)
    choices = (_recommended(best, tongue), *(each for each in found if each is not best))
    return Offers(choices=choices, no_release=no_release)


def _refusal(case: Case, tongue: Tongue) -> Offer:
    text = tongue.say("Refuse and tell the sender")
    hint = tongue.say("It will not go, and the sender is told why. This cannot be undone.")
    if not case.transfer.sender:
        text = tongue.say("Refuse")
        hint = tongue.say("It will not go, and there is no sender to tell. This cannot be undone.")
    return Offer(choice=Choice.REFUSE, text=text, hint=hint)


def _recommended(offer: Offer, tongue: Tongue) -> Offer:
    return replace(offer, hint=f"{offer.hint} {tongue.say('Recommended.')}")


def _releases(case: Case, plain: Consequence | None, tongue: Tongue) -> Iterator[Offer]:
    if (stronger := _stronger(case, plain)) is not None:
        by_key = stronger in BY_KEY
        text = tongue.say("Release, sealed for a key of the recipient (%(method)s)", method=stronger.upper())
        if not by_key:
            text = tongue.say("Release, sealed with a passphrase (%(method)s)", method=stronger.upper())
        hint = tongue.say("Only they can open it.") if by_key else tongue.say("They learn the passphrase another way.")
        yield Offer(choice=Choice.SEALED, text=text, hint=hint, method=stronger)
    if not why_not_redacted(case.transfer):
        text = tongue.say("Release with what was found masked")
        hint = tongue.say("They get dots in place of the values.")
        yield Offer(choice=Choice.REDACTED, text=text, hint=hint, redact=True)
    text = tongue.say("Let it be tried again") if case.delivery.trouble else tongue.say("Release as it is")
    yield Offer(choice=Choice.RELEASE, text=text, hint=_how(plain, tongue))


def tried(case: Case, *, method: str = "", redact: bool = False) -> Consequence | None:
    """Return what would come of a release by the visitor, None where nobody can say."""
    try:
        return outlook(case, drafted(case, Act.RELEASE, PROBE, method=method, redact=redact))
    except (NotFound, NotPermitted):
        return None


def _stronger(case: Case, plain: Consequence | None) -> str | None:
    """Return a method by which it would go more strongly sealed than without any demand, None where there is none."""
    if plain is None or plain.method in BY_KEY:
        return None
    wanted: Sequence[str] = [each for each in METHODS if each in BY_KEY]
    for method in wanted if plain.method else METHODS:
        would = tried(case, method=method)
        if would and would.method and SEALED in would.verdict.obligations:
            return would.method
    return None


def _how(plain: Consequence | None, tongue: Tongue) -> str:
    if plain is None:
        return tongue.say("The rules decide it again.")
    if plain.fate is Fate.SECOND_PERSON:
        return tongue.say("Needs a second person as well.")
    if plain.method:
        return tongue.say("It goes sealed, because the rules want it so (%(method)s).", method=plain.method.upper())
    return tongue.say("It goes without a seal.")
