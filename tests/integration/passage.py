"""A message the whole way through where no policy stands in it: mail door, unsealed form, mail channel, next hop."""

from __future__ import annotations

import re
import smtplib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from gateway.deliver import Consignment
from gateway.deliver.level import TlsLevel
from gateway.deliver.mail import SmtpChannel
from gateway.intake.smtp_lobby import Terms
from gateway.protect import Plain
from gateway.protect.content import Held
from gateway.protect.outward import Privacy
from gateway.protect.seal import Protector
from tests.integration.reception import Reception
from tests.integration.sink import Sink
from tests.unit.protect.sealing import ORGANISATION, RECIPIENT, SENDER, Kept, seal

EXTENSIONS: Final = ("PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE 100000000")
LARGEST: Final = 100_000_000
TRACE: Final = re.compile(rb"(From [^\r\n]*\r\n)?(Received: [^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n){2})")


@dataclass
class Passage:
    """Doors that stay open for many messages."""

    reception: Reception
    client: smtplib.SMTP
    channel: SmtpChannel
    sink: Sink
    protector: Protector

    def carry(self, message: bytes) -> tuple[str, bytes]:
        """Return the answer of the mail door, and what the next hop got (nothing where it was refused)."""
        self.client.rset()
        self.client.mail(SENDER)
        self.client.rcpt(RECIPIENT)
        code, words = self.client.data(message)
        answer = f"{code} {words.decode('ascii')}"
        if code != 250:
            return answer, b""
        kept = Kept()
        content = self.reception.content(self.reception.admitted[-1])
        part = Plain(name="message.eml", media_type="message/rfc822", content=Held(content))
        sealed, _ = seal(self.protector, [part], kept, obligations=frozenset(), message=True, as_message=True)
        contents = [(each, Held(kept.objects[each.object_id])) for each in sealed.parts]
        self.channel.send(Consignment(sealed=sealed, sender=SENDER, recipient=RECIPIENT, contents=contents))
        return answer, unstuffed(self.sink.messages.pop())


@contextmanager
def passage(privacy: Privacy | None = None, *, extensions: Sequence[str] = EXTENSIONS) -> Iterator[Passage]:
    """Open one."""
    with Reception(terms=Terms(max_size=LARGEST)) as reception, Sink(extensions=extensions) as sink:
        channel = SmtpChannel("relay", host="127.0.0.1", port=sink.port, tls=TlsLevel.NONE, timeout=60)
        protector = Protector(ORGANISATION, [], privacy=privacy or Privacy(), largest_message=LARGEST)
        with smtplib.SMTP(*reception.address, timeout=60) as client:
            client.ehlo()
            yield Passage(reception, client, channel, sink, protector)
        channel.close()


def unstuffed(raw: bytes) -> bytes:
    """Return content without the dots of RFC 5321 section 4.5.2."""
    return re.sub(rb"^\.", b"", raw, flags=re.MULTILINE)


def behind_trace(arrived: bytes) -> bytes:
    """Return a message without our own Received field, which is there, on top or below the line of a mail folder."""
    trace = TRACE.match(arrived)
    assert trace is not None, arrived[:200]
    assert b"(secure-transfer-gateway)" in trace[2]
    return (trace[1] or b"") + arrived[trace.end() :]
