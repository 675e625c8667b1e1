"""A whole gateway with its console, as `gateway run` starts both, and the people who work with it in a browser."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pyotp
from playwright.sync_api import Browser, Page, expect

from gateway.model.held import HeldQuery
from gateway.system.clock import MachineClock
from gateway.testing.postfix import free_port, is_listening
from tests.console.eyes import Window, window
from tests.scenarios.gateway_process import Gateway, wait_for, write_config

PASSWORD: Final = "trombone kettle fjord"
STEP: Final = 30
CLOCK: Final = MachineClock()
EVERY: Final = 100_000
CONSOLE: Final = "console:\n  listen: 127.0.0.1:{port}\n  stop_within: {stop_within}\n"
HOPS: Final = """\
  internal: {{kind: folder, path: delivered/internal}}
  secure-mail: {{kind: folder, path: delivered/secure-mail, trial: true}}
  internet: {{kind: smtp, host: 127.0.0.1, port: {port}, tls: none}}"""
"""Channels of which one leads to a mail server at a port."""


class WholeGateway(Gateway):
    """`gateway run` without more: daemon and console, both on ports that were free."""

    def __init__(self, home: Path, *, stop_within: str = "12 s", **more: Any) -> None:  # noqa: ANN401 - of write_config
        config, self.console = write_config(home, **more), free_port()
        with config.open("a") as file:
            file.write(CONSOLE.format(port=self.console, stop_within=stop_within))
        super().__init__(config)

    @property
    def url(self) -> str:
        """How browsers reach the console."""
        return f"http://localhost:{self.console}"

    def start(self) -> None:
        """Start both, and return once both answer."""
        command = [sys.executable, "-m", "gateway", "--config", str(self.config), "run", "--log", "json"]
        with self.log.open("a") as log:
            self._process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True
            )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if found := re.search(r"SMTP at \S+:(\d+)", line):
                self.port = int(found[1])
                wait_for(lambda: is_listening(self.console), "the console")
                return
        raise AssertionError(f"the gateway did not start: {self.log.read_text()[-2000:]}")

    def held(self, name: str) -> str:
        """Wait until the list of what is held finds a file by its name, and return the transfer's id."""

        def look() -> str | None:
            with self.beside() as store:
                found = store.held.list(HeldQuery(words=(name,))).rows
            return next((each.transfer_id for each in found if each.name == name), None)

        return wait_for(look, f"{name} held")

    def events(self, transfer: str) -> list[str]:
        """Return what the ledger says of a transfer, in order."""
        with self.beside() as store:
            entries = [json.loads(entry) for entry in store.ledger.entries()]
        return [each["event"] for each in entries if each["transfer"] == transfer]


@contextmanager
def started_whole(home: Path, **more: Any) -> Iterator[WholeGateway]:  # noqa: ANN401 - of WholeGateway
    """Run a gateway and its console until the block ends; both must then end cleanly."""
    gateway = WholeGateway(home, **more)
    gateway.start()
    try:
        yield gateway
    except BaseException:
        gateway.kill()
        raise
    assert gateway.stop() == 0


