"""`gateway extract` and `classify`: what the gateway sees. Nothing is sent or stored."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from gateway.cli import show
from gateway.cli.opening import PASSWORD_FILE, read_passwords, read_settings
from gateway.config.load import load_policies
from gateway.daemon.assembly import start_inspector
from gateway.decide.evaluate import effective_tier
from gateway.decide.facts import facts_of_content
from gateway.extract import Extraction
from gateway.model.inspection import Gap, GapKind, Inspection
from gateway.model.verdict import Outcome
from gateway.moves.outside import not_inspected
from gateway.record import plain
from gateway.worker import Inspector

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
            tier = effective_tier(policy, facts_of_content(policy, seen)).label
            if as_json:
                show.print_json(plain.inspection(str(path), seen, tier))
                continue
            click.echo(f"{path}: {seen.media_type}, effective tier {tier}")
            show.print_inspection(seen)
