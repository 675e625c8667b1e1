"""A herd of damaged mails from the command line: `make mutated`, or `python tests/robustness/run.py --mails 2000`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.robustness.herd import Report, run


def tell(report: Report, news: Report) -> None:
    """Say what has just gone wrong, and how far it is."""
    for each in news.wrong:
        print(f"WRONG {each}", file=sys.stderr)  # noqa: T201 - a person watches
    print(f"{report.carried} in {report.seconds:.0f} s, {len(report.wrong)} failures", file=sys.stderr, flush=True)  # noqa: T201 - a person watches


def main() -> int:
    """Say what became of everything; 1 when anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=100_000)
    parser.add_argument("--first", type=int, default=0, help="the number of the first")
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args()
    report = run(asked.first, asked.mails, processes=asked.processes, watch=tell)
    print(report.told())  # noqa: T201 - the answer
    return 1 if report.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
