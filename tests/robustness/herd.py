"""Carries a herd of damaged mails, on several processes, and counts what becomes of them."""

from __future__ import annotations

import faulthandler
import multiprocessing
import time
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from multiprocessing.util import Finalize
from typing import Final

from tests.robustness.damage import Mutant, mutant
from tests.robustness.judge import asks, judge
from tests.robustness.seeds import seeds
from tests.robustness.walk import EVERYBODY, STRANGER, Way, way

BUNDLE: Final = 100  # mails that are counted together
BUNDLES: Final = 20  # through one house; then a new one, so that its database stays small
SLOW: Final = 30.0  # seconds for one mail, above which it is told


@dataclass(slots=True)
class Report:
    """What became of a herd. `wrong` names each failure: the number of the mail, its damage, and why."""

    carried: int = 0
    became: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    slow: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def add(self, other: Report) -> None:
        """Take in what another process counted."""
        self.carried += other.carried
        self.became += other.became
        self.wrong += other.wrong
        self.slow += other.slow

    def told(self) -> str:
        """Return it for a person to read."""
        rows = [f"{count:8}  {what}" for what, count in self.became.most_common()]
        head = f"{self.carried} mails in {self.seconds:.0f} s, {len(self.wrong)} failures"
        return "\n".join(
            [head, *rows, *(f"slow: {each}" for each in self.slow), *(f"WRONG {each}" for each in self.wrong)]
        )


def carry(opened: Way, label: str, data: bytes, marking: str, report: Report, recipients: tuple[str, ...]) -> None:
    """Carry one mail and write down what became of it; whatever is raised is a failure of its own."""
    begun = time.monotonic()
    became: tuple[str, ...] = ("escaped",)
    try:
        journey = opened.carry(data, recipients=recipients)
        verdict = judge(data, journey, marking)
        wrong = list(verdict.wrong)
        if journey.transfer and asks(data) and f"{STRANGER.partition('@')[2]}: intact" in verdict.became:
            wrong.append("encryption was asked for, and it went in clear")
    except Exception:  # noqa: BLE001 - nothing may escape: that is what is tested
        wrong = [traceback.format_exc(limit=-4)]
    else:
        became = verdict.became
    report.carried += 1
    report.became.update(became)
    report.wrong += [f"{label}: {why}" for why in wrong]
    if (took := time.monotonic() - begun) > SLOW:
        report.slow.append(f"{label}: {took:.0f} s")


def carry_mutant(opened: Way, one: Mutant, report: Report) -> None:
    """Carry one mutant: all go over the internet, every second within the house, every fourth over verified TLS."""
    recipients = (STRANGER,) if one.number % 2 else EVERYBODY[: 2 if one.number % 4 else 3]
    carry(opened, f"{one.number} {one.seed.name} {'+'.join(one.hows)}", one.data, one.seed.marking, report, recipients)


def carry_seeds(share: int, shares: int) -> Report:
    """Carry a share of the mails as they are."""
    report = Report()
    with way() as opened:
        for each in seeds()[share::shares]:
            carry(opened, f"as it is: {each.name}", each.data, each.marking, report, EVERYBODY)
    return report


@dataclass(slots=True)
class _Open:
    """The house of a process that carries mutants."""

    way: Way | None = None


_OPEN: Final = _Open()


def _begin() -> None:
    """Open a house that stays open as long as its process."""
    faulthandler.enable()
    stack = ExitStack()
    _OPEN.way = stack.enter_context(way())
    Finalize(None, stack.close, exitpriority=10)


def _carried(numbers: range) -> Report:
    """Carry some mutants through the house of this process."""
    report = Report()
    if _OPEN.way is None:
        raise RuntimeError("no house was opened")
    for number in numbers:
        carry_mutant(_OPEN.way, mutant(number), report)
    return report


def run(
    first: int, count: int, *, processes: int = 2, watch: Callable[[Report, Report], None] = lambda _, __: None
) -> Report:
    """Carry so many mutants from a number on, in processes of their own."""
    begun, report = time.monotonic(), Report()
    numbers = range(first, first + count)
    bundles = [numbers[at : at + BUNDLE] for at in range(0, count, BUNDLE)]
    spawning = multiprocessing.get_context("spawn")
    with spawning.Pool(processes, initializer=_begin, maxtasksperchild=BUNDLES) as hands:
        for done in hands.imap_unordered(_carried, bundles):
            report.add(done)
            report.seconds = time.monotonic() - begun
            watch(report, done)
        hands.close()
        hands.join()
    return report
