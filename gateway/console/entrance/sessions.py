"""Whose request it is: a cookie names a session in the store, a token somebody's program."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.console.frame.desk import Desk
from gateway.console.roles import Permission, permissions

if TYPE_CHECKING:
    from gateway.model.person import Person, Session

TOUCH_EVERY: Final = timedelta(minutes=1)
"""A session is noted as used at most so often, so that looking at a page costs no write."""

BEARER: Final = "bearer "


def cookie_name(desk: Desk) -> str:
    """Return the cookie's name: the prefix makes browsers refuse it from anywhere but this host over TLS (RFC 6265bis).

    Only a trial on this machine has no TLS.
    """
    return "__Host-visit" if desk.settings.is_secure else "visit"


def cookie_of(request: Request, desk: Desk) -> str | None:
    """Return the visitor's cookie, None where there is none."""
    return request.cookies.get(cookie_name(desk)) or None


def new_cookie() -> str:
    """Return what a browser is to hold: 256 random bits."""
    return secrets.token_urlsafe(32)


def give_cookie(answer: Response, value: str, desk: Desk) -> None:
    """Let the browser keep a cookie until it is closed; how long a session lasts is the store's business."""
    answer.set_cookie(cookie_name(desk), value, path="/", secure=desk.settings.is_secure, httponly=True, samesite="lax")


def give_first_cookie(answer: Response, value: str, desk: Desk) -> None:
    """Let the browser keep its first cookie, unless the page has given it one: the last of two would count."""
    if not any(each.startswith(f"{cookie_name(desk)}=") for each in answer.headers.getlist("set-cookie")):
        give_cookie(answer, value, desk)


def current(cookie: str, desk: Desk, *, is_used: bool = True) -> tuple[Person, Session] | None:
    """Return who signed in with that cookie, and their session; None where nobody has, or it is over.

    Looking counts as using it, unless it is a page that asks by itself (`is_used` is false).
    """
    now, session = desk.clock.now(), desk.store.sessions.find(cookie)
    if session is None or not session.person_id or session.is_over(now, desk.settings.sign_in.idle):
        return None
    person = desk.store.people.get(session.person_id)
    if not person.may_sign_in:
        return None
    if is_used and now - session.seen >= TOUCH_EVERY:
        desk.store.sessions.touch(cookie, now)
    return person, session


def is_fresh(session: Session | None, desk: Desk) -> bool:
    """Say whether the person has just shown that it is them."""
    return session is not None and session.is_stepped_up(desk.clock.now())


def by_token(authorization: str, desk: Desk) -> tuple[Person, frozenset[Permission]] | None:
    """Return for whom a program asks and what it may: never more than they, and no more than its token's scopes.

    RFC 6750 section 2.1; None where there is no token, or one that is over.
    """
    if not authorization.casefold().startswith(BEARER):
        return None
    secret, now = authorization[len(BEARER) :].strip(), desk.clock.now()
    token = desk.store.tokens.find(secret)
    if token is None or now >= token.until:
        return None
    person = desk.store.people.get(token.person_id)
    if not person.may_sign_in:
        return None
    if token.last_used is None or now - token.last_used >= TOUCH_EVERY:
        desk.store.tokens.touch(secret, token, now)
    scopes = {Permission(each) for each in token.scopes if each in set(Permission)}
    return person, permissions(person.roles) & scopes


def ask(back: str, *, step_up: bool) -> Response:
    """Send the visitor to where they show who they are, and from there back."""
    where = "/step-up" if step_up else "/sign-in"
    return RedirectResponse(f"{where}?next={quote(back, safe='/')}" if back else where, status_code=303)
