"""Which matching engine this machine has."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.classify import Databases, Engine, Pattern


def make_engine(patterns: Sequence[Pattern], databases: Databases | None = None) -> Engine:
    """Return hyperscan's engine, or RE2's where hyperscan is not to be had."""
    try:
        from gateway.classify.matching import HyperscanEngine, fingerprint  # noqa: PLC0415 - absent on some machines
    except ImportError:
        from gateway.classify.matching_re2 import Re2Engine  # noqa: PLC0415 - only needed then

        return Re2Engine(patterns)
    if databases is None:
        return HyperscanEngine(patterns)
    name = fingerprint(patterns)
    engine = HyperscanEngine(patterns, database=databases.load(name))
    databases.keep(name, engine.saved())
    return engine
