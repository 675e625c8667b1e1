"""`gateway bench decide`: decisions and facts a second, how long a proof takes, and replay of what was decided."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import click

from gateway.cli import show
from gateway.cli.opening import open_store, read_settings
from gateway.cli.policy_replay import Work, replay
from gateway.config.load import read_policy_files
from gateway.config.settings import Settings
from gateway.decide.cases import run_cases
from gateway.decide.change.replay import Tally
from gateway.decide.evaluate import decide, judge_facts
from gateway.decide.facts import facts_for
from gateway.decide.parse import parse_policy
from gateway.decide.policy import Policy
from gateway.decide.proof.prove import prove
from gateway.errors import GatewayError
from gateway.model.facts import Facts
from gateway.model.verdict import Outcome
from gateway.testing.homes import make_home
from gateway.testing.large_policy import large_policy
from gateway.testing.recorded import circumstances, fill

T = TypeVar("T")
BATCH: Final = 50_000
SOME: Final = 10_000
HELD: Final = 500
LARGE: Final = 300
MILLION: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a figure should be: at least so much, or at most."""

    figure: str
    least: float | None = None
    most: float | None = None

    def row(self, measured: float) -> Mapping[str, object]:
        """Return the target beside what was measured."""
        is_met = measured >= self.least if self.least is not None else measured <= (self.most or 0)
        wanted = f"at least {self.least:,.0f}" if self.least is not None else f"at most {self.most:g}"
        return {
            "figure": self.figure,
            "measured": measured,
            "target": wanted,
            "verdict": "met" if is_met else "not met",
        }


DECISIONS: Final = "decisions a second and core"
PROOF: Final = "proof, s"
REPLAY: Final = "replay of a million, s"
TARGETS: Final = (
    Target(figure=f"shipped policy, {DECISIONS}", least=300_000),
    Target(figure=f"{LARGE} rules, {DECISIONS}", least=100_000),
    Target(figure=f"shipped policy, {PROOF}", most=1),
    Target(figure=f"{LARGE} rules, {PROOF}", most=1),
    Target(figure=REPLAY, most=60),
)


