"""What a notice may give back of the message it is about: how programs find it again, and nothing of what it says.

RET=FULL is treated as RET=HDRS, and of the header no subject and no field of another name is given back: the notice
goes by whatever way mail goes to its sender, and what was refused may have been refused for its words.
"""

from __future__ import annotations

import re
from typing import Final

HEAD: Final = 64 * 1024
"""Bytes of a message that are looked at."""
LONGEST: Final = 2_000  # bytes of one field
FIELD: Final = re.compile(
    rb"^(?:Message-ID|Date|From|To)[ \t]*:(?:[^\r\n]|\r\n[ \t])*\r\n", re.IGNORECASE | re.MULTILINE
)
MESSAGE_ID: Final = re.compile(rb"^Message-ID[ \t]*:[ \t\r\n]*(<[!-;=?-~]{1,250}>)", re.IGNORECASE | re.MULTILINE)
SAFE: Final = re.compile(rb"[\t\r\n -~]*")


def safe_fields(head: bytes) -> tuple[str, bytes]:
    """Return the Message-ID of a message (`<…>`, or nothing) and its harmless fields, from the beginning of it.

    A field that is longer than a program would write it, or not ASCII, is left out.
    """
    end = head.find(b"\r\n\r\n")
    head = head[: end + 2] if end >= 0 else head[: head.rfind(b"\r\n") + 2]
    found = MESSAGE_ID.search(head)
    fields = [each for each in FIELD.findall(head) if len(each) <= LONGEST and SAFE.fullmatch(each)]
    return (found[1].decode("ascii") if found else ""), b"".join(fields)
