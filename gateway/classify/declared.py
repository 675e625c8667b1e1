"""Detectors that an operator declares in `policies/detectors.yaml`: a pattern or a lexicon, what stands near, a check.

The file's own comments describe every key. Confidence is the house's scale: what `alone` says for the shape, more with
a right check digit, a cue, a label or a column; a labelled value whose check digit is wrong still counts.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field, StringConstraints, model_validator

from gateway.classify import Candidate, Detection, Pattern
from gateway.classify.checksums import CHECKSUMS
from gateway.classify.context import Label
from gateway.classify.engines import make_engine
from gateway.classify.patterns import width
from gateway.errors import Complaint, Invalid
from gateway.model.document import Complaints, Document, nearest, read
from gateway.model.validation import Flag, Strict, Whole, Words, validate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gateway.model.inspection import Segment

FILE: Final = "detectors.yaml"
_SHOWN: Final = f"policies/{FILE}"
_LABELLED, _LABELLED_CHECKED, _LABELLED_WRONG, _CUED, _CHECKED = 0.85, 0.95, 0.6, 0.7, 0.25
_PLAIN: Final = re.compile(r"[^0-9A-Z]")

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Entity = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$", max_length=60)]


class Declaration(Strict):
    """One detector of `detectors.yaml`."""

    name: Name
    entity: Entity
    says: Words
    pattern: str = ""
    lexicon: str = ""
    caseless: Flag = False
    labels: tuple[Words, ...] = ()
    cues: tuple[Words, ...] = ()
    within: Annotated[Whole, Field(ge=1, le=500)] = 60
    checksum: str = ""
    alone: Annotated[Whole, Field(ge=0, le=100)] = 25

    @model_validator(mode="after")
    def _has_one_source(self) -> Declaration:
        if bool(self.pattern) == bool(self.lexicon):
            raise ValueError("write either 'pattern' or 'lexicon', and not both")
        if self.checksum and self.checksum not in CHECKSUMS:
            raise ValueError(f"'{self.checksum}' is no checksum; {nearest(self.checksum, CHECKSUMS)}")
        return self


class Declarations(Strict):
    """The whole file."""

    detectors: tuple[Declaration, ...] = ()


class DeclaredDetector:
    """A detector made of one declaration."""

    def __init__(self, declaration: Declaration, patterns: tuple[Pattern, ...]) -> None:
        self.name = declaration.name
        self.patterns = patterns
        self._entity = declaration.entity
        self._alone = declaration.alone / 100
        self._within = declaration.within
        self._check = CHECKSUMS.get(declaration.checksum)
        self._label = _words(declaration.labels)
        self._cue = _words(declaration.cues)

    def judge(self, segment: Segment, candidates: Sequence[Candidate]) -> Iterable[Detection]:
        """Judge each candidate by its check digit and by what stands near."""
        text = segment.text
        for each in candidates:
            value = _PLAIN.sub("", text[each.start : each.end].upper())
            right = self._check(value) if self._check else None
            evidence = self._evidence(text, each)
            confidence = self._confidence(evidence, right=right)
            if confidence:
                why = ("shape", *(["checksum"] if right else []), *([evidence] if evidence else []))
                yield Detection(
                    entity=self._entity, start=each.start, end=each.end, confidence=confidence, why=why, value=value
                )

    def _evidence(self, text: str, each: Candidate) -> str:
        labelled = self._label.evidence(text, each.start) if self._label else ""
        if labelled or self._cue is None:
            return labelled
        return "cue" if self._cue.is_near(text, each.start, each.end, self._within) else ""

    def _confidence(self, evidence: str, *, right: bool | None) -> float:
        """Return how sure it is, 0 for none."""
        labelled = evidence in {"label", "column"}
        if right is False:
            return _LABELLED_WRONG if labelled else 0.0
        if labelled:
            return max(self._alone, _LABELLED_CHECKED if right else _LABELLED)
        base = self._alone + (_CHECKED if right else 0.0)
        return min(1.0, max(base, _CUED + (_CHECKED if right else 0.0)) if evidence else base)


def declared(policies: Mapping[str, str]) -> tuple[DeclaredDetector, ...]:
    """Return the detectors that the operator declares; `Invalid` with every complaint. No file, no detectors."""
    if FILE not in policies:
        return ()
    document, listed = declarations(policies[FILE])
    complaints = Complaints()
    complaints.add(*_twice(document, listed))
    made = []
    for number, each in enumerate(listed):
        with complaints:
            made.append(DeclaredDetector(each, tuple(_patterns(document, number, each, policies))))
    complaints.settle()
    return tuple(made)


def declarations(text: str) -> tuple[Document, tuple[Declaration, ...]]:
    """Return the document and the declarations in it; `Invalid`."""
    document = read(_SHOWN, text)
    return document, validate(document, Declarations).detectors


def _words(words: Sequence[str]) -> Label | None:
    return Label.of("|".join(re.escape(word).replace(r"\ ", r"[ _-]{1,3}") for word in words)) if words else None


def _twice(document: Document, listed: Sequence[Declaration]) -> Iterator[Complaint]:
    names = [each.name for each in listed]
    for number, name in enumerate(names):
        if name in names[:number]:
            yield document.complaint(("detectors", number, "name"), f"there is a detector '{name}' already")


def _patterns(document: Document, number: int, each: Declaration, policies: Mapping[str, str]) -> Iterator[Pattern]:
    """Yield the patterns of a declaration; `Invalid` for one that no engine takes, or a lexicon that is not there."""
    if each.pattern:
        pattern = Pattern(name="pattern", expression=each.pattern, caseless=each.caseless)
        path = ("detectors", number, "pattern")
        _require(document, path, pattern)
        _compile(document, path, pattern)
        yield pattern
        return
    name = f"lexicons/{each.lexicon}"
    if name not in policies:
        known = nearest(each.lexicon, [other.removeprefix("lexicons/") for other in policies if "lexicons/" in other])
        message = f"there is no lexicon policies/{name}; {known}"
        raise Invalid((document.complaint(("detectors", number, "lexicon"), message),))
    for place, term in enumerate(lexicon_terms(policies[name])):
        pattern = Pattern(name=f"term {place}", expression=term, caseless=each.caseless, term=True)
        _require(document, ("detectors", number, "lexicon"), pattern)
        yield pattern


def _require(document: Document, path: tuple[str | int, ...], pattern: Pattern) -> None:
    try:
        width(pattern)
    except ValueError as trouble:
        raise Invalid((document.complaint(path, str(trouble)),)) from None


def _compile(document: Document, path: tuple[str | int, ...], pattern: Pattern) -> None:
    """Compile the pattern by itself, so that one too large is named here, and does not fail among a thousand others."""
    try:
        make_engine([pattern])
    except ValueError:
        message = "the matching engine cannot take it; write fewer or shorter repeats"
        raise Invalid((document.complaint(path, message),)) from None


def lexicon_terms(text: str) -> tuple[str, ...]:
    """Return the terms of a lexicon file: one a line, blank lines and lines that begin with `#` left out."""
    lines = (" ".join(line.split()) for line in text.splitlines())
    return tuple(dict.fromkeys(line for line in lines if line and not line.startswith("#")))
