"""A page of the console, and the rule that each declares one permission."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from starlette.responses import Response

from gateway.console.roles import Permission

if TYPE_CHECKING:
    from gateway.console.frame.visit import Visit

Act: TypeAlias = "Callable[[Visit], Response]"
METHODS: Final = frozenset({"GET", "POST", "PUT", "DELETE"})
PLAIN: Final = re.compile(r"/[a-z0-9_./{}:-]*")
FORM: Final = 100_000  # bytes of a form without a file


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What is done at one address. GET changes nothing. `largest` bounds what a request may bring, in bytes.

    `api` pages are for programs: they are asked with a token (`Authorization: Bearer`), and their errors are JSON.
    `step_up` demands a fresh proof of who it is. A page that `polls` is asked for by another one again and again while
    it is open: that keeps nobody signed in.
    """

    method: str
    path: str
    act: Act
    needs: Permission
    largest: int = FORM
    api: bool = False
    step_up: bool = False
    polls: bool = False


def checked(pages: Iterable[Page]) -> tuple[Page, ...]:
    """Return the pages; `ValueError` when one declares no permission, or two have one address."""
    known = tuple(pages)
    for page in known:
        if page.method not in METHODS or not PLAIN.fullmatch(page.path):
            raise ValueError(f"{page.method} {page.path} is no address of a page")
        if not isinstance(page.needs, Permission):
            raise ValueError(f"{page.method} {page.path} declares no permission")  # noqa: TRY004 - a table gone wrong
    for (method, path), count in Counter((page.method, page.path) for page in known).items():
        if count > 1:
            raise ValueError(f"{method} {path} is declared {count} times")
    return known
