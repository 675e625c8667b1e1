"""Setting up a second factor: a code app or a passkey, at a first sign-in that owes one, or later in one's account."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from starlette.responses import Response

from gateway.console.frame.visit import Visit
from gateway.console.roles import Permission
from gateway.console.routes import Page
from gateway.console.sign_in import codes, limits, passkeys, progress
from gateway.console.sign_in.accounts import about, require_usual
from gateway.console.sign_in.pages import TOO_OFTEN, WRONG_CODE
from gateway.console.sign_in.progress import Step
from gateway.console.words import mark
from gateway.model.person import Kind, Pending, Person, Way
from gateway.model.record import Event

NOT_MADE: Final = mark("The passkey could not be made. Try again")


def _whose(visit: Visit) -> tuple[Person, Pending] | None:
    """Return who sets it up, and what is under way: somebody signed in, or at a sign-in that owes a second factor.

    `NotPermitted` for the emergency account, which has nothing that would open it later.
    """
    if visit.person is None:
        return progress.under_way(visit, Step.SECOND)
    require_usual(visit.person)
    session = visit.desk.store.sessions.find(visit.cookie)
    return (visit.person, session.pending) if session else None


@progress.at(Step.SECOND)
def ask(visit: Visit, _person: Person, _pending: Pending) -> Response:
    """Let somebody choose their second factor, at a sign-in that owes one."""
    return visit.show("sign_in/second.html")


@progress.of_whom(_whose)
def begin_app(visit: Visit, person: Person, pending: Pending) -> Response:
    """Show the secret of a code app, once, as a picture and in letters."""
    secret, locked = codes.new_secret(visit.desk.store, person)
    visit.desk.store.sessions.note(visit.cookie, replace(pending, sealed=locked, challenge=""))
    return _app_page(visit, person, secret)


@progress.of_whom(_whose)
def finish_app(visit: Visit, person: Person, pending: Pending) -> Response:
    """Keep the code app once it has shown a right code, and show recovery codes to be written down, once."""
    store, now = visit.desk.store, visit.desk.clock.now()
    if not pending.sealed:
        return visit.go("/sign-in")
    secret = codes.opened(store, pending.sealed, person)
    if not progress.may_try(visit, person, limits.second(person.id)):
        return _app_page(visit, person, secret, status=429, errors={"code": TOO_OFTEN})
    step = codes.step_of(secret, visit.said("code"), now)
    if step is None:
        return _app_page(visit, person, secret, status=422, errors={"code": WRONG_CODE})
    written, kept = codes.new_recovery_codes(person, now)
    app = codes.new_app(person, pending.sealed, step, now)
    entry = about(person, Event.PERSON_CHANGED, now, {"by": person.address, "added": Kind.CODE_APP})
    instead_of = (Kind.CODE_APP, Kind.RECOVERY_CODE)
    store.people.put([app, *kept], [entry], instead_of=instead_of, whose=person.id, in_session=visit.cookie)
    store.attempts.forget([limits.about_person(person.id)])
    visit, back = _proved(visit, person, pending, Way.CODE)
    return progress.with_cookie(visit, visit.show("sign_in/recovery.html", codes=written, back=back))


@progress.of_whom(_whose)
def begin_passkey(visit: Visit, person: Person, pending: Pending) -> Response:
    """Show the page on which the browser makes a passkey."""
    desk, challenge = visit.desk, passkeys.new_challenge()
    desk.store.sessions.note(visit.cookie, replace(pending, challenge=challenge, sealed=""))
    held = desk.store.people.credentials(person.id)
    options = passkeys.to_make(desk.settings, desk.organisation, person, held, challenge)
    action = f"{_place(visit)}/passkey/made"
    label = visit.said("label")
    return visit.show("sign_in/passkey.html", options=options, action=action, back="", makes=True, label=label)


@progress.of_whom(_whose)
def finish_passkey(visit: Visit, person: Person, pending: Pending) -> Response:
    """Keep the passkey that a browser made."""
    desk, now = visit.desk, visit.desk.clock.now()
    if not pending.challenge:
        return visit.go("/sign-in")
    desk.store.sessions.note(visit.cookie, replace(pending, challenge=""))
    label = visit.said("label") or progress.browser_of(visit.request.headers.get("user-agent", ""))
    made = passkeys.made(desk.settings, person, pending.challenge, visit.said("answer"), label, now)
    if made is None:
        return visit.show("sign_in/second.html", status=422, errors={"label": NOT_MADE})
    entry = about(person, Event.PERSON_CHANGED, now, {"by": person.address, "added": Kind.PASSKEY})
    desk.store.people.put([made], [entry], whose=person.id, in_session=visit.cookie)
    visit, back = _proved(visit, person, pending, Way.PASSKEY)
    return progress.with_cookie(visit, visit.go(back))


def _proved(visit: Visit, person: Person, pending: Pending, way: Way) -> tuple[Visit, str]:
    """Return the visit and where it goes on: signed in now, where a sign-in owed this."""
    if visit.person is not None:
        return visit, "/account"
    return progress.signed_in(visit, person, (*pending.ways, way)), pending.back


def _app_page(visit: Visit, person: Person, secret: str, *, status: int = 200, **values: object) -> Response:
    picture = codes.picture_of(codes.address_of(secret, person, visit.desk.organisation))
    letters = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    shown = {"errors": {}, **values}
    return visit.show("sign_in/app.html", status=status, picture=picture, letters=letters, place=_place(visit), **shown)


def _place(visit: Visit) -> str:
    return "/account" if visit.person is not None else Step.SECOND.value


PAGES: Final = (
    Page(method="GET", path="/sign-in/second", act=ask, needs=Permission.PUBLIC),
    Page(method="POST", path="/sign-in/second/app", act=begin_app, needs=Permission.PUBLIC),
    Page(method="POST", path="/sign-in/second/app/proved", act=finish_app, needs=Permission.PUBLIC),
    Page(method="POST", path="/sign-in/second/passkey", act=begin_passkey, needs=Permission.PUBLIC),
    Page(method="POST", path="/sign-in/second/passkey/made", act=finish_passkey, needs=Permission.PUBLIC),
    Page(method="POST", path="/account/app", act=begin_app, needs=Permission.SIGNED_IN, step_up=True),
    Page(method="POST", path="/account/app/proved", act=finish_app, needs=Permission.SIGNED_IN, step_up=True),
    Page(method="POST", path="/account/passkey", act=begin_passkey, needs=Permission.SIGNED_IN, step_up=True),
    Page(method="POST", path="/account/passkey/made", act=finish_passkey, needs=Permission.SIGNED_IN, step_up=True),
)
