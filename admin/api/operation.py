"""
Operations: routes of the API that say what they take and give. Their document is made of that.

A view takes `query` and `body`, where it has such parameters, as the models they are annotated
with, and gives a model, nothing, or an answer that is ready. So what is documented is what is
parsed.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeVar, get_args, get_type_hints

from flask import Response, request
from pydantic import ValidationError
from werkzeug.exceptions import UnsupportedMediaType

from admin.api.models import Model
from admin.api.problems import FieldError, InvalidRequest
from ballotbox.errors import VotifyError

View = Callable[..., Any]
M = TypeVar("M", bound=Model)
JSON = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """A header that a request may carry."""

    name: str
    description: str
    required: bool = False
    pattern: str | None = None
    example: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What a route is for, takes and gives."""

    name: str
    summary: str
    description: str
    query: type[Model] | None
    body: type[Model] | None
    body_required: bool
    gives: type[Model] | None
    media: str | None  # what it gives when that is no model; None for nothing
    status: HTTPStatus
    raises: Sequence[type[VotifyError]]
    takes: Sequence[Header] = ()
    uploads: Sequence[str] = field(default=())  # content types of a body that is no JSON


def operation(
    *,
    status: HTTPStatus = HTTPStatus.OK,
    raises: Sequence[type[VotifyError]] = (),
    takes: Sequence[Header] = (),
    media: str | None = None,
    uploads: Sequence[str] = (),
) -> Callable[[View], Callable[..., Response]]:
    """
    Make a view an operation.

    :param status: of the answer when all is well.
    :param raises: what else may happen, beyond what may happen everywhere.
    :param media: the content type, where the view gives an answer that is ready.
    """

    def decorate(view: View) -> Callable[..., Response]:
        hints = get_type_hints(view)
        body = _model(hints.get("body"))
        text = inspect.cleandoc(view.__doc__ or "")
        described = Operation(
            name=view.__name__,
            summary=text.partition("\n")[0].rstrip("."),
            description=text.partition("\n")[2].strip(),
            query=_model(hints.get("query")),
            body=body,
            body_required=body is not None and hints["body"] is body,
            gives=_model(hints["return"]),
            media=media,
            status=status,
            raises=raises,
            takes=takes,
            uploads=uploads,
        )

        @wraps(view)
        def answer(**values: Any) -> Response:  # noqa: ANN401 - what the route's converters give
            return _answer(view(**values, **_taken(described)), status)

        answer.operation = described  # type: ignore[attr-defined]
        return answer

    return decorate


def operation_of(view: Callable[..., Any]) -> Operation | None:
    """Tell what a view does, if it is an operation."""
    found = getattr(view, "operation", None)
    return found if isinstance(found, Operation) else None


def _model(hint: object) -> type[Model] | None:
    """Find the model in a hint such as `Model` or `Model | None`."""
    for kind in get_args(hint) or (hint,):
        if isinstance(kind, type) and issubclass(kind, Model):
            return kind
    return None


def _taken(operation: Operation) -> dict[str, Model | None]:
    taken: dict[str, Model | None] = {}
    if (query := operation.query) is not None:
        # What is said twice stays a list, which no parameter is: it is refused, and not half read.
        said = {name: all_ if all_[1:] else all_[0] for name, all_ in request.args.lists()}
        taken["query"] = _checked(lambda: query.model_validate(said))
    if operation.body is not None:
        taken["body"] = _read_body(operation.body, required=operation.body_required)
    return taken


def _read_body(model: type[M], *, required: bool) -> M | None:
    if not required and not request.get_data():
        return None
    if request.mimetype != JSON:
        raise UnsupportedMediaType("Send the request's body as application/json.")
    return _checked(lambda: model.model_validate_json(request.get_data()))


def _checked(read: Callable[[], M]) -> M:
    try:
        return read()
    except ValidationError as error:
        raise InvalidRequest.of(map(_field_error, error.errors())) from None


def _field_error(error: Mapping[str, Any]) -> FieldError:
    sentence = error["msg"].removeprefix("Value error, ")
    return FieldError(".".join(map(str, error["loc"])), sentence[:1].upper() + sentence[1:])


def _answer(result: Model | Response | None, status: HTTPStatus) -> Response:
    if isinstance(result, Response):
        return result
    if result is None:
        return Response(status=HTTPStatus.NO_CONTENT)
    body = result.model_dump_json(by_alias=True)
    # What organisers see is for nobody else, and for no cache: a new token least of all.
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return Response(body, status, {**headers, **result.headers()}, content_type=JSON)
