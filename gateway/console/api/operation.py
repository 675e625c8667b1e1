"""One operation of the API: what it takes, what it gives, and the page that it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.datastructures import QueryParams
from starlette.responses import Response

from gateway.console.frame.visit import Visit
from gateway.console.roles import Permission
from gateway.console.routes import Page
from gateway.errors import NotAccepted

ROOT: Final = "/api/v1"
LARGEST: Final = 20_000  # bytes of a request: a reason has 1,000 characters at most
JSON: Final = "application/json"


class Shape(BaseModel):
    """What a program sends or gets. A name that is not known is refused; later versions may add names to answers."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Nothing(Shape):
    """No query, or no body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request of a program, read: `query` and `body` are of the operation's shapes."""

    visit: Visit
    query: Any
    body: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What is done at one address below `/api/v1`: `takes` is the shape of the body, `asks` of the query."""

    method: str
    path: str
    says: str
    act: Callable[[Call], Shape]
    needs: Permission
    gives: type[Shape]
    takes: type[Shape] = Nothing
    asks: type[Shape] = Nothing
    status: int = 200

    def page(self) -> Page:
        """Return it as a page."""
        path = f"{ROOT}{self.path}"
        return Page(method=self.method, path=path, act=self._answer, needs=self.needs, largest=LARGEST, api=True)

    def _answer(self, visit: Visit) -> Response:
        query = read(self.asks, _plain(visit.query, self.asks))
        body = read(self.takes, visit.body) if self.takes is not Nothing else None
        given = self.act(Call(visit=visit, query=query, body=body))
        return Response(given.model_dump_json(), self.status, media_type=JSON)


def read(shape: type[Shape], given: bytes | dict[str, Any]) -> Shape:
    """Return what was given in its shape; `NotAccepted` says where it is wrong, and never quotes it."""
    try:
        if isinstance(given, bytes):
            return shape.model_validate_json(given)
        return shape.model_validate(given, strict=False)
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_url=False, include_context=False)
        told = "; ".join(f"{'.'.join(map(str, each['loc'])) or 'body'}: {each['msg']}" for each in wrong[:10])
        raise NotAccepted(f"the request is not understood: {told}", hint=f"see {ROOT}/openapi.json") from None


def _plain(query: QueryParams, shape: type[Shape]) -> dict[str, Any]:
    """Return a query as plain values: a list where the shape has one, and text otherwise."""
    many = {name for name, field in shape.model_fields.items() if "tuple" in str(field.annotation)}
    return {name: query.getlist(name) if name in many else query[name] for name in query}
