"""What a child is prepared with, before the walls go up: said once by the daemon, which is trusted."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """`policies` are the texts of the files that classify reads, by name; None for a child that only extracts.

    `plugins` names entry points by kind (`extractors`, `detectors`). Findings get keys where there is a `search_key`.
    Compiled patterns are kept in the folder `cache`. Registers and forms are those of
    the folder `taught`. With `names` the optional model looks for names.
    """

    policies: Mapping[str, str] | None = None
    plugins: Mapping[str, Sequence[str]] = field(default_factory=dict)
    search_key: bytes = field(default=b"", repr=False)
    cache: Path | None = None
    taught: Path | None = None
    names: bool = False

    def write(self) -> bytes:
        """Write it down for the child."""
        return json.dumps(
            {
                "policies": None if self.policies is None else dict(self.policies),
                "plugins": {kind: list(names) for kind, names in self.plugins.items()},
                "search_key": self.search_key.hex(),
                "cache": str(self.cache or ""),
                "taught": str(self.taught or ""),
                "names": self.names,
            }
        ).encode()

    @classmethod
    def read(cls, written: bytes) -> Setup:
        """Read what `write` wrote."""
        said = json.loads(written)
        return cls(
            policies=said["policies"],
            plugins=said["plugins"],
            search_key=bytes.fromhex(said["search_key"]),
            cache=Path(said["cache"]) if said["cache"] else None,
            taught=Path(said["taught"]) if said["taught"] else None,
            names=said["names"],
        )
