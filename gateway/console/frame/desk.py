"""What all pages share. The program that starts the console makes one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from gateway.config.console import ConsoleSettings
from gateway.console.frame.static_files import StaticFiles
from gateway.console.words.tongue import Tongue
from gateway.decide.policy import Policy
from gateway.model.record import Officer
from gateway.model.verdict import METHODS
from gateway.store.embedded import Store
from gateway.system.clock import Clock


class Render(Protocol):
    """Makes pages (`render.Renderer`)."""

    @property
    def files(self) -> StaticFiles:
        """What browsers load beside a page."""

    def page(self, template: str, visit: Any, **values: object) -> str:  # noqa: ANN401 - a visit has a desk
        """Return a page for a visitor."""

    def tongue(self, language: str) -> Tongue:
        """Return the words of a language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One console. `help` is whom staff may ask. `policy` returns the set in force, None where none was published.

    `officers` are those of the settings, who decide from the terminal. `largest` is the largest file that may be tried,
    `methods` the house's order of sealing.
    """

    organisation: str
    help: str
    settings: ConsoleSettings
    store: Store
    clock: Clock
    render: Render
    policy: Callable[[], Policy | None]
    officers: tuple[Officer, ...] = ()
    largest: int = 50_000_000
    methods: tuple[str, ...] = METHODS
