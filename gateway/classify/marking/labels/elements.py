"""XML as labels use it: elements by their local names, bounded, and no entity is ever expanded."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Final
from xml.parsers import expat

from gateway.classify.marking.labels.label import LONGEST, Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DEEPEST: Final = 64
MOST: Final = 20_000
_NEAR: Final = 2_000


@dataclass(slots=True, kw_only=True)
class Element:
    """An element: local name, attributes by local name, its own text, and the elements within."""

    name: str
    attributes: Mapping[str, str]
    pieces: list[str] = field(default_factory=list)
    inner: list[Element] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Its own text, without that of the elements within."""
        return "".join(self.pieces).strip()

    def all(self) -> Iterator[Element]:
        """Yield this element and all within, in the order of the text."""
        waiting = [self]
        while waiting:
            each = waiting.pop()
            yield each
            waiting += reversed(each.inner)

    def texts(self, name: str) -> list[str]:
        """Return the texts of the elements of this name, among the first ones."""
        return [each.text for each in islice(self.all(), _NEAR) if each.name == name]


def parse(xml: str) -> Element:
    """Return the root element. `Unreadable` if it is not well-formed, too large, or declares an entity."""
    if len(xml) > LONGEST:
        raise Unreadable
    top = Element(name="", attributes={})
    building = _Building(open=[top])
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = building.start, building.end
    parser.CharacterDataHandler, parser.EntityDeclHandler = building.text, _refuse
    try:
        parser.Parse(xml.strip().encode("utf-8", "replace"), True)  # noqa: FBT003 - expat's own signature
    except expat.ExpatError:
        raise Unreadable from None
    return top.inner[0]


@dataclass(slots=True, kw_only=True)
class _Building:
    """One pass over the parser's events."""

    open: list[Element]
    count: int = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.count += 1
        if len(self.open) > DEEPEST or self.count > MOST:
            raise Unreadable
        local = {key.rpartition(":")[2]: value for key, value in attributes.items()}
        element = Element(name=name.rpartition(":")[2], attributes=local)
        self.open[-1].inner.append(element)
        self.open.append(element)

    def end(self, _name: str) -> None:
        self.open.pop()

    def text(self, said: str) -> None:
        self.open[-1].pieces.append(said)


def _refuse(*_: object) -> None:
    raise Unreadable
