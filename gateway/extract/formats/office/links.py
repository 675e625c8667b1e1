"""Parts that only say how a package hangs together (ECMA-376 part 2, 6.5 and 7.2): read for what leads outside."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from xml.parsers import expat

from gateway.extract.formats.leaves import EntityDeclared
from gateway.model.inspection import Segment, Where

_TAG: Final = rb"\s*<(?:\w+:)?(?:%s)\b(?:\s+[\w:]+\s*=\s*(?:\"[^\"<&]*\"|'[^'<&]*'))*\s*/?>"
_WHOLE: Final = rb"(?:\xef\xbb\xbf)?(?:\s*<\?xml [^<>]*\?>)?(?:%s)++(?:\s*</(?:\w+:)?(?:%s)\s*>)*\s*"
_LINK: Final = _TAG % b"Relationships?"
PLAIN_LINKS: Final = re.compile(_WHOLE % (_LINK, b"Relationships?"))
PLAIN_TYPES: Final = re.compile(_WHOLE % (_TAG % b"Types|Default|Override", b"Types|Default|Override"))
OUTWARD: Final = re.compile(rb"External|Target\s*=\s*(?:\"[^\"]*[:\\%]|'[^']*[:\\%])")
_TARGET: Final = re.compile(rb"\bTarget\s*=\s*[\"']([^\"']*)[\"']")
_ID: Final = re.compile(rb"\bId\s*=\s*[\"']([^\"']*)[\"']")


def says_nothing(name: str, xml: bytes) -> bool:
    """Say whether a part is a list of parts and of nothing else."""
    if name.endswith(".rels"):
        return PLAIN_LINKS.fullmatch(xml) is not None and not OUTWARD.search(xml)
    return name == "[Content_Types].xml" and PLAIN_TYPES.fullmatch(xml) is not None


def targets(xml: bytes) -> dict[str, str]:
    """Return where the links of a part lead, by their identifiers."""
    found = {}
    for link in re.findall(rb"<(?:\w+:)?Relationship\b[^<>]*>", xml):
        identifier, target = _ID.search(link), _TARGET.search(link)
        if identifier and target:
            found[identifier[1].decode("utf-8", "replace")] = target[1].decode("utf-8", "replace")
    return found


def links(xml: bytes) -> Iterator[Segment]:
    """Yield where a part links to outside the package, and any text; `expat.ExpatError`, `EntityDeclared`."""
    found: dict[str, None] = {}
    texts: list[str] = []

    def start(_name: str, attributes: dict[str, str]) -> None:
        target = attributes.get("Target", "")
        if target and (attributes.get("TargetMode") == "External" or ":" in target or "\\" in target):
            found[target] = None

    def refuse(*_: object) -> None:
        raise EntityDeclared

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.CharacterDataHandler, parser.EntityDeclHandler = start, texts.append, refuse
    parser.Parse(xml, True)  # noqa: FBT003 - expat's own signature
    if found:
        yield Segment(where=Where.FIELD, text="\n".join(found), name="links")
    if said := "".join(texts).strip():
        yield Segment(where=Where.HIDDEN, text=said, name="links")
