"""The work of a child: extract and classify. Prepared once, before the walls go up; nothing is loaded afterwards."""

from __future__ import annotations

import gc
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from gateway.classify.assess import Classified, Classifier
from gateway.classify.builtin import builtin as builtin_detectors
from gateway.classify.names.model import ModelNames
from gateway.errors import GatewayError, Unsound
from gateway.extract import Aids, Extraction, Extractor, Limits, Raster, Reader, media
from gateway.extract.builtin import builtin as builtin_extractors
from gateway.extract.names import clean_name
from gateway.extract.walk import extract
from gateway.model.inspection import GapKind, Inspection, Marking, MarkingStatus, Remark, RemarkKind
from gateway.model.tier import Tier
from gateway.plugins import Seam, load_named
from gateway.system.zygote import Announce, Reply, Work
from gateway.worker.databases import Databases
from gateway.worker.merging import kept_names
from gateway.worker.names import open_names
from gateway.worker.ocr import open_reader
from gateway.worker.samples import samples
from gateway.worker.setup import Setup
from gateway.worker.taught import examiners
from gateway.worker.wire import Asked, Mode, extraction_answer, inspection_answer, parse_request

PLAIN_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]{1,60}")
ENOUGH = 1 << 16
LARGE = 20_000_000
MOST_RESERVED = 20.0
WEARING = frozenset({GapKind.CORRUPT, GapKind.CRASHED, GapKind.TOO_LARGE, GapKind.TOO_DEEP})


def prepare(setup: bytes) -> Work:
    """Load extractors, detectors and patterns, open a sample of everything, and return the work.

    `setup` is a `Setup`, written down. Raises `Unsound` when a plug-in is missing or does not load.
    """
    settings = Setup.read(setup)
    extractors = _with_plugins(Seam.EXTRACTORS, builtin_extractors(), settings.plugins.get("extractors", ()))
    aids = Aids(second_opinion=second_opinion(), reader=open_reader())
    classifier: Classifier | None = None
    model = ModelNames(open_names()) if settings.names and settings.policies is not None else None
    if settings.policies is not None:
        detectors = _with_plugins(Seam.DETECTORS, builtin_detectors(), settings.plugins.get("detectors", ()))
        if settings.taught is not None:
            detectors = [*detectors, *examiners(settings.taught)]
        if model is not None:
            detectors = [*detectors, model]
        classifier = Classifier.build(
            detectors, settings.policies, search_key=settings.search_key, databases=Databases(settings.cache)
        )

    def work(request: bytes, content: bytes, announce: Announce) -> Reply:
        asked = parse_request(request)
        if asked.mode is Mode.INSPECT and classifier is None:
            raise Unsound("this child was started to extract only")
        lent, place, counted = _lent(aids, asked, announce)
        extraction = extract(asked.name, content, asked.limits, extractors, lent)
        worn = len(content) > LARGE or any(gap.kind in WEARING for gap in extraction.gaps)
        if classifier is None or asked.mode is Mode.EXTRACT:
            return Reply(pieces=tuple(extraction_answer(extraction)), worn=worn)
        place(clean_name(asked.name))
        seen = _inspection(extraction, classifier.classify(extraction.parts))
        remarks = (*seen.remarks, *_in_pieces(model))
        return Reply(pieces=(inspection_answer(replace(seen, pages=counted.pages, remarks=remarks)),), worn=worn)

    _warm(extractors, aids, classifier)
    _in_pieces(model)  # what it says of the samples is nobody's
    gc.collect()
    gc.freeze()  # what is loaded stays shared between the workers
    return work


def _in_pieces(model: ModelNames | None) -> list[Remark]:
    """Return what officers should know of parts that the model for names saw in pieces only."""
    parts = model.take_cut_short() if model else ()
    return [Remark(part=part, kind=RemarkKind.NAMES_IN_PIECES) for part in parts]


class _Counted:
    """A reader that counts the pages it read."""

    def __init__(self, reader: Reader | None) -> None:
        self._reader, self.pages = reader, 0

    def read(self, raster: Raster) -> str:
        """Count and read."""
        self.pages += 1
        return self._reader.read(raster) if self._reader else ""


