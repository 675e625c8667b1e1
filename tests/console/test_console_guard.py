"""What stands around every page: headers, framing, forms of other sites, tricks with methods, lengths and hosts.

Attacks on sign-in itself are in `test_sign_in_hostile.py`.
"""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

import httpx2
import pytest
from playwright.sync_api import Browser, Page, Response, expect

from gateway.console.app import build
from gateway.console.frame.render import Renderer
from gateway.console.frame.visit import TOKEN, form_token
from gateway.model.person import Role
from tests.console import eyes
from tests.console.eyes import started
from tests.console.house import PATIENCE, House, Visitor, opened, served
from tests.console.seeds import USUAL, plant
from tests.console.whole import started_console

pytestmark = pytest.mark.network

ALLOWED: Final = {
    "default-src": ["'none'"],
    "script-src": ["'self'", "'nonce-…'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
    "base-uri": ["'none'"],
    "object-src": ["'none'"],
    "require-trusted-types-for": ["'script'"],
    "trusted-types": ["htmx"],
}
"""The whole policy: what stands here and nothing else."""

NONCE: Final = re.compile(r"'nonce-([A-Za-z0-9_-]{24})'")
ALWAYS: Final = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with opened(tmp_path_factory.mktemp("guard")) as made:
        yield made


@pytest.fixture(scope="module")
def visitor(house: House) -> Visitor:
    return house.visitor(*Role)


# ——— headers ———


def answers(house: House, visitor: Visitor) -> dict[str, httpx2.Response]:
    """Return an answer of each kind."""
    file = re.search(r'href="(/static/[^"]+)"', visitor.get("/account").text)
    assert file
    with httpx2.Client(base_url=house.url, timeout=PATIENCE) as stranger:
        return {
            "page of strangers": stranger.get("/sign-in"),
            "page": visitor.get("/account"),
            "error page": house.visitor(Role.SENDER).get("/quarantine"),
            "form refused": visitor.post("/account/password"),
            "forged form": stranger.post("/sign-out", data={"x": "y"}),
            "nothing there": visitor.get("/no/such/page"),
            "nothing there, to a stranger": stranger.get("/%00"),
            "another method": visitor.post("/accessibility"),
            "redirect": stranger.get("/quarantine"),
            "static file": stranger.get(file[1]),
            "no such static file": stranger.get("/static/none.js"),
            "export": visitor.get("/transfers/export", kind="csv"),
            "too large": visitor.post("/account/password", password="x" * 200_000),
            "API, refused": stranger.get("/api/v1/held"),
            "API, its document": stranger.get("/api/v1/openapi.json"),
            "API, nothing there": stranger.get("/api/v1/none"),
            "API, another method": stranger.put("/api/v1/held"),
            "a header only": stranger.head("/sign-in"),
            "options": stranger.request("OPTIONS", "/account"),
        }


def test_every_kind_of_answer_bears_every_header(house: House, visitor: Visitor) -> None:
    found = answers(house, visitor)
    nonces = []
    for kind, answer in found.items():
        given = answer.headers
        policy = {}
        for directive in given["content-security-policy"].split(";"):
            name, *values = directive.split()
            assert name not in policy, kind
            policy[name] = [NONCE.sub("'nonce-…'", value) for value in values]
        assert policy == ALLOWED, kind
        assert {name: given.get(name) for name in ALWAYS} == ALWAYS, kind
        assert "unsafe" not in given["content-security-policy"], kind
        assert given["cache-control"] == (
            "public, max-age=31536000, immutable" if kind == "static file" else "no-store"
        ), kind
        assert [name for name in given if name.startswith("access-control-")] == [], kind
        nonces += NONCE.findall(given["content-security-policy"])
    assert len(set(nonces)) == len(found), "a nonce serves once"
    assert {kind: answer.status_code for kind, answer in found.items() if answer.status_code >= 500} == {}
    assert [found[kind].status_code for kind in ("nothing there", "another method", "redirect", "too large")] == [
        404, 405, 303, 413,
    ]  # fmt: skip


def test_a_nonce_stands_only_on_scripts_of_ours(visitor: Visitor) -> None:
    answer = visitor.get("/account")
    (nonce,) = NONCE.findall(answer.headers["content-security-policy"])
    with_nonce = re.findall(rf'<([a-z]+) [^>]*nonce="{nonce}"', answer.text)
    assert set(with_nonce) == {"script"}
    assert re.findall(r"<script(?![^>]*\bsrc=\"/static/)", answer.text) == []
    assert answer.text.count(nonce) == len(with_nonce)


class Broken(Renderer):
    """A renderer that can draw nothing, the page of errors neither."""

    def page(self, *_arguments: object, **_values: object) -> str:
        raise RuntimeError("QUETZAL")


def test_a_fault_that_nothing_catches_bears_every_header_and_tells_nothing(house: House) -> None:
    app = build(replace(house.desk, render=Broken(house.desk.settings.look, house.clock)))
    listening = socket.create_server(("127.0.0.1", 0))
    with listening, served(app, listening):
        answer = httpx2.get(
            f"http://127.0.0.1:{listening.getsockname()[1]}/sign-in",
            headers={"Host": house.url.partition("://")[2]},
            timeout=PATIENCE,
        )
    assert answer.status_code == 500
    assert {name: answer.headers.get(name) for name in ALWAYS} == ALWAYS
    assert NONCE.search(answer.headers["content-security-policy"])
    assert answer.headers["cache-control"] == "no-store"
    assert "QUETZAL" not in answer.text


# ——— other sites ———


@contextmanager
def another_site(page: str, host: str = "localhost") -> Iterator[str]:
    """Serve one page at another port of this machine; return its address."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = page.encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))  # how soon it sees that it may end
        thread.start()
        try:
            yield f"http://{host}:{server.server_address[1]}/"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started() as one:
        yield one


@contextmanager
def lured(
    browser: Browser, visitor: Visitor, url: str, until: Callable[[Page, list[Response], list[str]], object]
) -> Iterator[tuple[list[Response], list[str]]]:
    """Open a page of another site in the visitor's browser, until something is so; return what was answered and said.

    What is true of the page itself does not say that the browser told of all that belongs to it.
    """
    context = browser.new_context(locale="en-GB")
    context.set_default_timeout(eyes.PATIENCE)
    context.add_cookies([{"name": "visit", "value": visitor.cookie, "url": visitor.url}])
    page = context.new_page()
    got, said = list[Response](), list[str]()
    page.on("response", lambda answer: got.append(answer))  # noqa: PLW0108 - Playwright marks what it is given
    page.on("console", lambda message: said.append(message.text))
    page.goto(url)
    end = time.monotonic() + eyes.PATIENCE / 1000
    while not until(page, got, said):
        assert time.monotonic() < end, (url, got, said, [frame.url for frame in page.frames])
        page.wait_for_timeout(20)  # lets the browser tell what it has to
    yield got, [*said, *(frame.url for frame in page.frames)]
    context.close()


def is_refused_in_its_frame(page: Page, _got: list[Response], said: list[str]) -> bool:
    """Say whether the frame of the page shows the browser's own page of errors, and the browser said why."""
    refused = any("frame-ancestors" in each or "X-Frame-Options" in each for each in said)
    return refused and page.frames[-1].url.startswith("chrome-error:")


def answered(address: str) -> Callable[[Page, list[Response], list[str]], bool]:
    """Return what says whether an address was asked and answered."""
    return lambda _page, got, _said: any(each.url == address for each in got)


def is_over(page: Page, _got: list[Response], _said: list[str]) -> bool:
    """Say whether the script of the page came to its end."""
    return bool(page.evaluate("window.over === true"))


@pytest.mark.needs("chromium")
def test_no_page_lets_itself_be_framed(browser: Browser, house: House, visitor: Visitor) -> None:
    for path in ("/sign-in", "/account", "/no/such/page", "/api/v1/openapi.json"):
        framing = f'<iframe src="{house.url}{path}"></iframe>'
        with another_site(framing) as url, lured(browser, visitor, url, is_refused_in_its_frame) as (_, said):
            assert any("frame-ancestors" in each or "X-Frame-Options" in each for each in said), path
            assert said[-1].startswith("chrome-error:"), path


FORM: Final = """<form method=post action="{address}" enctype="{encoding}"><input name=form_token value="{token}">
<input name=language value=cy></form><script>document.forms[0].submit()</script>"""
FETCH: Final = """<script>window.over = false; (async () => {{
for (const type of ["application/x-www-form-urlencoded", "text/plain", "application/json", "multipart/form-data"])
  for (const mode of ["no-cors", "cors"])
    for (const credentials of ["include", "omit"])
      try {{
        await fetch("{address}", {{method: "POST", mode, credentials, body: "form_token={token}&language=cy",
          headers: {{"Content-Type": type}}}})
      }} catch (error) {{ console.log("refused: " + error) }}
for (const address of ["{home}/account", "{home}/api/v1/held"])
  try {{ console.log("read " + (await (await fetch(address, {{credentials: "include"}})).text()).length) }}
  catch (error) {{ console.log("refused: " + error) }}
window.over = true }})()</script>"""


@pytest.mark.needs("chromium")
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"], ids=["same site, another port", "another site"])
@pytest.mark.parametrize("path", ["/sign-out", "/account/sessions/end", "/language"])
def test_forms_of_another_site_change_nothing(
    browser: Browser, house: House, visitor: Visitor, host: str, path: str
) -> None:
    """From a page on another port of the same host the browser sends the cookie; the right token does not help it."""
    address = f"{house.url}{path}"
    for token in ("guessed", form_token(visitor.cookie)):
        for encoding in ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain"):
            page = FORM.format(address=address, encoding=encoding, token=token)
            with another_site(page, host) as url, lured(browser, visitor, url, answered(address)) as (got, _):
                sent = [each for each in got if each.url == address]
                assert [each.status for each in sent] == [403], encoding
        page = FETCH.format(address=address, token=token, home=house.url)
        with another_site(page, host) as url, lured(browser, visitor, url, is_over) as (got, said):
            assert len([each for each in said if each.startswith("refused: ")]) >= 10
            assert [each for each in said if each.startswith("read ")] == []
            assert {each.status for each in got if each.url.startswith(house.url)} <= {403}
    assert visitor.get("/account").status_code == 200
    assert "My account" in visitor.get("/account").text


@pytest.mark.needs("chromium")
def test_no_script_reads_a_cookie(browser: Browser, house: House) -> None:
    context = browser.new_context(locale="en-GB")
    member = house.visitor(Role.REVIEWER)
    context.add_cookies([{"name": "visit", "value": member.cookie, "url": house.url, "httpOnly": True}])
    page = context.new_page()
    page.goto(f"{house.url}/quarantine")
    page.get_by_role("button", name="Show rows closer together").click()
    expect(page.get_by_role("button", name="Show rows further apart")).to_be_visible()
    page.get_by_role("button", name="Cymraeg").click()
    page.get_by_role("heading", name="Cwarantin").wait_for()
    kept = {each["name"]: each["httpOnly"] for each in context.cookies()}
    assert kept == {"visit": True, "compact": True, "language": True}
    assert page.evaluate("document.cookie") == ""
    assert page.evaluate("Object.keys(localStorage).length + Object.keys(sessionStorage).length") == 0
    context.close()


def test_the_token_of_another_session_decides_nothing(house: House) -> None:
    transfer = plant(house.store, USUAL[0], house.clock.now())
    one, other = house.visitor(Role.REVIEWER), house.visitor(Role.REVIEWER)
    path = f"/quarantine/{transfer.id}/{transfer.deliveries[0].id}/decide"
    fields = {"choice": "refuse", "reason": "x", "version": "1"}
    assert one.post(path, None, **{TOKEN: form_token(other.cookie)}, **fields).status_code == 403
    assert list(house.store.transfers.instructions(transfer.id)) == []


# ——— methods ———


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_no_other_method_stands_for_a_post(house: House, method: str) -> None:
    member = house.visitor(Role.REVIEWER)
    headers = {"Cookie": f"visit={member.cookie}", "Origin": house.url}
    headers |= {f"X-{name}": "POST" for name in ("HTTP-Method-Override", "HTTP-Method", "Method-Override")}
    body = {TOKEN: form_token(member.cookie), "_method": "POST"}
    with httpx2.Client(base_url=house.url, headers=headers, timeout=PATIENCE) as client:
        try:
            answer = client.request(method, "/sign-out?_method=POST&method=POST", data=body)
        except httpx2.TransportError:
            pass
        else:
            assert answer.status_code in {400, 405}
    assert member.get("/account").status_code == 200


# ——— the wire ———


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A console as `gateway run --only console` starts it."""
    with started_console(tmp_path_factory.mktemp("console")) as at:
        yield at


def said_to(port: int, raw: bytes, *, until: bytes = b"") -> bytes:
    """Send bytes as they are; return what comes until some words are there, the other side closes or says nothing."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as line:
        got = b""
        with suppress(ConnectionError):
            line.sendall(raw)  # it may be refused before all of it was sent: the answer is there all the same
        with suppress(TimeoutError, ConnectionError):
            while not (until and until in got) and (chunk := line.recv(65_536)):
                got += chunk
        return got


def status_lines(got: bytes) -> list[bytes]:
    return re.findall(rb"HTTP/1\.1 (\d{3}) ", got)


FORM_HEAD: Final = b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
HEAD_ENDS: Final = b"\r\n\r\n"
NEXT: Final = b"GET /accessibility HTTP/1.1\r\nHost: localhost\r\n\r\n"
AMBIGUOUS: Final = {
    "length and chunks": b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and length": b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "two lengths": b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nx=123",
    "two lengths in one": b"Content-Length: 5, 6\r\n\r\nx=123",
    "a signed length": b"Content-Length: +5\r\n\r\nx=123",
    "a negative length": b"Content-Length: -5\r\n\r\nx=123",
    "a length in other digits": b"Content-Length: 0x5\r\n\r\nx=123",
    "a length in parts": b"Content-Length: 1_0\r\n\r\nx=12345678",
    "an encoding that is none": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "two encodings": b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "encodings in two lines": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "a blank before the colon": b"Transfer-Encoding : chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "a folded line": b"Content-Length: 5\r\n X: y\r\n\r\nx=123",
    "a length behind a bare return": b"X: y\rContent-Length: 5\r\n\r\nx=123",
    "a null in a value": b"X: a\x00b\r\nContent-Length: 5\r\n\r\nx=123",
    "chunks without end": b"Transfer-Encoding: chunked\r\n\r\n5\r\nx=123\r\n0\r\n\r\n",
    "neither": b"\r\n",
}
"""Requests of which two readers could think differently where they end (RFC 9112 section 6.3)."""


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_a_request_whose_end_is_in_doubt_is_refused(port: int, name: str) -> None:
    got = said_to(port, FORM_HEAD + AMBIGUOUS[name], until=HEAD_ENDS)
    assert status_lines(got)[0] in {b"400", b"411", b"501"}, got[:200]


@pytest.mark.parametrize("method", [b"POST", b"GET"])
def test_nothing_is_smuggled_behind_a_request_with_two_lengths(port: int, method: bytes) -> None:
    """Whoever stands before us and goes by the length takes what follows for a body; we never take it for a request."""
    inner = b"0\r\n\r\n" + NEXT
    length = str(len(inner)).encode()
    head = method + b" /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    got = said_to(port, head + b"Content-Length: " + length + b"\r\nTransfer-Encoding: chunked\r\n\r\n" + inner)
    assert len(status_lines(got)) == 1, "the connection ends with it"
    assert b"Accessibility statement</h1>" not in got


def test_a_body_without_bounds_is_not_read(port: int) -> None:
    """Forty megabytes behind a small length, or behind none, and the process does not take them."""
    for path in (b"/sign-in", b"/api/v1/held/t-1/d-1/release"):
        for lengths in (b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", b"Transfer-Encoding: chunked\r\n"):
            taken = 0
            with socket.create_connection(("127.0.0.1", port), timeout=8) as line:
                line.sendall(b"POST " + path + b" HTTP/1.1\r\nHost: localhost\r\n" + lengths + b"\r\n")
                chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
                try:
                    for _ in range(640):
                        line.sendall(chunk)
                        taken += len(chunk)
                except (TimeoutError, ConnectionError):
                    pass
            assert taken < 20_000_000, (path, lengths)


def test_what_is_larger_than_its_page_takes_is_refused_before_it_is_read(port: int) -> None:
    for declared in (b"100001", b"9" * 12, b"9" * 400):
        got = said_to(port, FORM_HEAD + b"Content-Length: " + declared + b"\r\n\r\n", until=HEAD_ENDS)
        assert status_lines(got)[:1] in ([b"413"], [b"400"]), got[:200]
    header = said_to(port, b"GET /sign-in HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 1_000_000 + b"\r\n\r\n")
    assert status_lines(header) == [b"400"]
    fields = b"&".join(b"x%d=y" % number for number in range(2_000))
    own = FORM_HEAD + b"Sec-Fetch-Site: same-origin\r\nConnection: close\r\n"
    crowd = said_to(port, own + b"Content-Length: %d\r\n\r\n" % len(fields) + fields)
    assert status_lines(crowd) == [b"400"]


@pytest.mark.parametrize(
    "target", ["/account/", "/quarantine", "/", "/sign-in/", "//evil.example/account", "/account//"]
)
@pytest.mark.parametrize("host", ["evil.example", "localhost@evil.example", "evil.example:80/x", 'x"><script>', ""])
def test_a_host_that_was_made_up_stands_in_no_answer(port: int, host: str, target: str) -> None:
    extra = "X-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: https\r\nForwarded: host=evil.example\r\n"
    asked = f"GET {target} HTTP/1.1\r\nHost: {host}\r\n{extra}X-Original-URL: /account\r\nConnection: close\r\n\r\n"
    got = said_to(port, asked.encode())
    assert status_lines(got), "it is answered"
    assert b"evil" not in got.replace(b"/sign-in?next=/", b"").replace(target.encode(), b"")
    assert b"<script>" not in got
    for place in re.findall(rb"^location: (.*)\r$", got, re.MULTILINE | re.IGNORECASE):
        assert re.match(rb"/(?![/\\])", place), place


def test_nothing_says_what_serves_it(port: int) -> None:
    got = said_to(port, NEXT.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    assert not re.search(rb"^(server|x-powered-by|via):", got, re.MULTILINE | re.IGNORECASE)
    assert not re.search(rb"uvicorn|starlette|python", got, re.IGNORECASE)
