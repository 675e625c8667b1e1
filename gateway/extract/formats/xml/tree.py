"""The words of an XML file of any vocabulary (XML 1.0)."""

from __future__ import annotations

from typing import Final
from xml.parsers import expat

from gateway.extract import Inner
from gateway.extract.data_address import data_address
from gateway.extract.formats.html.tags import INLINE
from gateway.extract.formats.leaves import EntityDeclared
from gateway.extract.formats.office.breaks import LINE
from gateway.model.inspection import Gap, Segment

LONGEST_ENTITY: Final = 100
MOST_ENTITIES: Final = 100
LEAST: Final = 2


class XmlText:
    """Gathers text, fields (`name: text`), attributes, comments, and files in `data:` addresses."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.fields: dict[str, None] = {}
        self.attributes: dict[str, None] = {}
        self.comments: list[str] = []
        self.found: list[Segment | Inner | Gap] = []
        self.entities = 0
        self.inside: list[bool] = [False]  # of each open element: whether its own text began
        self.opened = False  # whether the last tag opened an element
        self.leaf: list[str] = []  # the text since the last tag that opened an element, while none is closed

    def read(self, xml: bytes) -> None:
        """Take in a whole file in UTF-8; `expat.ExpatError` if it is not well-formed, `EntityDeclared`."""
        parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.buffer_size = 1 << 16
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.CharacterDataHandler = self.words
        parser.CommentHandler = self.comments.append
        parser.ProcessingInstructionHandler = self.instruct
        parser.EntityDeclHandler = self.declare
        parser.Parse(xml, True)  # noqa: FBT003 - expat's own signature

    def text(self) -> str:
        """Return the running text."""
        return "".join(self.lines).strip("\n")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Meet an opening tag: it separates where no text of its parent stands before it."""
        if not self.inside[-1] and name.rpartition(":")[2] not in INLINE:
            self.lines.append(LINE)
        self.inside.append(self.inside[-1])
        self.leaf, self.opened = [], True
        for key, value in attributes.items():
            if len(value) >= LEAST and not key.startswith("xmlns"):
                self.attributes[f"{key.rpartition(':')[2]}: {self._without_file(value)}"] = None

    def _without_file(self, value: str) -> str:
        """Take the file out of a `data:` address."""
        file = list(data_address(value)) if value[:5].lower() == "data:" else []
        self.found.extend(file)
        return value.partition(",")[0] if file else value

    def words(self, data: str) -> None:
        """Meet text."""
        self.leaf.append(data)
        if data.isspace():
            if self.inside[-1]:
                self.lines.append(data)
            return
        if self.lines and self.lines[-1] is LINE and not data[0].isspace() and not self.opened:
            self.lines.pop()  # the element before was part of this text
        self.inside[-1] = True
        self.lines.append(data)

    def end(self, name: str) -> None:
        """Meet a closing tag."""
        self.inside.pop()
        if said := "".join(self.leaf).strip():
            self.fields[f"{name.rpartition(':')[2]}: {said}"] = None
        self.leaf, self.opened = [], False
        if not self.inside[-1] and name.rpartition(":")[2] not in INLINE:
            self.lines.append(LINE)

    def instruct(self, target: str, data: str) -> None:
        """Meet a processing instruction."""
        self.comments.append(f"{target} {data}")

    def declare(self, *said: object) -> None:
        """Allow an entity of a few plain words, as drawing programs write; refuse any other."""
        value = said[2]
        self.entities += 1
        if not isinstance(value, str) or len(value) > LONGEST_ENTITY or "&" in value or "%" in value or "<" in value:
            raise EntityDeclared
        if said[1] or self.entities > MOST_ENTITIES:
            raise EntityDeclared
