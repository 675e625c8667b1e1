"""Calls a scan every so often, and earlier when the file system says that something happened."""

from __future__ import annotations

import logging
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Final

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from gateway.intake.ready import ignore_lease_signals
from gateway.system.log import get_log

TELLING: Final = frozenset({"created", "moved", "modified", "closed"})  # not "opened": our own looking opens
BREATH: Final = 0.2  # seconds between scans, however many events there are


def silence_the_library() -> None:
    """Keep paths out of the log: watchdog puts them into warnings when what it watches goes away under its hands."""
    warnings.filterwarnings("ignore", message="Callback with id", category=RuntimeWarning)
    logging.getLogger("watchdog").setLevel(logging.CRITICAL + 1)  # events only wake the scan early; none is missed


class _Waker(FileSystemEventHandler):
    def __init__(self, wake: threading.Event, ignored: Path) -> None:
        self._wake = wake
        self._ignored = str(ignored)

    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.event_type in TELLING and not str(event.src_path).startswith(self._ignored):
            self._wake.set()


class Watch:
    """A thread that scans every `every` seconds at the latest, and again `quiet` seconds after something happened."""

    def __init__(self, folder: Path, scan: Callable[[], object], *, every: float, quiet: float, ignored: Path) -> None:
        self._folder = folder
        self._scan = scan
        self._every = every
        self._quiet = quiet
        self._ignored = ignored
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start scanning."""
        ignore_lease_signals()
        silence_the_library()
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="folder-door", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish the scan under way and stop. Idempotent."""
        self._stopping.set()
        self._wake.set()
        if self._thread:
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        observer = Observer()
        try:
            observer.schedule(_Waker(self._wake, self._ignored), str(self._folder), recursive=True)
            observer.start()
        except OSError as error:  # no inotify here, or no watches left: the scan alone is enough
            get_log().warning("folder:events_missing", error=type(error).__name__)
        try:
            self._repeat()
        finally:
            if observer.is_alive():
                observer.stop()
                observer.join()

    def _repeat(self) -> None:
        wait = 0.0
        while not self._stopping.is_set():
            happened = self._wake.wait(wait)
            self._wake.clear()
            if self._stopping.is_set():
                return
            try:
                self._scan()
            except Exception as error:  # noqa: BLE001 - a sanctioned place: a door must not close unseen
                get_log().error("folder:failed", error=type(error).__name__)
            # What just happened is complete after the quiet time at the earliest, and so is what was just seen first.
            wait = min(self._every, self._quiet + BREATH) if happened or not wait else self._every
            self._stopping.wait(BREATH)
