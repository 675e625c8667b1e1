"""Plain words for the sender, derived from how a transfer stands and what was told before.

The order is always: what happened, why, what you can do, by when, who can help, reference. Counts, kinds and rule
sentences only; never content, never a subject line. File names are shown to the person who dropped the files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gateway.model.inspection import COUNTS_FROM, GapKind
from gateway.model.lifecycle import DeliveryState
from gateway.model.transfer import Delivery, Origin, Transfer

D = DeliveryState
APART = "Do not send it to the same mailbox."
WORDS = {
    "ARREST_SUMMONS": "arrest or summons number",
    "BANK_ACCOUNT": "bank account number",
    "BIC": "bank identifier",
    "BIOMETRIC": "genetic or biometric data",
    "CASE_URN": "case reference of the police and courts",
    "CHILD_SAFEGUARDING": "safeguarding of a child",
    "CHI_NUMBER": "CHI number",
    "COMMERCIAL": "commercial terms",
    "COURT_CASE": "court case number",
    "CRO_NUMBER": "criminal record number",
    "DATE_OF_BIRTH": "date of birth",
    "DRIVING_LICENCE": "driving licence number",
    "EMAIL_ADDRESS": "e-mail address",
    "ETHNICITY": "ethnic origin",
    "HC_NUMBER": "Health and Care number",
    "HEALTH": "health information",
    "HOSPITAL_NUMBER": "hospital number",
    "IBAN": "IBAN",
    "IP_ADDRESS": "IP address",
    "LEARNED_FORM": "form of ours",
    "LEGAL_PRIVILEGE": "legal advice",
    "NHS_NUMBER": "NHS number",
    "NINO": "National Insurance number",
    "OFFENCE": "offence",
    "PASSPORT": "passport number",
    "PAYMENT_CARD": "payment card number",
    "PERSON_NAME": "name",
    "PNC_ID": "police national computer number",
    "POLITICS": "political opinion",
    "PRISON_NUMBER": "prison number",
    "PROBATION_NUMBER": "probation case number",
    "REGISTERED_PERSON": "person on a register",
    "RELIGION": "religion or belief",
    "SECRET": "private key or password",
    "SEX_LIFE": "sexual life",
    "SORT_CODE": "sort code",
    "STATUTE_BARRED_HEALTH": "health information that the law protects",
    "TRADE_UNION": "trade union membership",
    "UK_ADDRESS": "address",
    "UK_PHONE": "telephone number",
    "UK_POSTCODE": "postcode",
    "ULN": "learner number",
    "UPN": "pupil number",
    "UTR": "taxpayer reference",
    "VAT_NUMBER": "VAT number",
    "VEHICLE_REGISTRATION": "vehicle registration",
}
UNREAD = {
    GapKind.CORRUPT: "damaged, or not as its format wants it",
    GapKind.CRASHED: "the reader broke off",
    GapKind.DETECTOR_FAILED: "a check failed",
    GapKind.ENCRYPTED: "encrypted",
    GapKind.IMAGE_NOT_READ: "a picture",
    GapKind.TIMEOUT: "it took too long",
    GapKind.TOO_DEEP: "packed too deep",
    GapKind.TOO_LARGE: "too large",
    GapKind.TOO_MANY: "too many parts",
    GapKind.UNSUPPORTED: "a kind of file that the gateway does not read",
}
UNLOCK = {
    Origin.MAIL: "send it again with the password in a header field of the message, X-Gateway-Password: PASSWORD",
    Origin.FOLDER: "put it there again with a text file beside it, called as the file with .passwords behind"
    " (letter.zip and letter.zip.passwords), one password a line",
    Origin.COMMAND: "send it again with --password-file FILE, one password a line",
}
UNLOCKED = "The password is used for looking inside, is not sent on, and is then destroyed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One notice to be told: what it is about, which deliveries, its subject line and its words."""

    about: str
    deliveries: tuple[str, ...]
    subject: str
    text: str


def notices_due(transfer: Transfer, *, help_contact: str, secret: Callable[[str], str]) -> Sequence[Told]:
    """Return what the sender must be told now. `secret` reads a passphrase from the vault by its id.

    What became of several recipients in the same way is one notice; a passphrase has one of its own.
    """
    untold = [delivery for delivery in transfer.deliveries if delivery.told is not delivery.state]
    told = []
    for state, ending in ENDINGS.items():
        group = [delivery for delivery in untold if delivery.state is state]
        if group:
            told.append(_not_gone(transfer, group, ending, help_contact))
    told += [
        _delivered(transfer, delivery, help_contact, secret)
        for delivery in untold
        if delivery.state is D.DELIVERED and _is_worth_telling(transfer, delivery)
    ]
    return told


def _is_worth_telling(transfer: Transfer, delivery: Delivery) -> bool:
    """Mail that went as it was needs no word; a file that left a folder does, and so does a passphrase."""
    has_secret = bool(delivery.sealed and delivery.sealed.secret_object_id)
    return has_secret or transfer.origin is not Origin.MAIL


def _what(transfer: Transfer) -> str:
    if transfer.origin is Origin.MAIL:
        return "your message"
    first = _printable(transfer.parts[0].name)
    more = len(transfer.parts) - 1
    return f"'{first}'" + (f" and {more} more" if more else "")


def _printable(name: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in name)[:120]


def _listed(deliveries: Sequence[Delivery]) -> str:
    return ", ".join(delivery.recipient for delivery in deliveries)


