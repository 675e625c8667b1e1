"""Signing in, and proving again who one is, with the provider. It begins by a link: `form-action` allows no form."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Final

from starlette.responses import RedirectResponse, Response

from gateway.config.sign_in import ProviderSettings
from gateway.console.frame.visit import Visit
from gateway.console.roles import Permission, needs_second
from gateway.console.routes import Page
from gateway.console.sign_in import accounts, limits, progress, provider
from gateway.console.sign_in.pages import own
from gateway.console.sign_in.provider import Identity
from gateway.errors import GatewayError, NotFound, NotPermitted
from gateway.model.person import OURS, Credential, Kind, Pending, Person, Way, folded, has
from gateway.model.record import Event

BACK: Final = "/sign-in/provider/back"
BY_PROVIDER: Final = "provider"


def begin(visit: Visit) -> Response:
    """Send the browser to the provider."""
    settings, back = _provider(visit), own(visit.query.get("next", "/"))
    if visit.person is not None:  # a link on another site must not sign them out
        return visit.go(back)
    if not progress.may_try(visit, None, limits.beginning(progress.network_address(visit))):
        raise NotPermitted("too many sign-ins begin from there", hint="wait a minute, then try again")
    url, pending = provider.begin(settings, _back(visit), again=False)
    later = progress.begin(visit, replace(pending, back=back))
    return progress.with_cookie(later, RedirectResponse(url, status_code=303))


def begin_again(visit: Visit) -> Response:
    """Send whoever is signed in to the provider, which asks them anew."""
    url, pending = provider.begin(_provider(visit), _back(visit), again=True)
    visit.desk.store.sessions.note(visit.cookie, replace(pending, back=own(visit.query.get("next", "/"))))
    return RedirectResponse(url, status_code=303)


def come_back(visit: Visit) -> Response:
    """Take what the provider says, once, from the browser that began; where none did, nothing is recorded."""
    settings, store, now = _provider(visit), visit.desk.store, visit.desk.clock.now()
    if not visit.person and not progress.may_try(visit, None, limits.answering(progress.network_address(visit))):
        raise NotPermitted("too many sign-ins end there", hint="wait a minute, then sign in again")
    pending = store.sessions.take(visit.cookie, now)
    try:
        identity = _identity(visit, settings, pending)
        if visit.person is not None:
            return _again(visit, identity, pending)
        person = _person(visit, settings, identity)
    except GatewayError as trouble:
        if pending.state:
            progress.refused(visit, visit.person, "provider")
        raise trouble from None
    way = Way.PROVIDER_TWICE if identity.has_second else Way.PROVIDER
    return progress.go_on(visit, person, (way,), pending.back)


def _identity(visit: Visit, settings: ProviderSettings, pending: Pending) -> Identity:
    said, now = visit.query, visit.desk.clock.now()
    if not pending.state or not secrets.compare_digest(pending.state.encode(), said.get("state", "").encode()):
        raise NotPermitted("this sign-in began in another browser, or too long ago", hint="sign in again")
    if said.get("iss", settings.issuer) != settings.issuer:  # RFC 9207
        raise NotPermitted("another provider answered", hint="sign in again")
    code = said.get("code", "")
    if not code:
        raise NotPermitted("the provider did not let you in", hint="sign in again, or ask for help")
    return provider.finish(settings, _back(visit), pending, code, now, again=visit.person is not None)


def _again(visit: Visit, identity: Identity, pending: Pending) -> Response:
    """Take it as a fresh proof of whoever is signed in, where it is the same person."""
    known = visit.desk.store.people.find(Kind.PROVIDER, identity.id)
    if known is None or known.person_id != visit.me.id:
        raise NotPermitted("that is somebody else at the provider", hint="sign in there as yourself")
    if needs_second(visit.me.roles) and not identity.has_second:
        raise NotPermitted("the provider did not ask for a second factor", hint="use a passkey or a code")
    return progress.stepped_up(visit, Way.PROVIDER_TWICE if identity.has_second else Way.PROVIDER, pending.back)


def _person(visit: Visit, settings: ProviderSettings, identity: Identity) -> Person:
    """Return who that is here, with the roles of their groups where the settings say so; `NotPermitted`."""
    store, now = visit.desk.store, visit.desk.clock.now()
    known = store.people.find(Kind.PROVIDER, identity.id)
    person = store.people.get(known.person_id) if known else _link(visit, settings, identity)
    if not person.may_sign_in or person.emergency:
        raise NotPermitted("this account is closed", hint="ask whoever looks after people here")
    if settings.roles:
        if not identity.roles:
            raise NotPermitted("none of your groups may sign in here", hint="ask whoever looks after people here")
        officers = visit.desk.officers
        person = accounts.change(store, person, by=BY_PROVIDER, now=now, roles=identity.roles, officers=officers)
    return person


def _link(visit: Visit, settings: ProviderSettings, identity: Identity) -> Person:
    """Return whom a verified address names, who signs in for the first time; or somebody new, where that is allowed."""
    store, now = visit.desk.store, visit.desk.clock.now()
    person = store.people.by_address(folded(identity.address)) if identity.address else None
    if person is not None and (person.emergency or has(store.people.credentials(person.id), *OURS, Kind.PROVIDER)):
        raise NotPermitted("this address signs in another way", hint="ask whoever looks after people here")
    if person is None and not (settings.new_people and identity.roles and identity.address):
        raise NotPermitted("you have no account here", hint="ask whoever looks after people here to add you")
    if person is None:
        person = accounts.add(
            store,
            name=identity.name or identity.address,
            address=identity.address,
            roles=identity.roles,
            by=BY_PROVIDER,
            now=now,
            local=False,
            officers=visit.desk.officers,
        ).person
    link = Credential(id=identity.id, person_id=person.id, kind=Kind.PROVIDER, since=now, label=settings.name)
    entry = accounts.about(person, Event.PERSON_CHANGED, now, {"by": BY_PROVIDER, "added": Kind.PROVIDER})
    store.people.put([link], [entry])
    return person


def _provider(visit: Visit) -> ProviderSettings:
    settings = visit.desk.settings.sign_in.provider
    if settings is None:
        raise NotFound("there is no such page", hint="sign in with your password or a passkey")
    return settings


def _back(visit: Visit) -> str:
    return visit.desk.settings.reached_at + BACK


PAGES: Final = (
    Page(method="GET", path="/sign-in/provider", act=begin, needs=Permission.PUBLIC),
    Page(method="GET", path=BACK, act=come_back, needs=Permission.PUBLIC),
    Page(method="GET", path="/step-up/provider", act=begin_again, needs=Permission.SIGNED_IN),
)
