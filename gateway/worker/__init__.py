"""worker: opens and classifies content in hardened child processes.

In      a name and bytes
Out     an `Inspection` (or, for `gateway extract`, the `Extraction`): spans, masked words and codes
Laws    the process that holds keys and the database never parses content; what a child says is checked field by
        field; a child that dies, hangs or answers nonsense is a `Gap`, never "clean"
Fails   `Unsound` at the start, when the walls cannot be built or a plug-in is missing; never for content

`python -m gateway.worker` is the child: it loads every parser and pattern once, and is forked for each worker.
"""

from __future__ import annotations

from gateway.worker.inspector import Inspector
from gateway.worker.merging import merge
from gateway.worker.setup import Setup

__all__ = ["Inspector", "Setup", "merge"]
