"""`gateway policy diff`: what differs between two policy sets, and what they decide otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import click

from gateway.cli import show
from gateway.config.load import BY_COMMAND, read_set, shown_as
from gateway.decide.change.changed import Changed, Example, changed
from gateway.decide.change.changed_cases import ChangedCase, changed_cases
from gateway.decide.change.compare import Difference, differences

MARKS: Final = {"added": "+", "removed": "-", "changed": "*"}
MOST_SHOWN: Final = 40
"""Examples that a person is shown; programs get all."""


@click.command("diff")
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def policy_diff(before: Path, after: Path, *, as_json: bool) -> None:
    """Say in words what differs between two policy folders, and which inputs the second one decides otherwise.

    The decisions are looked for over all classes of inputs under both policies, with the same facts; one example is
    shown for each kind of change, milder ones first. What other routes, domains and partners come to is shown by the
    golden cases of both, and by 'gateway policy replay'. Both must be well-formed; neither need be proved.

    \b
    Example:
      gateway policy diff policies drafts/policies
    """
    with shown_as(before):
        first = read_set(before, hint=BY_COMMAND)
        one = first.parsed()
    with shown_as(after):
        second = read_set(after, hint=BY_COMMAND)
        other = second.parsed()
    differing = list(differences(one, other))
    found = changed(one, other)
    cases = list(changed_cases(one, other, first.decide, second.decide))
    files = _files(first.texts, second.texts)
    if as_json:
        show.print_json(
            {
                "before": one.hash,
                "after": other.hash,
                "files": files,
                "differences": [
                    {"kind": each.kind, "id": each.id, "how": each.how, "words": list(each.words)} for each in differing
                ],
                "changed": len(found.examples),
                "all_kinds": not found.missing,
                "missing": found.missing,
                "decisions": [_as_data(each) for each in found.examples],
                "cases": [_case(each) for each in cases],
            }
        )
        return
    for line in [*_differing(differing, files), *_decided(found), *_told(cases)]:
        show.say(line)


def _files(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Return the names of the files whose text differs."""
    return [name for name in sorted({*before, *after}) if before.get(name) != after.get(name)]


def _differing(found: Sequence[Difference], files: Sequence[str]) -> Iterator[str]:
    if not found:
        what = f"only in texts that decide nothing: {', '.join(files)}" if files else "in nothing"
        yield f"the two differ {what}"
    for each in found:
        yield f"{MARKS[each.how]} {each.kind} {each.id} {each.how}"
        yield from (f"    {words}" for words in each.words)


def _decided(found: Changed) -> Iterator[str]:
    yield ""
    if not found.examples:
        unsure = f"none was found that is decided otherwise, but {found.missing}, so there may be some"
        yield unsure if found.missing else "no input is decided otherwise"
        return
    every = f"examples only, because {found.missing}" if found.missing else "one example of each kind of change"
    yield f"decided otherwise ({every}):"
    for each in found.examples[:MOST_SHOWN]:
        yield f"{each.direction.upper()}  {each.words}"
        yield f"    was: {each.before.words}  [{', '.join(each.rules_before)}]"
        yield f"    is:  {each.after.words}  [{', '.join(each.rules_after)}]"
    if len(found.examples) > MOST_SHOWN:
        yield f"{len(found.examples) - MOST_SHOWN} more; see them with --json"


def _told(cases: Sequence[ChangedCase]) -> Iterator[str]:
    if cases:
        yield ""
        yield "golden cases of either that the two decide otherwise:"
    for each in cases:
        yield f"{each.before.towards(each.after).upper()}  {each.id}: {each.says}"
        yield f"    was: {each.before.words}, by the route {each.route_before or 'none'}"
        yield f"    is:  {each.after.words}, by the route {each.route_after or 'none'}"


def _case(each: ChangedCase) -> Mapping[str, object]:
    return {
        "id": each.id,
        "direction": str(each.before.towards(each.after)),
        "before": {"outcome": str(each.before.outcome), "obligations": sorted(each.before.obligations)},
        "after": {"outcome": str(each.after.outcome), "obligations": sorted(each.after.obligations)},
        "routes": [each.route_before, each.route_after],
    }


def _as_data(example: Example) -> Mapping[str, object]:
    return {
        "direction": str(example.direction),
        "input": example.words,
        "before": _decision(example, after=False),
        "after": _decision(example, after=True),
    }


def _decision(example: Example, *, after: bool) -> Mapping[str, object]:
    decision = example.after if after else example.before
    return {
        "outcome": str(decision.outcome),
        "obligations": sorted(decision.obligations),
        "rules": list(example.rules_after if after else example.rules_before),
    }
