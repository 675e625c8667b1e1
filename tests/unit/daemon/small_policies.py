"""A policy set of a few lines, proved in no time: what matters here is how it is loaded, not what it says."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

SHIPPED: Final = Path(__file__).parents[3] / "policies"
FILES: Final = {
    "domains.yaml": """
profile: uk-2026
public_suffixes: [co.uk]
domains:
  - {domain: closed.example, match: exact, status: retired, source: made up, note: closed}
""",
    "routes.yaml": """
routes:
  - {id: internal, says: Within., network: internal, channel: internal, serves: [internal], folder: true}
  - {id: internet, says: Out., network: public, channel: internet, serves: [unknown, retired], folder: true}
""",
    "tiers.yaml": """
entities_of_plugins: []
raises:
  - {id: a-nino, says: It names a person., source: made up, when: {entities: {NINO: {at_least: 1}}}, to: PROTECT}
""",
    "laws.yaml": """
laws:
  - id: law/not-read
    says: What was not read waits.
    source: made up
    whenever: {gaps: any, released: false}
    must: {outcome_at_least: quarantine}
""",
    "rules/all.yaml": """
rules:
  - id: permit/ordinary
    says: What is harmless may go.
    source: made up
    when: {route: [internal, internet], tier: {at_most: OFFICIAL}, gaps: none}
    then: {outcome: deliver}
  - id: hold/large
    says: What is large waits.
    source: made up
    when: {size: {at_least: 1000000}}
    then: {outcome: quarantine}
""",
    "cases/all.yaml": """
internal_domains: [council.example]
cases:
  - id: small
    says: A small letter goes.
    given: {recipient: friend@partner.example, size: 999}
    expect: {tier: UNMARKED, route: internet, outcome: deliver, obligations: [], reasons: [permit/ordinary]}
  - id: large
    says: A large one waits.
    given: {recipient: friend@partner.example, size: 1000000}
    expect: {tier: UNMARKED, route: internet, outcome: quarantine, obligations: [], reasons: [hold/large]}
""",
}


def write_small(folder: Path) -> Path:
    """Write the set into a new folder, with what classify reads of the shipped one."""
    for name in ("schemes", "lexicons"):
        shutil.copytree(SHIPPED / name, folder / name)
    shutil.copy(SHIPPED / "labels.yaml", folder)
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    return folder


def change(folder: Path, name: str, old: str, new: str) -> None:
    """Replace a piece of one file, as an editor does: written beside it, then moved over it."""
    text = (folder / name).read_text()
    assert old in text
    beside = (folder / name).with_suffix(".new")
    beside.write_text(text.replace(old, new))
    beside.replace(folder / name)


def touch(path: Path) -> None:
    """Change a file's time and nothing else."""
    about = path.stat()
    os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns + 1))
