"""One explicit codec between the model's values and canonical JSON.

What a value looks like on disk is decided by its declared type alone, in both directions:

    str, int, bool, float (finite), None    as JSON has them
    enum                                    its value
    datetime (aware)                        ISO 8601 in UTC with microseconds, so that text sorts as time does
    dataclass                               an object, its fields by name
    tuple[X, ...]                           an array
    frozenset[X]                            an array, sorted
    X | None                                null or X

Any other type is refused with `TypeError` when its codec is first asked for, and so is a value that is not of its
declared type. Reading takes a missing field from the dataclass's default, so that rows written before a field was
added stay readable; an unknown field is refused, because dropping it in silence could drop an obligation.
"""

from __future__ import annotations

import json
import math
import types
import typing
from collections.abc import Callable, Collection, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from operator import attrgetter
from typing import Any, Final, TypeVar

T = TypeVar("T")
Plain = Any  # what `json` reads and writes: None, bool, int, float, str, list, dict

PLAIN: Final = frozenset({str, int, bool, type(None)})
CANONICAL: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False, check_circular=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Codec:
    """Both directions for one declared type."""

    encode: Callable[[Any], Plain]
    decode: Callable[[Plain], Any]


def canonical(plain: Plain) -> str:
    """Return the one JSON text of plain data: keys sorted, no space, ASCII; `ValueError` for NaN and infinities."""
    return CANONICAL.encode(plain)


def to_plain(declared: object, value: object) -> Plain:
    """Return a value as plain JSON data; `TypeError` when it is not of its declared type."""
    return codec_for(declared).encode(value)


def from_plain(declared: type[T], plain: Plain) -> T:
    """Return the value of a declared type; `TypeError` or `ValueError` when the data is not one."""
    kind: object = declared
    value: T = codec_for(kind).decode(plain)
    return value


def dumps(declared: object, value: object) -> str:
    """Return a value as canonical JSON text."""
    return canonical(to_plain(declared, value))


def loads(declared: type[T], text: str) -> T:
    """Return the value that `dumps` wrote."""
    return from_plain(declared, json.loads(text))


def write_time(moment: datetime) -> str:
    """Return a time as ISO 8601 in UTC, always with microseconds."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone cannot be stored")
    in_utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return in_utc.isoformat(timespec="microseconds")


def read_time(text: str) -> datetime:
    """Return the time that `write_time` wrote."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a stored time has no zone")
    return moment.astimezone(UTC)


def facts_to_plain(value: object) -> Plain:  # noqa: PLR0911 - one return a kind reads better than a table here
    """Return the free-form facts of a ledger entry as plain data; anything but plain values is refused."""
    if type(value) in PLAIN:  # nearly always
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, str | int):
        return value
    if isinstance(value, float):
        return _finite(value)
    if isinstance(value, datetime):
        return write_time(value)
    if isinstance(value, Mapping):
        return {_text(key): facts_to_plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [facts_to_plain(item) for item in value]
    if isinstance(value, AbstractSet):
        return sorted((facts_to_plain(item) for item in value), key=canonical)
    raise TypeError(f"a ledger entry cannot hold a {type(value).__name__}")


@cache
def codec_for(declared: object) -> Codec:
    """Return the codec of a declared type; `TypeError` for a type that has none."""
    simple = _SIMPLE.get(declared)
    if simple is not None:
        return simple
    origin = typing.get_origin(declared)
    if origin in (typing.Union, types.UnionType):
        return _optional(declared)
    if origin in (tuple, frozenset):
        return _several(declared)
    if isinstance(declared, type) and issubclass(declared, Enum):
        return Codec(encode=lambda value: _instance(value, declared).value, decode=declared)
    if isinstance(declared, type) and is_dataclass(declared):
        return _record(declared)
    raise TypeError(f"no codec for {declared}")


@cache
def codecs_of(kind: object) -> Mapping[str, Codec]:
    """Return the codecs of a dataclass's fields, by name; `TypeError` for a field that has none."""
    record: Any = kind
    hints = typing.get_type_hints(record)
    return {one.name: codec_for(hints[one.name]) for one in fields(record)}


def writer_of(kind: object, names: Collection[str]) -> Callable[[Any], dict[str, Plain]]:
    """Return what writes these fields of a dataclass as plain data, by name; what is as by default is known already."""
    if not names:
        return lambda _: {}
    record: Any = kind
    inner, defaults = codecs_of(kind), {one.name: one.default for one in fields(record)}
    steps = [(name, inner[name].encode, *_known(inner[name], defaults[name])) for name in names]
    read: Callable[[Any], Any] = attrgetter(*names)
    read_all = read if len(names) > 1 else lambda value: (read(value),)

    def write(value: Any) -> dict[str, Plain]:  # noqa: ANN401 - the declared type says what it is
        return {
            name: plain if found is default else encode(found)
            for (name, encode, default, plain), found in zip(steps, read_all(value), strict=True)
        }

    return write


def _known(inner: Codec, default: object) -> tuple[object, Plain]:
    """Return a default and what is written for it, where that cannot be changed by anybody; else what no value is."""
    plain = [] if default is MISSING else inner.encode(default)
    return (default, plain) if type(plain) in PLAIN else (MISSING, None)


def _instance(value: Any, kind: type[T]) -> T:  # noqa: ANN401 - untyped data is what this checks
    if type(value) is kind:  # nearly always
        return value
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise TypeError(f"expected {kind.__name__}, not {type(value).__name__}")
    return value


def _text(value: Any) -> str:  # noqa: ANN401 - untyped data is what this checks
    return value if type(value) is str else _instance(value, str)


def _finite(value: Any) -> float:  # noqa: ANN401 - untyped data is what this checks
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"expected float, not {type(value).__name__}")
    if not math.isfinite(value):
        raise ValueError("a number that is not finite cannot be stored")
    return float(value)