@click.command("decide")
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(1), help="Rounds; the median is quoted.")
@click.option(
    "--replay", "count", default=100_000, show_default=True, type=click.IntRange(0), help="How many to replay."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def bench_decide(config: Path, rounds: int, count: int, *, as_json: bool) -> None:
    """Measure how fast decide judges, proves and replays.

    The material is a year of a council's mail, made up and the same each time; hardly two transfers are the same, and
    every round has others: the first warms up. A decision goes from facts to outcome, obligations and reasons. Rates
    and proofs are in processor time of one core. Replay reads a store of its own, filled before, and is in wall time
    on all cores; with another number than a million it is scaled, its start included.

    \b
    Example:
      gateway bench decide --rounds 5
      gateway bench decide --replay 1000000
    """
    settings = read_settings(config)
    files = read_policy_files(settings.paths.policies)
    policy = parse_policy(files)
    figures = named("shipped policy", judging(files, rounds)) | named(
        f"{LARGE} rules", judging(large_policy(files, LARGE), rounds)
    )
    figures |= making(policy, rounds)
    if count:
        figures |= replayed(settings, files, count)
    judged = [each.row(figures.pop(each.figure)) for each in TARGETS if each.figure in figures]
    if as_json:
        show.print_json({"targets": judged, "figures": figures})
        return
    show.table(("target", "measured", "wanted", ""), [[_plain(each) for each in row.values()] for row in judged])
    click.echo()
    show.table(("figure", "measured"), [(name, _plain(value)) for name, value in figures.items()])


def named(of: str, figures: Mapping[str, float]) -> dict[str, float]:
    """Return figures with what they are of before their names."""
    return {f"{of}, {name}": value for name, value in figures.items()}


def judging(files: Mapping[str, str], rounds: int) -> dict[str, float]:
    """Measure one policy set: decisions a second, its proof, and reading it with its cases."""
    policy = parse_policy(files)
    different = len(set(next(facts_of(policy, 0))))
    return {
        "rules": len(policy.rules) + len(policy.observed),
        DECISIONS: rate(lambda batch: [judge_facts(policy, each) for each in batch], facts_of(policy, rounds)),
        "different facts in a round, %": round(100 * different / BATCH, 1),
        PROOF: seconds(lambda: prove(policy), rounds),
        "parsing and golden cases, s": seconds(lambda: run_cases(parse_policy(files), files), rounds),
    }


def making(policy: Policy, rounds: int) -> dict[str, float]:
    """Measure what stands around a decision: facts before it, and whole verdicts after it."""
    known = (list(circumstances(BATCH, seed=f"facts {number}")) for number in range(rounds + 1))
    going: list[list[Facts]] = []
    held: list[list[Facts]] = []
    for batch in facts_of(policy, rounds):
        going.append([each for each in batch if judge_facts(policy, each).outcome is Outcome.DELIVER][:SOME])
        held.append([each for each in batch if judge_facts(policy, each).outcome is not Outcome.DELIVER][:HELD])

    def verdicts(batch: Sequence[Facts]) -> Sequence[object]:
        return [decide(policy, each) for each in batch]

    return {
        "facts from circumstances, a second and core": rate(
            lambda some: [facts_for(policy, each) for each in some], known
        ),
        "verdicts on what may go, a second and core": rate(verdicts, going),
        "verdicts on what is held, with what would make it pass, a second and core": rate(verdicts, held),
    }


def replayed(settings: Settings, files: Mapping[str, str], count: int) -> dict[str, float]:
    """Fill a store with what the policy decided, and decide it all again under the same policy."""
    policy = parse_policy(files)
    with tempfile.TemporaryDirectory(prefix="gateway-bench-") as folder:
        own = make_home(settings, Path(folder))
        with open_store(own) as store:
            begun = time.perf_counter()
            fill(store.database, policy, count)
            filling = time.perf_counter() - begun
            work = Work(settings=own, files=tuple(sorted(files.items())), shown=0)
            begun, spent = time.perf_counter(), _processor_time()
            tally = Tally(shown=0)
            for share in replay(store, policy, work, since=None, total=store.transfers.counted()[0]):
                tally.merge(share)
            taken, spent = time.perf_counter() - begun, _processor_time() - spent
    if (tally.decided, tally.changed) != (count, 0):
        raise GatewayError("a verdict is another one when it is decided again", hint="this is a defect: report it")
    return {
        REPLAY: round(taken * MILLION / count, 1),
        "replay of a million, processor time of all cores, s": round(spent * MILLION / count, 1),
        "deliveries replayed": count,
        "replayed a second": round(count / taken),
        "cores": len(os.sched_getaffinity(0)),
        "filling that store, s": round(filling, 1),
    }


def _processor_time() -> float:
    """Return the processor time of this process and of those that it started and that ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def facts_of(policy: Policy, rounds: int) -> Iterator[list[Facts]]:
    """Yield a batch of facts for each round, and one to warm up with."""
    for number in range(rounds + 1):
        yield [facts_for(policy, each) for each in circumstances(BATCH, seed=str(number))]


def rate(act: Callable[[Sequence[T]], object], batches: Iterable[Sequence[T]]) -> float:
    """Return how many a second of processor time are done, the median of all batches but the first."""
    measured = []
    for batch in batches:
        begun = time.process_time()
        act(batch)
        measured.append(len(batch) / (time.process_time() - begun))
    return round(statistics.median(measured[1:]))


def seconds(act: Callable[[], object], rounds: int) -> float:
    """Return how many seconds of processor time something takes, the median of some rounds."""
    measured = []
    for _ in range(rounds):
        begun = time.process_time()
        act()
        measured.append(time.process_time() - begun)
    return round(statistics.median(measured), 3)


def _plain(value: object) -> str:
    return f"{value:,}" if isinstance(value, int | float) else str(value)
