"""Other eyes on a sealed CMS file: its structure, read in constant memory, whatever its size.

RFC 5652 (EnvelopedData) and RFC 5083 (AuthEnvelopedData), in BER as a program writes it that does not know the end when
it begins (X.690 8.1.3.6). It decrypts nothing: it says what the file claims of itself, and that it is whole. It knows
no other form than the one that we ask for: one recipient, one encrypted content, no attributes, nothing after the end.

A file may be followed while a program writes it: what was just written need not come from the disk again.
"""

from __future__ import annotations

import mmap
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

INTEGER, BITS, OCTETS, OBJECT_IDENTIFIER, SEQUENCE, SET = 0x02, 0x03, 0x04, 0x06, 0x30, 0x31
CONTEXT: Final = 0x80
CONSTRUCTED: Final = 0x20
OPEN: Final = -1  # the end of what has an indefinite length
END: Final = b"\0\0"
LONGEST: Final = 1 << 16  # octets of one element that is looked at as a whole
WINDOW: Final = 1 << 22  # octets of the file that are in view at once
LOOK_EVERY: Final = 0.01  # seconds after which a file that grows is looked at again

ENVELOPED: Final = bytes.fromhex("2a864886f70d010703")
AUTHENTICATED: Final = bytes.fromhex("2a864886f70d0109100117")
DATA: Final = bytes.fromhex("2a864886f70d010701")


