"""Everything a rule may look at, and nothing more.

`Circumstances` are what is known of one delivery whatever the policy says; they are kept with it, so that any policy
can decide it again without the content. `Facts` are the same seen by one policy: its routes, its table of domains, its
partners and agreements. One of each for every recipient of a transfer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.model.inspection import GapKind, MarkingStatus
from gateway.model.tier import Tier
from gateway.model.verdict import Network


class DomainStatus(StrEnum):
    """What the domain table says about a recipient's domain today; `none` where the address is not plain.

    `private` is reached over a private network and by no other way.
    """

    DISPUTED = "disputed"
    INTERNAL = "internal"
    LIVE = "live"
    NONE = "none"
    PRIVATE = "private"
    RETIRED = "retired"
    UNKNOWN = "unknown"


class Trait(StrEnum):
    """What about a recipient calls for care. A recipient may have several, and none is better than any."""

    GROUP = "group"
    LOOK_ALIKE = "look_alike"
    NEW = "new"
    OWN_ADDRESS = "own_address"
    PERSONAL_WEBMAIL = "personal_webmail"
    PHONE_GATEWAY = "phone_gateway"
    REMOVABLE_MEDIA = "removable_media"


class UnderMarked(StrEnum):
    """In what way a transfer says less than it should: what was found needs more, or what is attached says more."""

    ATTACHMENT = "attachment"
    CONTENT = "content"


class Counted(StrEnum):
    """Kinds of recipients that are counted. `shown` are external ones whom the others can see (To and Cc)."""

    ALL = "all"
    DOMAINS = "domains"
    EXTERNAL = "external"
    SHOWN = "shown"


class AgreementStatus(StrEnum):
    """Whether a signed agreement with the recipient's organisation covers what is sent.

    `not_covering` is in force and covers other kinds of data; `lapsed` is past its review or end, or lacks a signature.
    """

    IN_FORCE = "in_force"
    LAPSED = "lapsed"
    NONE = "none"
    NOT_COVERING = "not_covering"


class Consent(StrEnum):
    """What the person concerned said, as the sender declares it (S1 13.6 and 13.7)."""

    EXPIRED = "expired"
    GIVEN = "given"
    NONE = "none"
    REFUSED = "refused"
    RESTRICTED = "restricted"
    WITHDRAWN = "withdrawn"


class Abroad(StrEnum):
    """What may be said of the law where a recipient is. `unknown` is no country's name: `.com`, `.org`."""

    ADEQUATE = "adequate"
    HOME = "home"
    NOT_ADEQUATE = "not_adequate"
    UNKNOWN = "unknown"


class Hours(StrEnum):
    """Whether somebody is at work who could still stop it."""

    CLOSED = "closed"
    OPEN = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What is known of one delivery, whatever the policy: kept with it, without content, for deciding it again.

    `route` is the one that the sender chose, empty when none. `internal` is true for the organisation's own domains.
    `thread` is the tier of what a mail quotes; `thread_is_sure` is true when that is marked and not only suspected.
    `attachment_above` is true when a mail bears a lower marking than what is attached. `descriptors` and `caveats` are
    those of the marking, in capitals. `entities` counts findings by entity, only those confident enough to count.
    `recipients` counts all recipients of the transfer by kind. `can` holds the sealing methods that this recipient can
    take (`pgp`, `zip`). `is_new` is true when nothing was delivered from this sender to this recipient before.
    `is_protected_thread` is true for what goes on from protected mail. `approvals` is how many different officers
    released it, `approved_by` their roles. `unproved` is true once its route failed to prove how safe it is. `demands`
    are obligations that the officers who released it want owed, whatever the rules say.
    """

    at: datetime
    sender: str
    recipient: str
    route: str = ""
    internal: bool = False
    marking: Tier = Tier.UNMARKED
    marking_status: MarkingStatus = MarkingStatus.NONE
    thread: Tier = Tier.UNMARKED
    thread_is_sure: bool = False
    attachment_above: bool = False
    descriptors: frozenset[str] = frozenset()
    caveats: frozenset[str] = frozenset()
    entities: tuple[tuple[str, int], ...] = ()
    people: int | None = None
    gaps: frozenset[GapKind] = frozenset()
    size: int = 0
    recipients: tuple[tuple[Counted, int], ...] = ()
    can: frozenset[str] = frozenset()
    is_new: bool = False
    is_protected_thread: bool = False
    encrypt_requested: bool = False
    reason_given: bool = False
    consent: Consent = Consent.NONE
    approvals: int = 0
    approved_by: frozenset[str] = frozenset()
    unproved: bool = False
    demands: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The inspected transfer as one policy sees it for one recipient.

    `marking` is the tier of the marking found; the *effective* tier, which findings may raise, is derived by the policy
    and is not an input. `route`, `partner` and `unit` are empty where there is none. `country` is an ISO 3166 code,
    empty where the address tells none. `day` counts days as `date.toordinal` does. `due_diligence` is true when the
    partner was checked and the check has not run out. The rest is as in `Circumstances`.
    """

    sender: str
    recipient: str
    marking: Tier
    marking_status: MarkingStatus
    entities: tuple[tuple[str, int], ...]
    people: int
    gaps: frozenset[GapKind]
    size: int
    route: str
    network: Network
    domain_status: DomainStatus
    can: frozenset[str]
    encrypt_requested: bool
    approvals: int = 0
    approved_by: frozenset[str] = frozenset()
    descriptors: frozenset[str] = frozenset()
    caveats: frozenset[str] = frozenset()
    under_marked: frozenset[UnderMarked] = frozenset()
    recipients: tuple[tuple[Counted, int], ...] = ()
    recipient_is: frozenset[Trait] = frozenset()
    protected_thread: bool = False
    unit: str = ""
    partner: str = ""
    partner_kind: str = ""
    agreement: AgreementStatus = AgreementStatus.NONE
    due_diligence: bool = False
    country: str = ""
    abroad: Abroad = Abroad.UNKNOWN
    reason_given: bool = False
    consent: Consent = Consent.NONE
    hours: Hours = Hours.OPEN
    day: int = 0

    @property
    def released(self) -> bool:
        """True when an officer has looked and released it."""
        return self.approvals > 0
