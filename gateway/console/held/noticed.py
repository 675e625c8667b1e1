"""Notices of a transfer, for pages: what each is about, how it stands, and whether it can be told again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from gateway.console.held.words import NOTICES
from gateway.console.words import mark
from gateway.model.lifecycle import NoticeState
from gateway.model.officer_notice import Topic
from gateway.model.transfer import Notice
from gateway.record.passphrases import is_dispatch, shown_to

if TYPE_CHECKING:
    from gateway.console.words.tongue import Tongue

ABOUT: Final = {
    "held": mark("That it is held"),
    "refused": mark("That it is refused"),
    "recalled": mark("That it was recalled"),
    "undeliverable": mark("That it could not be delivered"),
    "delivered": mark("That it was handed over"),
    "goes": mark("That it waits to go"),
    "late": mark("That it is late"),
    "preview": mark("What would happen"),
    "question": mark("A question of an officer"),
    "tell": mark("For an officer"),
    "passphrase": mark("The passphrase, by the second channel"),
}
"""What a notice is about, by the first word of `Notice.about`."""


TOPICS: Final[Mapping[str, str]] = {
    Topic.ACCOUNTS: mark("Who may decide, and whose account was reset"),
    Topic.AGEING: mark("What has waited past its time"),
    Topic.DIGEST: mark("What waits, each day"),
    Topic.HANDED: mark("What was handed to somebody"),
    Topic.HIGH: mark("Something marked high is held"),
}
"""What a notice to officers is about."""


def about_of(notice: Notice) -> str:
    """Return what a notice is about, in words."""
    return ABOUT.get(notice.about.partition(":")[0], notice.about)


def notice_row(notice: Notice, tongue: Tongue) -> Mapping[str, Any]:
    """Return a notice for a page; where a passphrase went is masked, and it is never sent a second time."""
    words, colour = NOTICES[notice.state]
    return {
        "id": notice.id,
        "about": tongue.say(about_of(notice)),
        "to": shown_to(notice) or tongue.say(mark("the officers' folder")),
        "words": tongue.say(words),
        "colour": colour,
        "attempts": notice.attempts,
        "due": notice.due,
        "may_resend": notice.state is NoticeState.FAILED and not is_dispatch(notice) and bool(notice.deliveries),
    }
