"""`gateway policy`: proofs and golden cases of a policy set, and what another one would change."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

import click

from gateway.cli import show
from gateway.cli.opening import read_settings
from gateway.cli.policy_diff import policy_diff
from gateway.cli.policy_replay import policy_replay
from gateway.cli.policy_status import status
from gateway.config.load import read_set
from gateway.decide.cases import run_cases, without_case
from gateway.decide.proof.prove import prove

COUNTED_OUT: Final = 10**18
"""Classes of inputs up to which the number is written out."""


@click.group()
def policy() -> None:
    """Prove the policy, run its golden cases, and see what another one would change.

    \b
    Example:
      gateway policy verify
      gateway policy test
      gateway policy diff policies drafts/policies
      gateway policy replay --against drafts/policies
    """


policy.add_command(policy_diff)
policy.add_command(policy_replay)
policy.add_command(status)


@policy.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def verify(context: click.Context, *, as_json: bool) -> None:
    """Prove the policy's laws over every input class; print a counterexample when one can be broken.

    Exits 3 when a law is broken or a rule can never match: such a policy set does not load.

    \b
    Example:
      gateway policy verify
    """
    checked = read_set(_folder(context)).parsed()
    begun = time.perf_counter()
    proof = prove(checked)
    seconds = round(time.perf_counter() - begun, 3)
    stops = [str(each) for each in proof.complaints]
    if as_json:
        figures = {"classes": proof.classes, "steps": proof.steps, "seconds": seconds}
        shown = {"proved": list(proof.proved), "broken": list(proof.broken), "lints": list(proof.lints)}
        show.print_json({"policy": checked.hash, **figures, **shown, "stops": stops})
    else:
        for law in proof.proved:
            show.say(f"PROVED  {law}")
        for counterexample in proof.broken:
            show.say(f"BROKEN  {counterexample}")
        for lint in proof.lints:
            show.say(f"{'STOPS ' if lint in stops else 'NOTE  '}  {lint}")
        searched = f"{spoken(proof.classes)} classes of inputs, searched in {proof.steps:,} steps and {seconds} s"
        notes = "1 note" if len(proof.lints) == 1 else f"{len(proof.lints)} notes"
        click.echo(f"{searched}; {notes}; policy {checked.hash[:12]}", err=True)
    context.exit(3 if stops else 0)


def spoken(count: int) -> str:
    """Return a number as a person reads it."""
    if count < COUNTED_OUT:
        return f"{count:,}"
    digits = f"{count:.1e}"
    return f"about {digits[:3]} x 10^{int(digits[4:])}"


@policy.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def test(context: click.Context, *, as_json: bool) -> None:
    """Run the golden cases of the policy set, and name the rules that no case shows.

    Exits 3 when a case fails or a rule has none: such a policy set does not load.

    \b
    Example:
      gateway policy test
    """
    files = read_set(_folder(context))
    checked = files.parsed()
    ran = run_cases(checked, files.decide)
    alone = [str(each) for each in without_case(checked, ran)]
    failures = [str(each) for each in ran.failures]
    if as_json:
        shown = {"shown": sorted(ran.shown), "failures": failures, "without_case": alone}
        show.print_json({"policy": checked.hash, "cases": ran.total, **shown})
    else:
        for failure in failures:
            show.say(f"FAILED  {failure}")
        for rule in alone:
            show.say(f"NO CASE {rule}")
        rules = len(checked.rules) + len(checked.observed)
        told = f"{ran.total} cases, {len(failures)} failures; {rules - len(alone)} of {rules} rules shown at work"
        click.echo(f"{told}; policy {checked.hash[:12]}", err=True)
    context.exit(3 if failures or alone else 0)


def _folder(context: click.Context) -> Path:
    return read_settings(context.obj).paths.policies
