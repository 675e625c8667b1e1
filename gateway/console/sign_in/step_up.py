"""Proving again who one is, for what demands a fresh proof: with a passkey or a code, else with what one has."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from gateway.console.frame.visit import Visit
from gateway.console.roles import Permission, needs_second
from gateway.console.routes import Page
from gateway.console.sign_in import limits, passwords, progress
from gateway.console.sign_in.pages import TOO_OFTEN, WRONG_CODE, own, proved
from gateway.console.words import mark
from gateway.model.person import Kind, Way, has

WRONG_PASSWORD: Final = mark("The password is not right")


def ask(visit: Visit) -> Response:
    """Show the ways in which this person can prove it."""
    return _form(visit, own(visit.query.get("next", "/")))


def answer(visit: Visit) -> Response:
    """Take a code, or a password from somebody who has no second factor."""
    back, person, desk = own(visit.said("next")), visit.me, visit.desk
    if not progress.may_try(visit, person, limits.second(person.id)):
        return _form(visit, back, status=429, errors={"code": TOO_OFTEN})
    held = desk.store.people.credentials(person.id)
    if has(held, Kind.CODE_APP, Kind.PASSKEY):
        way, words = proved(visit, person, visit.said("code")), WRONG_CODE
    elif needs_second(person.roles):
        way, words = None, WRONG_CODE  # only the provider can vouch for them again
    else:
        kept = next((each.secret for each in held if each.kind is Kind.PASSWORD), "")
        is_right = passwords.is_right(str(visit.form.get("code", "")), kept)
        way, words = (Way.PASSWORD if is_right else None), WRONG_PASSWORD
    if way is None:
        progress.refused(visit, person, "step-up")
        return _form(visit, back, status=422, errors={"code": words})
    desk.store.attempts.forget([limits.about_person(person.id)])
    return progress.stepped_up(visit, way, back)


def _form(visit: Visit, back: str, *, status: int = 200, **values: object) -> Response:
    held = visit.desk.store.people.credentials(visit.me.id)
    provider = visit.desk.settings.sign_in.provider
    shown = {
        "errors": {},
        "has_app": has(held, Kind.CODE_APP),
        "has_passkey": has(held, Kind.PASSKEY),
        "has_password": has(held, Kind.PASSWORD) and not needs_second(visit.me.roles),
        "provider": provider if has(held, Kind.PROVIDER) else None,
        **values,
    }
    return visit.show("sign_in/step_up.html", status=status, back=back, **shown)


PAGES: Final = (
    Page(method="GET", path="/step-up", act=ask, needs=Permission.SIGNED_IN),
    Page(method="POST", path="/step-up", act=answer, needs=Permission.SIGNED_IN),
)
