"""`gateway extract`, `classify` and `explain`: what the gateway sees and would do. Nothing is sent or stored."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from gateway.cli import show
from gateway.cli.opening import PASSWORD_FILE, read_passwords, read_settings, require_files, require_route
from gateway.config.load import load_policies
from gateway.daemon.assembly import build_protector, start_inspector
from gateway.decide.evaluate import effective_tier
from gateway.decide.facts import facts_of_content
from gateway.extract import Extraction
from gateway.model.inspection import Gap, GapKind, Inspection
from gateway.model.subject import asks_for_encryption
from gateway.model.transfer import Delivery, Origin, Part, Transfer
from gateway.model.verdict import Outcome, Verdict
from gateway.moves.inside import judge
from gateway.moves.outside import not_inspected
from gateway.system.clock import MachineClock
from gateway.worker import Inspector, merge

PATHS = click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
EXIT = {Outcome.DELIVER: 0, Outcome.QUARANTINE: 10, Outcome.REFUSE: 11}


def read(path: Path) -> bytes | Gap:
    """Return a file's bytes, or the gap that says why there are none."""
    try:
        return path.read_bytes()
    except OSError as error:
        return Gap(
            part=path.name, kind=GapKind.CORRUPT, detail=f"cannot be opened: {(error.strerror or 'failed').lower()}"
        )


def inspect_file(inspector: Inspector, path: Path, passwords: Sequence[str]) -> Inspection:
    """Inspect a file as the daemon would; a file that cannot be opened is a gap."""
    content = read(path)
    if isinstance(content, Gap):
        return not_inspected(content)
    return inspector.inspect(path.name, content, passwords=passwords)


@click.command()
@PATHS
@PASSWORD_FILE
@click.option("--text", "whole", is_flag=True, help="All text, instead of the first words of each piece.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, with all text.")
@click.pass_obj
def extract(config: Path, paths: Sequence[Path], password_file: Path | None, *, whole: bool, as_json: bool) -> None:
    """Show what the extractors see in files, where each piece of text stood, and what they could not see.

    \b
    Example:
      gateway extract report.docx
      gateway extract report.docx letters/*.pdf --text
      gateway extract locked.zip --password-file words.txt --json
    """
    passwords = read_passwords(password_file)
    with start_inspector(read_settings(config)) as inspector:
        for path in paths:
            content = read(path)
            if isinstance(content, Gap):
                seen = Extraction(parts=(), gaps=(content,))
            else:
                seen = inspector.extract(path.name, content, passwords=passwords)
            if as_json:
                show.print_json(show.extraction(str(path), seen))
            else:
                show.print_extraction(seen, whole=whole)


@click.command()
@PATHS
@PASSWORD_FILE
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def classify(config: Path, paths: Sequence[Path], password_file: Path | None, *, as_json: bool) -> None:
    """Show markings with their evidence, findings (masked) with why, people, gaps and remarks of files.

    \b
    Example:
      gateway classify report.docx letters/*.pdf --json
      gateway classify locked.zip --password-file words.txt
    """
    passwords = read_passwords(password_file)
    settings = read_settings(config)
    policy = load_policies(settings.paths.policies)
    with start_inspector(settings) as inspector:
        for path in paths:
            seen = inspect_file(inspector, path, passwords)
            tier = effective_tier(policy, facts_of_content(seen)).label
            if as_json:
                show.print_json(show.inspection(str(path), seen, tier))
                continue
            click.echo(f"{path}: {seen.media_type}, effective tier {tier}")
            show.print_inspection(seen)


@click.command()
@PATHS
@click.option("--from", "sender", required=True, help="The sender's address.")
@click.option("--to", "recipients", required=True, multiple=True, help="A recipient's address; may be repeated.")
@click.option("--subject", default="", help="The subject the sender would write.")
@click.option("--route", default="", help="A route by name, instead of by the recipient's domain.")
@PASSWORD_FILE
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def explain(
    context: click.Context,
    paths: Sequence[Path],
    sender: str,
    recipients: tuple[str, ...],
    subject: str,
    route: str,
    password_file: Path | None,
    *,
    as_json: bool,
) -> None:
    """Say what would happen and why, without sending or storing anything. Exits 0, 10 (held) or 11 (refused).

    \b
    Example:
      gateway explain report.docx --from me@council.example --to you@partner.example
    """
    settings = read_settings(context.obj)
    require_files(paths)
    passwords = read_passwords(password_file)
    policy = load_policies(settings.paths.policies)
    require_route(policy, route)
    with start_inspector(settings) as inspector:
        seen = merge([inspect_file(inspector, path, passwords) for path in paths])
    transfer = Transfer(
        id="dry-run",
        origin=Origin.COMMAND,
        sender=sender,
        received_at=MachineClock().now(),
        parts=tuple(Part(name=path.name, object_id="", size=_size(path), sha256="") for path in paths),
        deliveries=tuple(Delivery(id=f"d{n}", recipient=each) for n, each in enumerate(recipients)),
        route=route,
        encrypt_requested=asks_for_encryption(subject),
        inspection=seen,
    )
    can = build_protector(settings).can
    internal = frozenset(settings.organisation.internal_domains)
    verdicts = []
    for each in transfer.deliveries:
        methods = can(each.recipient, may_tell=bool(sender))
        verdicts.append(judge(transfer, each, seen, policy=policy, can=methods, internal_domains=internal))
    tier = effective_tier(policy, facts_of_content(seen)).label
    if as_json:
        show.print_json(_explained(seen, tier, verdicts))
    else:
        _tell(paths, tier, verdicts)
    context.exit(EXIT[max((verdict.outcome for verdict in verdicts), key=lambda outcome: outcome.strictness)])


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _explained(seen: Inspection, tier: str, verdicts: Sequence[Verdict]) -> dict[str, object]:
    entities = [finding.entity for finding in seen.findings]
    return {
        "effective_tier": tier,
        "marking": show.marking(seen.marking),
        "findings_by_entity": {entity: entities.count(entity) for entity in sorted(set(entities))},
        "people": seen.people,
        "gaps": [show.gap(gap) for gap in seen.gaps],
        "recipients": [
            {
                "recipient": verdict.recipient,
                "route": verdict.route,
                "network": str(verdict.network),
                "outcome": str(verdict.outcome),
                "obligations": sorted(verdict.obligations),
                "reasons": [
                    {"rule": each.rule, "file": each.file, "line": each.line, "says": each.says}
                    for each in verdict.reasons
                ],
                "would_pass_if": list(verdict.would_pass_if),
            }
            for verdict in verdicts
        ],
    }


def _tell(paths: Sequence[Path], tier: str, verdicts: Sequence[Verdict]) -> None:
    names = ", ".join(path.name for path in paths)
    for verdict in verdicts:
        click.echo(
            f"{verdict.outcome.upper()}  {names} ({tier})  ->  {verdict.recipient}   (nothing was sent: dry run)"
        )
        click.echo(
            f"  route {verdict.route} ({verdict.network}); must: {', '.join(sorted(verdict.obligations)) or '-'}"
        )
        for reason in verdict.reasons:
            click.echo(f"  {reason.says}  [{reason.rule}, {reason.file}:{reason.line}]")
        for way in verdict.would_pass_if:
            click.echo(f"  would pass if {way}")
