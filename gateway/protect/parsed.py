"""A message as the standard library reads it, but for one on which that would take hours."""

from __future__ import annotations

import email
import email.policy
from email.message import Message

from gateway.errors import NotSealed
from gateway.model.parameters import are_readable


def parsed(message: bytes) -> Message:
    """Return a message parsed leniently, as it came; `NotSealed` where a part has more parameters than are read."""
    if not are_readable(message):
        raise NotSealed("a part of the message has too many parameters, or too long ones")
    return email.message_from_bytes(message, policy=email.policy.compat32)