@dataclass(slots=True)
class Member:
    """Somebody who works with the console: what they know, have and keep in their browser."""

    gateway: WholeGateway
    browser: Browser
    name: str
    address: str
    password: str
    secret: str = ""
    kept: Any = None
    used: int = field(default=0)

    def code(self) -> str:
        """Return the next code of the app: none twice, and the one that comes next where this one was used."""
        app = pyotp.TOTP(self.secret)
        self.used = max(app.timecode(CLOCK.now()), self.used + 1)
        wait_for(lambda: self.used <= app.timecode(CLOCK.now()) + 1, "another code")
        return app.generate_otp(self.used)

    @contextmanager
    def at_work(self, **settings: Any) -> Iterator[Window]:  # noqa: ANN401 - of the browser's context
        """Lend the window in which they are signed in; the first time they go through the first sign-in."""
        with window(self.browser, self.gateway.url, storage_state=self.kept, **settings) as seen:
            if self.kept is None:
                self.sign_in_first(seen)
            yield seen
            self.kept = seen.page.context.storage_state()

    def fill_in(self, seen: Window) -> None:
        """Say who it is, by the form."""
        seen.page.get_by_label("Mail address").fill(self.address)
        seen.page.get_by_label("Password", exact=True).fill(self.password)
        seen.page.get_by_role("button", name="Sign in", exact=True).click()

    def sign_in_first(self, seen: Window) -> None:
        """Sign in with what they were given: choose a password, and set up a code app where the roles want one."""
        page = seen.page
        seen.go("/sign-in")
        self.fill_in(seen)
        expect(page.get_by_role("heading", name="Choose a password")).to_be_visible()
        page.get_by_label("New password", exact=True).fill(PASSWORD)
        page.get_by_label("New password again").fill(PASSWORD)
        page.get_by_role("button", name="Continue").click()
        self.password = PASSWORD
        expect(page.get_by_role("heading", level=1)).not_to_have_text("Choose a password")
        if page.get_by_role("heading", name="Set up a second factor").count():
            page.get_by_role("button", name="Set up a code app").click()
            self.secret = page.locator("p.gw-mono").inner_text().replace(" ", "")
            page.get_by_label("Code that the app shows now").fill(self.code())
            page.get_by_role("button", name="Continue").click()
            expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
            page.get_by_role("button", name="I have kept them").click()
        expect(page.get_by_role("button", name="Sign out")).to_be_visible()

    def proved(self, *, ago: timedelta = timedelta(0)) -> None:
        """Let their last proof of who they are lie so far back: it counts for five minutes, which tests may take."""
        (cookie,) = (each["value"] for each in self.kept["cookies"] if each["name"] == "visit")
        with self.gateway.beside() as store:
            session = store.sessions.find(cookie)
            assert session is not None
            other = replace(session, stepped_up_at=CLOCK.now() - ago)
            store.sessions.begin(cookie, other, instead_of=cookie)


def hired(gateway: WholeGateway, browser: Browser, name: str, *roles: str, address: str = "") -> Member:
    """Add somebody on the host, as an operator does; return them with the password that was printed."""
    address = address or f"{name.lower().replace(' ', '.')}@exampleshire.example"
    options = [word for role in roles for word in ("--role", role)]
    said = gateway.ask("people", "add", name, address, *options)
    found = re.search(r"^([a-z0-9]+(?:-[a-z0-9]+)+)$", said, re.MULTILINE)
    assert found, said
    return Member(gateway, browser, name, address, found[1])


def decided(page: Page, choice: str, reason: str) -> None:
    """Choose on the page of a delivery, and go to the page that says what it will do."""
    page.get_by_label(choice).first.check()
    page.get_by_label("Reason", exact=True).fill(reason)
    page.get_by_role("button", name="Check and confirm").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your decision")
    page.wait_for_load_state()


def tried(seen: Window, *, file: Path, to: str, **fields: str) -> None:
    """Ask what would happen to a file until the gateway has said it.

    On a slow machine the console gives up before that, and says so; whoever asks tries again.
    """
    page = seen.page

    def is_said() -> bool:
        seen.go("/try")
        page.get_by_label("File").set_input_files(file)
        page.get_by_label("To", exact=True).fill(to)
        for label, words in fields.items():
            page.get_by_label(label.replace("_", " ")).fill(words)
        page.get_by_role("button", name="See what would happen").click()
        expect(page.get_by_text("Nothing was sent or kept.").first).to_be_visible()
        page.wait_for_load_state()
        if not page.get_by_text("The gateway does not answer now").count():
            return True
        seen.wait_for_complaint("status of 503")
        seen.complaints[:] = [each for each in seen.complaints if "status of 503" not in each]
        return False

    wait_for(is_said, "what would happen")


@contextmanager
def started_console(home: Path) -> Iterator[int]:
    """Run a console alone, as `gateway run --only console` does, until the block ends; return its port."""
    gateway = WholeGateway(home)
    command = [sys.executable, "-m", "gateway", "--config", str(gateway.config), "run", "--only", "console"]
    with gateway.log.open("a") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            wait_for(lambda: is_listening(gateway.console), "the console")
            yield gateway.console
        finally:
            process.terminate()
            process.wait(90)
