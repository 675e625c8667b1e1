"""`gateway explain`: the verdict for each recipient, which rules decided, what would make it pass. Sends nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

import click

from gateway.cli import show
from gateway.cli.looking import PATHS, inspect_file
from gateway.cli.opening import PASSWORD_FILE, read_passwords, read_settings, require_files, require_route
from gateway.config.load import load_policies
from gateway.config.settings import Settings
from gateway.daemon.assembly import start_inspector
from gateway.daemon.draft import Draft, draft_of
from gateway.daemon.explaining import Explanation, as_mail, explained
from gateway.decide.explain import in_words
from gateway.errors import GatewayError
from gateway.model.facts import Consent
from gateway.model.inspection import Inspection
from gateway.model.subject import asks_for_encryption
from gateway.model.transfer import Delivery, Origin, Part, Transfer
from gateway.model.verdict import Outcome
from gateway.store.embedded import Store, open_store
from gateway.system.clock import MachineClock
from gateway.worker import merge

T = TypeVar("T")
EXIT = {Outcome.DELIVER: 0, Outcome.QUARANTINE: 10, Outcome.REFUSE: 11}


@click.command()
@PATHS
@click.option("--from", "sender", required=True, help="The sender's address.")
@click.option("--to", "recipients", required=True, multiple=True, help="A recipient's address; may be repeated.")
@click.option("--subject", help="The subject the sender would write; of a mail, its own unless this is given.")
@click.option("--route", default="", help="A route by name, instead of by the recipient's domain.")
@click.option("--reason", default="", help="The reason the sender would give.")
@click.option("--consent", type=click.Choice([str(each) for each in Consent]), default="none", help="What was agreed.")
@PASSWORD_FILE
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def explain(  # noqa: PLR0913, PLR0917 - one argument for each option
    context: click.Context,
    paths: Sequence[Path],
    sender: str,
    recipients: tuple[str, ...],
    subject: str | None,
    route: str,
    reason: str,
    consent: str,
    password_file: Path | None,
    *,
    as_json: bool,
) -> None:
    """Say what would happen and why, without sending or storing anything. Exits 0, 10 (held) or 11 (refused).

    A single .eml is taken as mail: others see whom To and Cc name, and its header says what options leave out.

    \b
    Example:
      gateway explain report.docx --from me@council.example --to you@partner.example
      gateway explain list.xlsx --from me@council.example --to ward@nhs.net --reason "referral 114" --json
    """
    settings = read_settings(context.obj)
    require_files(paths)
    passwords = read_passwords(password_file)
    policy = load_policies(settings.paths.policies)
    require_route(policy, route)
    draft = read_draft(paths)
    seen = _inspected(settings, paths, draft, passwords)
    transfer = Transfer(
        id="dry-run",
        origin=Origin.COMMAND,
        sender=sender,
        received_at=MachineClock().now(),
        parts=tuple(Part(name=path.name, object_id="", size=_size(path), sha256="") for path in paths),
        deliveries=tuple(Delivery(id=f"d{n}", recipient=each) for n, each in enumerate(recipients)),
        route=route,
        encrypt_requested=asks_for_encryption(subject or ""),
        reason=reason,
        consent=consent,
        inspection=seen,
    )
    ask = partial(_ask_store, settings)
    transfer = as_mail(transfer, draft, ask, has_subject=subject is not None) if draft else transfer
    explanation = explained(settings, policy, transfer, seen, ask)
    if as_json:
        show.print_json(explanation.plain())
    else:
        _tell(paths, explanation)
    context.exit(EXIT[explanation.severest])


def _inspected(settings: Settings, paths: Sequence[Path], draft: Draft | None, passwords: Sequence[str]) -> Inspection:
    with start_inspector(settings) as inspector:
        if draft is not None:
            return inspector.inspect(paths[0].name, draft.content, passwords=(*passwords, *draft.passwords))
        return merge([inspect_file(inspector, path, passwords) for path in paths])


def read_draft(paths: Sequence[Path]) -> Draft | None:
    """Return the mail if the only file is one (`.eml`) and can be read; `NotAccepted` as from the door."""
    if len(paths) != 1 or paths[0].suffix.lower() != ".eml":
        return None
    try:
        raw = paths[0].read_bytes()
    except OSError:
        return None
    return draft_of(raw)


def _ask_store(settings: Settings, question: Callable[[Store], T], nothing: T) -> T:
    """Return what the store answers; to who may not read it, nothing was ever sent or agreed."""
    try:
        store = open_store(state=settings.paths.state, vault=settings.paths.quarantine, clock=MachineClock())
    except (GatewayError, OSError):
        return nothing
    try:
        return question(store)
    finally:
        store.close()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _tell(paths: Sequence[Path], explanation: Explanation) -> None:
    names = ", ".join(path.name for path in paths)
    verdicts, plans = explanation.verdicts, explanation.plans
    for verdict, planned in zip(verdicts, plans, strict=True):
        what = f"{verdict.outcome.upper()}  {names} ({explanation.tier})"
        click.echo(f"{what}  ->  {verdict.recipient}   (nothing was sent: dry run)")
        click.echo(f"  route {verdict.route or 'none'} ({verdict.network})")
        for obligation in sorted(verdict.obligations):
            click.echo(f"  must: {in_words(obligation)}  [{obligation}]")
        if planned.sentence():
            click.echo(f"  {planned.sentence()}")
        for reason in verdict.reasons:
            click.echo(f"  because: {reason.says}  [{reason.rule}, {reason.file}:{reason.line}]")
        for way in verdict.would_pass_if:
            click.echo(f"  would pass if {way}")
        for each in verdict.observed:
            click.echo(f"  with the rule that only observes it would be: {each.outcome}  [{each.reason.rule}]")
    if verdicts:
        click.echo(f"policy {verdicts[0].policy[:12]}", err=True)
