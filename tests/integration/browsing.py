"""A browser without JavaScript: it reads a page's forms, and sends them as they are filled in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from io import BytesIO
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.voting import text_of

_CHECKED = ("radio", "checkbox")


@dataclass
class Form:
    """A form as it stands on a page: what a browser would send of it, and what it says."""

    action: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    disabled: set[str] = field(default_factory=set)
    invalid: set[str] = field(default_factory=set)

    def __getitem__(self, name: str) -> str:
        """Give what is filled in, of several fields of this name the first."""
        return self.fields[name][0]


class Page:
    """An answer, read."""

    def __init__(self, answer: TestResponse) -> None:
        self.status = answer.status_code
        self.path = answer.request.path
        self.headers = answer.headers
        self.source = answer.text
        self.text = text_of(answer)
        self._forms = _Reader.read(answer.text)

    def form(self, action: str) -> Form:
        """Find the form that is sent to this address."""
        return next(each for each in self._forms if each.action == action)

    def offers(self, action: str) -> bool:
        """Tell whether there is a form that is sent to this address."""
        return any(each.action == action for each in self._forms)


class Browser:
    """Somebody at the desk."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str) -> Page:
        """Open a page, wherever that leads."""
        return Page(self.client.get(path, follow_redirects=True))

    def send(self, page: Page, action: str, **changes: Any) -> Page:
        """
        Fill in a form of a page and send it; gives the page that follows.

        :param changes: text, bytes for a file, or None to leave a field out; `do` is the button
            that is pressed. A double underscore stands for a hyphen.
        """
        filled: dict[str, Any] = dict(page.form(action).fields)
        for name, value in changes.items():
            filled[name.replace("__", "-")] = _sent(value)
        kept = {name: value for name, value in filled.items() if value is not None}
        return Page(
            self.client.post(
                action, data=kept, content_type="multipart/form-data", follow_redirects=True
            )
        )

    def post(self, path: str, **fields: str) -> Page:
        """Send fields that need not be on any page."""
        return Page(self.client.post(path, data=fields, follow_redirects=True))


def _sent(value: Any) -> Any:
    return (BytesIO(value), "file.png") if isinstance(value, bytes) else value


class _Reader(HTMLParser):
    """Reads forms; what stands in a <template> is not there yet."""

    @classmethod
    def read(cls, source: str) -> list[Form]:
        reader = cls()
        reader.feed(source)
        return reader.forms

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._in_template = False
        self._area: str | None = None

    def handle_starttag(self, tag: str, found: Iterable[tuple[str, str | None]]) -> None:
        attributes = dict(found)
        if tag == "template":
            self._in_template = True
        elif tag == "form":
            self.forms.append(Form(attributes.get("action") or ""))
        elif tag in ("input", "textarea") and self.forms and not self._in_template:
            self._field(tag, attributes)

    def handle_endtag(self, tag: str) -> None:
        if tag == "template":
            self._in_template = False
        elif tag == "textarea":
            self._area = None

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self.forms[-1].fields[self._area] = [data]

    def _field(self, tag: str, attributes: dict[str, str | None]) -> None:
        form, name = self.forms[-1], attributes.get("name") or ""
        if "aria-invalid" in attributes:
            form.invalid.add(name)
        if "disabled" in attributes:
            form.disabled.add(name)
        elif attributes.get("type") == "file":
            return
        elif attributes.get("type") not in _CHECKED or "checked" in attributes:
            form.fields.setdefault(name, []).append(attributes.get("value") or "")
        if tag == "textarea":
            self._area = name
