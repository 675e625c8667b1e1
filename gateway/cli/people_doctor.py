"""What `gateway doctor` says of the people who may sign in to the console."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gateway.cli.opening import open_store
from gateway.config.settings import Settings
from gateway.errors import GatewayError, StoreError
from gateway.model.one_person import mailbox
from gateway.model.person import SECOND_KINDS, Kind, Person, Role, has
from gateway.quarantine.people import officer_of
from gateway.store.embedded import Store
from gateway.system.clock import MachineClock


def examine_people(settings: Settings) -> Iterator[tuple[str, str, str]]:
    """Yield (state, what, fix) about accounts, their second factors, and the provider's secret."""
    provider = settings.console.sign_in.provider
    if provider is not None:
        try:
            provider.client_secret.secret().read()
        except StoreError as error:
            yield "wrong", f"nobody can sign in with {provider.name}: {error.message}", error.hint
    people: Sequence[Person] = ()
    try:
        with open_store(settings) as store:
            people = [each for each in store.people.all() if each.may_sign_in and not each.emergency]
            yield from _accounts(store, people)
    except GatewayError:  # said elsewhere: nothing was set up, or it cannot be opened
        pass
    officers = (*(each.officer() for each in settings.officers), *filter(None, map(officer_of, people)))
    if len({mailbox(each.address) for each in officers}) == 1:
        what = "there is only one officer: nobody can decide on what that officer sent"
        yield "note", what, "name a second officer, or add a reviewer to the console"


def _accounts(store: Store, people: Sequence[Person]) -> Iterator[tuple[str, str, str]]:
    if not any(Role.USER_ADMIN in each.roles for each in people):
        what = "nobody looks after the people of the console"
        yield "note", what, f"gateway people add NAME ADDRESS --role {Role.USER_ADMIN}, or run 'gateway init'"
    for each in people:
        if each.roles == frozenset(Role):
            what = f"{each.address} holds every role of the console"
            yield "note", what, "give the roles to several people: gateway people roles"
        if _never_came(store, each):
            what = f"{each.address} did not sign in while the first password counted"
            yield "note", what, f"gateway people reset {each.address}, or suspend the account"
    without = sum(not has(store.people.credentials(each.id), *SECOND_KINDS, Kind.PROVIDER) for each in people)
    yield "ok", f"{len(people)} people may sign in to the console, {without} of them have no second factor yet", ""


def _never_came(store: Store, person: Person) -> bool:
    now = MachineClock().now()
    return any(each.until and each.until <= now for each in store.people.credentials(person.id))
