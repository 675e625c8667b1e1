"""A real gateway between a client and two next hops that keep the raw bytes: damaged mails, compared byte by byte."""

from __future__ import annotations

import re
import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.integration.passage import TRACE, unstuffed
from tests.integration.sink import Sink
from tests.robustness.damage import mutant
from tests.robustness.judge import AMBIGUOUS, MARK, standing_outside, wrong_copy
from tests.robustness.walk import COLLEAGUE, STRANGER, ended
from tests.scenarios.gateway_process import PATIENCE, STAFF, Gateway, write_config

LONGEST = 900  # seconds, on a machine that has much else to do
pytestmark = [pytest.mark.network, pytest.mark.needs("7z"), pytest.mark.timeout(LONGEST)]
EXTENSIONS = ("PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE 100000000")
NUMBERS = range(50_000, 50_200)
OURS = re.compile(
    rb"\A(?:(?:From [^\r\n]*\r\n)?Received: [^\r\n]*\r\n\tby [^\r\n]* id |[^\0]{0,1000}?\r\nMessage-ID: <)"
    rb"(t-[0-9a-z]+-[0-9a-z]+)[.;]"
)


def channels(inside: int, outside: int) -> str:
    hops = [f"{{kind: smtp, host: 127.0.0.1, port: {port}, tls: none}}" for port in (inside, outside)]
    trial = "{kind: folder, path: delivered/secure-mail, trial: true}"
    return f"  internal: {hops[0]}\n  secure-mail: {trial}\n  internet: {hops[1]}"


@contextmanager
def running(home: Path, inside: Sink, outside: Sink) -> Iterator[Gateway]:
    gateway = Gateway(write_config(home, channels=channels(inside.port, outside.port)))
    gateway.start()
    try:
        yield gateway
    finally:
        if gateway.is_running:
            assert gateway.stop() == 0


def sent(gateway: Gateway) -> dict[str, bytes]:
    """Send them all; return each that was taken by the id it got. A refusal ends the session, and must be right."""
    taken: dict[str, bytes] = {}
    client = smtplib.SMTP("127.0.0.1", gateway.port, timeout=PATIENCE)
    for number in NUMBERS:
        data = mutant(number).data
        client.ehlo_or_helo_if_needed()
        client.mail(STAFF)
        assert [client.rcpt(each)[0] for each in (STRANGER, COLLEAGUE)] == [250, 250]
        code, words = client.data(data)
        if code == 250:
            assert not AMBIGUOUS.search(ended(data)), number
            (name,) = re.findall(rb"t-[0-9a-z]+-[0-9a-z]+", words)
            taken[name.decode()] = data
        else:
            assert re.match(rb"5\.\d\.\d", words), (number, code, words)
            assert 500 <= code < 600, (number, code, words)
            client.close()
            client = smtplib.SMTP("127.0.0.1", gateway.port, timeout=PATIENCE)
    client.quit()
    return taken


def arrived(sink: Sink) -> dict[str, bytes]:
    """Return what a next hop got, by the transfer that it was; none of them twice."""
    messages = [unstuffed(each) for each in sink.messages]
    found = [OURS.match(each) for each in messages]
    assert all(found), [each[:200] for each, name in zip(messages, found, strict=True) if not name]
    by_id = {name[1].decode(): each for name, each in zip(found, messages, strict=True) if name}
    assert len(by_id) == len(messages)
    return by_id


def wrong_with(message: bytes, delivery: dict[str, Any], mail: bytes | None) -> Iterator[str]:
    """Yield what is wrong with one delivery."""
    if delivery["state"] != "delivered" or mail is None:
        if mail is not None or delivery["state"] not in {"held", "refused"}:
            yield f"{delivery['state']}, and {'nothing' if mail is None else 'something'} arrived"
    elif TRACE.match(mail):
        marked = bool(MARK.search(mail)) and not MARK.search(message)
        yield from wrong_copy(message, mail, outside=delivery["recipient"] == STRANGER, marked=marked)
    else:
        yield from standing_outside(message, mail)


def test_damaged_mails_through_a_real_gateway(tmp_path: Path) -> None:
    with (
        Sink(extensions=EXTENSIONS) as inside,
        Sink(extensions=EXTENSIONS) as outside,
        running(tmp_path / "home", inside, outside) as gateway,
    ):
        taken = sent(gateway)
        transfers = {each["id"]: each for each in gateway.settled(len(taken), seconds=LONGEST / 2)}
        got = {COLLEAGUE: arrived(inside), STRANGER: arrived(outside)}
        assert set(transfers) == set(taken)
        wrong = [
            f"{name} to {each['recipient']}: {why}"
            for name, transfer in transfers.items()
            for each in transfer["deliveries"]
            for why in wrong_with(taken[name], each, got[each["recipient"]].get(name))
        ]
        assert wrong == []
        assert len(got[COLLEAGUE]) > len(NUMBERS) / 3
        log = gateway.log.read_text()
        assert not re.search("Traceback|mail:failed|transfer:failed", log)
