"""Which rules were asked about a delivery and what each said, in the visitor's language where it has that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from gateway.decide.demands import DEMANDED
from gateway.decide.evaluate import NO_RULE
from gateway.decide.policy import Policy
from gateway.decide.unproved import UNPROVED
from gateway.errors import GatewayError
from gateway.model.verdict import Outcome, Reason, Said, Verdict

if TYPE_CHECKING:
    from gateway.console.words.tongue import Tongue

Row: TypeAlias = "dict[str, str]"
"""A tag with its colour, a rule by its id, its sentence and the language of that, and where it is written."""

WordsOfRule: TypeAlias = Callable[[str, str], Said]
"""Returns what a rule says, by its id and its English sentence."""


def rules_of(verdict: Verdict, tongue: Tongue) -> list[Row]:
    """Return the rules that decided, and what those that only observe would have said."""
    say = tongue.say
    decided = [
        {
            "tag": say("Decided"),
            "colour": "" if verdict.outcome is Outcome.DELIVER else "red",
            "name": each.rule,
            **_said(each, tongue),
            "detail": say("%(file)s, line %(line)s", file=each.file, line=each.line),
        }
        for each in verdict.reasons
    ]
    observed = [
        {
            "tag": say("Observed"),
            "colour": "purple",
            "name": each.reason.rule,
            **_said(each.reason, tongue),
            "detail": say("would have said: %(outcome)s", outcome=each.outcome),
        }
        for each in verdict.observed
    ]
    return decided + observed


def silent_rules(policy: Policy, verdict: Verdict, tongue: Tongue) -> list[Row]:
    """Return the rules that did not decide; none where it was decided under another policy than this."""
    if policy.hash != verdict.policy:
        return []
    spoke, say = {each.rule for each in verdict.reasons}, tongue.say
    return [
        {
            "tag": say("Did not decide"),
            "name": each.id,
            **_said(each.reason, tongue),
            "detail": say("%(file)s, line %(line)s", file=each.written.file, line=each.written.line),
        }
        for each in policy.rules
        if each.id not in spoke
    ]


def _said(reason: Reason, tongue: Tongue) -> Row:
    words = reason.words(tongue.language)
    return {"text": words.text, "language": words.language}


def words_of_rule(policy: Callable[[], Policy | None], tongue: Tongue) -> WordsOfRule:
    """Return what finds the words of a rule where no more is known than its id and its English sentence.

    What the policy in force does not say, or not so any more, stays English. So does all where nobody can read it: what
    is held is listed all the same.
    """
    try:
        known = _reasons(policy()) if tongue.language != "en" else {}
    except GatewayError:
        known = _reasons(None)

    def words(rule: str, says: str) -> Said:
        reason = known.get((rule, says))
        return reason.words(tongue.language) if reason else Said(text=says)

    return words


@lru_cache(maxsize=2)
def _reasons(policy: Policy | None) -> Mapping[tuple[str, str], Reason]:
    rules = (*policy.rules, *policy.observed) if policy else ()
    return {(each.rule, each.says): each for each in (NO_RULE, UNPROVED, DEMANDED, *(rule.reason for rule in rules))}
