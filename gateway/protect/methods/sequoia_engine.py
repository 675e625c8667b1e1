"""Sequoia: seals for certificates that gpg cannot read (version 6, X25519), by the optional library pysequoia.

The library holds the interpreter for as long as it seals, so it works in a child of its own, fed through a pipe like
any other program. It writes no file name into the message: what is to keep its name travels in a ZIP.
"""

from __future__ import annotations

import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Final

from gateway.errors import NotSealed
from gateway.protect import packets
from gateway.protect.keys.judged import Judged
from gateway.protect.keys.shown import shown_aes256
from gateway.protect.packets import Bytes
from gateway.system.pipes import Feed, Writable, patience, pipe

SEAL: Final = (
    "import sys, pysequoia as s; "
    "s.encrypt_file('/dev/stdin', '/dev/stdout', [s.Cert.from_file(sys.argv[1])], armor=False)"
)


def encrypt(certificate: bytes, feed: Feed, size: int, target: Writable) -> None:
    """Seal what `feed` writes for the one encryption key in a judged certificate; the binary message goes to `target`.

    `size` is about how many bytes there are. Whoever calls this looks at the message with `read_back` before it counts.
    """
    with tempfile.TemporaryDirectory(prefix="s") as folder:
        to = Path(folder) / "to"
        to.write_bytes(certificate)
        command = [sys.executable, "-I", "-c", SEAL, str(to)]
        by_us = partial(feed)  # never a file: the program opens its input anew, and what it reads of it cannot be told
        ran = pipe(command, feed=by_us, target=target, seconds=patience(size))
    if ran.code != 0:
        raise NotSealed(
            "Sequoia did not seal the content", hint="look at the recipient's key with 'gateway keys check'"
        )


def read_back(message: Bytes, key: Judged) -> str:
    """Return what a message says of itself, for the evidence; `NotSealed` unless that is AES-256 for this key only."""
    try:
        named, shown = packets.sealed_for(message), shown_aes256(message)
    except ValueError as error:
        raise NotSealed(f"the sealed message is not well formed: {error}") from None
    if not named <= {key.chosen.fingerprint, key.chosen.key_id}:
        raise NotSealed("the sealed message names another key than the approved one")
    if not shown:
        raise NotSealed("the sealed message does not show that it is AES-256")
    return shown
