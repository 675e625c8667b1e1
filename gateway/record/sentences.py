"""What a language must be able to say in a notice. Two languages say the same: a test compares what they name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from gateway.model.inspection import GapKind
from gateway.model.transfer import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """The words for what did not go: in the subject, for what happened, what to do and by when."""

    subject: str
    happened: str
    todo: str
    then: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PassphraseWords:
    """What a sender is told of a passphrase: `Way` by `Way` (`record.passphrases`)."""

    as_file: str
    agreed: str
    sent: str
    lost: str
    failed: str
    not_told: str
    send_again: str
    with_officer: str
    give: str
    soon: str
    channel: str
    other_channel: str
    to_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewWords:
    """What is said to who only asked what would happen. `outcomes` is by the words of `Outcome`."""

    subject: str
    happened: str
    outcomes: Mapping[str, str]
    owed: str
    passes: str
    todo: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionWords:
    """What is said to a sender whom an officer asks something: by mail, on a page, on this machine, or by telephone."""

    subject: str
    happened: str
    asks: str
    by_reply: str
    by_page: str
    by_command: str
    by_telephone: str
    recorded: str
    then: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentences:
    """All fixed sentences of one language; in braces stands what is put in. `language` is its code (RFC 5646).

    `below` says, for the reader of this language, that it stands below another one. `kinds` are what is found by its
    entity, `unread` why something was not read. `endings` are by what the notice is about.
    """

    language: str
    below: str
    write_above: str
    happened: str
    why: str
    can_do: str
    by_when: str
    can_help: str
    reference: str
    time: str
    months: tuple[str, ...]
    message: str
    and_more: str
    nothing_more: str
    rule: str
    found: str
    marking: str
    not_read: str
    kinds: Mapping[str, str]
    unread: Mapping[GapKind, str]
    unlock: Mapping[Origin, str]
    unlocked: str
    say_why: Mapping[Origin, str]
    reply_why: str
    recorded: str
    nobody: str
    again: str
    endings: Mapping[str, Ending]
    recalled: str
    goes_subject: str
    goes: str
    goes_todo: str
    goes_then: str
    recall: Mapping[Origin, str]
    reply_recall: str
    late_subject: str
    late: str
    late_todo: str
    late_then: str
    sent_subject: str
    sent: str
    encrypted: str
    passphrase: PassphraseWords
    preview: PreviewWords
    question: QuestionWords

    def at(self, moment: datetime) -> str:
        """Return a time of day in words: `29 November 2026 at 07:39 UTC`."""
        month = self.months[moment.month - 1]
        return self.time.format(day=f"{moment:%d}", month=month, year=moment.year, time=f"{moment:%H:%M}")
