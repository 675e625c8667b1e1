"""Signing in with a name and a password, then what is owed; and signing out."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from gateway.console.entrance import sessions
from gateway.console.frame.visit import OWN_PATH, Visit
from gateway.console.roles import Permission
from gateway.console.routes import Page
from gateway.console.sign_in import accounts, codes, limits, passwords, progress
from gateway.console.sign_in.progress import Step
from gateway.console.words import mark
from gateway.errors import NotAccepted
from gateway.model.person import Credential, Kind, Pending, Person, Way, folded, has
from gateway.model.record import Event

TOO_OFTEN: Final = mark("Too many tries. Wait a minute, then try again")
WRONG: Final = mark("The name or the password is not right, or the account is closed")
WRONG_CODE: Final = mark("This code is not right, or it was used before")
NOT_ALIKE: Final = mark("The two passwords are not the same")


def ask(visit: Visit) -> Response:
    """Show the form to sign in; whoever did so already goes on."""
    back = own(visit.query.get("next", "/"))
    if visit.person is not None:
        return visit.go(back)
    return _form(visit, back)


def answer(visit: Visit) -> Response:
    """Sign in with a name and a password. The same answer, in the same time, for accounts that there are not."""
    name, back, store = visit.said("name"), own(visit.said("next")), visit.desk.store
    person = store.people.by_address(folded(name))
    if not progress.may_try(visit, person, limits.first(store, name, progress.network_address(visit))):
        return _form(visit, back, status=429, errors={"password": TOO_OFTEN}, name=name)
    held = _password(visit, person)
    password = visit.form.get("password", "")
    is_right = passwords.is_right(password if isinstance(password, str) else "", held.secret if held else "")
    if person is None or held is None or not is_right or (person.emergency and not store.people.use_up(held)):
        progress.refused(visit, person, "password")
        return _form(visit, back, status=422, errors={"password": WRONG}, name=name)
    store.attempts.forget([limits.about_name(store, name)])
    return progress.go_on(visit, person, (Way.HOST if person.emergency else Way.PASSWORD,), back)


@progress.at(Step.CODE)
def ask_code(visit: Visit, person: Person, pending: Pending) -> Response:
    """Show the form for the second factor."""
    return _code_form(visit, person, pending)


@progress.at(Step.CODE)
def answer_code(visit: Visit, person: Person, pending: Pending) -> Response:
    """Take a code of the app, or a recovery code, as the second factor."""
    if not progress.may_try(visit, person, limits.second(person.id)):
        return _code_form(visit, person, pending, status=429, errors={"code": TOO_OFTEN})
    way = proved(visit, person, visit.said("code"))
    if way is None:
        progress.refused(visit, person, "code")
        return _code_form(visit, person, pending, status=422, errors={"code": WRONG_CODE})
    visit.desk.store.attempts.forget([limits.about_person(person.id)])
    return progress.go_on(visit, person, (*pending.ways, way), pending.back)


def proved(visit: Visit, person: Person, code: str) -> Way | None:
    """Return what a code proves, a recovery code being used up by it; None where it proves nothing."""
    store, now = visit.desk.store, visit.desk.clock.now()
    app = next((each for each in store.people.credentials(person.id) if each.kind is Kind.CODE_APP), None)
    if app is not None and codes.is_right(store, app, person, code, now):
        return Way.CODE
    return Way.RECOVERY_CODE if codes.use_recovery_code(store, person, code) else None


@progress.at(Step.PASSWORD)
def ask_password(visit: Visit, _person: Person, _pending: Pending) -> Response:
    """Show the form for a password of one's own, in the place of the one that was given."""
    return visit.show("sign_in/password.html")


@progress.at(Step.PASSWORD)
def answer_password(visit: Visit, person: Person, pending: Pending) -> Response:
    """Keep a password that somebody chose at their first sign-in, and end what else was begun with the given one."""
    try:
        kept = chosen(visit, person)
    except NotAccepted as wrong:
        return visit.show("sign_in/password.html", status=422, errors={"password": wrong.message})
    entry = accounts.about(person, Event.PERSON_CHANGED, kept.since, {"by": person.address, "password": True})
    visit.desk.store.people.put(
        [kept], [entry], instead_of=(Kind.PASSWORD,), whose=person.id, ends_all=True, in_session=visit.cookie
    )
    return progress.go_on(visit, person, pending.ways, pending.back)


def chosen(visit: Visit, person: Person) -> Credential:
    """Return how the password in a form is kept; `NotAccepted` for one that may not be, or was typed in two ways."""
    password, again = (str(visit.form.get(name, "")) for name in ("password", "again"))
    passwords.require_good(password, (person.name, person.address, visit.desk.organisation))
    if passwords.normal(password) != passwords.normal(again):
        raise NotAccepted(NOT_ALIKE)
    return accounts.new_password(person, password, visit.desk.clock.now())


def leave(visit: Visit) -> Response:
    """End this session."""
    visit.desk.store.sessions.end(visit.cookie)
    gone = visit.go("/sign-in")
    sessions.give_cookie(gone, sessions.new_cookie(), visit.desk)
    return gone


def own(path: str) -> str:
    """Return a path of ours to go to, the front page in the place of anything else."""
    return path if OWN_PATH.fullmatch(path) else "/"


def _password(visit: Visit, person: Person | None) -> Credential | None:
    """Return the password that somebody may sign in with here, None where there is none."""
    if person is None or not person.may_sign_in or not (visit.desk.settings.sign_in.local or person.emergency):
        return None
    now = visit.desk.clock.now()
    held = visit.desk.store.people.credentials(person.id)
    return next((each for each in held if each.kind is Kind.PASSWORD and (not each.until or now < each.until)), None)


def _form(visit: Visit, back: str, *, status: int = 200, **values: object) -> Response:
    given = {"errors": {}, "name": "", **values}
    return visit.show("sign_in/sign_in.html", status=status, back=back, settings=visit.desk.settings.sign_in, **given)


def _code_form(visit: Visit, person: Person, pending: Pending, *, status: int = 200, **values: object) -> Response:
    held = visit.desk.store.people.credentials(person.id)
    shown = {"has_app": has(held, Kind.CODE_APP), "has_passkey": has(held, Kind.PASSKEY), "errors": {}, **values}
    return visit.show("sign_in/code.html", status=status, back=pending.back, **shown)


PAGES: Final = (
    Page(method="GET", path="/sign-in", act=ask, needs=Permission.PUBLIC),
    Page(method="POST", path="/sign-in", act=answer, needs=Permission.PUBLIC),
    Page(method="GET", path=Step.CODE.value, act=ask_code, needs=Permission.PUBLIC),
    Page(method="POST", path=Step.CODE.value, act=answer_code, needs=Permission.PUBLIC),
    Page(method="GET", path=Step.PASSWORD.value, act=ask_password, needs=Permission.PUBLIC),
    Page(method="POST", path=Step.PASSWORD.value, act=answer_password, needs=Permission.PUBLIC),
    Page(method="POST", path="/sign-out", act=leave, needs=Permission.SIGNED_IN),
)
