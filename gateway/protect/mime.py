"""The sealing methods that mail programs open by themselves: the message is the envelope, not an attachment of one.

PGP/MIME (RFC 3156) around a whole message. Files for a channel that takes messages go as the attachment of a covering
message instead, because few OpenPGP programs show what is attached within. S/MIME (RFC 8551) around a message, and
around files that are attached to one: every program for it shows them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from gateway.protect import Envelope, Plain, compose, compose_smime
from gateway.protect.content import Held, whole
from gateway.protect.order import MESSAGE, Order


@dataclass(frozen=True, slots=True, kw_only=True)
class Mime:
    """One such method: whether it takes files as well, and how its outside is written around what was sealed.

    `media_type` is by what the encryptor knows the message that is sealed, `form` how its lines must end.
    """

    takes_files: bool
    outside: Callable[[compose.Head, Envelope], bytes]
    media_type: str = MESSAGE
    form: Callable[[bytes], bytes] = bytes

    def inside(self, order: Order) -> tuple[Plain, ...]:
        """Return the message that is sealed, with its true headers (RFC 9788)."""
        message = whole(order.parts[0].content) if order.message else compose.with_files(order.head, order.parts)
        content = Held(self.form(compose.protected(message, order.head)))
        marking = order.parts[0].marking
        return (Plain(name="message.eml", media_type=self.media_type, content=content, marking=marking),)


def _pgp(head: compose.Head, envelope: Envelope) -> bytes:
    return compose.pgp_mime(head, envelope.file.read_bytes())


def _smime(head: compose.Head, envelope: Envelope) -> bytes:
    return compose_smime.smime_mime(head, envelope.file.read_bytes(), envelope.media_type)


METHODS: Final[Mapping[str, Mime]] = MappingProxyType(
    {
        "pgp": Mime(takes_files=False, outside=_pgp),
        "smime": Mime(takes_files=True, outside=_smime, media_type=compose_smime.ENTITY, form=compose_smime.canonical),
    }
)


def mime_of(method: str, order: Order) -> Mime | None:
    """Return how this method seals a message as a whole; None where it does not, or where it need not be a message."""
    found = METHODS.get(method)
    return found if found and order.as_message and (order.message or found.takes_files) else None