class Malformed(ValueError):
    """It is not the form that we ask for. The message says where it differs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enveloped:
    """What a sealed file says of itself. All but the numbers is DER.

    `named` says which certificate: issuerAndSerialNumber or subjectKeyIdentifier. `key_algorithm` is how the content's
    key is encrypted for it, to `key_size` octets; `originator` the public key that it was agreed with, empty where the
    recipient's key is RSA. `tag_size` is 0 where nothing shows that the content was not altered.
    """

    authenticated: bool
    named: bytes
    key_algorithm: bytes
    key_size: int
    originator: bytes
    content_algorithm: bytes
    content_size: int
    tag_size: int


def read(path: Path) -> Enveloped:
    """Return what a sealed file says of itself; `Malformed`."""
    with path.open("rb") as source:
        size = os.fstat(source.fileno()).st_size
        return _whole(_Walk(source.fileno(), lambda _: size))


@contextmanager
def follow(path: Path) -> Iterator[Future[Enveloped]]:
    """Read a file that is written meanwhile, from its beginning; lends what will come of it, as `read` gives it.

    The file must be there, and be closed before the block is left: then it is whole.
    """
    is_whole = threading.Event()
    with ThreadPoolExecutor(1) as reader, path.open("rb") as source:

        def written(wanted: int) -> int:
            while True:
                was_whole = is_whole.is_set()  # asked before the size is, lest the last of it be missed
                size = os.fstat(source.fileno()).st_size
                if was_whole or size >= wanted:
                    return size
                is_whole.wait(LOOK_EVERY)

        said = reader.submit(_whole, _Walk(source.fileno(), written))
        try:
            yield said
        finally:
            is_whole.set()
            said.exception()  # waits; whoever asks for the result is told


def element(tag: int, *contents: bytes) -> bytes:
    """Return an element in DER: what a reading is compared with."""
    content = b"".join(contents)
    size = len(content)
    if size < CONTEXT:
        return bytes([tag, size]) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([tag, CONTEXT | len(octets)]) + octets + content


def integer(value: int) -> bytes:
    """Return an INTEGER in DER."""
    return element(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, signed=True))


def _whole(walk: _Walk) -> Enveloped:
    found = _content_info(walk)
    if walk.reach(walk.at + 1) != walk.at:
        raise Malformed("something stands after its end")
    return found


def _content_info(walk: _Walk) -> Enveloped:
    with walk.inside(SEQUENCE):
        kind = walk.value(OBJECT_IDENTIFIER)
        if kind not in {ENVELOPED, AUTHENTICATED}:
            raise Malformed("it is not enveloped data")
        with walk.inside(CONTEXT | CONSTRUCTED | 0), walk.inside(SEQUENCE):
            return _enveloped(walk, authenticated=kind == AUTHENTICATED)


def _enveloped(walk: _Walk, *, authenticated: bool) -> Enveloped:
    """Read EnvelopedData or AuthEnvelopedData; what it may have beside (attributes, certificates) is refused."""
    walk.value(INTEGER)
    with walk.inside(SET):
        by_agreement = walk.next_is(CONTEXT | CONSTRUCTED | 1)
        named, key_algorithm, key_size, originator = (_agreed if by_agreement else _transported)(walk)
    with walk.inside(SEQUENCE):
        if walk.value(OBJECT_IDENTIFIER) != DATA:
            raise Malformed("what is encrypted is not plain data")
        content_algorithm = walk.element(SEQUENCE)
        content_size = walk.octets(CONTEXT | 0)
    return Enveloped(
        authenticated=authenticated,
        named=named,
        key_algorithm=key_algorithm,
        key_size=key_size,
        originator=originator,
        content_algorithm=content_algorithm,
        content_size=content_size,
        tag_size=len(walk.value(OCTETS)) if authenticated else 0,
    )


def _transported(walk: _Walk) -> tuple[bytes, bytes, int, bytes]:
    """Read one KeyTransRecipientInfo (RFC 5652 section 6.2.1)."""
    with walk.inside(SEQUENCE):
        walk.value(INTEGER)
        named = walk.element(SEQUENCE, CONTEXT | 0)
        return named, walk.element(SEQUENCE), len(walk.value(OCTETS)), b""


def _agreed(walk: _Walk) -> tuple[bytes, bytes, int, bytes]:
    """Read one KeyAgreeRecipientInfo (RFC 5652 section 6.2.2) with a fresh key of ours and one recipient."""
    with walk.inside(CONTEXT | CONSTRUCTED | 1):
        walk.value(INTEGER)
        with walk.inside(CONTEXT | CONSTRUCTED | 0):
            originator = walk.element(CONTEXT | CONSTRUCTED | 1)
        key_algorithm = walk.element(SEQUENCE)
        with walk.inside(SEQUENCE), walk.inside(SEQUENCE):
            named = walk.element(SEQUENCE, CONTEXT | CONSTRUCTED | 0)
            return named, key_algorithm, len(walk.value(OCTETS)), originator


class _Walk:
    """Goes through a file from its beginning to its end, one element after the other.

    `written` says how many octets are there, once there are as many as it is asked for or no more will come.
    """

    def __init__(self, descriptor: int, written: Callable[[int], int]) -> None:
        self._descriptor = descriptor
        self._written = written
        self._size = 0
        self.at = 0

    def reach(self, end: int) -> int:
        """Return how many octets there are: fewer than `end` only where no more will come."""
        if end > self._size:
            self._size = self._written(end)
        return self._size

    @contextmanager
    def inside(self, tag: int) -> Iterator[None]:
        """Step into a constructed element, and out of it: then there must be no more in it."""
        _, length = self._head(tag)
        end = self.at + length
        yield
        if length == OPEN:
            if self._peek(2) != END:
                raise Malformed("there is more in it than belongs there")
            self.at += 2
        elif self.at != end:
            raise Malformed("there is more in it, or less, than belongs there")

    def next_is(self, tag: int) -> bool:
        """Say whether an element of this tag comes next."""
        return self._peek(1) == bytes([tag])

    def element(self, *tags: int) -> bytes:
        """Pass over a short element of one of these tags and return it, with its head."""
        start = self.at
        self._short(*tags)
        return self._read(start, self.at - start)

    def value(self, tag: int) -> bytes:
        """Pass over a short element and return its content."""
        length = self._short(tag)
        return self._read(self.at - length, length)

    def octets(self, tag: int) -> int:
        """Pass over an implicitly tagged octet string of any size, in one piece or several; return its size."""
        found, length = self._head(tag, tag | CONSTRUCTED)
        if found == tag:
            self._skip(length)
            return length
        end = self.at + length if length != OPEN else OPEN
        total = 0
        while self.at != end if end != OPEN else self._peek(2) != END:
            total += self._pieces(end)
        self.at += 2 if end == OPEN else 0
        return total

    def _pieces(self, end: int) -> int:
        """Pass over one piece and all like it that follow within a window; return how many octets they hold.

        A program writes pieces of one size. So the heads of many are compared at once, one octet of each at a time.
        """
        start = self.at
        _, length = self._head(OCTETS)
        if length < 1:
            raise Malformed("a piece of it is empty or has no length")
        head = self._read(start, self.at - start)
        stride = len(head) + length
        there = min(self.reach(start + WINDOW), start + WINDOW)
        count = max(
            1, self._alike(start, head, stride, ((there if end == OPEN else min(there, end)) - start) // stride)
        )
        self.at = start
        self._skip(count * stride, end)
        return count * length

    def _alike(self, start: int, head: bytes, stride: int, most: int) -> int:
        """Return how many heads in a row, of `most`, are the same."""
        if most <= 1:
            return most
        before = start % mmap.ALLOCATIONGRANULARITY
        size = before + most * stride
        with mmap.mmap(self._descriptor, size, access=mmap.ACCESS_READ, offset=start - before) as view:
            columns = (view[before + at :: stride] for at in range(len(head)))
            return min(
                len(column) - len(column.lstrip(bytes([octet]))) for octet, column in zip(head, columns, strict=True)
            )

    def _short(self, *tags: int) -> int:
        _, length = self._head(*tags)
        if not 0 <= length <= LONGEST:
            raise Malformed("an element of it has no length, or is too long")
        self._skip(length)
        return length

    def _head(self, *tags: int) -> tuple[int, int]:
        """Pass over identifier and length octets; return both, `OPEN` for an indefinite length (X.690 8.1.3)."""
        read = self._peek(10)
        if len(read) < len(END) or read[0] not in tags:
            raise Malformed("another element stands where one of its parts belongs")
        size = read[1] & ~CONTEXT
        if not read[1] & CONTEXT:
            self.at += 2
            return read[0], size
        if not size:
            self.at += 2
            return read[0], OPEN
        if size > 8 or len(read) < 2 + size:  # noqa: PLR2004 - no file is longer than eight octets can say
            raise Malformed("a length in it is not one")
        self.at += 2 + size
        return read[0], int.from_bytes(read[2 : 2 + size])

    def _skip(self, count: int, end: int = OPEN) -> None:
        to = self.at + count
        if count < 0 or to > self.reach(to) or (end != OPEN and to > end):
            raise Malformed("it ends too early")
        self.at = to

    def _peek(self, count: int) -> bytes:
        return self._read(self.at, count)

    def _read(self, at: int, count: int) -> bytes:
        self.reach(at + count)
        return os.pread(self._descriptor, count, at)
