"""What an address says about who reads it: one person at home, many people, or a telephone.

Sources: S4 Appendix 2B (fax and pager), S3 4.5 (personal devices), S4 Appendix 2A (need to know), M20, M24, M29.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from pydantic import Field

from gateway.decide.address import ANY_LABEL, LOWER, not_plain, plain_domain
from gateway.decide.directory.lookalike import LookAlikes, Name
from gateway.decide.directory.recipients import Recipient, RecipientShape, recipients_of
from gateway.errors import Complaint
from gateway.model.document import Complaints, Document, Path
from gateway.model.validation import Strict, Whole, Words

WORD: Final = re.compile(r"[a-z]+")
SHORTEST_SURNAME: Final = 3
SHORTEST_RUN: Final = 5  # letters of a name written in one, or of one that counts elsewhere than at webmail
SHORTEST_WITH_INITIAL: Final = 4


class WebmailShape(Strict):
    """Where people have mail of their own. `names` count under every ending."""

    source: Words
    domains: tuple[Words, ...]
    names: tuple[Words, ...] = ()


class PhoneShape(Strict):
    """What carries mail on to telephones: some domains, and names and numbers as they are written elsewhere.

    A number has `digits_at_least` to `digits_at_most` digits and begins with one of `numbers_begin`; a word of
    `prefixes` may stand before it. `labels` are what the host of such a gateway is called.
    """

    source: Words
    domains: tuple[Words, ...]
    labels: tuple[Words, ...]
    prefixes: tuple[Words, ...]
    numbers_begin: tuple[Words, ...] = Field(min_length=1)
    digits_at_least: Whole = Field(ge=6, le=15)
    digits_at_most: Whole = Field(ge=6, le=20)


class GroupShape(Strict):
    """Words of mailboxes that many people read."""

    source: Words
    words: tuple[Words, ...]


class LookAlikeShape(Strict):
    """What the search for look-alikes must know: see `lookalike`."""

    source: Words
    watched: tuple[Words, ...] = ()
    vetted: tuple[Words, ...] = ()
    added: tuple[Words, ...] = ()
    told_apart: tuple[Words, ...] = ()
    own_names: tuple[Words, ...] = ()


class AddressesFile(Strict):
    """`addresses.yaml`."""

    personal_webmail: WebmailShape | None = None
    phone_gateways: PhoneShape | None = None
    groups: GroupShape | None = None
    look_alikes: LookAlikeShape | None = None
    recipients: tuple[RecipientShape, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """What is known of addresses."""

    webmail: frozenset[str] = frozenset()
    webmail_names: frozenset[str] = frozenset()
    phone_domains: frozenset[str] = frozenset()
    phone_labels: frozenset[str] = frozenset()
    phone_number: re.Pattern[str] | None = None
    phone_digits: range = range(0)
    group_words: frozenset[str] = frozenset()
    look_alikes: LookAlikes = field(default_factory=LookAlikes)
    recipients: Mapping[tuple[str, str], Recipient] = field(default_factory=dict)

    def is_webmail(self, registered: Name) -> bool:
        """Say whether people have mail of their own at a registered domain."""
        return registered.domain in self.webmail or registered.name in self.webmail_names

    def is_phone(self, local: str, domain: str) -> bool:
        """Say whether an address is a telephone's, under whatever domain."""
        number = self.phone_number.fullmatch(local.translate(LOWER)) if self.phone_number else None
        if number and sum(each.isdigit() for each in number[1]) in self.phone_digits:
            return True
        labels = domain.split(".")
        if not self.phone_labels.isdisjoint(labels[:-2]):
            return True
        return any(".".join(labels[start:]) in self.phone_domains for start in range(len(labels) - 1))

    def is_group(self, local: str) -> bool:
        """Say whether many people read an address: the whole name is such a word, or its first or last part is."""
        words = words_of(local)
        return bool(words) and bool(self.group_words & {words[0], words[-1], "".join(words)})

    def is_own(self, sender: str, recipient: str, *, webmail: bool) -> bool:
        """Say whether two local parts are one person's, the recipient's at personal webmail or elsewhere outside."""
        if self.is_group(sender) or self.is_group(recipient):
            return False
        ours, theirs = words_of(sender), words_of(recipient)
        if not webmail:
            return _name_of(sender) == _name_of(recipient) and len("".join(ours)) >= SHORTEST_RUN
        return "".join(theirs) in _forms(ours) or _same_with_initial(ours, theirs)


def words_of(local: str) -> tuple[str, ...]:
    """Return the words of a local part in lower case, without a tag behind `+`, digits and signs."""
    return tuple(WORD.findall(_name_of(local)))


def _name_of(local: str) -> str:
    return local.translate(LOWER).partition("+")[0]


