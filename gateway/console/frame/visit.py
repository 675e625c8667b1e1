"""One request as a page sees it, and what a page answers with."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from starlette.datastructures import FormData, QueryParams, UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from gateway.console.frame.desk import Desk
from gateway.console.roles import Permission, permissions
from gateway.console.words.tongue import Tongue
from gateway.model.person import Person, Session

TOKEN: Final = "form_token"  # noqa: S105 - the name of the field in every form
OWN_PATH: Final = re.compile(r"/(?![/\\])[^\s\\]*")
"""An address of ours, without scheme or host: nobody is sent elsewhere."""


def form_token(cookie: str) -> str:
    """Return what every form must bring: it is bound to the cookie, and does not tell it."""
    return hmac.digest(cookie.encode(), b"form", "sha256").hex()


@dataclass(frozen=True, kw_only=True)  # without slots: it keeps who there is, once it has asked
class Visit:
    """A request, who makes it, and how to answer. `cookie` is the visitor's: a session's, or one that means nothing."""

    desk: Desk
    request: Request
    person: Person | None = None
    session: Session | None = None
    form: FormData = field(default_factory=FormData, repr=False)
    body: bytes = field(default=b"", repr=False)
    nonce: str = ""
    language: str = "en"
    cookie: str = field(default="", repr=False)
    granted: frozenset[Permission] = frozenset({Permission.PUBLIC})

    @property
    def path(self) -> Mapping[str, str]:
        """The values in the address."""
        return self.request.path_params

    @property
    def query(self) -> QueryParams:
        """What stands behind the question mark."""
        return self.request.query_params

    @property
    def me(self) -> Person:
        """The person who signed in; pages that need a permission always have one."""
        if self.person is None:
            raise AssertionError("a page without a sign-in asked who it is")
        return self.person

    @property
    def tongue(self) -> Tongue:
        """The words of the visitor's language."""
        return self.desk.render.tongue(self.language)

    @cached_property
    def people(self) -> Sequence[Person]:
        """Everybody who has an account, by name, as they were when this request first asked."""
        return self.desk.store.people.all()

    @cached_property
    def names(self) -> Mapping[str, str]:
        """People's names by their ids."""
        return {each.id: each.name for each in self.people}

    def said(self, name: str) -> str:
        """Return a field of the form as text on one side of nothing: stripped, empty where it is absent or a file."""
        value = self.form.get(name, "")
        return value.strip() if isinstance(value, str) else ""

    def chosen(self, name: str) -> tuple[str, ...]:
        """Return every value of a field that may be there more than once."""
        return tuple(value for value in self.form.getlist(name) if isinstance(value, str))

    def upload(self, name: str) -> UploadFile | None:
        """Return a file of the form."""
        value = self.form.get(name)
        return value if isinstance(value, UploadFile) and value.filename else None

    def may(self, permission: Permission) -> bool:
        """Say whether this person may do that."""
        return permission in self.granted

    def show(self, template: str, *, status: int = 200, **values: object) -> Response:
        """Return a page."""
        html = self.desk.render.page(template, self, status=status, **values)
        return HTMLResponse(html, status_code=status)

    def go(self, path: str) -> Response:
        """Send the browser to another page of ours; anything else leads to the front page."""
        return RedirectResponse(path if OWN_PATH.fullmatch(path) else "/", status_code=303)


def granted(person: Person | None) -> frozenset[Permission]:
    """Return what a visitor may."""
    return permissions(person.roles) if person else frozenset({Permission.PUBLIC})
