"""
The API's description in OpenAPI 3.1, made from the routes that are there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Flask
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from werkzeug.routing import Rule

from admin import errors
from admin.access import POLL, PUBLIC, Access, access_of
from admin.api.models import Model, Problem
from admin.api.operation import JSON, Header, Operation, operation_of
from admin.api.problems import InvalidRequest
from ballotbox.errors import Forbidden, NotSignedIn, Unavailable, UnknownPoll, VotifyError
from ballotbox.origin import CrossSite

_INTRODUCTION = """\
Polls, their codes, images and results, for programs. Everything the organiser's desk can do.

Send `Authorization: Bearer <token>`; tokens are made at the desk, under "Account". What goes wrong
is told as a problem (RFC 9457) with a stable `code`. Votes are cast at `/vote`, and watched at
`/result`.
"""
_PROBLEM = "application/problem+json"
_REFERENCE = "#/components/schemas/{model}"
_BINARY = {"schema": {"type": "string", "format": "binary"}}

# What may happen to a request with a body, before anybody looks at what it says.
_BODY_ANSWERS = {
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "`content_too_large`: The body is too large.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "`unsupported_media_type`: The body is of another type.",
}


@dataclass(frozen=True, slots=True)
class Route:
    """Where an operation is found."""

    method: str
    rule: Rule
    operation: Operation
    access: Access

    @property
    def path(self) -> str:
        """Write the path as OpenAPI does."""
        return re.sub(r"<(?:[^<:]+:)?([^>]+)>", r"{\1}", self.rule.rule)


def routes(app: Flask) -> Iterator[Route]:
    """List the operations of an application, in the order of their paths."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda each: each.rule):
        view = app.view_functions[rule.endpoint]
        found, access = operation_of(view), access_of(view)
        if found is not None and access is not None:
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield Route(method, rule, found, access)


def document(app: Flask) -> dict[str, Any]:
    """Describe the API of an application."""
    listed = list(routes(app))
    paths: dict[str, Any] = {}
    for route in listed:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Votify", "version": "1", "description": _INTRODUCTION},
        "paths": paths,
        "components": {
            "schemas": _schemas(listed),
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "desk"},
            },
        },
    }


def _schemas(listed: Iterable[Route]) -> dict[str, Any]:
    found = (each for route in listed for each in (route.operation.body, route.operation.gives))
    models: set[type[BaseModel]] = {Problem, *(each for each in found if each is not None)}
    ordered = sorted(models, key=lambda each: each.__name__)
    # One schema for what is taken and given: what is given is never more than may be taken.
    _, schemas = models_json_schema(
        [(each, "validation") for each in ordered], ref_template=_REFERENCE
    )
    return dict(schemas["$defs"])


def _operation(route: Route) -> dict[str, Any]:
    operation = route.operation
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": [route.rule.endpoint.rpartition(".")[0].rpartition(".")[2]],
        "parameters": [*_path(route), *_query(operation), *map(_header, operation.takes)],
        "responses": _responses(route),
        "security": _security(route.access),
    }
    if operation.description:
        described["description"] = operation.description
    if operation.body is not None:
        content = {JSON: _schema(operation.body)}
        described["requestBody"] = {"required": operation.body_required, "content": content}
    elif operation.uploads:
        described["requestBody"] = {
            "required": True,
            "content": dict.fromkeys(operation.uploads, _BINARY),
        }
    return described


def _security(access: Access) -> list[dict[str, list[str]]]:
    if access.who is PUBLIC:
        return []
    return [{"session": []}] if access.scope is None else [{"session": []}, {"token": []}]


def _path(route: Route) -> Iterator[dict[str, Any]]:
    for name in sorted(route.rule.arguments):
        whole = f"<int:{name}>" in route.rule.rule
        schema = {"type": "integer", "minimum": 0} if whole else {"type": "string"}
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _query(operation: Operation) -> Iterator[dict[str, Any]]:
    if operation.query is None:
        return
    schema = operation.query.model_json_schema()
    for name, each in schema["properties"].items():
        yield {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", ()),
            "description": each.pop("description", ""),
            "schema": _inlined(each, schema.get("$defs", {})),
        }


def _inlined(schema: Any, definitions: dict[str, Any]) -> Any:  # noqa: ANN401 - any JSON
    """Put what a schema refers to in its place: a parameter has no definitions of its own."""
    if isinstance(schema, list):
        return [_inlined(each, definitions) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inlined(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    return {name: _inlined(each, definitions) for name, each in schema.items()}


def _header(header: Header) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    if header.pattern is not None:
        schema["pattern"] = header.pattern
    if header.example is not None:
        schema["examples"] = [header.example]
    return {
        "name": header.name,
        "in": "header",
        "required": header.required,
        "description": header.description,
        "schema": schema,
    }


def _responses(route: Route) -> dict[str, Any]:
    operation = route.operation
    answer: dict[str, Any] = {"description": operation.status.phrase}
    if operation.gives is not None:
        answer["content"] = {JSON: _schema(operation.gives)}
        if headers := operation.gives.HEADERS:
            answer["headers"] = {
                name: {"description": text, "schema": {"type": "string"}}
                for name, text in headers.items()
            }
    elif operation.media is not None:
        answer["content"] = {operation.media.partition(";")[0]: {}}
    status = HTTPStatus.NO_CONTENT if _is_empty(operation) else operation.status
    return {str(status.value): answer, **dict(_problems(route))}


def _is_empty(operation: Operation) -> bool:
    return operation.gives is None and operation.media is None


def _errors(route: Route) -> Iterator[type[VotifyError]]:
    """List what may go wrong: what the operation says, and what may happen before it is asked."""
    yield from route.operation.raises
    if route.access.who is not PUBLIC:
        yield from (NotSignedIn, Forbidden, Unavailable)
        if route.method != "GET":
            yield CrossSite
    if route.access.who is POLL:
        yield UnknownPoll
    if route.operation.query is not None or route.operation.body is not None:
        yield InvalidRequest


def _problems(route: Route) -> Iterator[tuple[str, Any]]:
    sentences: dict[HTTPStatus, list[str]] = {}
    for error in _errors(route):
        sentences.setdefault(errors.told(error()).status, []).append(f"`{error.code}`: {error()}")
    if route.operation.body is not None or route.operation.uploads:
        for status, sentence in _BODY_ANSWERS.items():
            sentences.setdefault(status, []).append(sentence)
    for status in sorted(sentences):
        yield (
            str(status.value),
            {"description": "\n".join(sentences[status]), "content": {_PROBLEM: _schema(Problem)}},
        )


def _schema(model: type[Model | Problem]) -> dict[str, Any]:
    return {"schema": {"$ref": _REFERENCE.format(model=model.__name__)}}
