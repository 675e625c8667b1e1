"""Which rules were asked about a delivery and what each said, as the list of rules on a page takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from gateway.decide.policy import Policy
from gateway.model.verdict import Outcome, Verdict

if TYPE_CHECKING:
    from gateway.console.tongue import Tongue

Row: TypeAlias = "dict[str, str]"
"""A tag with its colour, a rule by its id, its sentence, and where it is written."""


def rules_of(verdict: Verdict, tongue: Tongue) -> list[Row]:
    """Return the rules that decided, and what those that only observe would have said."""
    say = tongue.say
    decided = [
        {
            "tag": say("Decided"),
            "colour": "" if verdict.outcome is Outcome.DELIVER else "red",
            "name": each.rule,
            "text": each.says,
            "detail": say("%(file)s, line %(line)s", file=each.file, line=each.line),
        }
        for each in verdict.reasons
    ]
    observed = [
        {
            "tag": say("Observed"),
            "colour": "purple",
            "name": each.reason.rule,
            "text": each.reason.says,
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
            "text": each.says,
            "detail": say("%(file)s, line %(line)s", file=each.written.file, line=each.written.line),
        }
        for each in policy.rules
        if each.id not in spoke
    ]
