"""Signing in, and proving again who one is, with a passkey. The session holds the challenge, a form the answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from starlette.responses import Response

from gateway.console.frame.visit import Visit
from gateway.console.roles import Permission
from gateway.console.routes import Page
from gateway.console.sign_in import limits, passkeys, progress
from gateway.console.sign_in.pages import TOO_OFTEN, own
from gateway.console.words import mark
from gateway.model.person import Credential, Kind, Pending, Person, Way

NOT_PROVED: Final = mark("The passkey could not be used. Try again, or sign in with your password")


def ask(visit: Visit) -> Response:
    """Show the page on which the browser asks for a passkey."""
    back, challenge = own(visit.said("next")), passkeys.new_challenge()
    if visit.person is not None:
        return visit.go(back)
    if not progress.may_try(visit, None, limits.beginning(progress.network_address(visit))):
        return _trouble(visit, back, TOO_OFTEN, status=429)
    later = progress.begin(visit, Pending(challenge=challenge, back=back))
    return progress.with_cookie(later, _page(later, challenge, back, "/sign-in/passkey/answer"))


def answer(visit: Visit) -> Response:
    """Sign in with what the passkey signed. Where nothing was asked nothing is looked at, and nothing recorded."""
    desk, now = visit.desk, visit.desk.clock.now()
    if not progress.may_try(visit, None, limits.answering(progress.network_address(visit))):
        return _trouble(visit, own(visit.said("next")), TOO_OFTEN, status=429)
    pending = desk.store.sessions.take(visit.cookie, now)
    if not pending.challenge:
        return _trouble(visit, pending.back, NOT_PROVED)
    held = passkeys.used(desk.settings, desk.store, pending.challenge, visit.said("answer"), now)
    person = desk.store.people.get(held.person_id) if held else None
    if held is None or person is None or not _opens(visit, held, person):
        progress.refused(visit, person, "passkey")
        return _trouble(visit, pending.back, NOT_PROVED)
    return progress.go_on(visit, person, (Way.PASSKEY,), pending.back)


def ask_again(visit: Visit) -> Response:
    """Show the page on which the browser asks whoever is signed in for a passkey."""
    back, challenge = own(visit.said("next")), passkeys.new_challenge()
    visit.desk.store.sessions.note(visit.cookie, Pending(challenge=challenge, back=back))
    return _page(visit, challenge, back, "/step-up/passkey/answer")


def answer_again(visit: Visit) -> Response:
    """Take a passkey of the same person as a fresh proof."""
    desk, now = visit.desk, visit.desk.clock.now()
    pending = desk.store.sessions.take(visit.cookie, now)
    held = passkeys.used(desk.settings, desk.store, pending.challenge, visit.said("answer"), now)
    if held is None or held.person_id != visit.me.id:
        if pending.challenge:
            progress.refused(visit, visit.me, "passkey")
        return visit.go("/step-up")
    return progress.stepped_up(visit, Way.PASSKEY, pending.back)


def _opens(visit: Visit, held: Credential, person: Person) -> bool:
    """Say whether a passkey opens the account: not that for emergencies, and not once it was taken away meanwhile."""
    is_kept = visit.desk.store.people.find(Kind.PASSKEY, held.id) is not None
    return is_kept and person.may_sign_in and not person.emergency


def _page(visit: Visit, challenge: str, back: str, action: str) -> Response:
    options = passkeys.to_use(visit.desk.settings, challenge)
    return visit.show("sign_in/passkey.html", options=options, action=action, back=back, makes=False, label="")


def _trouble(visit: Visit, back: str, words: str, *, status: int = 422) -> Response:
    known = replace(visit, person=None)
    settings = visit.desk.settings.sign_in
    return known.show(
        "sign_in/sign_in.html", status=status, back=own(back), settings=settings, name="", errors={"name": words}
    )


PAGES: Final = (
    Page(method="POST", path="/sign-in/passkey", act=ask, needs=Permission.PUBLIC),
    Page(method="POST", path="/sign-in/passkey/answer", act=answer, needs=Permission.PUBLIC),
    Page(method="POST", path="/step-up/passkey", act=ask_again, needs=Permission.SIGNED_IN),
    Page(method="POST", path="/step-up/passkey/answer", act=answer_again, needs=Permission.SIGNED_IN),
)
