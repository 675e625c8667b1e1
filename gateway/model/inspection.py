"""What extract and classify say about content: never the content itself, but for `Segment.text`.

`Segment` and `OpenedPart` leave the hardened child only when somebody asks to see text; the rest crosses its wire.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gateway.model.tier import Tier

COUNTS_FROM: Final = 0.5
"""A finding that is less sure than this is shown to officers, and counts for nothing."""

MOST_NAMES: Final = 100
LONGEST_NAME: Final = 200
"""Names of parts that an inspection keeps, and characters of each: 20,000 at most, of what is kept for each transfer.

A name in a path has at most 120 characters (`extract.names`), so that the last one always stands there whole.
"""


class Where(StrEnum):
    """Where in a part a segment stood."""

    ANNOTATION = "annotation"
    ATTACHMENT_NAME = "attachment_name"
    BODY = "body"
    CHART = "chart"
    COMMENT = "comment"
    FIELD = "field"
    FOOTER = "footer"
    FORMULA = "formula"
    HEADER = "header"
    HIDDEN = "hidden"
    LABEL = "label"
    MAIL_HEADER = "mail_header"
    NOTE = "note"
    OCR = "ocr"
    PROPERTY = "property"
    SUBJECT = "subject"
    TEXTBOX = "textbox"
    TRACKED = "tracked"
    WATERMARK = "watermark"


class GapKind(StrEnum):
    """Why something could not be inspected."""

    CORRUPT = "corrupt"
    CRASHED = "crashed"
    DETECTOR_FAILED = "detector_failed"
    ENCRYPTED = "encrypted"
    IMAGE_NOT_READ = "image_not_read"
    TIMEOUT = "timeout"
    TOO_DEEP = "too_deep"
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    UNSUPPORTED = "unsupported"


class RemarkKind(StrEnum):
    """What is worth saying of a part that was read all the same."""

    NAMED_OTHERWISE = "named_otherwise"
    NAMES_IN_PIECES = "names_in_pieces"  # the optional model saw some of it; rules read all of it
    NOT_PROTECTED = "not_protected"  # encrypted, but with an empty password
    SEVERAL_TYPES = "several_types"
    UNLOCKED = "unlocked"  # with a password that the sender gave


class MarkingStatus(StrEnum):
    """Whether a part bears a protective marking."""

    MARKED = "marked"
    NONE = "none"
    SUSPECTED = "suspected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A run of extracted text and where it stood. `name` tells two of a kind apart: a header's field, a property."""

    where: Where
    text: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedPart:
    """One part as extract read it. `part` is its path: `letter.eml`, `letter.eml/1/plan.docx`."""

    part: str
    media_type: str
    sha256: str
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Something that was not inspected, and why. `detail` is ours, never text from the content."""

    part: str
    kind: GapKind
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Something an officer should know of a part that was read. `detail` is ours, never text from the content."""

    part: str
    kind: RemarkKind
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One detection: its kind and span, and why. `masked` shows it without showing it.

    `start` and `end` count characters in the text of segment number `segment` of `part`, as extracted. `key` is a keyed
    hash of what identifies a person, for a later search by person; empty where nothing does.
    """

    detector: str
    entity: str
    part: str
    segment: int
    where: Where
    start: int
    end: int
    confidence: float
    why: tuple[str, ...]
    masked: str
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marking:
    """A protective marking: what it says, where it stood, and how sure we are (0 to 100).

    `shown` is the nearest marking of the scheme in force, for people to read; routing goes by `tier`, the original.
    `notes` holds codes: what the scheme does not allow (`release_of_sensitive`), what is odd about a label
    (`foreign_label`).
    """

    scheme: str
    tier: Tier
    text: str
    where: Where
    part: str
    score: int
    shown: str = ""
    descriptors: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """Everything extract and classify have to say about one part, or (merged) about a whole transfer.

    `thread` is the highest marking of what a mail quotes: the conversation's, not the author's. `cover` is the tier
    that a mail itself bears, whatever is attached to it; None of what is no mail. `pages` is how many pictures and
    scanned pages were read. `read_with` is the hash of the policy files that classify read it with, if known.
    `names` are paths of the parts that were opened within the content, the outermost first: no more than `MOST_NAMES`,
    and of a path longer than `LONGEST_NAME` its end.
    """

    media_type: str
    marking: Marking | None
    marking_status: MarkingStatus
    findings: tuple[Finding, ...]
    people: int | None
    gaps: tuple[Gap, ...]
    elapsed_ms: float
    remarks: tuple[Remark, ...] = ()
    pages: int = 0
    thread: Marking | None = None
    cover: Tier | None = None
    read_with: str = ""
    names: tuple[str, ...] = ()

    @property
    def tier(self) -> Tier:
        """The tier of the marking found, `UNMARKED` when there is none."""
        return self.marking.tier if self.marking else Tier.UNMARKED
