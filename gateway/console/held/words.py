"""Codes of the model in officers' words. Each is shown with `_(…)`: English stands here, Welsh in `cy.po`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateway.console.words import mark
from gateway.model.held import HeldState, Order, Why
from gateway.model.inspection import GapKind, MarkingStatus, Where
from gateway.model.lifecycle import DeliveryState, NoticeState
from gateway.model.passage import Unshown
from gateway.model.transfer import Origin
from gateway.model.verdict import Network, Obligation
from gateway.record.letter import LANGUAGES

COLOURS: Final[Mapping[Why, str]] = {
    Why.NO_SEAL: "",
    Why.FAILED: "grey",
    Why.UNREAD: "purple",
    Why.BULK: "magenta",
    Why.RECIPIENT: "yellow",
    Why.PERSONAL_DATA: "orange",
    Why.MARKING: "red",
    Why.OTHER: "grey",
}
WHY: Final[Mapping[Why, tuple[str, str]]] = {why: (why.words, colour) for why, colour in COLOURS.items()}
"""The kind of reason, and the colour of its tag."""

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

UNSHOWN: Final[Mapping[str, str]] = {
    Unshown.FAULT: mark("It cannot be shown: something went wrong while it was opened."),
    Unshown.GONE: mark("It cannot be shown: what was found is not at its place any more."),
    Unshown.LOCKED: mark("It cannot be shown: it opened with a password of its sender, which was destroyed."),
    Unshown.NOT_ALL: mark("The words around it cannot be shown: not everything was found that stands in them."),
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
    "role": mark("it is the name of somebody who acts for others"),
    "alone": mark("the word says it by itself"),
    "checksum": mark("its check digit is right"),
    "column": mark("its column is called so"),
    "country": mark("the country is named"),
    "cue": mark("words near it speak of it"),
    "day": mark("it could be a date"),
    "field": mark("a field of the file is called so"),
    "form": mark("it looks like a form that is known"),
    "greeting": mark("somebody is greeted by it"),
    "identifier": mark("the number is that of a person"),
    "label": mark("it is named beside it"),
    "link": mark("it stands in a link"),
    "mail_header": mark("it stands in the header of a message"),
    "mention": mark("it is mentioned"),
    "model": mark("a model for names saw it"),
    "mrz": mark("the lines of a passport that machines read"),
    "name": mark("a name goes with it"),
    "pair": mark("two such things stand together"),
    "person": mark("it speaks of one person"),
    "placeholder": mark("it looks like a placeholder"),
    "postcode": mark("a postcode follows"),
    "range": mark("the number is one that is given out"),
    "register": mark("it is on a register"),
    "relative": mark("it is the name of a relative"),
    "shape": mark("it has the shape"),
    "signature": mark("somebody signed with it"),
    "street": mark("a street and its number"),
    "term": mark("a word of a word list"),
    "test": mark("it is a number for trials"),
    "title": mark("a title stands before it"),
}
"""Why a finding is one. What is not here, the name of a register or a form, is shown as it is."""


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


def unshown(why: str) -> str:
    """Return in words why something cannot be shown; a reason that is none of ours is a fault."""
    return UNSHOWN.get(why, UNSHOWN[Unshown.FAULT])
