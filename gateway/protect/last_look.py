"""The last look at what goes out: its own passphrase must not be in it, and no part may lie in it unsealed.

A part is known by a sample from its middle. Files of any size are looked through in pieces.
"""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from gateway.errors import NotSealed
from gateway.protect import Content, Plain, compose
from gateway.protect.content import Held, chunks, whole
from gateway.protect.order import MESSAGE, Order

SAMPLE: Final = 64  # bytes from the middle of each part
TELLING: Final = 32  # shorter samples could stand in any file by chance


def look_again(files: Sequence[Plain], order: Order, passphrase: str) -> None:
    """Raise `NotSealed` where what goes out holds its passphrase, or a part unsealed where a seal is owed."""
    samples = {_sample(part, message=order.message) for part in order.parts} if order.must_seal else set()
    samples = {sample for sample in samples if len(sample) >= TELLING}
    for file in files:
        for layer in _layers(file):
            if passphrase and _holds(layer, [passphrase.encode()]):
                raise NotSealed("the outgoing form contains its own passphrase")
            if _holds(layer, samples):
                raise NotSealed("the outgoing form contains a part unsealed")


def _sample(part: Plain, *, message: bool) -> bytes:
    """Return some bytes by which a part would be known; of a message not the headers, some of which stand outside."""
    content = Held(compose.body_of(whole(part.content))) if message else part.content
    skipped = max(0, (content.size - SAMPLE) // 2)
    found = b""
    for piece in chunks(content):
        found += piece[skipped : skipped + SAMPLE - len(found)]
        skipped = max(0, skipped - len(piece))
        if len(found) == SAMPLE:
            break
    return found


def _layers(file: Plain) -> Iterator[Content]:
    """Yield the bytes of a file as they stand, its name, and for a message every part and header decoded."""
    yield file.content
    yield Held(file.name.encode("utf-8", "replace"))
    if file.media_type == MESSAGE:
        message = email.message_from_bytes(whole(file.content), policy=email.policy.compat32)
        yield from (Held(f"{name}: {value}".encode("utf-8", "replace")) for name, value in message.items())
        bodies = (part.get_payload(decode=True) for part in message.walk())
        yield from (Held(body) for body in bodies if isinstance(body, bytes))


def _holds(content: Content, wanted: Iterable[bytes]) -> bool:
    """Say whether any of the wanted bytes stand in the content, across the borders of its pieces too."""
    wanted = tuple(wanted)
    longest = max(map(len, wanted), default=0)
    before = b""
    for piece in chunks(content) if wanted else ():
        window = before + piece
        if any(each in window for each in wanted):
            return True
        before = window[-(longest - 1) :] if longest > 1 else b""
    return False
