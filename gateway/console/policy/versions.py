"""Policies that were in force, read again from what the store keeps of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from gateway.console.policy.in_force import DECIDES
from gateway.decide.parse import parse_policy
from gateway.decide.policy import Policy
from gateway.store.embedded import Store

KEPT: Final = 6
"""Versions that stay parsed: those that people compare."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Version:
    """A policy and the texts that decide. Its proof is the daemon's business; whoever shows it may prove it again."""

    policy: Policy
    files: Mapping[str, str]


@lru_cache(maxsize=KEPT)
def version(store: Store, policy_hash: str) -> Version:
    """Return a policy by its hash; `NotFound` where it is not kept, `Invalid` where this release cannot read it."""
    texts = store.policies.files(policy_hash)
    files = {name: text for name, text in texts.items() if name.endswith(DECIDES)}
    others = {name: text for name, text in texts.items() if name not in files}
    return Version(policy=parse_policy(files, others), files=files)
