"""My account: where I am signed in, by what I prove who I am, and what my programs may."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from starlette.responses import Response

from gateway.console.frame.visit import Visit
from gateway.console.roles import Permission, needs_second
from gateway.console.routes import Page
from gateway.console.sign_in import codes, limits, passwords, progress, tokens
from gateway.console.sign_in.accounts import about, require_usual
from gateway.console.sign_in.pages import TOO_OFTEN, chosen
from gateway.console.words import LANGUAGES, mark
from gateway.errors import NotAccepted, NotFound
from gateway.model.person import Credential, Kind, Session, has
from gateway.model.record import Event

WRONG_PASSWORD: Final = mark("Your present password is not right")
LAST_ONE: Final = mark("This is your only second factor: set up another first")


def account(visit: Visit) -> Response:
    """Show all of it."""
    return _page(visit)


def end_session(visit: Visit) -> Response:
    """End one of my sessions."""
    _end(visit, only=visit.path["id"])
    return visit.go("/account")


def end_others(visit: Visit) -> Response:
    """End all of my sessions but this one."""
    _end(visit, spare=_mine(visit).id)
    return visit.go("/account")


def change_password(visit: Visit) -> Response:
    """Take another password of mine, for the present one; all other sessions and the tokens end."""
    desk, me = visit.desk, visit.me
    require_usual(me)
    if not progress.may_try(visit, me, limits.second(me.id)):
        return _page(visit, status=429, errors={"present": TOO_OFTEN})
    kept = next((each for each in desk.store.people.credentials(me.id) if each.kind is Kind.PASSWORD), None)
    if not passwords.is_right(str(visit.form.get("present", "")), kept.secret if kept else ""):
        progress.refused(visit, me, "password")
        return _page(visit, status=422, errors={"present": WRONG_PASSWORD})
    try:
        new = chosen(visit, me)
    except NotAccepted as wrong:
        return _page(visit, status=422, errors={"password": wrong.message})
    entry = about(me, Event.PERSON_CHANGED, new.since, {"by": me.address, "password": True})
    desk.store.people.put(
        [new], [entry], instead_of=(Kind.PASSWORD,), whose=me.id, ends_all=True, in_session=visit.cookie
    )
    return visit.go("/account")


def remove_credential(visit: Visit) -> Response:
    """Remove a passkey or my code app, unless nothing else would be left that is demanded."""
    store, me = visit.desk.store, visit.me
    held = store.people.credentials(me.id)
    found = next((each for each in held if each.id == visit.path["id"] and _is_removable(each)), None)
    if found is None:
        raise NotFound("that is gone already", hint="load the page again")
    left = [each for each in held if each.id != found.id]
    if needs_second(me.roles) and not has(left, Kind.PASSKEY, Kind.CODE_APP):
        return _page(visit, status=409, errors={"second": LAST_ONE})
    entry = about(me, Event.PERSON_CHANGED, visit.desk.clock.now(), {"by": me.address, "removed": found.kind})
    if found.kind is Kind.CODE_APP:  # its recovery codes go with it
        store.people.put([], [entry], instead_of=(Kind.CODE_APP, Kind.RECOVERY_CODE), whose=me.id)
    else:
        store.people.remove(found, [entry])
    return visit.go("/account")


def new_recovery_codes(visit: Visit) -> Response:
    """Draw recovery codes in the place of those before, and show them once."""
    me, now = visit.me, visit.desk.clock.now()
    require_usual(me)
    written, kept = codes.new_recovery_codes(me, now)
    entry = about(me, Event.PERSON_CHANGED, now, {"by": me.address, "added": Kind.RECOVERY_CODE})
    visit.desk.store.people.put(kept, [entry], instead_of=(Kind.RECOVERY_CODE,), whose=me.id, in_session=visit.cookie)
    return visit.show("sign_in/recovery.html", codes=written, back="/account")


def choose_language(visit: Visit) -> Response:
    """Keep the language in which I am shown pages where the browser has no other choice."""
    if (language := visit.said("language")) in LANGUAGES and language != visit.me.language:
        visit.desk.store.people.change(replace(visit.me, language=language), [], ends_sessions=False)
    answer = visit.go("/account")
    answer.delete_cookie("language", secure=visit.desk.settings.is_secure, httponly=True, samesite="lax")
    return answer


def new_token(visit: Visit) -> Response:
    """Give a program leave to act for me, and show its token once."""
    days = visit.said("days")
    lasts = timedelta(days=int(days)) if days.isdecimal() and len(days) <= len("365") else timedelta(0)
    try:
        secret = tokens.issue(
            visit.desk.store,
            visit.me,
            name=visit.said("token_name"),
            scopes=visit.chosen("scopes"),
            lasts=lasts,
            now=visit.desk.clock.now(),
        )
    except NotAccepted as wrong:
        return _page(visit, status=422, errors={"token_name": wrong.message})
    return visit.show("account_token.html", secret=secret)


def revoke_token(visit: Visit) -> Response:
    """End the leave of a program."""
    tokens.revoke(visit.desk.store, visit.me, visit.path["id"], visit.desk.clock.now())
    return visit.go("/account")


def _end(visit: Visit, *, only: str = "", spare: str = "") -> None:
    facts = {"by": visit.me.address, "session": only or "others"}
    entry = about(visit.me, Event.SESSION_REVOKED, visit.desk.clock.now(), facts)
    visit.desk.store.sessions.revoke(visit.me.id, [entry], only=only, spare=spare)


def _mine(visit: Visit) -> Session:
    if visit.session is None:  # our own mistake: these pages need a sign-in
        raise AssertionError
    return visit.session


def _is_removable(held: Credential) -> bool:
    return held.kind in {Kind.PASSKEY, Kind.CODE_APP}


def _page(visit: Visit, *, status: int = 200, **values: object) -> Response:
    store, me, now = visit.desk.store, visit.me, visit.desk.clock.now()
    held = store.people.credentials(me.id)
    idle = visit.desk.settings.sign_in.idle
    shown = {
        "errors": {},
        "sessions": [each for each in store.sessions.of(me.id) if not each.is_over(now, idle)],
        "current": _mine(visit).id,
        "passkeys": [each for each in held if each.kind is Kind.PASSKEY],
        "app": next((each for each in held if each.kind is Kind.CODE_APP), None),
        "recovery_left": sum(each.kind is Kind.RECOVERY_CODE for each in held),
        "has_password": has(held, Kind.PASSWORD),
        "languages": LANGUAGES,
        "tokens": store.tokens.of(me.id),
        "scopes": tokens.scopes_of(me),
        "opens": tokens.SCOPES,
        **values,
    }
    return visit.show("account.html", status=status, **shown)


SIGNED_IN: Final = Permission.SIGNED_IN
PAGES: Final = (
    Page(method="GET", path="/account", act=account, needs=SIGNED_IN),
    Page(method="POST", path="/account/sessions/{id}/end", act=end_session, needs=SIGNED_IN),
    Page(method="POST", path="/account/sessions/end", act=end_others, needs=SIGNED_IN),
    Page(method="POST", path="/account/password", act=change_password, needs=SIGNED_IN),
    Page(method="POST", path="/account/factors/{id}/remove", act=remove_credential, needs=SIGNED_IN, step_up=True),
    Page(method="POST", path="/account/recovery", act=new_recovery_codes, needs=SIGNED_IN, step_up=True),
    Page(method="POST", path="/account/language", act=choose_language, needs=SIGNED_IN),
    Page(method="POST", path="/account/tokens", act=new_token, needs=SIGNED_IN, step_up=True),
    Page(method="POST", path="/account/tokens/{id}/end", act=revoke_token, needs=SIGNED_IN),
)
