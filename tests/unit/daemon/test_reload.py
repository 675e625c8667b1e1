"""A changed policy takes the place of the running one whole, or not at all; a bad one is told and changes nothing."""

from __future__ import annotations

import io
import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import structlog

from gateway.config.load import load_policies, load_settings, read_classify_files, read_set
from gateway.config.settings import Settings
from gateway.daemon import reload as module
from gateway.daemon.inspectors import Inspectors
from gateway.daemon.reload import PolicyInForce
from gateway.daemon.standing import Standing, read_standing
from gateway.decide.parse import hash_of
from gateway.errors import StorageFull, Unsound
from gateway.model.record import Entry
from gateway.store.embedded import Store, open_store
from gateway.system.clock import MachineClock
from gateway.system.log import configure
from gateway.testing.homes import make_home
from gateway.worker import Inspector
from tests.unit.daemon.idle_inspector import IdleInspector
from tests.unit.daemon.small_policies import change, touch, write_small

SAMPLE = Path(__file__).parents[3] / "config" / "gateway.yaml"
RULES, CASES = "rules/all.yaml", "cases/all.yaml"


@dataclass
class Home:
    """A gateway's home with a small policy in force, and what was started and said."""

    settings: Settings
    store: Store
    folder: Path
    first: IdleInspector = field(default_factory=IdleInspector)
    started: list[IdleInspector] = field(default_factory=list)
    refuses: bool = False

    def __post_init__(self) -> None:
        self.inspectors = Inspectors(self.first)
        self.in_force = self.in_its_place()

    def in_its_place(self) -> PolicyInForce:
        """Return what a gateway that is started now puts in force."""
        return PolicyInForce(
            self.settings,
            load_policies(self.folder),
            classify=read_classify_files(self.folder),
            inspectors=self.inspectors,
            open_inspector=self.open_inspector,
            ledger=self.store.ledger,
            clock=MachineClock(),
        )

    def open_inspector(self, classify: Mapping[str, str]) -> Inspector:
        if self.refuses:
            raise Unsound("a worker could not be hardened")
        self.started.append(IdleInspector(str(len(classify))))
        return self.started[-1]

    def allow_larger(self) -> None:
        """Change a rule, and the case that shows it."""
        change(self.folder, RULES, "1000000", "2000000")
        change(self.folder, CASES, "size: 1000000", "size: 2000000")

    def spoil(self) -> None:
        """Misspell a fact."""
        change(self.folder, RULES, "size:", "sise:")

    def settle(self) -> None:
        """Look until what changed has come to rest and was taken in."""
        for _ in range(3):
            self.in_force.look()

    @property
    def standing(self) -> Standing:
        said = read_standing(self.settings.paths.state)
        assert said is not None
        return said

    @property
    def entries(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.store.ledger.entries()]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    settings = make_home(load_settings(SAMPLE), tmp_path)
    folder = write_small(tmp_path / "policies")
    paths = settings.paths.model_copy(update={"policies": folder})
    settings = settings.model_copy(update={"paths": paths})
    store = open_store(state=settings.paths.state, vault=settings.paths.quarantine, clock=MachineClock())
    yield Home(settings, store, folder)
    store.close()


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What is logged meanwhile."""
    said = io.StringIO()
    configure(as_json=True)
    structlog.configure(logger_factory=structlog.WriteLoggerFactory(file=said))
    yield said
    structlog.reset_defaults()


def logged(log: io.StringIO, event: str) -> list[dict[str, Any]]:
    return [line for line in map(json.loads, log.getvalue().splitlines()) if line["event"] == event]


def test_a_change_is_in_force_once_it_has_come_to_rest_and_is_told(home: Home, log: io.StringIO) -> None:
    home.settle()
    before = home.in_force()
    home.allow_larger()
    home.in_force.look()
    assert home.in_force() is before, "somebody may still be writing"
    home.in_force.look()
    after = home.in_force()
    assert after.hash == load_policies(home.folder).hash != before.hash
    (loaded,) = logged(log, "policy:loaded")
    assert (loaded["policy"], loaded["was"]) == (after.hash, before.hash)
    assert (home.standing.in_force, home.standing.last_rejected) == (after.hash, None)
    (entry,) = home.entries
    assert (entry["event"], entry["transfer"]) == ("policy:loaded", "")
    assert (entry["facts"]["policy"], entry["facts"]["before"]) == (after.hash, before.hash)
    assert (home.in_force.loaded, home.in_force.rejected) == (1, 0)
    assert home.started == [], "classify reads what it read before"


def test_what_never_comes_to_rest_is_not_taken(home: Home) -> None:
    home.settle()
    before = home.in_force()
    home.allow_larger()
    for _ in range(5):
        home.in_force.look()
        touch(home.folder / RULES)
    assert home.in_force() is before


def test_what_changes_while_it_is_read_is_read_again_later(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.settle()
    before = home.in_force()
    home.spoil()

    def slow(folder: Path) -> Any:  # noqa: ANN401 - passed on
        files = read_set(folder)
        touch(home.folder / RULES)
        return files

    with monkeypatch.context() as while_written:
        while_written.setattr(module, "read_set", slow)
        home.in_force.look(at_once=True)
    assert (home.in_force(), home.in_force.rejected) == (before, 0), "half of it may be of the old set"
    home.settle()
    assert home.in_force.rejected == 1


def test_a_bad_set_leaves_the_running_one_in_force_and_says_where(home: Home, log: io.StringIO) -> None:
    home.settle()
    before = home.in_force()
    home.spoil()
    home.settle()
    assert home.in_force() is before
    rejected = home.standing.last_rejected
    assert rejected is not None
    assert rejected.complaints[0].startswith("policies/rules/all.yaml:11:")
    assert "did you mean 'size'" in rejected.complaints[0]
    assert home.standing.in_force == before.hash != rejected.hash
    (told,) = logged(log, "policy:rejected")
    assert told["error"] == "; ".join(rejected.complaints)
    assert home.entries == []
    assert (home.in_force.loaded, home.in_force.rejected) == (0, 1)
    home.settle()
    assert home.in_force.rejected == 1, "it is told once"
    change(home.folder, RULES, "sise:", "size:")
    home.allow_larger()
    home.settle()
    assert home.in_force() is not before
    assert home.standing.last_rejected is None


def test_what_is_put_back_as_it_was_is_sound_again(home: Home, log: io.StringIO) -> None:
    home.settle()
    before = home.in_force()
    home.spoil()
    home.settle()
    change(home.folder, RULES, "sise:", "size:")
    home.settle()
    assert home.in_force() is before
    assert home.standing.last_rejected is None
    assert logged(log, "policy:put_back")
    assert home.entries == []


@pytest.mark.parametrize(
    ("name", "old", "new", "complaint"),
    [
        ("rules/all.yaml", "  - id: hold/large", "  - id: permit/ordinary", "is taken"),
        ("cases/all.yaml", "size: 999", "size: 1000000", "fails"),
        ("rules/all.yaml", "then: {outcome: quarantine}", "then: {outcome: deliver}", "from above"),
        ("rules/all.yaml", ", gaps: none", "", "'law/not-read' is broken"),
        ("routes.yaml", "channel: internet", "channel: pigeon", "there is no channel 'pigeon'"),
        ("labels.yaml", "unknown_label:", "unknown_lable:", "did you mean 'unknown_label'"),
    ],
    ids=["two rules of one id", "a case", "a law of the language", "a law", "a channel", "a label"],
)
def test_whatever_would_refuse_the_start_is_rejected(home: Home, name: str, old: str, new: str, complaint: str) -> None:
    home.settle()
    before = home.in_force()
    change(home.folder, name, old, new)
    home.settle()
    assert home.in_force() is before
    assert home.standing.last_rejected is not None
    assert any(complaint in line for line in home.standing.last_rejected.complaints), home.standing.last_rejected


def test_a_folder_that_is_gone_or_cannot_be_read_is_rejected(home: Home) -> None:
    home.settle()
    before = home.in_force()
    home.folder.rename(home.folder.with_name("elsewhere"))
    home.settle()
    assert home.in_force() is before
    assert home.standing.last_rejected is not None
    assert "there is no policy folder" in home.standing.last_rejected.complaints[0]
    shutil.copytree(home.folder.with_name("elsewhere"), home.folder)
    home.settle()
    assert home.standing.last_rejected is None


def test_what_classify_reads_is_read_by_new_workers_and_the_old_ones_end(home: Home) -> None:
    home.settle()
    before = home.in_force()
    change(home.folder, "lexicons/commercial.txt", "\n", "\n# looked over\n")
    with home.inspectors.lend() as reading:
        home.settle()
        assert (reading, home.first.closed) == (home.first, 0)
        with home.inspectors.lend() as lent:
            assert [lent] == home.started
    assert home.first.closed == 1
    after = home.in_force()
    assert after.hash != before.hash, "a lexicon is in the hash that verdicts name"
    (entry,) = home.entries
    assert (entry["facts"]["before"], entry["facts"]["policy"]) == (before.hash, after.hash)
    assert entry["facts"]["classify"] == home.standing.classify == home.in_force.reads_with()
    home.settle()
    assert len(home.started) == 1


def test_nothing_is_read_by_old_workers_once_the_new_policy_is_in_force(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.settle()
    before, read_with, swapped = home.in_force(), home.in_force.reads_with(), home.inspectors.replace
    seen: list[tuple[object, str]] = []

    def replace(new: Inspector) -> None:
        seen.append((home.in_force(), home.in_force.reads_with()))
        swapped(new)

    monkeypatch.setattr(home.inspectors, "replace", replace)
    home.allow_larger()
    change(home.folder, "lexicons/commercial.txt", "\n", "\n# looked over\n")
    home.settle()
    assert seen == [(before, read_with)], "the workers come first"
    assert home.in_force() is not before
    assert home.in_force.reads_with() == hash_of(read_classify_files(home.folder)) != read_with


def test_where_new_workers_do_not_start_the_old_policy_stays_too(home: Home) -> None:
    home.settle()
    before, home.refuses = home.in_force(), True
    home.allow_larger()
    change(home.folder, "lexicons/commercial.txt", "\n", "\n# looked over\n")
    home.settle()
    assert home.in_force() is before
    assert home.standing.last_rejected is not None
    assert home.standing.last_rejected.complaints == ("a worker could not be hardened",)
    with home.inspectors.lend() as lent:
        assert lent is home.first
    assert home.entries == []
    home.refuses = False
    home.in_force.look(at_once=True)
    assert home.in_force() is not before


def test_what_the_ledger_cannot_tell_does_not_happen(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: Sequence[Entry]) -> None:
        raise StorageFull("there is no room left for the database")

    home.settle()
    before = home.in_force()
    home.allow_larger()
    change(home.folder, "lexicons/commercial.txt", "\n", "\n# looked over\n")
    monkeypatch.setattr(home.store.ledger, "append", full)
    home.settle()
    assert home.in_force() is before
    assert [each.closed for each in home.started] == [1]
    assert home.first.closed == 0
    assert home.in_force.rejected == 1


def test_a_mistake_of_ours_is_told_by_its_kind_alone(
    home: Home, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("943 476 5919")

    home.settle()
    before = home.in_force()
    home.allow_larger()
    monkeypatch.setattr(module, "load_fitting", broken)
    home.settle()
    assert home.in_force() is before
    assert home.standing.last_rejected is not None
    assert home.standing.last_rejected.complaints == ("internal error (RuntimeError)",)
    assert "943 476 5919" not in log.getvalue()


def test_files_that_were_touched_and_say_the_same_change_nothing(home: Home) -> None:
    home.settle()
    before = home.in_force()
    touch(home.folder / RULES)
    home.settle()
    home.in_force.look(at_once=True)
    assert home.in_force() is before
    assert (home.entries, home.in_force.loaded, home.in_force.rejected) == ([], 0, 0)


def test_a_state_folder_that_cannot_be_written_keeps_nothing_from_being_in_force(
    home: Home, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    home.settle()
    before = home.in_force()
    monkeypatch.setattr(module, "write_standing", full)
    home.allow_larger()
    home.settle()
    assert home.in_force() is not before
    assert logged(log, "policy:untold")


def started(home: Home, *, until: Callable[[], bool]) -> bool:
    """Run a gateway's policy until something holds."""
    home.in_force = home.in_its_place()
    home.in_force.start()
    try:
        end = time.monotonic() + 60
        while not until() and time.monotonic() < end:
            time.sleep(0.02)
        return until()
    finally:
        home.in_force.stop()