def _forms(words: tuple[str, ...]) -> set[str]:
    """Return how a person may write the same name in one run of letters."""
    if len(words) < 2:  # noqa: PLR2004 - a given name and a surname
        return {word for word in words if len(word) >= SHORTEST_SURNAME}
    given, surname = words[0], words[-1]
    forms = {given + surname, surname + given, "".join(words)}
    if len(surname) >= SHORTEST_SURNAME:
        forms |= {given[0] + surname, surname + given[0]}
    return {form for form in forms if len(form) >= SHORTEST_WITH_INITIAL}


def _same_with_initial(ours: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    """Say whether an initial on our side is all that keeps two names apart: a.lee and ann.lee."""
    if len(ours) < 2 or len(theirs) < 2:  # noqa: PLR2004 - the same
        return False
    return len(ours[0]) == 1 and theirs[0].startswith(ours[0]) and theirs[-1] == ours[-1]


def addresses_of(document: Document, file: AddressesFile, complaints: Complaints) -> Addresses:
    """Return what the file says of addresses."""
    complaints.add(*_complaints(document, file))
    known = recipients_of(document, file.recipients, complaints)
    webmail, phones, groups, alike = file.personal_webmail, file.phone_gateways, file.groups, file.look_alikes
    return Addresses(
        webmail=_plain(webmail.domains) if webmail else frozenset(),
        webmail_names=frozenset(webmail.names) if webmail else frozenset(),
        phone_domains=frozenset(phones.domains) if phones else frozenset(),
        phone_labels=frozenset(phones.labels) if phones else frozenset(),
        phone_number=_number(phones) if phones else None,
        phone_digits=range(phones.digits_at_least, phones.digits_at_most + 1) if phones else range(0),
        group_words=frozenset(groups.words) if groups else frozenset(),
        look_alikes=LookAlikes(
            watched=_plain(alike.watched),
            vetted=frozenset(alike.vetted),
            added=frozenset(alike.added),
            told_apart=frozenset(alike.told_apart),
            own_names=frozenset(alike.own_names),
        )
        if alike
        else LookAlikes(),
        recipients=known,
    )


def _plain(domains: tuple[str, ...]) -> frozenset[str]:
    """Return the plain ones; the others have their complaints."""
    return frozenset(each for each in domains if plain_domain(each) is not None)


def _number(shape: PhoneShape) -> re.Pattern[str]:
    """Return the pattern of a telephone number with what may stand before it; hyphens and dots may divide it."""
    before = "|".join(re.escape(each) for each in sorted(shape.prefixes, key=len, reverse=True))
    begin = "|".join(re.escape(each) for each in sorted(shape.numbers_begin, key=len, reverse=True))
    return re.compile(rf"(?:{before})?((?:{begin})[0-9.-]*)")


def _complaints(document: Document, file: AddressesFile) -> Iterator[Complaint]:
    plain: list[tuple[Path, tuple[str, ...]]] = []
    if file.personal_webmail:
        plain.append((("personal_webmail", "domains"), file.personal_webmail.domains))
        yield from _words(document, ("personal_webmail", "names"), file.personal_webmail.names)
    if file.phone_gateways:
        plain.append((("phone_gateways", "domains"), file.phone_gateways.domains))
        yield from _words(document, ("phone_gateways", "labels"), file.phone_gateways.labels)
        if file.phone_gateways.digits_at_most < file.phone_gateways.digits_at_least:
            yield document.complaint(("phone_gateways", "digits_at_most"), "this is less than 'digits_at_least'")
    if file.groups:
        yield from _words(document, ("groups", "words"), file.groups.words)
    if file.look_alikes:
        plain.append((("look_alikes", "watched"), file.look_alikes.watched))
        plain.append((("look_alikes", "vetted"), file.look_alikes.vetted))
        plain.append((("look_alikes", "own_names"), file.look_alikes.own_names))
        yield from _words(document, ("look_alikes", "added"), file.look_alikes.added)
        yield from _words(document, ("look_alikes", "told_apart"), file.look_alikes.told_apart)
    for path, domains in plain:
        for number, each in enumerate(domains):
            name = each.removeprefix(ANY_LABEL)
            if plain_domain(name) != name or (name != each and path[-1] != "vetted"):
                yield document.complaint((*path, number), f"{not_plain(each)}, in small letters")
        yield from _twice(document, path, domains)


def _words(document: Document, path: Path, words: tuple[str, ...]) -> Iterator[Complaint]:
    for number, each in enumerate(words):
        if not (each.isascii() and each.isalnum() and each == each.lower()):
            yield document.complaint((*path, number), f"'{each}' is not one word in small letters")
    yield from _twice(document, path, words)


def _twice(document: Document, path: Path, words: tuple[str, ...]) -> Iterator[Complaint]:
    for number, each in enumerate(words):
        if each in words[:number]:
            yield document.complaint((*path, number), f"'{each}' stands here twice; keep one")
