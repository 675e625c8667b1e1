"""The key of answers: with it the gateway knows an address again that it gave to a sender. 32 random bytes.

Who has it can answer for a sender whose transfers they know, and whose address the mail server lets them use. Another
one makes every address that was given before worthless, and nothing else.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Final

from gateway.store.master_key import read_private
from gateway.system import atomic

SIZE: Final = 32
NAME: Final = "answers.key"


def answer_key(state: Path) -> bytes:
    """Return the key below a state folder, drawn the first time; `Unsound` when others could read it."""
    path = state / "keys" / NAME
    if not path.exists():
        atomic.write(path, secrets.token_bytes(SIZE))
    return read_private(path, SIZE)
