"""Telling the sender: one attempt to hand a notice over, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from gateway.errors import TryLater, Undeliverable
from gateway.model.lifecycle import NoticeState
from gateway.model.schedule import Schedule
from gateway.model.transfer import Notice


def tell(notice: Notice, post: Callable[[], None], *, since: datetime, now: datetime, schedule: Schedule) -> Notice:
    """Return the notice after one attempt: sent, failed for good, or waiting and due later."""
    try:
        post()
    except Undeliverable:
        return replace(notice, state=NoticeState.FAILED)
    except TryLater:
        tried = replace(notice, attempts=notice.attempts + 1)
        if schedule.is_over(since, now):
            return replace(tried, state=NoticeState.FAILED)
        return replace(tried, due=now + schedule.wait(tried.attempts))
    return replace(notice, state=NoticeState.SENT)