def test_the_first_start_and_one_with_the_same_set_leave_no_entry(home: Home) -> None:
    assert started(home, until=lambda: read_standing(home.settings.paths.state) is not None)
    since = home.standing.since
    assert started(home, until=lambda: True)
    assert (home.entries, home.standing.since) == ([], since)


def test_a_change_between_two_runs_is_in_the_ledger(home: Home) -> None:
    assert started(home, until=lambda: True)
    before = home.standing
    home.allow_larger()
    assert started(home, until=lambda: True)
    (entry,) = home.entries
    assert (entry["facts"]["before"], entry["facts"]["policy"]) == (before.in_force, home.standing.in_force)
    assert home.standing.since > before.since


@pytest.mark.parametrize("damage", [b"", b"{}", b"no json", b"\xff", b'{"in_force":1,"since":"now"}'])
def test_what_was_said_and_cannot_be_read_is_said_anew(home: Home, damage: bytes) -> None:
    (home.settings.paths.state / "policy.json").write_bytes(damage)
    assert read_standing(home.settings.paths.state) is None
    assert started(home, until=lambda: True)
    assert home.standing.in_force == home.in_force().hash


def test_a_running_gateway_sees_changes_by_itself(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_EVERY", 0.02)
    home.allow_larger()
    expected = load_policies(home.folder).hash
    change(home.folder, RULES, "2000000", "1000000")
    change(home.folder, CASES, "size: 2000000", "size: 1000000")

    def until() -> bool:
        if home.in_force.loaded == 0 and "2000000" not in (home.folder / RULES).read_text():
            home.allow_larger()
        return home.in_force().hash == expected

    assert started(home, until=until)


def test_a_running_gateway_that_is_asked_does_not_wait_for_its_next_look(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK_EVERY", 3600)
    asked: list[bool] = []

    def until() -> bool:
        if not asked:
            asked.append(True)
            home.allow_larger()
            home.in_force.ask()
        return home.in_force.loaded == 1

    assert started(home, until=until)


def observing(home: Home) -> Path:
    """Let the home have a second set, which is as the first and only observes."""
    draft = home.folder.with_name("draft")
    shutil.copytree(home.folder, draft)
    paths = home.settings.paths.model_copy(update={"observed_policies": draft})
    home.settings = home.settings.model_copy(update={"paths": paths})
    home.in_force = home.in_its_place()
    return draft


def test_without_a_second_set_nothing_is_observed(home: Home) -> None:
    home.settle()
    assert home.in_force.observed() is None


def test_a_set_that_observes_is_followed_and_decides_nothing(home: Home, log: io.StringIO) -> None:
    draft = observing(home)
    change(draft, RULES, "1000000", "3000000")
    change(draft, CASES, "size: 1000000", "size: 3000000")
    before = home.in_force()
    home.settle()
    observed = home.in_force.observed()
    assert observed is not None
    assert observed.hash == load_policies(draft).hash == home.standing.observed
    assert home.in_force() is before
    assert (home.entries, home.in_force.loaded) == ([], 0)
    change(draft, RULES, "size:", "sise:")
    home.settle()
    assert home.in_force.observed() is observed, "the last sound one goes on"
    rejected = home.standing.observed_rejected
    assert rejected is not None
    assert rejected.complaints[0].startswith("draft/rules/all.yaml:11:")
    assert logged(log, "policy:rejected")[0]["file"] == "draft"
    assert (home.standing.last_rejected, home.in_force.rejected) == (None, 0)
    change(draft, RULES, "sise:", "size:")
    home.settle()
    assert home.standing.observed_rejected is None


def test_a_set_that_observes_is_there_from_the_start_and_a_bad_one_refuses_no_start(home: Home) -> None:
    draft = observing(home)
    assert started(home, until=lambda: home.in_force.observed() is not None)
    change(draft, RULES, "size:", "sise:")
    assert started(home, until=lambda: True)
    assert home.in_force.observed() is None
    assert home.standing.observed_rejected is not None
