"""From a document to a pydantic model, with every error as a complaint that points at its place.

Models must not coerce: use `Flag` and `Whole` (strict) so that `no` is not False and `0755` is not 755.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, TypeAlias, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, ValidationError
from pydantic_core import ErrorDetails

from gateway.errors import Complaint, Invalid
from gateway.model.document import Document, Path, nearest, ordered

Flag: TypeAlias = StrictBool
Whole: TypeAlias = StrictInt
Words: TypeAlias = Annotated[str, Field(min_length=1, max_length=2000)]

QUOTED: Final = re.compile(r"'([^']+)'")
PLAIN: Final[Mapping[str, str]] = {
    "bool_type": "write true or false",
    "dict_type": "write settings here, one 'name: value' a line",
    "int_type": "write a whole number, without quotes or leading zeros",
    "list_type": "write a list: [one, two], or one '- item' a line",
    "mapping_type": "write settings here, one 'name: value' a line",
    "model_type": "write settings here, one 'name: value' a line",
    "string_too_short": "this is empty; write something",
    "string_type": "write text; put it in quotes if it looks like a number, or like true or false",
    "too_short": "this is empty; name at least one",
    "tuple_type": "write a list: [one, two], or one '- item' a line",
}


class Strict(BaseModel):
    """A frozen model that knows every one of its settings and refuses any other."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


M = TypeVar("M", bound=BaseModel)


def validate(document: Document, model: type[M]) -> M:
    """Return the document as a `model`; raises `Invalid` with every complaint at once."""
    try:
        return model.model_validate({} if document.value is None else document.value)
    except ValidationError as trouble:
        found = trouble.errors(include_url=False)
    raise Invalid(ordered(_complaint(document, model, each) for each in found if _says_more(each, model, found)))


def _says_more(error: ErrorDetails, model: type[BaseModel], others: Sequence[ErrorDetails]) -> bool:
    """Say whether an error is news beside the others.

    A list is also too short when its only item is wrong, and a setting is also missing when its name is misspelt.
    """
    if error["type"] == "too_short":
        return not error["input"]
    if error["type"] != "missing":
        return True
    misspelt = (str(each["loc"][-1]) for each in others
                if each["type"] == "extra_forbidden" and each["loc"][:-1] == error["loc"][:-1])  # fmt: skip
    known = _names(model, error["loc"][:-1])
    return all(nearest(each, known) != f"did you mean '{error['loc'][-1]}'?" for each in misspelt)


def _complaint(document: Document, model: type[BaseModel], error: ErrorDetails) -> Complaint:
    kind, name = error["type"], str(error["loc"][-1]) if error["loc"] else ""
    path = _path(document, error["loc"])
    if kind == "extra_forbidden":
        known = nearest(name, _names(model, error["loc"][:-1]))
        return document.complaint(path, f"'{name}' is not a setting here; {known}", key=True)
    if kind == "missing":
        return document.complaint(path, f"'{name}' is missing; add it")
    if kind == "union_tag_not_found":
        return document.complaint(path, f"{error['ctx']['discriminator']} is missing; add it")
    return document.complaint(path, _message(error))


def _message(error: ErrorDetails) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if error["input"] is None:
        return "nothing stands here; write a value or leave the key out"
    if kind in {"literal_error", "enum", "union_tag_invalid"}:
        expected = str(context.get("expected") or context.get("expected_tags"))
        given = context.get("tag", error["input"])
        known = QUOTED.findall(expected) or [each.strip() for each in expected.split(",")]
        return f"'{given}' is not allowed; {nearest(given, known)}"
    if kind == "value_error":
        return str(context["error"])
    return PLAIN.get(kind) or error["msg"][:1].lower() + error["msg"][1:]


def _path(document: Document, location: tuple[str | int, ...]) -> Path:
    """Return the part of pydantic's location that the document has: a union's tag is not a key."""
    path: Path = ()
    for step in location:
        if (*path, step) in document.places or (*path, step) in document.keys:
            path = (*path, step)
    return path


def _names(model: type[BaseModel], location: tuple[str | int, ...]) -> list[str]:
    """Return the setting names that are known at a location."""
    kinds: list[Any] = [model]
    for step in location:
        kinds = [inner for kind in kinds for inner in _step(kind, step)]
    return sorted({name for kind in kinds for each in _members(kind) for name in _fields(each)})


def _fields(kind: Any) -> Mapping[str, Any]:  # noqa: ANN401 - annotations are of every kind
    """Return the fields of a model by the name they have in a file."""
    if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
        return {}
    return {each.alias or name: each for name, each in kind.model_fields.items()}


def _members(kind: Any) -> Iterator[Any]:  # noqa: ANN401 - the same
    """Yield the types behind `Annotated`, unions and aliases."""
    origin = get_origin(kind)
    if origin is Annotated:
        yield from _members(get_args(kind)[0])
    elif origin in {Union, UnionType}:
        for member in get_args(kind):
            yield from _members(member)
    elif kind is not NoneType:
        yield kind


def _step(kind: Any, step: str | int) -> Iterator[Any]:  # noqa: ANN401 - the same
    """Yield what an annotation holds at one step of a location."""
    for member in _members(kind):
        fields = _fields(member)
        if step in fields:
            yield fields[str(step)].annotation
        elif fields:
            if any(
                step in get_args(each.annotation) for each in fields.values() if get_origin(each.annotation) is Literal
            ):
                yield member
        elif get_args(member):
            yield get_args(member)[-1] if get_args(member)[-1] is not ... else get_args(member)[0]
