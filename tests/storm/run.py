"""A storm from the command line: `make storm`, or `python tests/storm/run.py --messages 1000 --harm 20 --seed 7`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.storm.storm import run


def main() -> int:
    """Say what became of everything; 1 when anything was lost, leaked, or came twice unmarked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--harm", type=int, default=200, help="kills, full disks and failed flushes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pause", type=float, default=1.5, help="seconds between blows, on average")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="storm-") as folder:
        outcome = run(Path(folder), messages=asked.messages, harm=asked.harm, seed=asked.seed, pause=asked.pause)
    print(outcome)  # noqa: T201 - the answer
    for what, which in (("lost", outcome.lost), ("leaked", outcome.leaked), ("not marked", outcome.unmarked)):
        for each in which[:20]:
            print(f"  {what}: {each}")  # noqa: T201 - the same
    return 0 if outcome.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
