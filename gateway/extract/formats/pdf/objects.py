"""Every object of a PDF, also those that no page leads to: its strings by kind, and the streams that need more reading.

qpdf writes each object as JSON (its own version 2: `u:` for text, `b:` for bytes, `12 0 R` for a reference), which
Python takes in faster than it could walk the object itself; what holds neither strings nor anything of note is passed
over unparsed. Keys and types: ISO 32000-2.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias, cast

import pikepdf

from gateway.extract.formats.pdf.fonts import may_be_mute
from gateway.extract.formats.pdf.words import Place, place_of, spoken
from gateway.extract.names import name_segments
from gateway.model.inspection import Segment, Where

Key: TypeAlias = tuple[int, int]
NOTABLE: Final = re.compile(
    rb'"[ub]:|"/(?:AP|CharProcs|EF|JS|Linearized|RC|RV|Thumb|XFA|V|DV)": |"/Replaced|"/S(?:ig|ound)"'
)
PAGE_CONTENT: Final = re.compile(  # what most streams look like; too short to be a bomb
    rb'\{\s*(?:"/Filter": (?:\[\s*)?(?:"/[A-Za-z0-9]+",?\s*)+\]?,\s*)?"/Length": [0-9]{1,4}\s*\}'
)
REFERENCE: Final = re.compile(r"(\d{1,10}) (\d{1,5}) R")
LARGE: Final = 60_000  # bytes: deflated, they may be more than 60 MB
UNDER: Final = {  # what a stream holds that hangs under such a key
    "/JS": Place(Where.HIDDEN, "script"),
    "/RC": Place(Where.ANNOTATION, "annotation"),
    "/RV": Place(Where.FIELD, "field"),
    "/V": Place(Where.FIELD, "field"),
    "/DV": Place(Where.FIELD, "field"),
}
OBJECTS: Final = Place(Where.HIDDEN, "objects")
DRAWING: Final = Place(Where.HIDDEN, "drawing")
THUMBNAIL: Final = "/Thumb"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """An image of the file: its size in pixels, the length of its data, how it is packed, and its masks."""

    width: int
    height: int
    length: int
    packed: str
    masks: tuple[Key, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A stream that paints, and may show text. `resources` is the object that lends it fonts, where it has none."""

    place: Place = DRAWING
    resources: Key | None = None


@dataclass(slots=True)
class Inventory:
    """What was found among the objects."""

    words: dict[Place, dict[str, None]] = field(default_factory=dict)
    pictures: dict[Key, Picture] = field(default_factory=dict)
    thumbnails: set[Key] = field(default_factory=set)
    drawings: dict[Key, Drawing] = field(default_factory=dict)
    packets: list[Key] = field(default_factory=list)  # XMP
    form: list[Key] = field(default_factory=list)  # XFA
    files: dict[Key, str] = field(default_factory=dict)
    speaking: dict[Key, Place] = field(default_factory=dict)
    media: dict[Key, str] = field(default_factory=dict)
    plain: dict[Key, Mapping[str, Any]] = field(default_factory=dict)  # streams that do not say what they are
    large: dict[Key, int] = field(default_factory=dict)
    has_replacements: bool = False
    may_have_mute_fonts: bool = False
    is_linear: bool = False

    def segments(self) -> Iterator[Segment]:
        """Yield the strings, each kind by itself; what has no kind is left out where it has one as well."""
        others = set().union(*(found for place, found in self.words.items() if place != OBJECTS))
        for place, found in self.words.items():
            kept = [text for text in found if place != OBJECTS or text not in others]
            if place.where is Where.ATTACHMENT_NAME:
                yield from name_segments(kept)
            elif kept:
                yield Segment(where=place.where, text="\n".join(kept), name=place.name)


def survey(document: pikepdf.Pdf) -> Inventory:
    """Look at every object of a file, but for its Info dictionary and what says how it is encrypted."""
    inventory = Inventory()
    trailer = document.trailer
    passed_over = {trailer[key].objgen for key in ("/Info", "/Encrypt") if isinstance(trailer.get(key), pikepdf.Object)}
    for item in document.objects:
        if not isinstance(item, pikepdf.Object):
            continue
        raw: bytes = item.to_json(dereference=True)
        is_stream = isinstance(item, pikepdf.Stream)
        if may_be_mute(raw):
            inventory.may_have_mute_fonts = True
        if is_stream and (PAGE_CONTENT.fullmatch(raw)):
            inventory.plain[item.objgen] = {}
        elif is_stream or (NOTABLE.search(raw) and not (item.is_indirect and item.objgen in passed_over)):
            said = json.loads(raw)
            if is_stream:
                if isinstance(said.get("/Length"), str):
                    said["/Length"] = item.get("/Length")  # written as a reference
                _stream(item.objgen, said, inventory)
            _look(said, OBJECTS, "", inventory)
    return inventory


