"""Which obligations there are, which outcome each belongs to, and what a policy set must know of what they name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from gateway.decide.policy import KNOWN_METHODS
from gateway.decide.shapes import Must, Then
from gateway.decide.vocabulary import Vocabulary
from gateway.errors import Complaint
from gateway.model.document import Document, Path, nearest
from gateway.model.verdict import OF_HELD, OWING, Obligation, Outcome, Owing

EXAMPLES: Final = ("delay:10m", "retain:CLASS", "seal:not:METHOD", "tell:ROLE")


def owed(obligations: Iterable[str], outcome: Outcome) -> frozenset[str]:
    """Return those that an outcome owes: telling goes with each, asking with what is held, the rest with deliveries."""
    return frozenset(each for each in obligations if _goes_with(outcome, each))


def _goes_with(outcome: Outcome, obligation: str) -> bool:
    """Say whether an outcome can owe an obligation; a reason would not let go what is refused, so none is asked for."""
    its_own = Outcome.QUARANTINE if obligation in OF_HELD else Outcome.DELIVER
    return outcome is its_own or OWING[Owing.TELL].fullmatch(obligation) is not None


def duty_complaints(document: Document, path: Path, then: Then, words: Vocabulary) -> Iterator[Complaint]:
    """Yield what is wrong with what a rule does."""
    if then.outcome is None and not then.obligations:
        yield document.complaint(path, "this does nothing; name an 'outcome', 'obligations' or both")
    for number, each in enumerate(then.obligations):
        at = (*path, "obligations", number)
        unknown = _unknown(each, words)
        if unknown:
            yield document.complaint(at, unknown)
        elif then.outcome is Outcome.DELIVER and each in OF_HELD:
            yield document.complaint(at, f"'{each}' belongs to what is held; a rule that permits cannot owe it")
        elif then.outcome in (Outcome.QUARANTINE, Outcome.REFUSE) and not _goes_with(Outcome.QUARANTINE, each):
            yield document.complaint(at, f"'{each}' belongs to deliveries; '{then.outcome}' makes none; leave it out")


def law_complaints(document: Document, path: Path, must: Must, words: Vocabulary) -> Iterator[Complaint]:
    """Yield what is wrong with what a law demands."""
    if must.outcome_at_least in (None, Outcome.DELIVER) and not must.obligations:
        message = "this demands nothing; name 'outcome_at_least' (quarantine or refuse) or 'obligations'"
        yield document.complaint(path, message)
    for number, each in enumerate(must.obligations):
        wrong = _unknown(each, words)
        if not wrong and each in OF_HELD:
            wrong = f"'{each}' belongs to what is held; no delivery owes it, so a law cannot demand it"
        if wrong:
            yield document.complaint((*path, "obligations", number), wrong)


def _unknown(obligation: str, words: Vocabulary) -> str:
    """Return what is wrong with one obligation, empty where nothing is."""
    if obligation in frozenset(Obligation):
        return ""
    for kind, form in OWING.items():
        found = form.fullmatch(obligation)
        if found and kind is Owing.SEAL_NOT and found[1] not in KNOWN_METHODS:
            return f"'{found[1]}' is no method of sealing; {nearest(found[1], KNOWN_METHODS)}"
        if found and kind is Owing.RETAIN and found[1] not in words.retention_classes:
            return f"'{found[1]}' is no class of retention.yaml; {nearest(found[1], words.retention_classes)}"
        if found:
            return ""
    return f"'{obligation}' is no obligation; {nearest(obligation, [*Obligation, *EXAMPLES])}"