def _why(deliveries: Sequence[Delivery], found: str = "") -> list[str]:
    lines = []
    for delivery in deliveries:
        if delivery.trouble:
            lines.append(delivery.trouble)
        elif delivery.verdict is not None:
            lines += [f"{reason.says} (rule {reason.rule})" for reason in delivery.verdict.reasons]
    seen = list(dict.fromkeys(lines))
    return [*(f"  - {line}" for line in seen), *([f"  - {found}"] if found else [])]


def _found(transfer: Transfer) -> str:
    inspection = transfer.inspection
    if inspection is None:
        return ""
    sure = [finding for finding in inspection.findings if finding.confidence >= COUNTS_FROM]
    counts = Counter(WORDS.get(finding.entity, finding.entity.lower().replace("_", " ")) for finding in sure)
    words = [f"{count} x {word}" for word, count in sorted(counts.items())]
    if inspection.marking is not None:
        words.insert(0, f"the marking {inspection.marking.tier.label} ({inspection.marking.where})")
    words += [f"something that could not be read ({UNREAD[kind]})" for kind in _unread(transfer)]
    return "what was found: " + ", ".join(words) if words else ""


def _unread(transfer: Transfer) -> Sequence[GapKind]:
    """Return why something was not read, each reason once."""
    return tuple(dict.fromkeys(gap.kind for gap in transfer.inspection.gaps)) if transfer.inspection else ()


def _password(transfer: Transfer) -> list[str]:
    """Say how a password may be given for what the sender has locked."""
    locked = GapKind.ENCRYPTED in _unread(transfer)
    return [f"  - {UNLOCK[transfer.origin]}. {UNLOCKED}"] if locked else []


def _ways_out(deliveries: Sequence[Delivery]) -> list[str]:
    ways = dict.fromkeys(
        way for delivery in deliveries if delivery.verdict is not None for way in delivery.verdict.would_pass_if
    )
    return [f"  - send it again so that {way}" for way in ways if not way.startswith("an officer")]


def _letter(paragraphs: Sequence[str], transfer: Transfer, help_contact: str) -> str:
    when = transfer.received_at.strftime("%d %B %Y at %H:%M UTC")
    end = [f"Who can help: {help_contact}", f"Reference: {transfer.id}, received {when}"]
    return "\n\n".join([*(paragraph for paragraph in paragraphs if paragraph), "\n".join(end)]) + "\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ending:
    """The words for deliveries that did not go: in the subject, for what happened, what to do and by when."""

    about: str
    subject: str
    happened: str
    todo: str
    then: str = ""
    finds: bool = True


ENDINGS = {
    D.HELD: _Ending(
        about="held",
        subject="Not sent, waiting for review",
        happened="has not been sent to {recipients}. It is held, safe and encrypted, until an officer has looked at it",
        todo="  - nothing is needed: a security officer decides",
        then="By when: you need do nothing. You will be told when an officer has decided.",
    ),
    D.REFUSED: _Ending(
        about="refused",
        subject="Refused, will not be sent",
        happened="will not be sent to {recipients}",
        todo="  - change what you send, or how, and send it again",
    ),
    D.UNDELIVERABLE: _Ending(
        about="undeliverable",
        subject="Could not be delivered",
        happened="could not be delivered to {recipients}. The gateway has stopped trying",
        todo="  - check the address, ask the recipient whether they can receive it, and send it again",
        finds=False,
    ),
}


def _not_gone(transfer: Transfer, deliveries: Sequence[Delivery], ending: _Ending, help_contact: str) -> Told:
    ways = _ways_out(deliveries) if ending.finds else []
    happened = ending.happened.format(recipients=_listed(deliveries))
    paragraphs = [
        f"What happened: {_what(transfer)} {happened}.",
        "\n".join(["Why:", *_why(deliveries, _found(transfer) if ending.finds else "")]),
        "\n".join(["What you can do:", *(ways or [ending.todo]), *(_password(transfer) if ending.finds else [])]),
        ending.then,
    ]
    return Told(
        about=ending.about,
        deliveries=tuple(each.id for each in deliveries),
        subject=f"{ending.subject} ({transfer.id})",
        text=_letter(paragraphs, transfer, help_contact),
    )


def _delivered(transfer: Transfer, delivery: Delivery, help_contact: str, secret: Callable[[str], str]) -> Told:
    sealed = delivery.sealed
    handed = f"What happened: {_what(transfer)} was handed over for {delivery.recipient}"
    if sealed is not None and sealed.secret_object_id:
        paragraphs = [
            f"{handed}, as an AES-256 encrypted file.",
            "\n".join(["Why:", *_why([delivery], _found(transfer))]),
            f"What you must do: give {delivery.recipient} this passphrase by telephone, letter or in person. {APART}",
            f"    {secret(sealed.secret_object_id)}",
            "By when: soon. Without it the recipient cannot open the file.",
        ]
    else:
        how = f", encrypted with {sealed.evidence.cipher}" if sealed and sealed.method != "none" else ""
        paragraphs = [f"{handed}{how}.", "What you can do: nothing more is needed."]
    return Told(
        about="delivered",
        deliveries=(delivery.id,),
        subject=f"Sent ({transfer.id})",
        text=_letter(paragraphs, transfer, help_contact),
    )


def not_taken(name: str, why: str, *, help_contact: str) -> Told:
    """Return what staff must be told about a file that stays in the outbound folder."""
    shown = _printable(name)
    paragraphs = [
        f"What happened: '{shown}' stays in the outbound folder and is not sent.",
        f"Why: it {why}.",
        "What you can do: put it into a folder called to/ADDRESS, with the recipient's address, or ask for help.",
        f"Who can help: {help_contact}",
    ]
    return Told(about="not taken", deliveries=(), subject=f"Not taken, {shown}", text="\n\n".join(paragraphs) + "\n")
