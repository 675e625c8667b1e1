"""Codes of the model in officers' words. Each is shown with `_(…)`: English stands here, Welsh in `cy.po`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateway.console.words import mark
from gateway.model.held import HeldState, Order, Why
from gateway.model.inspection import GapKind, MarkingStatus, Where
from gateway.model.lifecycle import DeliveryState, NoticeState
from gateway.model.transfer import Origin
from gateway.model.verdict import Network, Obligation
from gateway.record.letter import LANGUAGES

WHY: Final[Mapping[Why, tuple[str, str]]] = {
    Why.NO_SEAL: (mark("No way to seal it"), ""),
    Why.FAILED: (mark("Not handed over"), "grey"),
    Why.UNREAD: (mark("Could not be read"), "purple"),
    Why.BULK: (mark("Many people at once"), "magenta"),
    Why.RECIPIENT: (mark("To whom it would go"), "yellow"),
    Why.PERSONAL_DATA: (mark("Personal data"), "orange"),
    Why.MARKING: (mark("Protective marking"), "red"),
    Why.OTHER: (mark("Something else"), "grey"),
}
"""The kind of reason, and the colour of its tag."""

HEADLINES: Final[Mapping[Why, str]] = {
    Why.NO_SEAL: mark("Held: there is no way to seal it for this recipient"),
    Why.FAILED: mark("Held: it could not be handed over"),
    Why.UNREAD: mark("Held: it could not be read in full"),
    Why.BULK: mark("Held: records of many people at once"),
    Why.RECIPIENT: mark("Held: because of to whom it would go"),
    Why.PERSONAL_DATA: mark("Held: personal data"),
    Why.MARKING: mark("Held: because of its protective marking"),
    Why.OTHER: mark("Held: no rule lets it go"),
}

STATES: Final[Mapping[HeldState, str]] = {
    HeldState.NEW: mark("New"),
    HeldState.CLAIMED: mark("Claimed"),
    HeldState.ESCALATED: mark("Escalated"),
    HeldState.ASKED: mark("Sender asked"),
    HeldState.SECOND: mark("Waiting for a second person"),
}

ORDERS: Final[Mapping[Order, str]] = {
    Order.OLDEST: mark("Decide soonest first"),
    Order.NEWEST: mark("Newest first"),
    Order.HIGHEST: mark("Highest tier first"),
    Order.LARGEST: mark("Largest first"),
}

DOORS: Final[Mapping[Origin, str]] = {
    Origin.COMMAND: mark("by command"),
    Origin.FOLDER: mark("by folder"),
    Origin.MAIL: mark("by mail"),
}

NETWORKS: Final[Mapping[Network, str]] = {
    Network.INTERNAL: mark("within the organisation"),
    Network.OFF_INTERNET: mark("a private network, never the internet"),
    Network.PUBLIC: mark("the public internet"),
    Network.VERIFIED_TLS: mark("the internet, by TLS with a verified certificate"),
}

STATUSES: Final[Mapping[MarkingStatus, str]] = {
    MarkingStatus.MARKED: mark("marked"),
    MarkingStatus.NONE: mark("no marking"),
    MarkingStatus.SUSPECTED: mark("suspected"),
}

PLACES: Final[Mapping[Where, str]] = {
    Where.ANNOTATION: mark("an annotation"),
    Where.ATTACHMENT_NAME: mark("the name of an attachment"),
    Where.BODY: mark("the text"),
    Where.CHART: mark("a chart"),
    Where.COMMENT: mark("a comment"),
    Where.FIELD: mark("a field"),
    Where.FOOTER: mark("the footer"),
    Where.FORMULA: mark("a formula"),
    Where.HEADER: mark("the header of a page"),
    Where.HIDDEN: mark("hidden text"),
    Where.LABEL: mark("a label of the file"),
    Where.MAIL_HEADER: mark("the header of the message"),
    Where.NOTE: mark("a note"),
    Where.OCR: mark("words in a picture"),
    Where.PROPERTY: mark("a property of the file"),
    Where.SUBJECT: mark("the subject"),
    Where.TEXTBOX: mark("a text box"),
    Where.TRACKED: mark("a tracked change"),
    Where.WATERMARK: mark("a watermark"),
}

GAPS: Final[Mapping[GapKind, str]] = {
    GapKind.CORRUPT: mark("it is damaged, or not as its format wants it"),
    GapKind.CRASHED: mark("the reader broke off"),
    GapKind.DETECTOR_FAILED: mark("a check failed"),
    GapKind.ENCRYPTED: mark("it is encrypted, and nobody gave the password"),
    GapKind.IMAGE_NOT_READ: mark("it is a picture whose words could not be read"),
    GapKind.TIMEOUT: mark("it took too long"),
    GapKind.TOO_DEEP: mark("it is packed too deep"),
    GapKind.TOO_LARGE: mark("it is too large"),
    GapKind.TOO_MANY: mark("it has too many parts"),
    GapKind.UNSUPPORTED: mark("the gateway does not read this kind of file"),
}

DELIVERIES: Final[Mapping[DeliveryState, tuple[str, str]]] = {
    DeliveryState.UNDECIDED: (mark("Being decided"), "grey"),
    DeliveryState.CLEARED: (mark("Cleared, being sealed"), ""),
    DeliveryState.SEALED: (mark("Ready, being handed over"), ""),
    DeliveryState.HELD: (mark("Held"), "orange"),
    DeliveryState.DELIVERED: (mark("Delivered"), "green"),
    DeliveryState.REFUSED: (mark("Refused"), "red"),
    DeliveryState.UNDELIVERABLE: (mark("Could not be delivered"), "red"),
}

NOTICES: Final[Mapping[NoticeState, tuple[str, str]]] = {
    NoticeState.WAITING: (mark("Waiting to be sent"), "grey"),
    NoticeState.SENT: (mark("Sent"), "green"),
    NoticeState.FAILED: (mark("Could not be sent"), "red"),
}

EVIDENCE: Final[Mapping[str, str]] = {
    "checksum": mark("its check digit is right"),
    "label": mark("it is named beside it"),
    "mrz": mark("the lines of a passport that machines read"),
    "model": mark("a model for names saw it"),
    "placeholder": mark("it looks like a placeholder"),
    "register": mark("it is on a register"),
    "shape": mark("it has the shape"),
    "term": mark("a word of a lexicon"),
}
"""Why a finding is one. What is not here is shown as the detector says it."""


def kind_of(entity: str, language: str) -> str:
    """Return what was found in words: National Insurance number."""
    kinds = LANGUAGES[language].kinds
    return kinds.get(entity, entity.lower().replace("_", " "))


OWED: Final[Mapping[str, str]] = {
    Obligation.DISCLOSURE_RECORD: mark("with a record of disclosure"),
    Obligation.MARK_BODY: mark("with the marking in the text"),
    Obligation.MARK_HEADER: mark("with the marking in a header"),
    Obligation.MARK_SUBJECT: mark("with the marking in the subject"),
    Obligation.NEUTRAL_SUBJECT: mark("with a neutral subject and neutral file names"),
    Obligation.PASSPHRASE_OTHER_CHANNEL: mark("with its passphrase by another channel"),
    Obligation.PSEUDONYMISE: mark("with what was found replaced by codes"),
    Obligation.REDACT: mark("with what was found masked"),
    Obligation.STRIP_LABELS: mark("without the labels in its header"),
    Obligation.TLS_VERIFIED: mark("only over TLS with a verified certificate"),
}
"""What a delivery owes, where the way it is sealed does not say it already."""