def _lent(aids: Aids, asked: Asked, announce: Announce) -> tuple[Aids, Callable[[str], None], _Counted]:
    """Return the aids for one request, what tells the daemon where the work is, and what counts pages."""
    counted, last_picture = _Counted(aids.reader), time.monotonic() + asked.seconds - _reserve(asked.seconds)
    said = [clean_name(asked.name)]  # where the daemon takes it to begin, unsaid: a file without parts costs nothing

    def place(part: str) -> None:
        if part != said[0]:
            said[0] = part
            announce(part.encode("utf-8", "replace"))

    lent = replace(
        aids,
        reader=counted if aids.reader else None,
        passwords=asked.passwords,
        lost=asked.lost,
        opening=place,
        may_read=lambda: time.monotonic() < last_picture,
    )
    return lent, place, counted


def _reserve(seconds: float) -> float:
    """Return what is kept of the time for what comes after the last picture, and for the picture itself."""
    return min(MOST_RESERVED, seconds / 4)


def _inspection(extraction: Extraction, classified: Classified) -> Inspection:
    """Put together what both rooms say."""
    marking, status = _what_counts(classified)
    return Inspection(
        media_type=extraction.parts[0].media_type if extraction.parts else media.UNKNOWN,
        marking=marking,
        marking_status=status,
        findings=classified.findings,
        people=classified.people,
        gaps=(*extraction.gaps, *classified.gaps),
        remarks=extraction.remarks,
        thread=classified.thread,
        cover=classified.first if extraction.parts and extraction.parts[0].media_type == media.MAIL else None,
        elapsed_ms=0.0,  # the daemon keeps the time
        names=kept_names(part.part for part in extraction.parts[1:]),  # the first is the content, whose name is known
    )


def _what_counts(classified: Classified) -> tuple[Marking | None, MarkingStatus]:
    """Return the marking to decide by. What is suspected above a sure marking counts before it: more is never milder.

    An officer may release what is merely suspected, but never a sure RESTRICTED or higher. So with something more
    suspected above one of those, the higher tier counts as sure.
    """
    if classified.suspected is None:
        return classified.marking, classified.marking_status
    sure = classified.marking_status is MarkingStatus.MARKED and classified.marking is not None
    if sure and classified.marking is not None and classified.marking.tier >= Tier.RESTRICTED:
        return classified.suspected, MarkingStatus.MARKED
    return classified.suspected, MarkingStatus.SUSPECTED


def _with_plugins(seam: Seam, ours: Sequence[Any], names: Sequence[str]) -> list[Any]:
    """Return what is built in and the plug-ins that the configuration names; `Unsound` if one will not load.

    Naming one that is built in changes nothing.
    """
    built_in = {one.name for one in ours}
    try:
        strangers = load_named(seam, [name for name in names if name not in built_in])
        return [*ours, *(each.loaded() if isinstance(each.loaded, type) else each.loaded for each in strangers)]
    except GatewayError as trouble:
        raise Unsound(trouble.message, hint=trouble.hint) from None
    except Exception as trouble:  # noqa: BLE001 - a stranger's constructor; the gateway must not start without it
        raise Unsound(f"a plug-in of {seam} does not start: {type(trouble).__name__}") from None


def second_opinion() -> Callable[[bytes], str] | None:
    """Return what names a media type by libmagic's table, loaded now; None where libmagic is not installed."""
    try:
        import magic  # noqa: PLC0415 - importing fails where the system library is missing

        table = magic.Magic(mime=True)
        table.from_buffer(b"\x00\x01")
    except (ImportError, OSError, AttributeError):
        return None

    def name(data: bytes) -> str:
        try:
            said = str(table.from_buffer(data[:ENOUGH])).lower()
        except (magic.MagicException, OSError, ValueError):
            return ""
        return said if PLAIN_TYPE.fullmatch(said) else ""

    return name


def _warm(extractors: Sequence[Extractor], aids: Aids, classifier: Classifier | None) -> None:
    """Open one sample of every format: what parsers load late is loaded now, for no file opens behind the walls."""
    for name, content in samples():
        extraction = extract(name, content, Limits(), extractors, aids)
        if classifier is not None:
            classifier.classify(extraction.parts)
