"""People with passwords and code apps, and a browser that signs in by the forms."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import httpx2
import pyotp

from gateway.console.frame.visit import TOKEN, form_token
from gateway.console.sign_in import accounts, codes, passwords
from gateway.model.person import Credential, Kind, Person, Role
from gateway.system import ids
from tests.console.house import PATIENCE, TRUSTED, House

PASSWORD: Final = "trombone kettle fjord"
NO_KEEPING: Final = httpx2.Limits(max_keepalive_connections=0)
"""Connections end with their answer: many browsers are made, and none is closed."""


class Browser:
    """A browser that keeps whatever cookie it is given, and fills in the token of every form."""

    def __init__(self, house: House, *, url: str = "", **headers: str) -> None:
        sent = {"Origin": house.url, "Sec-Fetch-Site": "same-origin", **headers}
        self._client = httpx2.Client(
            base_url=url or house.url, headers=sent, timeout=PATIENCE, limits=NO_KEEPING, verify=TRUSTED
        )

    @property
    def cookie(self) -> str:
        """What it holds."""
        return self._client.cookies.get("visit") or ""

    def hold(self, cookie: str) -> None:
        """Let it hold another cookie."""
        self._client.cookies.clear()
        self._client.cookies.set("visit", cookie, domain="localhost.local", path="/")

    def get(self, path: str, **query: str) -> httpx2.Response:
        return self._client.get(path, params=query or None)

    def get_address(self, address: str) -> httpx2.Response:
        """Follow an address of ours as it stands, query included."""
        return self._client.get(address)

    def post(self, path: str, **fields: Any) -> httpx2.Response:  # noqa: ANN401 - fields
        return self._client.post(path, data={TOKEN: form_token(self.cookie), **fields})

    def sign_in(self, person: Person, password: str = PASSWORD, code: str = "") -> httpx2.Response:
        """Sign in by the forms; return the last answer."""
        self.get("/sign-in")
        at = self.post("/sign-in", name=person.address, password=password)
        return self.post("/sign-in/code", code=code) if code else at


def settled(house: House, *roles: Role, app: bool = True, name: str = "Somebody") -> tuple[Person, str]:
    """Return a person who signed in before, whose password is `PASSWORD`, and the secret of their code app."""
    now = house.clock.now()
    address = f"{ids.serial('a')}@council.example"
    added = accounts.add(house.store, name=name, address=address, roles=roles, by="host", now=now, local=False)
    person = added.person
    kept = [
        Credential(id=ids.serial("w"), person_id=person.id, kind=Kind.PASSWORD, since=now, secret=_kept()),
    ]
    secret, locked = codes.new_secret(house.store, person)
    if app:
        kept.append(codes.new_app(person, locked, 0, now))
    house.store.people.put(kept, [])
    return person, secret


@cache
def _kept() -> str:
    """Return how `PASSWORD` is kept: hashed once, because each takes long."""
    return passwords.hashed(PASSWORD)


def code_of(secret: str, house: House) -> str:
    """Return what the app shows now."""
    return pyotp.TOTP(secret).at(house.clock.now())
