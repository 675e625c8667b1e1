"""The policy in force: read again when its files change or SIGHUP asks for it, and swapped whole or not at all.

What is read anew is proved and tested as at the start, must fit the settings, and workers must start with what
classify reads of it; then those take over, and one reference is swapped. Whatever goes wrong leaves the running policy
in force and says so: in the log, in `state/policy.json` for commands, and in `rejected`. A transfer under way keeps the
verdict that it was given, and what has not gone yet is held where the new policy would not let it go so. `loads`
counts since the start, for whoever measures.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import replace
from enum import Enum, auto
from typing import Final, TypeAlias

from gateway.config.load import PolicyFiles, load_fitting, read_set, shown_as
from gateway.config.settings import Settings
from gateway.daemon.inspectors import Inspectors
from gateway.daemon.standing import Rejected, Standing, read_standing, write_standing
from gateway.daemon.watching import Watched
from gateway.decide.parse import hash_of
from gateway.decide.policy import Policy
from gateway.errors import GatewayError
from gateway.model.record import Entry, Event
from gateway.store import Ledger
from gateway.system.clock import Clock
from gateway.system.log import get_log
from gateway.worker import Inspector

LOOK_EVERY: Final = 2.0  # seconds; a change counts when two looks in a row see the same
MOST_COMPLAINTS: Final = 10  # that are logged and kept; `gateway check` says all

Texts: TypeAlias = Mapping[str, str]


class _Bell(Enum):
    """What the thread is woken for."""

    RELOAD = auto()
    STOP = auto()


class PolicyInForce:
    """Gives the policy in force when called; `observed` gives the set that decides nothing.

    `classify` is what the workers in use were started with, `open_inspector` starts others.
    """

    def __init__(
        self,
        settings: Settings,
        policy: Policy,
        *,
        classify: Texts,
        inspectors: Inspectors,
        open_inspector: Callable[[Texts], Inspector],
        ledger: Ledger,
        clock: Clock,
    ) -> None:
        self._settings, self._policy, self._classify = settings, policy, classify
        self._inspectors, self._open_inspector = inspectors, open_inspector
        self._ledger, self._clock = ledger, clock
        self._observed: Policy | None = None
        self._folder = Watched(settings.paths.policies)
        draft = settings.paths.observed_policies
        self._draft = Watched(draft) if draft else None
        self._reads_with = hash_of(classify)
        self._standing = Standing(in_force=policy.hash, since=clock.now(), classify=self._reads_with)
        self.proved = clock.now()
        self._files: PolicyFiles | None = None
        self._files_of = ""
        self._bell: queue.SimpleQueue[_Bell] = queue.SimpleQueue()  # a signal's handler may put something in
        self._thread = threading.Thread(target=self._run, name="policy")
        self.loaded = self.rejected = 0

    def __call__(self) -> Policy:
        """Return the policy in force."""
        return self._policy

    def loads(self) -> Mapping[str, float]:
        """Return how many changed policies came into force since the start, and how many did not."""
        return {"in-force": self.loaded, "rejected": self.rejected}

    @property
    def standing(self) -> Standing:
        """What is in force since when, and what was not taken."""
        return self._standing

    @property
    def files(self) -> PolicyFiles | None:
        """The texts of the policy in force; None where its files changed before anybody could keep them."""
        in_force = self._policy.hash
        if self._files is None or self._files_of != in_force:
            with suppress(GatewayError, OSError):
                files = read_set(self._settings.paths.policies)
                self._files, self._files_of = files, files.hash
        return self._files if self._files_of == in_force else None

    def observed(self) -> Policy | None:
        """Return the set that only observes, None where none is set or none was sound yet."""
        return self._observed

    def reads_with(self) -> str:
        """Return the hash of what classify reads of the policy in force.

        Whoever has that policy finds this hash or a later one: what was read with another is read again before it is
        decided.
        """
        return self._reads_with

    def start(self) -> None:
        """Say what is in force, take up the set that observes, and follow both from now on."""
        was, now = read_standing(self._settings.paths.state), self._standing
        if was is not None and (was.in_force, was.classify) == (now.in_force, now.classify):
            now = replace(now, since=was.since)
        elif was is not None:  # it was changed while no gateway ran
            self._ledger.append([_entry(now, was.in_force)])
        self._say(now)
        if self._draft is not None:
            self._draft.look()
            self._take_in(self._draft)
        self._thread.start()

    def stop(self) -> None:
        """Follow no longer."""
        self._bell.put(_Bell.STOP)
        self._thread.join()

    def ask(self) -> None:
        """Have the files read again at once; a signal's handler may call it."""
        self._bell.put(_Bell.RELOAD)

    def look(self, *, at_once: bool = False) -> None:
        """Take in what has changed and come to rest, or all there is `at_once`. For one thread at a time."""
        for watched in filter(None, (self._folder, self._draft)):
            if at_once:
                watched.look()
            if at_once or watched.is_due():
                self._take_in(watched)
        if at_once:
            get_log().info("policy:read_again", policy=self._policy.hash)

    def _run(self) -> None:
        while True:
            try:
                asked = self._bell.get(timeout=LOOK_EVERY)
            except queue.Empty:
                asked = None
            if asked is _Bell.STOP:
                return
            try:
                self.look(at_once=asked is _Bell.RELOAD)
            except Exception as error:  # noqa: BLE001 - a sanctioned catch-all: a thread that dies follows nothing
                get_log().error("policy:failed", error=error)

    def _take_in(self, watched: Watched) -> None:
        """Take what the folder holds, or reject it; do neither where it changes while it is read."""
        files: PolicyFiles | None = None
        trouble: Exception | None = None
        try:
            with shown_as(watched.folder):
                files = read_set(watched.folder)
        except Exception as error:  # noqa: BLE001 - as below
            trouble = error
        if not watched.is_still():
            return
        watched.take()
        if files is not None:
            try:
                with shown_as(watched.folder):
                    (self._observe if watched is self._draft else self._put_in_force)(files)
            except Exception as error:  # noqa: BLE001 - whatever it was, what is in force stays so
                trouble = error
        if trouble is not None:
            self._reject(watched, trouble, files.hash if files else "")

    def _put_in_force(self, files: PolicyFiles) -> None:
        was = self._policy
        if (files.hash, files.classify) == (was.hash, self._classify):
            if self._standing.last_rejected is not None:
                self._say(replace(self._standing, last_rejected=None))
                get_log().info("policy:put_back", policy=was.hash)
            return
        policy = load_fitting(self._settings, files)
        now = replace(
            self._standing,
            in_force=policy.hash,
            classify=files.classify_hash,
            since=self._clock.now(),
            last_rejected=None,
        )
        with ExitStack() as unless_swapped:
            inspector = self._open_inspector(files.classify) if files.classify != self._classify else None
            if inspector is not None:
                unless_swapped.callback(inspector.close)
            self._ledger.append([_entry(now, was.hash)])
            unless_swapped.pop_all()
        if inspector is not None:  # before the policy: nothing may be read by old workers once it is in force
            self._inspectors.replace(inspector)
        self._classify, self._reads_with = files.classify, files.classify_hash
        self._policy, self.proved = policy, now.since
        self._files, self._files_of = files, files.hash
        self.loaded += 1
        get_log().info("policy:loaded", policy=policy.hash, was=was.hash, count=len(policy.rules))
        self._say(now)

    def _observe(self, files: PolicyFiles) -> None:
        self._observed = load_fitting(self._settings, files)
        get_log().info("policy:observed", policy=files.hash)
        self._say(replace(self._standing, observed=files.hash, observed_rejected=None))

    def _reject(self, watched: Watched, trouble: Exception, digest: str) -> None:
        """Say that what the folder holds may not be used, and why: complaints hold no content."""
        lines = trouble.message.splitlines() if isinstance(trouble, GatewayError) else []
        complaints = tuple(lines[:MOST_COMPLAINTS]) or (f"internal error ({type(trouble).__name__})",)
        rejected = Rejected(at=self._clock.now(), complaints=complaints, hash=digest)
        if watched is self._draft:
            self._say(replace(self._standing, observed_rejected=rejected))
        else:
            self.rejected += 1
            self._say(replace(self._standing, last_rejected=rejected))
        get_log().error("policy:rejected", file=watched.folder.name, policy=digest, error="; ".join(complaints))

    def _say(self, standing: Standing) -> None:
        """Keep how things stand for commands; that it cannot be written changes nothing that is in force."""
        self._standing = standing
        try:
            write_standing(self._settings.paths.state, standing)
        except OSError as error:
            get_log().error("policy:untold", error=error)


def _entry(now: Standing, before: str) -> Entry:
    """Return the ledger's word of another policy in force."""
    facts = {"policy": now.in_force, "before": before, "classify": now.classify}
    return Entry(event=Event.POLICY_LOADED, at=now.since, transfer_id="", facts=facts)
