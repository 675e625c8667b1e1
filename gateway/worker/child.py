"""The work of a child: extract and classify. Prepared once, before the walls go up; nothing is loaded afterwards."""

from __future__ import annotations

import gc
import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from gateway.classify.assess import Classified, Classifier
from gateway.classify.builtin import builtin as builtin_detectors
from gateway.errors import GatewayError, Unsound
from gateway.extract import Aids, Extraction, Extractor, Limits, media
from gateway.extract.builtin import builtin as builtin_extractors
from gateway.extract.walk import extract
from gateway.model.inspection import GapKind, Inspection, Marking, MarkingStatus
from gateway.model.tier import Tier
from gateway.plugins import Seam, load_named
from gateway.system.sandbox import Reply, Work
from gateway.worker.samples import samples
from gateway.worker.wire import Mode, extraction_answer, inspection_answer, parse_request

PLAIN_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]{1,60}")
ENOUGH = 1 << 16
LARGE = 20_000_000
WEARING = frozenset({GapKind.CORRUPT, GapKind.CRASHED, GapKind.TOO_LARGE, GapKind.TOO_DEEP})


def prepare(setup: bytes) -> Work:
    """Load extractors, detectors and patterns, open a sample of everything, and return the work.

    `setup` is JSON: `schemes` (YAML text of the marking schemes, or null where only extraction is wanted) and
    `plugins` (entry-point names by kind). Raises `Unsound` when a plug-in is missing or does not load.
    """
    settings = json.loads(setup)
    extractors = _with_plugins(Seam.EXTRACTORS, builtin_extractors(), settings["plugins"].get("extractors", ()))
    aids = Aids(second_opinion=second_opinion())
    classifier: Classifier | None = None
    if settings["schemes"] is not None:
        detectors = _with_plugins(Seam.DETECTORS, builtin_detectors(), settings["plugins"].get("detectors", ()))
        classifier = Classifier.build(detectors, settings["schemes"])

    def work(request: bytes) -> Reply:
        mode, name, limits, content = parse_request(request)
        extraction = extract(name, content, limits, extractors, aids)
        worn = len(content) > LARGE or any(gap.kind in WEARING for gap in extraction.gaps)
        if mode is Mode.EXTRACT:
            return Reply(data=extraction_answer(extraction), worn=worn)
        if classifier is None:
            raise Unsound("this child was started to extract only")
        return Reply(data=inspection_answer(_inspection(extraction, classifier.classify(extraction.parts))), worn=worn)

    _warm(extractors, aids, classifier)
    gc.collect()
    gc.freeze()  # what is loaded stays shared between the workers
    return work


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
        elapsed_ms=0.0,  # the daemon keeps the time
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