def _look(value: object, place: Place, key: str, inventory: Inventory) -> None:
    """Gather the strings of one object and of what is written inside it, not of what it refers to."""
    if isinstance(value, str):
        if value[:1] in {"u", "b"} and (text := spoken(value, key)):
            inventory.words.setdefault(place_of(key, place), {})[text] = None
        elif key in UNDER and (target := reference(value)):
            inventory.speaking[target] = UNDER[key]
    elif isinstance(value, list):
        key = "/Lookup" if value[:1] == ["/Indexed"] else key
        for each in value:
            if type(each) in {str, list, dict}:
                _look(each, place, key, inventory)
    elif isinstance(value, dict):
        place = _dictionary(value, place, inventory)
        for name, each in value.items():
            if type(each) in {str, list, dict}:
                _look(each, place, name, inventory)


def _dictionary(said: dict[str, Any], place: Place, inventory: Inventory) -> Place:
    """Note what is special about a dictionary, and return where the strings inside it stand."""
    kind, subtype = said.get("/Type"), said.get("/Subtype")
    if "/FT" in said or subtype == "/Widget" or kind == "/Sig":
        place = Place(Where.FIELD, "field")
        _field(said, place, inventory)
    elif kind == "/Annot" or ("/Rect" in said and "/Subtype" in said):
        place = Place(Where.ANNOTATION, "annotation")
    elif kind in {"/OCG", "/OCMD"}:
        place = Place(Where.HIDDEN, "layers")
    elif "/Title" in said and ("/Parent" in said or "/Dest" in said):
        place = Place(Where.HIDDEN, "bookmarks")
    if "/EF" in said or kind in {"/Filespec", "/F"}:
        place = Place(Where.ATTACHMENT_NAME, "")
        _file(said, inventory)
    if "/ActualText" in said and "/S" not in said:
        inventory.has_replacements = True
    for shown in references(said.get("/AP")):
        inventory.drawings[shown] = Drawing(place=place)
    for glyph in references(said.get("/CharProcs")):
        inventory.drawings[glyph] = Drawing(resources=reference(said.get("/Resources")))
    inventory.form.extend(references(said.get("/XFA")))
    inventory.thumbnails.update(references(said.get(THUMBNAIL)))
    inventory.is_linear = inventory.is_linear or "/Linearized" in said
    return place


def _field(said: Mapping[str, Any], place: Place, inventory: Inventory) -> None:
    """Note a field that is filled in, with its name (12.7.4.1)."""
    name = spoken(said.get("/T", ""), "/T")
    for key in ("/V", "/DV"):
        value = said.get(key)
        if isinstance(value, str) and value[:1] == "/":
            value = "" if value == "/Off" else "u:" + value[1:]
        filled = spoken(value, key) if isinstance(value, str) else ""
        if filled and name:
            inventory.words.setdefault(place, {})[f"{name}: {filled}"] = None


def _file(said: dict[str, Any], inventory: Inventory) -> None:
    """Note the attached files of a specification, each by its own name (7.11.3)."""
    names = [text for key in ("/UF", "/F", "/DOS", "/Mac", "/Unix", "/Desc") if (text := _text(said, key))]
    inside = said.get("/EF")
    for key, target in inside.items() if isinstance(inside, dict) else ():
        if (found := reference(target)) and not inventory.files.get(found):
            inventory.files[found] = _text(said, key) or (names[0] if names else "")


def _text(said: Mapping[str, Any], key: str) -> str:
    """Return the text under a key, or nothing."""
    value = said.get(key)
    return spoken(value, key) if isinstance(value, str) and value[:1] in {"u", "b"} else ""


def _stream(key: Key, said: Mapping[str, Any], inventory: Inventory) -> None:
    """Sort a stream by what its dictionary says."""
    kind, subtype, length = said.get("/Type"), said.get("/Subtype"), said.get("/Length", 0)
    if subtype == "/Image" or ("/Width" in said and "/Height" in said):
        inventory.pictures[key] = _picture(said)
        return
    if isinstance(length, int) and length > LARGE:
        inventory.large[key] = length
    if subtype == "/Form" or "/BBox" in said:
        inventory.drawings.setdefault(key, Drawing())
    elif kind == "/Metadata" or subtype == "/XML":
        inventory.packets.append(key)
    elif kind == "/EmbeddedFile":
        inventory.files.setdefault(key, "")
    elif kind in {"/Sound", "/3D"} or subtype in {"/U3D", "/PRC"}:
        inventory.media[key] = "sound" if kind == "/Sound" else "3D"
    elif kind not in {"/ObjStm", "/XRef"}:
        inventory.plain[key] = said


def _picture(said: Mapping[str, Any]) -> Picture:
    """Return an image by its dictionary (8.9.5); sizes that are no numbers count as large."""
    sizes = [value if isinstance(value := said.get(side), int) else 1 << 31 for side in ("/Width", "/Height")]
    packed, length = said.get("/Filter"), said.get("/Length")
    return Picture(
        width=sizes[0],
        height=sizes[1],
        length=length if isinstance(length, int) else -1,
        packed=cast("str", packed[-1] if isinstance(packed, list) and packed else packed) or "",
        masks=tuple(references([said.get("/SMask"), said.get("/Mask")])),
    )


def reference(value: object) -> Key | None:
    """Return the object that a JSON value refers to."""
    found = REFERENCE.fullmatch(value) if isinstance(value, str) else None
    return (int(found[1]), int(found[2])) if found else None


def references(value: object) -> Iterator[Key]:
    """Yield all objects that a JSON value and what is in it refer to."""
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from references(each)
    elif found := reference(value):
        yield found
