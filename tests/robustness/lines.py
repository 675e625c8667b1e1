"""Damage to bytes and lines, whatever they mean."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

CRLF: Final = b"\r\n"
NOISE: Final = (
    b"\x00",
    b"\r",
    b"\n",
    b"\n.\n",
    b"\r.\r",
    b"\n.\r\n",
    b"\r\n.\n",
    b"\x1a",
    b"\x0b",
    b"\x85",
    b"\xe2\x80\xa8",
)


def place(data: bytes | bytearray, chance: random.Random) -> int:
    """Return somewhere in the mail, half the time in the first two thousand bytes, where headers are."""
    return chance.randrange(min(len(data), chance.choice((2_000, len(data)))) + 1) if data else 0


def split(data: bytes) -> list[bytes]:
    """Return the lines without their ends; the last one is what stands behind the last line ending."""
    return data.split(CRLF)


def flip(data: bytes, chance: random.Random) -> bytes:
    """Change one to twenty bytes."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 20)):
        if changed:
            changed[place(changed, chance) % len(changed)] = chance.choice(
                (chance.randrange(256), chance.randrange(32, 127))
            )
    return bytes(changed)


def swap_letters(data: bytes, chance: random.Random) -> bytes:
    """Change some printable bytes for others, so that the mail still gets in."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 12)):
        at = place(changed, chance)
        if at < len(changed) and changed[at] >= 32:
            changed[at] = chance.choice(b" :;=<>()[]\"'@,./\\-_?*%&#0aZ\xe9\xff")
    return bytes(changed)


def cut(data: bytes, chance: random.Random) -> bytes:
    """Lose the end."""
    return data[: place(data, chance)]


def behead(data: bytes, chance: random.Random) -> bytes:
    """Lose the beginning."""
    return data[place(data, chance) :]


def lose(data: bytes, chance: random.Random) -> bytes:
    """Lose a stretch."""
    at = place(data, chance)
    return data[:at] + data[at + chance.randint(1, 300) :]


def repeat(data: bytes, chance: random.Random) -> bytes:
    """Say a stretch twice."""
    at = place(data, chance)
    return data[:at] + data[at : at + chance.randint(1, 600)] + data[at:]


def noise(data: bytes, chance: random.Random) -> bytes:
    """Put in what a mail may not hold, or what looks like its end."""
    at = place(data, chance)
    return data[:at] + chance.choice(NOISE) + data[at:]


def lose_line(data: bytes, chance: random.Random) -> bytes:
    """Lose some lines, as often as not the empty one behind the header."""
    found = split(data)
    if b"" in found and chance.random() < 0.4:
        found.remove(b"")
    for _ in range(chance.randint(0, 2)):
        if found:
            del found[chance.randrange(len(found))]
    return CRLF.join(found)


def shuffle_lines(data: bytes, chance: random.Random) -> bytes:
    """Move some lines elsewhere."""
    found = split(data)
    for _ in range(chance.randint(1, 4)):
        line = found.pop(chance.randrange(len(found)))
        found.insert(chance.randrange(len(found) + 1), line)
        if len(found) < 2:
            break
    return CRLF.join(found)


def new_line(data: bytes, chance: random.Random) -> bytes:
    """Break a line, with or without a blank in front of what follows."""
    at = place(data, chance)
    return (
        data[:at]
        + chance.choice((b"\r\n", b"\r\n ", b"\r\n\t", b"\r\n\r\n", b"\r\n \r\n", b"\r\n\r\n\r\n"))
        + data[at:]
    )


def long_line(data: bytes, chance: random.Random) -> bytes:
    """Put in a line that is far too long."""
    at = place(data, chance)
    return (
        data[:at]
        + chance.choice((b"x", b" ", b"=", b"\xff", b"<", b"(")) * chance.choice((999, 2_000, 70_000))
        + data[at:]
    )


def dots(data: bytes, chance: random.Random) -> bytes:
    """Put in lines that begin with dots."""
    found = split(data)
    for _ in range(chance.randint(1, 5)):
        found.insert(chance.randrange(len(found) + 1), chance.choice((b".", b"..", b". ", b".\t", b".x", b"...")))
    return CRLF.join(found)


def no_last_end(data: bytes, chance: random.Random) -> bytes:
    """Lose line endings at the end, or add some."""
    bare = data.rstrip(b"\r\n")
    return chance.choice((bare, bare + b"\r\n\r\n\r\n", bare + b"\r", bare + b" ", bare + b"\r\n."))


def unix(data: bytes, _chance: random.Random) -> bytes:
    """End lines as files do."""
    return data.replace(CRLF, b"\n")


def high_bytes(data: bytes, chance: random.Random) -> bytes:
    """Put in letters of another character set, where nothing says which."""
    at = place(data, chance)
    raw = chance.choice(
        (b"caf\xe9", "\u65e5\u672c".encode(), b"\xff\xfe", b"\xc3", b"\x1b$B\x1b(B", b"\xef\xbb\xbf", b"\x80" * 40)
    )
    return data[:at] + raw + data[at:]


def empty(data: bytes, chance: random.Random) -> bytes:
    """Leave next to nothing."""
    return chance.choice((b"", b"\r\n", b"\r\n\r\n", b".", b":", b" ", data[:1], b"x: y", b"\r\n.\r\n", b"\r\n" + data))


ALL: Final[tuple[Callable[[bytes, random.Random], bytes], ...]] = (
    flip,
    swap_letters,
    swap_letters,
    cut,
    behead,
    lose,
    repeat,
    noise,
    lose_line,
    shuffle_lines,
    new_line,
    long_line,
    dots,
    no_last_end,
    unix,
    high_bytes,
    empty,
)
