"""
The API's document as a page for people: the same words, with the shapes written as tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

_UNITS = {"date-time": "time"}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a shape, or one parameter of an operation."""

    name: str
    kind: str
    required: bool
    description: str


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape of JSON and its fields."""

    name: str
    description: str
    kind: str  # in words, where it has no fields
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One operation."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Field, ...]
    body: str | None
    answers: tuple[tuple[str, str, str | None], ...]  # status, description, shape


def entries(document: Mapping[str, Any]) -> Iterator[Entry]:
    """List the operations of a document."""
    for path, methods in document["paths"].items():
        for method, each in methods.items():
            yield Entry(
                each["operationId"],
                method.upper(),
                path,
                each["summary"],
                each.get("description", ""),
                tuple(map(_parameter, each["parameters"])),
                _content(each.get("requestBody", {})),
                tuple(_answers(each["responses"])),
            )


def shapes(document: Mapping[str, Any]) -> Iterator[Shape]:
    """List the shapes of a document."""
    for name, schema in document["components"]["schemas"].items():
        required = schema.get("required", ())
        fields = tuple(
            Field(field, kind(each), field in required, each.get("description", ""))
            for field, each in schema.get("properties", {}).items()
        )
        yield Shape(name, schema.get("description", ""), kind(schema), fields)


def coded(text: str) -> Markup:
    """Write a text as HTML, with what stands between `backticks` as code."""
    return Markup(re.sub("`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704


def kind(schema: Mapping[str, Any]) -> str:
    """Say in a few words what a value is."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(map(kind, schema["anyOf"])))
    if "enum" in schema:
        return " or ".join(f"“{word}”" for word in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {kind(schema.get('items', {}))}"
    return _UNITS.get(schema.get("format", ""), str(schema.get("type", "any")))


def _parameter(parameter: Mapping[str, Any]) -> Field:
    place = "" if parameter["in"] == "query" else f" ({parameter['in']})"
    return Field(
        parameter["name"] + place,
        kind(parameter["schema"]),
        parameter["required"],
        parameter.get("description", ""),
    )


def _answers(responses: Mapping[str, Any]) -> Iterator[tuple[str, str, str | None]]:
    for status, each in responses.items():
        yield status, each["description"], _content(each)


def _content(described: Mapping[str, Any]) -> str | None:
    """Name the shape of a body; its content type where it has none."""
    for media, content in described.get("content", {}).items():
        return kind(content["schema"]) if "$ref" in content.get("schema", {}) else str(media)
    return None
