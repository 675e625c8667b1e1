"""The last look at what goes out: its own passphrase must not be in it, and no part may lie in it unsealed.

A part is known by its samples. Files of any size are looked through in pieces.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from gateway.errors import NotSealed
from gateway.protect import Content, Plain, compose
from gateway.protect.content import Held, whole
from gateway.protect.methods.page.writer import BEGIN
from gateway.protect.order import MESSAGE, Order
from gateway.protect.parsed import parsed
from gateway.protect.samples import samples, stand_in

FRONT: Final = 65_536  # bytes in which a sealed page begins its sealed part
SEALED_PAGE: Final = BEGIN.partition("{}")[0].encode()


def look_again(files: Sequence[Plain], order: Order, passphrase: str, note: bytes = b"") -> None:
    """Raise `NotSealed` where what goes out holds its passphrase, or a part unsealed where a seal is owed.

    `note` is what we say ourselves on the outside: whoever sends on such a note of ours sends the same sentences.
    """
    owed = order.parts if order.must_seal else ()
    known = {sample for part in owed for sample in _known_by(part, message=order.message)}
    wanted = {sample for sample in known if sample not in note}
    if not wanted and not passphrase:
        return
    for file in files:
        for layer in _layers(file):
            if passphrase and stand_in(layer, [passphrase.encode()]):
                raise NotSealed("the outgoing form contains its own passphrase")
            if stand_in(layer, wanted):
                raise NotSealed("the outgoing form contains a part unsealed")


def _known_by(part: Plain, *, message: bool) -> set[bytes]:
    """Return the samples of a part, but for what also stands in forms that hold nothing of it.

    Of a message that is the headers, and of a page that was sealed here before what stands in front of every such page.
    """
    if message:
        return samples(Held(compose.body_of(whole(part.content))))
    with part.content.open() as source:
        return samples(part.content, start=max(0, source.read(FRONT).find(SEALED_PAGE)))


def _layers(file: Plain) -> Iterator[Content]:
    """Yield the bytes of a file as they stand, its name, and for a message every part and header decoded."""
    yield file.content
    yield Held(file.name.encode("utf-8", "replace"))
    if file.media_type == MESSAGE:
        message = parsed(whole(file.content))
        yield from (Held(f"{name}: {value}".encode("utf-8", "replace")) for name, value in message.items())
        bodies = (part.get_payload(decode=True) for part in message.walk())
        yield from (Held(body) for body in bodies if isinstance(body, bytes))
