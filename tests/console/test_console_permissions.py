"""Deny by default: every route asked as every role, and as nobody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import httpx2
import pytest

from gateway.console.app import ALL
from gateway.console.frame.visit import Visit
from gateway.console.roles import MATRIX, Permission, permissions
from gateway.console.routes import Page, checked
from gateway.model.person import ApiToken, Role
from gateway.system import ids
from tests.console.house import PATIENCE, House, Visitor, opened

pytestmark = pytest.mark.network

DENIED = "you may not do that"
OPEN = {Permission.PUBLIC, Permission.SIGNED_IN}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with opened(tmp_path_factory.mktemp("permissions")) as found:
        yield found


def asked(visitor: Visitor, page: Page) -> httpx2.Response:
    path = re.sub(r"\{[a-z_]+\}", "nothing", page.path)
    return visitor.get(path) if page.method == "GET" else visitor.post(path)


PAGES = [page for page in ALL if not page.api]
API = [page for page in ALL if page.api]


@pytest.mark.parametrize("role", Role)
def test_a_role_reaches_what_the_matrix_gives_it_and_nothing_else(house: House, role: Role) -> None:
    may = permissions([role])
    wrong = []
    for page in PAGES:
        answer = asked(house.visitor(role), page)
        is_denied = answer.status_code == 403 and DENIED in answer.text.casefold()
        if is_denied is (page.needs in may):
            wrong.append(f"{page.method} {page.path}: {answer.status_code}")
    assert wrong == []


def test_nobody_reaches_anything_but_what_is_public(house: House) -> None:
    for page in PAGES:
        answer = asked(house.visitor(), page)
        leads_to_sign_in = answer.status_code == 303 and answer.headers["location"].startswith("/sign-in")
        if page.needs is Permission.PUBLIC:
            assert DENIED not in answer.text.casefold()
        else:
            assert leads_to_sign_in, f"{page.method} {page.path}: {answer.status_code}"


@pytest.mark.parametrize("role", Role)
def test_a_token_may_what_its_person_may_and_its_scopes_name(house: House, role: Role) -> None:
    person, now = house.visitor(role).me, house.clock.now()
    for scopes in (set(Permission), {Permission.LIST}, set[Permission]()):
        secret = ids.draw(40)
        token = ApiToken(
            id=ids.serial("k"),
            person_id=person.id,
            name="tests",
            scopes=frozenset(scopes),
            since=now,
            until=now + timedelta(days=1),
        )
        house.store.tokens.add(secret, token, ())
        may = permissions([role]) & scopes
        with httpx2.Client(
            base_url=house.url, headers={"Authorization": f"Bearer {secret}"}, timeout=PATIENCE
        ) as client:
            for page in API:
                path = re.sub(r"\{[a-z_]+\}", "nothing", page.path)
                answer = client.request(page.method, path, json={} if page.method == "POST" else None)
                denied = answer.status_code == 403 and answer.json()["error"] == DENIED
                assert denied is (page.needs not in may | {Permission.PUBLIC}), f"{page.method} {page.path}"


def test_a_cookie_opens_nothing_of_the_api_and_a_token_no_page(house: House) -> None:
    visitor = house.visitor(*Role)
    for page in API:
        if page.needs is not Permission.PUBLIC:
            assert asked(visitor, page).status_code in {401, 411}
    with httpx2.Client(base_url=house.url, headers={"Authorization": "Bearer nonsense"}, timeout=PATIENCE) as client:
        assert client.get("/quarantine").headers["location"].startswith("/sign-in")


def test_every_permission_is_asked_for_by_some_page_and_given_to_some_role() -> None:
    given = OPEN.union(*MATRIX.values())
    assert given == set(Permission)
    assert {page.needs for page in ALL} == set(Permission)


def test_a_page_without_a_permission_keeps_the_console_from_starting() -> None:
    def nothing(_visit: Visit) -> None:
        """Never called."""

    page = Page(method="GET", path="/x", act=nothing, needs="")  # type: ignore[arg-type]  # what a slip would be
    with pytest.raises(ValueError, match="declares no permission"):
        checked([page])
    with pytest.raises(ValueError, match="declared 2 times"):
        checked([ALL[0], ALL[0]])


def test_what_changes_something_is_never_a_get() -> None:
    changing = re.compile(r"/(release|refuse|decide|stop|assign|escalate|resend|remove|revoke|suspend|sign-out|add)$")
    assert [page.path for page in ALL if page.method == "GET" and changing.search(page.path)] == []