def _nothing(value: Any) -> None:  # noqa: ANN401 - untyped data is what this checks
    if value is not None:
        raise TypeError(f"expected nothing, not {type(value).__name__}")


def _same(check: Callable[[Any], Any]) -> Codec:
    return Codec(encode=check, decode=check)


_SIMPLE: dict[object, Codec] = {
    str: _same(_text),
    int: _same(lambda value: _instance(value, int)),
    bool: _same(lambda value: _instance(value, bool)),
    float: _same(_finite),
    type(None): _same(_nothing),
    datetime: Codec(
        encode=lambda value: write_time(_instance(value, datetime)), decode=lambda text: read_time(_text(text))
    ),
}


def _optional(declared: object) -> Codec:
    others = [option for option in typing.get_args(declared) if option is not type(None)]
    if len(others) != 1:
        raise TypeError(f"no codec for {declared}: only X | None can be told apart")
    inner = codec_for(others[0])
    return Codec(
        encode=lambda value: None if value is None else inner.encode(value),
        decode=lambda plain: None if plain is None else inner.decode(plain),
    )


def _several(declared: object) -> Codec:
    kind: type[Any] = typing.get_origin(declared)  # type: ignore[assignment]  # the caller checked: tuple or frozenset
    arguments = typing.get_args(declared)
    if kind is tuple and not (len(arguments) == 2 and arguments[1] is Ellipsis):  # noqa: PLR2004 - the X and the dots
        return _fixed([codec_for(argument) for argument in arguments])
    inner = codec_for(arguments[0])

    def encode(value: Any) -> Plain:  # noqa: ANN401 - untyped data is what this checks
        plain = [inner.encode(item) for item in _instance(value, kind)]
        return plain if kind is tuple else sorted(plain, key=canonical)

    return Codec(encode=encode, decode=lambda plain: kind(inner.decode(item) for item in _instance(plain, list)))


def _fixed(inner: list[Codec]) -> Codec:
    return Codec(
        encode=lambda value: [one.encode(item) for one, item in zip(inner, _instance(value, tuple), strict=True)],
        decode=lambda plain: tuple(one.decode(item) for one, item in zip(inner, _instance(plain, list), strict=True)),
    )


def _record(kind: type[Any]) -> Codec:
    declared: object = kind
    inner = codecs_of(declared)
    write = writer_of(declared, inner)
    required = {one.name for one in fields(kind) if one.default is MISSING and one.default_factory is MISSING}

    def encode(value: Any) -> Plain:  # noqa: ANN401 - untyped data is what this checks
        if type(value) is not kind:
            raise TypeError(f"expected {kind.__name__}, not {type(value).__name__}")
        return write(value)

    def decode(plain: Plain) -> Any:  # noqa: ANN401 - the declared type says what it is
        given = _instance(plain, dict)
        if not required <= given.keys() <= inner.keys():
            unknown, missing = given.keys() - inner.keys(), required - given.keys()
            raise ValueError(f"{kind.__name__}: unknown {sorted(unknown)}, missing {sorted(missing)}")
        return kind(**{name: inner[name].decode(item) for name, item in given.items()})

    return Codec(encode=encode, decode=decode)
