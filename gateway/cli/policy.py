"""`gateway policy`: proofs, lints and golden cases of the policy set."""

from __future__ import annotations

import click

from gateway.cli import show
from gateway.cli.opening import read_settings
from gateway.config.load import read_policy_files
from gateway.decide.cases import run_cases
from gateway.decide.parse import parse_policy
from gateway.decide.prove import prove


@click.group()
def policy() -> None:
    """Prove the policy and run its golden cases.

    \b
    Example:
      gateway policy verify
      gateway policy test
    """


@policy.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def verify(context: click.Context, *, as_json: bool) -> None:
    """Prove the policy's laws over every input class; print a counterexample when one can be broken.

    \b
    Example:
      gateway policy verify
    """
    checked = parse_policy(read_policy_files(read_settings(context.obj).paths.policies))
    proof = prove(checked)
    if as_json:
        show.print_json({"policy": checked.hash, "classes": proof.classes, "proved": list(proof.proved),
                      "broken": list(proof.broken), "lints": list(proof.lints)})  # fmt: skip
    else:
        for law in proof.proved:
            click.echo(f"PROVED  {law}")
        for counterexample in proof.broken:
            click.echo(f"BROKEN  {counterexample}")
        for lint in proof.lints:
            click.echo(f"NOTE    {lint}")
        click.echo(f"{proof.classes} input classes, policy {checked.hash[:12]}", err=True)
    context.exit(3 if proof.broken else 0)


@policy.command()
@click.pass_context
def test(context: click.Context) -> None:
    """Run the golden cases of the policy set.

    \b
    Example:
      gateway policy test
    """
    files = read_policy_files(read_settings(context.obj).paths.policies)
    ran = run_cases(parse_policy(files), files)
    for failure in ran.failures:
        click.echo(f"FAILED  {failure}")
    click.echo(f"{ran.total} cases, {len(ran.failures)} failed", err=True)
    context.exit(3 if ran.failures else 0)
