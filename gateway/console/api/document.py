"""The document that describes the API: OpenAPI 3.1, made from the same table that answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final

from pydantic.json_schema import models_json_schema
from starlette.responses import Response

from gateway import __version__
from gateway.console.api.operation import JSON, ROOT, Nothing, Operation, Shape
from gateway.console.api.shapes import Problem
from gateway.console.frame.visit import Visit
from gateway.console.roles import Permission
from gateway.console.routes import Page

TEMPLATE: Final = "#/components/schemas/{model}"
IN_PATH: Final = re.compile(r"\{([a-z]+)\}")
READING: Final[Mapping[int, str]] = {
    401: "no token, or one that is over",
    403: "the token or its person may not do that",
    404: "there is no such thing",
    422: "the request is not understood",
    500: "something went wrong here, and nothing was changed",
    503: "try again later",
}
CHANGING: Final[Mapping[int, str]] = {
    400: "the request cannot be read",
    409: "it changed meanwhile; nothing was done",
    411: "the request does not say how long it is",
    413: "the request is too large",
}


def describe(operations: Iterable[Operation]) -> Mapping[str, object]:
    """Return the document as plain data."""
    table = tuple(operations)
    answers, bodies = {each.gives for each in table} | {Problem}, {each.takes for each in table} - {Nothing}
    _, schemas = models_json_schema(
        [
            *((each, "serialization") for each in _by_name(answers)),
            *((each, "validation") for each in _by_name(bodies)),
        ],
        ref_template=TEMPLATE,
    )
    paths: dict[str, dict[str, Any]] = {}
    for each in table:
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(each)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Secure transfer gateway", "version": __version__, "license": {"name": "Apache-2.0"}},
        "servers": [{"url": ROOT}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _by_name(shapes: Iterable[type[Shape]]) -> Sequence[type[Shape]]:
    return sorted(shapes, key=lambda shape: shape.__name__)


def _operation(operation: Operation) -> Mapping[str, object]:
    problem = {"content": {JSON: {"schema": _ref(Problem)}}}
    wrong = READING if operation.method == "GET" else {**READING, **CHANGING}
    described: dict[str, object] = {
        "operationId": f"{operation.method.lower()}{re.sub('[^a-z]+', '_', operation.path).rstrip('_')}",
        "summary": operation.says,
        "description": f"Needs the permission `{operation.needs}`.",
        "parameters": [*_in_path(operation.path), *_in_query(operation.asks)],
        "responses": {
            str(operation.status): {"description": "done", "content": {JSON: {"schema": _ref(operation.gives)}}},
            **{str(code): {"description": says, **problem} for code, says in sorted(wrong.items())},
        },
    }
    if operation.takes is not Nothing:
        described["requestBody"] = {"required": True, "content": {JSON: {"schema": _ref(operation.takes)}}}
    return described


def _ref(shape: type[Shape]) -> Mapping[str, str]:
    return {"$ref": TEMPLATE.format(model=shape.__name__)}


def _in_path(path: str) -> Iterator[Mapping[str, object]]:
    for name in IN_PATH.findall(path):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}


def _in_query(shape: type[Shape]) -> Iterator[Mapping[str, object]]:
    whole = shape.model_json_schema(ref_template="{model}")
    for name, schema in whole.get("properties", {}).items():
        yield {"name": name, "in": "query", "required": False, "schema": _resolved(schema, whole.get("$defs", {}))}


def _resolved(schema: Any, known: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON Schema is any plain data
    """Return a schema that stands by itself."""
    if isinstance(schema, dict):
        if "$ref" in schema:
            return _resolved(known[schema["$ref"]], known)
        return {name: _resolved(value, known) for name, value in schema.items() if name != "title"}
    return [_resolved(each, known) for each in schema] if isinstance(schema, list) else schema


def document_page(operations: Sequence[Operation]) -> Page:
    """Return the page that gives the document; it tells nothing of an installation, so anybody may read it."""

    @cache
    def text() -> str:
        return json.dumps(describe(operations))

    def act(_visit: Visit) -> Response:
        return Response(text(), media_type=JSON)

    return Page(method="GET", path=f"{ROOT}/openapi.json", act=act, needs=Permission.PUBLIC, api=True)
