"""Takes out of the header of a mail what people outside need not know. For networks outside only; nothing is added.

    X-MS-Exchange-Organization-…      fields by name, as the settings list them
    Received: from pc-17 ([10.1.2.3]) hosts and addresses of machines inside, or the whole field, as the settings say
    X-Protective-Marking, msip_labels labels that programs wrote, where the policy owes that
    Subject: [encrypt] Results        the word that asked for encryption, where the subject is seen outside

A field that a signature covers (DKIM, RFC 6376) is taken out all the same, or whoever signs could keep it; that
signature no longer verifies. So sign behind the gateway. Where nothing must go, not one byte changes.

A Received field must not be changed or deleted by a relay (RFC 5321 section 4.4), so that is not done unless somebody
wants it. Ours always stays, without the host that it came from: by it we know mail that goes in circles.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime, parsedate_to_datetime
from enum import StrEnum
from functools import cache
from typing import Final

from gateway.errors import NotSealed
from gateway.model.header_text import on_one_line
from gateway.model.label_names import is_label
from gateway.model.product import PRODUCT
from gateway.model.subject import LONGEST, has_wish, without_wish
from gateway.model.verdict import Obligation
from gateway.protect import compose

INTERNAL: Final = (
    "X-Gateway-*",
    "X-MS-Exchange-CrossPremises-*",
    "X-MS-Exchange-Organization-*",
    "X-Originating-IP",
)
"""What mail servers write for themselves: not meant for anybody outside, and not what they sign."""

_NEEDED: Final = """
    cc content-description content-disposition content-id content-transfer-encoding content-type date from in-reply-to
    message-id mime-version received references reply-to return-path sender subject to
"""
NEEDED: Final = frozenset(_NEEDED.split())
"""Fields without which a mail is another one, or none: they are never taken out by name."""

EMPTY: Final = b"Subject:"
SHORTER: Final = "send it again with a shorter subject"
HIDDEN: Final = b" from hidden.invalid"  # RFC 2606: nobody's name
OURS: Final = re.compile(rb"\bby\s+\S+\s+\(" + PRODUCT.encode("ascii") + rb"\)")


class Trace(StrEnum):
    """What becomes of Received fields: kept as they are, without what names a machine, or taken out but for ours."""

    KEEP = "keep"
    ANONYMISE = "anonymise"
    STRIP = "strip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Privacy:
    """What the house takes out of headers. `fields` are names, of any case; a `*` at the end stands for anything.

    `wish_kept` names the channels whose far side itself acts on the word in the subject that asks for encryption.
    """

    received: Trace = Trace.KEEP
    fields: tuple[str, ...] = INTERNAL
    wish_kept: frozenset[str] = frozenset()

    def outward(self, obligations: frozenset[str], *, channel: str, subject_shown: bool) -> Outward:
        """Return what is taken out of a mail that goes outside by a channel."""
        wish = subject_shown and channel not in self.wish_kept
        labels = Obligation.STRIP_LABELS in obligations
        return Outward(received=self.received, fields=self.fields, labels=labels, wish=wish)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outward:
    """What is taken out of one mail: nothing, as it stands. `wish` is the word in its subject."""

    received: Trace = Trace.KEEP
    fields: tuple[str, ...] = ()
    labels: bool = False
    wish: bool = False

    def __call__(self, message: bytes) -> bytes:
        """Return the message without it; the same bytes where there is none of it."""
        fields, at, newline = compose.header(message)
        kept = [each for field in fields for each in self._kept(field, newline)]
        return message if kept == fields else compose.rebuilt(message, kept, at, newline)

    def _kept(self, field: bytes, newline: bytes) -> Iterator[bytes]:
        """Yield a field, as it may go or not at all."""
        name = compose.field_name(field)
        if name == b"received":
            yield from _trace(field, newline, self.received)
        elif name == b"subject" and self.wish:
            yield _without_wish(field, newline)
        elif not name or not self._takes_out(field.partition(b":")[0].strip().decode("latin-1")):
            yield field

    def _takes_out(self, name: str) -> bool:
        if name.lower() in NEEDED:
            return False
        return bool(_form(self.fields).fullmatch(name)) or (self.labels and is_label(name))


@cache
def _form(names: tuple[str, ...]) -> re.Pattern[str]:
    each = (re.escape(name.removesuffix("*")) + (".*" if name.endswith("*") else "") for name in names)
    return re.compile("|".join(each) or r"(?!)", re.IGNORECASE)


def _trace(field: bytes, newline: bytes, wanted: Trace) -> Iterator[bytes]:
    """Yield a Received field as it may go. One whose date cannot be read has nothing left that could be kept."""
    value = field.partition(b":")[2]
    ours = OURS.search(value)
    if wanted is Trace.KEEP:
        yield field
    elif ours:
        yield b"Received:" + HIDDEN + newline + b"\t" + value[ours.start() :]
    elif wanted is Trace.ANONYMISE:
        try:
            at = format_datetime(parsedate_to_datetime(value.rpartition(b";")[2].decode("ascii")))
        except (ValueError, TypeError, OverflowError, IndexError):
            return
        yield b"Received:" + HIDDEN + b" by hidden.invalid; " + at.encode("ascii") + newline


def _without_wish(field: bytes, newline: bytes) -> bytes:
    """Return a Subject field without the word that asked for encryption, written anew where there was one.

    Nothing is left of a subject that cannot be written, or that would ask again as whoever gets it reads it. A long
    one is not written anew: `NotSealed`.
    """
    subject = on_one_line(field.partition(b":")[2])
    if not has_wish(subject):
        return field
    if len(subject) > LONGEST:
        raise NotSealed("its subject asks for encryption and is too long to take that out", hint=SHORTER)
    written = EmailMessage(policy=compose.ASCII)
    try:
        written["Subject"] = " ".join(without_wish(subject).split())
        anew = written.as_bytes().split(b"\r\n\r\n")[0].replace(b"\r\n", newline) + newline
    except UnicodeEncodeError:  # letters beside a broken encoded word
        return EMPTY + newline
    return EMPTY + newline if has_wish(on_one_line(anew.partition(b":")[2])) else anew
