"""What every notice is made of: what was sent, to whom, why it stands so, what was found; and how a letter ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from gateway.model.inspection import COUNTS_FROM, GapKind
from gateway.model.record import RECALLED
from gateway.model.transfer import Delivery, Origin, Transfer
from gateway.model.verdict import Reason
from gateway.record.sentences import Sentences
from gateway.record.welsh import WELSH
from gateway.record.words import ENGLISH

LANGUAGES: Final = {each.language: each for each in (ENGLISH, WELSH)}
RULE: Final = "-" * 72

Words: TypeAlias = tuple[str, Sequence[str]]
"""A subject and the paragraphs of one language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One notice to be told: what it is about, which deliveries, its subject line and its words.

    `gives` says that it gives a passphrase, `lost` that it tells of one that cannot be read any more, `reply` what an
    answer to it by mail does (`Act`), empty where nobody may answer.
    """

    about: str
    deliveries: tuple[str, ...]
    subject: str
    text: str
    gives: bool = False
    lost: bool = False
    reply: str = ""


def letter(paragraphs: Sequence[str], transfer: Transfer, help_contact: str, say: Sentences = ENGLISH) -> str:
    """Return paragraphs as the text of a notice: who can help and the reference stand at its end."""
    reference = say.reference.format(id=transfer.id, when=say.at(transfer.received_at))
    end = [say.can_help.format(contact=help_contact), reference]
    return "\n\n".join([*(paragraph for paragraph in paragraphs if paragraph), "\n".join(end)]) + "\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Where notices about one transfer are written: in which languages, and whether answers by mail are read."""

    transfer: Transfer
    help_contact: str
    languages: Sequence[Sentences] = (ENGLISH,)

    def told(
        self,
        about: str,
        deliveries: Sequence[Delivery],
        write: Callable[[Sentences], Words],
        *,
        reply: str = "",
        gives: bool = False,
        lost: bool = False,
    ) -> Told:
        """Return one notice, its words in every language one below the other; `write` gives those of one language."""
        written = [(say, *write(say)) for say in self.languages]
        head = [say.write_above for say in self.languages if reply]
        head += [say.below for say in self.languages[1:]]
        texts = [letter(paragraphs, self.transfer, self.help_contact, say) for say, _, paragraphs in written]
        body = f"\n{RULE}\n\n".join(texts)
        subject = " / ".join(subject for _, subject, _ in written)
        return Told(
            about=about,
            deliveries=tuple(each.id for each in deliveries),
            subject=f"{subject} ({self.transfer.id})",
            text="\n".join(head) + "\n\n" + body if head else body,
            reply=reply,
            gives=gives,
            lost=lost,
        )


def what(transfer: Transfer, say: Sentences) -> str:
    """Return what was sent, in words: names of files are shown to the person who dropped them, and no subject."""
    if transfer.origin is Origin.MAIL:
        return say.message
    first = f"'{printable(transfer.parts[0].name)}'"
    more = len(transfer.parts) - 1
    return say.and_more.format(name=first, count=more) if more else first


def printable(name: str) -> str:
    """Return a name that forges no line and no colour, cut to what a line can hold."""
    return "".join(character if character.isprintable() else "?" for character in name)[:120]


def listed(deliveries: Sequence[Delivery]) -> str:
    """Return the recipients."""
    return ", ".join(delivery.recipient for delivery in deliveries)


def points(lines: Sequence[str]) -> str:
    """Return a heading and below it a list, one line each."""
    heading, *rest = lines
    return "\n".join([heading, *(f"  - {line}" for line in rest)])


def why(deliveries: Sequence[Delivery], say: Sentences) -> list[str]:
    """Return why it stands so with deliveries: the trouble, or the rules, each once, in the policy's own words."""
    lines: list[str] = []
    for delivery in deliveries:
        if delivery.trouble:
            lines.append(say.recalled if delivery.trouble == RECALLED else delivery.trouble)
        elif delivery.verdict is not None:
            lines += [ruled(each, say) for each in delivery.verdict.reasons]
    return list(dict.fromkeys(lines))


def ruled(reason: Reason, say: Sentences) -> str:
    """Return what a rule says, and which one it is."""
    return say.rule.format(says=reason.words(say.language).text, rule=reason.rule)


def found(transfer: Transfer, say: Sentences = ENGLISH) -> str:
    """Return what was found, by kind and count, or nothing where nothing was."""
    inspection = transfer.inspection
    if inspection is None:
        return ""
    sure = [finding for finding in inspection.findings if finding.confidence >= COUNTS_FROM]
    counts = Counter(say.kinds.get(finding.entity, finding.entity.lower().replace("_", " ")) for finding in sure)
    words = [f"{count} x {word}" for word, count in sorted(counts.items())]
    if inspection.marking is not None:
        words.insert(0, say.marking.format(tier=inspection.marking.tier.label, where=inspection.marking.where))
    words += [say.not_read.format(why=say.unread[kind]) for kind in unread(transfer)]
    return say.found.format(found=", ".join(words)) if words else ""


def unread(transfer: Transfer) -> Sequence[GapKind]:
    """Return why something was not read, each reason once."""
    return tuple(dict.fromkeys(gap.kind for gap in transfer.inspection.gaps)) if transfer.inspection else ()
