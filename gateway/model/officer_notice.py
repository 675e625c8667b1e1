"""A notice to an officer about no single transfer, with a life of its own as a sender's has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.model.lifecycle import NoticeState


class Topic(StrEnum):
    """What officers are told of unasked."""

    ACCOUNTS = "accounts"
    AGEING = "ageing"
    DIGEST = "digest"
    HANDED = "handed"
    HIGH = "high"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficerNotice:
    """Counts and references for one officer, waiting to be told or told: no content, no subject, no names of files.

    One about accounts goes to whose account it is as well, and says who did what.

    `key` says what it is about; an officer is told of one thing once.
    """

    id: str
    key: str
    topic: Topic
    to: str
    subject: str
    text: str
    at: datetime
    state: NoticeState = NoticeState.WAITING
    attempts: int = 0
    due: datetime | None = None
