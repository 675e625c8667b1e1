"""A child of `gateway bench smtp`: sends messages, each another, as fast as they are taken or at a steady rate."""

from __future__ import annotations

import json
import smtplib
import sys
import threading
import time
from collections.abc import Sequence
from itertools import count
from typing import Final

import click

from gateway.errors import GatewayError
from gateway.testing.mail_material import MATERIAL, large

SENDER: Final = "clerk@bench.example"
RECIPIENT: Final = "friend@partner.example"
SESSIONS: Final = 20
PATIENCE: Final = 300.0  # seconds for one answer
KIND_OF_SIZE: Final = "large"


class Load:
    """Sends prepared messages over connections that are kept. `rate` is messages a second, 0 as fast as they go.

    With a rate each message has its moment, whatever became of those before it: a server that is late is not spared.
    """

    def __init__(self, port: int, messages: Sequence[bytes], *, sessions: int = SESSIONS, rate: float = 0) -> None:
        self._port = port
        self._messages = messages
        self._sessions = min(sessions, len(messages))
        self._rate = rate
        self._next = count()
        self._began = 0.0
        self._ready = threading.Barrier(self._sessions, action=self._begin)
        self._trouble: list[str] = []

    def send(self) -> dict[str, float]:
        """Send all; return when the first began (`time.monotonic`) and the seconds until the last was taken."""
        threads = [threading.Thread(target=self._session) for _ in range(self._sessions)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self._trouble:
            raise GatewayError(f"{len(self._trouble)} sessions failed", hint=self._trouble[0])
        return {"began": self._began, "seconds": time.monotonic() - self._began}

    def _begin(self) -> None:
        self._began = time.monotonic()

    def _session(self) -> None:
        try:
            with smtplib.SMTP("127.0.0.1", self._port, timeout=PATIENCE) as client:
                client.ehlo("load.bench.example")
                self._ready.wait()
                while (number := next(self._next)) < len(self._messages):
                    self._wait_for_the_moment(number)
                    client.sendmail(SENDER, [RECIPIENT], self._messages[number])
        except (OSError, threading.BrokenBarrierError) as trouble:
            self._trouble.append(repr(trouble))
            self._ready.abort()

    def _wait_for_the_moment(self, number: int) -> None:
        if self._rate:
            time.sleep(max(0.0, self._began + number / self._rate - time.monotonic()))


def main(port: int, kind: str, first: int, many: int, rate: float) -> None:
    """Send `many` messages of a kind of `MATERIAL`, numbered from `first`; or one of `many` bytes. Prints JSON."""
    if kind == KIND_OF_SIZE:
        messages = [large(first, many)]
    else:
        messages = [MATERIAL[kind](first + number) for number in range(many)]
    click.echo(json.dumps(Load(port, messages, rate=rate).send()))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5]))
